//! Looking for a record under the key that was chosen.

use rstest::rstest;

use super::*;

const KEY: &str = "3mbd3542k2222";

fn sought(pds: &str) -> Sought {
    Sought {
        instance: "https://entryway.example.jp".to_owned(),
        remote_account: TOWN.to_owned(),
        act: Act::New,
        payload: payload("避難所を開設しました"),
        part: 0,
        handles: ready_text(pds),
        intended_at: start(),
    }
}

async fn look(world: &World, sought: &Sought) -> Sighting {
    let sighting = world.bluesky.look(sought, &world.credential).await;
    assert!(!format!("{sighting:?}").contains(CANARY));
    sighting
}

#[tokio::test]
async fn it_is_there_or_it_is_not() {
    let world = World::new().await;
    let said = |text: &str| Some(json!({ "text": text, "createdAt": "2026-11-24T01:00:00.123Z" }));
    world.has(TOWN, POSTS, KEY, said("避難所を開設しました")).await;
    let sought_here = sought(&world.pds.uri());
    let Sighting::Seen(remote) = look(&world, &sought_here).await else {
        panic!("not seen");
    };
    assert_eq!(remote.id, format!("at://{TOWN}/app.bsky.feed.post/{KEY}"));
    assert_eq!(
        remote.url.unwrap(),
        format!("https://bsky.app/profile/{TOWN}/post/{KEY}")
    );
    // What is asked in public carries no credential.
    let requests = world.pds.received_requests().await.unwrap();
    assert!(
        requests
            .iter()
            .all(|request| !request.headers.contains_key("authorization"))
    );

    let changed = Sought {
        payload: payload("別の本文"),
        ..sought(&world.pds.uri())
    };
    assert!(matches!(
        look(&world, &changed).await,
        Sighting::CannotTell { .. }
    ));

    let empty = World::new().await;
    empty.has(TOWN, POSTS, KEY, None).await;
    assert_eq!(look(&empty, &sought(&empty.pds.uri())).await, Sighting::Absent);
}

#[tokio::test]
async fn what_was_passed_on_is_seen_by_its_subject() {
    use super::super::{ready::With as _, record::StrongRef};
    let world = World::new().await;
    let subject = StrongRef {
        uri: format!("at://{NEIGHBOUR}/app.bsky.feed.post/one"),
        cid: "cid-of-one".to_owned(),
    };
    let record = json!({ "subject": subject, "createdAt": "2026-11-24T01:00:00.123Z" });
    world.has(TOWN, REPOSTS, KEY, Some(record)).await;
    let reposted = Sought {
        act: Act::Repost,
        payload: payload(""),
        handles: ready_text(&world.pds.uri()).with_subject(&subject),
        ..sought("")
    };
    let Sighting::Seen(remote) = look(&world, &reposted).await else {
        panic!("not seen");
    };
    assert_eq!(remote.url, None);
    let other = Sought {
        handles: ready_text(&world.pds.uri()),
        ..reposted
    };
    assert!(matches!(look(&world, &other).await, Sighting::CannotTell { .. }));
}

#[rstest]
#[case::not_indexed(400, json!({ "error": "InvalidRequest", "message": "Could not locate record: at://…" }))]
#[case::other_error(400, json!({ "error": "InvalidRequest", "message": "no" }))]
#[case::not_found(404, json!({ "error": "RecordNotFound" }))]
#[case::internal(500, json!({ "error": "InternalServerError" }))]
#[case::html(200, json!("<html>"))]
#[case::redirect(302, json!({}))]
#[case::limited(429, json!({ "error": "RateLimitExceeded" }))]
#[tokio::test]
async fn a_server_that_does_not_say_clearly_tells_nothing(#[case] status: u16, #[case] body: Value) {
    let world = World::new().await;
    world
        .answers("GET", "com.atproto.repo.getRecord", status, body)
        .await;
    let sighting = look(&world, &sought(&world.pds.uri())).await;
    assert!(matches!(sighting, Sighting::CannotTell { .. }), "{sighting:?}");
}

#[tokio::test]
async fn without_a_key_or_an_account_nothing_is_asked() {
    let world = World::new().await;
    let keyless = Sought {
        handles: Handles::NONE,
        ..sought(&world.pds.uri())
    };
    let odd = Sought {
        remote_account: "../town".to_owned(),
        ..sought(&world.pds.uri())
    };
    for sought in [keyless, odd] {
        assert!(matches!(look(&world, &sought).await, Sighting::CannotTell { .. }));
    }
    assert!(world.pds.received_requests().await.unwrap().is_empty());
}
