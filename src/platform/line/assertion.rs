//! The assertion with which a channel proves itself without sending its secret: a JSON Web Token (RFC 7519),
//! signed with the channel's own private key.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use rustls::{
    SignatureScheme,
    crypto::aws_lc_rs::sign::any_supported_type,
    pki_types::{PrivateKeyDer, pem::PemObject as _},
};
use serde::Serialize;

use crate::vault::Secret;

/// Who reads the assertion, as LINE's documents name themselves.
const AUDIENCE: &str = "https://api.line.me/";

/// How long one is good: LINE takes half an hour at most, and it is used at once.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// Why nothing is signed. The text shows nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAssertion {
    #[error("the private key is no PEM file with a private key in it")]
    NoKey,
    #[error("the private key is not of the kind that LINE takes (RSA)")]
    OtherKind,
    #[error("the private key could not sign")]
    NotSigned,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'static str,
    exp: i64,
}

/// Signs that this is the channel. `key` is a PEM file.
pub(super) fn sign(
    channel: &str,
    key_id: &str,
    key: &str,
    now: DateTime<Utc>,
) -> Result<Secret, NoAssertion> {
    let header = Header {
        alg: "RS256",
        typ: "JWT",
        kid: key_id,
    };
    let claims = Claims {
        iss: channel,
        sub: channel,
        aud: AUDIENCE,
        exp: (now + LIFE).timestamp(),
    };
    let text = format!("{}.{}", encoded(&header), encoded(&claims));
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| NoAssertion::NoKey)?;
    let key = any_supported_type(&key).map_err(|_| NoAssertion::NoKey)?;
    let signer = key
        .choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])
        .ok_or(NoAssertion::OtherKind)?;
    let signature = signer.sign(text.as_bytes()).map_err(|_| NoAssertion::NotSigned)?;
    Ok(Secret::new(format!(
        "{text}.{}",
        URL_SAFE_NO_PAD.encode(signature)
    )))
}

/// Texts and numbers always have a JSON form.
fn encoded(part: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).unwrap_or_default())
}
