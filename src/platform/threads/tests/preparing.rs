//! Containers: made, waited for, made anew.

use rstest::rstest;

use super::*;
use crate::platform::meta::testing::{address, file, unfit};

const TOLD: &str = "/v1.0/31";

#[tokio::test]
async fn words_alone_need_a_container_too() {
    let world = World::new().await;
    world.stand.tells("POST", CONTAINERS, json!({ "id": "31" })).await;
    world
        .stand
        .says(
            "GET",
            TOLD,
            ResponseTemplate::new(200).set_body_json(json!({ "status": "FINISHED" })),
        )
        .await;
    let handles = world.make_ready(&payload("避難所を開設しました")).await;
    let forms = world.stand.forms(CONTAINERS).await;
    assert_eq!(
        forms,
        [map(&[("media_type", "TEXT"), ("text", "避難所を開設しました")])]
    );
    assert!(handles.get("container").unwrap().starts_with("finished 31 "));
    assert_eq!(
        world.clock.now(),
        start() + TimeDelta::seconds(3),
        "it is not asked about at once"
    );
}

#[tokio::test]
async fn a_picture_goes_with_its_description() {
    let world = World::new().await;
    world.stand.tells("POST", CONTAINERS, json!({ "id": "31" })).await;
    world
        .stand
        .tells("GET", TOLD, json!({ "status": "FINISHED" }))
        .await;
    world.make_ready(&illustrated(1)).await;
    let address = address(0);
    let expected = map(&[
        ("media_type", "IMAGE"),
        ("image_url", &address),
        ("alt_text", "写真0"),
        ("text", "写真"),
    ]);
    assert_eq!(world.stand.forms(CONTAINERS).await, [expected]);
}

#[tokio::test]
async fn several_pictures_have_containers_of_their_own() {
    let world = World::new().await;
    for id in ["41", "42", "31"] {
        world
            .stand
            .tells_once("POST", CONTAINERS, json!({ "id": id }))
            .await;
        world
            .stand
            .tells("GET", &format!("/v1.0/{id}"), json!({ "status": "FINISHED" }))
            .await;
    }
    let handles = world.make_ready(&illustrated(2)).await;
    assert!(handles.get("container").unwrap().starts_with("finished 31 "));
    let forms = world.stand.forms(CONTAINERS).await;
    let (first, last) = (address(0), &forms[2]);
    let expected = map(&[
        ("media_type", "IMAGE"),
        ("image_url", &first),
        ("alt_text", "写真0"),
        ("is_carousel_item", "true"),
    ]);
    assert_eq!(forms[0], expected);
    assert_eq!(
        *last,
        map(&[
            ("media_type", "CAROUSEL"),
            ("children", "41,42"),
            ("text", "写真")
        ])
    );
}

#[tokio::test]
async fn a_film_is_fetched_too() {
    let mut world = World::new().await;
    world.stand.tells("POST", CONTAINERS, json!({ "id": "31" })).await;
    world.files = file("video/mp4", 3);
    let prepared = world.prepare(&illustrated(1), &Handles::NONE).await;
    assert!(matches!(prepared, Prepared::Step(_)), "{prepared:?}");
    let form = &world.stand.forms(CONTAINERS).await[0];
    assert_eq!(
        (form["media_type"].as_str(), form["video_url"].as_str()),
        ("VIDEO", address(0).as_str())
    );
    assert_eq!(form["alt_text"], "写真0");
}

