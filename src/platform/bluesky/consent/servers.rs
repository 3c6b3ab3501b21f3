//! From the name of an account to the server that may speak for it: handle, identifier, its document, the server
//! of its records, and the issuer which that one names. Each step is asked where it is decided.

use reqwest::{Method, header::ACCEPT};
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    super::{
        super::{ConnectError, instance},
        Bluesky,
        ask::Missed,
        uri,
        wire::{DidDocument, Resolved},
    },
    client::SCOPES,
    key::ALGORITHM,
    unreachable,
    wire::{Metadata, ProtectedResource},
};
use crate::{domain::attempt::Outcome, net::Request};

/// Whose account a handle is.
#[derive(Debug)]
pub(super) struct Found {
    /// Its identifier.
    pub(super) did: String,
    /// The server of its records.
    pub(super) home: String,
}

/// Who gives out tokens for an account.
#[derive(Debug)]
pub(super) struct Issuer {
    /// Its name, which is its address.
    pub(super) name: String,
    /// Where a request is left before the person comes.
    pub(super) pushed: Url,
    /// Where the person consents.
    pub(super) authorize: Url,
    /// Where tokens are.
    pub(super) token: Url,
}

impl Bluesky {
    /// Finds an account. The document of the identifier must name the handle too: a handle alone is anybody's claim.
    pub(super) async fn find(&self, instance: &str, handle: &str) -> Result<Found, ConnectError> {
        let handle = handle.trim_start_matches('@');
        let name = "com.atproto.identity.resolveHandle";
        let resolved: Resolved = self
            .ask(instance, name, &[("handle", handle)])
            .await
            .map_err(unresolved)?;
        let document: DidDocument = self.document(self.place_of(&resolved.did)?).await?;
        if document.id != resolved.did || !document.is_called(handle) {
            return Err(ConnectError::OtherAccount(handle.to_owned()));
        }
        let home = document
            .pds()
            .ok_or(ConnectError::Address("the account's own server"))?;
        Ok(Found {
            did: resolved.did,
            home,
        })
    }

    /// Where the document of an identifier is.
    fn place_of(&self, did: &str) -> Result<Url, ConnectError> {
        let no_address = ConnectError::Address("the account's identifier");
        if !uri::is_did(did) {
            return Err(no_address);
        }
        if did.starts_with("did:plc:") {
            let mut url = self.settings.directory.clone();
            url.path_segments_mut()
                .map_err(|()| no_address)?
                .pop_if_empty()
                .push(did);
            return Ok(url);
        }
        let host = did.strip_prefix("did:web:").ok_or_else(|| no_address.clone())?;
        instance::endpoint(&format!("https://{host}"), &[".well-known", "did.json"]).map_err(|_| no_address)
    }

    /// The issuer that the server of the records names.
    pub(super) async fn issuer_of(&self, home: &str) -> Result<Issuer, ConnectError> {
        let told: ProtectedResource = self
            .document(well_known(home, "oauth-protected-resource")?)
            .await?;
        match told.authorization_servers.as_slice() {
            [issuer] if is_same(&told.resource, home) => self.issuer(issuer).await,
            _ => Err(ConnectError::Unreadable(
                "the account's own server names no single issuer".to_owned(),
            )),
        }
    }

    /// What an issuer says of itself, if it speaks the protocol's profile.
    pub(super) async fn issuer(&self, name: &str) -> Result<Issuer, ConnectError> {
        let told: Metadata = self
            .document(well_known(name, "oauth-authorization-server")?)
            .await?;
        let has = |list: &[String], one: &str| list.iter().any(|known| known == one);
        let is_fit = told.issuer == name
            && told.authorization_response_iss_parameter_supported
            && told.client_id_metadata_document_supported
            && has(&told.dpop_signing_alg_values_supported, ALGORITHM)
            && SCOPES.iter().all(|scope| has(&told.scopes_supported, scope));
        if !is_fit {
            return Err(ConnectError::Unreadable(
                "the issuer does not speak the protocol's profile of OAuth".to_owned(),
            ));
        }
        Ok(Issuer {
            name: told.issuer,
            pushed: told.pushed_authorization_request_endpoint,
            authorize: told.authorization_endpoint,
            token: told.token_endpoint,
        })
    }

    async fn document<T: DeserializeOwned>(&self, place: Url) -> Result<T, ConnectError> {
        let request = Request::new(Method::GET, place).header(ACCEPT, "application/json");
        let answer = self.caller.fetch(request).await.map_err(unreachable)?;
        let status = answer.status.as_u16();
        match status {
            200 => serde_json::from_slice(&answer.body)
                .map_err(|_| ConnectError::Unreadable(format!("{status} without the expected JSON"))),
            429 | 500..=599 => Err(ConnectError::Unreachable(format!("{status} to a question"))),
            _ => Err(ConnectError::Unreadable(format!("{status} to a question"))),
        }
    }
}

fn well_known(base: &str, name: &str) -> Result<Url, ConnectError> {
    instance::endpoint(base, &[".well-known", name])
        .map_err(|_| ConnectError::Address("the server's address"))
}

fn is_same(one: &str, other: &str) -> bool {
    let origin = |text: &str| instance::origin(text).ok().map(|url| url.origin());
    origin(one).is_some_and(|one| Some(one) == origin(other))
}

fn unresolved(missed: Missed) -> ConnectError {
    match missed {
        Missed::Failed(outcome @ (Outcome::NotSent { .. } | Outcome::Unknown { .. })) => {
            ConnectError::Unreachable(outcome.why().to_owned())
        }
        Missed::Failed(outcome) => ConnectError::Refused(outcome.why().to_owned()),
        Missed::NoRecord | Missed::NotIndexed => ConnectError::Refused("no such handle".to_owned()),
    }
}
