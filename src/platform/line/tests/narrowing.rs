//! Narrowcasts: to whom, and what becomes of one that LINE took.

use rstest::rstest;

use super::*;
use crate::{
    domain::attempt::{OutcomeClass, RemoteRef},
    platform::{HandlesAfter, testing::Pictures},
};

const NARROWCAST: &str = "/v2/bot/message/narrowcast";
const VALIDATE_NARROWCAST: &str = "/v2/bot/message/validate/narrowcast";
const PROGRESS: &str = "/v2/bot/message/progress/narrowcast";
const REQUEST: &str = "5b59509c-c57b-11e9-aa8c-2a2ae2dbcce4";

fn narrowed(audience: Value) -> Payload {
    Payload {
        audience: Some(serde_json::from_value(audience).unwrap()),
        ..payload("本文")
    }
}

fn taken() -> ResponseTemplate {
    ResponseTemplate::new(202)
        .insert_header("x-line-request-id", REQUEST)
        .set_body_json(json!({}))
}

async fn reply(world: &World) -> Reply {
    let payload = narrowed(json!({ "groups": [1] }));
    let server = world.server.uri();
    world
        .reply_to(&Order::plain(&server, Act::New, &payload, 1, in_a_minute(world)))
        .await
}

/// Each with what it becomes in LINE's words.
#[rstest]
#[case::a_group(json!({ "groups": [7] }), json!({ "recipient": { "type": "audience", "audienceGroupId": 7 } }))]
#[case::one_of_two(json!({ "groups": [7, 8] }), json!({ "recipient": { "type": "operator", "or": [
    { "type": "audience", "audienceGroupId": 7 }, { "type": "audience", "audienceGroupId": 8 }] } }))]
#[case::without_a_group(json!({ "without_groups": [9] }), json!({ "recipient": { "type": "operator",
    "not": { "type": "audience", "audienceGroupId": 9 } } }))]
#[case::in_and_not_in(json!({ "groups": [7], "without_groups": [8, 9] }), json!({ "recipient": { "type": "operator", "and": [
    { "type": "audience", "audienceGroupId": 7 },
    { "type": "operator", "not": { "type": "operator", "or": [
        { "type": "audience", "audienceGroupId": 8 }, { "type": "audience", "audienceGroupId": 9 }] } }] } }))]
#[case::an_area(json!({ "areas": ["jp_13"] }), json!({ "filter": { "demographic": { "type": "area", "oneOf": ["jp_13"] } } }))]
#[case::several_conditions(
    json!({ "areas": ["jp_13"], "genders": ["male"], "apps": ["ios"], "ages": { "from": "age_20", "below": "age_65" },
            "friends_for": { "from": "day_30" } }),
    json!({ "filter": { "demographic": { "type": "operator", "and": [
        { "type": "area", "oneOf": ["jp_13"] },
        { "type": "gender", "oneOf": ["male"] },
        { "type": "appType", "oneOf": ["ios"] },
        { "type": "age", "gte": "age_20", "lt": "age_65" },
        { "type": "subscriptionPeriod", "gte": "day_30" }] } } }))]
#[case::so_many(json!({ "most": 500 }), json!({ "limit": { "max": 500 } }))]
#[case::fewer(json!({ "shortage": "fewer" }), json!({ "limit": { "upToRemainingQuota": true } }))]
#[case::all_or_nobody(json!({ "shortage": "nobody" }),
    json!({ "limit": { "upToRemainingQuota": true, "forbidPartialDelivery": true } }))]
#[tokio::test]
async fn who_was_chosen_is_said_in_lines_words(#[case] audience: Value, #[case] said: Value) {
    let world = World::answers("POST", NARROWCAST, taken()).await;
    let payload = narrowed(audience);
    assert_eq!(world.send(&payload).await.class(), OutcomeClass::Unknown);
    let requests = world.received(NARROWCAST).await;
    assert_eq!(requests.len(), 1);
    assert_eq!(
        requests[0].headers["x-line-retry-key"],
        "00000000-0000-0000-0000-000000000001"
    );
    let mut expected = said;
    expected["messages"] = json!([{ "type": "text", "text": "本文" }]);
    assert_eq!(requests[0].body_json::<Value>().unwrap(), expected);
    assert!(world.received(BROADCAST).await.is_empty());
}

