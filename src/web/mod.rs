//! The HTTP edge: reads requests, calls one use case each, and says in the reader's words what came of it.
//! It decides nothing and knows neither tables nor platforms.

mod account_policies;
mod accounts;
mod admit;
mod adopted;
mod attempts;
mod checks;
mod client;
mod config;
mod connections;
mod costs;
mod credentials;
mod deliveries;
mod emergencies;
mod etag;
mod findings;
mod flows;
mod headers;
mod holds;
mod idempotency;
mod input;
mod ledger;
mod limits;
mod me;
mod media;
mod moment;
mod observe;
mod openapi;
mod operations;
mod page;
mod policy;
mod posts;
mod problem;
mod ranges;
mod records;
mod reviews;
mod serve;
mod words;

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::service::Service;
use limits::Limits;
use problem::Problem;

pub use config::{TlsFiles, WebConfig};
pub use operations::install_metrics;
pub use problem::{MEDIA_TYPE, ProblemType, in_words};
pub use serve::{check_tls, serve};

/// What the handlers share.
#[derive(Clone)]
pub struct WebState {
    service: Service,
    config: Arc<WebConfig>,
    metrics: PrometheusHandle,
    limits: Arc<Limits>,
    surface: Surface,
}

/// What a process answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surface {
    /// The API.
    Api,
    /// Health, readiness and metrics.
    Watched,
}

impl std::fmt::Debug for WebState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebState")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl WebState {
    /// Puts the parts together. `metrics` comes from [`install_metrics`].
    #[must_use]
    pub fn new(service: Service, config: WebConfig, metrics: PrometheusHandle) -> Self {
        Self {
            service,
            limits: Arc::new(Limits::new(&config)),
            config: Arc::new(config),
            metrics,
            surface: Surface::Api,
        }
    }

    /// The same for a process that only dispatches: it answers those who watch over it, and nobody else.
    #[must_use]
    pub fn only_watched(self) -> Self {
        Self {
            surface: Surface::Watched,
            ..self
        }
    }
}

/// The contract, as `/openapi.json` answers it.
#[must_use]
pub fn contract() -> utoipa::openapi::OpenApi {
    let (_, life) = operations::life().split_for_parts();
    let (_, mut api) = documented().split_for_parts();
    api.merge(life);
    openapi::finished(api)
}

/// Everything that counts against a budget.
fn documented() -> OpenApiRouter<WebState> {
    OpenApiRouter::with_openapi(openapi::document())
        .merge(posts::routes())
        .merge(checks::routes())
        .merge(accounts::routes())
        .merge(adopted::routes())
        .merge(account_policies::routes())
        .merge(connections::routes())
        .merge(credentials::routes())
        .merge(flows::routes())
        .merge(holds::routes())
        .merge(records::routes())
        .merge(reviews::routes())
        .merge(policy::routes())
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::read))
        .routes(routes!(deliveries::resolve))
        .routes(routes!(deliveries::review))
        .merge(emergencies::routes())
        .merge(ledger::routes())
        .merge(me::routes())
        .merge(media::routes())
        .merge(operations::routes())
}

/// All routes, with everything around them.
pub fn router(state: WebState) -> Router {
    let (life, _) = operations::life().split_for_parts();
    let api = match state.surface {
        Surface::Api => documented()
            .split_for_parts()
            .0
            .merge(openapi::routes(contract()))
            .merge(media::open_routes()),
        Surface::Watched => operations::routes().split_for_parts().0,
    };
    let admitted = api
        .fallback(|| async { Problem::new(ProblemType::UnknownRoute) })
        .layer(DefaultBodyLimit::max(state.config.request_bytes))
        .layer(middleware::from_fn_with_state(state.clone(), admit::admit));
    surrounded(admitted.merge(life), state)
}

/// What watches stands outside of what breaks.
fn surrounded(routes: Router<WebState>, state: WebState) -> Router {
    routes
        .layer(middleware::from_fn_with_state(state.clone(), in_time))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(state.clone(), observe::observe))
        .with_state(state)
}

/// Ends what takes too long. An upload may take longer.
async fn in_time(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let longest = if media::is_upload(&request) {
        state.config.longest_upload()
    } else {
        state.config.longest_request()
    };
    tokio::time::timeout(longest, next.run(request))
        .await
        .unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

/// What a panic says goes to the log; it may hold anything.
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(panic = text, "a handler panicked");
    Problem::new(ProblemType::Internal).into_response()
}

#[cfg(test)]
mod tests;
