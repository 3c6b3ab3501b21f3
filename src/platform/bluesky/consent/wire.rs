//! The shapes of OAuth, as far as they are used.

use serde::Deserialize;
use url::Url;

/// What the server of an account's records says of itself (RFC 9728).
#[derive(Debug, Deserialize)]
pub(super) struct ProtectedResource {
    pub(super) resource: String,
    pub(super) authorization_servers: Vec<String>,
}

/// What an issuer says of itself (RFC 8414).
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) pushed_authorization_request_endpoint: Url,
    #[serde(default)]
    pub(super) dpop_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    pub(super) scopes_supported: Vec<String>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    pub(super) client_id_metadata_document_supported: bool,
}

/// A request that was pushed (RFC 9126).
#[derive(Deserialize)]
pub(super) struct Pushed {
    pub(super) request_uri: String,
}

/// What the token endpoint gives. It is not printed.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) token_type: String,
    pub(super) refresh_token: Option<String>,
    pub(super) expires_in: Option<u32>,
    #[serde(default)]
    pub(super) scope: String,
    pub(super) sub: String,
}

/// What an issuer says when it refuses.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) error: String,
    pub(super) error_description: Option<String>,
}

/// Reads a refusal, if it is one.
pub(super) fn refusal(body: &[u8]) -> Option<Refusal> {
    serde_json::from_slice(body).ok()
}
