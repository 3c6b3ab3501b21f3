//! Consent, exchange, and renewal.

use std::collections::{BTreeMap, HashMap};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::*;
use crate::platform::testing::{Break, Broken};

const TOKEN: &str = "/2/oauth2/token";
const RETURN_TO: &str = "https://sekisho.example.lg.jp/v1/connections/callback";
const SCOPES: &str = "tweet.read tweet.write users.read media.write offline.access";

fn with_application() -> X {
    let application = settings::Application {
        client_id: "client-1".to_owned(),
        client_secret: Secret::new("canary-client".to_owned()),
    };
    let settings = settings::X {
        application: Some(application),
        ..settings::Settings::default().x
    };
    adapter_at(Arc::new(ManualClock::new(DateTime::UNIX_EPOCH)), settings)
}

fn tokens(scope: &str) -> Value {
    json!({
        "token_type": "bearer", "expires_in": 7200, "access_token": "canary-access", "scope": scope,
        "refresh_token": "canary-next",
    })
}

fn state() -> Secret {
    Secret::new("canary-state".to_owned())
}

fn finish<'a>(server: &'a str, memory: &'a Credential, returned: &'a BTreeMap<String, String>) -> Finish<'a> {
    Finish {
        instance: server,
        redirect_uri: RETURN_TO,
        memory,
        returned,
        handle: "example_city",
    }
}

fn form(request: &wiremock::Request) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

#[tokio::test]
async fn an_account_is_connected() {
    let x = with_application();
    let world = World::answers(
        "POST",
        TOKEN,
        ResponseTemplate::new(200).set_body_json(tokens(SCOPES)),
    )
    .await;
    let server = world.server.uri();
    let state = state();
    let what = Invite {
        instance: &server,
        redirect_uri: RETURN_TO,
        state: &state,
        handle: "town",
    };
    let invited = x.invite(what).await.unwrap();
    let asked: HashMap<_, _> = invited.authorize_url.query_pairs().into_owned().collect();
    assert!(
        invited
            .authorize_url
            .as_str()
            .starts_with("https://x.com/i/oauth2/authorize?")
    );
    assert_eq!(asked["scope"], SCOPES);
    assert_eq!(
        (
            asked["response_type"].as_str(),
            asked["code_challenge_method"].as_str()
        ),
        ("code", "S256")
    );
    assert_eq!(
        (asked["client_id"].as_str(), asked["state"].as_str()),
        ("client-1", "canary-state")
    );

    let returned = BTreeMap::from([("code".to_owned(), "canary-code".to_owned())]);
    let credential = x
        .finish(finish(&server, &invited.memory, &returned))
        .await
        .unwrap();
    assert_eq!(
        credential.get(SecretName::Access).unwrap().expose(),
        "canary-access"
    );
    assert_eq!(
        credential.get(SecretName::Refresh).unwrap().expose(),
        "canary-next"
    );
    let two_hours = DateTime::UNIX_EPOCH + TimeDelta::hours(2);
    assert_eq!(credential.access_expires_at, Some(two_hours));

    let request = &world.server.received_requests().await.unwrap()[0];
    let sent = form(request);
    assert_eq!(sent["grant_type"], "authorization_code");
    assert_eq!(
        (sent["code"].as_str(), sent["redirect_uri"].as_str()),
        ("canary-code", RETURN_TO)
    );
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&sent["code_verifier"]));
    assert_eq!(
        asked["code_challenge"], challenge,
        "the verifier fits the challenge"
    );
    // client-1:canary-client
    assert_eq!(
        request.headers["authorization"],
        "Basic Y2xpZW50LTE6Y2FuYXJ5LWNsaWVudA=="
    );
    assert!(!format!("{x:?} {invited:?} {credential:?}").contains("canary"));
}

#[tokio::test]
async fn without_an_application_or_an_address_nothing_begins() {
    let state = state();
    let what = Invite {
        instance: "https://api.x.com",
        redirect_uri: RETURN_TO,
        state: &state,
        handle: "town",
    };
    assert!(matches!(
        adapter().invite(what).await,
        Err(ConnectError::NoApplication)
    ));
    let nowhere = Invite {
        redirect_uri: "no address",
        ..what
    };
    let refused = with_application().invite(nowhere).await;
    assert!(matches!(refused, Err(ConnectError::Address(_))), "{refused:?}");
}

