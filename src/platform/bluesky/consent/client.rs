//! This program as the protocol's servers know it. There is no register of applications: the name of one is the
//! address at which it introduces itself.

use serde::Serialize;
use url::{Host, Url};

use super::{
    super::super::ConnectError,
    key::{ALGORITHM, BadKey, ClientKey, PublicKey, SigningKey},
};

/// What is asked for: the account's identity, and everything that a password for programs allows. The finer scopes
/// are not known to every server yet.
pub(super) const SCOPES: [&str; 2] = ["atproto", "transition:generic"];

/// The name that people see when they consent.
const CLIENT_NAME: &str = "Sekisho";

/// Where we introduce ourselves, seen from where people come back to. Servers show the host alone for this name.
const INTRODUCTION: &str = "../../oauth-client-metadata.json";

/// What every server takes for a program under development, which has no address in public.
const DEVELOPMENT: &str = "http://localhost";

/// How an assertion is named that takes the place of a secret (RFC 7523).
const BY_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion is good: it is used at once.
const ASSERTION_SECONDS: i64 = 60;

/// This program, to one server.
#[derive(Debug)]
pub(super) enum Client<'a> {
    /// At an address in public, with a key of its own.
    Public { id: String, key: &'a SigningKey },
    /// On a developer's machine: it proves nothing, and its sessions end after two weeks.
    Development { id: String },
}

impl<'a> Client<'a> {
    /// Who we are to a server that sends people back to this address.
    pub(super) fn returning_to(redirect_uri: &str, key: Option<&'a ClientKey>) -> Result<Self, ConnectError> {
        let no_address = ConnectError::Address("the address to return to");
        let url = Url::parse(redirect_uri).map_err(|_| no_address.clone())?;
        if is_of_this_machine(&url) {
            let id = development(redirect_uri);
            return Ok(Self::Development { id });
        }
        let id = introduced_at(&url).ok_or(no_address)?;
        Self::known_as(id, key).ok_or(ConnectError::NoApplication)
    }

    /// Who we were when the account was connected.
    pub(super) fn known_as(id: String, key: Option<&'a ClientKey>) -> Option<Self> {
        if id.starts_with(DEVELOPMENT) {
            return Some(Self::Development { id });
        }
        let key = key.and_then(ClientKey::signing)?;
        Some(Self::Public { id, key })
    }

    /// The name.
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Public { id, .. } | Self::Development { id } => id,
        }
    }

    /// The fields by which a request to this issuer proves that it is ours.
    pub(super) fn fields(
        &self,
        issuer: &str,
        jti: &str,
        now: i64,
    ) -> Result<Vec<(&'static str, String)>, BadKey> {
        let id = ("client_id", self.id().to_owned());
        let Self::Public { id: name, key } = self else {
            return Ok(vec![id]);
        };
        let kid = key.public().thumbprint();
        let header = AssertionHeader {
            alg: ALGORITHM,
            typ: "JWT",
            kid: &kid,
        };
        let claims = Assertion {
            iss: name,
            sub: name,
            aud: issuer,
            jti,
            iat: now,
            exp: now + ASSERTION_SECONDS,
        };
        let assertion = key.token(&header, &claims)?;
        Ok(vec![
            id,
            ("client_assertion_type", BY_ASSERTION.to_owned()),
            ("client_assertion", assertion),
        ])
    }
}

#[derive(Serialize)]
struct AssertionHeader<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    jti: &'a str,
    iat: i64,
    exp: i64,
}

/// How we introduce ourselves, where we have an address in public and a key.
pub(super) fn introduction(redirect_uri: &str, key: &ClientKey) -> Option<serde_json::Value> {
    let id = introduced_at(&Url::parse(redirect_uri).ok()?)?;
    let key = Published {
        kid: key.public().thumbprint(),
        key_use: "sig",
        alg: ALGORITHM,
        key: key.public(),
    };
    Some(serde_json::json!({
        "client_id": id,
        "client_name": CLIENT_NAME,
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [redirect_uri],
        "scope": SCOPES.join(" "),
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": ALGORITHM,
        "dpop_bound_access_tokens": true,
        "jwks": { "keys": [key] },
    }))
}

#[derive(Serialize)]
struct Published<'a> {
    kid: String,
    #[serde(rename = "use")]
    key_use: &'static str,
    alg: &'static str,
    #[serde(flatten)]
    key: &'a PublicKey,
}

fn introduced_at(redirect_uri: &Url) -> Option<String> {
    let is_public = redirect_uri.scheme() == "https" && redirect_uri.domain().is_some();
    let place = redirect_uri.join(INTRODUCTION).ok().filter(|_| is_public)?;
    Some(place.into())
}

/// The address is a number: by its name, this machine is not taken.
fn is_of_this_machine(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    is_loopback && url.scheme() == "http"
}

fn development(redirect_uri: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", &SCOPES.join(" "))
        .finish();
    format!("{DEVELOPMENT}?{query}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn key() -> ClientKey {
        ClientKey::Whole(SigningKey::generate().unwrap())
    }

    #[rstest]
    #[case(
        "https://sekisho.example.lg.jp/v1/connections/callback",
        "https://sekisho.example.lg.jp/oauth-client-metadata.json"
    )]
    #[case(
        "https://sns.example.lg.jp/seki/v1/connections/callback",
        "https://sns.example.lg.jp/seki/oauth-client-metadata.json"
    )]
    #[case(
        "http://127.0.0.1:8080/v1/connections/callback",
        "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fv1%2Fconnections%2Fcallback&scope=atproto+transition%3Ageneric"
    )]
    fn a_name_is_the_address_of_an_introduction(#[case] redirect_uri: &str, #[case] id: &str) {
        let key = key();
        assert_eq!(Client::returning_to(redirect_uri, Some(&key)).unwrap().id(), id);
    }

    #[rstest]
    #[case("http://localhost:8080/v1/connections/callback")]
    #[case("http://sekisho.example.lg.jp/v1/connections/callback")]
    #[case("https://203.0.113.7/v1/connections/callback")]
    #[case("nowhere")]
    fn what_no_server_can_read_is_no_address(#[case] redirect_uri: &str) {
        let refused = Client::returning_to(redirect_uri, Some(&key())).unwrap_err();
        assert_eq!(refused, ConnectError::Address("the address to return to"));
        assert!(introduction(redirect_uri, &key()).is_none());
    }

    #[test]
    fn in_public_nothing_is_done_without_a_key_that_signs() {
        let place = "https://sekisho.example.lg.jp/v1/connections/callback";
        let half = ClientKey::PublicHalf(key().public().clone());
        for key in [None, Some(&half)] {
            let refused = Client::returning_to(place, key).unwrap_err();
            assert_eq!(refused, ConnectError::NoApplication);
        }
        let told = introduction(place, &half).unwrap();
        assert_eq!(told["redirect_uris"], serde_json::json!([place]));
        assert_eq!(told["jwks"]["keys"][0]["kid"], half.public().thumbprint());
        assert!(told["jwks"]["keys"][0].get("d").is_none(), "{told}");
    }
}
