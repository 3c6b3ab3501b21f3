//! `/v1/checks`: a dry run of the gate.

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState, admit::Caller, findings::VerdictJson, input::Input, moment::HOUSE_ZONE, posts::draft::NewPost,
    problem::Problem,
};

/// The route of checks.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(check))
}

/// 点検する
///
/// Judges a post as if it were submitted now. Nothing is kept.
#[utoipa::path(post, path = "/v1/checks", operation_id = "check_post", tag = "posts", request_body = NewPost,
    responses((status = OK, body = VerdictJson)))]
async fn check(
    State(state): State<WebState>,
    Caller(person): Caller,
    new: Input<NewPost>,
) -> Result<Json<VerdictJson>, Problem> {
    let draft = new.value.into_trial();
    let first = draft.targets.iter().map(|target| target.account).min();
    let checked = state.service.check(&person, draft).await?;
    // The zone of the first account, as in a post; whoever may only write sees the house's.
    let zone = match first {
        Some(id) => state
            .service
            .account(&person, id)
            .await
            .map_or(HOUSE_ZONE, |account| account.zone),
        None => HOUSE_ZONE,
    };
    Ok(Json(VerdictJson::new(&checked, zone)))
}
