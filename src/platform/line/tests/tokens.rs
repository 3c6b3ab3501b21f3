//! Tokens: made when needed, kept in memory, never shown.

use std::{collections::HashMap, process::Command};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rstest::rstest;

use super::*;
use crate::domain::attempt::OutcomeClass;

fn form(request: &wiremock::Request) -> HashMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

#[tokio::test]
async fn one_token_serves_for_thirteen_minutes() {
    let world = World::answers("POST", BROADCAST, accepted()).await;
    for (pause, made) in [(0, 1), (12, 1), (1, 2), (12, 2)] {
        world.clock.advance(TimeDelta::minutes(pause));
        assert_eq!(
            world.send(&payload("本文")).await.class(),
            OutcomeClass::Published
        );
        assert_eq!(world.received(TOKEN).await.len(), made, "after {pause} minutes");
    }
    let sent = form(&world.received(TOKEN).await[0]);
    assert_eq!(sent["grant_type"], "client_credentials");
    assert_eq!(
        (sent["client_id"].as_str(), sent["client_secret"].as_str()),
        ("1234567890", CANARY)
    );
}

#[tokio::test]
async fn a_token_that_lives_for_a_moment_is_not_kept() {
    let world = World::without_tokens().await;
    let body = json!({ "token_type": "Bearer", "access_token": CANARY_TOKEN, "expires_in": 60 });
    world
        .script("POST", TOKEN, ResponseTemplate::new(200).set_body_json(body))
        .await;
    world.script("POST", BROADCAST, accepted()).await;
    for made in [1, 2] {
        world.send(&payload("本文")).await;
        assert_eq!(world.received(TOKEN).await.len(), made);
    }
}

#[rstest]
#[case::refused(400, json!({ "error": "invalid_client", "error_description": CANARY }), OutcomeClass::RejectedReauth)]
#[case::unauthorised(401, json!({ "error": "invalid_client" }), OutcomeClass::RejectedReauth)]
#[case::too_many(429, json!({}), OutcomeClass::NotSent)]
#[case::down(500, json!({}), OutcomeClass::NotSent)]
#[case::moved(302, json!({}), OutcomeClass::NotSent)]
#[case::odd(200, json!({ "token": CANARY_TOKEN }), OutcomeClass::NotSent)]
#[case::empty(200, json!({ "access_token": "", "expires_in": 899 }), OutcomeClass::NotSent)]
#[tokio::test]
async fn without_a_token_nothing_is_sent(
    #[case] status: u16,
    #[case] body: Value,
    #[case] class: OutcomeClass,
) {
    let world = World::without_tokens().await;
    world
        .script("POST", TOKEN, ResponseTemplate::new(status).set_body_json(body))
        .await;
    world.script("POST", BROADCAST, accepted()).await;
    let outcome = world.send(&payload("本文")).await;
    assert_eq!(outcome.class(), class, "{outcome:?}");
    assert!(world.received(BROADCAST).await.is_empty());
}

