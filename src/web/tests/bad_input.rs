//! Every wrong input gets its problem and changes nothing.

use axum::{
    body::{Body, Bytes},
    http::{Method, Request, header},
};
use futures::stream;
use rstest::rstest;
use serde_json::{Value, json};

use super::world::{Answer, World, ask};

/// Sends something to `POST /v1/posts` and asserts that it changed nothing.
async fn refused(world: &World, body: impl Into<Body>) -> Answer {
    let before = world.ledger().await;
    let answer = world
        .send(ask(Method::POST, "/v1/posts", &world.author, body.into()))
        .await;
    assert_eq!(world.ledger().await, before);
    answer
}

/// A draft of which one part is something else.
fn changed(world: &World, pointer: &str, value: Value) -> String {
    let mut draft = world.draft("給水のお知らせ");
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    draft.pointer_mut(parent).unwrap()[name] = value;
    draft.to_string()
}

#[rstest]
#[case::unknown_field("/colour", json!("red"), "/colour", "unknown")]
#[case::unknown_field_in_a_target("/targets/0/colour", json!("red"), "/targets/0/colour", "unknown")]
#[case::wrong_type("/text", json!(7), "/text", "type")]
#[case::wrong_type_deep("/targets/0/account", json!(7), "/targets/0/account", "type")]
#[case::no_id("/targets/0/account", json!("pst_0190c1a2b3c47d5e8f90a1b2c3d4e5f6"), "/targets/0/account", "value")]
#[case::unknown_account("/targets/0/account", json!("acc_0190c1a2b3c47d5e8f90a1b2c3d4e5f6"), "/targets/0/account", "account-unknown")]
#[case::unknown_word("/visibility", json!("secret"), "/visibility", "value")]
#[case::nothing_to_go_to("/targets", json!([]), "/targets", "targets-empty")]
#[case::too_long("/text", json!("漢".repeat(40_000)), "/text", "text-too-long")]
#[case::past("/publish", json!({"mode": "at", "at": "2026-11-23T10:00:00+09:00"}), "/publish/at", "time-past")]
#[case::no_offset("/publish", json!({"mode": "at", "at": "2026-11-25T10:00:00"}), "/publish/at", "time-format")]
#[case::no_such_mode("/publish", json!({"mode": "never"}), "/publish/mode", "value")]
#[case::no_time("/publish", json!({"mode": "at"}), "/publish/at", "required")]
#[case::a_time_too_much("/publish", json!({"mode": "on_approval", "at": "2026-11-25T10:00:00+09:00"}), "/publish/at", "unknown")]
#[case::half_a_range("/allowed", json!({"earliest": "2026-11-25T00:00:00+09:00"}), "/allowed/latest", "required")]
#[case::reversed("/allowed", json!({"earliest": "2026-11-26T00:00:00+09:00", "latest": "2026-11-25T00:00:00+09:00"}), "/allowed", "range-reversed")]
#[case::nul_in_the_text("/text", json!("給水\0のお知らせ"), "/text", "nul")]
#[case::nul_in_a_target("/targets/0/refers_to", json!("1\0"), "/targets/0/refers_to", "nul")]
#[case::no_audience("/targets/0/audience", json!({}), "/targets/0/audience", "audience-everybody")]
#[case::audience_in_and_out("/targets/0/audience", json!({"groups": [1], "without_groups": [1]}), "/targets/0/audience", "audience-group")]
#[case::too_many_groups("/targets/0/audience", json!({"groups": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}), "/targets/0/audience", "audience-groups")]
#[case::reversed_ages("/targets/0/audience", json!({"ages": {"from": "age_65", "below": "age_20"}}), "/targets/0/audience", "audience-reversed")]
#[case::too_many_people("/targets/0/audience", json!({"most": 3_000_000_000_u32}), "/targets/0/audience", "audience-most")]
#[case::no_area("/targets/0/audience", json!({"areas": ["jp_48"]}), "/targets/0/audience/areas/0", "value")]
#[case::no_such_choice("/targets/0/audience", json!({"towns": ["例市"]}), "/targets/0/audience/towns", "unknown")]
#[case::no_language("/language", json!("日本語"), "/language", "language")]
#[case::source("/source", json!("気象庁\n消防庁"), "/source", "source")]
#[case::no_source("/source", json!(" "), "/source", "source")]
#[case::source_too_long("/source", json!("源".repeat(501)), "/source", "source")]
#[case::document_number("/document_number", json!("a\nb"), "/document_number", "document-number")]
#[tokio::test]
async fn a_wrong_field_is_named(
    #[case] change: &str,
    #[case] value: Value,
    #[case] pointer: &str,
    #[case] code: &str,
) {
    let world = World::new().await;
    refused(&world, changed(&world, change, value))
        .await
        .invalid(pointer, code);
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let world = World::new().await;
    let mut draft = world.draft("給水のお知らせ");
    draft.as_object_mut().unwrap().remove("publish");
    refused(&world, draft.to_string())
        .await
        .invalid("/publish", "required");
}

