//! Bluesky, and other servers of the AT Protocol.
//!
//! The key of a record is chosen by us before the call. The call only ever creates: where a record stands already,
//! nothing is overwritten, and a repetition is recognised.

mod ask;
mod classify;
mod consent;
mod facts;
mod look;
mod plan;
mod prepare;
mod ready;
mod record;
mod session;
mod tid;
mod uri;
mod wire;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use reqwest::Method;

use self::{
    ask::{Does, method},
    consent::Nonces,
    plan::{Draft, POSTS, Plan, REPOSTS},
    ready::Ready,
    record::Record,
    uri::AtUri,
};
use super::{
    AskError, ConnectError, Finish, HandlesAfter, Invite, Invited, Platform, Prepared, Preparing,
    RefreshError, RemoteAccount, Reply, ServerFacts, Sought,
    caller::{Caller, bad_instance, only_a_step, unfit, unready},
    chance::Chance,
    headers::RATELIMIT,
    order::{Order, Removal},
    settings,
};
use crate::{
    clock::Clock,
    domain::attempt::{Outcome, RemoteRef, Sighting},
    door::{Authorised, Publication, Withdrawal},
    net::{Answer, Client, Request},
    vault::{Credential, Entropy},
};

pub use self::consent::{BadKey, ClientKey};

/// The adapter.
#[derive(Debug)]
pub struct Bluesky {
    caller: Caller,
    chance: Chance,
    nonces: Nonces,
    settings: settings::Bluesky,
}

impl Bluesky {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(
        client: Client,
        clock: Arc<dyn Clock>,
        longest: Duration,
        entropy: Arc<dyn Entropy>,
        settings: settings::Bluesky,
    ) -> Self {
        Self {
            caller: Caller::new(client, clock, longest),
            chance: Chance::new(entropy),
            nonces: Nonces::default(),
            settings,
        }
    }

    /// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
    async fn send(&self, order: &Order<'_>, credential: &Credential) -> Reply {
        let plan = match Plan::of(Draft::from(order)) {
            Ok(plan) => plan,
            Err(why) => return unfit(why).into(),
        };
        let put = match put_record(order, &plan) {
            Ok(put) => put,
            Err(missing) => return unready(missing).into(),
        };
        let Ok(url) = Ready(order.handles)
            .pds()
            .map_err(drop)
            .and_then(|pds| method(pds, "com.atproto.repo.putRecord").map_err(drop))
        else {
            return bad_instance().into();
        };
        let expected = remote(&AtUri {
            repo: put.repo,
            collection: put.collection,
            rkey: put.rkey,
        });
        let create = || Request::new(Method::POST, url.clone()).json(&put);
        match self
            .as_ours(credential, Does::Change(order.send_by), &create)
            .await
        {
            Ok(answer) => self.replied(&answer, |now| {
                classify::publication(&answer, &expected, credential, now)
            }),
            Err(outcome) => outcome.into(),
        }
    }

    /// Removes once. Only [`Platform::withdraw`] may lead here: it has the authorisation.
    async fn remove(&self, removal: &Removal<'_>, credential: &Credential) -> Reply {
        let Some(place) = AtUri::parse(removal.remote_id).filter(is_ours_to_remove) else {
            return unfit("the id is none of this platform").into();
        };
        let session = match self.session(removal.instance, credential).await {
            Ok(session) => session,
            Err(missed) => return only_a_step(missed.of_a_step("the session")).into(),
        };
        if session.did != place.repo {
            return unfit("the post is another account's").into();
        }
        let home = prepare::home_of(&session, session::shown_to(removal.instance, credential));
        let Ok(url) = method(&home, "com.atproto.repo.deleteRecord") else {
            return bad_instance().into();
        };
        let body = wire::DeleteRecord {
            repo: place.repo,
            collection: place.collection,
            rkey: place.rkey,
        };
        let delete = || Request::new(Method::POST, url.clone()).json(&body);
        match self
            .as_ours(credential, Does::Change(removal.send_by), &delete)
            .await
        {
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
            budget: RATELIMIT.budget(&answer.headers, now),
            // The key must outlive every doubt.
            handles: HandlesAfter::Keep,
        }
    }
}

/// The one call of a plan; what was not made ready is named.
fn put_record<'a>(order: &Order<'a>, plan: &Plan<'a>) -> Result<wire::PutRecord<'a>, &'static str> {
    let ready = Ready(order.handles);
    ready.pds()?;
    Ok(wire::PutRecord {
        repo: order.remote_account.ok_or("the account's id")?,
        collection: plan.collection(),
        rkey: ready.rkey()?,
        validate: wire::Always,
        record: Record::of(plan, &ready)?,
        swap_record: (),
    })
}

fn is_ours_to_remove(place: &AtUri<'_>) -> bool {
    uri::is_did(place.repo) && matches!(place.collection, POSTS | REPOSTS)
}

/// Where a record is, and where people can read it.
fn remote(place: &AtUri<'_>) -> RemoteRef {
    let page = || format!("https://bsky.app/profile/{}/post/{}", place.repo, place.rkey);
    RemoteRef {
        id: place.to_string(),
        url: (place.collection == POSTS).then(page),
    }
}

impl Platform for Bluesky {
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

    fn look<'a>(&'a self, sought: &'a Sought, _: &'a Credential) -> BoxFuture<'a, Sighting> {
        Box::pin(self.search(sought))
    }

    fn facts<'a>(
        &'a self,
        instance: &'a str,
        credential: Option<&'a Credential>,
    ) -> BoxFuture<'a, Result<ServerFacts, AskError>> {
        Box::pin(self.read_facts(instance, credential))
    }

    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>> {
        Box::pin(async move {
            let session = self.session(instance, credential).await?;
            if session.active == Some(false) {
                return Err(AskError::Unauthorised("the account is not active".to_owned()));
            }
            if !uri::is_did(&session.did) || session.handle.is_empty() {
                return Err(AskError::Unreadable("an account without a usable id".to_owned()));
            }
            Ok(RemoteAccount {
                id: session.did,
                handle: session.handle,
            })
        })
    }

    fn invite<'a>(&'a self, what: Invite<'a>) -> BoxFuture<'a, Result<Invited, ConnectError>> {
        Box::pin(self.ask_consent(what))
    }

    fn introduction(&self, redirect_uri: &str) -> Option<serde_json::Value> {
        self.introduced(redirect_uri)
    }

    fn finish<'a>(&'a self, what: Finish<'a>) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        Box::pin(self.take_consent(what))
    }

    fn sign_in<'a>(
        &'a self,
        instance: &'a str,
        given: Credential,
    ) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        Box::pin(async move { self.begin(instance, &given).await })
    }

    fn refresh<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<Credential, RefreshError>> {
        Box::pin(self.renew(instance, credential))
    }
}
