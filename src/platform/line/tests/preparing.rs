//! What is done before a broadcast.

use rstest::rstest;

use super::*;
use crate::{
    domain::{
        abilities::{self, Preparation},
        account,
        attempt::OutcomeClass,
    },
    platform::{
        File, FileError,
        testing::{Break, Broken, Pictures, picture, series},
    },
};

async fn step(world: &World, payload: &Payload, handles: &Handles, files: &Pictures) -> Prepared {
    let server = world.server.uri();
    let what = Preparing {
        instance: &server,
        remote_account: "U1",
        act: Act::New,
        payload,
        part: 0,
        follows: None,
        handles,
        files,
    };
    let prepared = world.line.prepare(what, &world.credential).await;
    assert!(!format!("{prepared:?}").contains("canary"), "{prepared:?}");
    prepared
}

fn refused(prepared: &Prepared) -> OutcomeClass {
    match prepared {
        Prepared::Refused(outcome) => outcome.class(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn line_looks_at_the_messages_without_sending_them() {
    let world = World::answers(
        "POST",
        VALIDATE,
        ResponseTemplate::new(200).set_body_json(json!({})),
    )
    .await;
    let payload = payload("本文");
    assert_eq!(
        abilities::preparation(account::Platform::Line, &payload),
        Preparation::Needed
    );
    let files = Pictures::png((800, 600), 32);
    let Prepared::Step(handles) = step(&world, &payload, &Handles::default(), &files).await else {
        panic!("no step");
    };
    assert_eq!(step(&world, &payload, &handles, &files).await, Prepared::Ready);
    let requests = world.received(VALIDATE).await;
    assert_eq!(requests.len(), 1, "asked once");
    assert!(
        !requests[0].headers.contains_key("x-line-retry-key"),
        "a dry run has no key"
    );
    assert_eq!(
        requests[0].body_json::<Value>().unwrap(),
        json!({ "messages": [{ "type": "text", "text": "本文" }] })
    );
    assert!(world.received(BROADCAST).await.is_empty());
}

/// A film, whatever is asked for.
fn film(bytes: usize) -> Pictures {
    Pictures(Ok(File {
        bytes: vec![7; bytes],
        media_type: "video/mp4".to_owned(),
        size: (1_280, 720),
    }))
}

/// The first medium is a film, the others are pictures.
struct Film;

impl crate::platform::Files for Film {
    fn file<'a>(
        &'a self,
        media: &'a crate::domain::revision::Media,
        platform: account::Platform,
    ) -> futures::future::BoxFuture<'a, Result<File, FileError>> {
        Box::pin(async move {
            let files = match media.digest.as_bytes()[0] {
                1 => film(32),
                _ => Pictures::png((1_024, 576), 32),
            };
            files.file(media, platform).await
        })
    }

    fn address<'a>(
        &'a self,
        media: &'a crate::domain::revision::Media,
        _: account::Platform,
    ) -> futures::future::BoxFuture<'a, Result<url::Url, FileError>> {
        let address = format!("https://media.city.example.lg.jp/{}", media.digest.as_bytes()[0]);
        Box::pin(async move { Ok(address.parse().unwrap()) })
    }

    fn preview<'a>(
        &'a self,
        media: &'a crate::domain::revision::Media,
        _: account::Platform,
    ) -> futures::future::BoxFuture<'a, Result<url::Url, FileError>> {
        let address = format!("https://media.city.example.lg.jp/p{}", media.digest.as_bytes()[0]);
        Box::pin(async move { Ok(address.parse().unwrap()) })
    }
}

async fn messages_of(alts: &[&str]) -> Value {
    let world = World::answers(
        "POST",
        VALIDATE,
        ResponseTemplate::new(200).set_body_json(json!({})),
    )
    .await;
    let (mut payload, server) = (payload("本文"), world.server.uri());
    let media = alts.iter().zip(1..).map(|(alt, number)| picture(number, alt));
    payload.parts[0].media = media.collect();
    let mut handles = Handles::default();
    loop {
        let what = Preparing {
            instance: &server,
            remote_account: "U1",
            act: Act::New,
            payload: &payload,
            part: 0,
            follows: None,
            handles: &handles,
            files: &Film,
        };
        match world.line.prepare(what, &world.credential).await {
            Prepared::Step(now) => handles = now,
            Prepared::Ready => break,
            other => panic!("{other:?}"),
        }
    }
    let sent: Value = world.received(VALIDATE).await[0].body_json().unwrap();
    sent["messages"].clone()
}

#[tokio::test]
async fn the_first_picture_covers_the_film() {
    let at = |name: &str| format!("https://media.city.example.lg.jp/{name}");
    let messages = messages_of(&["断水の説明動画", "表紙", "地図"]).await;
    assert_eq!(
        messages.as_array().map(Vec::len),
        Some(3),
        "the cover is no message"
    );
    assert_eq!(messages[1]["altText"], "断水の説明動画");
    let hero = &messages[1]["contents"]["hero"];
    let film = json!([hero["type"], hero["url"], hero["previewUrl"], hero["aspectRatio"]]);
    assert_eq!(film, json!(["video", at("1"), at("p2"), "1280:720"]));
    assert_eq!(hero["altContent"]["url"], at("p2"));
    assert_eq!(hero["altContent"]["action"]["label"], "表紙");
    assert_eq!(messages[2]["altText"], "地図");

    let messages = messages_of(&["", "表紙"]).await;
    let expected = json!({ "type": "video", "originalContentUrl": at("1"), "previewImageUrl": at("p2") });
    assert_eq!(messages[1], expected);
}

