//! Consent, the page's own credential, and whose it is.

use std::collections::{BTreeMap, HashMap};

use rstest::rstest;
use serde_json::Value;
use wiremock::matchers::{method, path, query_param, query_param_is_missing};

use super::*;
use crate::platform::meta::testing::form;

const RETURN_TO: &str = "https://sekisho.example.lg.jp/v1/connections/callback";
const TOKEN: &str = "/v26.0/oauth/access_token";
const ACCOUNTS: &str = "/v26.0/me/accounts";
const INSPECT: &str = "/v26.0/debug_token";

fn page(id: &str, username: Option<&str>, tasks: &[&str]) -> Value {
    json!({ "id": id, "username": username, "access_token": CANARY, "tasks": tasks })
}

fn inspected(ends: i64) -> Value {
    let scopes = ["pages_show_list", "pages_read_engagement", "pages_manage_posts"];
    json!({ "data": { "is_valid": true, "expires_at": 0, "data_access_expires_at": ends, "scopes": scopes } })
}

async fn consented(pages: &[Value]) -> World {
    let world = World::with(application()).await;
    world
        .stand
        .tells_once(
            "POST",
            TOKEN,
            json!({ "access_token": "canary-short", "expires_in": 5183 }),
        )
        .await;
    world
        .stand
        .tells(
            "POST",
            TOKEN,
            json!({ "access_token": "canary-long", "expires_in": 5_183_944 }),
        )
        .await;
    world.stand.tells("GET", ACCOUNTS, json!({ "data": pages })).await;
    world
}

async fn finish(world: &World, handle: &str) -> Result<Credential, ConnectError> {
    let (server, memory) = (world.stand.uri(), Credential::new(start()));
    let returned = BTreeMap::from([("code".to_owned(), "canary-code#_".to_owned())]);
    let what = Finish {
        instance: &server,
        redirect_uri: RETURN_TO,
        memory: &memory,
        returned: &returned,
        handle,
    };
    let finished = world.facebook.finish(what).await;
    assert!(!format!("{finished:?}").contains("canary"), "{finished:?}");
    finished
}

#[tokio::test]
async fn a_person_is_asked_at_facebook() {
    let world = World::with(application()).await;
    let state = Secret::new("canary-state".to_owned());
    let what = Invite {
        instance: &world.stand.uri(),
        redirect_uri: RETURN_TO,
        state: &state,
        handle: "town",
    };
    let invited = world.facebook.invite(what).await.unwrap();
    let url = &invited.authorize_url;
    assert!(
        url.as_str()
            .starts_with("https://www.facebook.com/v26.0/dialog/oauth?"),
        "{url}"
    );
    let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
    let expected = map(&[
        ("client_id", "77"),
        ("redirect_uri", RETURN_TO),
        ("response_type", "code"),
        (
            "scope",
            "pages_show_list,pages_read_engagement,pages_manage_posts",
        ),
        ("state", "canary-state"),
    ]);
    assert_eq!(asked, expected);
    let without = World::new().await.facebook.invite(what).await;
    assert_eq!(without.map(|_| ()), Err(ConnectError::NoApplication));
}

#[tokio::test]
async fn of_all_pages_the_one_in_the_register_is_connected() {
    let tasks = ["ANALYZE", "CREATE_CONTENT"];
    let mut other = page("6", Some("other"), &tasks);
    other["access_token"] = json!("canary-other");
    let world = consented(&[other, page("7", Some("Example.City"), &tasks)]).await;
    let ends = start() + TimeDelta::days(80);
    world
        .stand
        .tells("GET", INSPECT, inspected(ends.timestamp()))
        .await;
    let credential = finish(&world, "example.city").await.unwrap();
    assert_eq!(
        credential.get(SecretName::Access).map(Secret::expose),
        Some(CANARY)
    );
    assert_eq!(
        credential.access_expires_at,
        Some(ends),
        "a person is called before"
    );
    let requests = world.stand.requests().await;
    let code = map(&[
        ("client_id", "77"),
        ("client_secret", "canary-application"),
        ("redirect_uri", RETURN_TO),
        ("code", "canary-code"),
    ]);
    assert_eq!(form(&requests[0]), code);
    assert_eq!(form(&requests[1])["fb_exchange_token"], "canary-short");
    assert_eq!(form(&requests[1])["grant_type"], "fb_exchange_token");
    assert_eq!(requests[2].headers["authorization"], "Bearer canary-long");
}