#[tokio::test]
async fn a_channel_signs_in_with_what_it_has() {
    let world = World::new().await;
    let server = world.server.uri();
    let signed_in = world.line.sign_in(&server, channel()).await.unwrap();
    assert!(
        signed_in.get(SecretName::Access).is_none(),
        "the short token is not stored"
    );
    let given = Credential::of_access(Secret::new(CANARY_TOKEN.to_owned()), DateTime::UNIX_EPOCH);
    assert!(world.line.sign_in(&server, given).await.is_ok());
    assert_eq!(world.received(TOKEN).await.len(), 1);
    let only_id = Credential::new(DateTime::UNIX_EPOCH)
        .with(SecretName::Identifier, Secret::new("1234567890".to_owned()));
    let no_key = channel()
        .with(SecretName::PrivateKey, Secret::new(CANARY.to_owned()))
        .with(SecretName::PrivateKeyId, Secret::new("k1".to_owned()));
    for incomplete in [only_id, no_key] {
        let error = world.line.sign_in(&server, incomplete).await.unwrap_err();
        assert!(matches!(error, ConnectError::Refused(_)), "{error:?}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    let invite = super::super::super::Invite {
        instance: &server,
        redirect_uri: "https://sekisho.example.lg.jp/",
        state: &Secret::new("s".to_owned()),
        handle: "town",
    };
    assert!(matches!(
        world.line.invite(invite).await,
        Err(ConnectError::NotOffered)
    ));
}

/// What openssl, which knows nothing of this program, says to its arguments.
fn openssl(directory: &std::path::Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("openssl is installed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

#[tokio::test]
async fn an_assertion_is_signed_with_the_channels_key() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| openssl(directory.path(), arguments);
    run(&[
        "genpkey",
        "-algorithm",
        "RSA",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-out",
        "key.pem",
    ]);
    run(&["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]);
    let pem = std::fs::read_to_string(directory.path().join("key.pem")).unwrap();
    let mut world = World::new().await;
    world.script("POST", BROADCAST, accepted()).await;
    world.credential = Credential::new(DateTime::UNIX_EPOCH)
        .with(SecretName::Identifier, Secret::new("1234567890".to_owned()))
        .with(SecretName::PrivateKey, Secret::new(pem.clone()))
        .with(SecretName::PrivateKeyId, Secret::new("key-1".to_owned()));
    assert_eq!(
        world.send(&payload("本文")).await.class(),
        OutcomeClass::Published
    );

    let sent = form(&world.received(TOKEN).await[0]);
    assert_eq!(
        sent["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    assert!(!sent.contains_key("client_id") && !sent.contains_key("client_secret"));
    let (text, signature) = sent["client_assertion"].rsplit_once('.').unwrap();
    let (header, claims) = text.split_once('.').unwrap();
    let read =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    assert_eq!(
        read(header),
        json!({ "alg": "RS256", "typ": "JWT", "kid": "key-1" })
    );
    let claims = read(claims);
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!("1234567890"), &json!("1234567890"))
    );
    assert_eq!(claims["aud"], "https://api.line.me/");
    let life = claims["exp"].as_i64().unwrap() - world.clock.now().timestamp();
    assert!((1..=1800).contains(&life), "{life}");

    std::fs::write(directory.path().join("text"), text).unwrap();
    std::fs::write(
        directory.path().join("signature"),
        URL_SAFE_NO_PAD.decode(signature).unwrap(),
    )
    .unwrap();
    let told = run(&[
        "dgst",
        "-sha256",
        "-verify",
        "public.pem",
        "-signature",
        "signature",
        "text",
    ]);
    assert_eq!(String::from_utf8_lossy(&told).trim(), "Verified OK");

    run(&[
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-out",
        "other.pem",
    ]);
    let other = std::fs::read_to_string(directory.path().join("other.pem")).unwrap();
    let refused = assertion::sign("1234567890", "key-1", &other, world.clock.now());
    assert_eq!(refused.map(|_| ()), Err(assertion::NoAssertion::OtherKind));
}

#[tokio::test]
async fn a_channel_that_is_handed_in_is_tried_and_no_token_is_kept() {
    let world = World::new().await;
    let kept = world.line.sign_in(&world.server.uri(), channel()).await.unwrap();
    assert_eq!(kept.get(SecretName::Password).map(Secret::expose), Some(CANARY));
    assert!(kept.get(SecretName::Access).is_none());
    assert_eq!(world.received(TOKEN).await.len(), 1);
}

#[tokio::test]
async fn a_channel_that_is_refused_is_told_without_its_secret() {
    let world = World::without_tokens().await;
    let refused = json!({ "error": "invalid_client", "error_description": CANARY });
    world
        .script("POST", TOKEN, ResponseTemplate::new(400).set_body_json(refused))
        .await;
    let why = world.line.sign_in(&world.server.uri(), channel()).await;
    let why = why.map(|_| ()).unwrap_err();
    assert!(matches!(why, ConnectError::Refused(_)), "{why}");
    assert!(!format!("{why:?} {why}").contains("canary"), "{why}");
}
