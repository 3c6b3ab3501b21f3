//! Mastodon, and servers that speak its API.

mod ask;
mod classify;
mod edited;
mod facts;
mod html;
mod look;
mod media;
mod wire;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use reqwest::{
    Method,
    header::{ACCEPT, HeaderName},
};

use super::{
    AskError, HandlesAfter, Platform, Prepared, Preparing, RefreshError, RemoteAccount, Reply, ServerFacts,
    Sought,
    caller::{Caller, authorised, bad_instance, unfit},
    chance::Chance,
    connecting::{ConnectError, Finish, Invite, Invited},
    headers::X_RATELIMIT,
    instance,
    oauth::{AppCredentials, OAuth},
    order::{Order, Removal},
};
use crate::{
    clock::Clock,
    domain::attempt::{Outcome, RemoteRef, Sighting},
    door::{Authorised, Publication, Withdrawal},
    net::{Answer, Client, FetchError, Request},
    vault::{Credential, Entropy, Secret, SecretName},
};

/// Mastodon's header for a key under which a repeated call is recognised.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The adapter.
#[derive(Debug)]
pub struct Mastodon {
    caller: Caller,
    oauth: OAuth,
    chance: Chance,
}

impl Mastodon {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(client: Client, clock: Arc<dyn Clock>, longest: Duration, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            chance: Chance::new(Arc::clone(&entropy)),
            oauth: OAuth::new(client.clone(), entropy),
            caller: Caller::new(client, clock, longest),
        }
    }

    /// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
    async fn send(&self, order: &Order<'_>, credential: &Credential) -> Reply {
        let call = match wire::Call::of(order) {
            Ok(call) => call,
            Err(why) => return why.outcome().into(),
        };
        let Ok(request) = request(order, &call) else {
            return bad_instance().into();
        };
        let request = as_ours(request, credential);
        match self.caller.change(request, order.send_by).await {
            Ok(answer) => self.replied(&answer, |now| match &call {
                wire::Call::Edit { id, .. } => classify::correction(&answer, id, credential, now),
                _ => classify::publication(&answer, credential, now),
            }),
            Err(outcome) => outcome.into(),
        }
    }

    /// Removes once. Only [`Platform::withdraw`] may lead here: it has the authorisation.
    async fn remove(&self, removal: &Removal<'_>, credential: &Credential) -> Reply {
        if !wire::is_id(removal.remote_id) {
            return unfit("the id is none of this platform").into();
        }
        let Ok(url) = instance::endpoint(removal.instance, &["api", "v1", "statuses", removal.remote_id])
        else {
            return bad_instance().into();
        };
        let request = as_ours(Ok(Request::new(Method::DELETE, url)), credential);
        match self.caller.change(request, removal.send_by).await {
            Ok(answer) => self.replied(&answer, |now| {
                classify::withdrawal(&answer, removal.remote_id, credential, now)
            }),
            Err(outcome) => outcome.into(),
        }
    }

    fn replied(&self, answer: &Answer, outcome: impl FnOnce(DateTime<Utc>) -> Outcome) -> Reply {
        let now = self.caller.now();
        Reply {
            outcome: outcome(now),
            budget: X_RATELIMIT.budget(&answer.headers, now),
            handles: HandlesAfter::Keep,
        }
    }
}

/// The one request of a call.
fn request(
    order: &Order<'_>,
    call: &wire::Call<'_>,
) -> Result<Result<Request, FetchError>, instance::BadInstance> {
    let at = |method, path: &[&str]| -> Result<Request, instance::BadInstance> {
        Ok(Request::new(method, instance::endpoint(order.instance, path)?))
    };
    let keyed = |request: Result<Request, FetchError>| {
        request?.header(IDEMPOTENCY_KEY, &order.key.uuid().to_string())
    };
    Ok(match call {
        wire::Call::Status(status) => keyed(at(Method::POST, &["api", "v1", "statuses"])?.json(status)),
        wire::Call::Reblog { id, body } => {
            keyed(at(Method::POST, &["api", "v1", "statuses", id, "reblog"])?.json(body))
        }
        // Keys are for what is created.
        wire::Call::Edit { id, body } => at(Method::PUT, &["api", "v1", "statuses", id])?.json(body),
    })
}

fn as_ours(request: Result<Request, FetchError>, credential: &Credential) -> Result<Request, FetchError> {
    authorised(request, credential)?.header(ACCEPT, "application/json")
}

impl Platform for Mastodon {
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
        Box::pin(self.read_facts(instance))
    }

    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>> {
        Box::pin(async move {
            let path = ["api", "v1", "accounts", "verify_credentials"];
            let own: wire::OwnAccount = self.ask_at(instance, &path, Some(credential)).await?;
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
        Box::pin(async move {
            let app = self.oauth.register(what.instance, what.redirect_uri).await?;
            let begun = self.oauth.begin(&app, what.redirect_uri, what.state)?;
            let memory = Credential::new(self.caller.now())
                .with(SecretName::ClientId, Secret::new(app.client_id))
                .with(SecretName::ClientSecret, app.client_secret)
                .with(SecretName::Verifier, begun.pkce_verifier);
            Ok(Invited {
                authorize_url: begun.authorize_url,
                memory,
            })
        })
    }

    fn finish<'a>(&'a self, what: Finish<'a>) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        Box::pin(async move {
            let kept = |name| what.memory.get(name).map_or("", Secret::expose).to_owned();
            let app = AppCredentials {
                instance: what.instance.to_owned(),
                client_id: kept(SecretName::ClientId),
                client_secret: Secret::new(kept(SecretName::ClientSecret)),
            };
            let verifier = Secret::new(kept(SecretName::Verifier));
            let code = what.returned.get("code").map_or("", String::as_str);
            let credential = self
                .oauth
                .finish(&app, what.redirect_uri, code, &verifier, self.caller.now())
                .await?;
            Ok(credential
                .with(SecretName::ClientId, Secret::new(app.client_id))
                .with(SecretName::ClientSecret, app.client_secret))
        })
    }

    /// Mastodon's own tokens do not end; those of servers that speak its API may.
    fn refresh<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<Credential, RefreshError>> {
        Box::pin(self.oauth.refresh(instance, credential, self.caller.now()))
    }
}

/// Where a status is, without an address that a browser should not open.
fn remote(id: String, url: Option<String>) -> RemoteRef {
    let is_web = |url: &String| {
        url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http")) && url.len() <= 2_000
    };
    RemoteRef {
        id,
        url: url.filter(is_web),
    }
}
