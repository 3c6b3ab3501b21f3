//! Looking for a note whose publication had no answer.

use rstest::rstest;

use super::*;

fn sought(instance: &str, act: Act, payload: Payload) -> Sought {
    Sought {
        instance: instance.to_owned(),
        remote_account: "9town".to_owned(),
        act,
        payload,
        part: 0,
        handles: Handles::NONE,
        intended_at: start(),
    }
}

fn note(id: &str, at: &str, text: Option<&str>) -> Value {
    json!({ "id": id, "createdAt": at, "text": text, "fileIds": [], "visibility": "public" })
}

async fn look(world: &World, act: Act, payload: Payload) -> Sighting {
    let sought = sought(&world.server.uri(), act, payload);
    let sighting = world.misskey.look(&sought, &world.credential).await;
    assert!(!format!("{sighting:?}").contains(CANARY), "{sighting:?}");
    sighting
}

async fn listing(page: Value) -> World {
    let world = World::new().await;
    let first = wiremock::matchers::body_partial_json(json!({ "userId": "9town", "limit": 100 }));
    Mock::given(path("/api/users/notes"))
        .and(first)
        .respond_with(ResponseTemplate::new(200).set_body_json(page))
        .up_to_n_times(1)
        .mount(&world.server)
        .await;
    world.answers("users/notes", 200, json!([])).await;
    world
}

fn referring(text: &str, id: &str) -> Payload {
    Payload {
        refers_to: Some(id.to_owned()),
        ..payload(text)
    }
}

fn id_of(sighting: Sighting) -> Option<String> {
    match sighting {
        Sighting::Seen(remote) => Some(remote.id),
        Sighting::Absent => None,
        other => panic!("{}", other.why()),
    }
}

fn timeline() -> Value {
    let mut renote = note("9e", "2026-11-24T01:00:05.000Z", None);
    renote["renoteId"] = json!("9other");
    let mut reply = note("9d", "2026-11-24T01:00:04.000Z", Some("返信"));
    reply["replyId"] = json!("9asked");
    let mut quote = note("9c", "2026-11-24T01:00:03.000Z", Some("引用"));
    quote["renoteId"] = json!("9other");
    let post = note("9b", "2026-11-24T01:00:02.000Z", Some("避難所を開設しました"));
    let before = note("9a", "2026-11-24T00:50:00.000Z", Some("前の投稿"));
    json!([renote, reply, quote, post, before])
}

#[rstest]
#[case::post(Act::New, payload("避難所を開設しました"), Some("9b"))]
#[case::trimmed(Act::New, payload("避難所を開設しました\n"), Some("9b"))]
#[case::another(Act::New, payload("避難所を閉鎖しました"), None)]
#[case::before_the_attempt(Act::New, payload("前の投稿"), None)]
#[case::quote_is_no_post(Act::New, payload("引用"), None)]
#[case::quote(Act::Quote, referring("引用", "9other"), Some("9c"))]
#[case::quote_of_another(Act::Quote, referring("引用", "9third"), None)]
#[case::reply(Act::Reply, referring("返信", "9asked"), Some("9d"))]
#[case::reply_to_another(Act::Reply, referring("返信", "9third"), None)]
#[case::renote(Act::Repost, referring("", "9other"), Some("9e"))]
#[case::renote_of_another(Act::Repost, referring("", "9third"), None)]
#[tokio::test]
async fn what_is_out_is_seen_and_what_is_not_is_absent(
    #[case] act: Act,
    #[case] payload: Payload,
    #[case] id: Option<&str>,
) {
    let world = listing(timeline()).await;
    assert_eq!(id_of(look(&world, act, payload).await).as_deref(), id);
}

#[tokio::test]
async fn pictures_belong_to_what_is_recognised() {
    let mut with_files = note("9b", "2026-11-24T01:00:02.000Z", Some("写真"));
    with_files["fileIds"] = json!(["9f0"]);
    let mut sent = payload("写真");
    sent.parts[0].media = vec![picture(1, "海")];
    for (id, seen) in [("9f0", true), ("9f1", false)] {
        let world = listing(json!([with_files])).await;
        let sought = Sought {
            handles: Handles::NONE.with("file/0", id),
            ..sought(&world.server.uri(), Act::New, sent.clone())
        };
        let sighting = world.misskey.look(&sought, &world.credential).await;
        assert_eq!(matches!(sighting, Sighting::Seen(_)), seen);
        assert_eq!(matches!(sighting, Sighting::CannotTell { .. }), !seen);
    }
    let world = listing(json!([])).await;
    assert!(matches!(
        look(&world, Act::New, sent).await,
        Sighting::CannotTell { .. }
    ));
}

#[tokio::test]
async fn an_edited_note_of_that_time_may_have_been_ours() {
    let mut edited = note("9b", "2026-11-24T01:00:02.000Z", Some("直した"));
    edited["updatedAt"] = json!("2026-11-24T01:10:00.000Z");
    let world = listing(json!([edited])).await;
    assert!(matches!(
        look(&world, Act::New, payload("本文")).await,
        Sighting::CannotTell { .. }
    ));
}

#[tokio::test]
async fn a_list_without_an_end_or_an_order_tells_nothing() {
    let world = World::new().await;
    let endless = json!([note("9b", "2026-11-24T02:00:00.000Z", Some("別"))]);
    world.answers("users/notes", 200, endless).await;
    assert!(matches!(
        look(&world, Act::New, payload("本文")).await,
        Sighting::CannotTell { .. }
    ));
    let upside_down = json!([
        note("9a", "2026-11-24T00:00:00.000Z", Some("古")),
        note("9b", "2026-11-24T02:00:00.000Z", Some("新")),
    ]);
    let world = listing(upside_down).await;
    assert!(matches!(
        look(&world, Act::New, payload("本文")).await,
        Sighting::CannotTell { .. }
    ));
}

#[rstest]
#[case(401, json!({ "error": { "code": "AUTHENTICATION_FAILED", "message": CANARY } }))]
#[case(429, json!({}))]
#[case(500, json!({}))]
#[case(200, json!("<html>"))]
#[case(200, json!([{ "id": "../9", "createdAt": "2026-11-24T01:00:02.000Z" }]))]
#[case(200, json!([{ "id": "9", "createdAt": "yesterday" }]))]
#[tokio::test]
async fn a_server_that_cannot_be_read_tells_nothing(#[case] status: u16, #[case] body: Value) {
    let world = World::new().await;
    world.answers("users/notes", status, body).await;
    assert!(matches!(
        look(&world, Act::New, payload("本文")).await,
        Sighting::CannotTell { .. }
    ));
}
