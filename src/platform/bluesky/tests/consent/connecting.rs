//! From the invitation to the credential.

use rstest::rstest;

use super::*;

#[tokio::test]
async fn a_person_consents_and_the_tokens_are_bound_to_a_key_of_their_own() {
    let world = World::consenting().await;
    world.tells().await;
    world.takes_requests().await;
    world.gives(200, tokens()).await;
    let invited = world.invite(CALLBACK).await.unwrap();
    let shown: BTreeMap<String, String> = invited.authorize_url.query_pairs().into_owned().collect();
    let id = "https://sekisho.example.lg.jp/oauth-client-metadata.json";
    let request_uri = "urn:ietf:params:oauth:request_uri:req-1";
    assert_eq!(invited.authorize_url.path(), "/oauth/authorize");
    let expected = [("client_id", id), ("request_uri", request_uri)];
    assert_eq!(
        shown,
        expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    );

    let home = world.pds.uri();
    let kept = world
        .finish(&invited.memory, &[("iss", &home), ("code", CODE)])
        .await
        .unwrap();
    assert_eq!(part(&kept, SecretName::Access), "canary-access-new");
    assert_eq!(part(&kept, SecretName::Refresh), "canary-refresh-new");
    assert_eq!(part(&kept, SecretName::Identifier), TOWN);
    assert_eq!(part(&kept, SecretName::Issuer), home);
    assert_eq!(part(&kept, SecretName::Home), home);
    assert_eq!(
        part(&kept, SecretName::PrivateKey),
        part(&invited.memory, SecretName::PrivateKey)
    );
    assert!(kept.get(SecretName::Verifier).is_none());
    assert_eq!(kept.access_expires_at, Some(start() + TimeDelta::hours(1)));

    let introduced = world.bluesky.introduction(CALLBACK).unwrap();
    let (pushed, exchanged) = (
        world.received("/oauth/par").await,
        world.received("/oauth/token").await,
    );
    assert_eq!(
        (pushed.len(), exchanged.len()),
        (2, 1),
        "the number is asked for once"
    );
    let (request, exchange) = (form(&pushed[1]), form(&exchanged[0]));
    let verifier = part(&invited.memory, SecretName::Verifier);
    assert_eq!(
        request["code_challenge"],
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
    );
    assert_eq!(
        (request["state"].as_str(), request["redirect_uri"].as_str()),
        (STATE, CALLBACK)
    );
    assert_eq!(
        (request["scope"].as_str(), request["login_hint"].as_str()),
        ("atproto transition:generic", HANDLE)
    );
    assert_eq!(
        (exchange["code"].as_str(), exchange["code_verifier"].as_str()),
        (CODE, verifier)
    );

    let mut numbers = Vec::new();
    let mut keys = Vec::new();
    for received in pushed.iter().chain(&exchanged) {
        let proof = Token::proof_of(received);
        assert!(
            proof.claims.get("ath").is_none(),
            "no token is shown to the issuer"
        );
        keys.push(proof.header["jwk"].clone());
        let sent = form(received);
        let key = &introduced["jwks"]["keys"][0];
        let assertion = Token::by(key, &sent["client_assertion"]);
        assert_eq!(assertion.header["kid"], key["kid"]);
        for (claim, wanted) in [("iss", id), ("sub", id), ("aud", home.as_str())] {
            assert_eq!(assertion.claims[claim], wanted);
        }
        numbers.extend([
            proof.claims["jti"].to_string(),
            assertion.claims["jti"].to_string(),
        ]);
        assert_eq!(sent["client_id"], id);
    }
    assert!(
        keys.iter().all(|key| *key == keys[0]),
        "one key from the beginning to the end"
    );
    let count = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "nothing is shown twice");
}

#[tokio::test]
async fn on_a_developers_machine_nothing_is_proven_of_us() {
    let world = World::consenting().await;
    world.tells().await;
    world.takes_requests().await;
    let back = "http://127.0.0.1:8080/v1/connections/callback";
    let invited = world.invite(back).await.unwrap();
    let id = part(&invited.memory, SecretName::ClientId);
    assert!(id.starts_with("http://localhost?redirect_uri="), "{id}");
    let request = form(&world.received("/oauth/par").await[1]);
    assert_eq!(request["client_id"], id);
    assert!(!request.contains_key("client_assertion"));
}

