//! `/v1/deliveries`: one post to one account each.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    WebState,
    admit::Caller,
    attempts::AttemptJson,
    input::{Asked, Id, Input},
    moment::Moment,
    page::Page,
    problem::{Problem, ProblemType},
    words,
};
use crate::{
    domain::{
        attempt::RemoteRef,
        delivery::{DeliveryPhase, DeliveryState, Resolution},
        finding::Message,
        hold::HoldCause,
        ids::{AttemptId, DeliveryId},
    },
    service::{DeliveryView, Settling},
};

/// Where a post is found on its platform.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "RemotePost", as = RemotePost)]
pub struct RemoteJson {
    /// The platform's id.
    id: String,
    /// Where people can read it.
    url: Option<String>,
}

impl From<&RemoteRef> for RemoteJson {
    fn from(remote: &RemoteRef) -> Self {
        Self {
            id: remote.id.clone(),
            url: remote.url.clone(),
        }
    }
}

/// A correction of what is out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "CorrectedBy", as = CorrectedBy)]
pub struct CorrectedByJson {
    /// The post that put other words in place.
    #[schema(example = "pst_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    post: String,
    /// Its delivery.
    delivery: String,
    /// Since when.
    at: Moment,
}

/// Why a delivery is held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "HeldBy", as = HeldBy)]
pub struct HeldJson {
    /// The kind of reason.
    #[schema(schema_with = words::hold_cause)]
    cause: HoldCause,
    /// The rule, the hold or the emergency.
    detail: String,
}

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Delivery", as = Delivery)]
pub struct DeliveryJson {
    #[schema(example = "dlv_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    id: String,
    /// The post.
    post: String,
    /// The account.
    account: String,
    /// The account's name.
    #[schema(example = "○○市公式")]
    account_name: String,
    /// Where it stands.
    #[schema(schema_with = words::delivery_state)]
    state: DeliveryPhase,
    /// The digest of the content that was submitted.
    digest: String,
    /// The planned time.
    publish_at: Option<Moment>,
    /// When it is due, while it waits.
    due: Option<Moment>,
    /// From then on it counts as missed.
    miss_at: Option<Moment>,
    /// Since when it is in this state, where that is known.
    since: Option<Moment>,
    /// Why it is held.
    held_by: Option<HeldJson>,
    /// Where it is, once it is out; of a series, where the first part is.
    remote: Option<RemoteJson>,
    /// Why the platform refused it for good.
    why: Option<String>,
    /// Who cancelled it.
    cancelled_by: Option<String>,
    /// An attempt of which nobody knows whether it is out.
    doubtful_attempt: Option<String>,
    /// How often it was ordered to be sent anew.
    generation: i32,
    /// How many calls it takes: one for each part of a series (連投).
    parts: u16,
    /// How many parts are out.
    parts_out: u16,
    /// The posts that corrected it since, oldest first.
    corrected_by: Vec<CorrectedByJson>,
    /// The account's zone.
    #[schema(example = "Asia/Tokyo")]
    zone: &'static str,
}

impl From<&DeliveryView> for DeliveryJson {
    fn from(view: &DeliveryView) -> Self {
        let (delivery, zone) = (&view.delivery, view.zone);
        let moment = |at| Moment::new(at, zone);
        let mut json = Self {
            id: delivery.id.to_string(),
            post: delivery.post.to_string(),
            account: delivery.account.to_string(),
            account_name: view.account_name.clone(),
            state: delivery.state.phase(),
            digest: delivery.revision.to_string(),
            publish_at: delivery.publish_at.map(moment),
            due: None,
            miss_at: view.miss_at.map(moment),
            since: None,
            held_by: None,
            remote: delivery.series.first().map(Into::into),
            why: None,
            cancelled_by: None,
            doubtful_attempt: delivery.state.in_doubt().map(|id| id.to_string()),
            generation: delivery.generation,
            parts: delivery.series.parts(),
            parts_out: delivery.series.out(),
            corrected_by: view
                .corrections
                .iter()
                .map(|one| CorrectedByJson {
                    post: one.post.to_string(),
                    delivery: one.delivery.to_string(),
                    at: moment(one.at),
                })
                .collect(),
            zone: zone.name(),
        };
        json.tell(&delivery.state, moment);
        json
    }
}

impl DeliveryJson {
    /// What belongs to one state only.
    fn tell(&mut self, state: &DeliveryState, moment: impl Fn(chrono::DateTime<chrono::Utc>) -> Moment) {
        match state {
            DeliveryState::Pending | DeliveryState::Claimed { .. } | DeliveryState::Publishing { .. } => {}
            DeliveryState::Waiting { due, .. } => self.due = Some(moment(*due)),
            DeliveryState::Unknown { since, .. } | DeliveryState::NeedsHuman { since, .. } => {
                self.since = Some(moment(*since));
            }
            DeliveryState::Held { reason, since } => {
                self.since = Some(moment(*since));
                self.held_by = Some(HeldJson {
                    cause: reason.cause,
                    detail: reason.detail.clone(),
                });
            }
            DeliveryState::Missed { at } => self.since = Some(moment(*at)),
            DeliveryState::Published { at, .. } => self.since = Some(moment(*at)),
            DeliveryState::Failed { why, at } => {
                self.since = Some(moment(*at));
                self.why = Some(why.clone());
            }
            DeliveryState::Cancelled { by, at } => {
                self.since = Some(moment(*at));
                self.cancelled_by = Some(by.to_string());
            }
        }
    }
}

