//! Repeated requests.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};

use super::world::{World, ask};

fn keyed(path: &str, token: &str, key: &str, body: &Value) -> Request<Body> {
    let mut request = ask(Method::POST, path, token, body.to_string().into());
    request
        .headers_mut()
        .insert("idempotency-key", key.parse().unwrap());
    request
}

#[tokio::test]
async fn a_repetition_gets_the_same_answer_and_makes_nothing() {
    let world = World::new().await;
    let draft = world.draft("一度だけ");
    let first = world.send(keyed("/v1/posts", &world.author, "k1", &draft)).await;
    assert_eq!(first.status, 201);
    let before = world.ledger().await;
    let second = world.send(keyed("/v1/posts", &world.author, "k1", &draft)).await;
    assert_eq!((second.status, &second.text), (first.status, &first.text));
    for name in ["etag", "location", "content-type"] {
        assert_eq!(second.header(name), first.header(name));
    }
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(world.ledger().await, before);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let world = World::new().await;
    world
        .send(keyed("/v1/posts", &world.author, "k1", &world.draft("はじめ")))
        .await
        .ok();
    let before = world.ledger().await;
    let other = world
        .send(keyed(
            "/v1/posts",
            &world.author,
            "k1",
            &world.draft("べつの本文"),
        ))
        .await;
    other.refused(422, "idempotency-key-reused");
    assert_eq!(world.ledger().await, before);
}

#[tokio::test]
async fn a_refused_request_gives_its_key_back() {
    let world = World::new().await;
    let mut draft = world.draft("直して送り直す");
    let right = draft.clone();
    draft["language"] = json!("JAPANESE");
    let refused = world.send(keyed("/v1/posts", &world.author, "k1", &draft)).await;
    refused.invalid("/language", "language");
    let repaired = world.send(keyed("/v1/posts", &world.author, "k1", &right)).await;
    assert_eq!(repaired.status, 201);
}

#[tokio::test]
async fn of_two_at_once_one_makes_it_and_both_get_the_answer() {
    let world = World::new().await;
    let draft = world.draft("同時に二度");
    let send = || world.send(keyed("/v1/posts", &world.author, "k1", &draft));
    let (one, other) = tokio::join!(send(), send());
    assert_eq!(
        [one.status, other.status],
        [201, 201],
        "{} {}",
        one.text,
        other.text
    );
    assert_eq!(one.text, other.text);
    let replayed = [&one, &other].map(|answer| answer.header("idempotency-replayed") == "true");
    assert_eq!(replayed.iter().filter(|replayed| **replayed).count(), 1);
    let posts = world.get("/v1/posts", &world.author).await.ok();
    assert_eq!(posts["items"].as_array().unwrap().len(), 1);
}

/// The second one of two that would collide is not told of the first one's success as of an obstacle.
#[tokio::test]
async fn an_account_that_is_entered_twice_at_once_is_entered_once() {
    let world = World::new().await;
    let account = json!({
        "platform": "mastodon", "instance": "https://four.example.jp", "handle": "water", "name": "水道課",
        "route": [{"title": "課長決裁", "requirement": format!("approver:{}", world.division)}],
        "divisions": [world.division],
    });
    let send = || world.send(keyed("/v1/accounts", &world.administrator, "k1", &account));
    let (one, other) = tokio::join!(send(), send());
    assert_eq!(
        [one.status, other.status],
        [201, 201],
        "{} {}",
        one.text,
        other.text
    );
    assert_eq!(one.text, other.text);
}

#[tokio::test]
async fn a_key_is_short_visible_ascii() {
    let world = World::new().await;
    let draft = world.draft("鍵が悪い");
    for key in ["", "a b", &"k".repeat(256)] {
        let answer = world.send(keyed("/v1/posts", &world.author, key, &draft)).await;
        answer.refused(400, "bad-header");
    }
    let mut twice = keyed("/v1/posts", &world.author, "k1", &draft);
    twice
        .headers_mut()
        .append("idempotency-key", "k2".parse().unwrap());
    world.send(twice).await.refused(400, "bad-header");
}

#[tokio::test]
async fn everything_that_is_made_can_be_repeated() {
    let world = World::new().await;
    let hold = json!({"scope": {"type": "organization"}, "reason": "確認中"});
    let emergency = json!({
        "kind": "flood", "reason": "氾濫危険情報", "accounts": [world.account],
        "expires_at": "2026-11-24T20:00:00+09:00",
    });
    let account = json!({
        "platform": "mastodon", "instance": "https://three.example.jp", "handle": "water", "name": "水道課",
        "route": [{"title": "課長決裁", "requirement": format!("approver:{}", world.division)}],
        "divisions": [world.division],
    });
    for (path, token, body) in [
        ("/v1/holds", &world.administrator, hold),
        ("/v1/emergencies", &world.duty_officer, emergency),
        ("/v1/accounts", &world.administrator, account),
    ] {
        let first = world.send(keyed(path, token, path, &body)).await;
        assert_eq!(first.status, 201, "{}", first.text);
        let again = world.send(keyed(path, token, path, &body)).await;
        assert_eq!(again.text, first.text);
        assert_eq!(again.header("idempotency-replayed"), "true");
    }
}
