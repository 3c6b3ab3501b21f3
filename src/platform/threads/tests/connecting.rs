//! Consent, tokens of sixty days, and what is asked about an account.

use std::collections::{BTreeMap, HashMap};

use rstest::rstest;

use super::*;
use crate::platform::meta::testing::form;

const RETURN_TO: &str = "https://sekisho.example.lg.jp/v1/connections/callback";

async fn finish(world: &World) -> Result<Credential, ConnectError> {
    let (server, memory) = (world.stand.uri(), Credential::new(start()));
    let returned = BTreeMap::from([("code".to_owned(), "canary-code#_".to_owned())]);
    let what = Finish {
        instance: &server,
        redirect_uri: RETURN_TO,
        memory: &memory,
        returned: &returned,
        handle: "example",
    };
    let finished = world.threads.finish(what).await;
    assert!(!format!("{finished:?}").contains("canary"), "{finished:?}");
    finished
}

#[tokio::test]
async fn a_person_is_asked_at_threads() {
    let world = World::new().await;
    let (server, state) = (world.stand.uri(), Secret::new("canary-state".to_owned()));
    let what = Invite {
        instance: &server,
        redirect_uri: RETURN_TO,
        state: &state,
        handle: "town",
    };
    let invited = world.threads.invite(what).await.unwrap();
    let url = &invited.authorize_url;
    assert!(
        url.as_str().starts_with("https://threads.net/oauth/authorize?"),
        "{url}"
    );
    let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(
        (asked["client_id"].as_str(), asked["state"].as_str()),
        ("77", "canary-state")
    );
    assert!(asked["scope"].contains("threads_content_publish,"), "{asked:?}");
}

#[tokio::test]
async fn a_code_becomes_a_token_of_sixty_days() {
    let world = World::new().await;
    let short = json!({ "access_token": "canary-short", "user_id": 7 });
    world.stand.tells("POST", "/oauth/access_token", short).await;
    let long = json!({ "access_token": CANARY, "token_type": "bearer", "expires_in": 5_183_944 });
    world.stand.tells("GET", "/access_token", long).await;
    let credential = finish(&world).await.unwrap();
    assert_eq!(
        credential.get(SecretName::Access).map(Secret::expose),
        Some(CANARY)
    );
    assert_eq!(
        credential.access_expires_at,
        Some(start() + TimeDelta::seconds(5_183_944))
    );
    let requests = world.stand.requests().await;
    let sent = form(&requests[0]);
    assert_eq!(
        (sent["code"].as_str(), sent["grant_type"].as_str()),
        ("canary-code", "authorization_code")
    );
    let asked: HashMap<_, _> = requests[1].url.query_pairs().into_owned().collect();
    let expected = [
        ("grant_type", "th_exchange_token"),
        ("client_secret", "canary-application"),
        ("access_token", "canary-short"),
    ];
    assert_eq!(asked, map(&expected));
}

#[rstest]
#[case::used(400, fault(100, 36_009), "refused")]
#[case::passing(400, fault(2, 0), "unreachable")]
#[case::throttled(403, fault(4, 0), "unreachable")]
#[case::internal(500, json!({}), "unreachable")]
#[case::lacks_a_scope(200, json!({ "access_token": "canary-short", "permissions": ["threads_basic"] }), "refused")]
#[case::empty(200, json!({ "access_token": "" }), "unreadable")]
#[case::foreign(200, json!([]), "unreadable")]
#[tokio::test]
async fn why_an_account_is_not_connected(#[case] status: u16, #[case] body: Value, #[case] expected: &str) {
    let world = World::new().await;
    let answer = ResponseTemplate::new(status).set_body_json(body);
    world.stand.says("POST", "/oauth/access_token", answer).await;
    let word = match finish(&world).await.unwrap_err() {
        ConnectError::Refused(_) => "refused",
        ConnectError::Unreachable(_) => "unreachable",
        ConnectError::Unreadable(_) => "unreadable",
        other => panic!("{other:?}"),
    };
    assert_eq!(word, expected);
}

#[rstest]
#[case::renewed(200, json!({ "access_token": "canary-next", "expires_in": 5_183_944 }), "renewed")]
#[case::empty(200, json!({}), "unknown")]
#[case::refused(400, fault(190, 463), "refused")]
#[case::too_young(400, fault(100, 0), "refused")]
#[case::throttled(400, fault(4, 0), "not sent")]
#[case::passing(400, fault(1, 0), "unknown")]
#[case::internal(500, fault(190, 0), "unknown")]
#[case::proxy(401, json!("<html>"), "unknown")]
#[tokio::test]
async fn a_token_is_renewed(#[case] status: u16, #[case] body: Value, #[case] expected: &str) {
    let world = World::new().await;
    let answer = ResponseTemplate::new(status).set_body_json(body);
    world.stand.says("GET", "/refresh_access_token", answer).await;
    let server = world.stand.uri();
    let renewed = world.threads.refresh(&server, &world.credential).await;
    assert!(!format!("{renewed:?}").contains("canary"), "{renewed:?}");
    let word = match renewed {
        Ok(credential) => {
            assert_eq!(
                credential.get(SecretName::Access).map(Secret::expose),
                Some("canary-next")
            );
            "renewed"
        }
        Err(RefreshError::Refused(_)) => "refused",
        Err(RefreshError::NotSent(_)) => "not sent",
        Err(RefreshError::Unknown(_)) => "unknown",
        Err(RefreshError::NotOffered) => "not offered",
    };
    assert_eq!(word, expected);
}

#[tokio::test]
async fn whose_credential_it_is_and_how_much_is_left() {
    let world = World::new().await;
    world
        .stand
        .tells("GET", "/v1.0/me", json!({ "id": "7", "username": "example" }))
        .await;
    let quota =
        json!({ "data": [{ "quota_usage": 4, "config": { "quota_total": 250, "quota_duration": 86_400 } }] });
    world
        .stand
        .tells("GET", "/v1.0/7/threads_publishing_limit", quota)
        .await;
    let server = world.stand.uri();
    let own = world.threads.whoami(&server, &world.credential).await.unwrap();
    assert_eq!((own.id.as_str(), own.handle.as_str()), ("7", "example"));
    let quota = world
        .threads
        .quota(&server, "7", &world.credential)
        .await
        .unwrap();
    let expected = Quota {
        used: 4,
        limit: Some(250),
        period: Some(86_400),
    };
    assert_eq!(quota, Some(expected));
    assert!(
        world
            .stand
            .requests()
            .await
            .iter()
            .all(|request| !request.url.as_str().contains("canary"))
    );
}
