//! Putting other words in place of those of a post of ours.

use rstest::rstest;
use serde_json::Value;

use super::*;
use crate::{
    domain::revision::LinkCard,
    platform::{
        meta::testing::HTML,
        testing::{Break, Broken, series},
    },
};

const POST: &str = "/v26.0/7_12";
const FILM: &str = "/v26.0/99";
const TEXT: &str = "給水は午後9時からです。(時刻を訂正しました)";

fn correcting(id: &str, text: &str) -> Payload {
    Payload {
        refers_to: Some(id.to_owned()),
        ..payload(text)
    }
}

async fn edit(world: &World, payload: &Payload) -> Outcome {
    let server = world.stand.uri();
    world
        .send_to(&server, Act::Correct, payload, &Handles::NONE)
        .await
}

#[rstest]
#[case::post("7_12", POST, "message")]
#[case::film("99", FILM, "description")]
#[tokio::test]
async fn an_edit_names_the_post_and_its_words(#[case] id: &str, #[case] at: &str, #[case] name: &str) {
    let world = World::new().await;
    world.stand.tells("POST", at, json!({ "success": true })).await;
    let expected = RemoteRef {
        id: id.to_owned(),
        url: Some(format!("https://www.facebook.com/{id}")),
    };
    assert_eq!(
        edit(&world, &correcting(id, TEXT)).await,
        Outcome::Published(expected)
    );
    assert_eq!(world.stand.forms(at).await, [map(&[(name, TEXT)])]);
}

#[tokio::test]
async fn pictures_stay_and_are_not_uploaded_again() {
    let world = World::with(application()).await;
    world.stand.tells("POST", POST, json!({ "success": true })).await;
    let mut correction = correcting("7_12", TEXT);
    correction.parts[0].media = vec![picture(1, "海")];
    let prepared = world
        .prepare_part(Act::Correct, &correction, (0, None), &Handles::NONE)
        .await;
    assert_eq!(prepared, Prepared::Ready);
    let outcome = edit(&world, &correction).await;
    assert_eq!(outcome.class(), OutcomeClass::Published);
    let forms = world.stand.forms(POST).await;
    let names: Vec<&str> = forms[0].keys().map(String::as_str).collect();
    assert_eq!(forms.len(), 1);
    assert!(
        names
            .iter()
            .all(|name| ["message", "appsecret_proof"].contains(name)),
        "{names:?}"
    );
}

#[rstest]
#[case::done(200, json!({ "success": true }), OutcomeClass::Published)]
#[case::not_done(200, json!({ "success": false }), OutcomeClass::Unknown)]
#[case::only_an_id(200, json!({ "id": "7_12" }), OutcomeClass::Unknown)]
#[case::html(200, json!(HTML), OutcomeClass::Unknown)]
#[case::internal(500, json!({}), OutcomeClass::Unknown)]
#[case::code_1(400, fault(1, 0), OutcomeClass::Unknown)]
#[case::not_made_by_us(400, fault(200, 0), OutcomeClass::RejectedPermanent)]
#[case::gone(400, fault(100, 33), OutcomeClass::RejectedPermanent)]
#[case::credential(400, fault(190, 460), OutcomeClass::RejectedReauth)]
#[case::throttled(400, fault(32, 0), OutcomeClass::RejectedTransient)]
#[case::limited(429, json!({}), OutcomeClass::RejectedTransient)]
#[case::the_same_already(400, fault(506, 0), OutcomeClass::RejectedDuplicate)]
#[tokio::test]
async fn an_answer_is_what_the_table_says(
    #[case] status: u16,
    #[case] body: Value,
    #[case] class: OutcomeClass,
) {
    let world = World::new().await;
    world
        .stand
        .says("POST", POST, ResponseTemplate::new(status).set_body_json(body))
        .await;
    let outcome = edit(&world, &correcting("7_12", TEXT)).await;
    assert_eq!(outcome.class(), class, "{outcome:?}");
    assert_eq!(
        world.stand.requests().await.len(),
        1,
        "one request, whatever happens"
    );
}

