//! Consent, and what is asked about an account.

use std::collections::{BTreeMap, HashMap};

use rstest::rstest;

use super::*;
use crate::platform::meta::testing::form;

const RETURN_TO: &str = "https://sekisho.example.lg.jp/v1/connections/callback";

#[tokio::test]
async fn a_person_is_asked_at_instagram() {
    let world = World::new().await;
    let (server, state) = (world.stand.uri(), Secret::new("canary-state".to_owned()));
    let what = Invite {
        instance: &server,
        redirect_uri: RETURN_TO,
        state: &state,
        handle: "town",
    };
    let invited = world.instagram.invite(what).await.unwrap();
    let url = &invited.authorize_url;
    assert!(
        url.as_str()
            .starts_with("https://www.instagram.com/oauth/authorize?"),
        "{url}"
    );
    let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(
        asked["scope"],
        "instagram_business_basic,instagram_business_content_publish"
    );
}

/// Its documents show the answer to a code in two forms.
#[rstest]
#[case::bare(json!({ "access_token": "canary-short", "user_id": 17, "permissions": "instagram_business_basic,instagram_business_content_publish" }), true)]
#[case::wrapped(json!({ "data": [{ "access_token": "canary-short", "user_id": "17" }] }), true)]
#[case::lacks_a_scope(json!({ "data": [{ "access_token": "canary-short", "permissions": "instagram_business_basic" }] }), false)]
#[case::nothing(json!({ "data": [] }), false)]
#[tokio::test]
async fn a_code_becomes_a_token_of_sixty_days(#[case] short: Value, #[case] connected: bool) {
    let world = World::new().await;
    world.stand.tells("POST", "/oauth/access_token", short).await;
    let long = json!({ "access_token": CANARY, "expires_in": 5_183_944 });
    world.stand.tells("GET", "/access_token", long).await;
    let (server, memory) = (world.stand.uri(), Credential::new(start()));
    let returned = BTreeMap::from([("code".to_owned(), "canary-code#_".to_owned())]);
    let what = Finish {
        instance: &server,
        redirect_uri: RETURN_TO,
        memory: &memory,
        returned: &returned,
        handle: "example",
    };
    let finished = world.instagram.finish(what).await;
    assert!(!format!("{finished:?}").contains("canary"), "{finished:?}");
    let access = finished
        .as_ref()
        .ok()
        .and_then(|credential| credential.get(SecretName::Access));
    assert_eq!(access.map(Secret::expose), connected.then_some(CANARY));
    let requests = world.stand.requests().await;
    assert_eq!(form(&requests[0])["code"], "canary-code");
    let exchanges = requests
        .iter()
        .filter(|request| request.url.as_str().contains("ig_exchange_token"));
    assert_eq!(exchanges.count(), usize::from(connected));
}

#[tokio::test]
async fn a_refused_code_says_why() {
    let world = World::new().await;
    let told =
        json!({ "error_type": "OAuthException", "code": 400, "error_message": "canary-code was used" });
    world
        .stand
        .says(
            "POST",
            "/oauth/access_token",
            ResponseTemplate::new(400).set_body_json(told),
        )
        .await;
    let (server, memory) = (world.stand.uri(), Credential::new(start()));
    let returned = BTreeMap::from([("code".to_owned(), "canary-code".to_owned())]);
    let what = Finish {
        instance: &server,
        redirect_uri: RETURN_TO,
        memory: &memory,
        returned: &returned,
        handle: "example",
    };
    let refused = world.instagram.finish(what).await.map(|_| ()).unwrap_err();
    assert_eq!(
        refused,
        ConnectError::Refused("400: [redacted] was used".to_owned())
    );
}

#[tokio::test]
async fn a_token_is_renewed_without_a_person() {
    let world = World::new().await;
    let next = json!({ "access_token": "canary-next", "expires_in": 5_183_944, "permissions": "a,b" });
    world.stand.tells("GET", "/refresh_access_token", next).await;
    let server = world.stand.uri();
    let renewed = world.instagram.refresh(&server, &world.credential).await.unwrap();
    assert_eq!(
        renewed.get(SecretName::Access).map(Secret::expose),
        Some("canary-next")
    );
    let asked = &world.stand.requests().await[0];
    assert!(asked.url.query().unwrap().contains("grant_type=ig_refresh_token"));
}

#[rstest]
#[case::own(json!({ "id": "17", "user_id": "7", "username": "example" }), Some("7"))]
#[case::only_the_applications_id(json!({ "id": "17", "username": "example" }), None)]
#[case::html(json!("<html>"), None)]
#[tokio::test]
async fn whose_credential_it_is(#[case] told: Value, #[case] expected: Option<&str>) {
    let world = World::new().await;
    world.stand.tells("GET", "/v26.0/me", told).await;
    let own = world
        .instagram
        .whoami(&world.stand.uri(), &world.credential)
        .await;
    assert_eq!(own.as_ref().ok().map(|own| own.id.as_str()), expected, "{own:?}");
}

#[tokio::test]
async fn how_many_posts_are_left_is_read() {
    let world = World::new().await;
    let told =
        json!({ "data": [{ "quota_usage": 2, "config": { "quota_total": 50, "quota_duration": 86_400 } }] });
    world
        .stand
        .tells("GET", "/v26.0/7/content_publishing_limit", told)
        .await;
    let quota = world
        .instagram
        .quota(&world.stand.uri(), "7", &world.credential)
        .await
        .unwrap();
    let expected = Quota {
        used: 2,
        limit: Some(50),
        period: Some(86_400),
    };
    assert_eq!(quota, Some(expected));
}