#[tokio::test]
async fn pictures_get_their_addresses_first() {
    let world = World::answers(
        "POST",
        VALIDATE,
        ResponseTemplate::new(200).set_body_json(json!({})),
    )
    .await;
    let mut payload = series(&["一", "二"]);
    payload.parts[1].media = vec![picture(1, "海")];
    let files = Pictures::png((400, 1_024), 32);
    let mut handles = Handles::default();
    let mut steps = 0;
    while let Prepared::Step(now) = step(&world, &payload, &handles, &files).await {
        handles = now;
        steps += 1;
    }
    assert_eq!(steps, 2);
    let address = format!("https://media.city.example.lg.jp/{}.png", "01".repeat(32));
    assert_eq!(handles.get("address/1/0"), Some(address.as_str()));
    assert_eq!(handles.get("shape/1/0"), Some("400:1024"));
    let sent: Value = world.received(VALIDATE).await[0].body_json().unwrap();
    assert_eq!(sent["messages"][2]["contents"]["hero"]["url"], address);
}

#[rstest]
#[case::invalid(
    400,
    r#"{"message":"The property, 'text', in the request body is invalid"}"#,
    OutcomeClass::RejectedPermanent
)]
#[case::unauthorised(401, "", OutcomeClass::RejectedReauth)]
#[case::forbidden(403, "", OutcomeClass::RejectedPermanent)]
#[case::too_many(429, "", OutcomeClass::RejectedTransient)]
#[tokio::test]
async fn a_verdict_is_obeyed(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let answer = ResponseTemplate::new(status).set_body_string(body);
    let world = World::answers("POST", VALIDATE, answer).await;
    let prepared = step(
        &world,
        &payload("本文"),
        &Handles::default(),
        &Pictures::png((1, 1), 1),
    )
    .await;
    assert_eq!(refused(&prepared), class, "{prepared:?}");
}

#[tokio::test]
async fn an_examiner_who_is_away_stops_nothing() {
    for status in [500, 502, 503] {
        let world = World::answers("POST", VALIDATE, ResponseTemplate::new(status)).await;
        let prepared = step(
            &world,
            &payload("本文"),
            &Handles::default(),
            &Pictures::png((1, 1), 1),
        )
        .await;
        assert!(
            matches!(&prepared, Prepared::Step(handles) if handles.get("dry_run") == Some("no verdict")),
            "{prepared:?}"
        );
    }
}

#[tokio::test]
async fn an_examiner_who_does_not_answer_stops_nothing_and_one_who_is_not_there_does() {
    let given = Credential::of_access(Secret::new(CANARY_TOKEN.to_owned()), DateTime::UNIX_EPOCH);
    let (post, files) = (payload("本文"), Pictures::png((1, 1), 1));
    let nothing = Handles::default();
    let server = Broken::start(Break::CutAfter).await;
    let line = adapter_at(Arc::new(SystemClock));
    let what = |instance| Preparing {
        instance,
        remote_account: "U1",
        act: Act::New,
        payload: &post,
        part: 0,
        follows: None,
        handles: &nothing,
        files: &files,
    };
    let cut = line.prepare(what(server.uri()), &given).await;
    assert!(matches!(cut, Prepared::Step(_)), "{cut:?}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let alone = line.prepare(what(&nobody), &given).await;
    assert_eq!(refused(&alone), OutcomeClass::NotSent, "{alone:?}");
}

#[tokio::test]
async fn what_line_does_not_take_is_told_early() {
    let world = World::new().await;
    let with = |alt: &str| {
        let mut payload = payload("写真");
        payload.parts[0].media = vec![picture(1, alt)];
        payload
    };
    let webp = File {
        bytes: vec![0; 8],
        media_type: "image/webp".to_owned(),
        size: (640, 480),
    };
    let busy = FileError::Unavailable("the disk is slow".to_owned());
    let permanent = OutcomeClass::RejectedPermanent;
    for (files, alt, class) in [
        (Pictures(Ok(webp)), "海", permanent),
        (Pictures::png((1_025, 100), 32), "海", permanent),
        (Pictures::png((0, 100), 32), "海", permanent),
        (Pictures::png((800, 600), 10 * 1024 * 1024 + 1), "", permanent),
        (film(32), "動画", permanent),
        (Pictures(Err(busy)), "海", OutcomeClass::RejectedTransient),
    ] {
        let prepared = step(&world, &with(alt), &Handles::default(), &files).await;
        assert_eq!(refused(&prepared), class, "{prepared:?}");
    }
    let long = with(&"あ".repeat(1_501));
    let Prepared::Step(handles) = step(&world, &long, &Handles::default(), &Pictures::png((8, 6), 9)).await
    else {
        panic!("no step");
    };
    let prepared = step(&world, &long, &handles, &Pictures::png((8, 6), 9)).await;
    assert_eq!(refused(&prepared), permanent, "{prepared:?}");
    assert!(world.server.received_requests().await.unwrap().is_empty());
}
