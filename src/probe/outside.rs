//! Asks a checker that the site runs itself. Whatever is not a good answer in time is none.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderName},
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use url::Url;

use super::opinion::{self, Question, Unusable};
use crate::{
    domain::{
        digest::RevisionDigest,
        evidence::{OutsideFinding, OutsideLook},
        ids::OrganizationId,
        revision::{Content, Kind},
    },
    net::{Client, FetchError, NetConfig, NetError, Request},
    vocabulary,
};

/// The header that says who asks: `t=<Unix seconds>,v1=<HMAC-SHA-256 of "t.body", hexadecimal>`.
pub const SIGNATURE: &str = "sekisho-signature";

/// The shortest secret, in bytes: less could be guessed.
pub const SHORTEST_SECRET: usize = 32;

/// The longest answer, in bytes.
const LONGEST_ANSWER: usize = 256 * 1024;

vocabulary! {
    /// Whether emergency posts wait for the checker.
    #[derive(Default)]
    Emergencies {
        /// They do not: the checker is not asked.
        #[default]
        Skipped = "skipped",
        /// They do.
        Asked = "asked",
    }
}

/// Which checker is asked, and how.
#[derive(Debug, Clone)]
pub struct OutsideConfig {
    /// Where it is. The administrator chose it, so it may stand inside.
    pub url: Url,
    /// What both sides know.
    pub secret: SecretString,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether emergency posts wait for it.
    pub emergencies: Emergencies,
    /// Certificates (PEM) to trust besides the machine's own.
    pub roots: Vec<u8>,
}

/// Why a checker cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// A short secret, or none.
    #[error("the secret is shorter than {SHORTEST_SECRET} bytes")]
    ShortSecret,
    /// Posts that nobody has seen yet do not travel in the open, and a credential in an address is seen.
    #[error("the address is not one of https, or of http on this machine, without a user name")]
    Address,
    /// The HTTP client.
    #[error(transparent)]
    Net(#[from] NetError),
}

/// Asks the checker.
#[derive(Debug, Clone)]
pub struct OutsideChecker {
    client: Client,
    config: OutsideConfig,
}

/// Why there is no opinion.
#[derive(Debug, thiserror::Error)]
enum Silence {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("it answered with status {0}")]
    Status(StatusCode),
    #[error("its answer cannot be used: {0}")]
    Unusable(#[from] Unusable),
}

impl OutsideChecker {
    /// Sets the checker up. It is called without the proxy.
    ///
    /// # Errors
    /// See [`OutsideError`].
    pub fn new(config: OutsideConfig, net: &NetConfig) -> Result<Self, OutsideError> {
        if config.secret.expose_secret().len() < SHORTEST_SECRET {
            return Err(OutsideError::ShortSecret);
        }
        let host = config.url.host_str().ok_or(OutsideError::Address)?;
        if !config.url.username().is_empty() || config.url.password().is_some() || !is_covered(&config.url) {
            return Err(OutsideError::Address);
        }
        let net = NetConfig {
            loopback: net.loopback,
            extra_roots: config.roots.clone(),
            inside: Some(host.to_owned()),
            names: std::sync::Arc::clone(&net.names),
            ..NetConfig::default()
        };
        Ok(Self {
            client: Client::new(&net)?,
            config,
        })
    }

    /// Whether the checker is asked about a kind of post.
    #[must_use]
    pub fn judges(&self, kind: Kind) -> bool {
        kind != Kind::Emergency || self.config.emergencies == Emergencies::Asked
    }

    /// Asks about a content.
    pub async fn ask(
        &self,
        organization: OrganizationId,
        revision: RevisionDigest,
        content: &Content,
        at: DateTime<Utc>,
    ) -> OutsideLook {
        let question = Question::about(organization, revision, content);
        match self.opinion(&question, revision, at).await {
            Ok(findings) => OutsideLook::Answered { revision, findings },
            Err(why) => {
                tracing::warn!(%revision, %why, "the outside checker gave no opinion");
                OutsideLook::Unavailable
            }
        }
    }

    async fn opinion(
        &self,
        question: &Question<'_>,
        revision: RevisionDigest,
        at: DateTime<Utc>,
    ) -> Result<Vec<OutsideFinding>, Silence> {
        let body = serde_json::to_vec(question).map_err(|_| Unusable::Form)?;
        let signature = signature(&self.config.secret, at.timestamp(), &body);
        let request = Request::new(Method::POST, self.config.url.clone())
            .header(CONTENT_TYPE, "application/json")?
            .header(ACCEPT, "application/json")?
            .header(HeaderName::from_static(SIGNATURE), &signature)?
            .body(body)
            .within(self.config.timeout)
            .at_most(LONGEST_ANSWER);
        let answer = self.client.fetch(request).await?;
        if answer.status != StatusCode::OK {
            return Err(Silence::Status(answer.status));
        }
        Ok(opinion::read(&answer.body, revision)?)
    }
}

/// Whether nobody on the way can read what is asked.
fn is_covered(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

/// Proves to the checker who asks, and when.
fn signature(secret: &SecretString, seconds: i64, body: &[u8]) -> String {
    let mut mac = match Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) {
        Ok(mac) => mac,
        // HMAC takes keys of every length.
        Err(_) => return String::new(),
    };
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("t={seconds},v1={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_other_programs() {
        // printf '1795000000.{}' | openssl dgst -sha256 -hmac "$SECRET"
        let secret = SecretString::from("0123456789abcdef0123456789abcdef");
        let expected = "f25c0272af2da83611d98334ff35b241eda7cb79c3f3301ae25ca1a1e44e8f43";
        assert_eq!(
            signature(&secret, 1_795_000_000, b"{}"),
            format!("t=1795000000,v1={expected}")
        );
    }
}
