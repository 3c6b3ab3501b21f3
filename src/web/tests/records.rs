//! What the checks compare with, over the API.

use axum::http::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::world::{Answer, World, ask};

async fn put(world: &World, path: &str, body: &Value) -> Answer {
    put_as(world, path, &world.administrator, body).await
}

async fn put_as(world: &World, path: &str, token: &str, body: &Value) -> Answer {
    world
        .send(ask(Method::PUT, path, token, body.to_string().into()))
        .await
}

#[tokio::test]
async fn what_is_kept_is_read_again_and_replaced_kind_by_kind() {
    let world = World::new().await;
    let line = format!("/v1/divisions/{}/sign-off-line", world.division);
    let hashtags = format!("/v1/accounts/{}/hashtags", world.account);
    let contacts = json!([
        {"kind": "phone", "value": "0123-45-6789", "division": world.division},
        {"kind": "mail", "value": "kouhou@city.akebono.lg.jp", "division": null},
    ]);
    let elections = json!([{"name": "町長選挙", "announced_on": "2026-11-10", "polling_on": "2026-11-15"}]);
    for (path, body) in [
        (
            "/v1/records/official-domains",
            json!({"domains": ["City.Akebono.lg.jp"]}),
        ),
        ("/v1/records/contacts", json!({"contacts": contacts})),
        ("/v1/records/elections", json!({"elections": elections})),
        (&*line, json!({"line": "広報課"})),
        (&*hashtags, json!({"hashtags": ["#あけぼの町"]})),
    ] {
        put(&world, path, &body).await.ok();
    }
    let kept = world.get("/v1/records", &world.author).await.ok();
    assert_eq!(kept["official_domains"], json!(["city.akebono.lg.jp"]));
    assert_eq!(kept["contacts"], contacts);
    assert_eq!(kept["elections"], elections);
    let lines: Vec<&Value> = kept["divisions"].as_array().unwrap().iter().collect();
    assert!(
        lines.iter().any(|division| division["sign_off_line"] == "広報課"),
        "{kept}"
    );
    let accounts = kept["accounts"].as_array().unwrap();
    assert!(
        accounts
            .iter()
            .any(|account| account["hashtags"] == json!(["#あけぼの町"]))
    );
    let none = put(&world, "/v1/records/elections", &json!({"elections": []}))
        .await
        .ok();
    assert_eq!(none["elections"], json!([]));
    assert_eq!(none["contacts"], contacts);
    put(&world, &line, &json!({"line": null})).await.ok();
}

#[rstest]
#[case("/v1/records/official-domains", json!({"domains": ["lg.jp"]}), "/domains/0", "domain")]
#[case("/v1/records/official-domains", json!({"domains": ["a.jp", "https://b.jp"]}), "/domains/1", "domain")]
#[case("/v1/records/contacts", json!({"contacts": [{"kind": "phone", "value": "12"}]}), "/contacts/0/value", "contact")]
#[case("/v1/records/contacts", json!({"contacts": [{"kind": "mail", "value": "a@b"}]}), "/contacts/0/value", "contact")]
#[case("/v1/records/contacts", json!({"contacts": [{"kind": "fax", "value": "0123"}]}), "/contacts/0/kind", "value")]
#[case("/v1/records/elections", json!({"elections": [{"name": "町長選挙", "announced_on": "2026-11-15", "polling_on": "2026-11-10"}]}), "/elections/0/polling_on", "election-period")]
#[case("/v1/records/elections", json!({"elections": [{"name": "町長選挙", "announced_on": "2026-11-31", "polling_on": "2026-12-10"}]}), "/elections/0/announced_on", "value")]
#[tokio::test]
async fn wrong_records_change_nothing(
    #[case] path: &str,
    #[case] body: Value,
    #[case] pointer: &str,
    #[case] code: &str,
) {
    let world = World::new().await;
    let before = world.ledger().await;
    put(&world, path, &body).await.invalid(pointer, code);
    assert_eq!(world.ledger().await, before);
}

#[tokio::test]
async fn only_the_administrator_keeps_them() {
    let world = World::new().await;
    let path = "/v1/records/official-domains";
    let body = json!({"domains": ["city.akebono.lg.jp"]});
    let answer = put_as(&world, path, &world.author, &body).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    let hashtags = format!("/v1/accounts/{}/hashtags", world.account);
    put(&world, &hashtags, &json!({"hashtags": ["あけぼの"]}))
        .await
        .invalid("/hashtags/0", "hashtag");
}

#[tokio::test]
async fn an_account_gets_other_hours_and_they_bind() {
    let world = World::new().await;
    let path = format!("/v1/accounts/{}/hours", world.account);
    let account = world
        .get(&format!("/v1/accounts/{}", world.account), &world.author)
        .await
        .ok();
    let mut hours = account["hours"].clone();
    hours["grid"] = json!(60);
    let changed = put(&world, &path, &json!({"hours": hours})).await.ok();
    assert_eq!(changed["hours"]["grid"], 60);
    let mut draft = world.draft("毎時ちょうどにだけ出す");
    draft["publish"]["at"] = json!("2026-11-25T10:07:00+09:00");
    draft["submit"] = json!(true);
    let refused = world.post("/v1/posts", &world.author, &draft).await;
    assert!(refused.text.contains("window.grid"), "{}", refused.text);
}
