//! Uploading, publishing and withdrawing.

use rstest::rstest;

use super::*;
use crate::{
    domain::{preparation::Follows, revision::LinkCard},
    platform::{
        File, FileError,
        testing::{Break, Broken},
    },
};

fn created() -> Value {
    json!({ "createdNote": { "id": "9abc", "text": "本文", "visibility": "public" } })
}

fn referring(text: &str) -> Payload {
    Payload {
        refers_to: Some("9xyz".to_owned()),
        ..payload(text)
    }
}

#[tokio::test]
async fn a_note_goes_out_with_its_audience() {
    let world = World::new().await;
    world.answers("notes/create", 200, created()).await;
    for (visibility, name) in [
        (Visibility::Public, "public"),
        (Visibility::Unlisted, "home"),
        (Visibility::Followers, "followers"),
    ] {
        let payload = Payload {
            visibility,
            ..payload("こんにちは")
        };
        let outcome = world.send(Act::New, &payload, &Handles::NONE).await;
        let url = format!("{}/notes/9abc", world.server.uri());
        let expected = RemoteRef {
            id: "9abc".to_owned(),
            url: Some(url),
        };
        assert_eq!(outcome, Outcome::Published(expected));
        let body = world.bodies("notes/create").await.pop().unwrap();
        assert_eq!(body, json!({ "text": "こんにちは", "visibility": name }));
    }
    let requests = world.server.received_requests().await.unwrap();
    assert!(
        requests
            .iter()
            .all(|request| request.headers["authorization"] == format!("Bearer {CANARY}"))
    );
    assert!(
        requests
            .iter()
            .all(|request| !request.url.as_str().contains(CANARY))
    );
}

#[tokio::test]
async fn answers_quotes_and_what_is_passed_on() {
    let world = World::new().await;
    world.answers("notes/create", 200, created()).await;
    for (act, payload, expected) in [
        (
            Act::Reply,
            referring("返信"),
            json!({ "text": "返信", "visibility": "public", "replyId": "9xyz" }),
        ),
        (
            Act::Quote,
            referring("引用"),
            json!({ "text": "引用", "visibility": "public", "renoteId": "9xyz" }),
        ),
        (
            Act::Repost,
            referring(""),
            json!({ "visibility": "public", "renoteId": "9xyz" }),
        ),
    ] {
        let outcome = world.send(act, &payload, &Handles::NONE).await;
        assert_eq!(outcome.class(), OutcomeClass::Published);
        assert_eq!(world.bodies("notes/create").await.pop().unwrap(), expected);
    }
}

#[tokio::test]
async fn a_further_part_answers_the_one_before() {
    let world = World::new().await;
    world.answers("notes/create", 200, created()).await;
    let (instance, of_series) = (world.server.uri(), series(&["一", "二"]));
    let follows = Follows {
        first: "9one".to_owned(),
        before: "9two".to_owned(),
    };
    let order = Order {
        part: 1,
        follows: Some(&follows),
        ..Order::plain(
            &instance,
            Act::New,
            &of_series,
            1,
            start() + TimeDelta::minutes(1),
        )
    };
    world.misskey.send(&order, &world.credential).await;
    let body = world.bodies("notes/create").await.pop().unwrap();
    assert_eq!(
        body,
        json!({ "text": "二", "visibility": "public", "replyId": "9two" })
    );
}

async fn prepare(world: &World, payload: &Payload, handles: &Handles, files: &Pictures) -> Prepared {
    let instance = world.server.uri();
    let what = Preparing {
        instance: &instance,
        remote_account: "9town",
        act: Act::New,
        payload,
        part: 0,
        follows: None,
        handles,
        files,
    };
    world.misskey.prepare(what, &world.credential).await
}

#[tokio::test]
async fn pictures_are_uploaded_with_their_descriptions() {
    let world = World::new().await;
    world.answers("notes/create", 200, created()).await;
    let files = Pictures::png((1, 1), 3);
    let mut two = payload("写真");
    two.parts[0].media = vec![picture(1, "海"), picture(2, "山")];
    assert_eq!(
        world.send(Act::New, &two, &Handles::NONE).await.class(),
        OutcomeClass::NotSent
    );
    for (n, alt) in ["海", "山"].into_iter().enumerate() {
        Mock::given(path("/api/drive/files/create"))
            .and(wiremock::matchers::body_string_contains(format!(
                "name=\"comment\"\r\n\r\n{alt}\r\n"
            )))
            .and(wiremock::matchers::body_string_contains(
                "name=\"force\"\r\n\r\ntrue\r\n",
            ))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(json!({ "id": format!("9f{n}"), "comment": alt })),
            )
            .expect(1)
            .mount(&world.server)
            .await;
    }
    let mut handles = Handles::NONE;
    while let Prepared::Step(now) = prepare(&world, &two, &handles, &files).await {
        handles = now;
    }
    assert_eq!(prepare(&world, &two, &handles, &files).await, Prepared::Ready);
    assert_eq!(
        world.send(Act::New, &two, &handles).await.class(),
        OutcomeClass::Published
    );
    let body = world.bodies("notes/create").await.pop().unwrap();
    assert_eq!(body["fileIds"], json!(["9f0", "9f1"]));
}