#[rstest]
#[case::reply(Act::Reply, Some("12"), None, ("reply_to_id", "12"))]
#[case::quote(Act::Quote, Some("12"), None, ("quote_post_id", "12"))]
#[case::next(Act::New, None, Some("34"), ("reply_to_id", "34"))]
#[case::next_of_quote(Act::Quote, Some("12"), Some("34"), ("reply_to_id", "34"))]
#[tokio::test]
async fn what_it_refers_to_goes_along(
    #[case] act: Act,
    #[case] refers_to: Option<&str>,
    #[case] before: Option<&str>,
    #[case] expected: (&str, &str),
) {
    let world = World::new().await;
    world.stand.tells("POST", CONTAINERS, json!({ "id": "31" })).await;
    let payload = Payload {
        refers_to: refers_to.map(str::to_owned),
        ..series(&["本文", "本文"])
    };
    let follows = before.map(|before| Follows {
        first: "33".to_owned(),
        before: before.to_owned(),
    });
    let part = (u16::from(before.is_some()), follows.as_ref());
    let prepared = world.prepare_part(act, &payload, part, &Handles::NONE).await;
    assert!(matches!(prepared, Prepared::Step(_)), "{prepared:?}");
    let form = map(&[("media_type", "TEXT"), ("text", "本文"), expected]);
    assert_eq!(world.stand.forms(CONTAINERS).await, [form]);
}

#[tokio::test]
async fn what_the_platform_is_not_sent() {
    let world = World::new().await;
    let mut odd = unfit();
    odd.push(illustrated(21));
    let mut long = illustrated(1);
    long.parts[0].media[0].alt = "あ".repeat(1_001);
    odd.push(long);
    for payload in odd {
        let prepared = world.prepare(&payload, &Handles::NONE).await;
        assert!(
            matches!(prepared, Prepared::Refused(Outcome::RejectedPermanent { .. })),
            "{payload:?}"
        );
        let sent = world.send(&payload, &ready()).await.outcome;
        assert_eq!(sent.class(), OutcomeClass::RejectedPermanent, "{payload:?}");
    }
    assert!(world.stand.requests().await.is_empty());
}

/// What is done about a container that was made some time ago, and what its state says.
async fn after(seconds: i64, told: ResponseTemplate) -> (World, Prepared) {
    let world = World::new().await;
    world.stand.says("GET", TOLD, told).await;
    let handles = Handles::NONE.with("container", format!("working 31 {} 0", start().timestamp()));
    world.clock.advance(TimeDelta::seconds(seconds));
    let prepared = world.prepare(&payload("本文"), &handles).await;
    (world, prepared)
}

fn status(status: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "status": status }))
}

fn failed(why: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "status": "ERROR", "error_message": why }))
}

#[rstest]
#[case::soon(5, 5)]
#[case::later(40, 15)]
#[case::much_later(200, 60)]
#[tokio::test]
async fn a_platform_that_works_is_left_alone(#[case] age: i64, #[case] pause: i64) {
    let (world, prepared) = after(age, status("IN_PROGRESS")).await;
    let Prepared::Later { again, .. } = prepared else {
        panic!("{prepared:?}");
    };
    assert_eq!(again, world.clock.now() + TimeDelta::seconds(pause));
}

#[tokio::test]
async fn what_was_just_made_may_not_be_there_yet() {
    let missing = || ResponseTemplate::new(400).set_body_json(fault(24, 4_279_009));
    let (_, early) = after(20, missing()).await;
    assert!(matches!(early, Prepared::Later { .. }), "{early:?}");
    let (_, late) = after(90, missing()).await;
    let Prepared::Step(handles) = late else {
        panic!("{late:?}");
    };
    assert_eq!(handles.get("container"), Some("missing 1"));
}

#[rstest]
#[case::expired(30, status("EXPIRED"))]
#[case::endless(700, status("IN_PROGRESS"))]
#[case::download(30, failed("FAILED_DOWNLOADING_VIDEO"))]
#[case::not_told(30, failed("UNKNOWN"))]
#[tokio::test]
async fn a_container_that_comes_to_nothing_is_made_anew(#[case] age: i64, #[case] told: ResponseTemplate) {
    let (world, prepared) = after(age, told).await;
    let Prepared::Step(handles) = prepared else {
        panic!("{prepared:?}");
    };
    world.stand.tells("POST", CONTAINERS, json!({ "id": "32" })).await;
    let Prepared::Step(handles) = world.prepare(&payload("本文"), &handles).await else {
        panic!("no new container");
    };
    let kept = handles.get("container").unwrap();
    assert!(kept.starts_with("working 32 ") && kept.ends_with(" 1"), "{kept}");
}

