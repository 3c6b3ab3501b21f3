//! Threads. A post is a container that is filled, waited for, and published once, one of words alone, too. The
//! platform has no idempotency keys: an unknown outcome is looked up, never sent again.

mod recipe;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use serde::Deserialize;

use super::{
    AskError, Platform, Prepared, Preparing, Quota, RefreshError, RemoteAccount, Reply, ServerFacts, Sought,
    caller::unfit,
    connecting::{ConnectError, Finish, Invite, Invited},
    instance,
    meta::{Dialect, Grants, Graph, Listing, container::Assembly, wire::is_id},
    order::{Order, Removal},
    settings,
};
use crate::{
    clock::Clock,
    domain::{
        account::{KeySupport, Limits},
        attempt::Sighting,
        revision::Act,
    },
    door::{Authorised, Publication, Withdrawal},
    net::Client,
    vault::Credential,
};
use recipe::Content;

/// What its documents say of a text: it has no address that tells it.
const LIMITS: Limits = Limits {
    max_characters: 500,
    characters_per_url: 0,
    film_bytes: None,
};

/// What is asked for: to post and to answer, to find one's own posts and answers again, and to remove them.
const SCOPES: [&str; 5] = [
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_delete",
];

/// The account's posts; its answers stand in a list of their own.
const POSTS: Listing = Listing {
    edge: "threads",
    fields: "id,text,timestamp,permalink,media_type",
};
const ANSWERS: Listing = Listing {
    edge: "replies",
    ..POSTS
};

/// The adapter.
#[derive(Debug)]
pub struct Threads {
    graph: Graph,
    authorize: url::Url,
}

/// Whose credential it is.
#[derive(Deserialize)]
struct Own {
    id: String,
    #[serde(default)]
    username: String,
}

impl Threads {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(
        client: Client,
        clock: Arc<dyn Clock>,
        longest: Duration,
        settings: settings::Threads,
    ) -> Self {
        let calls = (client, clock, longest);
        Self {
            graph: Graph::new(Dialect::Threads, calls, settings.version, settings.application),
            authorize: settings.authorize,
        }
    }

    /// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
    async fn send(&self, order: &Order<'_>, credential: &Credential) -> Reply {
        match Content::of(order.act, order.payload, (order.part, order.follows)) {
            Ok(_) => self.graph.publish_container(order, credential).await,
            Err(why) => unfit(why).into(),
        }
    }

    async fn make_ready(&self, what: Preparing<'_>, credential: &Credential) -> Prepared {
        let content = match Content::of(what.act, what.payload, (what.part, what.follows)) {
            Ok(content) if is_id(what.remote_account) => content,
            Ok(_) => return Prepared::Refused(unfit("the account is not connected")),
            Err(why) => return Prepared::Refused(unfit(why)),
        };
        let assembly = Assembly {
            graph: &self.graph,
            what,
            media: content.media,
            credential,
        };
        assembly.step(&content).await.unwrap_or_else(Prepared::Refused)
    }

    const fn grants(&self) -> Grants<'_> {
        Grants {
            graph: &self.graph,
            authorize: &self.authorize,
            scopes: &SCOPES,
            exchange: "th_exchange_token",
            refresh: "th_refresh_token",
        }
    }

    async fn identify(&self, server: &str, credential: &Credential) -> Result<RemoteAccount, AskError> {
        let query = [("fields", "id,username")];
        let own: Own = self.graph.ask(server, &["me"], &query, credential).await?;
        if !is_id(&own.id) || own.username.is_empty() {
            return Err(AskError::Unreadable("an account without a usable id".to_owned()));
        }
        Ok(RemoteAccount {
            id: own.id,
            handle: own.username,
        })
    }
}

impl Platform for Threads {
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
        Box::pin(async move { self.graph.remove(&Removal::of(&what), credential).await })
    }

    fn look<'a>(&'a self, sought: &'a Sought, credential: &'a Credential) -> BoxFuture<'a, Sighting> {
        let answers = sought.act == Act::Reply || sought.part > 0;
        let listing = if answers { ANSWERS } else { POSTS };
        Box::pin(self.graph.search(sought, listing, credential))
    }

    fn facts<'a>(
        &'a self,
        _: &'a str,
        _: Option<&'a Credential>,
    ) -> BoxFuture<'a, Result<ServerFacts, AskError>> {
        let facts = ServerFacts {
            limits: LIMITS,
            keys: KeySupport::NotHonoured,
            software: "Threads API".to_owned(),
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
        Box::pin(async move { self.grants().invite(what) })
    }

    fn finish<'a>(&'a self, what: Finish<'a>) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        Box::pin(async move {
            let codes = instance::endpoint(what.instance, &["oauth", "access_token"]);
            let codes = codes.map_err(|_| ConnectError::Address("the server's address"))?;
            self.grants().finish(codes, what).await
        })
    }

    fn refresh<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<Credential, RefreshError>> {
        Box::pin(async move { self.grants().renew(instance, credential).await })
    }

    fn quota<'a>(
        &'a self,
        instance: &'a str,
        remote_account: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<Option<Quota>, AskError>> {
        let of = (instance, remote_account, "threads_publishing_limit");
        Box::pin(self.graph.read_quota(of, credential))
    }
}