#[rstest]
#[case::lost_description(200, json!({ "id": "9f", "comment": "別" }), OutcomeClass::RejectedPermanent)]
#[case::no_id(200, json!({ "comment": "海" }), OutcomeClass::NotSent)]
#[case::no_space(400, json!({ "error": { "code": "NO_FREE_SPACE", "message": "a" } }), OutcomeClass::RejectedPermanent)]
#[case::too_large(413, json!({ "error": { "code": "MAX_FILE_SIZE_EXCEEDED", "message": "a" } }), OutcomeClass::RejectedPermanent)]
#[case::unauthorised(401, json!({ "error": { "code": "AUTHENTICATION_FAILED", "message": "a" } }), OutcomeClass::RejectedReauth)]
#[case::limited(429, json!({}), OutcomeClass::RejectedTransient)]
#[case::internal(500, json!({}), OutcomeClass::RejectedTransient)]
#[tokio::test]
async fn what_the_server_says_to_an_upload(
    #[case] status: u16,
    #[case] body: Value,
    #[case] class: OutcomeClass,
) {
    let world = World::new().await;
    world.answers("drive/files/create", status, body).await;
    let mut one = payload("写真");
    one.parts[0].media = vec![picture(1, "海")];
    let Prepared::Refused(outcome) = prepare(&world, &one, &Handles::NONE, &Pictures::png((1, 1), 3)).await
    else {
        panic!("not refused");
    };
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[rstest]
#[case(Err(FileError::Unusable("gone".to_owned())), OutcomeClass::RejectedPermanent)]
#[case(Err(FileError::Unavailable("busy".to_owned())), OutcomeClass::NotSent)]
#[tokio::test]
async fn a_file_that_is_not_there(#[case] file: Result<File, FileError>, #[case] class: OutcomeClass) {
    let world = World::new().await;
    let mut one = payload("写真");
    one.parts[0].media = vec![picture(1, "海")];
    let Prepared::Refused(outcome) = prepare(&world, &one, &Handles::NONE, &Pictures(file)).await else {
        panic!("not refused");
    };
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[tokio::test]
async fn what_the_platform_is_not_sent() {
    let world = World::new().await;
    let with = |change: &dyn Fn(&mut Payload)| {
        let mut payload = payload("本文");
        change(&mut payload);
        payload
    };
    let card = LinkCard {
        uri: "https://a.example.jp/".to_owned(),
        title: String::new(),
        description: String::new(),
    };
    let cases = [
        (Act::New, with(&|p| p.parts.clear())),
        (Act::New, payload(" \n\u{3000}")),
        (Act::New, payload("[市の公式サイト](https://evil.example/)")),
        (Act::Quote, referring("$[tada お知らせ]")),
        (Act::New, with(&|p| p.parts[0].link_card = Some(card.clone()))),
        (Act::New, referring("本文")),
        (Act::Repost, referring("本文")),
        (Act::Repost, payload("")),
        (Act::Reply, payload("本文")),
        (Act::Reply, with(&|p| p.refers_to = Some("../9".to_owned()))),
    ];
    for (act, payload) in cases {
        let outcome = world.send(act, &payload, &Handles::NONE).await;
        assert_eq!(
            outcome.class(),
            OutcomeClass::RejectedPermanent,
            "{act} {payload:?}"
        );
    }
    assert!(world.server.received_requests().await.unwrap().is_empty());
}

#[rstest]
#[case::cut_before(Break::CutBefore)]
#[case::cut_after(Break::CutAfter)]
#[case::hang(Break::Hang)]
#[case::half(Break::HalfAnswer(r#"{"createdNote":{"id":"9abc"}}"#))]
#[case::drip(Break::Drip(r#"{"createdNote":{"id":"9abc"}}"#))]
#[tokio::test]
async fn a_server_that_breaks_off_leaves_a_doubt(#[case] fault: Break) {
    let (world, broken) = (World::new().await, Broken::start(fault).await);
    let outcome = world
        .send_to(broken.uri(), Act::New, &payload("本文"), &Handles::NONE)
        .await;
    assert_eq!(outcome.class(), OutcomeClass::Unknown, "{outcome:?}");
    assert_eq!(broken.requests(), 1, "one request, whatever happens");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_a_credential() {
    let (world, elsewhere) = (World::new().await, MockServer::start().await);
    let answer = ResponseTemplate::new(307).insert_header("location", elsewhere.uri().as_str());
    Mock::given(method("POST"))
        .respond_with(answer)
        .mount(&world.server)
        .await;
    let outcome = world.send(Act::New, &payload("本文"), &Handles::NONE).await;
    assert_eq!(outcome.class(), OutcomeClass::Unknown);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_withdrawal_names_the_note() {
    let world = World::new().await;
    world.answers("notes/delete", 204, json!({})).await;
    let instance = world.server.uri();
    let removal = Removal {
        instance: &instance,
        remote_id: "9abc",
        send_by: start() + TimeDelta::minutes(1),
    };
    let outcome = world.misskey.remove(&removal, &world.credential).await.outcome;
    assert_eq!(outcome.class(), OutcomeClass::Published);
    assert_eq!(world.bodies("notes/delete").await, [json!({ "noteId": "9abc" })]);
    let odd = Removal {
        remote_id: "../9",
        ..removal
    };
    let late = Removal {
        send_by: start(),
        ..removal
    };
    for (removal, class) in [
        (odd, OutcomeClass::RejectedPermanent),
        (late, OutcomeClass::NotSent),
    ] {
        let outcome = world.misskey.remove(&removal, &world.credential).await.outcome;
        assert_eq!(outcome.class(), class);
    }
    assert_eq!(world.bodies("notes/delete").await.len(), 1);
}
