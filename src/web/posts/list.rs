//! Lists of posts.

use axum::{Json, extract::State, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::PostJson;
use crate::{
    domain::post::PostPhase,
    web::{
        WebState,
        admit::Caller,
        input::Asked,
        page::{self, Page},
        problem::Problem,
        words,
    },
};

/// Which posts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those in this state.
    #[param(schema_with = words::post_state)]
    state: Option<PostPhase>,
    /// How many, from 1 to 100.
    limit: Option<i64>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// 投稿の一覧
///
/// Posts, newest first; only those that the caller may know of.
#[utoipa::path(get, path = "/v1/posts", operation_id = "list_posts", tag = "posts", params(Which),
    responses((status = OK, body = Page<PostJson>)))]
pub async fn list(
    State(state): State<WebState>,
    Caller(person): Caller,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    let limit = page::limit(which.limit)?;
    let before = page::cursor(which.cursor.as_deref())?;
    let (views, next) = state.service.posts(&person, before, which.state, limit).await?;
    let page = Page {
        items: views.iter().map(PostJson::from).collect(),
        next_cursor: next.map(|id| id.to_string()),
    };
    let filter = which
        .state
        .map(|phase| format!("&state={phase}"))
        .unwrap_or_default();
    Ok(page.answer("/v1/posts", &format!("limit={limit}{filter}")))
}

/// 決裁待ち
///
/// What waits for the caller: posts at a stage that they may sign and did not write.
#[utoipa::path(get, path = "/v1/queue", operation_id = "list_queue", tag = "posts", responses((status = OK, body = Page<PostJson>)))]
pub async fn queue(
    State(state): State<WebState>,
    Caller(person): Caller,
) -> Result<Json<Page<PostJson>>, Problem> {
    let mine = state.service.queue(&person).await?;
    Ok(Json(Page::whole(mine.iter().map(PostJson::from))))
}
