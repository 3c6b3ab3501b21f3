//! The adapters of Instagram and Threads, but for what differs between the two: a post is a container that is filled,
//! waited for, and published once.

use std::fmt;

use futures::future::BoxFuture;

use super::{
    super::{
        AskError, Platform, Prepared, Preparing, Quota, RefreshError, RemoteAccount, Reply, ServerFacts,
        Sought,
        caller::unfit,
        connecting::{ConnectError, Finish, Invite, Invited},
        order::{Order, Removal},
    },
    Grants, Graph, Listing,
    container::{Assembly, Recipe, Said},
    wire,
};
use crate::{
    domain::attempt::{Outcome, Sighting},
    door::{Authorised, Publication, Withdrawal},
    vault::Credential,
};

/// What each of the two does in its own way; the rest of an adapter follows from it.
pub(in crate::platform) trait Containers: fmt::Debug + Send + Sync {
    /// The API.
    fn graph(&self) -> &Graph;

    /// How it gives tokens.
    fn grants(&self) -> Grants<'_>;

    /// How a part is written down, if the platform has a place for everything in it.
    fn recipe<'a>(&self, said: Said<'a>) -> Result<Box<dyn Recipe + 'a>, Outcome>;

    /// Where a post would be listed.
    fn listing(&self, sought: &Sought) -> Listing;
}

async fn make_ready(
    adapter: &dyn Containers,
    what: Preparing<'_>,
    credential: &Credential,
) -> Result<Prepared, Outcome> {
    let recipe = adapter.recipe(Said::from(&what))?;
    if !wire::is_id(what.remote_account) {
        return Err(unfit("the account is not connected"));
    }
    let assembly = Assembly {
        graph: adapter.graph(),
        what,
        recipe: &*recipe,
        credential,
    };
    assembly.step().await
}

/// Publishes once. Only [`Platform::publish`] may lead here: it has the authorisation.
pub(super) async fn send(adapter: &dyn Containers, order: &Order<'_>, credential: &Credential) -> Reply {
    match adapter.recipe(Said::from(order)) {
        Ok(_) => adapter.graph().publish_container(order, credential).await,
        Err(outcome) => outcome.into(),
    }
}

impl<A: Containers> Platform for A {
    fn prepare<'a>(&'a self, what: Preparing<'a>, credential: &'a Credential) -> BoxFuture<'a, Prepared> {
        Box::pin(async move {
            let prepared = make_ready(self, what, credential).await;
            prepared.unwrap_or_else(Prepared::Refused)
        })
    }

    fn publish<'a>(
        &'a self,
        what: Authorised<Publication>,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Reply> {
        Box::pin(async move { send(self, &Order::of(&what), credential).await })
    }

    fn withdraw<'a>(
        &'a self,
        what: Authorised<Withdrawal>,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Reply> {
        Box::pin(async move { self.graph().remove(&Removal::of(&what), credential).await })
    }

    fn look<'a>(&'a self, sought: &'a Sought, credential: &'a Credential) -> BoxFuture<'a, Sighting> {
        Box::pin(self.graph().search(sought, self.listing(sought), credential))
    }

    fn facts<'a>(
        &'a self,
        _: &'a str,
        _: Option<&'a Credential>,
    ) -> BoxFuture<'a, Result<ServerFacts, AskError>> {
        Box::pin(async { Ok(self.graph().facts()) })
    }

    fn whoami<'a>(
        &'a self,
        instance: &'a str,
        credential: &'a Credential,
    ) -> BoxFuture<'a, Result<RemoteAccount, AskError>> {
        Box::pin(self.graph().own_account(instance, credential))
    }

    fn invite<'a>(&'a self, what: Invite<'a>) -> BoxFuture<'a, Result<Invited, ConnectError>> {
        Box::pin(async move { self.grants().invite(what) })
    }

    fn finish<'a>(&'a self, what: Finish<'a>) -> BoxFuture<'a, Result<Credential, ConnectError>> {
        Box::pin(async move { self.grants().finish(what).await })
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
        Box::pin(self.graph().quota(instance, remote_account, credential))
    }
}