#[tokio::test]
async fn what_line_took_is_not_yet_out() {
    let world = World::answers("POST", NARROWCAST, taken()).await;
    let reply = reply(&world).await;
    assert!(
        reply.outcome.class() == OutcomeClass::Unknown && reply.outcome.why().contains(REQUEST),
        "{reply:?}"
    );
    assert_eq!(reply.handles, HandlesAfter::Taken(REQUEST.to_owned()));
}

/// The first call was taken, its answer was lost: the same call under the same key tells under which id.
#[tokio::test]
async fn a_repetition_learns_the_id_of_the_first_call() {
    let conflict = ResponseTemplate::new(409)
        .insert_header("x-line-request-id", "second")
        .insert_header("x-line-accepted-request-id", "first")
        .set_body_json(json!({ "message": "The retry key is already accepted" }));
    let world = World::answers("POST", NARROWCAST, conflict).await;
    let reply = reply(&world).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::Unknown);
    assert_eq!(reply.handles, HandlesAfter::Taken("first".to_owned()));
}

#[rstest]
#[case::no_id(202, "{}", OutcomeClass::Unknown)]
#[case::html(202, HTML, OutcomeClass::Unknown)]
#[case::a_broadcasts_answer(200, "{}", OutcomeClass::Unknown)]
#[case::conflict(
    409,
    r#"{"message":"The retry key is already accepted"}"#,
    OutcomeClass::Unknown
)]
#[case::invalid(
    400,
    r#"{"message":"The request body has 1 error(s)"}"#,
    OutcomeClass::RejectedPermanent
)]
#[case::unauthorised(401, r#"{"message":"Authentication failed"}"#, OutcomeClass::RejectedReauth)]
#[case::plan(
    403,
    r#"{"message":"Access to this API is not available for your account"}"#,
    OutcomeClass::RejectedPermanent
)]
#[case::rate(
    429,
    r#"{"message":"The API rate limit has been exceeded. Try again later."}"#,
    OutcomeClass::RejectedTransient
)]
#[case::monthly(
    429,
    r#"{"message":"You have reached your monthly limit."}"#,
    OutcomeClass::RejectedPermanent
)]
#[case::internal(500, r#"{"message":"Internal error"}"#, OutcomeClass::Unknown)]
#[tokio::test]
async fn an_answer_to_a_narrowcast(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let answer = ResponseTemplate::new(status).set_body_string(body);
    let world = World::answers("POST", NARROWCAST, answer).await;
    let reply = reply(&world).await;
    assert_eq!(reply.outcome.class(), class, "{reply:?}");
    assert_eq!(reply.handles, HandlesAfter::Keep);
    assert_eq!(world.received(NARROWCAST).await.len(), 1);
}

#[tokio::test]
async fn the_dry_run_is_that_of_a_narrowcast() {
    let dry = ResponseTemplate::new(200).set_body_json(json!({}));
    let world = World::answers("POST", VALIDATE_NARROWCAST, dry).await;
    let (server, payload) = (world.server.uri(), narrowed(json!({ "groups": [1] })));
    let (handles, files) = (Handles::default(), Pictures::png((800, 600), 32));
    let what = Preparing {
        instance: &server,
        remote_account: "U1",
        act: Act::New,
        payload: &payload,
        part: 0,
        follows: None,
        handles: &handles,
        files: &files,
    };
    let prepared = world.line.prepare(what, &world.credential).await;
    assert!(matches!(prepared, Prepared::Step(_)), "{prepared:?}");
    assert_eq!(world.received(VALIDATE_NARROWCAST).await.len(), 1);
    assert!(world.received(VALIDATE).await.is_empty());
}