#[tokio::test]
async fn what_does_not_come_from_the_issuer_is_not_exchanged() {
    let world = World::consenting().await;
    world.tells().await;
    world.takes_requests().await;
    world.gives(200, tokens()).await;
    let memory = world.invite(CALLBACK).await.unwrap().memory;
    let home = world.pds.uri();
    for returned in [
        &[("code", CODE)][..],
        &[("code", CODE), ("iss", "https://elsewhere.example.jp")],
        &[("code", CODE), ("iss", "")],
        &[("iss", &home), ("error", "access_denied")],
        &[("iss", &home), ("code", "")],
    ] {
        let refused = world.finish(&memory, returned).await.unwrap_err();
        assert!(matches!(refused, ConnectError::Refused(_)), "{refused:?}");
    }
    assert!(world.received("/oauth/token").await.is_empty());
}

#[rstest]
#[case::another_account("sub", json!("did:plc:neighbour"), "does not cover the account town.example.jp")]
#[case::a_part_of_the_consent("scope", json!("atproto"), "lacks transition:generic")]
#[case::not_bound("token_type", json!("Bearer"), "not bound")]
#[case::nothing_to_renew_with("refresh_token", Value::Null, "without a credential")]
#[case::empty("access_token", json!(""), "without a credential")]
#[tokio::test]
async fn a_credential_that_is_of_no_use_is_not_kept(
    #[case] name: &str,
    #[case] other: Value,
    #[case] says: &str,
) {
    let world = World::consenting().await;
    world.tells().await;
    world.takes_requests().await;
    world.gives(200, with(tokens(), name, other)).await;
    let refused = world.consented().await.unwrap_err();
    assert!(refused.to_string().contains(says), "{refused}");
    silent(refused);
}

#[rstest]
#[case(400, json!({ "error": "invalid_grant", "error_description": format!("code {CODE} is spent") }), "[redacted]")]
#[case(401, json!({ "error": "invalid_client" }), "invalid_client")]
#[case(400, json!("no"), "without a readable reason")]
#[case(500, json!({ "error": "server_error" }), "cannot be reached")]
#[case(302, json!({}), "cannot be read")]
#[tokio::test]
async fn an_exchange_that_is_refused_connects_nothing(
    #[case] status: u16,
    #[case] body: Value,
    #[case] says: &str,
) {
    let world = World::consenting().await;
    world.tells().await;
    world.takes_requests().await;
    world.gives(status, body).await;
    let refused = world.consented().await.unwrap_err();
    assert!(refused.to_string().contains(says), "{refused}");
    silent(refused);
}

#[rstest]
#[case(400, json!({ "error": "invalid_client_metadata", "error_description": "Unable to obtain client metadata" }), "client metadata")]
#[case(429, json!({}), "cannot be reached")]
#[case(201, json!({}), "without a request")]
#[tokio::test]
async fn a_request_that_is_not_taken_invites_nobody(
    #[case] status: u16,
    #[case] body: Value,
    #[case] says: &str,
) {
    let world = World::consenting().await;
    world.tells().await;
    world
        .serves("POST", "/oauth/par", Numbered::issuer(status, body))
        .await;
    let refused = world.invite(CALLBACK).await.unwrap_err();
    assert!(refused.to_string().contains(says), "{refused}");
    silent(refused);
}

#[tokio::test]
async fn without_a_key_of_our_own_nobody_is_asked() {
    let mut world = World::consenting().await;
    world.tells().await;
    world.bluesky.settings.client_key = None;
    assert_eq!(
        world.invite(CALLBACK).await.unwrap_err(),
        ConnectError::NoApplication
    );
    assert!(world.bluesky.introduction(CALLBACK).is_none());
    assert!(world.pds.received_requests().await.unwrap().is_empty());
}
