//! A person's consent, against a stand-in that is home, issuer and directory in one and counts its numbers for each.

mod connecting;
mod finding;
mod renewing;
mod showing;

use std::collections::BTreeMap;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use sha2::{Digest as _, Sha256};
use wiremock::{Request as Received, Respond};

use super::*;
use crate::vault::SecretName;

const HANDLE: &str = "town.example.jp";
const CALLBACK: &str = "https://sekisho.example.lg.jp/v1/connections/callback";
const STATE: &str = "canary-state";
const CODE: &str = "canary-code";
const REFRESH: &str = "canary-refresh";

/// What the issuer and the home want to see in a proof.
const ISSUERS_NUMBER: &str = "number-of-the-issuer";
const HOMES_NUMBER: &str = "number-of-the-home";

/// A key as PEM.
pub(super) fn pem() -> String {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let body = STANDARD.encode(key.to_pkcs8v1().unwrap().as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}

/// A signed token whose signature is good.
struct Token {
    header: Value,
    claims: Value,
}

impl Token {
    /// Reads a token that this key signed.
    fn by(key: &Value, text: &str) -> Self {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let coordinate = |name: &str| bytes(key[name].as_str().unwrap());
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(signed.as_bytes(), &bytes(signature)).unwrap();
        let json = |part: &str| serde_json::from_slice(&bytes(part)).unwrap();
        Self {
            header: json(header),
            claims: json(claims),
        }
    }

    /// The proof in a request, which is about this very request.
    fn proof_of(request: &Received) -> Self {
        let text = request.headers["dpop"].to_str().unwrap();
        let header = URL_SAFE_NO_PAD.decode(text.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let proof = Self::by(&header["jwk"], text);
        assert_eq!(
            (&proof.header["typ"], &proof.header["alg"]),
            (&json!("dpop+jwt"), &json!("ES256"))
        );
        assert_eq!(proof.claims["htm"], request.method.as_str());
        let host = request.headers["host"].to_str().unwrap();
        assert_eq!(
            proof.claims["htu"],
            format!("http://{host}{}", request.url.path())
        );
        assert_eq!(proof.claims["iat"], start().timestamp());
        proof
    }
}

/// Gives its answer to who shows the number, and the number to everybody else.
struct Numbered {
    number: &'static str,
    refusal: ResponseTemplate,
    answer: ResponseTemplate,
}

impl Numbered {
    fn issuer(status: u16, body: Value) -> Self {
        let refusal = json!({ "error": "use_dpop_nonce", "error_description": "another number" });
        Self {
            number: ISSUERS_NUMBER,
            refusal: ResponseTemplate::new(400).set_body_json(refusal),
            answer: ResponseTemplate::new(status).set_body_json(body),
        }
    }

    fn home(status: u16, body: Value) -> Self {
        Self {
            number: HOMES_NUMBER,
            refusal: unread(),
            answer: ResponseTemplate::new(status).set_body_json(body),
        }
    }
}

/// How a home says that it wants another number.
fn unread() -> ResponseTemplate {
    ResponseTemplate::new(401)
        .insert_header(
            "www-authenticate",
            "DPoP error=\"use_dpop_nonce\", error_description=\"another number\"",
        )
        .set_body_json(json!({ "error": "use_dpop_nonce" }))
}

impl Respond for Numbered {
    fn respond(&self, request: &Received) -> ResponseTemplate {
        let is_shown = Token::proof_of(request).claims["nonce"] == self.number;
        let answer = if is_shown { &self.answer } else { &self.refusal };
        answer.clone().insert_header("dpop-nonce", self.number)
    }
}

impl World {
    /// A world in which a person can consent.
    async fn consenting() -> Self {
        let mut world = Self::new().await;
        world.pds.reset().await;
        let own = settings::Bluesky {
            directory: world.pds.uri().parse().unwrap(),
            client_key: Some(ClientKey::from_pem(&pem()).unwrap()),
        };
        world.bluesky = Bluesky::new(
            client(),
            Arc::clone(&world.clock) as Arc<dyn Clock>,
            Duration::from_secs(1),
            Arc::new(CountingEntropy::default()),
            own,
        );
        world
    }

    /// Says of itself all that is looked at, but for this.
    async fn tells_but(&self, path: &str, pointer: &str, other: Value) {
        let home = self.pds.uri();
        let documents = [
            ("/xrpc/com.atproto.identity.resolveHandle", json!({ "did": TOWN })),
            (
                "/did:plc:town",
                json!({ "id": TOWN, "alsoKnownAs": ["at://old.example.jp", "at://town.example.jp"],
                    "service": [{ "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": home }] }),
            ),
            (
                "/.well-known/oauth-protected-resource",
                json!({ "resource": home, "authorization_servers": [home] }),
            ),
            (
                "/.well-known/oauth-authorization-server",
                json!({ "issuer": home, "authorization_endpoint": format!("{home}/oauth/authorize"),
                    "token_endpoint": format!("{home}/oauth/token"),
                    "pushed_authorization_request_endpoint": format!("{home}/oauth/par"),
                    "dpop_signing_alg_values_supported": ["ES256", "ES256K"],
                    "scopes_supported": ["atproto", "transition:email", "transition:generic"],
                    "authorization_response_iss_parameter_supported": true,
                    "client_id_metadata_document_supported": true }),
            ),
        ];
        for (place, mut document) in documents {
            if place == path {
                *document.pointer_mut(pointer).unwrap() = other.clone();
            }
            self.serves("GET", place, ResponseTemplate::new(200).set_body_json(document))
                .await;
        }
    }

    async fn tells(&self) {
        self.tells_but("", "", Value::Null).await;
    }

    async fn serves(&self, verb: &str, place: &str, answer: impl Respond + 'static) {
        Mock::given(method(verb))
            .and(path(place))
            .respond_with(answer)
            .mount(&self.pds)
            .await;
    }

    async fn takes_requests(&self) {
        let pushed = json!({ "request_uri": "urn:ietf:params:oauth:request_uri:req-1", "expires_in": 299 });
        self.serves("POST", "/oauth/par", Numbered::issuer(201, pushed))
            .await;
    }

    async fn gives(&self, status: u16, body: Value) {
        self.serves("POST", "/oauth/token", Numbered::issuer(status, body))
            .await;
    }

    async fn invite(&self, redirect_uri: &str) -> Result<Invited, ConnectError> {
        let (instance, state) = (self.pds.uri(), Secret::new(STATE.to_owned()));
        let what = Invite {
            instance: &instance,
            redirect_uri,
            state: &state,
            handle: HANDLE,
        };
        Platform::invite(&self.bluesky, what).await
    }

    async fn finish(
        &self,
        memory: &Credential,
        returned: &[(&str, &str)],
    ) -> Result<Credential, ConnectError> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let returned: BTreeMap<String, String> = returned.iter().map(pair).collect();
        let what = Finish {
            instance: "",
            redirect_uri: CALLBACK,
            memory,
            returned: &returned,
            handle: HANDLE,
        };
        Platform::finish(&self.bluesky, what).await
    }

    /// What comes back when a person consents.
    async fn consented(&self) -> Result<Credential, ConnectError> {
        let invited = self.invite(CALLBACK).await.unwrap();
        let home = self.pds.uri();
        self.finish(&invited.memory, &[("iss", &home), ("code", CODE)])
            .await
    }

    /// The requests to a place.
    async fn received(&self, place: &str) -> Vec<Received> {
        let requests = self.pds.received_requests().await.unwrap();
        requests
            .into_iter()
            .filter(|request| request.url.path() == place)
            .collect()
    }

    /// A credential as consent gives it.
    fn bound(&self) -> Credential {
        Credential::of_access(Secret::new(CANARY.to_owned()), start())
            .with(SecretName::Refresh, Secret::new(REFRESH.to_owned()))
            .with(SecretName::PrivateKey, Secret::new(pem()))
            .with(
                SecretName::ClientId,
                Secret::new("https://sekisho.example.lg.jp/oauth-client-metadata.json".to_owned()),
            )
            .with(SecretName::Issuer, Secret::new(self.pds.uri()))
            .with(SecretName::Home, Secret::new(self.pds.uri()))
            .with(SecretName::Identifier, Secret::new(TOWN.to_owned()))
    }
}

fn tokens() -> Value {
    json!({
        "access_token": "canary-access-new", "token_type": "DPoP", "refresh_token": "canary-refresh-new",
        "expires_in": 3600, "scope": "atproto transition:generic", "sub": TOWN,
    })
}

fn with(mut value: Value, name: &str, other: Value) -> Value {
    value[name] = other;
    value
}

fn form(request: &Received) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

fn part(credential: &Credential, name: SecretName) -> &str {
    credential.get(name).unwrap().expose()
}

fn silent(shown: impl std::fmt::Display + std::fmt::Debug) {
    assert!(!format!("{shown} {shown:?}").contains("canary"), "{shown:?}");
}