#[rstest]
#[case::refused(400, json!({ "error": "invalid_request", "error_description": "Value passed for the token was invalid. canary-code canary-client" }), "refuses")]
#[case::unauthorised(401, json!({ "error": "unauthorized_client" }), "refuses")]
#[case::too_many(429, json!({}), "cannot be reached")]
#[case::down(503, json!({}), "cannot be reached")]
#[case::odd(200, json!({ "token": "canary-x" }), "cannot be read")]
#[case::empty(200, json!({ "access_token": "" }), "cannot be read")]
#[case::moved(302, json!({}), "cannot be read")]
#[case::less(
    200,
    tokens("tweet.read users.read media.write offline.access"),
    "lacks tweet.write"
)]
#[tokio::test]
async fn an_exchange_that_fails_tells_no_secret(
    #[case] status: u16,
    #[case] body: Value,
    #[case] says: &str,
) {
    let x = with_application();
    let world = World::answers("POST", TOKEN, ResponseTemplate::new(status).set_body_json(body)).await;
    let memory = Credential::new(DateTime::UNIX_EPOCH)
        .with(SecretName::Verifier, Secret::new("canary-verifier".to_owned()));
    let returned = BTreeMap::from([("code".to_owned(), "canary-code".to_owned())]);
    let error = x
        .finish(finish(&world.server.uri(), &memory, &returned))
        .await
        .unwrap_err();
    assert!(error.to_string().contains(says), "{error}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_renewal_replaces_both_tokens() {
    let x = with_application();
    let world = World::answers(
        "POST",
        TOKEN,
        ResponseTemplate::new(200).set_body_json(tokens(SCOPES)),
    )
    .await;
    let renewed = x.refresh(&world.server.uri(), &world.credential).await.unwrap();
    assert_eq!(renewed.get(SecretName::Access).unwrap().expose(), "canary-access");
    assert_eq!(renewed.get(SecretName::Refresh).unwrap().expose(), "canary-next");
    let sent = form(&world.server.received_requests().await.unwrap()[0]);
    assert_eq!(sent["grant_type"], "refresh_token");
    assert_eq!(sent["refresh_token"], CANARY_REFRESH);

    let mut same = tokens(SCOPES);
    same.as_object_mut().unwrap().remove("refresh_token");
    let world = World::answers("POST", TOKEN, ResponseTemplate::new(200).set_body_json(same)).await;
    let renewed = x.refresh(&world.server.uri(), &world.credential).await.unwrap();
    assert_eq!(renewed.get(SecretName::Refresh).unwrap().expose(), CANARY_REFRESH);
}

#[derive(Debug, PartialEq, Eq)]
enum Renewal {
    Refused,
    NotSent,
    Unknown,
}

fn kind(error: &RefreshError) -> Renewal {
    match error {
        RefreshError::Refused(_) => Renewal::Refused,
        RefreshError::NotSent(_) => Renewal::NotSent,
        RefreshError::Unknown(_) => Renewal::Unknown,
        RefreshError::NotOffered => panic!("it is offered"),
    }
}

#[rstest]
#[case::used(
    400,
    r#"{"error":"invalid_grant","error_description":"canary-refresh-77a1"}"#,
    Renewal::Refused
)]
#[case::odd(400, HTML, Renewal::Unknown)]
#[case::outage(401, HTML, Renewal::Unknown)]
#[case::unauthorised(401, r#"{"error":"unauthorized_client"}"#, Renewal::Refused)]
#[case::too_many(429, "", Renewal::NotSent)]
#[case::down(503, "", Renewal::Unknown)]
#[case::html(200, HTML, Renewal::Unknown)]
#[case::moved(302, "", Renewal::Unknown)]
#[tokio::test]
async fn a_renewal_that_fails(#[case] status: u16, #[case] body: &str, #[case] expected: Renewal) {
    let x = with_application();
    let answer = ResponseTemplate::new(status).set_body_string(body);
    let world = World::answers("POST", TOKEN, answer).await;
    let error = x
        .refresh(&world.server.uri(), &world.credential)
        .await
        .unwrap_err();
    assert_eq!(kind(&error), expected, "{error}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn a_renewal_without_an_answer_may_have_used_the_token_up() {
    let x = with_application();
    let server = Broken::start(Break::CutAfter).await;
    let error = x.refresh(server.uri(), &credential()).await.unwrap_err();
    assert_eq!(kind(&error), Renewal::Unknown, "{error}");
    assert_eq!(server.requests(), 1, "asked once");
    let only_access = Credential::of_access(Secret::new(CANARY.to_owned()), DateTime::UNIX_EPOCH);
    let error = x.refresh(server.uri(), &only_access).await.unwrap_err();
    assert_eq!(error, RefreshError::NotOffered);
    let error = adapter().refresh(server.uri(), &credential()).await.unwrap_err();
    assert_eq!(kind(&error), Renewal::NotSent, "no application is configured");
}
