//! `/v1/holds`: stops.

use axum::{Json, extract::State, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    deliveries::DeliveryJson,
    idempotency::{Creation, Key, to_text},
    input::{Id, Input},
    moment::{HOUSE_ZONE, Moment},
    page::Page,
    problem::Problem,
};
use crate::{
    domain::{
        hold::{Hold, HoldScope},
        ids::{AccountId, DivisionId, HoldId},
    },
    service::HoldSet,
};

/// The routes of holds.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(list, set))
        .routes(routes!(lift))
}

/// What a hold covers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schema(title = "HoldScope", as = HoldScope)]
pub(super) enum ScopeJson {
    /// Every account: the kill switch.
    Organization {},
    /// The accounts that a division shares.
    Division {
        /// The division.
        #[schema(value_type = String)]
        id: DivisionId,
    },
    /// One account.
    Account {
        /// The account.
        #[schema(value_type = String)]
        id: AccountId,
    },
}

impl From<ScopeJson> for HoldScope {
    fn from(scope: ScopeJson) -> Self {
        match scope {
            ScopeJson::Organization {} => Self::Organization,
            ScopeJson::Division { id } => Self::Division(id),
            ScopeJson::Account { id } => Self::Account(id),
        }
    }
}

impl From<HoldScope> for ScopeJson {
    fn from(scope: HoldScope) -> Self {
        match scope {
            HoldScope::Organization => Self::Organization {},
            HoldScope::Division(id) => Self::Division { id },
            HoldScope::Account(id) => Self::Account { id },
        }
    }
}

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Hold", as = Hold)]
pub(super) struct HoldJson {
    #[schema(example = "hld_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    id: String,
    /// What it covers.
    scope: ScopeJson,
    /// Why.
    reason: String,
    /// By whom; missing if it was the gateway itself, which found its database restored.
    set_by: Option<String>,
    /// Since when.
    set_at: Moment,
    /// Who lifted it.
    lifted_by: Option<String>,
    /// When it was lifted. That publishes nothing by itself.
    lifted_at: Option<Moment>,
}

impl From<&Hold> for HoldJson {
    fn from(hold: &Hold) -> Self {
        Self {
            id: hold.id.to_string(),
            scope: hold.scope.into(),
            reason: hold.reason.clone(),
            set_by: hold.set_by.map(|by| by.to_string()),
            set_at: Moment::new(hold.set_at, HOUSE_ZONE),
            lifted_by: hold.lifted.map(|(by, _)| by.to_string()),
            lifted_at: hold.lifted.map(|(_, at)| Moment::new(at, HOUSE_ZONE)),
        }
    }
}

/// A hold that was set.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HoldWithInFlight {
    #[serde(flatten)]
    hold: HoldJson,
    /// What was leaving already when the hold was set, as it is now: it was waited for.
    in_flight: Vec<DeliveryJson>,
}

impl From<&HoldSet> for HoldWithInFlight {
    fn from(set: &HoldSet) -> Self {
        Self {
            hold: HoldJson::from(&set.hold),
            in_flight: set.in_flight.iter().map(DeliveryJson::from).collect(),
        }
    }
}

/// A hold to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scope": {"type": "organization"}, "reason": "誤情報の確認中のため"}))]
pub(super) struct NewHold {
    /// What it covers.
    scope: ScopeJson,
    /// Why.
    reason: String,
}

/// 保留の一覧
///
/// The holds in force.
#[utoipa::path(get, path = "/v1/holds", operation_id = "list_holds", tag = "holds", responses((status = OK, body = Page<HoldJson>)))]
async fn list(
    State(state): State<WebState>,
    Caller(person): Caller,
) -> Result<Json<Page<HoldJson>>, Problem> {
    let holds = state.service.holds(&person).await?;
    Ok(Json(Page::whole(holds.iter().map(HoldJson::from))))
}

/// 保留する
///
/// Stops a scope. Nothing begins to leave after the hold is set. Calls that were under way are waited for, as long as one
/// of them may last and a request may take; `in_flight` tells what became of them.
#[utoipa::path(post, path = "/v1/holds", operation_id = "set_hold", tag = "holds",
    params(("Idempotency-Key" = Option<String>, Header)), request_body = NewHold,
    responses((status = CREATED, body = HoldWithInFlight, headers(("Location" = String)))))]
async fn set(
    State(state): State<WebState>,
    Caller(person): Caller,
    key: Key,
    new: Input<NewHold>,
) -> Result<Response, Problem> {
    let NewHold { scope, reason } = new.value;
    let patience = state.config.patience();
    let creation = Creation {
        state: &state,
        person: &person,
        key,
        digest: new.digest,
        render: |set: &HoldSet| to_text(&HoldWithInFlight::from(set)),
        place: "/v1/holds",
    };
    creation
        .run(|once| {
            state
                .service
                .set_hold(&person, scope.into(), reason, patience, once)
        })
        .await
}

/// 保留を解除する
///
/// Lifts a hold. What became due meanwhile waits for a person.
#[utoipa::path(delete, path = "/v1/holds/{id}", operation_id = "lift_hold", tag = "holds", params(("id" = String, Path)),
    responses((status = OK, body = HoldJson)))]
async fn lift(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<HoldId>,
) -> Result<Json<HoldJson>, Problem> {
    let hold = state.service.lift_hold(&person, id).await?;
    Ok(Json(HoldJson::from(&hold)))
}
