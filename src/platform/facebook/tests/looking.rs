//! Looking for a post whose publication had no answer.

use serde_json::Value;

use super::*;

const LIST: &str = "/v26.0/7/published_posts";
const TEXT: &str = "断水は\n解消しました";

fn sought(server: &str, pictures: u8) -> Sought {
    let mut payload = payload(TEXT);
    payload.parts[0].media = (0..pictures).map(|n| picture(n, "写真")).collect();
    let name = |n: u8| (format!("photo/{n}"), format!("3{n}"));
    let handles = (0..pictures).map(name);
    Sought {
        instance: server.to_owned(),
        remote_account: "7".to_owned(),
        act: Act::New,
        payload,
        part: 0,
        handles: handles.fold(Handles::NONE, |handles, (name, id)| handles.with(name, id)),
        intended_at: start(),
    }
}

fn post(id: &str, text: &str) -> Value {
    json!({
        "id": id, "message": text, "created_time": "2026-11-24T01:00:02+0000",
        "permalink_url": format!("https://www.facebook.com/7/posts/{id}"), "application": { "id": "77" },
    })
}

async fn look(posts: &[Value], pictures: u8) -> Sighting {
    let world = World::with(application()).await;
    world.stand.tells("GET", LIST, json!({ "data": posts })).await;
    let sought = sought(&world.stand.uri(), pictures);
    let sighting = world.adapter.look(&sought, &world.credential).await;
    assert!(!format!("{sighting:?}").contains("canary"), "{sighting:?}");
    sighting
}

fn why(sighting: Sighting) -> String {
    match sighting {
        Sighting::CannotTell { why } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_out_is_seen() {
    let sighting = look(
        &[post("7_1", "別の投稿"), post("7_2", " 断水は\r\n解消しました ")],
        0,
    )
    .await;
    let expected = RemoteRef {
        id: "7_2".to_owned(),
        url: Some("https://www.facebook.com/7/posts/7_2".to_owned()),
    };
    assert_eq!(sighting, Sighting::Seen(expected));
}

#[tokio::test]
async fn what_is_not_seen_is_not_absent() {
    let mut earlier = post("7_2", TEXT);
    earlier["created_time"] = json!("2026-11-24T00:54:59+0000");
    for posts in [vec![], vec![post("7_1", "別の投稿")], vec![earlier]] {
        assert!(why(look(&posts, 0).await).contains("proves nothing"));
    }
}

#[tokio::test]
async fn what_only_looks_like_it_is_for_a_person() {
    let twice = [post("7_2", TEXT), post("7_3", TEXT)];
    assert!(why(look(&twice, 0).await).contains("several"));
    let mut by_hand = post("7_2", TEXT);
    by_hand["application"] = json!({ "id": "78" });
    assert!(why(look(&[by_hand], 0).await).contains("another program"));
    let mut illustrated = post("7_2", TEXT);
    illustrated["attachments"] = json!({ "data": [{ "media_type": "photo", "target": { "id": "5" } }] });
    assert!(why(look(&[illustrated], 0).await).contains("other pictures"));
}

#[tokio::test]
async fn pictures_are_compared_by_their_ids() {
    let with = |attachment: Value| {
        let mut post = post("7_2", TEXT);
        post["attachments"] = json!({ "data": [attachment] });
        post
    };
    let album = |ids: &[&str]| {
        let targets: Vec<Value> = ids.iter().map(|id| json!({ "target": { "id": id } })).collect();
        json!({ "media_type": "album", "target": { "id": "7_2" }, "subattachments": { "data": targets } })
    };
    let one = json!({ "media_type": "photo", "target": { "id": "30" } });
    assert!(matches!(look(&[with(one)], 1).await, Sighting::Seen(_)));
    assert!(matches!(
        look(&[with(album(&["31", "30"]))], 2).await,
        Sighting::Seen(_)
    ));
    assert!(why(look(&[with(album(&["31", "39"]))], 2).await).contains("other pictures"));
    assert!(why(look(&[post("7_2", TEXT)], 1).await).contains("other pictures"));
}

#[tokio::test]
async fn a_film_is_looked_for_among_the_films() {
    let world = World::new().await;
    let film = json!({ "id": "99", "description": TEXT, "created_time": "2026-11-24T01:00:02+0000", "permalink_url": "/7/videos/99/" });
    world
        .stand
        .tells("GET", "/v26.0/7/videos", json!({ "data": [film] }))
        .await;
    let mut sought = sought(&world.stand.uri(), 1);
    sought.handles = Handles::NONE.with("film", "https://media.city.example.lg.jp/1.mp4");
    let sighting = world.adapter.look(&sought, &world.credential).await;
    let expected = RemoteRef {
        id: "99".to_owned(),
        url: Some("https://www.facebook.com/99".to_owned()),
    };
    assert_eq!(sighting, Sighting::Seen(expected));
}

#[tokio::test]
async fn a_list_that_cannot_be_read_proves_nothing() {
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(400).set_body_json(fault(190, 0)),
    ] {
        let world = World::new().await;
        world.stand.says("GET", LIST, answer).await;
        let sighting = world
            .adapter
            .look(&sought(&world.stand.uri(), 0), &world.credential)
            .await;
        assert!(matches!(sighting, Sighting::CannotTell { .. }), "{sighting:?}");
    }
}
