//! Platforms: one folder each behind one trait. What changes something in public takes an
//! [`Authorised`] and answers an [`Outcome`] in its [`Reply`]: "failed" is not an answer.

pub mod bluesky;
mod caller;
mod chance;
mod connecting;
pub mod facebook;
mod headers;
pub mod instagram;
mod instance;
pub mod line;
pub mod mastodon;
mod meta;
pub mod misskey;
mod multipart;
pub mod oauth;
mod order;
mod registry;
mod said;
pub mod settings;
#[cfg(test)]
mod testing;
pub mod threads;
pub mod x;

use std::{io::Cursor, time::Duration};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncSeek};

use crate::{
    domain::{
        account::{self, KeySupport, Limits},
        attempt::{Outcome, Sighting},
        flow::Budget,
        preparation::{Follows, Handles},
        revision::{Act, Media, Payload},
    },
    door::{Authorised, Publication, Withdrawal},
    net,
    vault::Credential,
};

pub use crate::domain::quota::Quota;
pub use bluesky::Bluesky;
pub use connecting::{ConnectError, Finish, Invite, Invited};
pub use facebook::Facebook;
pub use instagram::Instagram;
pub use line::Line;
pub use mastodon::Mastodon;
pub use misskey::Misskey;
pub use registry::Platforms;
pub use threads::Threads;
pub use x::X;

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
    /// What it did.
    pub act: Act,
    /// What was sent.
    pub payload: Payload,
    /// Which part of it, from 0.
    pub part: u16,
    /// What the platform had given beforehand.
    pub handles: Handles,
    /// When the attempt was written down.
    pub intended_at: DateTime<Utc>,
}

/// One part of a payload that is made ready: whatever can be done before anything is in public.
#[derive(Clone, Copy)]
pub struct Preparing<'a> {
    /// The server.
    pub instance: &'a str,
    /// The account's id there.
    pub remote_account: &'a str,
    /// What it will do.
    pub act: Act,
    /// What will be sent.
    pub payload: &'a Payload,
    /// Which part of it, from 0.
    pub part: u16,
    /// The parts before it, of which this one is the continuation.
    pub follows: Option<&'a Follows>,
    /// What the steps so far gave.
    pub handles: &'a Handles,
    /// Pictures and films, as the platform takes them.
    pub files: &'a dyn Files,
}

/// What one step of a preparation led to. Whatever it gave is stored before the next step is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    /// Nothing is left to do: the call can be made with the handles there are.
    Ready,
    /// One step is done; these are the handles now.
    Step(Handles),
    /// The platform is still working on it.
    Later {
        /// The handles now.
        handles: Handles,
        /// When to ask again.
        again: DateTime<Utc>,
    },
    /// It cannot be made ready; nothing of it is in public.
    Refused(Outcome),
}

/// A picture or film in the form that a platform takes.
#[derive(Debug, Clone)]
pub struct File {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their media type, such as `image/jpeg`.
    pub media_type: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

/// What can be read from any place on.
pub trait Source: AsyncRead + AsyncSeek + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncSeek + Send + Sync + Unpin> Source for T {}

/// A picture or film in the form that a platform takes, to be read piece by piece: a film is never in memory whole.
pub struct Opened {
    /// Its bytes, from the first one on.
    pub source: Box<dyn Source>,
    /// How many they are.
    pub length: u64,
    /// Their media type, such as `video/mp4`.
    pub media_type: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

impl Opened {
    /// Whether it is a film.
    #[must_use]
    pub fn is_film(&self) -> bool {
        self.media_type.starts_with("video/")
    }
}

impl From<File> for Opened {
    fn from(file: File) -> Self {
        Self {
            length: file.bytes.len() as u64,
            source: Box::new(Cursor::new(file.bytes)),
            media_type: file.media_type,
            size: file.size,
        }
    }
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It cannot be brought into a form that the platform takes, or it is gone.
    #[error("the file cannot be used: {0}")]
    Unusable(String),
    /// It cannot be read now.
    #[error("the file cannot be read now: {0}")]
    Unavailable(String),
}

/// Where pictures and films come from.
pub trait Files: Send + Sync {
    /// The bytes, as this platform takes them.
    fn file<'a>(
        &'a self,
        media: &'a Media,
        platform: account::Platform,
    ) -> BoxFuture<'a, Result<File, FileError>>;

