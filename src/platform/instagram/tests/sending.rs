//! Preparing, publishing and looking.

use std::time::Duration;

use rstest::rstest;
use wiremock::{Mock, MockServer};

use super::*;
use crate::platform::{
    HandlesAfter,
    meta::testing::{address, file, unfit},
    order::Removal,
    testing::{Break, Broken},
};

async fn finished(ids: &[&str]) -> World {
    let world = World::new().await;
    for id in ids {
        world
            .stand
            .tells_once("POST", CONTAINERS, json!({ "id": id }))
            .await;
        let told = json!({ "status_code": "FINISHED", "status": "Finished: Media has been uploaded" });
        world.stand.tells("GET", &format!("/v26.0/{id}"), told).await;
    }
    world
}

#[tokio::test]
async fn a_picture_goes_with_its_description() {
    let world = finished(&["31"]).await;
    let handles = world.make_ready(&illustrated(1)).await;
    assert!(handles.get("container").unwrap().starts_with("finished 31 "));
    let address = address(0);
    let expected = map(&[
        ("image_url", &address),
        ("alt_text", "写真0"),
        ("caption", "写真"),
    ]);
    assert_eq!(world.stand.forms(CONTAINERS).await, [expected]);
}

#[tokio::test]
async fn several_pictures_are_a_carousel() {
    let world = finished(&["41", "42", "31"]).await;
    world.make_ready(&illustrated(2)).await;
    let forms = world.stand.forms(CONTAINERS).await;
    let first = address(0);
    let child = [
        ("image_url", first.as_str()),
        ("alt_text", "写真0"),
        ("is_carousel_item", "true"),
    ];
    assert_eq!(forms[0], map(&child));
    let whole = [
        ("media_type", "CAROUSEL"),
        ("children", "41,42"),
        ("caption", "写真"),
    ];
    assert_eq!(forms[2], map(&whole));
}

#[tokio::test]
async fn a_film_is_a_reel() {
    let mut world = finished(&["31"]).await;
    world.files = file("video/mp4", 3);
    world.make_ready(&illustrated(1)).await;
    let address = address(0);
    let expected = map(&[
        ("video_url", &address),
        ("media_type", "REELS"),
        ("caption", "写真"),
    ]);
    assert_eq!(world.stand.forms(CONTAINERS).await, [expected]);
}

#[tokio::test]
async fn what_the_platform_is_not_sent() {
    let world = World::new().await;
    for payload in unfit().into_iter().chain([illustrated(0), illustrated(11)]) {
        let prepared = world.prepare(&payload, &Handles::NONE).await;
        assert!(
            matches!(prepared, Prepared::Refused(Outcome::RejectedPermanent { .. })),
            "{payload:?}"
        );
        let outcome = world.send(&payload, &ready()).await.outcome;
        assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent, "{payload:?}");
    }
    assert!(world.stand.requests().await.is_empty());
}

#[rstest]
#[case::format("Error: Media upload has failed with error code 2207005", true)]
#[case::aspect("Error: Media upload has failed with error code 2207009", true)]
#[case::download("Error: Media upload has failed with error code 2207003", false)]
#[case::not_told("", false)]
#[tokio::test]
async fn a_failed_container_is_made_anew_where_that_may_help(#[case] why: &str, #[case] is_final: bool) {
    let world = World::new().await;
    world
        .stand
        .tells(
            "GET",
            "/v26.0/31",
            json!({ "status_code": "ERROR", "status": why }),
        )
        .await;
    let handles = Handles::NONE.with("container", format!("working 31 {} 0", start().timestamp()));
    world.clock.advance(TimeDelta::seconds(30));
    let prepared = world.prepare(&illustrated(1), &handles).await;
    let refused = matches!(prepared, Prepared::Refused(Outcome::RejectedPermanent { .. }));
    let made_anew = matches!(prepared, Prepared::Step(_));
    assert_eq!((refused, made_anew), (is_final, !is_final), "{prepared:?}");
}

