//! Whose account a handle is, and who may speak for it.

use rstest::rstest;

use super::*;

const DOCUMENT: &str = "/did:plc:town";
const RESOURCE: &str = "/.well-known/oauth-protected-resource";
const ISSUER: &str = "/.well-known/oauth-authorization-server";

#[rstest]
#[case::no_identifier("/xrpc/com.atproto.identity.resolveHandle", "/did", json!("town"))]
#[case::of_an_unknown_kind("/xrpc/com.atproto.identity.resolveHandle", "/did", json!("did:key:town"))]
#[case::another_document(DOCUMENT, "/id", json!("did:plc:neighbour"))]
#[case::a_handle_that_only_claims(DOCUMENT, "/alsoKnownAs", json!(["at://village.example.jp"]))]
#[case::no_home(DOCUMENT, "/service", json!([]))]
#[case::another_resource(RESOURCE, "/resource", json!("https://elsewhere.example.jp"))]
#[case::no_issuer(RESOURCE, "/authorization_servers", json!([]))]
#[case::several_issuers(RESOURCE, "/authorization_servers", json!(["https://a.example.jp", "https://b.example.jp"]))]
#[case::another_issuer(ISSUER, "/issuer", json!("https://elsewhere.example.jp"))]
#[case::unknown_signature(ISSUER, "/dpop_signing_alg_values_supported", json!(["RS256"]))]
#[case::missing_scope(ISSUER, "/scopes_supported", json!(["atproto"]))]
#[case::silent_on_who_answers(ISSUER, "/authorization_response_iss_parameter_supported", json!(false))]
#[case::reads_no_introductions(ISSUER, "/client_id_metadata_document_supported", json!(false))]
#[case::no_address(ISSUER, "/token_endpoint", json!("nowhere"))]
#[tokio::test]
async fn nobody_is_sent_anywhere_on_a_claim(
    #[case] place: &str,
    #[case] pointer: &str,
    #[case] other: Value,
) {
    let world = World::consenting().await;
    world.tells_but(place, pointer, other).await;
    world.takes_requests().await;
    world.invite(CALLBACK).await.unwrap_err();
    assert!(world.received("/oauth/par").await.is_empty());
}

#[rstest]
#[case("/xrpc/com.atproto.identity.resolveHandle", 400, "Unable to resolve handle")]
#[case(DOCUMENT, 404, "404")]
#[case(DOCUMENT, 503, "cannot be reached")]
#[case(RESOURCE, 302, "302")]
#[case(ISSUER, 500, "cannot be reached")]
#[tokio::test]
async fn what_does_not_answer_is_said(#[case] place: &str, #[case] status: u16, #[case] says: &str) {
    let world = World::consenting().await;
    let body = json!({ "error": "InvalidRequest", "message": "Unable to resolve handle" });
    world
        .serves("GET", place, ResponseTemplate::new(status).set_body_json(body))
        .await;
    world.tells().await;
    let refused = world.invite(CALLBACK).await.unwrap_err();
    assert!(refused.to_string().contains(says), "{refused}");
}
