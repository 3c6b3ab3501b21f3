//! Publishing and withdrawing.

use std::time::Duration;

use rstest::rstest;
use wiremock::{Mock, MockServer};

use super::*;
use crate::platform::testing::{Break, Broken};

#[tokio::test]
async fn a_container_is_published_once() {
    let world = World::new().await;
    world.stand.tells("POST", PUBLISH, json!({ "id": "99" })).await;
    let reply = world.send(&payload("本文"), &ready()).await;
    let expected = RemoteRef {
        id: "99".to_owned(),
        url: None,
    };
    assert_eq!(reply.outcome, Outcome::Published(expected));
    assert_eq!(world.stand.forms(PUBLISH).await, [map(&[("creation_id", "31")])]);
    assert_eq!(world.stand.requests().await.len(), 1);
}

#[rstest]
#[case::none(Handles::NONE)]
#[case::working(Handles::NONE.with("container", "working 31 1795482000 0"))]
#[case::lost(Handles::NONE.with("container", "missing 1"))]
#[case::odd(Handles::NONE.with("container", "finished ../31 1795482000 0"))]
#[tokio::test]
async fn without_a_finished_container_nothing_is_sent(#[case] handles: Handles) {
    let world = World::new().await;
    let outcome = world.send(&payload("本文"), &handles).await.outcome;
    assert_eq!(outcome.class(), OutcomeClass::NotSent, "{outcome:?}");
    assert!(world.stand.requests().await.is_empty());
}

#[rstest]
#[case::not_seen_yet(400, fault(24, 4_279_009), OutcomeClass::RejectedTransient)]
#[case::spam(400, fault(4, 2_207_051), OutcomeClass::Unknown)]
#[case::restricted(400, fault(100, 4_279_013), OutcomeClass::RejectedPermanent)]
#[case::credential(400, fault(190, 0), OutcomeClass::RejectedReauth)]
#[case::internal(500, json!({}), OutcomeClass::Unknown)]
#[case::empty(200, json!({}), OutcomeClass::Unknown)]
#[tokio::test]
async fn an_answer_is_what_the_table_says(
    #[case] status: u16,
    #[case] body: Value,
    #[case] class: OutcomeClass,
) {
    let world = World::new().await;
    world
        .stand
        .says("POST", PUBLISH, ResponseTemplate::new(status).set_body_json(body))
        .await;
    let outcome = world.send(&payload("本文"), &ready()).await.outcome;
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[rstest]
#[case::cut_before(Break::CutBefore)]
#[case::cut_after(Break::CutAfter)]
#[case::hang(Break::Hang)]
#[case::half(Break::HalfAnswer(r#"{"id":"99"}"#))]
#[case::drip(Break::Drip(r#"{"id":"99"}"#))]
#[tokio::test]
async fn a_server_that_breaks_off_leaves_a_doubt(#[case] fault: Break) {
    let (mut world, broken) = (World::new().await, Broken::start(fault).await);
    world.adapter.graph.caller.longest = Duration::from_millis(400);
    let outcome = world
        .send_to(broken.uri(), &payload("本文"), &ready())
        .await
        .outcome;
    assert_eq!(outcome.class(), OutcomeClass::Unknown, "{outcome:?}");
    assert_eq!(broken.requests(), 1, "one request, whatever happens");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_a_credential() {
    let (world, elsewhere) = (World::new().await, MockServer::start().await);
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "id": "99" })))
        .mount(&elsewhere)
        .await;
    let answer = ResponseTemplate::new(307).insert_header("location", elsewhere.uri().as_str());
    world.stand.says("POST", PUBLISH, answer).await;
    let outcome = world.send(&payload("本文"), &ready()).await.outcome;
    assert_eq!(outcome.class(), OutcomeClass::Unknown);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_withdrawal_names_the_post() {
    let world = World::new().await;
    let removed = json!({ "success": true, "deleted_id": "99" });
    world.stand.tells("DELETE", "/v1.0/99", removed).await;
    let server = world.stand.uri();
    let removal = Removal {
        instance: &server,
        remote_id: "99",
        send_by: start() + TimeDelta::minutes(1),
    };
    let reply = world.adapter.graph.remove(&removal, &world.credential).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::Published);
    assert!(
        world.stand.requests().await[0]
            .url
            .query()
            .unwrap_or_default()
            .is_empty()
    );
}