async fn look(world: &World, handles: Handles) -> Sighting {
    let sought = Sought {
        instance: world.server.uri(),
        remote_account: "U1".to_owned(),
        act: Act::New,
        payload: narrowed(json!({ "groups": [1] })),
        part: 0,
        handles,
        intended_at: world.clock.now(),
    };
    let sighting = world.line.look(&sought, &world.credential).await;
    assert!(!format!("{sighting:?}").contains("canary"), "{sighting:?}");
    sighting
}

async fn progress(answer: ResponseTemplate) -> Sighting {
    let world = World::answers("GET", PROGRESS, answer).await;
    let sighting = look(&world, Handles::default().with_taken(REQUEST)).await;
    let requests = world.received(PROGRESS).await;
    let query = format!("requestId={REQUEST}");
    assert_eq!(requests[0].url.query(), Some(query.as_str()));
    sighting
}

fn at_phase(said: &Value) -> ResponseTemplate {
    let mut body = said.clone();
    body["acceptedTime"] = json!("2026-11-22T10:15:30.121Z");
    ResponseTemplate::new(200).set_body_json(body)
}

#[tokio::test]
async fn what_line_sent_is_out_under_the_requests_id() {
    let said = json!({ "phase": "succeeded", "successCount": 900, "failureCount": 3, "targetCount": 903 });
    let remote = RemoteRef {
        id: REQUEST.to_owned(),
        url: None,
    };
    assert_eq!(progress(at_phase(&said)).await, Sighting::Seen(remote));
}

#[rstest]
#[case::waiting("waiting")]
#[case::sending("sending")]
#[tokio::test]
async fn what_line_is_at_work_on_is_asked_for_again(#[case] phase: &str) {
    let sighting = progress(at_phase(&json!({ "phase": phase }))).await;
    assert!(matches!(sighting, Sighting::Underway { .. }), "{sighting:?}");
}

#[rstest]
#[case::too_few(2)]
#[case::too_small_a_group(4)]
#[case::cancelled_as_a_whole(5)]
#[tokio::test]
async fn what_line_did_not_begin_went_to_nobody(#[case] code: i64) {
    let said =
        json!({ "phase": "failed", "errorCode": code, "failedDescription": "see the code\n\u{1b}[0m" });
    let sighting = progress(at_phase(&said)).await;
    let Sighting::FellThrough { why } = sighting else {
        panic!("{sighting:?}");
    };
    assert!(
        why.contains(&format!("({code})")) && why.contains("see the code") && !why.contains(char::is_control),
        "{why}"
    );
}

/// How far it came is not said, or some have it: a person looks.
#[rstest]
#[case::internal(json!({ "phase": "failed", "errorCode": 1 }))]
#[case::conflict(json!({ "phase": "failed", "errorCode": 3 }))]
#[case::no_code(json!({ "phase": "failed" }))]
#[case::some_have_it(json!({ "phase": "failed", "errorCode": 2, "successCount": 1 }))]
#[tokio::test]
async fn a_failure_that_some_may_have_got_proves_nothing(#[case] said: Value) {
    let sighting = progress(at_phase(&said)).await;
    assert!(matches!(sighting, Sighting::CannotTell { .. }), "{sighting:?}");
}

#[rstest]
#[case::down(ResponseTemplate::new(500))]
#[case::gone(ResponseTemplate::new(404))]
#[case::unknown_phase(at_phase(&json!({ "phase": "paused" })))]
#[tokio::test]
async fn a_question_without_an_answer_proves_nothing(#[case] answer: ResponseTemplate) {
    let sighting = progress(answer).await;
    assert!(matches!(sighting, Sighting::CannotTell { .. }), "{sighting:?}");
}

#[tokio::test]
async fn without_an_id_there_is_nothing_to_ask_for() {
    let world = World::new().await;
    let sighting = look(&world, Handles::NONE).await;
    assert!(
        matches!(&sighting, Sighting::CannotTell { why } if why.contains("no list")),
        "{sighting:?}"
    );
}
