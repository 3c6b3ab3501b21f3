//! `/v1/policy`: what the policy in force keeps of the guidelines.

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{WebState, admit::Caller, problem::Problem};
use crate::gate::coverage::Coverage;

/// The routes of policies.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(coverage))
}

/// 要綱の充足状況
///
/// Every clause of the guideline that the policy in force follows (of all guidelines if it follows none): how it is
/// kept, by which rule or workflow, and what is open.
#[utoipa::path(get, path = "/v1/policy/coverage", operation_id = "read_policy_coverage", tag = "policy",
    responses((status = OK, body = Object)))]
async fn coverage(State(state): State<WebState>, Caller(person): Caller) -> Result<Json<Coverage>, Problem> {
    Ok(Json(state.service.policy_coverage(&person).await?))
}
