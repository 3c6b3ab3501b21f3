//! Tokens, accounts, connections, holds, emergencies, the ledger.

use chrono::Duration;
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn nobody_is_answered_without_a_valid_token() {
    let world = World::new().await;
    for token in ["", "sekisho_x_y", "sekisho_0190c1a2b3c47d5e8f90a1b2c3d4e5f6_AAAA"] {
        let answer = world.get("/v1/posts", token).await;
        answer.refused(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"sekisho\"");
    }
    world.get("/v1/me", &world.short_lived).await.ok();
    world.clock.advance(Duration::hours(2));
    let before = world.ledger().await;
    let expired = world
        .post("/v1/posts", &world.short_lived, &world.draft("期限切れ"))
        .await;
    expired.refused(401, "unauthenticated");
    assert_eq!(world.ledger().await, before);
}

#[tokio::test]
async fn another_towns_things_are_not_found() {
    let world = World::new().await;
    let post = world.submitted("よそからは見えない").await;
    let place = format!("/v1/posts/{}", post["id"].as_str().unwrap());
    let delivery = format!("/v1/deliveries/{}", post["deliveries"][0]["id"].as_str().unwrap());
    let before = world.ledger().await;
    world
        .get(&place, &world.foreigner)
        .await
        .refused(404, "not-found");
    world
        .get(&delivery, &world.foreigner)
        .await
        .refused(404, "not-found");
    let cancel = world
        .post(&format!("{place}/cancel"), &world.foreigner, &json!({}))
        .await;
    cancel.refused(404, "not-found");
    let account = format!("/v1/accounts/{}", world.account);
    world
        .get(&account, &world.foreigner)
        .await
        .refused(404, "not-found");
    assert_eq!(
        world.get("/v1/posts", &world.foreigner).await.ok()["items"],
        json!([])
    );
    assert_eq!(world.ledger().await, before);
}

#[tokio::test]
async fn a_token_tells_whom_it_names() {
    let world = World::new().await;
    let me = world.get("/v1/me", &world.approvers[0]).await.ok();
    assert_eq!(me["login"], "chief");
    assert_eq!(me["scopes"], json!(["read", "approve"]));
    assert_eq!(
        me["roles"],
        json!([{"role": "approver", "division": world.division}])
    );
}

#[tokio::test]
async fn an_account_is_connected_by_who_began_it() {
    let world = World::new().await;
    let place = format!("/v1/accounts/{}/connect", world.account);
    world
        .post(&place, &world.author, &json!({}))
        .await
        .refused(403, "scope-missing");
    let begun = world.post(&place, &world.administrator, &json!({})).await.ok();
    let (_, state) = begun["authorize_url"]
        .as_str()
        .unwrap()
        .split_once("state=")
        .unwrap();
    let finish = "/v1/connections/finish";
    let lost = json!({"state": "another", "code": "right"});
    world
        .post(finish, &world.administrator, &lost)
        .await
        .refused(404, "not-found");
    let wrong = json!({"state": state, "code": "wrong"});
    let refused = world
        .post(finish, &world.administrator, &wrong)
        .await
        .refused(502, "connect-failed");
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("the code is not valid")
    );
    let begun = world.post(&place, &world.administrator, &json!({})).await.ok();
    let (_, state) = begun["authorize_url"]
        .as_str()
        .unwrap()
        .split_once("state=")
        .unwrap();
    let right = json!({"state": state, "code": "right"});
    let account = world.post(finish, &world.administrator, &right).await.ok();
    assert_eq!(account["status"], "active");
    world
        .post(finish, &world.administrator, &right)
        .await
        .refused(404, "not-found");
}

#[tokio::test]
async fn the_page_that_meets_the_browser_needs_no_token_and_runs_nothing() {
    let world = World::new().await;
    let page = world
        .get("/v1/connections/callback?code=c%3Cb%3E&state=s1&iss=x", "")
        .await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    assert!(
        page.text.contains("c&lt;b&gt;")
            && page.text.contains("<dt>iss</dt><dd><code>x</code>")
            && page.text.contains("lang=\"en\""),
        "{}",
        page.text
    );
    let refused = world
        .get("/v1/connections/callback?error=access_denied", "")
        .await;
    assert!(refused.text.contains("接続されませんでした"), "{}", refused.text);
}

