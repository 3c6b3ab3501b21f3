//! Pictures before the post.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::{
    domain::attempt::OutcomeClass,
    platform::{
        File, FileError, Files,
        testing::{Pictures, picture},
    },
};

const UPLOAD: &str = "/2/media/upload";
const METADATA: &str = "/2/media/metadata";

pub(super) fn with_pictures(alts: &[&str]) -> Payload {
    let mut payload = payload("写真です");
    let pictures = alts.iter().zip(1..).map(|(alt, number)| picture(number, alt));
    payload.parts[0].media = pictures.collect();
    payload
}

pub(super) async fn step(world: &World, payload: &Payload, handles: &Handles, files: &dyn Files) -> Prepared {
    let server = world.server.uri();
    let what = Preparing {
        instance: &server,
        remote_account: "7",
        act: Act::New,
        payload,
        part: 0,
        follows: None,
        handles,
        files,
    };
    let prepared = world.x.prepare(what, &world.credential).await;
    assert!(!format!("{prepared:?}").contains("canary"), "{prepared:?}");
    prepared
}

fn uploaded() -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({ "data": { "id": "71", "media_key": "3_71", "expires_after_secs": 86400 } }))
}

#[tokio::test]
async fn each_picture_is_uploaded_and_described_one_step_at_a_time() {
    let world = World::answers("POST", UPLOAD, uploaded()).await;
    let described = json!({ "data": { "id": "71", "associated_metadata": {} } });
    world
        .script(
            "POST",
            METADATA,
            ResponseTemplate::new(200).set_body_json(described),
        )
        .await;
    let payload = with_pictures(&["海辺の避難所", ""]);
    let files = Pictures::png((800, 600), 32);
    let mut handles = Handles::default();
    let mut steps = 0;
    while let Prepared::Step(now) = step(&world, &payload, &handles, &files).await {
        handles = now;
        steps += 1;
    }
    assert_eq!(steps, 3, "two pictures, one description");
    assert_eq!(step(&world, &payload, &handles, &files).await, Prepared::Ready);
    assert_eq!(
        (handles.get("media/0"), handles.get("media/1")),
        (Some("71"), Some("71"))
    );

    let requests = world.server.received_requests().await.unwrap();
    let paths: Vec<&str> = requests.iter().map(|request| request.url.path()).collect();
    assert_eq!(paths, [UPLOAD, METADATA, UPLOAD]);
    let form = String::from_utf8_lossy(&requests[0].body);
    assert!(
        form.contains("name=\"media_category\"\r\n\r\ntweet_image\r\n"),
        "{form}"
    );
    assert!(
        form.contains(
            "name=\"media\"; filename=\"picture.png\"\r\nContent-Type: image/png\r\n\r\n\u{7}\u{7}"
        )
    );
    let media_type = requests[0].headers["content-type"].to_str().unwrap();
    assert!(
        media_type.starts_with("multipart/form-data; boundary="),
        "{media_type}"
    );
    let description: serde_json::Value = requests[1].body_json().unwrap();
    assert_eq!(
        description,
        json!({ "id": "71", "metadata": { "alt_text": { "text": "海辺の避難所" } } })
    );
}

#[rstest]
#[case::html(200, HTML, OutcomeClass::RejectedTransient)]
#[case::invalid(400, r#"{"title":"Invalid Request"}"#, OutcomeClass::RejectedPermanent)]
#[case::unauthorised(401, "", OutcomeClass::RejectedReauth)]
#[case::credits(402, "", OutcomeClass::RejectedPermanent)]
#[case::too_large(413, "", OutcomeClass::RejectedPermanent)]
#[case::too_many(429, "", OutcomeClass::RejectedTransient)]
#[case::internal(500, "", OutcomeClass::RejectedTransient)]
#[tokio::test]
async fn an_answer_to_an_upload(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let answer = ResponseTemplate::new(status).set_body_string(body);
    let world = World::answers("POST", UPLOAD, answer).await;
    let files = Pictures::png((800, 600), 32);
    let prepared = step(&world, &with_pictures(&["海"]), &Handles::default(), &files).await;
    let Prepared::Refused(outcome) = prepared else {
        panic!("{prepared:?}");
    };
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[tokio::test]
async fn what_x_does_not_take_is_not_uploaded() {
    let world = World::new().await;
    let film = File {
        bytes: vec![0; 8],
        media_type: "video/webm".to_owned(),
        size: (640, 480),
    };
    let gone = FileError::Unusable("it is gone".to_owned());
    let busy = FileError::Unavailable("the disk is slow".to_owned());
    let long = "あ".repeat(1_001);
    let permanent = OutcomeClass::RejectedPermanent;
    for (files, alt, class) in [
        (Pictures(Ok(film)), "海", permanent),
        (Pictures::png((800, 600), 5 * 1024 * 1024 + 1), "海", permanent),
        (Pictures::png((800, 600), 32), long.as_str(), permanent),
        (Pictures(Err(gone)), "海", permanent),
        (Pictures(Err(busy)), "海", OutcomeClass::RejectedTransient),
    ] {
        let prepared = step(&world, &with_pictures(&[alt]), &Handles::default(), &files).await;
        assert!(
            matches!(&prepared, Prepared::Refused(outcome) if outcome.class() == class),
            "{prepared:?}"
        );
    }
    assert_eq!(world.requests().await, 0);
}
