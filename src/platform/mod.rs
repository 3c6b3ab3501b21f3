//! Platforms: one file each behind one trait. What changes something in public takes an
//! [`Authorised`] and answers an [`Outcome`] in its [`Reply`]: "failed" is not an answer.

mod instance;
pub mod mastodon;
pub mod oauth;
mod registry;
mod said;

use std::time::Duration;

use futures::future::BoxFuture;

use crate::{
    domain::{
        account::{KeySupport, Limits},
        attempt::{Outcome, Sighting},
        flow::Budget,
        revision::Payload,
    },
    door::{Authorised, Publication, Withdrawal},
    net,
    vault::Secret,
};

pub use mastodon::Mastodon;
pub use registry::Platforms;

/// No request that changes something in public lives longer than this, counted from its start. A server may
/// still be working on one that was given up.
pub const LONGEST_REQUEST: Duration = net::TOTAL_TIMEOUT;

/// What is looked for when an answer is unknown: an attempt may have left between these times.
#[derive(Debug, Clone)]
pub struct Sought {
    /// The server.
    pub instance: String,
    /// The account's id there.
    pub remote_account: String,
    /// What was sent.
    pub payload: Payload,
    /// When the attempt was written down.
    pub intended_at: chrono::DateTime<chrono::Utc>,
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// Its limits.
    pub limits: Limits,
    /// Whether it honours idempotency keys: proven by its software and version, never assumed.
    pub keys: KeySupport,
    /// Its software and version, for people.
    pub software: String,
}

/// The account that a credential belongs to, as the server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteAccount {
    /// The platform's id.
    pub id: String,
    /// Its name, without `@` and host.
    pub handle: String,
}

/// Why a question to a server has no answer. Questions change nothing, so these are plain errors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The server cannot be reached, or may not be by our own rules.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// It refuses the credential.
    #[error("the server refuses the credential: {0}")]
    Unauthorised(String),
    /// It answered something that this platform does not say.
    #[error("the server gave an answer that cannot be read: {0}")]
    Unreadable(String),
}

/// What came of a call that changes something in public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it proves.
    pub outcome: Outcome,
    /// How many more requests the platform takes, if it told.
    pub budget: Option<Budget>,
}

impl From<Outcome> for Reply {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            budget: None,
        }
    }
}

/// One platform.
pub trait Platform: std::fmt::Debug + Send + Sync {
    /// Publishes, once. Starts no later than `what.send_by()`, makes one request and follows nothing.
    fn publish<'a>(&'a self, what: Authorised<Publication>, secret: &'a Secret) -> BoxFuture<'a, Reply>;

    /// Removes what is out, once, under the same rules. Removed, or gone already, is
    /// [`Outcome::Published`]: done, with the id that it had.
    fn withdraw<'a>(&'a self, what: Authorised<Withdrawal>, secret: &'a Secret) -> BoxFuture<'a, Reply>;

    /// Looks for a publication whose answer is unknown.
    fn look<'a>(&'a self, sought: &'a Sought, secret: &'a Secret) -> BoxFuture<'a, Sighting>;

    /// Reads limits and capabilities.
    fn facts<'a>(&'a self, instance: &'a str) -> BoxFuture<'a, Result<ServerFacts, AskError>>;

    /// Reads whose credential this is.
    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        secret: &'a Secret,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>>;
}
