//! Facts, whose credential it is, and what is asked when.

use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::*;
use crate::{
    domain::account::{KeySupport, Limits},
    sandbox::Software,
};

#[tokio::test]
async fn the_facts_of_a_mastodon() {
    let world = World::with(|config| config.max_characters = 1_000).await;
    let facts = world
        .mastodon
        .facts(world.sandbox.base_url(), None)
        .await
        .unwrap();
    assert_eq!(
        facts.limits,
        Limits {
            max_characters: 1_000,
            characters_per_url: 23,
            film_bytes: Some(103_809_024),
        }
    );
    assert_eq!(facts.keys, KeySupport::Honoured { seconds: 3_000 });
    assert_eq!(facts.software, "mastodon 4.5.0+sandbox");
}

#[tokio::test]
async fn the_facts_of_a_relative() {
    let world = World::with(|config| {
        config.software = Software {
            name: "gotosocial".to_owned(),
            version: "0.19.1".to_owned(),
        };
    })
    .await;
    let facts = world
        .mastodon
        .facts(world.sandbox.base_url(), None)
        .await
        .unwrap();
    assert_eq!(facts.keys, KeySupport::NotHonoured);
    assert_eq!(facts.software, "gotosocial 0.19.1");
}

async fn serve(server: &MockServer, at: &str, status: u16, body: serde_json::Value) {
    Mock::given(method("GET"))
        .and(path(at))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(server)
        .await;
}

fn limits() -> serde_json::Value {
    json!({ "configuration": { "statuses": { "max_characters": 700, "characters_reserved_per_url": 30 } } })
}

#[tokio::test]
async fn an_older_server_is_asked_the_older_way() {
    let server = MockServer::start().await;
    serve(&server, "/api/v1/instance", 200, limits()).await;
    let facts = adapter().facts(&server.uri(), None).await.unwrap();
    assert_eq!(
        facts.limits,
        Limits {
            max_characters: 700,
            characters_per_url: 30,
            film_bytes: None,
        }
    );
    assert_eq!(
        (facts.keys, facts.software.as_str()),
        (KeySupport::NotHonoured, "unknown")
    );
}

#[tokio::test]
async fn limits_are_never_assumed() {
    let server = MockServer::start().await;
    serve(&server, "/api/v2/instance", 200, json!({ "title": "a" })).await;
    serve(
        &server,
        "/api/v1/instance",
        200,
        json!({ "max_toot_chars": 5_000 }),
    )
    .await;
    let facts = adapter().facts(&server.uri(), None).await;
    assert!(matches!(facts, Err(AskError::Unreadable(_))), "{facts:?}");
}

#[tokio::test]
async fn nobody_else_says_what_a_server_is() {
    let other = MockServer::start().await;
    let mastodon = json!({ "software": { "name": "mastodon", "version": "4.5.0" } });
    serve(&other, "/nodeinfo/2.0", 200, mastodon).await;
    let server = MockServer::start().await;
    serve(&server, "/api/v2/instance", 200, limits()).await;
    let rel = "http://nodeinfo.diaspora.software/ns/schema/2.0";
    let links = json!({ "links": [{ "rel": rel, "href": format!("{}/nodeinfo/2.0", other.uri()) }] });
    serve(&server, "/.well-known/nodeinfo", 200, links).await;
    let facts = adapter().facts(&server.uri(), None).await.unwrap();
    assert_eq!(facts.keys, KeySupport::NotHonoured);
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_server_that_is_down_has_not_said_that_it_forgets_keys() {
    let server = MockServer::start().await;
    serve(&server, "/api/v2/instance", 200, limits()).await;
    serve(&server, "/.well-known/nodeinfo", 503, json!({})).await;
    let facts = adapter().facts(&server.uri(), None).await;
    assert!(matches!(facts, Err(AskError::Unreachable(_))), "{facts:?}");
}

#[tokio::test]
async fn whose_credential_it_is() {
    let world = World::new().await;
    let me = world
        .mastodon
        .whoami(world.sandbox.base_url(), &world.credential)
        .await
        .unwrap();
    assert_eq!(me.handle, "town");
    assert!(wire::is_id(&me.id));
    let wrong = credential_of(&format!("{CANARY}-wrong"));
    let error = world
        .mastodon
        .whoami(world.sandbox.base_url(), &wrong)
        .await
        .unwrap_err();
    assert!(matches!(error, AskError::Unauthorised(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains(CANARY));
}

#[tokio::test]
async fn an_echoed_credential_is_not_passed_on() {
    for status in [401, 400, 500] {
        let server = MockServer::start().await;
        let body = json!({ "error": format!("Bearer {CANARY} is wrong") });
        serve(&server, "/api/v1/accounts/verify_credentials", status, body).await;
        let error = adapter().whoami(&server.uri(), &credential()).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
    }
}

#[tokio::test]
async fn this_machine_is_not_asked_in_production() {
    let world = World::new().await;
    let strict = Mastodon::new(
        Client::new(&NetConfig::default()).unwrap(),
        Arc::new(SystemClock),
        crate::platform::LONGEST_REQUEST,
        Arc::new(crate::vault::SystemEntropy),
    );
    let facts = strict.facts(world.sandbox.base_url(), None).await;
    assert!(matches!(facts, Err(AskError::Unreachable(_))), "{facts:?}");
}
