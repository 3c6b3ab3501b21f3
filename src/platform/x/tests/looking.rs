//! Looking for a post whose publication had no answer; and whose credential it is.

use serde_json::{Value, json};
use wiremock::matchers::{query_param, query_param_is_missing};

use super::*;
use crate::domain::attempt::RemoteRef;

const LIST: &str = "/2/users/7/tweets";
const TEXT: &str = "避難所を開設しました https://www.city.example.lg.jp/";

fn intended_at() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn sought(server: &str, act: Act, text: &str, refers_to: Option<&str>) -> Sought {
    Sought {
        instance: server.to_owned(),
        remote_account: "7".to_owned(),
        act,
        payload: Payload {
            refers_to: refers_to.map(str::to_owned),
            ..payload(text)
        },
        part: 0,
        handles: Handles::NONE,
        intended_at: intended_at(),
    }
}

fn listed(id: &str, text: &str) -> Value {
    json!({ "id": id, "created_at": "2026-11-21T10:00:01.000Z", "text": text, "edit_history_tweet_ids": [id] })
}

fn page(posts: &[Value]) -> Value {
    json!({ "data": posts, "meta": { "result_count": posts.len() } })
}

async fn listing(body: Value) -> World {
    World::answers("GET", LIST, ResponseTemplate::new(200).set_body_json(body)).await
}

/// Looks so many minutes after the attempt.
async fn look(world: &World, sought: &Sought, minutes: i64) -> Sighting {
    let clock = ManualClock::new(intended_at() + TimeDelta::minutes(minutes));
    let x = adapter_at(Arc::new(clock), settings::Settings::default().x);
    let sighting = x.look(sought, &world.credential).await;
    assert!(!format!("{sighting:?}").contains("canary"), "{sighting:?}");
    sighting
}

fn seen(sighting: &Sighting) -> Option<&str> {
    match sighting {
        Sighting::Seen(RemoteRef { id, .. }) => Some(id),
        _ => None,
    }
}

fn cannot_tell(sighting: &Sighting) -> bool {
    matches!(sighting, Sighting::CannotTell { .. })
}

#[tokio::test]
async fn what_is_out_is_seen_behind_its_short_links() {
    let mut post = listed("12", "避難所を開設しました https://t.co/abc");
    post["entities"] =
        json!({ "urls": [{ "url": "https://t.co/abc", "expanded_url": "https://www.city.example.lg.jp/" }] });
    let world = listing(page(&[listed("13", "別の投稿"), post])).await;
    let server = world.server.uri();
    let found = look(&world, &sought(&server, Act::New, TEXT, None), 1).await;
    assert_eq!(seen(&found), Some("12"), "{found:?}");
    let request = &world.server.received_requests().await.unwrap()[0];
    let asked: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    let has = |name: &str, value: &str| asked.contains(&(name.to_owned(), value.to_owned()));
    assert!(
        has("exclude", "retweets") && has("start_time", "2026-11-21T09:55:00Z"),
        "{asked:?}"
    );
    assert!(
        has("tweet.fields", "created_at,entities,referenced_tweets"),
        "{asked:?}"
    );
}

#[tokio::test]
async fn what_is_not_there_is_absent_once_lists_have_settled() {
    let world = listing(page(&[listed("13", "別の投稿")])).await;
    let sought = sought(&world.server.uri(), Act::New, TEXT, None);
    assert!(cannot_tell(&look(&world, &sought, 4).await));
    assert_eq!(look(&world, &sought, 5).await, Sighting::Absent);
    // An older post with the same text is another one.
    let mut old = listed("12", TEXT);
    old["created_at"] = json!("2026-11-21T09:54:59.000Z");
    let world = listing(page(&[old])).await;
    let sought = Sought {
        instance: world.server.uri(),
        ..sought
    };
    assert_eq!(look(&world, &sought, 5).await, Sighting::Absent);
}

