//! How a person connects an account: by consenting at the platform, or with what they were given there.

use std::collections::BTreeMap;

use url::Url;

use crate::vault::{Credential, Secret};

/// Why an account was not connected. The texts carry neither codes nor credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// This platform is not connected in this way.
    #[error("this platform is not connected in this way")]
    NotOffered,
    /// Our application is not configured for this platform.
    #[error("no application is configured for this platform")]
    NoApplication,
    /// There is no key to sign with, or it does not.
    #[error("there is no key to sign with: {0}")]
    NoKey(String),
    /// The server's address or the one to return to is none.
    #[error("{0} is not a usable address")]
    Address(&'static str),
    /// The server cannot be reached, or may not be by our own rules.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server refuses: a wrong or used code, a wrong verifier, an unknown application.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// It answered something that its documents do not say.
    #[error("the server gave an answer that cannot be read: {0}")]
    Unreadable(String),
    /// The person may not speak for the account that the register names.
    #[error("the consent does not cover the account {0}")]
    OtherAccount(String),
}

/// A connection that begins.
#[derive(Debug, Clone, Copy)]
pub struct Invite<'a> {
    /// The server.
    pub instance: &'a str,
    /// Where the person comes back to.
    pub redirect_uri: &'a str,
    /// What comes back with them.
    pub state: &'a Secret,
    /// The account's name as the register has it.
    pub handle: &'a str,
}

/// A connection that was begun: the person goes to the address, the rest is kept, sealed.
pub struct Invited {
    /// Where the person consents. It contains the state, which nobody else may know.
    pub authorize_url: Url,
    /// What is needed to finish: our application's credentials, what proves that it was us who began.
    pub memory: Credential,
}

impl std::fmt::Debug for Invited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invited")
            .field("authorize_url", &self.authorize_url.host_str())
            .finish_non_exhaustive()
    }
}

/// A connection that is finished: the state was compared already.
#[derive(Clone, Copy)]
pub struct Finish<'a> {
    /// The server.
    pub instance: &'a str,
    /// Where the person came back to.
    pub redirect_uri: &'a str,
    /// What was kept.
    pub memory: &'a Credential,
    /// Everything that came back with the person, `code` among it.
    pub returned: &'a BTreeMap<String, String>,
    /// The account's name as the register has it: where a consent covers several, this one is meant.
    pub handle: &'a str,
}
