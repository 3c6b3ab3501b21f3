use std::time::{Duration, Instant};

use super::super::Done;
use super::*;

/// One publish request under one fault: what the client saw, and what the sandbox recorded.
async fn under(fault: Value) -> (World, reqwest::Result<Response>) {
    let world = World::new().await;
    world
        .fault(json!({ "on": "publish", "times": 1, "do": fault }))
        .await;
    let seen = world.publish("お知らせ", Some("k")).send().await;
    (world, seen)
}

fn last(world: &World) -> (Done, bool, Option<u16>) {
    let arrivals = world.sandbox.arrivals();
    let last = arrivals.last().unwrap();
    (last.done, last.created, last.http_status)
}

#[tokio::test]
async fn a_cut_before_gives_no_status_and_publishes_nothing() {
    let (world, seen) = under(json!({ "kind": "cut_before" })).await;
    let error = seen.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(last(&world), (Done::CutBefore, false, None));
    assert_eq!(world.sandbox.statuses().len(), 0);
    world.published("お知らせ", Some("k")).await;
    assert_eq!(world.sandbox.arrivals().len(), 2);
}

#[tokio::test]
async fn a_cut_after_gives_no_status_but_publishes() {
    let (world, seen) = under(json!({ "kind": "cut_after" })).await;
    let error = seen.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    assert_eq!(last(&world), (Done::AcceptedThenCut, true, None));
    let arrivals = world.sandbox.arrivals();
    let again = world.published("お知らせ", Some("k")).await;
    assert_eq!(again["id"].as_str(), arrivals[0].status_id.as_deref());
    assert_eq!(world.sandbox.statuses().len(), 1);
    assert_eq!(last(&world), (Done::Replayed, false, Some(200)));
}

#[tokio::test]
async fn a_cut_connection_carries_not_one_byte() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::new().await;
    world
        .fault(json!({ "on": "any", "do": { "kind": "cut_after" } }))
        .await;
    let mut stream = tokio::net::TcpStream::connect(world.sandbox.addr())
        .await
        .unwrap();
    stream
        .write_all(b"GET /api/v2/instance HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer).await;
    assert!(read.is_ok() || answer.is_empty());
    assert_eq!(answer, b"");
}

#[tokio::test]
async fn too_many_requests_says_when_to_come_back() {
    let (world, seen) = under(json!({ "kind": "too_many_requests", "retry_after_s": 90 })).await;
    let response = seen.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "90");
    assert_eq!(response.headers()["x-ratelimit-remaining"], "0");
    let reset = response.headers()["x-ratelimit-reset"].to_str().unwrap();
    let reset = chrono::DateTime::parse_from_rfc3339(reset).unwrap();
    let ahead = reset.to_utc() - super::super::time::now();
    assert!((80..=90).contains(&ahead.num_seconds()));
    assert_eq!(last(&world), (Done::Refused, false, Some(429)));
}

#[tokio::test]
async fn errors_come_before_or_after_the_status() {
    let (world, seen) = under(json!({ "kind": "status", "code": 503 })).await;
    assert_eq!(refusal(seen.unwrap()).await.0, 503);
    assert_eq!(last(&world), (Done::Refused, false, Some(503)));
    assert_eq!(world.sandbox.statuses().len(), 0);

    let (world, seen) = under(json!({ "kind": "accept_then_status", "code": 504 })).await;
    assert_eq!(refusal(seen.unwrap()).await.0, 504);
    assert_eq!(last(&world), (Done::AcceptedThenStatus, true, Some(504)));
    assert_eq!(world.sandbox.statuses().len(), 1);
}

#[tokio::test]
async fn html_comes_before_or_after_the_status() {
    for (kind, code, done, statuses) in [
        ("html", 200, Done::Refused, 0),
        ("html", 502, Done::Refused, 0),
        ("accept_then_html", 502, Done::AcceptedThenHtml, 1),
    ] {
        let (world, seen) = under(json!({ "kind": kind, "code": code })).await;
        let response = seen.unwrap();
        assert_eq!(response.status(), code);
        assert!(response.text().await.unwrap().starts_with("<html>"));
        assert_eq!(last(&world), (done, statuses == 1, Some(code)));
        assert_eq!(world.sandbox.statuses().len(), statuses);
    }
}

#[tokio::test]
async fn answers_can_be_doubled_dripped_or_delayed() {
    let (world, seen) = under(json!({ "kind": "answer_twice" })).await;
    let response = seen.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.text().await.unwrap();
    assert!(serde_json::from_str::<Value>(&body).is_err());
    assert_eq!(body.matches("お知らせ").count(), 2);
    assert_eq!(last(&world).0, Done::AcceptedUnreadable);

    let (world, seen) = under(json!({ "kind": "slow_drip", "ms_per_byte": 1 })).await;
    let started = Instant::now();
    let status: Value = seen.unwrap().json().await.unwrap();
    assert!(started.elapsed() > Duration::from_millis(100));
    assert_eq!(status["content"], "<p>お知らせ</p>");
    assert_eq!(last(&world).0, Done::Accepted);

    let started = Instant::now();
    let (world, seen) = under(json!({ "kind": "delay", "ms": 150 })).await;
    assert_eq!(seen.unwrap().status(), 200);
    assert!(started.elapsed() >= Duration::from_millis(150));
    assert_eq!(last(&world).0, Done::Accepted);
}

