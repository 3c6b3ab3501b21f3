//! Films before the post.

use rstest::rstest;
use serde_json::json;

use super::{
    super::film::SEGMENT,
    uploading::{step, with_pictures},
    *,
};
use crate::{domain::attempt::OutcomeClass, platform::testing::Films};

const INITIALIZE: &str = "/2/media/upload/initialize";
const APPEND: &str = "/2/media/upload/71/append";
const FINALIZE: &str = "/2/media/upload/71/finalize";
const STATUS: &str = "/2/media/upload";
const METADATA: &str = "/2/media/metadata";

fn answer(body: serde_json::Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "data": body }))
}

fn working(state: &str) -> serde_json::Value {
    let info = json!({ "state": state, "check_after_secs": 7, "error": { "message": "bad codec" } });
    json!({ "id": "71", "media_key": "7_71", "processing_info": info })
}

/// X takes all of it, and says this when it is there.
async fn world(finalized: serde_json::Value) -> World {
    let world = World::answers("POST", INITIALIZE, answer(json!({ "id": "71" }))).await;
    world
        .script("POST", APPEND, answer(json!({ "expires_at": 1 })))
        .await;
    world.script("POST", FINALIZE, answer(finalized)).await;
    world
}

/// Takes steps until there is something else to say.
async fn run(world: &World, payload: &Payload, files: &Films, handles: &mut Handles) -> Prepared {
    for _ in 0..64 {
        match step(world, payload, handles, files).await {
            Prepared::Step(now) => *handles = now,
            other => return other,
        }
    }
    panic!("no end: {handles:?}");
}

async fn paths(world: &World) -> Vec<String> {
    let requests = world.server.received_requests().await.unwrap();
    requests
        .iter()
        .map(|request| request.url.path().to_owned())
        .collect()
}

#[tokio::test]
async fn a_film_leaves_in_segments_that_are_the_film() {
    let world = world(json!({ "id": "71" })).await;
    let length = SEGMENT as usize * 2 + 10;
    let (payload, files, mut handles) = (with_pictures(&[""]), Films::mp4(length), Handles::default());
    assert_eq!(run(&world, &payload, &files, &mut handles).await, Prepared::Ready);
    assert_eq!(handles.get("media/0"), Some("71"));
    assert_eq!(
        paths(&world).await,
        [INITIALIZE, APPEND, APPEND, APPEND, FINALIZE]
    );
    let requests = world.server.received_requests().await.unwrap();
    let beginning: serde_json::Value = requests[0].body_json().unwrap();
    assert_eq!(
        beginning,
        json!({ "media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": length })
    );
    let mut sent = Vec::new();
    for (number, request) in requests[1..4].iter().enumerate() {
        let head = format!("name=\"segment_index\"\r\n\r\n{number}\r\n");
        let split = b"application/octet-stream\r\n\r\n";
        let at = request
            .body
            .windows(split.len())
            .position(|window| window == split)
            .unwrap();
        assert!(String::from_utf8_lossy(&request.body[..at]).contains(&head));
        let end = request
            .body
            .windows(4)
            .rposition(|window| window == b"\r\n--")
            .unwrap();
        sent.extend_from_slice(&request.body[at + split.len()..end]);
    }
    assert!(sent == files.0.bytes, "not the same bytes");
}

#[tokio::test]
async fn while_x_works_it_is_asked_again_and_a_description_follows() {
    let world = world(working("pending")).await;
    world.script("POST", METADATA, answer(json!({}))).await;
    let (payload, files, mut handles) = (
        with_pictures(&["断水の説明動画"]),
        Films::mp4(9),
        Handles::default(),
    );
    let before = in_a_minute() - TimeDelta::minutes(1);
    let Prepared::Later { handles: now, again } = run(&world, &payload, &files, &mut handles).await else {
        panic!("not later");
    };
    assert!(again >= before + TimeDelta::seconds(7));
    handles = now;
    world.script("GET", STATUS, answer(working("succeeded"))).await;
    assert_eq!(run(&world, &payload, &files, &mut handles).await, Prepared::Ready);
    assert_eq!(handles.get("described/0"), Some("71"));
    let asked = world.server.received_requests().await.unwrap();
    let status = asked.iter().find(|request| request.url.path() == STATUS).unwrap();
    assert_eq!(status.url.query(), Some("command=STATUS&media_id=71"));
}

#[tokio::test]
async fn a_film_that_x_cannot_process_is_refused_with_its_reason() {
    let world = world(working("failed")).await;
    let (payload, files, mut handles) = (with_pictures(&["動画"]), Films::mp4(9), Handles::default());
    let Prepared::Refused(outcome) = run(&world, &payload, &files, &mut handles).await else {
        panic!("not refused");
    };
    assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent);
    assert!(outcome.why().contains("bad codec"), "{outcome:?}");
}

#[tokio::test]
async fn what_x_forgot_is_begun_anew_and_what_it_has_is_not() {
    let world = World::answers("POST", INITIALIZE, answer(json!({ "id": "71" }))).await;
    world.script("POST", APPEND, ResponseTemplate::new(404)).await;
    let (payload, files) = (with_pictures(&[""]), Films::mp4(9));
    let sending = Handles::default().with("film/0", "71").with("film/0/next", "0");
    let Prepared::Step(anew) = step(&world, &payload, &sending, &files).await else {
        panic!("no step");
    };
    assert!(matches!(
        step(&world, &payload, &anew, &files).await,
        Prepared::Step(_)
    ));
    assert_eq!(paths(&world).await, [APPEND, INITIALIZE]);
    // A worker that took over goes on where the other one stopped.
    let world = self::world(json!({ "id": "71" })).await;
    let sent = Handles::default().with("film/0", "71").with("film/0/next", "1");
    let Prepared::Step(now) = step(&world, &payload, &sent, &files).await else {
        panic!("no step");
    };
    assert_eq!(now.get("media/0"), Some("71"));
    assert_eq!(paths(&world).await, [FINALIZE]);
}

#[tokio::test]
async fn a_description_without_a_place_is_told_and_stops_nothing() {
    let world = world(json!({ "id": "71" })).await;
    world.script("POST", METADATA, ResponseTemplate::new(400)).await;
    let (payload, files, mut handles) = (with_pictures(&["動画"]), Films::mp4(9), Handles::default());
    assert_eq!(run(&world, &payload, &files, &mut handles).await, Prepared::Ready);
    assert_eq!(handles.get("described/0"), Some("no place"));
}

#[rstest]
#[case::in_company(with_pictures(&["一", "二"]), 9)]
#[case::empty(with_pictures(&["一"]), 0)]
#[tokio::test]
async fn what_x_does_not_take_is_not_begun(#[case] payload: Payload, #[case] bytes: usize) {
    let world = World::new().await;
    let prepared = step(&world, &payload, &Handles::default(), &Films::mp4(bytes)).await;
    assert!(
        matches!(&prepared, Prepared::Refused(outcome) if outcome.class() == OutcomeClass::RejectedPermanent),
        "{prepared:?}"
    );
    assert_eq!(world.requests().await, 0);
}
