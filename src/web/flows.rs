//! `/v1/flows`: accounts to which posts do not flow freely.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    moment::{HOUSE_ZONE, Moment},
    page::Page,
    problem::Problem,
};
use crate::domain::flow::{Budget, Flow};

/// The routes of flows.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// How many more requests a platform takes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "PlatformBudget", as = PlatformBudget)]
struct BudgetJson {
    /// In one period.
    limit: u32,
    /// In this one. Ordinary posts leave a tenth of the limit to emergencies.
    remaining: u32,
    /// When the next period begins.
    resets_at: Moment,
}

impl From<Budget> for BudgetJson {
    fn from(budget: Budget) -> Self {
        Self {
            limit: budget.limit,
            remaining: budget.remaining,
            resets_at: Moment::new(budget.resets_at, HOUSE_ZONE),
        }
    }
}

/// What is known of the flow to an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Flow", as = Flow)]
struct FlowJson {
    #[schema(example = "acc_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    account: String,
    /// Calls in a row that failed or got no answer.
    failures: u32,
    /// Ordinary posts wait until then; afterwards one tries, and the others follow when it gets through.
    paused_until: Option<Moment>,
    /// The platform said "later": nothing leaves before.
    refused_until: Option<Moment>,
    /// The platform's budget, once it is scarce.
    budget: Option<BudgetJson>,
}

impl From<&Flow> for FlowJson {
    fn from(flow: &Flow) -> Self {
        let moment = |at| Moment::new(at, HOUSE_ZONE);
        Self {
            account: flow.account.to_string(),
            failures: flow.failures,
            paused_until: flow.open_until.map(moment),
            refused_until: flow.refused_until.map(moment),
            budget: flow.budget.map(BudgetJson::from),
        }
    }
}

/// 流れの滞り
///
/// Accounts whose platform fails, puts posts off, or takes only a few more. An account that is not listed is free.
#[utoipa::path(get, path = "/v1/flows", operation_id = "list_flows", tag = "accounts",
    responses((status = OK, body = Page<FlowJson>)))]
async fn list(
    State(state): State<WebState>,
    Caller(person): Caller,
) -> Result<Json<Page<FlowJson>>, Problem> {
    let flows = state.service.flows(&person).await?;
    Ok(Json(Page::whole(flows.iter().map(FlowJson::from))))
}
