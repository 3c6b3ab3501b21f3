//! One post, and what belongs to it.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    PostJson, tagged,
    view::{RangeJson, TargetJson, tag_of, targets},
};
use crate::{
    domain::{ids::PostId, revision::Revision},
    web::{
        WebState,
        admit::Caller,
        deliveries::DeliveryJson,
        etag::{self, Freshness},
        input::Id,
        ledger::EntryJson,
        moment::Moment,
        page::Page,
        problem::Problem,
    },
};

/// 投稿
///
/// One post. `If-None-Match` with the `ETag` of an earlier answer saves the body.
#[utoipa::path(get, path = "/v1/posts/{id}", operation_id = "read_post", tag = "posts",
    params(("id" = String, Path), ("If-None-Match" = Option<String>, Header)),
    responses((status = OK, body = PostJson, headers(("ETag" = String))), (status = NOT_MODIFIED)))]
pub async fn read(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = state.service.post(&person, id).await?;
    let tag = tag_of(&view);
    match etag::unchanged(&headers, &tag) {
        Freshness::Known => {
            let tag = [(header::ETAG, etag::header_value(&tag))];
            Ok((StatusCode::NOT_MODIFIED, tag).into_response())
        }
        Freshness::New => Ok(tagged(&view)),
    }
}

/// An immutable snapshot of a post's content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Revision", as = Revision)]
pub struct RevisionJson {
    id: String,
    /// From 1.
    number: i64,
    /// What sign-offs are bound to.
    digest: String,
    /// Who wrote it.
    editor: String,
    /// When.
    created_at: Moment,
    /// When it may leave.
    allowed: RangeJson,
    /// 出典: where what it says comes from.
    source: Option<String>,
    /// What leaves, for each account.
    targets: Vec<TargetJson>,
}

impl RevisionJson {
    fn new(revision: &Revision, zone: Tz) -> Self {
        Self {
            id: revision.id.to_string(),
            number: revision.number,
            digest: revision.digest.to_string(),
            editor: revision.editor.to_string(),
            created_at: Moment::new(revision.created_at, zone),
            allowed: RangeJson::new(revision.content.range, zone),
            source: revision.content.source.as_ref().map(ToString::to_string),
            targets: targets(&revision.content),
        }
    }
}

/// 版の一覧
///
/// All revisions, oldest first.
#[utoipa::path(get, path = "/v1/posts/{id}/revisions", operation_id = "list_post_revisions", tag = "posts", params(("id" = String, Path)),
    responses((status = OK, body = Page<RevisionJson>)))]
pub async fn revisions(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
) -> Result<Json<Page<RevisionJson>>, Problem> {
    let zone = state.service.post(&person, id).await?.zone;
    let all = state.service.revisions(&person, id).await?;
    Ok(Json(Page::whole(
        all.iter().map(|revision| RevisionJson::new(revision, zone)),
    )))
}

/// 投稿の配信
///
/// The deliveries of a post.
#[utoipa::path(get, path = "/v1/posts/{id}/deliveries", operation_id = "list_post_deliveries", tag = "posts", params(("id" = String, Path)),
    responses((status = OK, body = Page<DeliveryJson>)))]
pub async fn deliveries(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
) -> Result<Json<Page<DeliveryJson>>, Problem> {
    let view = state.service.post(&person, id).await?;
    Ok(Json(Page::whole(view.deliveries.iter().map(DeliveryJson::from))))
}

/// 投稿の経過
///
/// Everything that happened to a post and its deliveries, oldest first.
#[utoipa::path(get, path = "/v1/posts/{id}/history", operation_id = "list_post_history", tag = "posts", params(("id" = String, Path)),
    responses((status = OK, body = Page<EntryJson>)))]
pub async fn history(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
) -> Result<Json<Page<EntryJson>>, Problem> {
    let zone = state.service.post(&person, id).await?.zone;
    let entries = state.service.history(&person, id).await?;
    Ok(Json(Page::whole(
        entries.into_iter().map(|entry| EntryJson::new(entry, zone)),
    )))
}