#[tokio::test]
async fn a_time_that_the_clocks_jump_over_is_refused() {
    let world = World::new().await;
    let mut draft = world.draft("Clocks go forward");
    draft["targets"][0]["account"] = json!(world.abroad);
    draft["publish"] = json!({"mode": "at", "at": "2027-03-14T02:30:00-05:00"});
    refused(&world, draft.to_string())
        .await
        .invalid("/publish/at", "time-in-gap");
    draft["publish"]["at"] = json!("2027-03-14T03:30:00-04:00");
    world.post("/v1/posts", &world.author, &draft).await.ok();
}

#[tokio::test]
async fn an_account_of_another_organization_is_unknown() {
    let world = World::new().await;
    let draft = world.draft("よその町のアカウントへ");
    let answer = world.post("/v1/posts", &world.foreigner, &draft).await;
    answer.invalid("/targets/0/account", "account-unknown");
}

#[rstest]
#[case::no_json("{\"text\": \"a\",}", 400, "bad-json")]
#[case::nothing("", 400, "bad-json")]
#[case::two_values("{} {}", 422, "invalid-fields")]
#[case::no_object("[]", 422, "invalid-fields")]
#[tokio::test]
async fn what_is_no_json_object_is_refused(
    #[case] body: &'static str,
    #[case] status: u16,
    #[case] slug: &str,
) {
    let world = World::new().await;
    refused(&world, body).await.refused(status, slug);
}

#[tokio::test]
async fn depth_is_limited() {
    let world = World::new().await;
    let deep = format!("{{\"text\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    // Wrong at the first bracket already.
    refused(&world, deep).await.invalid("/text", "type");
    // Here all of it is read before anything can be said of it.
    let hidden = format!(
        "{{\"scope\": {}1{}}}",
        "{\"a\":".repeat(10_000),
        "}".repeat(10_000)
    );
    let request = ask(Method::POST, "/v1/holds", &world.administrator, hidden.into());
    world.send(request).await.refused(400, "bad-json");
}

#[tokio::test]
async fn only_utf8_is_text() {
    let world = World::new().await;
    let problem = refused(&world, Bytes::from_static(b"{\"text\": \"\x82\xa0\"}")).await;
    problem.refused(400, "invalid-utf8");
}

#[tokio::test]
async fn a_huge_body_is_refused() {
    let world = World::new().await;
    let text = "a".repeat(300 * 1024);
    refused(&world, changed(&world, "/text", json!(text)))
        .await
        .refused(413, "body-too-large");
}

#[tokio::test]
async fn a_body_that_stops_in_the_middle_is_refused() {
    let world = World::new().await;
    let whole = world.draft("途中で切れる").to_string();
    let parts = [
        Ok(Bytes::copy_from_slice(&whole.as_bytes()[..20])),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ];
    let answer = refused(&world, Body::from_stream(stream::iter(parts))).await;
    answer.refused(400, "incomplete-body");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let world = World::with(super::super::WebConfig {
        request_seconds: 1,
        ..Default::default()
    })
    .await;
    let endless = stream::pending::<Result<Bytes, std::io::Error>>();
    refused(&world, Body::from_stream(endless))
        .await
        .refused(408, "slow-request");
}

#[rstest]
#[case(None)]
#[case(Some("text/plain"))]
#[case(Some("application/json; charset=shift_jis"))]
#[tokio::test]
async fn only_json_is_taken(#[case] kind: Option<&str>) {
    let world = World::new().await;
    let mut request =
        Request::post("/v1/posts").header(header::AUTHORIZATION, format!("Bearer {}", world.author));
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    let body = Body::from(world.draft("型が違う").to_string());
    world
        .send(request.body(body).unwrap())
        .await
        .refused(415, "not-json");
}

#[rstest]
#[case("/v1/posts?limit=0", "?limit", "limit")]
#[case("/v1/posts?limit=many", "?limit", "value")]
#[case("/v1/posts?cursor=here", "?cursor", "cursor")]
#[case("/v1/posts?colour=red", "?colour", "unknown")]
#[case("/v1/posts?state=lost", "?state", "value")]
#[case("/v1/deliveries", "?attention", "attention")]
#[tokio::test]
async fn a_wrong_parameter_is_named(#[case] path: &str, #[case] pointer: &str, #[case] code: &str) {
    let world = World::new().await;
    let problem = world.get(path, &world.author).await.refused(400, "bad-query");
    assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    assert_eq!(problem["errors"][0]["code"], code, "{problem}");
}

#[tokio::test]
async fn what_is_no_id_names_nothing() {
    let world = World::new().await;
    for path in [
        "/v1/posts/1",
        "/v1/posts/pst_0190c1a2b3c47d5e8f90a1b2c3d4e5f6",
        "/v1/accounts/%FF",
    ] {
        world.get(path, &world.author).await.refused(404, "not-found");
    }
}
