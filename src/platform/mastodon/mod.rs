//! Mastodon, and servers that speak its API.

mod ask;
mod classify;
mod facts;
mod html;
mod look;
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

use super::{AskError, Platform, RemoteAccount, Reply, ServerFacts, Sought, instance};
use crate::{
    clock::Clock,
    domain::{
        attempt::{IdempotencyKey, Outcome, RemoteRef, Sighting},
        revision::{Act, Payload},
    },
    door::{Authorised, Publication, Withdrawal},
    net::{Answer, Client, FetchError, Request},
    vault::Secret,
};

/// Mastodon's header for a key under which a repeated call is recognised.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The adapter.
#[derive(Debug)]
pub struct Mastodon {
    client: Client,
    clock: Arc<dyn Clock>,
    longest: Duration,
}

impl Mastodon {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(client: Client, clock: Arc<dyn Clock>, longest: Duration) -> Self {
        Self {
            client,
            clock,
            longest,
        }
    }

    /// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
    async fn send(&self, order: &Order<'_>, secret: &Secret) -> Reply {
        let status = match wire::NewStatus::of(order.act, order.payload) {
            Ok(status) => status,
            Err(unfit) => {
                let why = unfit.to_string();
                return Outcome::RejectedPermanent { why }.into();
            }
        };
        let Ok(url) = instance::endpoint(order.instance, &["api", "v1", "statuses"]) else {
            return bad_instance().into();
        };
        let request = Request::new(Method::POST, url)
            .json(&status)
            .and_then(|request| request.header(IDEMPOTENCY_KEY, &order.key.uuid().to_string()));
        match self.change(request, order.send_by, secret).await {
            Ok(answer) => self.replied(&answer, |now| classify::publication(&answer, secret, now)),
            Err(outcome) => outcome.into(),
        }
    }

    /// Removes once. Only [`Platform::withdraw`] may lead here: it has the authorisation.
    async fn remove(&self, removal: &Removal<'_>, secret: &Secret) -> Reply {
        if !wire::is_id(removal.remote_id) {
            let why = "the id is none of this platform".to_owned();
            return Outcome::RejectedPermanent { why }.into();
        }
        let Ok(url) = instance::endpoint(removal.instance, &["api", "v1", "statuses", removal.remote_id])
        else {
            return bad_instance().into();
        };
        let request = Ok(Request::new(Method::DELETE, url));
        match self.change(request, removal.send_by, secret).await {
            Ok(answer) => self.replied(&answer, |now| {
                classify::withdrawal(&answer, removal.remote_id, secret, now)
            }),
            Err(outcome) => outcome.into(),
        }
    }

    fn replied(&self, answer: &Answer, outcome: impl FnOnce(DateTime<Utc>) -> Outcome) -> Reply {
        let now = self.clock.now();
        Reply {
            outcome: outcome(now),
            budget: classify::budget(&answer.headers, now),
        }
    }

    /// Makes one request that changes something in public, if there is still time to start it.
    async fn change(
        &self,
        request: Result<Request, FetchError>,
        send_by: DateTime<Utc>,
        secret: &Secret,
    ) -> Result<Answer, Outcome> {
        let left = (send_by - self.clock.now()).to_std().unwrap_or(Duration::ZERO);
        if left.is_zero() {
            let why = "the time to start was over".to_owned();
            return Err(Outcome::NotSent { why });
        }
        let request = request
            .and_then(|request| request.bearer(secret)?.header(ACCEPT, "application/json"))
            .map(|request| request.within(self.longest).start_within(left));
        let sent = match request {
            Ok(request) => self.client.fetch(request).await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| match error {
            FetchError::NotSent { why, .. } => Outcome::NotSent { why },
            FetchError::Ambiguous { why } => Outcome::Unknown { why },
        })
    }
}

/// Trying again would not help, and nothing was sent.
fn bad_instance() -> Outcome {
    Outcome::RejectedPermanent {
        why: instance::BadInstance.to_string(),
    }
}

/// What [`Mastodon::send`] needs of an authorisation.
struct Order<'a> {
    instance: &'a str,
    act: Act,
    payload: &'a Payload,
    key: IdempotencyKey,
    send_by: DateTime<Utc>,
}

/// What [`Mastodon::remove`] needs of an authorisation.
struct Removal<'a> {
    instance: &'a str,
    remote_id: &'a str,
    send_by: DateTime<Utc>,
}

impl Platform for Mastodon {
    fn publish<'a>(&'a self, what: Authorised<Publication>, secret: &'a Secret) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            let publication = what.subject();
            let order = Order {
                instance: publication.instance(),
                act: publication.act(),
                payload: publication.payload(),
                key: what.key(),
                send_by: what.send_by(),
            };
            self.send(&order, secret).await
        })
    }

    fn withdraw<'a>(&'a self, what: Authorised<Withdrawal>, secret: &'a Secret) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            let removal = Removal {
                instance: what.subject().instance(),
                remote_id: what.subject().remote_id(),
                send_by: what.send_by(),
            };
            self.remove(&removal, secret).await
        })
    }

    fn look<'a>(&'a self, sought: &'a Sought, secret: &'a Secret) -> BoxFuture<'a, Sighting> {
        Box::pin(self.search(sought, secret))
    }

    fn facts<'a>(&'a self, instance: &'a str) -> BoxFuture<'a, Result<ServerFacts, AskError>> {
        Box::pin(self.read_facts(instance))
    }

    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        secret: &'a Secret,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>> {
        Box::pin(async move {
            let path = ["api", "v1", "accounts", "verify_credentials"];
            let own: wire::OwnAccount = self.ask_at(instance, &path, Some(secret)).await?;
            if !wire::is_id(&own.id) || own.username.is_empty() {
                return Err(AskError::Unreadable("an account without a usable id".to_owned()));
            }
            Ok(RemoteAccount {
                id: own.id,
                handle: own.username,
            })
        })
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
