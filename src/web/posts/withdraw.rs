//! Taking back what is out.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::{
        ids::PostId,
        withdrawal::{Withdrawal, WithdrawalPhase, WithdrawalState},
    },
    service::TakenBack,
    web::{
        WebState,
        admit::Caller,
        input::{Id, Input},
        moment::{HOUSE_ZONE, Moment},
        page::Page,
        problem::Problem,
        words,
    },
};

/// Why a post is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "日付に誤りがあったため"}))]
pub struct WithdrawalReason {
    /// Why; it goes into the ledger.
    reason: String,
}

/// The order to take one part of one delivery back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Withdrawal", as = Withdrawal)]
pub struct WithdrawalJson {
    #[schema(example = "wdr_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    id: String,
    /// The delivery.
    delivery: String,
    /// The account.
    account: String,
    /// Which part of a series, from 0.
    part: u16,
    /// The platform's id of what is taken back.
    remote_id: String,
    /// Where it stands.
    #[schema(schema_with = words::withdrawal_state)]
    state: WithdrawalPhase,
    /// Who ordered it.
    ordered_by: String,
    /// When.
    ordered_at: Moment,
    /// Why.
    reason: String,
    /// How often it was tried.
    tries: i64,
    /// When it is tried next, while it waits.
    due: Option<Moment>,
    /// When it was gone, or refused.
    ended_at: Option<Moment>,
    /// Why the platform refused it.
    why: Option<String>,
}

impl From<&Withdrawal> for WithdrawalJson {
    fn from(order: &Withdrawal) -> Self {
        let moment = |at| Moment::new(at, HOUSE_ZONE);
        let (due, ended_at, why) = match &order.state {
            WithdrawalState::Waiting { due } => (Some(moment(*due)), None, None),
            WithdrawalState::Removing { .. } => (None, None, None),
            WithdrawalState::Withdrawn { at } => (None, Some(moment(*at)), None),
            WithdrawalState::Refused { why, at } => (None, Some(moment(*at)), Some(why.clone())),
        };
        Self {
            id: order.id.to_string(),
            delivery: order.delivery.to_string(),
            account: order.account.to_string(),
            part: order.part,
            remote_id: order.remote_id.clone(),
            state: order.state.phase(),
            ordered_by: order.ordered_by.to_string(),
            ordered_at: moment(order.ordered_at),
            reason: order.reason.clone(),
            tries: order.fence.0,
            due,
            ended_at,
            why,
        }
    }
}

/// What became of an order to take a post back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "TakenBack", as = TakenBack)]
pub struct TakenBackJson {
    /// The orders, part by part: read them again to see them end.
    withdrawals: Vec<WithdrawalJson>,
    /// Deliveries that had not left, or whose rest had not: they are cancelled.
    cancelled: Vec<String>,
    /// Deliveries on platforms that take nothing back: only a correction is left.
    impossible: Vec<String>,
    /// Deliveries of which it is not known whether they are out: settle them, then ask again.
    unsettled: Vec<String>,
}

impl From<&TakenBack> for TakenBackJson {
    fn from(taken: &TakenBack) -> Self {
        let ids = |ids: &[crate::domain::ids::DeliveryId]| ids.iter().map(ToString::to_string).collect();
        Self {
            withdrawals: taken.withdrawals.iter().map(WithdrawalJson::from).collect(),
            cancelled: ids(&taken.cancelled),
            impossible: ids(&taken.impossible),
            unsettled: ids(&taken.unsettled),
        }
    }
}

/// 投稿を取り下げる
///
/// Orders everything of a post that is out to be taken back, at once, and cancels the rest. An approver's call is
/// the sign-off; no window and no hold stands in its way.
#[utoipa::path(post, path = "/v1/posts/{id}/withdraw", operation_id = "withdraw_post", tag = "posts", params(("id" = String, Path)),
    request_body = WithdrawalReason, responses((status = OK, body = TakenBackJson)))]
pub async fn withdraw(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
    given: Input<WithdrawalReason>,
) -> Result<Json<TakenBackJson>, Problem> {
    let taken = state.service.withdraw(&person, id, given.value.reason).await?;
    Ok(Json(TakenBackJson::from(&taken)))
}

/// 取り下げの経過
///
/// The orders to take a post back, oldest first.
#[utoipa::path(get, path = "/v1/posts/{id}/withdrawals", operation_id = "list_withdrawals", tag = "posts", params(("id" = String, Path)),
    responses((status = OK, body = Page<WithdrawalJson>)))]
pub async fn withdrawals(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<PostId>,
) -> Result<Json<Page<WithdrawalJson>>, Problem> {
    let orders = state.service.withdrawals(&person, id).await?;
    Ok(Json(Page::whole(orders.iter().map(WithdrawalJson::from))))
}
