//! Whose account it is, how much is left, and what is known of a broadcast without an answer.

use rstest::rstest;

use super::*;

const INFO: &str = "/v2/bot/info";
const QUOTA: &str = "/v2/bot/message/quota";
const CONSUMPTION: &str = "/v2/bot/message/quota/consumption";
const DELIVERED: &str = "/v2/bot/message/delivery/broadcast";

fn json_answer(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

#[rstest]
#[case::basic(json!({ "userId": "U1", "basicId": "@216ru", "displayName": "例市", "chatMode": "bot", "markAsReadMode": "auto" }), "216ru")]
#[case::premium(json!({ "userId": "U1", "basicId": "@216ru", "premiumId": "@example_city", "displayName": "例市" }), "example_city")]
#[tokio::test]
async fn whose_credential_it_is(#[case] body: Value, #[case] handle: &str) {
    let world = World::answers("GET", INFO, json_answer(body)).await;
    let own = world
        .line
        .whoami(&world.server.uri(), &world.credential)
        .await
        .unwrap();
    assert_eq!((own.id.as_str(), own.handle.as_str()), ("U1", handle));
    assert_eq!(world.received(INFO).await.len(), 1);
}

#[rstest]
#[case::unauthorised(401, "Unauthorised")]
#[case::down(500, "Unreachable")]
#[case::odd(200, "Unreadable")]
#[tokio::test]
async fn a_question_without_an_answer(#[case] status: u16, #[case] kind: &str) {
    let answer =
        ResponseTemplate::new(status).set_body_json(json!({ "message": format!("{CANARY} {CANARY_TOKEN}") }));
    let world = World::answers("GET", INFO, answer).await;
    let error = world
        .line
        .whoami(&world.server.uri(), &world.credential)
        .await
        .unwrap_err();
    assert!(format!("{error:?}").starts_with(kind), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_question_is_asked_again_with_a_new_token() {
    let world = World::answers("GET", QUOTA, json_answer(json!({ "type": "none" }))).await;
    world
        .script("GET", CONSUMPTION, json_answer(json!({ "totalUsage": 1 })))
        .await;
    let ask = || async {
        world
            .line
            .quota(&world.server.uri(), "U1", &world.credential)
            .await
    };
    assert!(ask().await.is_ok());
    world.server.reset().await;
    let body = json!({ "token_type": "Bearer", "access_token": "canary-second", "expires_in": 899 });
    world.script("POST", TOKEN, json_answer(body)).await;
    world
        .script("GET", CONSUMPTION, json_answer(json!({ "totalUsage": 2 })))
        .await;
    Mock::given(path(QUOTA))
        .and(wiremock::matchers::header(
            "authorization",
            "Bearer canary-second",
        ))
        .respond_with(json_answer(json!({ "type": "none" })))
        .mount(&world.server)
        .await;
    world.script("GET", QUOTA, ResponseTemplate::new(401)).await;
    assert_eq!(ask().await.unwrap().unwrap().used, 2);
}

#[rstest]
#[case::limited(json!({ "type": "limited", "value": 1000 }), Some(1_000))]
#[case::free(json!({ "type": "none" }), None)]
#[tokio::test]
async fn how_much_is_left_of_the_month(#[case] quota: Value, #[case] limit: Option<u64>) {
    let world = World::answers("GET", QUOTA, json_answer(quota)).await;
    world
        .script("GET", CONSUMPTION, json_answer(json!({ "totalUsage": 500 })))
        .await;
    let left = world
        .line
        .quota(&world.server.uri(), "U1", &world.credential)
        .await
        .unwrap();
    let expected = Quota {
        used: 500,
        limit,
        period: None,
    };
    assert_eq!(left, Some(expected));
    assert_eq!(world.received(QUOTA).await.len(), 1);
}

#[tokio::test]
async fn keys_are_honoured_for_a_day() {
    let line = adapter_at(Arc::new(SystemClock));
    let facts = line.facts("https://api.line.me", None).await.unwrap();
    assert_eq!(facts.keys, KeySupport::Honoured { seconds: 82_800 });
    assert_eq!(facts.limits.max_characters, 5_000);
}

#[rstest]
#[case::counted(json_answer(json!({ "status": "ready", "success": 10_000 })), "10000 messages")]
#[case::not_yet(json_answer(json!({ "status": "unready" })), "unready")]
#[case::down(ResponseTemplate::new(500), "could not be asked")]
#[tokio::test]
async fn a_look_shows_what_line_counts_and_proves_nothing(
    #[case] answer: ResponseTemplate,
    #[case] says: &str,
) {
    let world = World::answers("GET", DELIVERED, answer).await;
    let sought = Sought {
        instance: world.server.uri(),
        remote_account: "U1".to_owned(),
        act: Act::New,
        payload: payload("本文"),
        part: 0,
        handles: Handles::NONE,
        // In Japan the next day has begun.
        intended_at: "2026-11-21T15:30:00Z".parse().unwrap(),
    };
    let sighting = world.line.look(&sought, &world.credential).await;
    let Sighting::CannotTell { why } = &sighting else {
        panic!("{sighting:?}");
    };
    assert!(
        why.contains("no list") && why.contains(says) && why.contains("20261122"),
        "{why}"
    );
    assert_eq!(
        world.received(DELIVERED).await[0].url.query(),
        Some("date=20261122")
    );
}