/// A delivery with its attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryWithAttempts {
    #[serde(flatten)]
    delivery: DeliveryJson,
    /// Every call that was made for it, oldest first.
    attempts: Vec<AttemptJson>,
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// `true`: those that need a person, or soon may. Other lists belong to a post.
    attention: Option<bool>,
}

/// 要確認の配信
///
/// Deliveries whose state needs a person: unknown, needs_human, held, missed, failed.
#[utoipa::path(get, path = "/v1/deliveries", operation_id = "list_deliveries", tag = "deliveries", params(Which),
    responses((status = OK, body = Page<DeliveryJson>)))]
pub(super) async fn list(
    State(state): State<WebState>,
    Caller(person): Caller,
    Asked(which): Asked<Which>,
) -> Result<Json<Page<DeliveryJson>>, Problem> {
    if which.attention != Some(true) {
        let message = Message::new("field-attention");
        return Err(Problem::new(ProblemType::BadQuery).wrong("?attention", message));
    }
    let found = state.service.attention(&person).await?;
    Ok(Json(Page::whole(found.iter().map(DeliveryJson::from))))
}

/// 配信
///
/// A delivery with every attempt that was made for it.
#[utoipa::path(get, path = "/v1/deliveries/{id}", operation_id = "read_delivery", tag = "deliveries", params(("id" = String, Path)),
    responses((status = OK, body = DeliveryWithAttempts)))]
pub(super) async fn read(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<DeliveryId>,
) -> Result<Json<DeliveryWithAttempts>, Problem> {
    let (view, attempts) = state.service.delivery(&person, id).await?;
    Ok(Json(DeliveryWithAttempts {
        delivery: DeliveryJson::from(&view),
        attempts: attempts
            .iter()
            .map(|past| AttemptJson::new(past, view.zone))
            .collect(),
    }))
}

/// What somebody found out about a delivery.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Found {
    /// 投稿されている
    IsOut {
        /// The platform's id.
        remote_id: String,
        /// Where people can read it.
        #[serde(default)]
        url: Option<String>,
    },
    /// 投稿されていない: it is sent again, under a new key, once the gate consents.
    NotOut {},
}

/// A decision on a delivery of which the machine cannot tell whether it is out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "Settling", as = Settling, example = json!({
    "doubtful_attempt": "att_0190c1a2b3c47d5e8f90a1b2c3d4e5f6",
    "found": {"result": "is_out", "remote_id": "113000000000000001", "url": "https://social.example.lg.jp/@city/113000000000000001"},
    "reason": "公式アカウントの画面で投稿を確認した。"
}))]
pub(super) struct SettlingJson {
    /// The delivery's `doubtful_attempt` as it was on the screen: the decision is on that one and no other.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    doubtful_attempt: Option<AttemptId>,
    /// What was found.
    found: Found,
    /// How it was found out.
    reason: String,
}

/// The longest id or address that a platform has.
const LONGEST_REFERENCE: usize = 2000;

impl Found {
    fn resolution(self) -> Result<Resolution, Problem> {
        let Self::IsOut { remote_id, url } = self else {
            return Ok(Resolution::IsNotOut);
        };
        let wrong =
            |pointer, key| Err(Problem::new(ProblemType::InvalidFields).wrong(pointer, Message::new(key)));
        if remote_id.trim().is_empty() {
            return wrong("/found/remote_id", "field-required");
        }
        if remote_id.len() > LONGEST_REFERENCE {
            return wrong("/found/remote_id", "field-too-long");
        }
        let is_web = |url: &String| {
            url.len() <= LONGEST_REFERENCE
                && url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
        };
        if url.as_ref().is_some_and(|url| !is_web(url)) {
            return wrong("/found/url", "field-url");
        }
        Ok(Resolution::IsOut(RemoteRef { id: remote_id, url }))
    }
}

/// 未確定の配信を確定する
///
/// 「投稿されている」or「投稿されていない」. The second orders a new send, which still needs the gate's consent.
#[utoipa::path(post, path = "/v1/deliveries/{id}/resolve", operation_id = "resolve_delivery", tag = "deliveries", params(("id" = String, Path)),
    request_body = SettlingJson, responses((status = OK, body = DeliveryJson)))]
pub(super) async fn resolve(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<DeliveryId>,
    settling: Input<SettlingJson>,
) -> Result<Json<DeliveryJson>, Problem> {
    let told = settling.value;
    let settling = Settling {
        seen: told.doubtful_attempt,
        resolution: told.found.resolution()?,
        reason: told.reason,
    };
    let view = state.service.resolve(&person, id, settling).await?;
    Ok(Json(DeliveryJson::from(&view)))
}

/// A look at an emergency post afterwards.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "内容に問題はなかった。"}))]
pub(super) struct Look {
    /// What there is to say.
    #[serde(default)]
    note: Option<String>,
}

/// The longest note.
const LONGEST_NOTE: usize = 2000;

/// 後閲する
///
/// Somebody who neither wrote nor signed an emergency post has looked at it.
#[utoipa::path(post, path = "/v1/deliveries/{id}/review", operation_id = "review_delivery", tag = "emergencies", params(("id" = String, Path)),
    request_body = Look, responses((status = NO_CONTENT)))]
pub(super) async fn review(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<DeliveryId>,
    look: Input<Look>,
) -> Result<StatusCode, Problem> {
    let note = look.value.note.filter(|note| !note.trim().is_empty());
    if note
        .as_ref()
        .is_some_and(|note| note.chars().count() > LONGEST_NOTE)
    {
        return Err(Problem::new(ProblemType::InvalidFields).wrong("/note", Message::new("field-too-long")));
    }
    state.service.review_afterwards(&person, id, note).await?;
    Ok(StatusCode::NO_CONTENT)
}