#[rstest]
#[case::never(inspected(0), None)]
#[case::not_told(json!({}), Some(90))]
#[tokio::test]
async fn the_right_to_read_ends(#[case] told: Value, #[case] days: Option<i64>) {
    let world = consented(&[page("7", None, &["CREATE_CONTENT"])]).await;
    world.stand.tells("GET", INSPECT, told).await;
    let credential = finish(&world, "7").await.unwrap();
    assert_eq!(
        credential.access_expires_at,
        days.map(|days| start() + TimeDelta::days(days))
    );
}

#[tokio::test]
async fn a_page_that_the_person_does_not_speak_for_is_not_connected() {
    let world = consented(&[page("7", Some("example"), &["ANALYZE"])]).await;
    assert!(matches!(
        finish(&world, "example").await,
        Err(ConnectError::Refused(_))
    ));
    let world = consented(&[page("7", Some("example"), &["CREATE_CONTENT"])]).await;
    let other = finish(&world, "another").await;
    assert!(matches!(other, Err(ConnectError::OtherAccount(name)) if name == "another"));
    let world = World::with(application()).await;
    world
        .stand
        .says(
            "POST",
            TOKEN,
            ResponseTemplate::new(400).set_body_json(fault(100, 36_009)),
        )
        .await;
    assert!(matches!(
        finish(&world, "example").await,
        Err(ConnectError::Refused(_))
    ));
}

#[tokio::test]
async fn the_page_may_stand_further_down_the_list() {
    let world = World::with(application()).await;
    world
        .stand
        .tells("POST", TOKEN, json!({ "access_token": "canary-long" }))
        .await;
    world.stand.tells("GET", INSPECT, inspected(0)).await;
    let elsewhere = "https://evil.example/next";
    let first = json!({ "data": [page("6", None, &[])], "paging": { "cursors": { "after": "abc" }, "next": elsewhere } });
    let second = json!({ "data": [page("7", None, &["CREATE_CONTENT"])] });
    let list = || wiremock::Mock::given(method("GET")).and(path(ACCOUNTS));
    list()
        .and(query_param_is_missing("after"))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .mount(world.stand.server())
        .await;
    list()
        .and(query_param("after", "abc"))
        .respond_with(ResponseTemplate::new(200).set_body_json(second))
        .mount(world.stand.server())
        .await;
    assert!(finish(&world, "7").await.is_ok());
}

#[rstest]
#[case::good(Some(inspected(0)), Ok("example"))]
#[case::nobody_inspects(None, Ok("example"))]
#[case::invalid(Some(json!({ "data": { "is_valid": false } })), Err(true))]
#[case::scope_is_gone(Some(json!({ "data": { "is_valid": true, "scopes": ["pages_read_engagement"] } })), Err(true))]
#[tokio::test]
async fn once_a_day_facebook_is_asked(
    #[case] inspection: Option<Value>,
    #[case] expected: Result<&str, bool>,
) {
    let world = World::with(application()).await;
    match inspection {
        Some(told) => world.stand.tells("GET", INSPECT, told).await,
        None => {
            world
                .stand
                .says(
                    "GET",
                    INSPECT,
                    ResponseTemplate::new(400).set_body_json(fault(190, 0)),
                )
                .await
        }
    }
    world
        .stand
        .tells("GET", "/v26.0/me", json!({ "id": "7", "username": "example" }))
        .await;
    let server = world.stand.uri();
    let told = world.facebook.whoami(&server, &world.credential).await;
    assert!(!format!("{told:?}").contains("canary"), "{told:?}");
    let told = told.map(|account| account.handle);
    let told = told
        .as_deref()
        .map_err(|why| matches!(why, AskError::Unauthorised(_)));
    assert_eq!(told, expected);
    let asked = &world.stand.requests().await[0];
    assert_eq!(asked.headers["authorization"], "Bearer 77|canary-application");
}

#[rstest]
#[case::refused(ResponseTemplate::new(400).set_body_json(fault(190, 460)), true)]
#[case::throttled(ResponseTemplate::new(403).set_body_json(fault(4, 0)), false)]
#[case::passing(ResponseTemplate::new(400).set_body_json(fault(2, 0)), false)]
#[case::proxy(ResponseTemplate::new(401).set_body_string("<html>"), false)]
#[case::internal(ResponseTemplate::new(500).set_body_json(fault(190, 0)), false)]
#[tokio::test]
async fn only_facebooks_own_words_end_a_credential(#[case] answer: ResponseTemplate, #[case] ends: bool) {
    let world = World::new().await;
    world.stand.says("GET", "/v26.0/me", answer).await;
    let server = world.stand.uri();
    let told = world
        .facebook
        .whoami(&server, &world.credential)
        .await
        .unwrap_err();
    assert_eq!(matches!(told, AskError::Unauthorised(_)), ends, "{told:?}");
}
