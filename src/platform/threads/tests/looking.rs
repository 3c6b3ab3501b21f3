//! Looking for a post whose publication had no answer: what its container and the list say together.

use rstest::rstest;

use super::*;

const TEXT: &str = "断水は解消しました";

fn sought(server: &str) -> Sought {
    Sought {
        instance: server.to_owned(),
        remote_account: "7".to_owned(),
        act: Act::New,
        payload: payload(TEXT),
        part: 0,
        handles: ready(),
        intended_at: start(),
    }
}

fn post(id: &str, text: &str, at: &str) -> Value {
    json!({
        "id": id, "text": text, "timestamp": at, "media_type": "TEXT_POST",
        "permalink": format!("https://www.threads.net/@example/post/{id}"),
    })
}

fn ours(id: &str) -> Value {
    post(id, TEXT, "2026-11-24T01:00:02+0000")
}

async fn world(state: Option<&str>, posts: &[Value]) -> World {
    let world = World::new().await;
    match state {
        Some(state) => {
            world
                .stand
                .tells("GET", "/v1.0/31", json!({ "status": state }))
                .await
        }
        None => {
            world
                .stand
                .says("GET", "/v1.0/31", ResponseTemplate::new(500))
                .await
        }
    }
    world
        .stand
        .tells("GET", CONTAINERS, json!({ "data": posts }))
        .await;
    world
}

async fn look(world: &World, minutes: i64) -> Sighting {
    world.clock.set(start() + TimeDelta::minutes(minutes));
    let sighting = world
        .adapter
        .look(&sought(&world.stand.uri()), &world.credential)
        .await;
    assert!(!format!("{sighting:?}").contains("canary"), "{sighting:?}");
    sighting
}

fn word(sighting: &Sighting) -> &str {
    match sighting {
        Sighting::Seen(remote) => &remote.id,
        Sighting::Absent => "absent",
        _ => "?",
    }
}

#[rstest]
#[case::published(Some("PUBLISHED"), vec![ours("98")], 1, "98")]
#[case::container_is_silent(None, vec![ours("98")], 1, "98")]
#[case::container_is_gone(Some("EXPIRED"), vec![ours("98")], 1, "98")]
#[case::not_listed_yet(Some("PUBLISHED"), vec![], 9, "?")]
#[case::nobody_tells(None, vec![], 9, "?")]
#[case::gone_and_not_listed(Some("EXPIRED"), vec![], 9, "?")]
#[case::too_early(Some("FINISHED"), vec![], 4, "?")]
#[case::not_published(Some("FINISHED"), vec![post("97", "別の投稿", "2026-11-24T01:00:02+0000")], 5, "absent")]
#[case::somebody_elses(Some("FINISHED"), vec![ours("98")], 9, "?")]
#[case::twice(Some("PUBLISHED"), vec![ours("99"), ours("98")], 9, "?")]
#[case::earlier(Some("PUBLISHED"), vec![post("97", TEXT, "2026-11-24T00:57:59+0000")], 9, "?")]
#[tokio::test]
async fn what_is_seen(
    #[case] state: Option<&str>,
    #[case] posts: Vec<Value>,
    #[case] minutes: i64,
    #[case] expected: &str,
) {
    let sighting = look(&world(state, &posts).await, minutes).await;
    assert_eq!(word(&sighting), expected, "{sighting:?}");
}

#[tokio::test]
async fn where_it_is_read_is_told() {
    let sighting = look(&world(Some("PUBLISHED"), &[ours("98")]).await, 1).await;
    let expected = RemoteRef {
        id: "98".to_owned(),
        url: Some("https://www.threads.net/@example/post/98".to_owned()),
    };
    assert_eq!(sighting, Sighting::Seen(expected));
}

#[tokio::test]
async fn other_pictures_are_another_post() {
    let mut illustrated = ours("98");
    illustrated["media_type"] = json!("IMAGE");
    let sighting = look(&world(Some("PUBLISHED"), &[illustrated]).await, 9).await;
    assert_eq!(word(&sighting), "?");
}

#[rstest]
#[case::odd_order(json!({ "data": [post("1", "a", "2026-11-24T01:00:02+0000"), post("2", "b", "2026-11-24T01:00:03+0000")] }))]
#[case::odd_id(json!({ "data": [post("../1", "a", "2026-11-24T01:00:02+0000")] }))]
#[case::odd_time(json!({ "data": [post("1", "a", "yesterday")] }))]
#[case::more_but_where(json!({ "data": [], "paging": { "next": "https://evil.example/" } }))]
#[case::always_more(json!({ "data": [], "paging": { "cursors": { "after": "a" }, "next": "https://evil.example/" } }))]
#[case::html(json!("<html>"))]
#[tokio::test]
async fn a_list_that_makes_no_sense_proves_nothing(#[case] list: Value) {
    let world = World::new().await;
    world
        .stand
        .tells("GET", "/v1.0/31", json!({ "status": "FINISHED" }))
        .await;
    world.stand.tells("GET", CONTAINERS, list).await;
    assert_eq!(word(&look(&world, 9).await), "?");
}

#[tokio::test]
async fn answers_stand_in_a_list_of_their_own() {
    let world = World::new().await;
    world
        .stand
        .tells("GET", "/v1.0/31", json!({ "status": "PUBLISHED" }))
        .await;
    world
        .stand
        .tells("GET", "/v1.0/7/replies", json!({ "data": [ours("98")] }))
        .await;
    let part = Sought {
        payload: series(&["一", TEXT]),
        part: 1,
        ..sought(&world.stand.uri())
    };
    let sighting = world.adapter.look(&part, &world.credential).await;
    assert_eq!(word(&sighting), "98", "{sighting:?}");
}
