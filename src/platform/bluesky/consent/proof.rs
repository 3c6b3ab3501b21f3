//! Proofs that a request comes from whoever has the key of a token (DPoP, RFC 9449), and the numbers that servers
//! want to see in them.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{
    StatusCode,
    header::{HeaderName, WWW_AUTHENTICATE},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{
    super::{
        super::{caller::authorised, headers},
        Bluesky,
    },
    key::{ALGORITHM, BadKey, PublicKey, SigningKey},
};
use crate::{
    net::{Answer, FetchError, Obstacle, Request},
    vault::{Credential, Secret, SecretName},
};

/// The header with a proof.
pub(super) const PROOF: HeaderName = HeaderName::from_static("dpop");

/// The header with the number for the next one.
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// What a server says that wants to see another number, before it looks at anything else.
const ANOTHER_NONCE: &str = "use_dpop_nonce";

/// As what a server was asked: it counts its numbers for each part by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Part {
    /// It gives tokens out.
    Issuer,
    /// It is shown them.
    Home,
}

/// What an answer says of the number in the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Heard {
    /// It was good, or the answer is about something else.
    Enough,
    /// The request was refused unread: it is made again with the number that came along.
    Again,
}

/// The last number of each server. It is kept in memory only; a server that knows it no longer gives another.
#[derive(Default)]
pub(in super::super) struct Nonces(Mutex<BTreeMap<(Part, String), String>>);

impl Nonces {
    fn of(&self, part: Part, url: &Url) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(part, origin(url))).cloned()
    }

    /// Remembers the number of an answer, and tells whether the request is to be made again.
    pub(in super::super) fn hear(&self, part: Part, url: &Url, answer: &Answer) -> Heard {
        let Some(nonce) = headers::text(&answer.headers, &NONCE) else {
            return Heard::Enough;
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert((part, origin(url)), nonce.to_owned());
        match wants_another(part, answer) {
            true => Heard::Again,
            false => Heard::Enough,
        }
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonces")
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn wants_another(part: Part, answer: &Answer) -> bool {
    match (part, answer.status) {
        (Part::Issuer, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) => {
            super::wire::refusal(&answer.body).is_some_and(|refusal| refusal.error == ANOTHER_NONCE)
        }
        (Part::Home, StatusCode::UNAUTHORIZED) => headers::text(&answer.headers, &WWW_AUTHENTICATE)
            .is_some_and(|challenge| challenge.starts_with("DPoP") && challenge.contains(ANOTHER_NONCE)),
        _ => false,
    }
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    jwk: &'a PublicKey,
}

#[derive(Serialize)]
struct Claims<'a> {
    jti: String,
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
}

impl Bluesky {
    /// Adds what is sent with each call: a plain token, or one with the proof that it is ours.
    pub(in super::super) fn signed(
        &self,
        request: Result<Request, FetchError>,
        credential: &Credential,
    ) -> Result<Request, FetchError> {
        let (Some(pem), Some(access)) = (
            credential.get(SecretName::PrivateKey),
            credential.get(SecretName::Access),
        ) else {
            return authorised(request, credential);
        };
        let request = request?;
        let key = SigningKey::from_pem(pem.expose()).map_err(unsigned)?;
        let proof = self
            .proof(&key, Part::Home, &request, Some(access))
            .map_err(unsigned)?;
        request.bound(access)?.header(PROOF, &proof)
    }

    /// The proof for one request.
    pub(super) fn proof(
        &self,
        key: &SigningKey,
        part: Part,
        request: &Request,
        access: Option<&Secret>,
    ) -> Result<String, BadKey> {
        let mut place = request.url().clone();
        place.set_query(None);
        place.set_fragment(None);
        let header = Header {
            typ: "dpop+jwt",
            alg: ALGORITHM,
            jwk: key.public(),
        };
        let claims = Claims {
            jti: self.chance.session().to_string(),
            htm: request.method().as_str(),
            htu: place.as_str(),
            iat: self.caller.now().timestamp(),
            nonce: self.nonces.of(part, request.url()),
            ath: access.map(|access| URL_SAFE_NO_PAD.encode(Sha256::digest(access.expose()))),
        };
        key.token(&header, &claims)
    }
}

/// Nothing was sent: there is nothing to sign with.
pub(super) fn unsigned(why: BadKey) -> FetchError {
    FetchError::NotSent {
        obstacle: Obstacle::Request,
        why: why.to_string(),
    }
}