#[tokio::test]
async fn all_pages_are_read() {
    let world = World::new().await;
    let first =
        json!({ "data": [listed("13", "別の投稿")], "meta": { "result_count": 1, "next_token": "n2" } });
    Mock::given(path(LIST))
        .and(query_param_is_missing("pagination_token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .mount(&world.server)
        .await;
    Mock::given(path(LIST))
        .and(query_param("pagination_token", "n2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page(&[listed("12", "本文")])))
        .mount(&world.server)
        .await;
    let found = look(&world, &sought(&world.server.uri(), Act::New, "本文", None), 5).await;
    assert_eq!(seen(&found), Some("12"), "{found:?}");
}

#[tokio::test]
async fn a_list_that_is_not_whole_tells_nothing() {
    let endless = json!({ "data": [], "meta": { "result_count": 0, "next_token": "n" } });
    let partly = json!({ "data": [], "meta": { "result_count": 0 }, "errors": [{ "title": "a" }] });
    let odd_count = json!({ "data": [], "meta": { "result_count": 3 } });
    let odd_id = page(&[listed("../1", "別の投稿")]);
    let without_end = json!({ "data": [] });
    for body in [endless, partly, odd_count, odd_id, without_end] {
        let world = listing(body.clone()).await;
        let found = look(&world, &sought(&world.server.uri(), Act::New, "本文", None), 60).await;
        assert!(cannot_tell(&found), "{body}: {found:?}");
    }
    for status in [401, 403, 404, 429, 500, 302] {
        let world = World::answers("GET", LIST, ResponseTemplate::new(status)).await;
        let found = look(&world, &sought(&world.server.uri(), Act::New, "本文", None), 60).await;
        assert!(cannot_tell(&found), "{status}: {found:?}");
    }
    let world = World::answers("GET", LIST, ResponseTemplate::new(200).set_body_string(HTML)).await;
    let found = look(&world, &sought(&world.server.uri(), Act::New, "本文", None), 60).await;
    assert!(cannot_tell(&found), "{found:?}");
}

#[tokio::test]
async fn an_edited_post_and_one_with_other_links_may_be_ours() {
    let mut edited = listed("12", "直しました");
    edited["edit_history_tweet_ids"] = json!(["11", "12"]);
    let mut other = listed("12", "避難所を開設しました https://t.co/abc");
    other["entities"] =
        json!({ "urls": [{ "url": "https://t.co/abc", "expanded_url": "https://other.example.jp/" }] });
    for post in [edited, other] {
        let world = listing(page(&[post])).await;
        let found = look(&world, &sought(&world.server.uri(), Act::New, TEXT, None), 60).await;
        assert!(cannot_tell(&found), "{found:?}");
    }
}

#[tokio::test]
async fn answers_quotes_and_reposts_are_known_by_what_they_refer_to() {
    let refers = |kind: &str, text: &str| {
        let mut post = listed("12", text);
        post["referenced_tweets"] = json!([{ "type": kind, "id": "99" }]);
        post
    };
    let cases = [
        (
            Act::Reply,
            "replied_to",
            "@citizen お答えします",
            "お答えします",
            "12",
        ),
        (Act::Quote, "quoted", "引用します", "引用します", "12"),
        (Act::Repost, "retweeted", "RT @pref: 本文", "", "repost:7:99"),
    ];
    for (act, kind, shown, ours, id) in cases {
        let world = listing(page(&[refers(kind, shown)])).await;
        let server = world.server.uri();
        let found = look(&world, &sought(&server, act, ours, Some("99")), 60).await;
        assert_eq!(seen(&found), Some(id), "{act}: {found:?}");
        let other = look(&world, &sought(&server, act, ours, Some("98")), 60).await;
        assert_eq!(other, Sighting::Absent, "{act}");
    }
}

#[tokio::test]
async fn whose_credential_it_is() {
    let body = json!({ "data": { "id": "7", "name": "例市", "username": "example_city" } });
    let world = World::answers(
        "GET",
        "/2/users/me",
        ResponseTemplate::new(200).set_body_json(body),
    )
    .await;
    let server = world.server.uri();
    let own = world.x.whoami(&server, &world.credential).await.unwrap();
    assert_eq!((own.id.as_str(), own.handle.as_str()), ("7", "example_city"));
    let facts = world.x.facts(&server, Some(&world.credential)).await.unwrap();
    assert_eq!(
        (facts.limits.max_characters, facts.keys),
        (280, KeySupport::NotHonoured)
    );

    let refused = World::answers("GET", "/2/users/me", ResponseTemplate::new(401)).await;
    let error = refused.x.whoami(&refused.server.uri(), &refused.credential).await;
    assert!(matches!(error, Err(AskError::Unauthorised(_))), "{error:?}");
}
