//! What the server says about itself.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};

use super::{media, server::Shared, text::CHARACTERS_PER_URL, world::World};

/// Says everywhere that this is no real server.
const NAME: &str = "Sekisho sandbox (simulated)";

const DESCRIPTION: &str = "A simulated server for practice and tests. Nothing here is really published.";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/v1/instance", get(version_1))
        .route("/api/v2/instance", get(version_2))
        .route("/.well-known/nodeinfo", get(nodeinfo_links))
        .route("/nodeinfo/2.0", get(nodeinfo))
}

fn configuration(world: &World) -> Value {
    json!({
        "accounts": { "max_featured_tags": 10, "max_pinned_statuses": 5 },
        "statuses": {
            "max_characters": world.max_characters,
            "max_media_attachments": media::MOST,
            "characters_reserved_per_url": CHARACTERS_PER_URL,
        },
        "media_attachments": {
            "supported_mime_types": ["image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4"],
            "description_limit": media::LONGEST_DESCRIPTION,
            "image_size_limit": media::LARGEST_PICTURE,
            "image_matrix_limit": 33_177_600,
            "video_size_limit": media::LARGEST_FILM,
            "video_frame_rate_limit": 120,
            "video_matrix_limit": 8_294_400,
        },
        "polls": {
            "max_options": 4,
            "max_characters_per_option": 50,
            "min_expiration": 300,
            "max_expiration": 2_629_746,
        },
    })
}

/// The base address without its scheme.
fn domain(world: &World) -> &str {
    world
        .base_url
        .split_once("://")
        .map_or(world.base_url.as_str(), |(_, domain)| domain)
}

async fn version_2(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let mut configuration = configuration(&world);
    configuration["urls"] = json!({});
    configuration["translation"] = json!({ "enabled": false });
    Json(json!({
        "domain": domain(&world),
        "title": NAME,
        "version": world.software.version,
        "source_url": "",
        "description": DESCRIPTION,
        "usage": { "users": { "active_month": world.accounts.len() } },
        "languages": ["ja"],
        "configuration": configuration,
        "registrations": { "enabled": false, "approval_required": false, "message": null },
        "api_versions": { "mastodon": 7 },
        "contact": { "email": "", "account": null },
        "rules": [],
    }))
}

async fn version_1(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    Json(json!({
        "uri": domain(&world),
        "title": NAME,
        "short_description": DESCRIPTION,
        "description": DESCRIPTION,
        "email": "",
        "version": world.software.version,
        "urls": {},
        "stats": {
            "user_count": world.accounts.len(),
            "status_count": world.statuses.len(),
            "domain_count": 0,
        },
        "languages": ["ja"],
        "registrations": false,
        "approval_required": false,
        "invites_enabled": false,
        "configuration": configuration(&world),
        "rules": [],
    }))
}

async fn nodeinfo_links(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let base = shared.world().base_url.clone();
    Json(json!({
        "links": [{
            "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
            "href": format!("{base}/nodeinfo/2.0"),
        }],
    }))
}

async fn nodeinfo(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    Json(json!({
        "version": "2.0",
        "software": world.software,
        "protocols": [],
        "services": { "inbound": [], "outbound": [] },
        "usage": {
            "users": { "total": world.accounts.len() },
            "localPosts": world.statuses.len(),
        },
        "openRegistrations": false,
        "metadata": { "nodeName": NAME, "nodeDescription": DESCRIPTION },
    }))
}
