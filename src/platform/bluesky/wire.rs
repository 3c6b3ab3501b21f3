//! The protocol's shapes, as far as they are used.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    super::instance,
    record::{Answers, Record, StrongRef},
};

/// The body of `com.atproto.repo.putRecord`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutRecord<'a> {
    pub(super) repo: &'a str,
    pub(super) collection: &'a str,
    pub(super) rkey: &'a str,
    pub(super) validate: Always,
    pub(super) record: Record<'a>,
    /// Always there and always `null`: only where nothing is yet, nothing is ever overwritten.
    pub(super) swap_record: (),
}

/// The server checks the record.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(into = "bool")]
pub(super) struct Always;

impl From<Always> for bool {
    fn from(_: Always) -> Self {
        true
    }
}

/// The body of `com.atproto.repo.deleteRecord`.
#[derive(Debug, Serialize)]
pub(super) struct DeleteRecord<'a> {
    pub(super) repo: &'a str,
    pub(super) collection: &'a str,
    pub(super) rkey: &'a str,
}

/// The body of `com.atproto.server.createSession`. It is not printed.
#[derive(Serialize)]
pub(super) struct CreateSession<'a> {
    pub(super) identifier: &'a str,
    pub(super) password: &'a str,
}

/// A session with its credentials. It is not printed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewSession {
    pub(super) access_jwt: String,
    pub(super) refresh_jwt: String,
    pub(super) did: String,
}

/// `com.atproto.server.getSession`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    pub(super) did: String,
    pub(super) handle: String,
    pub(super) active: Option<bool>,
    pub(super) did_doc: Option<DidDocument>,
}

/// What a decentralised identifier stands for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DidDocument {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    service: Vec<Service>,
}

#[derive(Debug, Deserialize)]
struct Service {
    id: String,
    #[serde(rename = "serviceEndpoint")]
    endpoint: Value,
}

impl DidDocument {
    /// Whether it names this handle.
    pub(super) fn is_called(&self, handle: &str) -> bool {
        let mut names = self
            .also_known_as
            .iter()
            .filter_map(|name| name.strip_prefix("at://"));
        names.any(|name| name.eq_ignore_ascii_case(handle))
    }

    /// The server on which the account's records live.
    pub(super) fn pds(&self) -> Option<String> {
        let is_pds = |service: &&Service| service.id.ends_with("#atproto_pds");
        let endpoint = self.service.iter().find(is_pds)?.endpoint.as_str()?;
        let origin = instance::origin(endpoint).ok()?;
        Some(origin.as_str().trim_end_matches('/').to_owned())
    }
}

/// `com.atproto.repo.getRecord`.
#[derive(Debug, Deserialize)]
pub(super) struct Kept {
    pub(super) uri: String,
    pub(super) cid: Option<String>,
    pub(super) value: Value,
}

impl Kept {
    /// The record by address and content.
    pub(super) fn strong(&self) -> Option<StrongRef> {
        let cid = self.cid.clone()?;
        let uri = self.uri.clone();
        Some(StrongRef { uri, cid })
    }

    /// Where the thread begins that this post is in; none if it begins with it.
    pub(super) fn root(&self) -> Option<StrongRef> {
        let reply = self.value.get("reply")?.clone();
        serde_json::from_value::<Answers>(reply)
            .ok()
            .map(|reply| reply.root)
    }

    /// A text of the record.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer)?.as_str()
    }
}

/// `com.atproto.repo.uploadBlob`.
#[derive(Debug, Deserialize)]
pub(super) struct Uploaded {
    pub(super) blob: Value,
}

/// `com.atproto.identity.resolveHandle`.
#[derive(Debug, Deserialize)]
pub(super) struct Resolved {
    pub(super) did: String,
}

/// `_health`.
#[derive(Debug, Deserialize)]
pub(super) struct Health {
    pub(super) version: String,
}

/// An error.
#[derive(Debug, Deserialize)]
pub(super) struct XrpcError {
    pub(super) error: String,
    pub(super) message: Option<String>,
}

/// Reads an error, if it is one of the protocol's.
pub(super) fn error(body: &[u8]) -> Option<XrpcError> {
    serde_json::from_slice(body).ok()
}

/// Reads what an error says.
pub(super) fn error_text(body: &[u8]) -> Option<String> {
    let said = error(body)?;
    Some(match said.message {
        Some(message) => format!("{}: {message}", said.error),
        None => said.error,
    })
}
