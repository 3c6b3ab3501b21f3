//! Instagram, by Instagram Login. A post is a container that is filled, waited for, and published once. The platform
//! has no idempotency keys and answers "blocked" to posts that are out: an unknown outcome is looked up, never sent
//! again.

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
    meta::{Dialect, Grants, Graph, Listing, container::Assembly, wire::is_id},
    order::Order,
    settings,
};
use crate::{
    clock::Clock,
    domain::{
        account::{KeySupport, Limits},
        attempt::Sighting,
    },
    door::{Authorised, Publication, Withdrawal},
    net::Client,
    vault::Credential,
};
use recipe::Caption;

/// What its documents say of a caption: it has no address that tells it.
const LIMITS: Limits = Limits {
    max_characters: 2_200,
    characters_per_url: 0,
    film_bytes: None,
};

/// What is asked for: to post, to find one's own posts again, and to know whose account it is.
const SCOPES: [&str; 2] = ["instagram_business_basic", "instagram_business_content_publish"];

/// The account's posts.
const POSTS: Listing = Listing {
    edge: "media",
    fields: "id,caption,timestamp,permalink,media_type",
};

/// The adapter.
#[derive(Debug)]
pub struct Instagram {
    graph: Graph,
    authorize: url::Url,
    codes: url::Url,
}

/// Whose credential it is. `id` is another one, of the application's own.
#[derive(Deserialize)]
struct Own {
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    username: String,
}

impl Instagram {
    /// An adapter over this client. No request that changes something takes longer than `longest`.
    #[must_use]
    pub fn new(
        client: Client,
        clock: Arc<dyn Clock>,
        longest: Duration,
        settings: settings::Instagram,
    ) -> Self {
        let calls = (client, clock, longest);
        Self {
            graph: Graph::new(Dialect::Instagram, calls, settings.version, settings.application),
            authorize: settings.authorize,
            codes: settings.exchange,
        }
    }

    /// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
    async fn send(&self, order: &Order<'_>, credential: &Credential) -> Reply {
        match Caption::of(order.act, order.payload, order.part) {
            Ok(_) => self.graph.publish_container(order, credential).await,
            Err(why) => unfit(why).into(),
        }
    }

    async fn make_ready(&self, what: Preparing<'_>, credential: &Credential) -> Prepared {
        let caption = match Caption::of(what.act, what.payload, what.part) {
            Ok(caption) if is_id(what.remote_account) => caption,
            Ok(_) => return Prepared::Refused(unfit("the account is not connected")),
            Err(why) => return Prepared::Refused(unfit(why)),
        };
        let assembly = Assembly {
            graph: &self.graph,
            what,
            media: caption.media,
            credential,
        };
        assembly.step(&caption).await.unwrap_or_else(Prepared::Refused)
    }

    const fn grants(&self) -> Grants<'_> {
        Grants {
            graph: &self.graph,
            authorize: &self.authorize,
            scopes: &SCOPES,
            exchange: "ig_exchange_token",
            refresh: "ig_refresh_token",
        }
    }
}

impl Platform for Instagram {
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

    /// There is no such call for accounts that were connected by Instagram Login.
    fn withdraw<'a>(&'a self, _: Authorised<Withdrawal>, _: &'a Credential) -> BoxFuture<'a, Reply> {
        Box::pin(async { unfit("what is on Instagram can be removed in its app alone").into() })
    }

    fn look<'a>(&'a self, sought: &'a Sought, credential: &'a Credential) -> BoxFuture<'a, Sighting> {
        Box::pin(self.graph.search(sought, POSTS, credential))
    }

    fn facts<'a>(
        &'a self,
        _: &'a str,
        _: Option<&'a Credential>,
    ) -> BoxFuture<'a, Result<ServerFacts, AskError>> {
        let facts = ServerFacts {
            limits: LIMITS,
            keys: KeySupport::NotHonoured,
            software: "Instagram API".to_owned(),
        };
        Box::pin(async { Ok(facts) })
    }

    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>> {
        Box::pin(async move {
            let query = [("fields", "user_id,username")];
            let own: Own = self.graph.ask(instance, &["me"], &query, credential).await?;
            if !is_id(&own.user_id) || own.username.is_empty() {
                return Err(AskError::Unreadable("an account without a usable id".to_owned()));
            }
            Ok(RemoteAccount {
                id: own.user_id,
                handle: own.username,
            })
        })
    }

    fn invite<'a>(&'a self, what: Invite<'a>) -> BoxFuture<'a, Result<Invited, ConnectError>> {
        Box::pin(async move { self.grants().invite(what) })
    }

    fn finish<'a>(&'a self, what: Finish<'a>) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        Box::pin(async move { self.grants().finish(self.codes.clone(), what).await })
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
        let of = (instance, remote_account, "content_publishing_limit");
        Box::pin(self.graph.read_quota(of, credential))
    }
}
