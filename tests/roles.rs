//! One process serves the API without a key, another one dispatches: real processes on one PostgreSQL.

use std::time::Duration;

use reqwest::StatusCode;
use sekisho::{
    domain::actor::{Actor, Scope},
    service::NewApiToken,
};
use serde_json::{Value, json};

use crate::{
    faults::node::Node,
    support::{Town, consent::allow, database::Kind, http_client, raw::Raw, town::new_account},
};

/// A node that serves, and has no key: neither the variable that would name one nor the file with our application's
/// secret is even there.
fn api(town: &Town) -> Node {
    let mut node = Node::running(&town.database.url, &["serve", "--role", "api"])
        .with("SEKISHO_PLATFORMS__X__CLIENT_ID", "town")
        .with("SEKISHO_PLATFORMS__X__CLIENT_SECRET_FILE", "/nowhere/x.secret");
    node.command().env_remove("SEKISHO_KEY_RING");
    node
}

fn dispatcher(town: &Town) -> Node {
    Node::running(&town.database.url, &["serve", "--role", "dispatch"])
}

async fn token_of_the_administrator(town: &Town) -> String {
    let new = NewApiToken {
        user: town.people.administrator.user,
        label: "roles".to_owned(),
        scopes: [Scope::Read, Scope::Administer].into(),
        expires_at: town.app.service.now() + chrono::Duration::days(1),
    };
    let issued = town
        .app
        .service
        .issue_token(town.organization, new, Actor::Operator);
    issued.await.expect("a token").expose().to_owned()
}

async fn send(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let answer = request
        .timeout(Duration::from_secs(30))
        .send()
        .await
        .expect("an answer");
    let status = answer.status();
    (status, answer.json().await.unwrap_or(Value::Null))
}

/// Asks until it says so, for a minute at most.
async fn until(what: &str, done: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within a minute: {what}");
}

const SEALED: Raw = Raw::same("SELECT state FROM handovers WHERE sealed IS NULL ORDER BY id");

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_a_key_connects_by_a_dispatcher_which_alone_publishes() {
    let Some(town) = Town::on(Kind::Postgres).await else {
        return;
    };
    let new = new_account(town.division, town.sandbox.base_url(), "bosai");
    let account = town
        .app
        .service
        .register_account_from_command_line(town.organization, new);
    let account = account.await.expect("an account").id;
    let token = token_of_the_administrator(&town).await;
    town.approved("配信プロセスだけが投稿します。").await;
    town.app.store.close().await;
    let (serving, url) = api(&town).start_listening();
    let (_, ready) = send(http_client().get(format!("{url}/readyz"))).await;
    assert_eq!(ready["vault"], "shut", "{ready}");
    let begin = || {
        http_client()
            .post(format!("{url}/v1/accounts/{account}/connect"))
            .bearer_auth(&token)
    };
    let (status, said) = send(begin()).await;
    assert_eq!(
        status,
        StatusCode::SERVICE_UNAVAILABLE,
        "no dispatcher has published a key: {said}"
    );
    assert_eq!(town.sandbox.statuses().len(), 0, "what is due stays");

    let (dispatching, watched) = dispatcher(&town).start_listening();
    until("published", async || town.sandbox.statuses().len() == 1).await;
    let (_, ready) = send(http_client().get(format!("{watched}/readyz"))).await;
    assert_eq!(ready["vault"], "open", "{ready}");
    let (status, _) = send(
        http_client()
            .get(format!("{watched}/v1/accounts"))
            .bearer_auth(&token),
    )
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND, "a dispatcher serves no API");

    let (status, begun) = send(begin()).await;
    assert_eq!(status, StatusCode::OK, "{begun}");
    let back = allow(begun["authorize_url"].as_str().expect("an address"), "bosai").await;
    let returned: std::collections::HashMap<_, _> = back.query_pairs().into_owned().collect();
    let finish = http_client()
        .post(format!("{url}/v1/connections/finish"))
        .bearer_auth(&token);
    let (status, connected) = send(finish.json(&returned)).await;
    assert_eq!(
        (status, &connected["status"]),
        (StatusCode::OK, &json!("active")),
        "{connected}"
    );
    assert_eq!(
        town.database.ask(SEALED).await,
        ["done", "done"],
        "what was sealed is gone"
    );
    let (_, seen) = send(
        http_client()
            .get(format!("{url}/v1/accounts/{account}"))
            .bearer_auth(&token),
    )
    .await;
    assert_eq!(seen["credential"]["state"], "good", "{seen}");

    let hand_in = |secret: &str| {
        http_client()
            .post(format!("{url}/v1/accounts/{account}/credential"))
            .bearer_auth(&token)
            .json(&json!({ "token": { "access_token": secret } }))
    };
    let (status, refused) = send(hand_in("canary-of-nobody")).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{refused}");
    let told = refused["detail"].as_str().expect("a text");
    assert!(
        told.contains("401") && !told.contains("did not connect"),
        "the platform's words and no others: {told}"
    );
    let (status, other) = send(hand_in("koho-token")).await;
    assert_eq!(status, StatusCode::CONFLICT, "{other}");
    assert!(
        other["detail"].as_str().is_some_and(|said| said.contains("koho")),
        "the account that came back is shown: {other}"
    );
    let (status, connected) = send(hand_in("bosai-token")).await;
    assert_eq!(
        (status, &connected["status"]),
        (StatusCode::OK, &json!("active")),
        "{connected}"
    );
    let left = town.database.ask(SEALED).await;
    assert_eq!(left.len(), 5, "what was sealed is gone: {left:?}");
    serving.stop().await;
    dispatching.stop().await;
}

/// Whoever can write to the database could put a key of their own there: a node that is told the fingerprint
/// seals to no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_the_pinned_one_gets_nothing() {
    let Some(town) = Town::on(Kind::Postgres).await else {
        return;
    };
    let token = token_of_the_administrator(&town).await;
    town.app.dispatcher.publish_key().await.expect("a published key");
    town.app.store.close().await;
    let pinned = api(&town).with(
        "SEKISHO_VAULT__DISPATCHERS",
        "0000-1111-2222-3333-4444-5555-6666-7777",
    );
    let (serving, url) = pinned.start_listening();
    let account = town.account;
    let begin = http_client()
        .post(format!("{url}/v1/accounts/{account}/connect"))
        .bearer_auth(&token);
    let (status, said) = send(begin).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{said}");
    let handed = Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM handovers");
    assert_eq!(town.database.ask(handed).await, ["0"]);
    serving.stop().await;
}

#[test]
fn a_file_serves_one_process_that_does_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("town.db").display());
    let (status, said) = Node::running(&url, &["serve", "--role", "dispatch"]).complaint();
    assert!(!status.success() && said.contains("PostgreSQL"), "{said}");
}