#[tokio::test]
async fn a_client_that_gave_up_is_published_all_the_same() {
    let world = World::new().await;
    world
        .fault(json!({ "on": "publish", "do": { "kind": "delay", "ms": 300 } }))
        .await;
    let request = world.publish("遅い", None);
    let seen = request.timeout(Duration::from_millis(50)).send().await;
    assert!(seen.unwrap_err().is_timeout());
    assert_eq!(last(&world).0, Done::Waiting);
    until(&world, 1).await;
    assert_eq!(last(&world).0, Done::Accepted);
}

#[tokio::test]
async fn a_hanging_answer_has_published_already() {
    let world = World::new().await;
    world
        .fault(json!({ "on": "publish", "do": { "kind": "accept_then_hang", "ms": 60_000 } }))
        .await;
    let request = world.publish("返事なし", None);
    let seen = request.timeout(Duration::from_millis(200)).send().await;
    assert!(seen.unwrap_err().is_timeout());
    assert_eq!(last(&world), (Done::AcceptedThenHang, true, None));
    // Nothing that hangs may keep the sandbox from stopping.
    let stopped = tokio::time::timeout(Duration::from_secs(5), world.sandbox.shutdown()).await;
    assert!(stopped.is_ok());
}

async fn until(world: &World, statuses: usize) {
    for _ in 0..100 {
        if world.sandbox.statuses().len() == statuses {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{statuses} statuses never appeared");
}

#[tokio::test]
async fn a_late_status_lands_after_the_cut() {
    let (world, seen) = under(json!({ "kind": "land_late", "ms": 200 })).await;
    assert!(seen.unwrap_err().status().is_none());
    assert_eq!(last(&world), (Done::LandingLate, false, None));
    assert_eq!(world.sandbox.statuses().len(), 0);
    until(&world, 1).await;
    assert_eq!(last(&world), (Done::LandedLate, true, None));

    // A retry with the same key overtakes it, and the late one finds the key taken.
    let (world, seen) = under(json!({ "kind": "land_late", "ms": 200 })).await;
    assert!(seen.is_err());
    world.published("お知らせ", Some("k")).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let late = &world.sandbox.arrivals()[0];
    assert_eq!((late.done, late.created), (Done::LandedLate, false));
    assert_eq!(world.sandbox.statuses().len(), 1);
}

#[tokio::test]
async fn ignored_and_forgotten_keys_make_duplicates() {
    let (world, seen) = under(json!({ "kind": "ignore_key" })).await;
    assert_eq!(seen.unwrap().status(), 200);
    world.published("お知らせ", Some("k")).await;
    assert_eq!(world.sandbox.counts().duplicates, 1);
    let forget = world.client.post(world.url("/sandbox/forget-keys"));
    assert_eq!(forget.send().await.unwrap().status(), 204);
    world.published("お知らせ", Some("k")).await;
    assert_eq!(world.sandbox.counts().duplicates, 2);
    world.published("お知らせ", Some("k")).await;
    assert_eq!(world.sandbox.counts().duplicates, 2);
    let honour = world
        .client
        .put(world.url("/sandbox/keys"))
        .json(&json!({ "honour": false }));
    assert_eq!(honour.send().await.unwrap().status(), 204);
    world.published("お知らせ", Some("k")).await;
    let counts = world.json("/sandbox/counts").await;
    let expected = json!({ "arrivals": 5, "statuses": 4, "distinct_texts": 1, "duplicates": 3 });
    assert_eq!(counts, expected);
}

#[tokio::test]
async fn refusals_are_answered_whatever_the_fault() {
    let world = World::new().await;
    world
        .fault(json!({ "on": "publish", "do": { "kind": "cut_after" } }))
        .await;
    let refused = world.publish("", None).send().await.unwrap();
    assert_eq!(refusal(refused).await.0, 422);
    assert_eq!(last(&world), (Done::Refused, false, Some(422)));
}

#[tokio::test]
async fn faults_keep_to_their_kind_account_and_number() {
    let world = World::new().await;
    let status = world.published("a", None).await;
    let rule = json!({
        "on": "delete", "account": "town", "times": 1, "skip": 1,
        "do": { "kind": "accept_then_status", "code": 500 },
    });
    world.fault(rule).await;
    let second = world.published("b", None).await;
    let delete = async |status: &Value| {
        let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
        let request = world.client.delete(world.url(&path)).bearer_auth(TOKEN);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(delete(&status).await, 200);
    assert_eq!(delete(&second).await, 500);
    assert_eq!(delete(&second).await, 404);
    let board = world.json("/sandbox/faults").await;
    assert_eq!((&board["skipped"], &board["applied"]), (&json!([1]), &json!([1])));
}
