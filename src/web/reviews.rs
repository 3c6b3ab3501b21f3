//! `GET /v1/reviews`: what somebody has to look at afterwards (後閲), whatever brought it out.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    adopted::AdoptedJson,
    moment::{HOUSE_ZONE, Moment},
    page::Page,
    problem::Problem,
};
use crate::service::{AfterReview, ToReview};

/// The route of reviews.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// An emergency post that nobody has looked at afterwards.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "EmergencyPostToReview", as = EmergencyPostToReview)]
struct EmergencyPostJson {
    /// The delivery.
    delivery: String,
    /// Its post.
    post: String,
    /// The emergency under which it left.
    emergency: String,
    /// The `confirm` findings that the emergency let pass.
    debts: Vec<String>,
    /// Since when it waits.
    opened_at: Moment,
}

impl From<&AfterReview> for EmergencyPostJson {
    fn from(open: &AfterReview) -> Self {
        Self {
            delivery: open.delivery.to_string(),
            post: open.post.to_string(),
            emergency: open.emergency.to_string(),
            debts: open.debts.iter().map(ToString::to_string).collect(),
            opened_at: Moment::new(open.opened_at, HOUSE_ZONE),
        }
    }
}

/// Something that nobody else has looked at yet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "ToReview", as = ToReview)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ToReviewJson {
    /// A post that left under an emergency: `POST /v1/deliveries/{id}/review` with its delivery is the look.
    EmergencyPost(EmergencyPostJson),
    /// A post that was made past the gateway: `POST /v1/adopted-posts/{id}/review` is the look.
    AdoptedPost(AdoptedJson),
}

impl From<&ToReview> for ToReviewJson {
    fn from(what: &ToReview) -> Self {
        match what {
            ToReview::Emergency(open) => Self::EmergencyPost(open.into()),
            ToReview::Adopted(post) => Self::AdoptedPost(post.into()),
        }
    }
}

/// 後閲待ち
///
/// Everything that somebody has to look at afterwards, what waits longest first: posts that left under an emergency, and
/// posts that were made past the gateway.
#[utoipa::path(get, path = "/v1/reviews", operation_id = "list_reviews", tag = "emergencies",
    responses((status = OK, body = Page<ToReviewJson>)))]
async fn list(
    State(state): State<WebState>,
    Caller(person): Caller,
) -> Result<Json<Page<ToReviewJson>>, Problem> {
    let open = state.service.to_review(&person).await?;
    Ok(Json(Page::whole(open.iter().map(ToReviewJson::from))))
}
