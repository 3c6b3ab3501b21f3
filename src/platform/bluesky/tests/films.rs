//! A film under a post.

use serde_json::json;

use super::*;
use crate::{domain::attempt::OutcomeClass, platform::testing::Films};

const UPLOAD: &str = "com.atproto.repo.uploadBlob";

fn kept(mime_type: &str, size: usize) -> Value {
    let mut blob = blob(size);
    blob["mimeType"] = json!(mime_type);
    blob
}

fn with_film(alt: &str) -> Payload {
    let mut payload = payload("断水の説明です。");
    payload.parts[0].media = vec![picture(1, alt)];
    payload
}

#[tokio::test]
async fn a_film_is_uploaded_as_it_is_and_stands_alone_under_the_words() {
    let world = World::new().await;
    let film = Films::mp4(600_000);
    let blob = json!({ "blob": kept("video/mp4", 600_000) });
    world.answers("POST", UPLOAD, 200, blob.clone()).await;
    let payload = with_film("給水車の使い方");
    let handles = world.ready_with(Act::New, &payload, &film).await.unwrap();
    let requests = world.pds.received_requests().await.unwrap();
    let upload = requests
        .iter()
        .find(|request| request.url.path().ends_with(UPLOAD))
        .expect("an upload");
    assert!(upload.body == film.0.bytes, "not the same bytes");
    assert_eq!(upload.headers["content-type"], "video/mp4");
    assert_eq!(upload.headers["content-length"], "600000");
    // Whatever comes of the call, its body is what is looked at.
    world.send(Act::New, &payload, &handles).await;
    let record = &world.bodies("com.atproto.repo.putRecord").await[0]["record"];
    let expected = json!({
        "$type": "app.bsky.embed.video", "video": blob["blob"], "alt": "給水車の使い方",
        "aspectRatio": { "width": 1_280, "height": 720 },
    });
    assert_eq!(record["embed"], expected);
}

#[tokio::test]
async fn what_this_platform_does_not_take_is_not_uploaded() {
    let mut accompanied = with_film("動画");
    accompanied.parts[0].media.push(picture(2, "海"));
    let large = Films::mp4(100_000_001);
    for (payload, film) in [(accompanied, Films::mp4(9)), (with_film("動画"), large)] {
        let world = World::new().await;
        let refused = world.ready_with(Act::New, &payload, &film).await.unwrap_err();
        assert_eq!(refused.class(), OutcomeClass::RejectedPermanent, "{refused:?}");
    }
}

#[tokio::test]
async fn what_was_not_kept_whole_or_as_something_else_is_not_posted() {
    for blob in [kept("video/mp4", 8), kept("image/png", 9)] {
        let world = World::new().await;
        world.answers("POST", UPLOAD, 200, json!({ "blob": blob })).await;
        let refused = world
            .ready_with(Act::New, &with_film("動画"), &Films::mp4(9))
            .await;
        assert_eq!(refused.unwrap_err().class(), OutcomeClass::NotSent);
    }
}
