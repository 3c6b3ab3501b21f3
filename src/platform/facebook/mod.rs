//! Facebook Pages, by the Graph API. It knows no idempotency keys, and its lists of posts have gaps: an unknown
//! outcome is looked up, never sent again, and what is not seen is never called absent.

mod connect;
mod look;
mod prepare;
mod wire;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use url::Url;

use super::{
    AskError, Platform, Prepared, Preparing, RemoteAccount, Reply, ServerFacts, Sought,
    caller::{bad_instance, unfit, unready},
    chance::Chance,
    connecting::{ConnectError, Finish, Invite, Invited},
    meta::{Dialect, Graph},
    order::{Order, Removal},
    settings,
};
use crate::{
    clock::Clock,
    domain::{
        account::{KeySupport, Limits},
        attempt::{Outcome, RemoteRef, Sighting},
    },
    door::{Authorised, Publication, Withdrawal},
    net::Client,
    vault::{Credential, Entropy},
};
use wire::{Call, Unfit};

/// What its clients count: it has no address that tells it.
const LIMITS: Limits = Limits {
    max_characters: 63_206,
    characters_per_url: 0,
    film_bytes: None,
};

/// The adapter.
#[derive(Debug)]
pub struct Facebook {
    graph: Graph,
    chance: Chance,
    /// Where people are: the dialog of consent, and the posts.
    web: Url,
}

impl Facebook {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(
        client: Client,
        clock: Arc<dyn Clock>,
        longest: Duration,
        entropy: Arc<dyn Entropy>,
        settings: settings::Facebook,
    ) -> Self {
        let calls = (client, clock, longest);
        Self {
            graph: Graph::new(Dialect::Facebook, calls, settings.version, settings.application),
            chance: Chance::new(entropy),
            web: settings.dialog,
        }
    }

    /// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
    async fn send(&self, order: &Order<'_>, credential: &Credential) -> Reply {
        let call = match Call::of(order) {
            Ok(call) => call,
            Err(why) => return refused(why).into(),
        };
        let path = [call.page, call.edge()];
        let Ok(request) = self.graph.post(order.instance, &path, call.fields(), credential) else {
            return bad_instance().into();
        };
        match self.graph.caller.change(request, order.send_by).await {
            Ok(answer) => self
                .graph
                .reader(credential)
                .publication(&answer, |id| self.remote(id)),
            Err(outcome) => outcome.into(),
        }
    }

    /// Where people read it: the id leads there.
    fn remote(&self, id: String) -> RemoteRef {
        let url = self.web.join(&format!("/{id}")).ok().map(String::from);
        RemoteRef { id, url }
    }
}

impl Platform for Facebook {
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
        Box::pin(async move { self.graph.remove(&Removal::of(&what), credential).await })
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
            software: "Facebook Graph API".to_owned(),
        };
        Box::pin(async { Ok(facts) })
    }

    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>> {
        Box::pin(self.identify(instance, credential))
    }

    fn invite<'a>(&'a self, what: Invite<'a>) -> BoxFuture<'a, Result<Invited, ConnectError>> {
        Box::pin(async move { self.begin(what) })
    }

    fn finish<'a>(&'a self, what: Finish<'a>) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        Box::pin(self.exchange(what))
    }
}

/// What went wrong before anything was sent.
fn refused(why: Unfit) -> Outcome {
    match why {
        Unfit::NotReady => unready("a picture or film"),
        why => unfit(why),
    }
}
