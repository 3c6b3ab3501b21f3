//! The control interface under `/sandbox/`: what a tester sees and sets, and no real server has.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::{
    Software,
    answer::{ApiError, bearer},
    arrivals::Arrival,
    faults::FaultPlan,
    server::Shared,
    time,
    tokens::TokenPlan,
    world::{Counts, StatusRecord},
};

pub(super) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/sandbox/arrivals", get(arrivals))
        .route("/sandbox/statuses", get(statuses).delete(clear))
        .route("/sandbox/counts", get(counts))
        .route("/sandbox/accounts", post(create_account))
        .route("/sandbox/faults", get(faults).put(set_faults))
        .route("/sandbox/forget-keys", post(forget_keys))
        .route("/sandbox/keys", put(set_keys))
        .route("/sandbox/software", put(set_software))
        .route("/sandbox/tokens", get(tokens).put(set_tokens))
        .route("/sandbox/tokens/end", put(end_tokens))
        .route("/sandbox/tokens/revoke", put(revoke_tokens))
        .route_layer(middleware::from_fn_with_state(Arc::clone(shared), guard))
}

async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let allowed = shared.control_token.as_ref().is_none_or(|expected| {
        let given = bearer(request.headers()).unwrap_or_default();
        bool::from(given.as_bytes().ct_eq(expected.as_bytes()))
    });
    if allowed {
        next.run(request).await
    } else {
        ApiError::new(StatusCode::UNAUTHORIZED, "The control token is invalid").into_response()
    }
}

async fn arrivals(State(shared): State<Arc<Shared>>) -> Json<Vec<Arrival>> {
    Json(shared.world().arrivals.clone())
}

async fn statuses(State(shared): State<Arc<Shared>>) -> Json<Vec<StatusRecord>> {
    Json(shared.world().statuses.values().cloned().collect())
}

async fn clear(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.world().clear();
    StatusCode::NO_CONTENT
}

async fn counts(State(shared): State<Arc<Shared>>) -> Json<Counts> {
    Json(shared.world().counts())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    username: String,
    display_name: Option<String>,
}

/// Mastodon's rule for names; they appear in paths, so nothing else may get in.
pub(super) fn check_username(username: &str) -> Result<(), &'static str> {
    let fits = (1..=30).contains(&username.len())
        && username.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    fits.then_some(())
        .ok_or("Username must contain only letters, numbers and underscores")
}

/// A name that exists gets one more token, so that a demonstration can be set up twice.
async fn create_account(
    State(shared): State<Arc<Shared>>,
    Json(new): Json<NewAccount>,
) -> Result<Json<Value>, ApiError> {
    check_username(&new.username).map_err(ApiError::invalid)?;
    let mut world = shared.world();
    let account = world.ensure_account(&new.username, new.display_name.as_deref(), time::now());
    let access_token = world.issue_token(&new.username);
    Ok(Json(json!({
        "id": account.id,
        "username": account.username,
        "display_name": account.display_name,
        "access_token": access_token,
    })))
}

async fn faults(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().faults))
}

async fn set_faults(
    State(shared): State<Arc<Shared>>,
    Json(plan): Json<FaultPlan>,
) -> Result<Json<Value>, ApiError> {
    plan.check().map_err(ApiError::invalid)?;
    let board = super::faults::FaultBoard::new(plan);
    let answer = json!(board);
    shared.world().faults = board;
    Ok(Json(answer))
}

async fn forget_keys(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.world().keys.clear();
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    honour: bool,
}

async fn set_keys(State(shared): State<Arc<Shared>>, Json(keys): Json<Keys>) -> StatusCode {
    shared.world().honour_keys = keys.honour;
    StatusCode::NO_CONTENT
}

async fn set_software(State(shared): State<Arc<Shared>>, Json(software): Json<Software>) -> StatusCode {
    shared.world().software = software;
    StatusCode::NO_CONTENT
}

/// How tokens live, and how many refreshes were asked for.
async fn tokens(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    Json(json!({ "plan": world.endings.plan, "refreshes": world.endings.asked }))
}

async fn set_tokens(State(shared): State<Arc<Shared>>, Json(plan): Json<TokenPlan>) -> StatusCode {
    shared.world().endings.plan = Some(plan);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ended {
    username: String,
}

async fn end_tokens(State(shared): State<Arc<Shared>>, Json(ended): Json<Ended>) -> StatusCode {
    shared.world().end_tokens(&ended.username, time::now());
    StatusCode::NO_CONTENT
}

/// As when a person takes a consent back, or changes their password.
async fn revoke_tokens(State(shared): State<Arc<Shared>>, Json(ended): Json<Ended>) -> StatusCode {
    shared.world().revoke_tokens(&ended.username);
    StatusCode::NO_CONTENT
}
