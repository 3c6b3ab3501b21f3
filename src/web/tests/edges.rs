//! What surrounds every request: headers, limits, unknown addresses, probes, documents.

use std::num::NonZeroU32;

use axum::{
    body::Body,
    http::{Method, Request, header},
};

use super::{
    super::WebConfig,
    world::{World, ask},
};

#[tokio::test]
async fn every_answer_is_named_and_closed() {
    let world = World::new().await;
    for path in [
        "/healthz",
        "/v1/me",
        "/nowhere",
        "/openapi.json",
        "/v1/connections/callback",
        "/oauth-client-metadata.json",
    ] {
        let answer = world.get(path, &world.author).await;
        assert!(answer.header("x-request-id").starts_with("req_"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'"),
            "{path}"
        );
        for absent in [
            "server",
            "access-control-allow-origin",
            "strict-transport-security",
        ] {
            assert_eq!(answer.header(absent), "", "{path}");
        }
    }
    let mut request = ask(Method::GET, "/v1/me", &world.author, Body::empty());
    request
        .headers_mut()
        .insert("x-request-id", "mine".parse().unwrap());
    assert_ne!(world.send(request).await.header("x-request-id"), "mine");
}

#[tokio::test]
async fn with_tls_browsers_are_told_to_stay_with_it() {
    let world = World::with(WebConfig {
        tls: Some(super::super::TlsFiles {
            certificate: "certificate.pem".into(),
            key: "key.pem".into(),
        }),
        ..WebConfig::default()
    })
    .await;
    assert!(
        world
            .get("/healthz", "")
            .await
            .header("strict-transport-security")
            .contains("max-age")
    );
}

#[tokio::test]
async fn problems_are_told_in_the_readers_language() {
    let world = World::new().await;
    let ask = |language: &str| {
        Request::get("/v1/posts")
            .header(header::ACCEPT_LANGUAGE, language)
            .body(Body::empty())
            .unwrap()
    };
    let english = world.send(ask("fr, en;q=0.8, ja;q=0.5")).await;
    assert_eq!(english.header("content-language"), "en");
    assert_eq!(english.json()["title"], "Authentication is required");
    let japanese = world.send(ask("fr")).await;
    assert_eq!(japanese.json()["title"], "認証が必要です");
    assert_eq!(japanese.header("vary"), "Accept-Language");
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems() {
    let world = World::new().await;
    world
        .get("/v1/nothing", &world.author)
        .await
        .refused(404, "unknown-route");
    let put = world
        .send(ask(Method::PUT, "/v1/posts", &world.author, Body::empty()))
        .await;
    put.refused(405, "method-not-allowed");
    let allow = put.header("allow");
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
}

#[tokio::test]
async fn a_token_has_its_own_budget() {
    let two = NonZeroU32::new(2).unwrap();
    let world = World::with(WebConfig {
        rate_per_minute: NonZeroU32::MIN,
        rate_burst: two,
        stranger_rate_per_minute: NonZeroU32::MIN,
        stranger_rate_burst: NonZeroU32::MIN,
        ..WebConfig::default()
    })
    .await;
    let first = world.get("/v1/me", &world.author).await;
    assert_eq!(
        (
            first.header("ratelimit-limit"),
            first.header("ratelimit-remaining")
        ),
        ("2", "1")
    );
    assert!(!first.header("ratelimit-reset").is_empty());
    world.get("/v1/me", &world.author).await.ok();
    let before = world.ledger().await;
    let refused = world
        .post("/v1/posts", &world.author, &world.draft("多すぎる"))
        .await;
    refused.refused(429, "rate-limited");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    assert_eq!(world.ledger().await, before);
    // Others are not held back, and a probe never is.
    world.get("/v1/me", &world.approvers[0]).await.ok();
    world.get("/v1/me", "").await.refused(401, "unauthenticated");
    world.get("/v1/me", "").await.refused(429, "rate-limited");
    for _ in 0..5 {
        world.get("/healthz", "").await.ok();
    }
}

#[tokio::test]
async fn probes_and_metrics_answer() {
    let world = World::new().await;
    let ready = world.get("/readyz", "").await.ok();
    assert_eq!(ready["status"], "ok");
    world.submitted("数えられる投稿").await;
    let metrics = world.get("/metrics", "").await;
    assert_eq!(metrics.status, 200);
    assert!(
        metrics.text.contains("sekisho_deliveries{state=\"pending\"} 1"),
        "{}",
        metrics.text
    );
    assert!(metrics.text.contains("route=\"/readyz\""), "{}", metrics.text);
    // The route, not the path: nobody's ids end up in time series.
    let post = world.submitted("番号は出ない").await;
    world
        .get(
            &format!("/v1/posts/{}", post["id"].as_str().unwrap()),
            &world.author,
        )
        .await
        .ok();
    let metrics = world.get("/metrics", "").await.text;
    assert!(
        metrics.contains("route=\"/v1/posts/{id}\"") && !metrics.contains("pst_"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_server_without_a_policy_is_not_ready() {
    let world = World::new().await;
    world
        .service
        .found_organization("みどり村", crate::domain::actor::Actor::Operator)
        .await
        .unwrap();
    let answer = world.get("/readyz", "").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["database"], "ok", "{}", answer.text);
    assert_eq!(answer.json()["policy"], "failing");
}

#[tokio::test]
async fn the_documents_page_has_nothing_from_outside() {
    let world = World::new().await;
    assert_eq!(world.get("/docs", "").await.header("location"), "/docs/");
    let page = world.get("/docs/", "").await;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy")
            .contains("script-src 'self'")
    );
    assert!(
        page.text.contains("swagger-ui")
            && !page.text.contains("https://")
            && !page.text.contains("<script>"),
        "{}",
        page.text
    );
    for asset in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert_eq!(
            world.get(&format!("/docs/{asset}"), "").await.status,
            200,
            "{asset}"
        );
    }
}
