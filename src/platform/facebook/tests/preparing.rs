//! What is done before a post.

use rstest::rstest;
use wiremock::matchers::{body_string_contains, method, path};

use super::*;
use crate::platform::{
    FileError,
    meta::testing::{HTML, file, illustrated},
    testing::Pictures,
};

const PHOTOS: &str = "/v26.0/7/photos";

#[tokio::test]
async fn pictures_are_uploaded_to_nobodys_sight() {
    let world = World::new().await;
    let two = illustrated(2);
    let mut handles = Handles::NONE;
    for n in 0..2 {
        let answer = ResponseTemplate::new(200).set_body_json(json!({ "id": format!("3{n}") }));
        let server = world.stand.server();
        wiremock::Mock::given(method("POST"))
            .and(path(PHOTOS))
            .and(body_string_contains("name=\"published\"\r\n\r\nfalse\r\n"))
            .and(body_string_contains(format!(
                "name=\"alt_text_custom\"\r\n\r\n写真{n}\r\n"
            )))
            .and(body_string_contains("name=\"source\"; filename="))
            .respond_with(answer)
            .expect(1)
            .mount(server)
            .await;
        let Prepared::Step(now) = world.prepare(&two, &handles).await else {
            panic!("no step");
        };
        handles = now;
    }
    assert_eq!(world.prepare(&two, &handles).await, Prepared::Ready);
    assert_eq!(
        (handles.get("photo/0"), handles.get("photo/1")),
        (Some("30"), Some("31"))
    );
}

#[rstest]
#[case::no_id(ResponseTemplate::new(200).set_body_json(json!({ "post_id": "7_1" })), OutcomeClass::NotSent)]
#[case::html(ResponseTemplate::new(200).set_body_string(HTML), OutcomeClass::NotSent)]
#[case::code_1(ResponseTemplate::new(400).set_body_json(fault(1, 0)), OutcomeClass::RejectedTransient)]
#[case::internal(ResponseTemplate::new(500), OutcomeClass::RejectedTransient)]
#[case::throttled(ResponseTemplate::new(400).set_body_json(fault(32, 0)), OutcomeClass::RejectedTransient)]
#[case::picture(ResponseTemplate::new(400).set_body_json(fault(1_366_046, 0)), OutcomeClass::RejectedPermanent)]
#[case::credential(ResponseTemplate::new(400).set_body_json(fault(190, 0)), OutcomeClass::RejectedReauth)]
#[tokio::test]
async fn what_is_said_to_an_upload(#[case] answer: ResponseTemplate, #[case] class: OutcomeClass) {
    let world = World::new().await;
    world.stand.says("POST", PHOTOS, answer).await;
    let prepared = world.prepare(&illustrated(1), &Handles::NONE).await;
    let Prepared::Refused(outcome) = prepared else {
        panic!("{prepared:?}");
    };
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[rstest]
#[case::gif(file("image/gif", 3), OutcomeClass::RejectedPermanent)]
#[case::large(file("image/jpeg", 10_000_001), OutcomeClass::RejectedPermanent)]
#[case::gone(Pictures(Err(FileError::Unusable("gone".to_owned()))), OutcomeClass::RejectedPermanent)]
#[case::busy(Pictures(Err(FileError::Unavailable("busy".to_owned()))), OutcomeClass::NotSent)]
#[tokio::test]
async fn a_picture_that_cannot_be_sent(#[case] files: Pictures, #[case] class: OutcomeClass) {
    let mut world = World::new().await;
    world.files = files;
    let Prepared::Refused(outcome) = world.prepare(&illustrated(1), &Handles::NONE).await else {
        panic!("not refused");
    };
    assert_eq!(outcome.class(), class, "{outcome:?}");
    assert!(world.stand.requests().await.is_empty());
}

#[tokio::test]
async fn a_films_address_is_opened_shortly_before() {
    let mut world = World::new().await;
    world.files = file("video/mp4", 3);
    let film = illustrated(1);
    let Prepared::Step(handles) = world.prepare(&film, &Handles::NONE).await else {
        panic!("no step");
    };
    assert!(
        handles
            .get("film")
            .unwrap()
            .starts_with("https://media.city.example.lg.jp/")
    );
    assert_eq!(world.prepare(&film, &handles).await, Prepared::Ready);
    world.clock.advance(TimeDelta::minutes(5));
    let again = world.prepare(&film, &handles).await;
    assert!(matches!(again, Prepared::Step(_)), "{again:?}");
    let refused = world.prepare(&illustrated(2), &Handles::NONE).await;
    assert!(matches!(
        refused,
        Prepared::Refused(Outcome::RejectedPermanent { .. })
    ));
    assert!(world.stand.requests().await.is_empty());
}
