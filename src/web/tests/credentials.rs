//! Credentials that are handed in: tried, compared with the register, bounded, and never shown.

use rstest::rstest;
use serde_json::{Value, json};

use super::world::{Answer, World};

async fn hand_in(world: &World, what: &Value) -> Answer {
    let place = format!("/v1/accounts/{}/credential", world.account);
    let answer = world.post(&place, &world.administrator, what).await;
    assert!(!answer.text.contains("canary"), "{}", answer.text);
    answer
}

fn token(text: &str) -> Value {
    json!({ "token": { "access_token": text } })
}

#[tokio::test]
async fn what_opens_the_account_of_the_register_is_kept() {
    let world = World::new().await;
    let before = world.ledger().await.len();
    let account = hand_in(&world, &token("canary-right")).await.ok();
    assert_eq!(
        (&account["status"], &account["handle"], &account["remote_id"]),
        (&json!("active"), &json!("city"), &json!("1"))
    );
    assert_eq!(
        world.ledger().await.len(),
        before + 1,
        "one entry: account.connected"
    );
    let place = format!("/v1/accounts/{}", world.account);
    let quota = &world.get(&place, &world.author).await.ok()["quota"];
    let told = (&quota["used"], &quota["limit"], &quota["left"]);
    assert_eq!(told, (&json!(70), &json!(200), &json!(130)), "{quota}");
}

#[tokio::test]
async fn what_is_refused_or_opens_another_account_is_not() {
    let world = World::new().await;
    let before = world.ledger().await;
    let refused = hand_in(&world, &token("canary-refused")).await;
    let said = refused.refused(502, "connect-failed");
    assert!(said["detail"].as_str().unwrap().contains("401"), "{said}");
    let other = hand_in(&world, &token("canary-other")).await;
    let said = other.refused(409, "other-account");
    assert!(said["detail"].as_str().unwrap().contains("village"), "{said}");
    assert_eq!(world.ledger().await, before, "nothing changed");
}

#[tokio::test]
async fn only_an_administrator_hands_in() {
    let world = World::new().await;
    let place = format!("/v1/accounts/{}/credential", world.account);
    for (who, slug) in [
        (&world.author, "scope-missing"),
        (&world.approvers[0], "scope-missing"),
        (&world.duty_officer, "scope-missing"),
    ] {
        world.post(&place, who, &token("t")).await.refused(403, slug);
    }
}

#[rstest]
#[case::of_another_platform(json!({"app_password": {"identifier": "city", "password": "canary"}}), "/app_password", "credential-other")]
#[case::a_channel(json!({"channel_secret": {"channel": "1", "secret": "canary"}}), "/channel_secret", "credential-other")]
#[case::a_key(json!({"channel_key": {"channel": "1", "key_id": "2", "private_key": "canary"}}), "/channel_key", "credential-other")]
#[case::empty(token(" "), "/token/access_token", "value")]
#[case::too_long(token(&"canary".repeat(2000)), "/token/access_token", "value")]
#[case::a_number(json!({"token": {"access_token": 7}}), "/token/access_token", "type")]
#[case::no_fields(json!({"token": "canary"}), "/token", "type")]
#[case::one_too_many(json!({"token": {"access_token": "canary", "more": "canary"}}), "/token/more", "field-unknown")]
#[case::nothing(json!({"token": {}}), "/token/access_token", "required")]
#[case::unknown(json!({"password": {"text": "canary"}}), "", "value")]
#[tokio::test]
async fn what_cannot_be_used_is_told_without_repeating_it(
    #[case] what: Value,
    #[case] pointer: &str,
    #[case] code: &str,
) {
    let world = World::new().await;
    let before = world.ledger().await;
    let code = code.strip_prefix("field-").unwrap_or(code);
    hand_in(&world, &what).await.invalid(pointer, code);
    assert_eq!(world.ledger().await, before);
}