#[tokio::test]
async fn servers_read_who_we_are_where_people_come_back_to() {
    let world = World::new().await;
    let told = world.get("/oauth-client-metadata.json", "").await;
    assert_eq!(told.header("content-type"), "application/json");
    assert_eq!(
        told.ok()["redirect_uris"],
        json!(["https://sekisho.example.lg.jp/v1/connections/callback"])
    );
}

#[tokio::test]
async fn a_hold_is_set_seen_and_lifted() {
    let world = World::new().await;
    let new = json!({"scope": {"type": "account", "id": world.account}, "reason": "誤りの確認中"});
    let set = world.post("/v1/holds", &world.approvers[0], &new).await.ok();
    assert_eq!(set["in_flight"], json!([]));
    assert_eq!(
        world.get("/v1/holds", &world.author).await.ok()["items"][0]["id"],
        set["id"]
    );
    let place = format!("/v1/holds/{}", set["id"].as_str().unwrap());
    let request = super::world::ask(
        axum::http::Method::DELETE,
        &place,
        &world.approvers[0],
        axum::body::Body::empty(),
    );
    let lifted = world.send(request).await.ok();
    assert_eq!(lifted["lifted_at"]["utc"], super::world::NOW);
    let stray = json!({"scope": {"type": "organization", "id": world.account}, "reason": "余分"});
    let refused = world.post("/v1/holds", &world.administrator, &stray).await;
    refused.refused(422, "invalid-fields");
}

#[tokio::test]
async fn an_emergency_is_declared_and_ended() {
    let world = World::new().await;
    let mut new = json!({
        "kind": "tsunami", "reason": "津波警報", "accounts": [world.account],
        "expires_at": "2026-11-26T00:00:00+09:00",
    });
    let long = world.post("/v1/emergencies", &world.duty_officer, &new).await;
    long.invalid("/expires_at", "emergency-too-long");
    new["expires_at"] = json!("2026-11-24T12:00:00+09:00");
    world
        .post("/v1/emergencies", &world.author, &new)
        .await
        .refused(403, "scope-missing");
    let declared = world
        .post("/v1/emergencies", &world.duty_officer, &new)
        .await
        .ok();
    let place = format!("/v1/emergencies/{}/end", declared["id"].as_str().unwrap());
    let ended = world.post(&place, &world.duty_officer, &json!({})).await.ok();
    assert_eq!(ended["ended_at"]["local"], "2026-11-24T09:00:00+09:00");
    assert_eq!(
        world.get("/v1/emergencies", &world.author).await.ok()["items"][0]["id"],
        declared["id"]
    );
    assert_eq!(
        world.get("/v1/reviews", &world.author).await.ok()["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_delivery_is_settled_only_when_nobody_knows() {
    let world = World::new().await;
    let post = world.submitted("まだ出ていない").await;
    let id = post["deliveries"][0]["id"].as_str().unwrap();
    let read = world
        .get(&format!("/v1/deliveries/{id}"), &world.author)
        .await
        .ok();
    assert_eq!(read["attempts"], json!([]));
    let place = format!("/v1/deliveries/{id}/resolve");
    let not_out = json!({"found": {"result": "not_out"}, "reason": "画面で確認した"});
    world
        .post(&place, &world.approvers[0], &not_out)
        .await
        .refused(409, "wrong-state");
    let another = json!({
        "doubtful_attempt": "att_0190c1a2b3c47d5e8f90a1b2c3d4e5f6", "found": {"result": "not_out"}, "reason": "画面で確認した",
    });
    world
        .post(&place, &world.approvers[0], &another)
        .await
        .refused(409, "changed-meanwhile");
    let bad = json!({"found": {"result": "is_out", "remote_id": "1", "url": "javascript:alert(1)"}, "reason": "確認"});
    world
        .post(&place, &world.approvers[0], &bad)
        .await
        .invalid("/found/url", "url");
    let review = world
        .post(
            &format!("/v1/deliveries/{id}/review"),
            &world.approvers[0],
            &json!({}),
        )
        .await;
    review.refused(404, "not-found");
    let attention = world
        .get("/v1/deliveries?attention=true", &world.author)
        .await
        .ok();
    assert_eq!(attention["items"], json!([]));
}

#[tokio::test]
async fn the_ledger_is_for_auditors() {
    let world = World::new().await;
    world
        .get("/v1/ledger", &world.author)
        .await
        .refused(403, "role-missing");
    let page = world.get("/v1/ledger?limit=2", &world.administrator).await;
    assert!(page.header("link").contains("cursor=ent_"));
    assert_eq!(page.ok()["items"].as_array().unwrap().len(), 2);
}
