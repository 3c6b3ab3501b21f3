//! What superiors do with a post: approve, return, reject, hand higher.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PostJson, with_tag};
use crate::{
    domain::{
        digest::{FindingId, RevisionDigest},
        ids::PostId,
        signoff::Acknowledgement,
    },
    service::{Approval, Decided},
    web::{
        WebState,
        admit::Caller,
        deliveries::DeliveryJson,
        findings::FindingJson,
        input::{Id, Input},
        problem::Problem,
    },
};

/// What a decision led to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Decided", as = Decided)]
pub struct DecisionJson {
    /// The post as it is now.
    post: PostJson,
    /// What the gate found, where it was asked; worst first.
    findings: Vec<FindingJson>,
    /// The deliveries; after the last approval, with their due times.
    deliveries: Vec<DeliveryJson>,
}

impl DecisionJson {
    pub(super) fn answer(decided: &Decided) -> Response {
        let view = &decided.view;
        let found = decided.verdict.iter().flat_map(|verdict| &verdict.findings);
        let answer = Json(Self {
            post: PostJson::from(view),
            findings: found.map(FindingJson::from).collect(),
            deliveries: view.deliveries.iter().map(DeliveryJson::from).collect(),
        });
        with_tag(view, answer.into_response())
    }
}

/// A signer's word on a `confirm` finding.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenAcknowledgement {
    /// The finding, by its id.
    #[schema(value_type = String)]
    finding: FindingId,
    /// Why it may stand.
    #[schema(example = "所管課に確認済み")]
    reason: String,
}

/// What a signer says yes to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "acknowledgements": [{"finding": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                          "reason": "所管課に確認済み"}]
}))]
pub struct GivenApproval {
    /// The digest of what was on the screen.
    #[schema(value_type = String)]
    digest: RevisionDigest,
    /// The `confirm` findings that the signer takes responsibility for.
    #[serde(default)]
    acknowledgements: Vec<GivenAcknowledgement>,
    /// What the signer assures, by the names that the policy has; see `attestations` of the post.
    #[serde(default)]
    attestations: Vec<String>,
}

impl GivenApproval {
    fn into_approval(self) -> Approval {
        let word = |given: GivenAcknowledgement| Acknowledgement {
            finding: given.finding,
            reason: given.reason,
        };
        Approval {
            seen: self.digest,
            acknowledgements: self.acknowledgements.into_iter().map(word).collect(),
            attestations: self.attestations,
        }
    }
}

/// 承認する
///
/// Approves what the caller saw, at the stage whose turn it is. After the last stage every delivery has its time.
#[utoipa::path(post, path = "/v1/posts/{id}/approve", operation_id = "approve_post", tag = "posts", params(("id" = String, Path)),
    request_body = GivenApproval, responses((status = OK, body = DecisionJson, headers(("ETag" = String)))))]
pub async fn approve(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    given: Input<GivenApproval>,
) -> Result<Response, Problem> {
    let decided = state
        .service
        .approve(&person, id, given.value.into_approval())
        .await?;
    Ok(DecisionJson::answer(&decided))
}

/// 指摘を確認する
///
/// Takes responsibility for what the gate found only when an approved post was about to leave. What was held for it
/// waits for its time again.
#[utoipa::path(post, path = "/v1/posts/{id}/acknowledge", operation_id = "acknowledge_post", tag = "posts", params(("id" = String, Path)),
    request_body = GivenApproval, responses((status = OK, body = DecisionJson, headers(("ETag" = String)))))]
pub async fn acknowledge(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    given: Input<GivenApproval>,
) -> Result<Response, Problem> {
    let decided = state
        .service
        .acknowledge(&person, id, given.value.into_approval())
        .await?;
    Ok(DecisionJson::answer(&decided))
}

/// A return to the author.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "reason": "開始時刻を確認してください。", "suggested_text": "【給水のお知らせ】11月24日(火)10時から…"
}))]
pub struct GivenReturn {
    /// The digest of what was on the screen.
    #[schema(value_type = String)]
    digest: RevisionDigest,
    /// Why.
    reason: String,
    /// A wording that the author may accept as their own.
    #[serde(default)]
    suggested_text: Option<String>,
}

/// 差し戻す
///
/// Gives a post back to its author, with a reason and perhaps a wording.
#[utoipa::path(post, path = "/v1/posts/{id}/return", operation_id = "return_post", tag = "posts", params(("id" = String, Path)),
    request_body = GivenReturn, responses((status = OK, body = DecisionJson, headers(("ETag" = String)))))]
pub async fn send_back(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    given: Input<GivenReturn>,
) -> Result<Response, Problem> {
    let GivenReturn {
        digest,
        reason,
        suggested_text,
    } = given.value;
    let decided = state
        .service
        .send_back(&person, id, digest, reason, suggested_text)
        .await?;
    Ok(DecisionJson::answer(&decided))
}

/// A decision that needs a reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "reason": "市の方針が決まっていない内容のため。"
}))]
pub struct GivenReason {
    /// The digest of what was on the screen.
    #[schema(value_type = String)]
    digest: RevisionDigest,
    /// Why.
    reason: String,
}

/// 却下する
///
/// Rejects a post for good.
#[utoipa::path(post, path = "/v1/posts/{id}/reject", operation_id = "reject_post", tag = "posts", params(("id" = String, Path)),
    request_body = GivenReason, responses((status = OK, body = DecisionJson, headers(("ETag" = String)))))]
pub async fn reject(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    given: Input<GivenReason>,
) -> Result<Response, Problem> {
    let GivenReason { digest, reason } = given.value;
    let decided = state.service.reject(&person, id, digest, reason).await?;
    Ok(DecisionJson::answer(&decided))
}

/// 上申する
///
/// Hands a post one stage higher; beyond the last stage the publicity division answers.
#[utoipa::path(post, path = "/v1/posts/{id}/escalate", operation_id = "escalate_post", tag = "posts", params(("id" = String, Path)),
    request_body = GivenReason, responses((status = OK, body = DecisionJson, headers(("ETag" = String)))))]
pub async fn escalate(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    given: Input<GivenReason>,
) -> Result<Response, Problem> {
    let GivenReason { digest, reason } = given.value;
    let decided = state.service.escalate(&person, id, digest, reason).await?;
    Ok(DecisionJson::answer(&decided))
}
