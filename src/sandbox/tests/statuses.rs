use std::time::Duration;

use super::super::{Done, RateLimit};
use super::*;

#[tokio::test]
async fn a_status_can_be_published_read_and_deleted() {
    let world = World::new().await;
    let status = world.published(" 一行目\n二行目 <b> ", None).await;
    assert_eq!(status["content"], "<p>一行目<br />二行目 &lt;b&gt;</p>");
    assert_eq!(status["visibility"], "public");
    assert_eq!(status["language"], "ja");
    let created_at = status["created_at"].as_str().unwrap();
    assert_eq!(created_at.len(), "2026-01-02T03:04:05.678Z".len());
    assert!(created_at.ends_with('Z'));

    let id = status["id"].as_str().unwrap();
    let path = format!("/api/v1/statuses/{id}");
    let public = world.get(&path).send().await.unwrap();
    assert_eq!(public.json::<Value>().await.unwrap(), status);
    let source = world.json(&format!("{path}/source")).await;
    assert_eq!(source["text"], "一行目\n二行目 <b>");

    let delete = |token: &str| world.client.delete(world.url(&path)).bearer_auth(token);
    let foreign = delete("village-token").send().await.unwrap();
    assert_eq!(foreign.status(), 404);
    let deleted: Value = delete(TOKEN).send().await.unwrap().json().await.unwrap();
    assert_eq!(deleted["text"], "一行目\n二行目 <b>");
    assert!(deleted.get("content").is_none());
    let again = refusal(delete(TOKEN).send().await.unwrap()).await;
    assert_eq!(again, (404, "Record not found".to_owned()));
    assert_eq!(world.get(&path).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn an_edit_keeps_the_id_and_tells_its_history() {
    let world = World::new().await;
    let status = world.published("午前9時から", None).await;
    assert_eq!(status["edited_at"], Value::Null);
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    let put = async |token: &str, text: &str| {
        let request = world.client.put(world.url(&path)).bearer_auth(token);
        request.json(&json!({ "status": text })).send().await.unwrap()
    };
    assert_eq!(put("village-token", "乗っ取り").await.status(), 404);
    assert_eq!(put(TOKEN, " ").await.status(), 422);
    let edited: Value = put(TOKEN, "午後9時から").await.json().await.unwrap();
    assert_eq!(
        (&edited["id"], &edited["created_at"]),
        (&status["id"], &status["created_at"])
    );
    assert_eq!(edited["content"], "<p>午後9時から</p>");
    assert!(edited["edited_at"].is_string());
    let history = world.json(&format!("{path}/history")).await;
    let texts: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| &edit["content"])
        .collect();
    assert_eq!(texts, ["<p>午前9時から</p>", "<p>午後9時から</p>"]);
    // The same again changes nothing.
    put(TOKEN, "午後9時から").await;
    let history = world.json(&format!("{path}/history")).await;
    assert_eq!(history.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_key_publishes_once() {
    let world = World::new().await;
    let first = world.published("同じ", Some("k")).await;
    assert_eq!(world.published("同じ", Some("k")).await, first);
    assert_ne!(world.published("同じ", None).await["id"], first["id"]);
    // The key means nothing in another account.
    let village: Value = world
        .client
        .post(world.url("/api/v1/statuses"))
        .bearer_auth("village-token")
        .header("Idempotency-Key", "k")
        .json(&json!({ "status": "同じ" }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_ne!(village["id"], first["id"]);

    let arrivals = world.sandbox.arrivals();
    let done: Vec<_> = arrivals.iter().map(|a| (a.done, a.created)).collect();
    assert_eq!(
        done,
        [
            (Done::Accepted, true),
            (Done::Replayed, false),
            (Done::Accepted, true),
            (Done::Accepted, true)
        ]
    );
    let counts = world.sandbox.counts();
    assert_eq!((counts.statuses, counts.duplicates), (3, 1));
    assert_eq!(arrivals[1].status_id, arrivals[0].status_id);
}

#[tokio::test]
async fn concurrent_requests_with_one_key_publish_once() {
    let world = World::new().await;
    let sending = (0..8).map(|_| world.published("一度だけ", Some("k")));
    let statuses = futures::future::join_all(sending).await;
    assert!(statuses.iter().all(|status| status == &statuses[0]));
    assert_eq!(world.sandbox.statuses().len(), 1);
    let arrivals = world.sandbox.arrivals();
    assert_eq!(arrivals.iter().filter(|arrival| arrival.created).count(), 1);
}

#[tokio::test]
async fn keys_end_with_their_hour_and_with_their_status() {
    let world = World::with(|config| config.key_life = Duration::ZERO).await;
    let first = world.published("a", Some("k")).await;
    assert_ne!(world.published("a", Some("k")).await["id"], first["id"]);

    let world = World::new().await;
    let first = world.published("a", Some("k")).await;
    let path = format!("/api/v1/statuses/{}", first["id"].as_str().unwrap());
    let deleted = world.client.delete(world.url(&path)).bearer_auth(TOKEN);
    assert_eq!(deleted.send().await.unwrap().status(), 200);
    let replay = world.publish("a", Some("k")).send().await.unwrap();
    assert_eq!(refusal(replay).await.0, 404);
    assert_eq!(world.sandbox.statuses().len(), 0);
}

#[tokio::test]
async fn invalid_statuses_are_refused_in_mastodons_words() {
    let world = World::new().await;
    let send = async |body: Value| {
        let request = world
            .client
            .post(world.url("/api/v1/statuses"))
            .bearer_auth(TOKEN)
            .json(&body);
        refusal(request.send().await.unwrap()).await
    };
    let too_long = "Validation failed: Text character limit of 500 exceeded".to_owned();
    assert_eq!(
        send(json!({ "status": "字".repeat(501) })).await,
        (422, too_long.clone())
    );
    assert_eq!(
        send(json!({ "status": "字".repeat(500), "spoiler_text": "x" })).await,
        (422, too_long)
    );
    let blank = "Validation failed: Text can't be blank".to_owned();
    assert_eq!(send(json!({ "status": " \n" })).await, (422, blank));
    assert_eq!(send(json!({ "status": "a", "visibility": "x" })).await.0, 422);
    assert_eq!(send(json!({ "status": "a", "language": "日本" })).await.0, 422);
    assert_eq!(send(json!({ "status": "a", "media_ids": ["1"] })).await.0, 422);
    assert_eq!(send(json!({ "status": "a", "in_reply_to_id": "1" })).await.0, 404);
    world.published(&"字".repeat(500), None).await;
    let long_url = format!("{} https://example.jp/{}", "字".repeat(476), "a".repeat(400));
    world.published(&long_url, None).await;
    let arrivals = world.sandbox.arrivals();
    assert_eq!(arrivals.len(), 9);
    assert_eq!(arrivals[0].done, Done::Refused);
    assert_eq!(arrivals[0].http_status, Some(422));
}

#[tokio::test]
async fn forms_are_taken_too_and_tokens_are_checked() {
    let world = World::new().await;
    let url = world.url("/api/v1/statuses");
    let form = [("status", "書式"), ("sensitive", "true")];
    let request = world.client.post(&url).bearer_auth(TOKEN).form(&form);
    let status: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(status["sensitive"], true);
    let reply = world
        .client
        .post(&url)
        .bearer_auth(TOKEN)
        .json(&json!({ "status": "返信", "in_reply_to_id": status["id"] }));
    let reply: Value = reply.send().await.unwrap().json().await.unwrap();
    assert_eq!(reply["in_reply_to_account_id"], status["account"]["id"]);

    for request in [
        world.client.post(&url).bearer_auth("nobody").form(&form),
        world.client.post(&url).form(&form),
        world.get("/api/v1/accounts/verify_credentials"),
    ] {
        let refused = refusal(request.send().await.unwrap()).await;
        assert_eq!(refused, (401, "The access token is invalid".to_owned()));
    }
    assert_eq!(world.sandbox.arrivals()[2].account, None);
}

#[tokio::test]
async fn accounts_list_their_statuses() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for text in ["a", "b", "c", "d"] {
        let status = world.published(text, None).await;
        ids.push(status["id"].as_str().unwrap().to_owned());
    }
    let account = world.json("/api/v1/accounts/verify_credentials").await;
    assert_eq!(account["username"], "town");
    assert_eq!(account["statuses_count"], 4);
    let list = async |query: String| {
        let id = account["id"].as_str().unwrap();
        let found = world
            .json(&format!("/api/v1/accounts/{id}/statuses?{query}"))
            .await;
        let found = found.as_array().unwrap().iter();
        found
            .map(|status| status["content"].as_str().unwrap()[3..4].to_owned())
            .collect::<String>()
    };
    assert_eq!(list("exclude_reblogs=true&limit=40".into()).await, "dcba");
    assert_eq!(list("limit=2".into()).await, "dc");
    assert_eq!(list(format!("limit=1&since_id={}", ids[0])).await, "d");
    assert_eq!(list(format!("limit=1&min_id={}", ids[0])).await, "b");
    assert_eq!(list(format!("max_id={}", ids[2])).await, "ba");
}

#[tokio::test]
async fn private_statuses_are_for_their_author() {
    let world = World::new().await;
    let status: Value = world
        .client
        .post(world.url("/api/v1/statuses"))
        .bearer_auth(TOKEN)
        .json(&json!({ "status": "内緒", "visibility": "private" }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    assert_eq!(world.json(&path).await["id"], status["id"]);
    assert_eq!(world.get(&path).send().await.unwrap().status(), 404);
    let page = world.get("/").send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("内緒"));
}

#[tokio::test]
async fn rate_limits_are_announced_and_enforced_on_demand() {
    let world = World::new().await;
    let response = world.publish("a", None).send().await.unwrap();
    assert_eq!(response.headers()["x-ratelimit-limit"], "300");
    assert_eq!(response.headers()["x-ratelimit-remaining"], "299");
    let reset = response.headers()["x-ratelimit-reset"].to_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(reset).is_ok());

    let limit = RateLimit {
        limit: 1,
        // So long that the test cannot straddle two windows.
        window: Duration::from_secs(1 << 40),
        enforced: true,
    };
    let world = World::with(|config| config.rate_limit = limit).await;
    world.published("a", None).await;
    let second = world.publish("b", None).send().await.unwrap();
    assert_eq!(refusal(second).await, (429, "Too many requests".to_owned()));
    assert_eq!(world.sandbox.arrivals()[1].done, Done::Refused);
}
