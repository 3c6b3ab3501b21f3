//! What connecting asks of platforms, said where none may be called.

use std::collections::BTreeMap;

use futures::future::BoxFuture;

use crate::{
    domain::{
        account::{KeySupport, Limits, Platform},
        quota::Quota,
    },
    vault::Credential,
};

/// The other side of a connection, as a person's browser is sent to it.
#[derive(Debug)]
pub struct Invitation {
    /// Where the browser goes.
    pub authorize_url: String,
    /// What must be remembered until it comes back: client credentials and PKCE verifier. Sealed while it
    /// lies in the database.
    pub memory: Credential,
}

/// Whose credential came back, and what its server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteIdentity {
    /// The platform's id of the account.
    pub id: String,
    /// Its name there.
    pub handle: String,
    /// The server's limits.
    pub limits: Limits,
    /// Whether it honours idempotency keys.
    pub keys: KeySupport,
    /// How many more posts it takes, if it says so.
    pub quota: Option<Quota>,
}

/// What a finished connection brings.
#[derive(Debug)]
pub struct Finished {
    /// What opens the account.
    pub credential: Credential,
    /// Whose it is.
    pub identity: RemoteIdentity,
}

/// The platform side of connecting; implemented where platforms may be called.
pub trait Connector: Send + Sync {
    /// Registers this gateway at the server and prepares the consent page.
    fn invite<'a>(
        &'a self,
        platform: Platform,
        instance: &'a str,
        redirect_uri: &'a str,
        whom: Whom<'a>,
    ) -> BoxFuture<'a, Result<Invitation, String>>;

    /// What a platform's servers read of this gateway at its own address, where they ask for that.
    fn introduction(&self, platform: Platform, redirect_uri: &str) -> Option<serde_json::Value>;

    /// Exchanges what came back and asks whose credential it is.
    fn finish<'a>(
        &'a self,
        platform: Platform,
        instance: &'a str,
        redirect_uri: &'a str,
        returned: Returned<'a>,
    ) -> BoxFuture<'a, Result<Finished, String>>;

    /// Connects with what an operator brought along, and asks whose it is.
    fn sign_in<'a>(
        &'a self,
        platform: Platform,
        instance: &'a str,
        given: Credential,
    ) -> BoxFuture<'a, Result<Finished, String>>;
}

/// Who is to consent.
#[derive(Clone, Copy)]
pub struct Whom<'a> {
    /// What comes back with the person's browser.
    pub state: &'a str,
    /// The account's name as the register has it.
    pub handle: &'a str,
}

/// What came back with a person's browser, and what was remembered.
#[derive(Clone, Copy)]
pub struct Returned<'a> {
    /// What was remembered.
    pub memory: &'a Credential,
    /// Every field of the address that the browser came back with, without the state.
    pub fields: &'a BTreeMap<String, String>,
    /// The account's name as the register has it.
    pub handle: &'a str,
}