    /// The same to be read piece by piece.
    fn open<'a>(
        &'a self,
        media: &'a Media,
        platform: account::Platform,
    ) -> BoxFuture<'a, Result<Opened, FileError>> {
        Box::pin(async move { self.file(media, platform).await.map(Opened::from) })
    }

    /// An address in public from which this platform can fetch them for a short while.
    fn address<'a>(
        &'a self,
        media: &'a Media,
        platform: account::Platform,
    ) -> BoxFuture<'a, Result<url::Url, FileError>>;

    /// The same for what is shown first, where a platform (LINE) asks for it.
    fn preview<'a>(
        &'a self,
        media: &'a Media,
        platform: account::Platform,
    ) -> BoxFuture<'a, Result<url::Url, FileError>> {
        self.address(media, platform)
    }
}

/// Why there is no new credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// This kind of credential is not renewed without a person.
    #[error("this credential cannot be renewed without a person")]
    NotOffered,
    /// The platform refuses: the old one cannot be renewed any more.
    #[error("the platform refuses to renew the credential: {0}")]
    Refused(String),
    /// Nothing was asked: the platform cannot be reached.
    #[error("the platform cannot be reached: {0}")]
    NotSent(String),
    /// The request may have been taken: a new credential may exist that we do not know.
    #[error("whether the credential was renewed is not known: {0}")]
    Unknown(String),
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
    /// What becomes of what was prepared.
    pub handles: HandlesAfter,
}

/// What an answer says of what was prepared before the call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum HandlesAfter {
    /// It can be used again.
    #[default]
    Keep,
    /// The platform knows it no longer: the next try prepares anew.
    Forget,
    /// The platform took the call under this id and carries it out later: whoever looks asks for it.
    Taken(String),
}

impl From<Outcome> for Reply {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            budget: None,
            handles: HandlesAfter::Keep,
        }
    }
}

/// One platform.
pub trait Platform: std::fmt::Debug + Send + Sync {
    /// Takes one step to make a part ready: an upload, a container. Nothing of it is in public, and a step
    /// that is taken twice does no harm. Asked again until it says [`Prepared::Ready`].
    fn prepare<'a>(&'a self, what: Preparing<'a>, credential: &'a Credential) -> BoxFuture<'a, Prepared> {
        let _ = (what, credential);
        Box::pin(async { Prepared::Ready })
    }

    /// Publishes, once. Starts no later than `what.send_by()`, makes one request and follows nothing.
    fn publish<'a>(
        &'a self,
        what: Authorised<Publication>,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Reply>;

    /// Removes what is out, once, under the same rules. Removed, or gone already, is
    /// [`Outcome::Published`]: done, with the id that it had.
    fn withdraw<'a>(
        &'a self,
        what: Authorised<Withdrawal>,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Reply>;

    /// Looks for a publication whose answer is unknown.
    fn look<'a>(&'a self, sought: &'a Sought, credential: &'a Credential) -> BoxFuture<'a, Sighting>;

    /// Reads limits and capabilities.
    fn facts<'a>(
        &'a self,
        instance: &'a str,
        credential: Option<&'a Credential>,
    ) -> BoxFuture<'a, Result<ServerFacts, AskError>>;

    /// Reads whose credential this is.
    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>>;

    /// Begins a connection at whose end a person has consented at the platform.
    fn invite<'a>(&'a self, what: Invite<'a>) -> BoxFuture<'a, Result<Invited, ConnectError>> {
        let _ = what;
        Box::pin(async { Err(ConnectError::NotOffered) })
    }

    /// What servers read of this program at its own address, where they ask for that.
    fn introduction(&self, redirect_uri: &str) -> Option<serde_json::Value> {
        let _ = redirect_uri;
        None
    }

    /// Finishes it.
    fn finish<'a>(&'a self, what: Finish<'a>) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        let _ = what;
        Box::pin(async { Err(ConnectError::NotOffered) })
    }

    /// Connects with what a person was given at the platform: a token, a password for programs, a channel's
    /// secret. What comes back is what is kept.
    fn sign_in<'a>(
        &'a self,
        instance: &'a str,
        given: Credential,
    ) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        let _ = instance;
        Box::pin(async { Ok(given) })
    }

    /// Renews a credential without a person. Asked by one node at a time, and what it gives is stored before
    /// it is used.
    fn refresh<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<Credential, RefreshError>> {
        let _ = (instance, credential);
        Box::pin(async { Err(RefreshError::NotOffered) })
    }

    /// Reads how many more posts the account may make; nothing where the platform has no such limit.
    fn quota<'a>(
        &'a self,
        instance: &'a str,
        remote_account: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<Option<Quota>, AskError>> {
        let _ = (instance, remote_account, credential);
        Box::pin(async { Ok(None) })
    }
}
