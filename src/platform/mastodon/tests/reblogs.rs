//! Passing on somebody's post.

use rstest::rstest;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, query_param},
};

use super::*;
use crate::domain::attempt::OutcomeClass;

pub(super) fn passing_on() -> Payload {
    Payload {
        refers_to: Some("109".to_owned()),
        visibility: Visibility::Unlisted,
        ..payload("")
    }
}

async fn send(server: &MockServer, payload: &Payload) -> Outcome {
    let instance = server.uri();
    let order = Order::plain(
        &instance,
        Act::Repost,
        payload,
        1,
        SystemClock.now() + TimeDelta::minutes(1),
    );
    adapter().send(&order, &credential()).await.outcome
}

#[rstest]
#[case(200, json!({ "id": "7", "reblog": { "id": "109" } }), OutcomeClass::Published)]
#[case(404, json!({ "error": "Record not found" }), OutcomeClass::RejectedPermanent)]
#[case(422, json!({ "error": "Validation failed: Reblog of status already exists" }), OutcomeClass::RejectedDuplicate)]
#[case(500, json!({}), OutcomeClass::Unknown)]
#[tokio::test]
async fn a_post_is_passed_on(#[case] status: u16, #[case] body: Value, #[case] class: OutcomeClass) {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/v1/statuses/109/reblog"))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(&server)
        .await;
    let outcome = send(&server, &passing_on()).await;
    assert_eq!(outcome.class(), class, "{outcome:?}");
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let sent: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(sent, json!({ "visibility": "unlisted" }));
}

#[tokio::test]
async fn nothing_of_one_s_own_is_passed_on() {
    let server = MockServer::start().await;
    let worded = Payload {
        parts: payload("一言").parts,
        ..passing_on()
    };
    let unnamed = Payload {
        refers_to: None,
        ..passing_on()
    };
    for payload in [worded, unnamed] {
        assert_eq!(
            send(&server, &payload).await.class(),
            OutcomeClass::RejectedPermanent
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_passed_on_is_found_by_what_it_is() {
    let server = MockServer::start().await;
    let status = |id: &str, of: Option<&str>| {
        let reblog = of.map(|of| json!({ "id": of }));
        json!({ "id": id, "created_at": "2026-11-21T10:00:01Z", "content": "", "url": null, "reblog": reblog })
    };
    let list = json!([
        status("9", None),
        status("8", Some("110")),
        status("7", Some("109"))
    ]);
    Mock::given(path("/api/v1/accounts/1/statuses"))
        .and(query_param("exclude_reblogs", "false"))
        .and(wiremock::matchers::query_param_is_missing("max_id"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list))
        .mount(&server)
        .await;
    Mock::given(path("/api/v1/accounts/1/statuses"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .mount(&server)
        .await;
    for (of, seen) in [("109", Some("7")), ("111", None)] {
        let sought = Sought {
            instance: server.uri(),
            remote_account: "1".to_owned(),
            act: Act::Repost,
            payload: Payload {
                refers_to: Some(of.to_owned()),
                ..passing_on()
            },
            part: 0,
            handles: Handles::NONE,
            intended_at: "2026-11-21T10:00:00Z".parse().unwrap(),
        };
        let found = match adapter().look(&sought, &credential()).await {
            Sighting::Seen(remote) => Some(remote.id),
            Sighting::Absent => None,
            other => panic!("{}", other.why()),
        };
        assert_eq!(found.as_deref(), seen);
    }
}