#[rstest]
#[case::cut_after(Break::CutAfter)]
#[case::half(Break::HalfAnswer(r#"{"success":true}"#))]
#[tokio::test]
async fn a_server_that_breaks_off_leaves_a_doubt(#[case] fault: Break) {
    let (mut world, broken) = (World::new().await, Broken::start(fault).await);
    world.adapter.graph.caller.longest = Duration::from_millis(500);
    let correction = correcting("7_12", TEXT);
    let outcome = world
        .send_to(broken.uri(), Act::Correct, &correction, &Handles::NONE)
        .await;
    assert_eq!(outcome.class(), OutcomeClass::Unknown, "{outcome:?}");
    assert_eq!(broken.requests(), 1, "one request, whatever happens");
}

#[tokio::test]
async fn nothing_that_cannot_be_said_is_sent() {
    let world = World::new().await;
    let series = Payload {
        refers_to: Some("7_12".to_owned()),
        ..series(&["一", "二"])
    };
    let mut without_words = correcting("7_12", " ");
    without_words.parts[0].media = vec![picture(1, "海")];
    let mut with_card = correcting("7_12", TEXT);
    with_card.parts[0].link_card = Some(LinkCard {
        uri: "https://www.city.example.lg.jp/".to_owned(),
        title: "市".to_owned(),
        description: String::new(),
    });
    for payload in [
        payload(TEXT),
        correcting("7_12/comments", TEXT),
        series,
        without_words,
        with_card,
    ] {
        let outcome = edit(&world, &payload).await;
        assert_eq!(outcome.class(), OutcomeClass::RejectedPermanent, "{payload:?}");
    }
    assert!(world.stand.requests().await.is_empty());
}

async fn look(world: &World, id: &str) -> Sighting {
    let sought = Sought {
        instance: world.stand.uri(),
        remote_account: "7".to_owned(),
        act: Act::Correct,
        payload: correcting(id, TEXT),
        part: 0,
        handles: Handles::NONE,
        intended_at: start(),
    };
    world.adapter.look(&sought, &world.credential).await
}

fn word(sighting: &Sighting) -> &str {
    match sighting {
        Sighting::Seen(remote) => &remote.id,
        Sighting::Absent => "absent",
        Sighting::CannotTell { .. } => "?",
        Sighting::Underway { .. } | Sighting::FellThrough { .. } => "of another platform",
    }
}

const WRONG: &str = "給水は午前9時からです。";

/// Clocks differ by up to five minutes.
#[rstest]
#[case::edited(TEXT, Some("2026-11-24T01:00:02+0000"), "7_12")]
#[case::says_so_for_long(TEXT, Some("2026-11-20T01:00:02+0000"), "7_12")]
#[case::untouched(WRONG, Some("2026-11-24T00:54:59+0000"), "absent")]
#[case::touched_since(WRONG, Some("2026-11-24T01:00:02+0000"), "?")]
#[case::nobody_tells_when(WRONG, None, "?")]
#[case::odd_time(WRONG, Some("yesterday"), "?")]
#[tokio::test]
async fn what_stands_there_is_read(
    #[case] text: &str,
    #[case] changed: Option<&str>,
    #[case] expected: &str,
) {
    let world = World::new().await;
    let post = json!({
        "id": "7_12", "message": text, "created_time": "2026-11-20T01:00:02+0000", "updated_time": changed,
    });
    world.stand.tells("GET", POST, post).await;
    let sighting = look(&world, "7_12").await;
    assert_eq!(word(&sighting), expected, "{sighting:?}");
    let asked = &world.stand.requests().await[0];
    assert!(asked.url.query().unwrap().contains("message"), "{}", asked.url);
}

#[tokio::test]
async fn of_a_film_its_description_is_read() {
    let world = World::new().await;
    let film = json!({ "id": "99", "description": TEXT, "created_time": "2026-11-20T01:00:02+0000", "permalink_url": "/7/videos/99/" });
    world.stand.tells("GET", FILM, film).await;
    assert_eq!(word(&look(&world, "99").await), "99");
}

#[rstest]
#[case::another_post(200, json!({ "id": "7_13", "message": TEXT, "created_time": "2026-11-20T01:00:02+0000" }))]
#[case::gone_or_forbidden(400, fault(100, 33))]
#[case::internal(500, json!({}))]
#[case::foreign(200, json!([]))]
#[tokio::test]
async fn what_cannot_be_read_proves_nothing(#[case] status: u16, #[case] body: Value) {
    let world = World::new().await;
    world
        .stand
        .says("GET", POST, ResponseTemplate::new(status).set_body_json(body))
        .await;
    let sighting = look(&world, "7_12").await;
    assert_eq!(word(&sighting), "?", "{sighting:?}");
}
