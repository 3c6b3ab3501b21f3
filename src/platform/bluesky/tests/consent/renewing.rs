//! Refresh tokens, which can be used once.

use rstest::rstest;

use super::*;
use crate::platform::testing::{Break, Broken};

#[tokio::test]
async fn a_credential_is_renewed_by_the_key_that_it_is_bound_to() {
    let world = World::consenting().await;
    world.tells().await;
    world.gives(200, tokens()).await;
    let old = world.bound();
    let renewed = world.bluesky.refresh("", &old).await.unwrap();
    assert_eq!(part(&renewed, SecretName::Access), "canary-access-new");
    assert_eq!(part(&renewed, SecretName::Refresh), "canary-refresh-new");
    for name in [
        SecretName::PrivateKey,
        SecretName::ClientId,
        SecretName::Issuer,
        SecretName::Home,
    ] {
        assert_eq!(part(&renewed, name), part(&old, name));
    }
    assert_eq!(renewed.access_expires_at, Some(start() + TimeDelta::hours(1)));
    let asked = world.received("/oauth/token").await;
    assert_eq!(asked.len(), 2, "the first one was refused unread");
    let sent = form(&asked[1]);
    assert_eq!(
        (sent["grant_type"].as_str(), sent["refresh_token"].as_str()),
        ("refresh_token", REFRESH)
    );
    assert!(sent.contains_key("client_assertion"));
}

#[rstest]
#[case::spent(400, json!({ "error": "invalid_grant", "error_description": REFRESH }), "refuses")]
#[case::our_introduction(400, json!({ "error": "invalid_client_metadata" }), "reached")]
#[case::our_clock(400, json!({ "error": "invalid_dpop_proof" }), "reached")]
#[case::our_key(401, json!({ "error": "invalid_client" }), "reached")]
#[case::limited(429, json!({}), "reached")]
#[case::internal(500, json!({ "error": "server_error" }), "not known")]
#[case::html(400, json!("<html>"), "not known")]
#[case::elsewhere(302, json!({}), "not known")]
#[case::another_account(200, with(tokens(), "sub", json!("did:plc:neighbour")), "not known")]
#[case::nothing(200, json!({}), "not known")]
#[tokio::test]
async fn only_a_spent_token_needs_a_person(#[case] status: u16, #[case] body: Value, #[case] says: &str) {
    let world = World::consenting().await;
    world.tells().await;
    world.gives(status, body).await;
    let refused = world.bluesky.refresh("", &world.bound()).await.unwrap_err();
    assert!(refused.to_string().contains(says), "{refused}");
    silent(refused);
}

#[tokio::test]
async fn a_server_that_wants_ever_other_numbers_renews_nothing() {
    let world = World::consenting().await;
    world.tells().await;
    let refusal = ResponseTemplate::new(400)
        .insert_header("dpop-nonce", "yet another")
        .set_body_json(json!({ "error": "use_dpop_nonce" }));
    world.serves("POST", "/oauth/token", refusal).await;
    let refused = world.bluesky.refresh("", &world.bound()).await.unwrap_err();
    assert!(matches!(refused, RefreshError::NotSent(_)), "{refused:?}");
    assert_eq!(world.received("/oauth/token").await.len(), 2);
}

#[tokio::test]
async fn a_renewal_whose_answer_is_lost_may_have_been_made() {
    let (world, broken) = (World::consenting().await, Broken::start(Break::CutAfter).await);
    let place = json!(format!("{}/oauth/token", broken.uri()));
    world
        .tells_but(
            "/.well-known/oauth-authorization-server",
            "/token_endpoint",
            place,
        )
        .await;
    let refused = world.bluesky.refresh("", &world.bound()).await.unwrap_err();
    assert!(matches!(refused, RefreshError::Unknown(_)), "{refused:?}");
}

#[tokio::test]
async fn without_our_key_or_an_issuer_nothing_is_asked() {
    let mut world = World::consenting().await;
    let unreachable = world.bluesky.refresh("", &world.bound()).await.unwrap_err();
    assert!(matches!(unreachable, RefreshError::NotSent(_)), "{unreachable:?}");
    world.bluesky.settings.client_key = None;
    world.tells().await;
    let refused = world.bluesky.refresh("", &world.bound()).await.unwrap_err();
    assert!(matches!(refused, RefreshError::NotSent(_)), "{refused:?}");
    assert!(world.received("/oauth/token").await.is_empty());
}
