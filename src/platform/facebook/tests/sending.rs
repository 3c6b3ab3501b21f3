//! Publishing and withdrawing.

use rstest::rstest;
use wiremock::{Mock, MockServer};

use super::*;
use crate::platform::{
    meta::testing::{HTML, unfit},
    testing::{Break, Broken, series},
};

fn created() -> serde_json::Value {
    json!({ "id": "7_12" })
}

#[tokio::test]
async fn a_post_goes_out_in_the_configured_version() {
    let world = World::new().await;
    world.stand.tells("POST", POSTS, created()).await;
    let outcome = world.send(&payload("避難所を開設しました"), &Handles::NONE).await;
    let expected = RemoteRef {
        id: "7_12".to_owned(),
        url: Some("https://www.facebook.com/7_12".to_owned()),
    };
    assert_eq!(outcome, Outcome::Published(expected));
    let forms = world.stand.forms(POSTS).await;
    assert_eq!(forms, [map(&[("message", "避難所を開設しました")])]);
}

#[tokio::test]
async fn with_an_application_a_call_proves_that_it_is_ours() {
    let world = World::with(application()).await;
    world.stand.tells("POST", POSTS, created()).await;
    world.send(&payload("本文"), &Handles::NONE).await;
    // HMAC-SHA256 of the credential under the application's secret, by another implementation.
    let proof = "556f0fd4185b3f63073348a8c39eb01c37faeb92903ca005bdaa70aba55ab8f3";
    let forms = world.stand.forms(POSTS).await;
    assert_eq!(forms, [map(&[("message", "本文"), ("appsecret_proof", proof)])]);
}

#[tokio::test]
async fn pictures_go_along_by_their_ids() {
    let world = World::new().await;
    world.stand.tells("POST", POSTS, created()).await;
    let mut two = payload("写真");
    two.parts[0].media = vec![picture(1, "海"), picture(2, "山")];
    let one = Handles::NONE.with("photo/0", "31");
    assert_eq!(world.send(&two, &one).await.class(), OutcomeClass::NotSent);
    assert!(world.stand.requests().await.is_empty());
    let both = one.with("photo/1", "32");
    assert_eq!(world.send(&two, &both).await.class(), OutcomeClass::Published);
    let expected = map(&[
        ("message", "写真"),
        ("attached_media[0]", r#"{"media_fbid":"31"}"#),
        ("attached_media[1]", r#"{"media_fbid":"32"}"#),
    ]);
    assert_eq!(world.stand.forms(POSTS).await, [expected]);
}

#[tokio::test]
async fn a_film_is_fetched_from_its_address() {
    let world = World::new().await;
    let videos = "/v26.0/7/videos";
    world.stand.tells("POST", videos, json!({ "id": "99" })).await;
    let mut film = payload("動画");
    film.parts[0].media = vec![picture(1, "給水車の列")];
    let handles = Handles::NONE.with("film", "https://media.city.example.lg.jp/1.mp4");
    let outcome = world.send(&film, &handles).await;
    assert!(matches!(outcome, Outcome::Published(remote) if remote.id == "99"));
    let expected = map(&[
        ("description", "動画"),
        ("file_url", "https://media.city.example.lg.jp/1.mp4"),
    ]);
    assert_eq!(world.stand.forms(videos).await, [expected]);
}

#[tokio::test]
async fn what_the_platform_is_not_sent() {
    let world = World::new().await;
    let handles = Handles::NONE.with("photo/0", "31");
    for payload in unfit().into_iter().chain([series(&["一", "二"])]) {
        let outcome = world.send(&payload, &handles).await;
        assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent, "{payload:?}");
    }
    for act in [Act::Reply, Act::Repost, Act::Quote] {
        let server = world.stand.uri();
        let outcome = world
            .send_to(&server, act, &payload("本文"), &Handles::NONE)
            .await;
        assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent, "{act}");
    }
    assert!(world.stand.requests().await.is_empty());
}

#[rstest]
#[case::code_1(ResponseTemplate::new(400).set_body_json(fault(1, 0)), OutcomeClass::Unknown)]
#[case::html(ResponseTemplate::new(200).set_body_string(HTML), OutcomeClass::Unknown)]
#[case::internal(ResponseTemplate::new(500), OutcomeClass::Unknown)]
#[case::limited(ResponseTemplate::new(429), OutcomeClass::RejectedTransient)]
#[case::same_post(ResponseTemplate::new(400).set_body_json(fault(506, 0)), OutcomeClass::RejectedDuplicate)]
#[case::credential(ResponseTemplate::new(400).set_body_json(fault(190, 460)), OutcomeClass::RejectedReauth)]
#[tokio::test]
async fn an_answer_is_what_the_table_says(#[case] answer: ResponseTemplate, #[case] class: OutcomeClass) {
    let world = World::new().await;
    world.stand.says("POST", POSTS, answer).await;
    let outcome = world.send(&payload("本文"), &Handles::NONE).await;
    assert_eq!(outcome.class(), class, "{outcome:?}");
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
#[case::half(Break::HalfAnswer(r#"{"id":"7_12"}"#))]
#[case::drip(Break::Drip(r#"{"id":"7_12"}"#))]
#[tokio::test]
async fn a_server_that_breaks_off_leaves_a_doubt(#[case] fault: Break) {
    let (mut world, broken) = (World::new().await, Broken::start(fault).await);
    world.adapter.graph.caller.longest = Duration::from_millis(500);
    let outcome = world
        .send_to(broken.uri(), Act::New, &payload("本文"), &Handles::NONE)
        .await;
    assert_eq!(outcome.class(), OutcomeClass::Unknown, "{outcome:?}");
    assert_eq!(broken.requests(), 1, "one request, whatever happens");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_a_credential() {
    let (world, elsewhere) = (World::new().await, MockServer::start().await);
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_json(created()))
        .mount(&elsewhere)
        .await;
    let answer = ResponseTemplate::new(307).insert_header("location", elsewhere.uri().as_str());
    world.stand.says("POST", POSTS, answer).await;
    let outcome = world.send(&payload("本文"), &Handles::NONE).await;
    assert_eq!(outcome.class(), OutcomeClass::Unknown);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn after_its_time_nothing_is_sent() {
    let world = World::new().await;
    world.clock.advance(TimeDelta::minutes(1));
    let outcome = world.send(&payload("本文"), &Handles::NONE).await;
    assert_eq!(outcome.class(), OutcomeClass::NotSent);
    assert!(world.stand.requests().await.is_empty());
}

#[tokio::test]
async fn a_withdrawal_names_the_post() {
    let world = World::with(application()).await;
    world
        .stand
        .tells("DELETE", "/v26.0/7_12", json!({ "success": true }))
        .await;
    let server = world.stand.uri();
    let removal = Removal {
        instance: &server,
        remote_id: "7_12",
        send_by: start() + TimeDelta::minutes(1),
    };
    let remove = async |removal: &Removal<'_>| {
        let reply = world.adapter.graph.remove(removal, &world.credential).await;
        reply.outcome.class()
    };
    assert_eq!(remove(&removal).await, OutcomeClass::Published);
    let request = &world.stand.requests().await[0];
    assert!(!request.url.as_str().contains("canary"));
    assert!(request.url.query().unwrap().starts_with("appsecret_proof="));
    let odd = Removal {
        remote_id: "7_12/comments",
        ..removal
    };
    assert_eq!(remove(&odd).await, OutcomeClass::RejectedPermanent);
    assert_eq!(world.stand.requests().await.len(), 1);
}
