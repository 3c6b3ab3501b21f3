//! Sessions, whose they are, and what the server says of itself.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rstest::rstest;
use wiremock::matchers::{body_json, header};

use super::*;
use crate::{
    domain::account::{KeySupport, Limits},
    platform::testing::{Break, Broken},
    vault::SecretName,
};

const CREATE: &str = "com.atproto.server.createSession";
const REFRESH: &str = "com.atproto.server.refreshSession";
const PASSWORD: &str = "canary-abcd-efgh-ijkl";

/// A session's credential, unsigned: nobody here believes it.
fn jwt(canary: &str, scope: &str, expires: i64) -> String {
    let claims = URL_SAFE_NO_PAD.encode(json!({ "scope": scope, "exp": expires }).to_string());
    format!("e30.{claims}.{canary}")
}

fn session(scope: &str) -> Value {
    json!({
        "accessJwt": jwt(CANARY, scope, 1_800_000_000), "refreshJwt": jwt("canary-refresh", "com.atproto.refresh", 1_807_000_000),
        "handle": "town.example.jp", "did": TOWN,
    })
}

fn given() -> Credential {
    Credential::new(start())
        .with(
            SecretName::Identifier,
            Secret::new("@town.example.jp ".to_owned()),
        )
        .with(SecretName::Password, Secret::new(PASSWORD.to_owned()))
}

fn old() -> Credential {
    credential().with(SecretName::Refresh, Secret::new("canary-refresh-old".to_owned()))
}

fn part(credential: &Credential, name: SecretName) -> Option<&str> {
    credential.get(name).map(Secret::expose)
}

