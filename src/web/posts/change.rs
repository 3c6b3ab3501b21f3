//! What clerks do with a post: queue, edit, submit, re-time, take back.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{
    PostJson,
    decide::DecisionJson,
    draft::{NewMedia, NewPart, NewPost, NewRange, NewTarget, NewTiming, parts, submission},
    tagged, with_tag,
};
use crate::{
    domain::{
        delivery::DeliveryPhase,
        ids::PostId,
        revision::{Media, Visibility},
    },
    service::{CancelledDelivery, Change, DraftTarget, PostView},
    web::{
        WebState,
        admit::Caller,
        etag::Expected,
        idempotency::{Creation, Key, to_text},
        input::{Id, Input, Perhaps},
        moment::WrittenTime,
        problem::Problem,
        words,
    },
};

/// 投稿を登録する
///
/// Queues a post as a draft; with `submit`, hands it to the first stage in the same step.
#[utoipa::path(post, path = "/v1/posts", operation_id = "create_post", tag = "posts",
    params(("Idempotency-Key" = Option<String>, Header)), request_body = NewPost,
    responses((status = CREATED, body = PostJson, headers(("ETag" = String), ("Location" = String)))))]
pub async fn create(
    State(state): State<WebState>,
    Caller(person): Caller,
    key: Key,
    new: Input<NewPost>,
) -> Result<Response, Problem> {
    let draft = new.value.into_draft()?;
    let creation = Creation {
        state: &state,
        person: &person,
        key,
        digest: new.digest,
        render: |view: &PostView| to_text(&PostJson::from(view)),
        place: "/v1/posts",
    };
    creation
        .run(|once| state.service.create_post(&person, draft, once))
        .await
}

/// What an edit changes; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "【給水のお知らせ】給水は11月24日(火)10時からに変わりました。", "submit": true}))]
pub struct PostChange {
    /// The text for all accounts.
    #[serde(default)]
    text: Option<String>,
    /// Pictures and films that go with it, in place of those before.
    #[serde(default)]
    media: Option<Vec<NewMedia>>,
    /// Several parts (連投) for all accounts, in place of what was said before.
    #[serde(default)]
    parts: Option<Vec<NewPart>>,
    /// The accounts, instead of those before.
    #[serde(default)]
    targets: Option<Vec<NewTarget>>,
    /// 文書番号; null takes it away.
    #[serde(default, deserialize_with = "told")]
    document_number: Option<Option<String>>,
    /// 出典; null takes it away.
    #[serde(default, deserialize_with = "told")]
    source: Option<Option<String>>,
    /// The language, as ISO 639.
    #[serde(default)]
    language: Option<String>,
    /// Who can see it.
    #[serde(default)]
    #[schema(schema_with = words::visibility)]
    visibility: Option<Visibility>,
    /// When it shall leave.
    #[serde(default)]
    publish: Option<NewTiming>,
    /// When it may leave.
    #[serde(default)]
    allowed: Option<NewRange>,
    /// Whether it is submitted in the same step.
    #[serde(default)]
    submit: Option<bool>,
    /// What the author assures with the submission, by the names that the policy has.
    #[serde(default)]
    attestations: Vec<String>,
}

/// Tells null from nothing.
fn told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl TryFrom<PostChange> for Change {
    type Error = Problem;

    fn try_from(change: PostChange) -> Result<Self, Problem> {
        Ok(Self {
            text: change.text,
            media: change
                .media
                .map(|media| media.into_iter().map(Media::from).collect()),
            parts: parts(change.parts),
            targets: change
                .targets
                .map(|targets| targets.into_iter().map(DraftTarget::from).collect()),
            language: change.language,
            visibility: change.visibility,
            timing: change.publish.map(Into::into),
            range: change.allowed.map(|range| (range.earliest.0, range.latest.0)),
            document_number: change.document_number,
            source: change.source,
            submission: submission(change.submit, change.attestations)?,
        })
    }
}

/// 投稿を修正する
///
/// Makes a new revision: every sign-off on the old one is void. `If-Match` names the version that was seen.
#[utoipa::path(patch, path = "/v1/posts/{id}", operation_id = "edit_post", tag = "posts",
    params(("id" = String, Path), ("If-Match" = String, Header)), request_body = PostChange,
    responses((status = OK, body = PostJson, headers(("ETag" = String)))))]
pub async fn edit(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    Expected(version): Expected,
    change: Input<PostChange>,
) -> Result<Response, Problem> {
    let view = state
        .service
        .edit_post(&person, id, version, change.value.try_into()?)
        .await?;
    Ok(tagged(&view))
}

/// What comes with a submission.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"attestations": ["responsible", "lawful"]}))]
pub struct GivenSubmission {
    /// What the author assures, by the names that the policy has.
    #[serde(default)]
    attestations: Vec<String>,
}

/// 決裁に回す
///
/// Hands the latest revision to the first stage of its route. The body need not be there; with it the author assures what
/// the policy asks.
#[utoipa::path(post, path = "/v1/posts/{id}/submit", operation_id = "submit_post", tag = "posts", params(("id" = String, Path)),
    request_body = Option<GivenSubmission>, responses((status = OK, body = DecisionJson, headers(("ETag" = String)))))]
pub async fn submit(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    Perhaps(given): Perhaps<GivenSubmission>,
) -> Result<Response, Problem> {
    let decided = state.service.submit(&person, id, given.attestations).await?;
    Ok(DecisionJson::answer(&decided))
}

/// Another time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTime {
    /// The time, with its offset; inside the signed range.
    publish_at: WrittenTime,
}

/// 時刻を決め直す
///
/// Gives a post another time inside its signed range; its sign-offs stay.
#[utoipa::path(post, path = "/v1/posts/{id}/reschedule", operation_id = "reschedule_post", tag = "posts", params(("id" = String, Path)),
    request_body = NewTime, responses((status = OK, body = PostJson, headers(("ETag" = String)))))]
pub async fn reschedule(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    time: Input<NewTime>,
) -> Result<Response, Problem> {
    let view = state
        .service
        .reschedule(&person, id, time.value.publish_at.0)
        .await?;
    Ok(tagged(&view))
}

/// What became of one delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "CancelledDelivery", as = CancelledDelivery)]
pub struct CancelledJson {
    /// The delivery.
    id: String,
    /// `cancelled`, or where it was when the cancellation came too late.
    #[schema(schema_with = words::delivery_state)]
    state: DeliveryPhase,
}

impl From<&CancelledDelivery> for CancelledJson {
    fn from(cancelled: &CancelledDelivery) -> Self {
        Self {
            id: cancelled.delivery.to_string(),
            state: cancelled.phase,
        }
    }
}

/// What a cancellation did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cancellation {
    /// The post.
    post: PostJson,
    /// What became of each delivery.
    deliveries: Vec<CancelledJson>,
}

/// 取り消す
///
/// Takes a post back before it leaves. Read `deliveries`: what is under way may be too late to stop.
#[utoipa::path(post, path = "/v1/posts/{id}/cancel", operation_id = "cancel_post", tag = "posts", params(("id" = String, Path)),
    responses((status = OK, body = Cancellation, headers(("ETag" = String)))))]
pub async fn cancel(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
) -> Result<Response, Problem> {
    let (view, cancelled) = state.service.cancel(&person, id).await?;
    let answer = Json(Cancellation {
        post: PostJson::from(&view),
        deliveries: cancelled.iter().map(CancelledJson::from).collect(),
    });
    Ok(with_tag(&view, answer.into_response()))
}
