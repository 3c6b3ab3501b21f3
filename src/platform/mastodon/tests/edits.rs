//! Putting other words in place of those of a status of ours.

use rstest::rstest;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::*;
use crate::domain::{
    attempt::OutcomeClass,
    digest::MediaDigest,
    revision::{LinkCard, Media},
};

const TEXT: &str = "避難所は本町小学校です。(時刻を訂正しました)";

pub(super) fn correcting(id: &str, text: &str) -> Payload {
    Payload {
        refers_to: Some(id.to_owned()),
        ..payload(text)
    }
}

fn sought(instance: &str, payload: Payload) -> Sought {
    Sought {
        instance: instance.to_owned(),
        remote_account: "1".to_owned(),
        act: Act::Correct,
        payload,
        part: 0,
        handles: Handles::NONE,
        intended_at: SystemClock.now() - TimeDelta::seconds(5),
    }
}

#[tokio::test]
async fn an_edit_keeps_the_id_and_the_history() {
    let world = World::new().await;
    let first = published(world.send(&payload("避難所は本町小学校です。"), 1).await);
    let edited = published(world.send_as(Act::Correct, &correcting(&first.id, TEXT), 2).await);
    assert_eq!(edited, first);
    let statuses = world.sandbox.statuses();
    assert_eq!((statuses.len(), statuses[0].text.as_str()), (1, TEXT));
    assert_eq!(statuses[0].edits[0].text, "避難所は本町小学校です。");
    // Only what is created has a key.
    assert_eq!(world.sandbox.arrivals().len(), 1);
}

#[tokio::test]
async fn what_is_not_there_is_not_edited() {
    let world = World::new().await;
    let outcome = world.send_as(Act::Correct, &correcting("109", TEXT), 1).await;
    assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent);
    assert!(world.sandbox.statuses().is_empty());
}

#[rstest]
#[case::lost(Fault::CutAfter, true)]
#[case::page_of_a_proxy(Fault::AcceptThenHtml { code: 502 }, true)]
#[case::unreadable(Fault::AnswerTwice, true)]
#[case::never_arrived(Fault::CutBefore, false)]
#[tokio::test]
async fn an_edit_without_an_answer_is_seen_where_it_is_and_nowhere_else(
    #[case] fault: Fault,
    #[case] is_there: bool,
) {
    let world = World::failing(On::Edit, fault).await;
    let first = published(world.send(&payload("避難所は本町小学校です。"), 1).await);
    let correction = correcting(&first.id, TEXT);
    let outcome = world.send_as(Act::Correct, &correction, 2).await;
    assert_eq!(outcome.class(), OutcomeClass::Unknown);
    let sought = sought(world.sandbox.base_url(), correction);
    let sighting = world.mastodon.look(&sought, &world.credential).await;
    let expected = if is_there {
        Sighting::Seen(first)
    } else {
        Sighting::Absent
    };
    assert_eq!(sighting, expected);
}

#[tokio::test]
async fn somebody_else_s_edit_since_then_proves_nothing() {
    let world = World::new().await;
    let first = published(world.send(&payload("避難所は本町小学校です。"), 1).await);
    let by_hand = correcting(&first.id, "手で直しました。");
    published(world.send_as(Act::Correct, &by_hand, 2).await);
    let sought = sought(world.sandbox.base_url(), correcting(&first.id, TEXT));
    let sighting = world.mastodon.look(&sought, &world.credential).await;
    assert!(matches!(sighting, Sighting::CannotTell { .. }), "{sighting:?}");
    let before = Sought {
        intended_at: SystemClock.now() + TimeDelta::hours(1),
        ..sought
    };
    let sighting = world.mastodon.look(&before, &world.credential).await;
    assert_eq!(sighting, Sighting::Absent, "it was edited long before");
}

#[tokio::test]
async fn what_is_gone_is_not_edited_and_a_server_that_fails_tells_nothing() {
    let world = World::new().await;
    let sought = sought(world.sandbox.base_url(), correcting("109", TEXT));
    let sighting = world.mastodon.look(&sought, &world.credential).await;
    assert_eq!(sighting, Sighting::Absent);
    let world = World::failing(On::Read, Fault::Status { code: 500 }).await;
    let sought = Sought {
        instance: world.sandbox.base_url().to_owned(),
        ..sought
    };
    let sighting = world.mastodon.look(&sought, &world.credential).await;
    assert!(matches!(sighting, Sighting::CannotTell { .. }), "{sighting:?}");
}

async fn edit(server: &MockServer, payload: &Payload, handles: &Handles) -> Outcome {
    let (instance, send_by) = (server.uri(), SystemClock.now() + TimeDelta::minutes(1));
    let order = Order {
        handles,
        ..Order::plain(&instance, Act::Correct, payload, 1, send_by)
    };
    adapter().send(&order, &credential()).await.outcome
}

async fn answering(status: u16, body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path("/api/v1/statuses/109"))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&server)
        .await;
    server
}

/// Pictures that are not named are taken away: what stands there is what was signed.
#[rstest]
#[case::without(Handles::NONE, 0, json!([]))]
#[case::with_one(Handles::NONE.with("media/0", "7").with("media/0/state", "ready"), 1, json!(["7"]))]
#[tokio::test]
async fn pictures_are_replaced(#[case] handles: Handles, #[case] count: u8, #[case] ids: Value) {
    let server = answering(200, json!({ "id": "109", "url": null })).await;
    let mut correction = correcting("109", TEXT);
    correction.parts[0].media = (0..count)
        .map(|number| Media {
            digest: MediaDigest::new([number; 32]),
            alt: "避難所の地図".to_owned(),
        })
        .collect();
    published(edit(&server, &correction, &handles).await);
    let sent = &server.received_requests().await.unwrap()[0];
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(
        body,
        json!({ "status": TEXT, "language": "ja", "media_ids": ids })
    );
    assert!(!sent.headers.contains_key("idempotency-key"));
}

#[rstest]
#[case(200, json!({ "id": "110" }), OutcomeClass::Unknown)]
#[case(405, json!({}), OutcomeClass::RejectedPermanent)]
#[case(401, json!({ "error": "The access token is invalid" }), OutcomeClass::RejectedReauth)]
#[case(422, json!({ "error": "Validation failed" }), OutcomeClass::RejectedPermanent)]
#[case(429, json!({ "error": "Too many requests" }), OutcomeClass::RejectedTransient)]
#[case(500, json!({}), OutcomeClass::Unknown)]
#[tokio::test]
async fn an_answer_proves_what_it_says(
    #[case] status: u16,
    #[case] body: Value,
    #[case] class: OutcomeClass,
) {
    let server = answering(status, body).await;
    let outcome = edit(&server, &correcting("109", TEXT), &Handles::NONE).await;
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[tokio::test]
async fn nothing_that_cannot_be_said_is_sent() {
    let server = answering(200, json!({ "id": "109" })).await;
    let nowhere = payload(TEXT);
    let twice = Payload {
        parts: [payload(TEXT).parts, payload(TEXT).parts].concat(),
        ..correcting("109", TEXT)
    };
    let mut with_card = correcting("109", TEXT);
    with_card.parts[0].link_card = Some(LinkCard {
        uri: "https://www.city.example.lg.jp/".to_owned(),
        title: "市".to_owned(),
        description: String::new(),
    });
    for payload in [
        nowhere,
        twice,
        with_card,
        correcting("109", " "),
        correcting("../1", TEXT),
    ] {
        let outcome = edit(&server, &payload, &Handles::NONE).await;
        assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent);
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