#[rstest]
#[case::aspect(failed("INVALID_ASPEC_RATIO"), OutcomeClass::RejectedPermanent)]
#[case::processing(failed("FAILED_PROCESSING_VIDEO"), OutcomeClass::RejectedPermanent)]
#[case::published(status("PUBLISHED"), OutcomeClass::RejectedDuplicate)]
#[case::odd(status("SOMETHING"), OutcomeClass::NotSent)]
#[case::html(ResponseTemplate::new(200).set_body_string("<html>"), OutcomeClass::NotSent)]
#[case::internal(ResponseTemplate::new(500), OutcomeClass::RejectedTransient)]
#[case::credential(ResponseTemplate::new(400).set_body_json(fault(190, 0)), OutcomeClass::RejectedReauth)]
#[tokio::test]
async fn a_container_that_is_of_no_use(#[case] told: ResponseTemplate, #[case] class: OutcomeClass) {
    let (_, prepared) = after(30, told).await;
    let Prepared::Refused(outcome) = prepared else {
        panic!("{prepared:?}");
    };
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[tokio::test]
async fn after_three_containers_a_person_is_asked() {
    let world = World::new().await;
    world.stand.says("GET", TOLD, status("EXPIRED")).await;
    let handles = Handles::NONE.with("container", format!("working 31 {} 2", start().timestamp()));
    world.clock.advance(TimeDelta::seconds(30));
    let prepared = world.prepare(&payload("本文"), &handles).await;
    assert!(
        matches!(prepared, Prepared::Refused(Outcome::RejectedPermanent { .. })),
        "{prepared:?}"
    );
}

#[tokio::test]
async fn what_was_ready_long_ago_is_looked_at_again() {
    let world = World::new().await;
    assert_eq!(world.prepare(&payload("本文"), &ready()).await, Prepared::Ready);
    assert!(world.stand.requests().await.is_empty());
    world.clock.advance(TimeDelta::minutes(5));
    world
        .stand
        .tells_once("GET", TOLD, json!({ "status": "FINISHED" }))
        .await;
    assert_eq!(world.prepare(&payload("本文"), &ready()).await, Prepared::Ready);
    world.stand.says("GET", TOLD, status("EXPIRED")).await;
    let gone = world.prepare(&payload("本文"), &ready()).await;
    assert!(matches!(gone, Prepared::Step(_)), "{gone:?}");
}

#[tokio::test]
async fn with_its_container_a_carousels_children_go() {
    let world = World::new().await;
    world.stand.says("GET", TOLD, status("EXPIRED")).await;
    let finished = |id: &str| format!("finished {id} {} 0", start().timestamp());
    let handles = ready()
        .with("child/0", finished("41"))
        .with("child/1", finished("42"));
    world.clock.advance(TimeDelta::seconds(30));
    let Prepared::Step(handles) = world.prepare(&illustrated(2), &handles).await else {
        panic!("no step");
    };
    for name in ["container", "child/0", "child/1"] {
        assert_eq!(handles.get(name), Some("missing 1"), "{name}");
    }
}

#[rstest]
#[case::links(json!({ "error": { "code": -1, "message": "THREADS_API__LINK_LIMIT_EXCEEDED" } }), OutcomeClass::RejectedPermanent)]
#[case::too_long(fault(100, 0), OutcomeClass::RejectedPermanent)]
#[case::passing(fault(2, 0), OutcomeClass::RejectedTransient)]
#[tokio::test]
async fn what_is_said_to_a_new_container(#[case] body: Value, #[case] class: OutcomeClass) {
    let world = World::new().await;
    world
        .stand
        .says("POST", CONTAINERS, ResponseTemplate::new(400).set_body_json(body))
        .await;
    let Prepared::Refused(outcome) = world.prepare(&payload("本文"), &Handles::NONE).await else {
        panic!("not refused");
    };
    assert_eq!(outcome.class(), class, "{outcome:?}");
}