#[tokio::test]
async fn a_password_for_programs_becomes_a_session_and_is_not_kept() {
    let world = World::new().await;
    Mock::given(path(format!("/xrpc/{CREATE}")))
        .and(body_json(
            json!({ "identifier": "town.example.jp", "password": PASSWORD }),
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(session("com.atproto.appPass")))
        .mount(&world.pds)
        .await;
    let kept = world.bluesky.sign_in(&world.pds.uri(), given()).await.unwrap();
    assert_eq!(part(&kept, SecretName::Identifier), Some(TOWN));
    assert!(part(&kept, SecretName::Access).unwrap().contains(CANARY));
    assert!(
        part(&kept, SecretName::Refresh)
            .unwrap()
            .contains("canary-refresh")
    );
    assert_eq!(part(&kept, SecretName::Password), None);
    assert_eq!(kept.access_expires_at, DateTime::from_timestamp(1_800_000_000, 0));
    assert_eq!(
        kept.refresh_expires_at,
        DateTime::from_timestamp(1_807_000_000, 0)
    );
    assert!(!kept.to_secret().expose().contains(PASSWORD));
}

#[rstest]
#[case::own_password(200, session("com.atproto.access"), "make one for programs")]
#[case::wrong(401, json!({ "error": "AuthenticationRequired", "message": "Invalid identifier or password" }), "Invalid identifier")]
#[case::second_factor(401, json!({ "error": "AuthFactorTokenRequired" }), "second factor")]
#[case::taken_down(401, json!({ "error": "AccountTakedown" }), "AccountTakedown")]
#[case::echo(400, json!({ "error": "InvalidRequest", "message": PASSWORD }), "[redacted]")]
#[case::limited(429, json!({ "error": "RateLimitExceeded" }), "429")]
#[case::internal(500, json!({ "error": "InternalServerError" }), "500")]
#[case::html(200, json!("<html>"), "without a session")]
#[case::no_did(200, json!({ "accessJwt": "a", "refreshJwt": "b", "did": "town" }), "without credentials")]
#[tokio::test]
async fn who_is_not_signed_in(#[case] status: u16, #[case] body: Value, #[case] says: &str) {
    let world = World::new().await;
    world.answers("POST", CREATE, status, body).await;
    let refused = world
        .bluesky
        .sign_in(&world.pds.uri(), given())
        .await
        .unwrap_err();
    assert!(refused.to_string().contains(says), "{refused}");
    assert!(
        !format!("{refused} {refused:?}").contains("canary"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn without_a_password_nothing_is_asked() {
    let world = World::new().await;
    let token = Credential::of_access(Secret::new(CANARY.to_owned()), start());
    assert!(world.bluesky.sign_in(&world.pds.uri(), token).await.is_err());
    assert!(world.pds.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_session_is_renewed_with_what_is_for_that_only() {
    let world = World::new().await;
    Mock::given(path(format!("/xrpc/{REFRESH}")))
        .and(header("authorization", "Bearer canary-refresh-old"))
        .respond_with(ResponseTemplate::new(200).set_body_json(session("com.atproto.appPass")))
        .mount(&world.pds)
        .await;
    let renewed = world.bluesky.refresh(&world.pds.uri(), &old()).await.unwrap();
    assert!(
        part(&renewed, SecretName::Refresh)
            .unwrap()
            .contains("canary-refresh")
    );
    let nothing = world.bluesky.refresh(&world.pds.uri(), &credential()).await;
    assert_eq!(nothing.unwrap_err(), RefreshError::NotOffered);
}

#[rstest]
#[case(400, json!({ "error": "ExpiredToken" }), "refuses")]
#[case(401, json!({ "error": "InvalidToken", "message": "canary-refresh-old" }), "refuses")]
#[case(429, json!({ "error": "RateLimitExceeded" }), "reached")]
#[case(500, json!({ "error": "InternalServerError" }), "not known")]
#[case(502, json!("<html>"), "not known")]
#[case(200, json!("<html>"), "not known")]
#[case(302, json!({}), "not known")]
#[tokio::test]
async fn who_is_not_renewed(#[case] status: u16, #[case] body: Value, #[case] says: &str) {
    let world = World::new().await;
    world.answers("POST", REFRESH, status, body).await;
    let refused = world.bluesky.refresh(&world.pds.uri(), &old()).await.unwrap_err();
    assert!(refused.to_string().contains(says), "{refused}");
    assert!(
        !format!("{refused} {refused:?}").contains("canary"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_renewal_whose_answer_is_lost_may_have_been_made() {
    let (world, broken) = (World::new().await, Broken::start(Break::CutAfter).await);
    let refused = world.bluesky.refresh(broken.uri(), &old()).await.unwrap_err();
    assert!(matches!(refused, RefreshError::Unknown(_)), "{refused:?}");
}

#[tokio::test]
async fn whose_credential_it_is() {
    let world = World::new().await;
    let me = world
        .bluesky
        .whoami(&world.pds.uri(), &world.credential)
        .await
        .unwrap();
    assert_eq!((me.id.as_str(), me.handle.as_str()), (TOWN, "town.example.jp"));
    for (status, body) in [
        (
            200,
            json!({ "did": TOWN, "handle": "a.example.jp", "active": false }),
        ),
        (200, json!({ "did": "town", "handle": "a.example.jp" })),
        (
            400,
            json!({ "error": "ExpiredToken", "message": format!("Bearer {CANARY}") }),
        ),
        (500, json!({ "error": "InternalServerError" })),
    ] {
        world.pds.reset().await;
        world
            .answers("GET", "com.atproto.server.getSession", status, body)
            .await;
        let error = world
            .bluesky
            .whoami(&world.pds.uri(), &world.credential)
            .await
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
        let is_expected = match status {
            500 => matches!(error, AskError::Unreachable(_)),
            400 => matches!(error, AskError::Unauthorised(_)),
            _ => matches!(error, AskError::Unauthorised(_) | AskError::Unreadable(_)),
        };
        assert!(is_expected, "{status}: {error:?}");
    }
}

#[tokio::test]
async fn the_facts_of_a_reference_server() {
    let world = World::new().await;
    world
        .answers("GET", "_health", 200, json!({ "version": "0.5.35" }))
        .await;
    for credential in [None, Some(&world.credential)] {
        let facts = world.bluesky.facts(&world.pds.uri(), credential).await.unwrap();
        assert_eq!(facts.keys, KeySupport::Honoured { seconds: 600 });
        assert_eq!(facts.software, "AT Protocol PDS 0.5.35");
        let limits = Limits {
            max_characters: 300,
            characters_per_url: 0,
            film_bytes: None,
        };
        assert_eq!(facts.limits, limits);
    }
}

#[tokio::test]
async fn a_server_that_is_down_says_nothing_of_itself() {
    let world = World::new().await;
    world
        .answers("GET", "_health", 503, json!({ "version": "0.5.35" }))
        .await;
    let facts = world.bluesky.facts(&world.pds.uri(), None).await;
    assert!(matches!(facts, Err(AskError::Unreachable(_))), "{facts:?}");
}
