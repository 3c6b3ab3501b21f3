//! Misskey.
//!
//! It has no key by which it would know a repeated call again: what is in doubt is looked up, never repeated.

mod classify;
mod connect;
mod look;
mod media;
mod wire;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use reqwest::{Method, header::ACCEPT};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use super::{
    AskError, ConnectError, Finish, HandlesAfter, Invite, Invited, Platform, Prepared, Preparing,
    RemoteAccount, Reply, ServerFacts, Sought,
    caller::{Caller, Miss, authorised, bad_instance, unfit},
    chance::Chance,
    headers::X_RATELIMIT,
    instance::{self, BadInstance},
    order::{Order, Removal},
    said::said,
};
use crate::{
    clock::Clock,
    domain::{
        account::{KeySupport, Limits},
        attempt::{RemoteRef, Sighting},
    },
    door::{Authorised, Publication, Withdrawal},
    net::{Client, FetchError, Request},
    vault::{Credential, Entropy},
};

/// The adapter.
#[derive(Debug)]
pub struct Misskey {
    caller: Caller,
    chance: Chance,
}

impl Misskey {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(client: Client, clock: Arc<dyn Clock>, longest: Duration, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            caller: Caller::new(client, clock, longest),
            chance: Chance::new(entropy),
        }
    }

    /// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
    async fn send(&self, order: &Order<'_>, credential: &Credential) -> Reply {
        let note = match wire::NewNote::of(order) {
            Ok(note) => note,
            Err(why) => return why.outcome().into(),
        };
        let Ok(url) = endpoint(order.instance, &["notes", "create"]) else {
            return bad_instance().into();
        };
        let request = as_ours(Request::new(Method::POST, url).json(&note), credential);
        let answer = match self.caller.change(request, order.send_by).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome.into(),
        };
        let now = self.caller.now();
        let at = |id| remote(order.instance, id);
        Reply {
            outcome: classify::publication(&answer, at, credential, now),
            budget: X_RATELIMIT.budget(&answer.headers, now),
            handles: classify::handles_after(&answer),
        }
    }

    /// Removes once. Only [`Platform::withdraw`] may lead here: it has the authorisation.
    async fn remove(&self, removal: &Removal<'_>, credential: &Credential) -> Reply {
        if !wire::is_id(removal.remote_id) {
            return unfit("the id is none of this platform").into();
        }
        let Ok(url) = endpoint(removal.instance, &["notes", "delete"]) else {
            return bad_instance().into();
        };
        let body = serde_json::json!({ "noteId": removal.remote_id });
        let request = as_ours(Request::new(Method::POST, url).json(&body), credential);
        let answer = match self.caller.change(request, removal.send_by).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome.into(),
        };
        let now = self.caller.now();
        Reply {
            outcome: classify::withdrawal(&answer, removal.remote_id, credential, now),
            budget: X_RATELIMIT.budget(&answer.headers, now),
            handles: HandlesAfter::Keep,
        }
    }

    /// Asks by one of the API's calls: all of them are `POST`.
    async fn question<T: DeserializeOwned>(
        &self,
        instance: &str,
        path: &[&str],
        body: &impl Serialize,
        credential: &Credential,
    ) -> Result<T, Miss> {
        let request = Request::new(Method::POST, endpoint(instance, path)?).json(body);
        let request = as_ours(request, credential);
        self.caller
            .question(request, Some(credential), wire::error_text)
            .await
    }
}

fn endpoint(instance: &str, path: &[&str]) -> Result<Url, BadInstance> {
    instance::endpoint(instance, &[&["api"], path].concat())
}

fn as_ours(request: Result<Request, FetchError>, credential: &Credential) -> Result<Request, FetchError> {
    authorised(request, credential)?.header(ACCEPT, "application/json")
}

/// Where a note is.
fn remote(instance: &str, id: String) -> RemoteRef {
    let page = instance::endpoint(instance, &["notes", &id]);
    RemoteRef {
        id,
        url: page.ok().map(String::from),
    }
}

impl Platform for Misskey {
    fn prepare<'a>(&'a self, what: Preparing<'a>, credential: &'a Credential) -> BoxFuture<'a, Prepared> {
        Box::pin(self.make_ready(what, credential))
    }

    fn publish<'a>(
        &'a self,
        what: Authorised<Publication>,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Reply> {
        Box::pin(async move { self.send(&Order::of(&what), credential).await })
    }

    fn withdraw<'a>(
        &'a self,
        what: Authorised<Withdrawal>,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Reply> {
        Box::pin(async move { self.remove(&Removal::of(&what), credential).await })
    }

    fn look<'a>(&'a self, sought: &'a Sought, credential: &'a Credential) -> BoxFuture<'a, Sighting> {
        Box::pin(self.search(sought, credential))
    }

    fn facts<'a>(
        &'a self,
        instance: &'a str,
        _: Option<&'a Credential>,
    ) -> BoxFuture<'a, Result<ServerFacts, AskError>> {
        Box::pin(async move {
            let url = endpoint(instance, &["meta"]).map_err(Miss::from)?;
            let body = serde_json::json!({ "detail": false });
            let request = Request::new(Method::POST, url).json(&body);
            let meta: wire::Meta = self.caller.question(request, None, wire::error_text).await?;
            Ok(ServerFacts {
                limits: Limits {
                    max_characters: meta.max_note_text_length,
                    // As they are written: nothing is shortened.
                    characters_per_url: 0,
                    film_bytes: None,
                },
                keys: KeySupport::NotHonoured,
                software: said(&format!("misskey {}", meta.version), &[]),
            })
        })
    }

    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>> {
        Box::pin(async move {
            let body = serde_json::json!({});
            let own: wire::OwnAccount = self.question(instance, &["i"], &body, credential).await?;
            if !wire::is_id(&own.id) || own.username.is_empty() {
                return Err(AskError::Unreadable("an account without a usable id".to_owned()));
            }
            Ok(RemoteAccount {
                id: own.id,
                handle: own.username,
            })
        })
    }

    fn invite<'a>(&'a self, what: Invite<'a>) -> BoxFuture<'a, Result<Invited, ConnectError>> {
        Box::pin(async move { self.begin(what) })
    }

    fn finish<'a>(&'a self, what: Finish<'a>) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        Box::pin(self.complete(what))
    }
}
