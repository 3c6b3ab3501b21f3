//! What each call to LINE is made with: a token that lives for a quarter of an hour, made from the channel's own
//! secret whenever it is needed. It is kept in memory only; nothing that lives long can leak with it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    super::{AskError, ConnectError, instance, said::said},
    Line, assertion,
};
use crate::{
    domain::attempt::Outcome,
    net::{Answer, FetchError, Request},
    vault::{Credential, Secret, SecretName},
};

/// No token is used for longer, whatever LINE says of it.
const LONGEST_LIFE: TimeDelta = TimeDelta::minutes(13);

/// A token that ends sooner than this is not begun with: the call may take a while.
const MARGIN: TimeDelta = TimeDelta::seconds(60);

/// How this program says that an assertion takes the place of the channel's secret (RFC 7523).
const BY_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Where a token comes from, which decides what its refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Made for this very call: the channel itself is refused.
    Fresh,
    /// Made for an earlier call: LINE may have ended it since.
    Kept,
    /// Given by a person; no other can be made.
    Given,
}

/// What one call is made with.
#[derive(Debug)]
pub(super) struct Session {
    /// The token, and everything that it was made from: all of it is taken out of what LINE says.
    pub(super) credential: Credential,
    pub(super) origin: Origin,
}

/// Why there is no token. Nothing was sent in public.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoToken {
    #[error("the server's address is none")]
    Address,
    #[error(
        "a channel's id with its secret is needed, or its id with a private key and that key's id, or a token"
    )]
    Incomplete,
    #[error("LINE refuses the channel: {0}")]
    Refused(String),
    #[error("LINE gives no token now: {0}")]
    Unavailable(String),
}

impl From<NoToken> for Outcome {
    fn from(none: NoToken) -> Self {
        let why = none.to_string();
        match none {
            NoToken::Address => Self::RejectedPermanent { why },
            NoToken::Incomplete | NoToken::Refused(_) => Self::RejectedReauth { why },
            NoToken::Unavailable(_) => Self::NotSent { why },
        }
    }
}

impl From<NoToken> for AskError {
    fn from(none: NoToken) -> Self {
        let why = none.to_string();
        match none {
            NoToken::Incomplete | NoToken::Refused(_) => Self::Unauthorised(why),
            NoToken::Address | NoToken::Unavailable(_) => Self::Unreachable(why),
        }
    }
}

impl From<NoToken> for ConnectError {
    fn from(none: NoToken) -> Self {
        let why = none.to_string();
        match none {
            NoToken::Address => Self::Address("the server's address"),
            NoToken::Incomplete | NoToken::Refused(_) => Self::Refused(why),
            NoToken::Unavailable(_) => Self::Unreachable(why),
        }
    }
}

/// Tokens that can still be used, by a digest of what they were made from.
#[derive(Default)]
pub(super) struct Tokens(Mutex<BTreeMap<[u8; 32], Kept>>);