#[tokio::test]
async fn a_container_is_published_once() {
    let world = World::new().await;
    world.stand.tells("POST", PUBLISH, json!({ "id": "99" })).await;
    let reply = world.send(&illustrated(1), &ready()).await;
    let expected = RemoteRef {
        id: "99".to_owned(),
        url: None,
    };
    assert_eq!(reply.outcome, Outcome::Published(expected));
    assert_eq!(world.stand.forms(PUBLISH).await, [map(&[("creation_id", "31")])]);
}

#[rstest]
#[case::blocked_though_out(400, fault(4, 2_207_051), OutcomeClass::Unknown, HandlesAfter::Keep)]
#[case::server(400, fault(-1, 2_207_001), OutcomeClass::Unknown, HandlesAfter::Keep)]
#[case::not_ready(
    400,
    fault(9_007, 2_207_027),
    OutcomeClass::RejectedTransient,
    HandlesAfter::Keep
)]
#[case::expired(400, fault(-2, 2_207_020), OutcomeClass::RejectedTransient, HandlesAfter::Forget)]
#[case::day(400, fault(9, 2_207_042), OutcomeClass::RejectedTransient, HandlesAfter::Keep)]
#[case::internal(500, json!({}), OutcomeClass::Unknown, HandlesAfter::Keep)]
#[case::empty(200, json!({}), OutcomeClass::Unknown, HandlesAfter::Keep)]
#[tokio::test]
async fn an_answer_is_what_the_table_says(
    #[case] status: u16,
    #[case] body: Value,
    #[case] class: OutcomeClass,
    #[case] handles: HandlesAfter,
) {
    let world = World::new().await;
    world
        .stand
        .says("POST", PUBLISH, ResponseTemplate::new(status).set_body_json(body))
        .await;
    let reply = world.send(&illustrated(1), &ready()).await;
    assert_eq!(
        (reply.outcome.class(), reply.handles.clone()),
        (class, handles),
        "{reply:?}"
    );
    assert_eq!(
        world.stand.requests().await.len(),
        1,
        "one request, whatever happens"
    );
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
        .send_to(broken.uri(), &illustrated(1), &ready())
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
    let outcome = world.send(&illustrated(1), &ready()).await.outcome;
    assert_eq!(outcome.class(), OutcomeClass::Unknown);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_out_is_removed_in_the_app_alone() {
    let world = World::new().await;
    let server = world.stand.uri();
    let removal = Removal {
        instance: &server,
        remote_id: "99",
        send_by: start() + TimeDelta::minutes(1),
    };
    let reply = world.adapter.graph.remove(&removal, &world.credential).await;
    assert_eq!(reply.outcome.class(), OutcomeClass::RejectedPermanent);
    assert!(world.stand.requests().await.is_empty());
}

#[rstest]
#[case::out("PUBLISHED", vec![("98", "写真", "CAROUSEL_ALBUM"), ("97", "別の投稿", "IMAGE")], Some("98"))]
#[case::never_the_newest("PUBLISHED", vec![("97", "別の投稿", "CAROUSEL_ALBUM")], None)]
#[case::other_pictures("PUBLISHED", vec![("98", "写真", "IMAGE")], None)]
#[tokio::test]
async fn what_is_out_is_seen(
    #[case] state: &str,
    #[case] posts: Vec<(&str, &str, &str)>,
    #[case] seen: Option<&str>,
) {
    let world = World::new().await;
    world
        .stand
        .tells("GET", "/v26.0/31", json!({ "status_code": state }))
        .await;
    let post = |(id, caption, kind): &(&str, &str, &str)| json!({ "id": id, "caption": caption, "media_type": kind, "timestamp": "2026-11-24T01:00:09+0000" });
    let posts: Vec<Value> = posts.iter().map(post).collect();
    world
        .stand
        .tells("GET", CONTAINERS, json!({ "data": posts }))
        .await;
    let sought = Sought {
        instance: world.stand.uri(),
        remote_account: "7".to_owned(),
        act: Act::New,
        payload: illustrated(2),
        part: 0,
        handles: ready(),
        intended_at: start(),
    };
    let sighting = world.adapter.look(&sought, &world.credential).await;
    let id = match &sighting {
        Sighting::Seen(remote) => Some(remote.id.as_str()),
        _ => None,
    };
    assert_eq!(id, seen, "{sighting:?}");
    assert_ne!(sighting, Sighting::Absent);
}
