//! For machines that look after this one: whether it lives, whether it can work, and how much it does.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{WebState, problem::Problem};
use crate::domain::{credential::CredentialStanding, delivery::DeliveryPhase};

/// Upper bounds of request durations in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// What answers without asking anything else.
pub(super) fn life() -> OpenApiRouter<WebState> {
    OpenApiRouter::new().routes(routes!(healthz))
}

/// What asks the database.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(readyz))
        .routes(routes!(metrics_text))
}

/// Makes the recorder of this process's metrics. Once, before anything is counted.
///
/// # Errors
/// When there is one already.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    let duration = Matcher::Suffix("_duration_seconds".to_owned());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(duration, &BUCKETS)?
        .install_recorder()?;
    metrics::describe_counter!(
        "sekisho_http_requests_total",
        "Requests by method, route and status."
    );
    metrics::describe_histogram!(
        "sekisho_http_request_duration_seconds",
        "How long requests took, by method and route."
    );
    metrics::describe_gauge!("sekisho_deliveries", "Deliveries by state.");
    metrics::describe_gauge!(
        "sekisho_credentials",
        "Credentials of accounts by how they stand."
    );
    Ok(handle)
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Mark {
    Ok,
    Failing,
}

/// Whether the process lives.
#[derive(Debug, Serialize, ToSchema)]
struct Life {
    status: Mark,
}

/// 稼働確認
///
/// The process lives.
#[utoipa::path(get, path = "/healthz", operation_id = "read_health", tag = "operations", security(()), responses((status = OK, body = Life)))]
async fn healthz() -> Json<Life> {
    Json(Life { status: Mark::Ok })
}

/// Whether this process opens credentials.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Vault {
    /// It has a key ring.
    Open,
    /// It has none: it seals what it receives to the dispatchers.
    Shut,
}

/// Whether the process can work.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// All of the rest.
    status: Mark,
    /// The database answers.
    database: Mark,
    /// Every organization has a policy: without one nothing is judged and nothing leaves.
    policy: Mark,
    /// Whether this process opens credentials; one of the role `api` never does.
    vault: Vault,
}

/// 準備確認
///
/// The database answers, and every organization has a policy.
#[utoipa::path(get, path = "/readyz", operation_id = "read_readiness", tag = "operations", security(()),
    responses((status = OK, body = Readiness), (status = SERVICE_UNAVAILABLE, body = Readiness)))]
async fn readyz(State(state): State<WebState>) -> Response {
    let vault = if state.service.opens_the_vault() {
        Vault::Open
    } else {
        Vault::Shut
    };
    let readiness = match state.service.organizations().await {
        Ok(all) => {
            let policed = !all.is_empty() && all.iter().all(|organization| organization.policy.is_some());
            let policy = if policed { Mark::Ok } else { Mark::Failing };
            Readiness {
                status: policy,
                database: Mark::Ok,
                policy,
                vault,
            }
        }
        Err(why) => {
            tracing::warn!(error = %why, "not ready");
            Readiness {
                status: Mark::Failing,
                database: Mark::Failing,
                policy: Mark::Failing,
                vault,
            }
        }
    };
    let status = match readiness.status {
        Mark::Ok => StatusCode::OK,
        Mark::Failing => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(readiness)).into_response()
}

/// 計測値
///
/// In the text form of Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "read_metrics", tag = "operations", security(()),
    responses((status = OK, body = String, content_type = "text/plain")))]
async fn metrics_text(State(state): State<WebState>) -> Result<Response, Problem> {
    let counted = state.service.pulse().await?;
    for phase in DeliveryPhase::ALL {
        // A state that nothing is in any more must go back to zero.
        let number = counted
            .iter()
            .find(|(known, _)| known == phase)
            .map_or(0, |(_, number)| *number);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        metrics::gauge!("sekisho_deliveries", "state" => phase.as_str()).set(number);
    }
    let credentials = state.service.credential_pulse().await?;
    for standing in CredentialStanding::ALL {
        let number = credentials.get(standing).copied().unwrap_or(0);
        metrics::gauge!("sekisho_credentials", "state" => standing.as_str()).set(number);
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, state.metrics.render()).into_response())
}
