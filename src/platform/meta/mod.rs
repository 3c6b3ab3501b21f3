//! What Facebook, Instagram and Threads have in common: one style of calls, of errors and of limits, and, for the
//! last two, containers that are filled before anything is in public.

mod adapter;
mod classify;
pub(super) mod container;
mod dialect;
mod look;
mod publishing;
mod stage;
mod tokens;
mod usage;
pub(super) mod wire;

#[cfg(test)]
pub(super) mod testing;

use std::{borrow::Borrow, sync::Arc, time::Duration};

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{
    Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::Sha256;
use url::{Url, form_urlencoded};

use super::{
    AskError, ConnectError, Quota, RemoteAccount, Reply, ServerFacts,
    caller::{Caller, authorised, bad_instance, unfit},
    instance::{self, BadInstance},
    order::Removal,
    settings::Application,
};
use crate::{
    clock::Clock,
    domain::abilities::{self, Withdrawals},
    net::{Answer, Client, FetchError, Request},
    vault::{Credential, Secret, SecretName},
};
pub(super) use adapter::Containers;
use classify::Reader;
pub(super) use dialect::Dialect;
pub(super) use look::{Listing, as_kept};
pub(super) use tokens::{Grants, code_of, form_to};
use wire::Fault;

/// One of the three APIs.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) caller: Caller,
    pub(super) dialect: Dialect,
    version: String,
    application: Option<Application>,
}

/// A request that cannot be made, or one that can.
type Made = Result<Request, FetchError>;

impl Graph {
    /// Over this client, in this version. No request that changes something takes longer than `longest`.
    pub(super) fn new(
        dialect: Dialect,
        (client, clock, longest): (Client, Arc<dyn Clock>, Duration),
        version: String,
        application: Option<Application>,
    ) -> Self {
        Self {
            caller: Caller::new(client, clock, longest),
            dialect,
            version,
            application,
        }
    }

    /// What is known of it.
    pub(super) fn facts(&self) -> ServerFacts {
        self.dialect.facts()
    }

    /// Our application there.
    pub(super) fn application(&self) -> Result<&Application, ConnectError> {
        self.application.as_ref().ok_or(ConnectError::NoApplication)
    }