struct Kept {
    token: Arc<Secret>,
    until: DateTime<Utc>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    fn find(&self, key: &[u8; 32], now: DateTime<Utc>) -> Option<Arc<Secret>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(key).filter(|kept| kept.until > now)?;
        Some(Arc::clone(&found.token))
    }

    fn keep(&self, key: [u8; 32], token: Arc<Secret>, until: DateTime<Utc>, now: DateTime<Utc>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, one| one.until > now);
        kept.insert(key, Kept { token, until });
    }

    fn forget(&self, key: &[u8; 32]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// What the token endpoint gives.
#[derive(Deserialize)]
struct Issued {
    access_token: String,
    expires_in: u32,
}

impl Line {
    /// What the next call is made with; asks LINE for a token if there is none that lives long enough.
    pub(super) async fn session(&self, server: &str, credential: &Credential) -> Result<Session, NoToken> {
        if let Some(given) = credential.get(SecretName::Access) {
            return Ok(session(credential, given.expose(), Origin::Given));
        }
        let now = self.caller.now();
        let key = fingerprint(server, credential);
        if let Some(token) = self.tokens.find(&key, now) {
            return Ok(session(credential, token.expose(), Origin::Kept));
        }
        let (token, until) = self.issue(server, credential, now).await?;
        let session = session(credential, token.expose(), Origin::Fresh);
        self.tokens.keep(key, Arc::new(token), until, now);
        Ok(session)
    }

    /// LINE refused the token of this session: the next one begins with a new one.
    pub(super) fn drop_token(&self, server: &str, credential: &Credential) {
        self.tokens.forget(&fingerprint(server, credential));
    }

    async fn issue(
        &self,
        server: &str,
        credential: &Credential,
        now: DateTime<Utc>,
    ) -> Result<(Secret, DateTime<Utc>), NoToken> {
        let form = form(credential, now)?;
        let url = instance::endpoint(server, &["oauth2", "v3", "token"]).map_err(|_| NoToken::Address)?;
        let request = Request::new(Method::POST, url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .and_then(|request| request.header(ACCEPT, "application/json"))
            .map(|request| request.body(form.expose().as_bytes().to_vec()));
        let answer = self.caller.fetch(request).await.map_err(unavailable)?;
        let sent: Vec<_> = url::form_urlencoded::parse(form.expose().as_bytes()).collect();
        let assertion = sent.iter().filter(|(name, _)| name == "client_assertion");
        let secrets: Vec<&str> = credential
            .secrets()
            .map(Secret::expose)
            .chain(assertion.map(|(_, assertion)| &**assertion))
            .collect();
        let status = answer.status.as_u16();
        match status {
            200..=299 => issued(&answer, now),
            400 | 401 | 403 => Err(NoToken::Refused(refusal(&answer, &secrets))),
            _ => Err(NoToken::Unavailable(refusal(&answer, &secrets))),
        }
    }
}

fn session(credential: &Credential, token: &str, origin: Origin) -> Session {
    let all = SecretName::ALL.iter().filter(|name| **name != SecretName::Access);
    let token = Credential::of_access(Secret::new(token.to_owned()), credential.obtained_at);
    let credential = all.fold(token, |session, name| match credential.get(*name) {
        Some(secret) => session.with(*name, Secret::new(secret.expose().to_owned())),
        None => session,
    });
    Session { credential, origin }
}

/// The form that asks for a token. It holds the channel's secret, or what the private key signed.
fn form(credential: &Credential, now: DateTime<Utc>) -> Result<Secret, NoToken> {
    let part = |name| {
        credential
            .get(name)
            .map(Secret::expose)
            .filter(|text| !text.is_empty())
    };
    let channel = part(SecretName::Identifier).ok_or(NoToken::Incomplete)?;
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    match (
        part(SecretName::Password),
        part(SecretName::PrivateKey),
        part(SecretName::PrivateKeyId),
    ) {
        (_, Some(key), Some(key_id)) => {
            let assertion = assertion::sign(channel, key_id, key, now)
                .map_err(|why| NoToken::Refused(why.to_string()))?;
            form.append_pair("client_assertion_type", BY_ASSERTION)
                .append_pair("client_assertion", assertion.expose());
        }
        (Some(secret), ..) => {
            form.append_pair("client_id", channel)
                .append_pair("client_secret", secret);
        }
        (None, ..) => return Err(NoToken::Incomplete),
    }
    Ok(Secret::new(form.finish()))
}

fn issued(answer: &Answer, now: DateTime<Utc>) -> Result<(Secret, DateTime<Utc>), NoToken> {
    let issued = serde_json::from_slice::<Issued>(&answer.body)
        .ok()
        .filter(|issued| !issued.access_token.is_empty())
        .ok_or_else(|| NoToken::Unavailable("a success that cannot be read".to_owned()))?;
    let life = TimeDelta::seconds(i64::from(issued.expires_in)) - MARGIN;
    Ok((Secret::new(issued.access_token), now + life.min(LONGEST_LIFE)))
}

/// Different parts never run together: each is preceded by its length.
fn fingerprint(server: &str, credential: &Credential) -> [u8; 32] {
    let mut hash = Sha256::new();
    let parts = [server]
        .into_iter()
        .chain(credential.secrets().map(Secret::expose));
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

fn refusal(answer: &Answer, secrets: &[&str]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
        error_description: Option<String>,
    }
    let status = answer.status.as_u16();
    match serde_json::from_slice::<Refusal>(&answer.body) {
        Ok(told) => {
            let description = told.error_description.unwrap_or_default();
            said(&format!("{status} {}: {description}", told.error), secrets)
        }
        Err(_) => format!("{status} without a readable reason"),
    }
}

fn unavailable(error: FetchError) -> NoToken {
    NoToken::Unavailable(error.why().to_owned())
}
