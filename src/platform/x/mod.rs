//! X, by its API v2. It knows no idempotency keys: an unknown outcome is looked up and never sent again.

mod classify;
mod connect;
mod film;
mod look;
mod remote;
mod shown;
mod upload;
mod wire;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use reqwest::{Method, header::ACCEPT};
use serde::de::DeserializeOwned;
use url::Url;

use super::{
    AskError, Platform, Prepared, Preparing, RefreshError, RemoteAccount, Reply, ServerFacts, Sought,
    caller::{Caller, Miss, authorised, bad_instance, unfit},
    chance::Chance,
    connecting::{ConnectError, Finish, Invite, Invited},
    instance,
    oauth::OAuth,
    order::{Order, Removal},
    settings,
};
use crate::{
    clock::Clock,
    domain::{
        account::{KeySupport, Limits},
        attempt::{Outcome, Sighting},
    },
    door::{Authorised, Publication, Withdrawal},
    net::{Client, FetchError, Request},
    vault::{Credential, Entropy},
};
use classify::Reader;
use remote::Remote;
use wire::{Call, Unfit};

/// What X counts: it has no address that tells it. Paid accounts may write more; their posts are not longer here.
const LIMITS: Limits = Limits {
    max_characters: 280,
    characters_per_url: 23,
    film_bytes: None,
};

/// The adapter.
#[derive(Debug)]
pub struct X {
    caller: Caller,
    oauth: OAuth,
    chance: Chance,
    settings: settings::X,
}

impl X {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(
        client: Client,
        clock: Arc<dyn Clock>,
        longest: Duration,
        entropy: Arc<dyn Entropy>,
        settings: settings::X,
    ) -> Self {
        Self {
            oauth: OAuth::new(client.clone(), Arc::clone(&entropy)),
            chance: Chance::new(entropy),
            caller: Caller::new(client, clock, longest),
            settings,
        }
    }

    /// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
    async fn send(&self, order: &Order<'_>, credential: &Credential) -> Reply {
        let call = match Call::of(order) {
            Ok(call) => call,
            Err(why @ Unfit::NotReady) => return Outcome::NotSent { why: why.to_string() }.into(),
            Err(why) => return unfit(why).into(),
        };
        let Ok(request) = request_for(&call, order.instance) else {
            return bad_instance().into();
        };
        let request = as_ours(request, credential);
        match self.caller.change(request, order.send_by).await {
            Ok(answer) => self.reader(credential).publication(&answer, &call),
            Err(outcome) => outcome.into(),
        }
    }

    /// Removes once. Only [`Platform::withdraw`] may lead here: it has the authorisation.
    async fn remove(&self, removal: &Removal<'_>, credential: &Credential) -> Reply {
        let Some(remote) = Remote::parse(removal.remote_id) else {
            return unfit("the id is none of this platform").into();
        };
        let url = match remote {
            Remote::Post(id) => instance::endpoint(removal.instance, &["2", "tweets", id]),
            Remote::Repost { by, of } => {
                instance::endpoint(removal.instance, &["2", "users", by, "retweets", of])
            }
        };
        let Ok(url) = url else {
            return bad_instance().into();
        };
        let request = as_ours(Ok(Request::new(Method::DELETE, url)), credential);
        match self.caller.change(request, removal.send_by).await {
            Ok(answer) => self.reader(credential).withdrawal(&answer, remote),
            Err(outcome) => outcome.into(),
        }
    }

    fn reader<'a>(&'a self, credential: &'a Credential) -> Reader<'a> {
        Reader {
            credential,
            web: &self.settings.authorize,
            now: self.caller.now(),
        }
    }

    async fn ask<T: DeserializeOwned>(&self, url: Url, credential: Option<&Credential>) -> Result<T, Miss> {
        self.caller.ask(url, credential, wire::error_text).await
    }
}

fn request_for(call: &Call<'_>, server: &str) -> Result<Result<Request, FetchError>, instance::BadInstance> {
    Ok(match call {
        Call::Post(post) => {
            let url = instance::endpoint(server, &["2", "tweets"])?;
            Request::new(Method::POST, url).json(post)
        }
        Call::Repost { by, of } => {
            let url = instance::endpoint(server, &["2", "users", by, "retweets"])?;
            Request::new(Method::POST, url).json(&wire::NewRepost { tweet_id: of })
        }
    })
}

fn as_ours(request: Result<Request, FetchError>, credential: &Credential) -> Result<Request, FetchError> {
    authorised(request, credential)?.header(ACCEPT, "application/json")
}

impl Platform for X {
    fn prepare<'a>(&'a self, what: Preparing<'a>, credential: &'a Credential) -> BoxFuture<'a, Prepared> {
        Box::pin(async move {
            self.take_step(&what, credential)
                .await
                .unwrap_or_else(Prepared::Refused)
        })
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
        _: &'a str,
        _: Option<&'a Credential>,
    ) -> BoxFuture<'a, Result<ServerFacts, AskError>> {
        let facts = ServerFacts {
            limits: LIMITS,
            keys: KeySupport::NotHonoured,
            software: "X API v2".to_owned(),
        };
        Box::pin(async { Ok(facts) })
    }

    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>> {
        Box::pin(async move {
            let url = instance::endpoint(instance, &["2", "users", "me"]).map_err(Miss::from)?;
            let own: wire::Data<wire::OwnAccount> = self.ask(url, Some(credential)).await?;
            let own = own.data;
            if !remote::is_id(&own.id) || own.username.is_empty() {
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
        Box::pin(self.exchange(what))
    }

    fn refresh<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<Credential, RefreshError>> {
        Box::pin(self.renew(instance, credential))
    }
}
