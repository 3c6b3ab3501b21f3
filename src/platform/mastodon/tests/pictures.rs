//! Pictures and films: uploaded before the call, waited for, posted with it.

use rstest::rstest;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_string_contains, method, path},
};

use super::*;
use crate::{
    domain::attempt::OutcomeClass,
    platform::testing::{Films, Pictures, picture},
};

pub(super) fn illustrated() -> Payload {
    let mut illustrated = payload("写真");
    illustrated.parts[0].media = vec![picture(1, "海"), picture(2, "山")];
    illustrated
}

async fn answers(server: &MockServer, verb: &str, at: &str, status: u16, body: Value) {
    Mock::given(method(verb))
        .and(path(at))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .up_to_n_times(1)
        .mount(server)
        .await;
}

async fn prepare(server: &MockServer, handles: &Handles) -> Prepared {
    let (payload, files, instance) = (illustrated(), Pictures::png((1, 1), 3), server.uri());
    let what = Preparing {
        instance: &instance,
        remote_account: "1",
        act: Act::New,
        payload: &payload,
        part: 0,
        follows: None,
        handles,
        files: &files,
    };
    let prepared = adapter().prepare(what, &credential()).await;
    assert!(!format!("{prepared:?}").contains(CANARY), "{prepared:?}");
    prepared
}

fn step(prepared: Prepared) -> Handles {
    match prepared {
        Prepared::Step(handles) => handles,
        other => panic!("{other:?}"),
    }
}

fn later(prepared: Prepared) -> Handles {
    match prepared {
        Prepared::Later { handles, again } => {
            assert!(again > SystemClock.now());
            handles
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_is_uploaded_with_its_description_and_waited_for() {
    let server = MockServer::start().await;
    for (alt, status, id) in [("海", 200, "11"), ("山", 202, "12")] {
        Mock::given(method("POST"))
            .and(path("/api/v2/media"))
            .and(body_string_contains(format!(
                "name=\"description\"\r\n\r\n{alt}\r\n"
            )))
            .respond_with(ResponseTemplate::new(status).set_body_json(json!({ "id": id, "url": null })))
            .expect(1)
            .mount(&server)
            .await;
    }
    answers(
        &server,
        "GET",
        "/api/v1/media/12",
        206,
        json!({ "id": "12", "url": null }),
    )
    .await;
    answers(
        &server,
        "GET",
        "/api/v1/media/12",
        200,
        json!({ "id": "12", "url": "https://a.example/12" }),
    )
    .await;
    let first = step(prepare(&server, &Handles::NONE).await);
    let second = later(prepare(&server, &first).await);
    let asked = later(prepare(&server, &second).await);
    let ready = step(prepare(&server, &asked).await);
    assert_eq!(prepare(&server, &ready).await, Prepared::Ready);
    let uploads = server.received_requests().await.unwrap();
    assert!(
        uploads
            .iter()
            .all(|request| request.headers["authorization"] == format!("Bearer {CANARY}"))
    );

    Mock::given(path("/api/v1/statuses"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "id": "7" })))
        .mount(&server)
        .await;
    let (payload, instance) = (illustrated(), server.uri());
    let order = Order::plain(
        &instance,
        Act::New,
        &payload,
        1,
        SystemClock.now() + TimeDelta::minutes(1),
    );
    for (handles, class) in [(&asked, OutcomeClass::NotSent), (&ready, OutcomeClass::Published)] {
        let outcome = adapter()
            .send(&Order { handles, ..order }, &credential())
            .await
            .outcome;
        assert_eq!(outcome.class(), class, "{outcome:?}");
    }
    let sent = server.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&sent.last().unwrap().body).unwrap();
    assert_eq!(body["media_ids"], json!(["11", "12"]));
}

#[tokio::test]
async fn what_the_server_has_lost_is_uploaded_anew() {
    let server = MockServer::start().await;
    answers(&server, "POST", "/api/v2/media", 202, json!({ "id": "11" })).await;
    answers(
        &server,
        "GET",
        "/api/v1/media/11",
        404,
        json!({ "error": "Record not found" }),
    )
    .await;
    answers(&server, "POST", "/api/v2/media", 200, json!({ "id": "12" })).await;
    let processing = later(prepare(&server, &Handles::NONE).await);
    let lost = step(prepare(&server, &processing).await);
    let again = step(prepare(&server, &lost).await);
    assert_eq!(media::ids(&again, 1), Some(vec!["12"]));
}

/// Nothing of a step is in public: what is in doubt is tried again.
#[rstest]
#[case(401, json!({ "error": "The access token is invalid" }), OutcomeClass::RejectedReauth)]
#[case(403, json!({ "error": "outside the authorized scopes" }), OutcomeClass::RejectedPermanent)]
#[case(413, json!({}), OutcomeClass::RejectedPermanent)]
#[case(422, json!({ "error": "Validation failed: File is not supported" }), OutcomeClass::RejectedPermanent)]
#[case(429, json!({ "error": "Too many requests" }), OutcomeClass::RejectedTransient)]
#[case(500, json!({}), OutcomeClass::RejectedTransient)]
#[case(504, json!("<html>"), OutcomeClass::RejectedTransient)]
#[case(200, json!("<html>"), OutcomeClass::RejectedTransient)]
#[case(200, json!({ "id": "../1" }), OutcomeClass::RejectedTransient)]
#[case(302, json!({}), OutcomeClass::RejectedTransient)]
#[tokio::test]
async fn what_the_server_says_to_an_upload(
    #[case] status: u16,
    #[case] body: Value,
    #[case] class: OutcomeClass,
) {
    let server = MockServer::start().await;
    answers(&server, "POST", "/api/v2/media", status, body).await;
    let Prepared::Refused(outcome) = prepare(&server, &Handles::NONE).await else {
        panic!("not refused");
    };
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

/// The film itself arrives, in a form whose length is told, and what could not be processed is refused.
#[tokio::test]
async fn a_film_is_read_while_it_leaves() {
    let server = MockServer::start().await;
    let body = json!({ "id": "21", "url": null });
    answers(&server, "POST", "/api/v2/media", 202, body).await;
    let failed = json!({ "error": "Error processing media" });
    answers(&server, "GET", "/api/v1/media/21", 422, failed).await;
    let (mut payload, film, instance) = (payload("動画"), Films::mp4(700_000), server.uri());
    payload.parts[0].media = vec![picture(1, "給水車の使い方")];
    let prepare = async |handles: &Handles| {
        let what = Preparing {
            instance: &instance,
            remote_account: "1",
            act: Act::New,
            payload: &payload,
            part: 0,
            follows: None,
            handles,
            files: &film,
        };
        adapter().prepare(what, &credential()).await
    };
    let working = later(prepare(&Handles::NONE).await);
    let sent = &server.received_requests().await.unwrap()[0];
    let length = sent.headers["content-length"].to_str().unwrap();
    assert_eq!(length.parse::<usize>().unwrap(), sent.body.len());
    let bytes = &film.0.bytes;
    let whole = |window: &[u8]| window == bytes.as_slice();
    assert!(sent.body.windows(bytes.len()).any(whole));
    let head = String::from_utf8_lossy(&sent.body[..400]).into_owned();
    assert!(head.contains("給水車の使い方") && head.contains("Content-Type: video/mp4"));
    assert!(sent.body.ends_with(b"--\r\n"));
    let Prepared::Refused(outcome) = prepare(&working).await else {
        panic!("not refused");
    };
    assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent);
}
