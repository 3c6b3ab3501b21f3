//! Posts that were made past the gateway, while it could not be reached.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    input::{Id, Input},
    moment::{HOUSE_ZONE, Moment, WrittenTime},
    problem::{Problem, ProblemType},
};
use crate::{
    domain::{
        attempt::RemoteRef,
        finding::Message,
        ids::{AccountId, AdoptedPostId},
    },
    service::{AdoptedPost, MadeOutside},
};

/// The routes of adopted posts.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(adopt))
        .routes(routes!(review))
}

/// A post that was made past the gateway.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "AdoptedPost", as = AdoptedPost)]
pub(super) struct AdoptedJson {
    #[schema(example = "adp_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    id: String,
    /// The account.
    account: String,
    /// The platform's id.
    remote_id: String,
    /// Where people can read it.
    url: Option<String>,
    /// What it says.
    text: String,
    /// When it went out.
    published_at: Moment,
    /// Who made it.
    published_by: String,
    /// Why it could not go the usual way.
    reason: String,
    /// Who told of it.
    adopted_by: String,
    /// When.
    adopted_at: Moment,
}

impl From<&AdoptedPost> for AdoptedJson {
    fn from(post: &AdoptedPost) -> Self {
        Self {
            id: post.id.to_string(),
            account: post.account.to_string(),
            remote_id: post.remote.id.clone(),
            url: post.remote.url.clone(),
            text: post.text.clone(),
            published_at: Moment::new(post.published_at, HOUSE_ZONE),
            published_by: post.published_by.clone(),
            reason: post.reason.clone(),
            adopted_by: post.adopted_by.to_string(),
            adopted_at: Moment::new(post.adopted_at, HOUSE_ZONE),
        }
    }
}

/// What somebody tells of a post that is out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "remote_id": "113524117000000001", "url": "https://social.example.lg.jp/@city/113524117000000001",
    "text": "市内全域に避難指示を出しました。", "published_at": "2026-11-24T03:10:00+09:00",
    "published_by": "危機管理課 当番", "reason": "庁舎の浸水"
}))]
struct Told {
    /// The platform's id.
    remote_id: String,
    /// Where people can read it.
    #[serde(default)]
    url: Option<String>,
    /// What it says.
    text: String,
    /// When it went out.
    #[schema(value_type = String, format = DateTime)]
    published_at: WrittenTime,
    /// Who made it.
    published_by: String,
    /// Why it could not go the usual way.
    reason: String,
}

/// 外部投稿を記録する
///
/// Writes down a post that was made past the gateway. It stands on a list until somebody else has looked at it.
#[utoipa::path(post, path = "/v1/accounts/{id}/adopted-posts", operation_id = "adopt_post", tag = "emergencies",
    params(("id" = String, Path)), request_body = Told, responses((status = CREATED, body = AdoptedJson)))]
async fn adopt(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(account): Id<AccountId>,
    told: Input<Told>,
) -> Result<Response, Problem> {
    let told = told.value;
    let made = MadeOutside {
        account,
        remote: RemoteRef {
            id: told.remote_id,
            url: told.url,
        },
        text: told.text,
        published_at: told.published_at.0.to_utc(),
        published_by: told.published_by,
        reason: told.reason,
    };
    let adopted = state.service.adopt_post(&person, made).await?;
    Ok((StatusCode::CREATED, Json(AdoptedJson::from(&adopted))).into_response())
}

/// That somebody has looked at it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LookedAt {
    /// What there is to say.
    #[serde(default)]
    note: Option<String>,
}

/// The longest note.
const LONGEST_NOTE: usize = 2000;

/// 外部投稿を後閲する
///
/// Somebody other than who told of it has looked at it.
#[utoipa::path(post, path = "/v1/adopted-posts/{id}/review", operation_id = "review_adopted_post", tag = "emergencies",
    params(("id" = String, Path)), request_body = LookedAt, responses((status = NO_CONTENT)))]
async fn review(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<AdoptedPostId>,
    looked: Input<LookedAt>,
) -> Result<StatusCode, Problem> {
    let note = looked.value.note.filter(|note| !note.trim().is_empty());
    if note
        .as_ref()
        .is_some_and(|note| note.chars().count() > LONGEST_NOTE)
    {
        return Err(Problem::new(ProblemType::InvalidFields).wrong("/note", Message::new("field-too-long")));
    }
    state.service.review_adopted(&person, id, note).await?;
    Ok(StatusCode::NO_CONTENT)
}