    /// What is needed to read an answer.
    pub(super) fn reader<'a>(&self, credential: &'a Credential) -> Reader<'a> {
        Reader {
            credential,
            dialect: self.dialect,
            now: self.caller.now(),
        }
    }

    /// A form that is sent.
    pub(super) fn post<I, K, V>(
        &self,
        server: &str,
        path: &[&str],
        fields: I,
        credential: &Credential,
    ) -> Result<Made, BadInstance>
    where
        I: IntoIterator<Item: Borrow<(K, V)>>,
        K: AsRef<str>,
        V: AsRef<str>,
    {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .extend_pairs(self.proof(credential))
            .finish();
        let request = Request::new(Method::POST, self.endpoint(server, path)?)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .map(|request| request.body(body.into_bytes()));
        Ok(as_ours(request, credential))
    }

    /// What is asked at an address.
    pub(super) fn get(
        &self,
        server: &str,
        path: &[&str],
        query: &[(&str, &str)],
        credential: &Credential,
    ) -> Result<Made, BadInstance> {
        let mut url = self.endpoint(server, path)?;
        url.query_pairs_mut()
            .extend_pairs(query)
            .extend_pairs(self.proof(credential));
        Ok(as_ours(Ok(Request::new(Method::GET, url)), credential))
    }

    /// An address of this version.
    pub(super) fn endpoint(&self, server: &str, path: &[&str]) -> Result<Url, BadInstance> {
        instance::endpoint(server, &[&[self.version.as_str()], path].concat())
    }

    /// That the application itself calls: it can be told to refuse calls that do not prove it. Worth nothing to
    /// anybody without the credential.
    pub(super) fn proof(&self, credential: &Credential) -> Option<(&'static str, String)> {
        let application = self
            .application
            .as_ref()
            .filter(|_| self.dialect == Dialect::Facebook)?;
        let access = credential.get(SecretName::Access)?;
        Some(("appsecret_proof", proof_of(&application.client_secret, access)?))
    }

    /// Asks a question that changes nothing.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        server: &str,
        path: &[&str],
        query: &[(&str, &str)],
        credential: &Credential,
    ) -> Result<T, AskError> {
        let request = self.get(server, path, query, credential);
        let request = request.map_err(|bad| AskError::Unreachable(bad.to_string()))?;
        let answer = self.caller.fetch(request).await;
        let answer = answer.map_err(|error| AskError::Unreachable(error.why().to_owned()))?;
        self.read(&answer, credential)
    }

    /// Reads the answer to a question.
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        answer: &Answer,
        credential: &Credential,
    ) -> Result<T, AskError> {
        let status = answer.status.as_u16();
        if answer.status.is_success() {
            return serde_json::from_slice(&answer.body)
                .map_err(|_| AskError::Unreadable(format!("{status} without the expected JSON")));
        }
        let why = self.reader(credential).why(answer);
        match Fault::of(&answer.body) {
            // Only the API's own words are a refusal: whoever stands before it says 401 and 403, too.
            Some(fault) if fault.is_of_credential() && status < 500 => Err(AskError::Unauthorised(why)),
            Some(fault) if status < 500 && !fault.is_passing() => Err(AskError::Unreadable(why)),
            _ => Err(AskError::Unreachable(why)),
        }
    }

    /// Removes something once, where there is a call for it. Only `Platform::withdraw` may lead here: it has the
    /// authorisation.
    pub(super) async fn remove(&self, removal: &Removal<'_>, credential: &Credential) -> Reply {
        let platform = self.dialect.platform();
        if abilities::of(platform).withdrawal == Withdrawals::Impossible {
            return unfit(format!("what is on {platform} can be removed in its app alone")).into();
        }
        if !wire::is_id(removal.remote_id) {
            return unfit("the id is none of this platform").into();
        }
        let Ok(mut url) = self.endpoint(removal.instance, &[removal.remote_id]) else {
            return bad_instance().into();
        };
        if let Some(proof) = self.proof(credential) {
            url.query_pairs_mut().extend_pairs([proof]);
        }
        let request = as_ours(Ok(Request::new(Method::DELETE, url)), credential);
        match self.caller.change(request, removal.send_by).await {
            Ok(answer) => self.reader(credential).removal(&answer, removal.remote_id),
            Err(outcome) => outcome.into(),
        }
    }

    /// Reads whose credential it is.
    async fn own_account(&self, server: &str, credential: &Credential) -> Result<RemoteAccount, AskError> {
        let query = [("fields", self.dialect.own())];
        let own: Own = self.ask(server, &["me"], &query, credential).await?;
        let id = match self.dialect {
            Dialect::Instagram => own.user_id,
            Dialect::Facebook | Dialect::Threads => own.id,
        };
        if !wire::is_id(&id) || own.username.is_empty() {
            return Err(AskError::Unreadable("an account without a usable id".to_owned()));
        }
        let handle = own.username;
        Ok(RemoteAccount { id, handle })
    }

    /// Reads how many posts an account may still make.
    async fn quota(
        &self,
        server: &str,
        account: &str,
        credential: &Credential,
    ) -> Result<Option<Quota>, AskError> {
        if !wire::is_id(account) {
            return Err(AskError::Unreadable(
                "the account's id is none of this platform".to_owned(),
            ));
        }
        let query = [("fields", "quota_usage,config")];
        let path = [account, self.dialect.quota()];
        let found: wire::List<Usage> = self.ask(server, &path, &query, credential).await?;
        Ok(found.data.into_iter().next().map(|usage| Quota {
            used: usage.quota_usage,
            limit: usage.config.as_ref().map(|config| config.quota_total),
            period: usage.config.and_then(|config| config.quota_duration),
        }))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Own {
    id: String,
    user_id: String,
    username: String,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    quota_usage: u64,
    config: Option<Allowed>,
}

#[derive(Deserialize)]
struct Allowed {
    quota_total: u64,
    quota_duration: Option<u64>,
}

/// Adds what is sent with each call.
pub(super) fn as_ours(request: Made, credential: &Credential) -> Made {
    authorised(request, credential)?.header(ACCEPT, "application/json")
}

fn proof_of(secret: &Secret, access: &Secret) -> Option<String> {
    // A key of any length is one; were it not, the call would go without the proof and be refused.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(access.expose().as_bytes());
    Some(hex::encode(mac.finalize().into_bytes()))
}
