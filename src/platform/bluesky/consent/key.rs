//! Keys on the curve P-256, and what is signed with them: JSON Web Tokens (RFC 7519) by ES256.

use std::fmt;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject as _};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::vault::Secret;

/// The one signature that the protocol asks everybody to know.
pub(super) const ALGORITHM: &str = "ES256";

/// What stands before the point of every public key on this curve (RFC 5480).
const SPKI_OF_P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// How a point is written whole, without compression.
const WHOLE_POINT: u8 = 4;

/// Bytes of one coordinate.
const COORDINATE: usize = 32;

/// Why there is no key or no signature. The text shows nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// It is not one.
    #[error("it is no PEM file with a key of the curve P-256 in it (PKCS #8, or the public half alone)")]
    NoKey,
    /// The library made none.
    #[error("no key could be made")]
    NotMade,
    /// It did not sign.
    #[error("the key could not sign")]
    NotSigned,
}

/// A public key as others read it (RFC 7517), in the order in which its thumbprint is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    crv: &'static str,
    kty: &'static str,
    x: String,
    y: String,
}

impl PublicKey {
    fn of_point(point: &[u8]) -> Result<Self, BadKey> {
        let Some((&WHOLE_POINT, rest)) = point.split_first() else {
            return Err(BadKey::NoKey);
        };
        let (x, y) = rest.split_at_checked(COORDINATE).ok_or(BadKey::NoKey)?;
        if y.len() != COORDINATE {
            return Err(BadKey::NoKey);
        }
        Ok(Self {
            crv: "P-256",
            kty: "EC",
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// Reads the public half of a key from a PEM file.
    fn from_pem(text: &str) -> Result<Self, BadKey> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()).map_err(|_| BadKey::NoKey)?;
        Self::of_point(der.strip_prefix(&SPKI_OF_P256).ok_or(BadKey::NoKey)?)
    }

    /// The name that follows from the key itself (RFC 7638).
    pub(super) fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(json(self)))
    }
}

/// A private key with its public half.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// A new one.
    pub(super) fn generate() -> Result<Self, BadKey> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| BadKey::NotMade)?;
        Self::of(pair)
    }

    /// Reads one from a PEM file.
    pub(super) fn from_pem(text: &str) -> Result<Self, BadKey> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| BadKey::NoKey)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_pkcs8_der());
        Self::of(pair.map_err(|_| BadKey::NoKey)?)
    }

    fn of(pair: EcdsaKeyPair) -> Result<Self, BadKey> {
        let public = PublicKey::of_point(pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }

    /// The form in which it is kept.
    pub(super) fn to_pem(&self) -> Result<Secret, BadKey> {
        let der = self.pair.to_pkcs8v1().map_err(|_| BadKey::NotMade)?;
        let body = Zeroizing::new(STANDARD.encode(der.as_ref()));
        Ok(Secret::new(format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            *body
        )))
    }

    /// What others see of it.
    pub(super) const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a token.
    pub(super) fn token(&self, header: &impl Serialize, claims: &impl Serialize) -> Result<String, BadKey> {
        let text = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(json(header)),
            URL_SAFE_NO_PAD.encode(json(claims))
        );
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes());
        let signature = signature.map_err(|_| BadKey::NotSigned)?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// The key by which this program proves to the protocol's servers that it is itself.
#[derive(Debug)]
pub enum ClientKey {
    /// All of it: this process connects accounts and renews their credentials.
    Whole(SigningKey),
    /// The public half: this process only tells it to others.
    PublicHalf(PublicKey),
}

impl ClientKey {
    /// Reads a PEM file.
    ///
    /// # Errors
    /// [`BadKey::NoKey`].
    pub fn from_pem(text: &str) -> Result<Self, BadKey> {
        SigningKey::from_pem(text)
            .map(Self::Whole)
            .or_else(|_| PublicKey::from_pem(text).map(Self::PublicHalf))
    }

    /// What others see of it.
    pub(super) const fn public(&self) -> &PublicKey {
        match self {
            Self::Whole(key) => key.public(),
            Self::PublicHalf(key) => key,
        }
    }

    /// What signs, where this process has it.
    pub(super) const fn signing(&self) -> Option<&SigningKey> {
        match self {
            Self::Whole(key) => Some(key),
            Self::PublicHalf(_) => None,
        }
    }
}

/// Texts and numbers always have a JSON form.
fn json(part: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbprint_is_what_the_standard_says() {
        // The key of RFC 9449, section 4.1, and its thumbprint in section 6.1.
        let key = PublicKey {
            crv: "P-256",
            kty: "EC",
            x: "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs".to_owned(),
            y: "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA".to_owned(),
        };
        assert_eq!(key.thumbprint(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn a_key_comes_back_as_it_was_and_shows_nothing() {
        let key = SigningKey::generate().unwrap();
        let pem = key.to_pem().unwrap();
        let again = SigningKey::from_pem(pem.expose()).unwrap();
        assert_eq!(key.public(), again.public());
        let body = pem.expose().lines().nth(1).unwrap();
        assert!(!format!("{key:?}").contains(&body[40..60]));
    }

    #[test]
    fn what_is_no_key_of_this_curve_is_none() {
        let other = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        for text in ["", "canary", other] {
            assert_eq!(ClientKey::from_pem(text).map(drop), Err(BadKey::NoKey), "{text}");
        }
    }
}
