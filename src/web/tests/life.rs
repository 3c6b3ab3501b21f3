//! The life of a post over HTTP.

use axum::{
    body::Body,
    http::{Method, header},
};
use chrono::Duration;
use serde_json::json;

use super::world::{World, ask};

fn path(post: &serde_json::Value, verb: &str) -> String {
    format!("/v1/posts/{}/{verb}", post["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_post_goes_from_draft_to_waiting() {
    let world = World::new().await;
    let created = world
        .post("/v1/posts", &world.author, &world.draft("給水のお知らせ"))
        .await;
    assert_eq!(created.status, 201);
    let post = created.ok();
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(
        created.header("location"),
        format!("/v1/posts/{}", post["id"].as_str().unwrap())
    );
    assert_eq!(post["state"], "draft");
    assert_eq!(post["publish"]["mode"], "at");
    assert_eq!(
        post["publish"]["at"],
        json!({"utc": "2026-11-25T01:00:00Z", "local": "2026-11-25T10:00:00+09:00", "zone": "Asia/Tokyo"})
    );
    let submitted = world
        .post(&path(&post, "submit"), &world.author, &json!({}))
        .await
        .ok();
    assert_eq!(submitted["post"]["state"], "in_review");
    assert_eq!(submitted["post"]["stage"]["title"], "課長決裁");
    let queue = world.get("/v1/queue", &world.approvers[0]).await.ok();
    assert_eq!(queue["items"][0]["id"], post["id"]);
    let approval = json!({"digest": post["digest"]});
    let approved = world
        .post(&path(&post, "approve"), &world.approvers[0], &approval)
        .await
        .ok();
    assert_eq!(approved["post"]["state"], "approved");
    assert_eq!(approved["deliveries"][0]["state"], "waiting");
    assert_eq!(approved["deliveries"][0]["due"]["utc"], "2026-11-25T01:00:00Z");
    let history = world.get(&path(&post, "history"), &world.author).await.ok();
    let verbs: Vec<_> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["verb"].clone())
        .collect();
    assert_eq!(
        verbs,
        [
            "post.created",
            "post.submitted",
            "post.approved",
            "delivery.approved"
        ]
    );
    let cancelled = world
        .post(&path(&post, "cancel"), &world.author, &json!({}))
        .await
        .ok();
    assert_eq!(cancelled["deliveries"][0]["state"], "cancelled");
    assert_eq!(cancelled["post"]["state"], "cancelled");
}

#[tokio::test]
async fn an_edit_is_conditional_and_makes_old_approvals_stale() {
    let world = World::new().await;
    let post = world.submitted("給水は9時からです").await;
    let place = format!("/v1/posts/{}", post["id"].as_str().unwrap());
    let body = || Body::from(json!({"text": "給水は10時からです", "submit": true}).to_string());
    let bare = world
        .send(ask(Method::PATCH, &place, &world.author, body()))
        .await;
    bare.refused(428, "precondition-required");
    let edit = |tag: &str| {
        let mut request = ask(Method::PATCH, &place, &world.author, body());
        request
            .headers_mut()
            .insert(header::IF_MATCH, tag.parse().unwrap());
        request
    };
    let stale = world.send(edit("\"99\"")).await.refused(412, "version-stale");
    assert_eq!(stale["current_version"], post["version"]);
    world.send(edit("latest")).await.refused(400, "bad-header");
    let read = world.get(&place, &world.author).await;
    let edited = world.send(edit(read.header("etag"))).await.ok();
    assert_eq!(edited["revision"], 2);
    let before = world.ledger().await;
    let approval = json!({"digest": post["digest"]});
    let answer = world
        .post(&path(&post, "approve"), &world.approvers[0], &approval)
        .await;
    let problem = answer.refused(409, "stale-digest");
    assert_eq!(problem["current_digest"], edited["digest"]);
    assert_eq!(world.ledger().await, before);
}

#[tokio::test]
async fn a_kept_time_is_no_time_in_a_gap() {
    let world = World::new().await;
    let mut draft = world.draft("Clocks went forward");
    draft["targets"][0]["account"] = json!(world.abroad);
    // In UTC its digits are 02:30, which New York's clock does not show on that day.
    draft["publish"] = json!({"mode": "at", "at": "2027-03-13T21:30:00-05:00"});
    let post = world.post("/v1/posts", &world.author, &draft).await.ok();
    let place = format!("/v1/posts/{}", post["id"].as_str().unwrap());
    let body = Body::from(json!({"text": "Clocks go forward"}).to_string());
    let mut request = ask(Method::PATCH, &place, &world.author, body);
    let tag = world.get(&place, &world.author).await.header("etag").parse();
    request.headers_mut().insert(header::IF_MATCH, tag.unwrap());
    let edited = world.send(request).await.ok();
    assert_eq!(edited["revision"], 2);
}

#[tokio::test]
async fn of_two_approvals_at_once_one_counts() {
    let world = World::new().await;
    let post = world.submitted("同時に承認する").await;
    let approval = json!({"digest": post["digest"]});
    let place = path(&post, "approve");
    let (one, other) = tokio::join!(
        world.post(&place, &world.approvers[0], &approval),
        world.post(&place, &world.approvers[1], &approval),
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text, other.text);
    let entries = world.get(&path(&post, "history"), &world.author).await.text;
    assert_eq!(entries.matches("\"post.approved\"").count(), 1);
}

#[tokio::test]
async fn a_reader_who_has_it_gets_no_body() {
    let world = World::new().await;
    let post = world.submitted("変わらない投稿").await;
    let place = format!("/v1/posts/{}", post["id"].as_str().unwrap());
    let first = world.get(&place, &world.author).await;
    let again = || {
        let mut request = ask(Method::GET, &place, &world.author, Body::empty());
        request
            .headers_mut()
            .insert(header::IF_NONE_MATCH, first.header("etag").parse().unwrap());
        request
    };
    let known = world.send(again()).await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
    let approval = json!({"digest": post["digest"]});
    world
        .post(&path(&post, "approve"), &world.approvers[0], &approval)
        .await
        .ok();
    assert_eq!(world.send(again()).await.status, 200);
}

#[tokio::test]
async fn decisions_need_the_right_hands() {
    let world = World::new().await;
    let post = world.submitted("決裁する人").await;
    let approval = json!({"digest": post["digest"]});
    let place = path(&post, "approve");
    world
        .post(&place, &world.author, &approval)
        .await
        .refused(403, "scope-missing");
    world
        .post(&place, &world.duty_officer, &approval)
        .await
        .refused(403, "role-missing");
    let reason = json!({"digest": post["digest"], "reason": " "});
    let empty = world
        .post(&path(&post, "return"), &world.approvers[0], &reason)
        .await;
    empty.invalid("/reason", "required");
    let returned =
        json!({"digest": post["digest"], "reason": "時刻の確認", "suggested_text": "こう書いては"});
    let answer = world
        .post(&path(&post, "return"), &world.approvers[0], &returned)
        .await
        .ok();
    assert_eq!(answer["post"]["state"], "draft");
    assert_eq!(answer["post"]["sign_offs"][0]["suggested_text"], "こう書いては");
    let again = world.post(&place, &world.approvers[0], &approval).await;
    let problem = again.refused(409, "wrong-state");
    assert!(problem["detail"].as_str().unwrap().contains("draft"));
}

#[tokio::test]
async fn a_dry_run_keeps_nothing() {
    let world = World::new().await;
    let before = world.ledger().await;
    let verdict = world
        .post("/v1/checks", &world.author, &world.draft("点検だけ"))
        .await
        .ok();
    assert_eq!(verdict["passes"], true, "{verdict}");
    assert!(verdict["findings"].is_array() && verdict["counts"].is_array());
    assert_eq!(world.ledger().await, before);
}

#[tokio::test]
async fn the_register_comes_in_pages() {
    let world = World::new().await;
    let mut next = Some("/v1/accounts?limit=1".to_owned());
    let mut seen = Vec::new();
    while let Some(path) = next {
        let page = world.get(&path, &world.author).await.ok();
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), 1);
        seen.push(items[0]["id"].clone());
        let cursor = page["next_cursor"].as_str();
        next = cursor.map(|cursor| format!("/v1/accounts?limit=1&cursor={cursor}"));
    }
    let all = world.get("/v1/accounts", &world.author).await.ok();
    let ids: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(seen, ids);
    assert!(ids.len() > 1, "{ids:?}");
    let wrong = world.get("/v1/accounts?limit=101", &world.author).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn pages_follow_one_another() {
    let world = World::new().await;
    for number in 1..=3 {
        let draft = world.draft(&format!("お知らせ その{number}"));
        world.post("/v1/posts", &world.author, &draft).await.ok();
        world.clock.advance(Duration::seconds(1));
    }
    let first = world.get("/v1/posts?limit=2&state=draft", &world.author).await;
    let link = first.header("link").to_owned();
    let next = link
        .strip_prefix('<')
        .and_then(|link| link.split_once('>'))
        .unwrap()
        .0;
    assert!(
        link.ends_with("rel=\"next\"") && next.contains("state=draft"),
        "{link}"
    );
    let second = world.get(next, &world.author).await.ok();
    assert_eq!(first.ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert_eq!(second["next_cursor"], json!(null));
}

#[tokio::test]
async fn another_time_keeps_the_signatures() {
    let world = World::new().await;
    let post = world.submitted("時刻を変える").await;
    let approval = json!({"digest": post["digest"]});
    world
        .post(&path(&post, "approve"), &world.approvers[0], &approval)
        .await
        .ok();
    let later = json!({"publish_at": "2026-11-25T15:00:00+09:00"});
    let moved = world
        .post(&path(&post, "reschedule"), &world.author, &later)
        .await
        .ok();
    assert_eq!(
        moved["deliveries"][0]["due"]["local"],
        "2026-11-25T15:00:00+09:00"
    );
    assert_eq!(moved["digest"], post["digest"]);
    let outside = json!({"publish_at": "2026-12-25T15:00:00+09:00"});
    let refused = world
        .post(&path(&post, "reschedule"), &world.author, &outside)
        .await;
    refused.invalid("/publish_at", "time-outside-range");
}

#[tokio::test]
async fn what_the_gate_refuses_is_explained_in_both_languages() {
    let world = World::new().await;
    let mut draft = world.draft(&"長".repeat(501));
    let verdict = world.post("/v1/checks", &world.author, &draft).await.ok();
    assert_eq!(verdict["passes"], false);
    let account = world.account.to_string();
    assert_eq!(
        verdict["counts"],
        json!([{"account": account, "part": 1, "used": 501, "limit": 500, "left": -1, "unit": "graphemes"}])
    );
    draft["submit"] = json!(true);
    let before = world.ledger().await;
    let answer = world.post("/v1/posts", &world.author, &draft).await;
    let problem = answer.refused(422, "gate-refuses");
    let finding = &problem["findings"][0];
    assert_eq!(finding["severity"], "block", "{problem}");
    assert_eq!(finding["id"].as_str().unwrap().len(), 64);
    let (ja, en) = (&finding["message"]["ja"], &finding["message"]["en"]);
    for text in [ja, en] {
        assert!(!text.as_str().unwrap().starts_with("finding-"), "{finding}");
    }
    assert_ne!(ja, en);
    assert_eq!(world.ledger().await, before);
}
