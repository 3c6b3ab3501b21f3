//! Statuses and accounts over HTTP.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{ApiError, bearer, parse},
    fault_layer::{IgnoreKey, idempotency_key},
    publish::{NewStatus, is_public},
    server::Shared,
    time,
    world::{StatusRecord, World},
};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/statuses", post(create))
        .route("/api/v1/statuses/{id}", get(show).put(edit).delete(delete))
        .route("/api/v1/statuses/{id}/source", get(source))
        .route("/api/v1/statuses/{id}/history", get(history))
        .route("/api/v1/accounts/verify_credentials", get(verify))
        .route("/api/v1/accounts/{id}", get(account))
        .route("/api/v1/accounts/{id}/statuses", get(list))
}

async fn create(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    ignore_key: Option<Extension<IgnoreKey>>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let mut world = shared.world();
    let username = world
        .authorise(bearer(&headers), &["write:statuses"])?
        .username
        .clone();
    let new: NewStatus = parse(&headers, &body)?;
    let published = world.publish(
        &username,
        &new,
        idempotency_key(&headers).as_deref(),
        ignore_key.is_some(),
        time::now(),
    )?;
    let status = world.status(&published.id).ok_or_else(ApiError::not_found)?;
    let entity = world.status_entity(status, false);
    Ok((Extension(published), Json(entity)).into_response())
}

/// Whose token was sent. Public reading needs none, but one that is sent must be good.
fn reader(world: &World, headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    bearer(headers)
        .map(|token| world.grant(token).map(|grant| grant.username.clone()))
        .transpose()
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let world = shared.world();
    let reader = reader(&world, &headers)?;
    let status = world
        .visible(&id, reader.as_deref())
        .ok_or_else(ApiError::not_found)?;
    Ok(Json(world.status_entity(status, false)))
}

async fn source(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let world = shared.world();
    let grant = world.authorise(bearer(&headers), &["read:statuses"])?;
    let status = world
        .visible(&id, Some(&grant.username))
        .ok_or_else(ApiError::not_found)?;
    Ok(Json(json!({
        "id": status.id,
        "text": status.text,
        "spoiler_text": status.spoiler_text,
    })))
}

async fn history(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let world = shared.world();
    let reader = reader(&world, &headers)?;
    let status = world
        .visible(&id, reader.as_deref())
        .ok_or_else(ApiError::not_found)?;
    Ok(Json(world.edit_history(status).into()))
}

async fn edit(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let mut world = shared.world();
    let username = world
        .authorise(bearer(&headers), &["write:statuses"])?
        .username
        .clone();
    let new: NewStatus = parse(&headers, &body)?;
    let status = world.edit(&id, &username, &new, time::now())?;
    Ok(Json(world.status_entity(&status, false)))
}

async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let mut world = shared.world();
    let username = world
        .authorise(bearer(&headers), &["write:statuses"])?
        .username
        .clone();
    let status = world.delete(&id, &username)?;
    Ok(Json(world.status_entity(&status, true)))
}

async fn verify(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    let world = shared.world();
    let grant = world.authorise(bearer(&headers), &["read:accounts", "profile"])?;
    let account = world.account(&grant.username).ok_or_else(ApiError::not_found)?;
    let mut entity = world.account_entity(account);
    entity["source"] = json!({
        "privacy": "public",
        "sensitive": false,
        "language": "ja",
        "note": "",
        "fields": [],
        "follow_requests_count": 0,
    });
    Ok(Json(entity))
}

fn by_id<'a>(world: &'a World, id: &str) -> Result<&'a super::world::Account, ApiError> {
    world
        .accounts
        .iter()
        .find(|account| account.id == id)
        .ok_or_else(ApiError::not_found)
}

async fn account(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let world = shared.world();
    reader(&world, &headers)?;
    Ok(Json(world.account_entity(by_id(&world, &id)?)))
}

/// There are no reblogs, so `exclude_reblogs` is taken and changes nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Range {
    limit: Option<usize>,
    since_id: Option<u64>,
    min_id: Option<u64>,
    max_id: Option<u64>,
    exclude_replies: bool,
    pinned: bool,
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(range): Query<Range>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let world = shared.world();
    let reader = reader(&world, &headers)?;
    let username = &by_id(&world, &id)?.username;
    let limit = range.limit.unwrap_or(20).clamp(1, 40);
    let after = range.since_id.max(range.min_id);
    let wanted = |number: &u64, status: &StatusRecord| {
        after.is_none_or(|after| *number > after)
            && range.max_id.is_none_or(|max| *number < max)
            && status.account == *username
            && (is_public(status) || reader.as_ref() == Some(username))
            && !(range.exclude_replies && status.in_reply_to_id.is_some())
            && !range.pinned
    };
    let matching = world
        .statuses
        .iter()
        .filter(|(number, status)| wanted(number, status))
        .map(|(_, status)| status);
    // `min_id` pages upwards from there, everything else downwards from the newest; both answer newest first.
    let statuses: Vec<_> = if range.min_id.is_some() {
        let mut page: Vec<_> = matching.take(limit).collect();
        page.reverse();
        page
    } else {
        matching.rev().take(limit).collect()
    };
    let base = format!("{}/api/v1/accounts/{id}/statuses?limit={limit}", world.base_url);
    let link = statuses.first().zip(statuses.last()).map(|(newest, oldest)| {
        let next = format!("<{base}&max_id={}>; rel=\"next\"", oldest.id);
        let previous = format!("<{base}&min_id={}>; rel=\"prev\"", newest.id);
        [(header::LINK, format!("{next}, {previous}"))]
    });
    let entities: Vec<_> = statuses
        .into_iter()
        .map(|status| world.status_entity(status, false))
        .collect();
    Ok(match link {
        Some(link) => (link, Json(entities)).into_response(),
        None => Json(entities).into_response(),
    })
}
