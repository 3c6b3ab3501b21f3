//! Looks again, shortly before it leaves, at what posts link to. Emergencies never wait for a look, so they
//! are not looked at here; and whatever is not seen in time is for the gate to judge.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::Dispatcher;
use crate::{
    domain::ids::OrganizationId,
    service::{LookFor, ServiceError, links_of},
    store::{
        deliveries,
        leases::{self, Taken},
        posts,
    },
};

/// How long before their time posts are looked at again.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// The pause between two rounds.
pub(super) const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// How long one node keeps the lease: longer than a round and its pause.
const LEASE: TimeDelta = TimeDelta::minutes(3);

/// How many posts one round takes.
const POSTS: i64 = 256;

/// How many links are looked at together: nobody waits longer than for one post's.
const LINKS: usize = 64;

impl Dispatcher {
    /// Looks at the links of ordinary posts that leave soon, if this node may look and has the lease. Tells
    /// how many looks were stored.
    ///
    /// # Errors
    /// The database.
    pub async fn look_again(&self) -> Result<usize, ServiceError> {
        if self.service.probe.links().is_none() {
            return Ok(0);
        }
        let leaving = self.links_that_leave().await?;
        if leaving.is_empty() || self.take_turn("looks", LEASE).await? == Taken::Theirs {
            return Ok(0);
        }
        let mut stored = 0;
        for (organization, links) in leaving {
            let links: Vec<String> = links.into_iter().collect();
            for some in links.chunks(LINKS) {
                let some = some.iter().cloned().collect();
                stored += self
                    .service
                    .look_at_links(organization, some, LookFor::Leaving)
                    .await?;
            }
        }
        self.service.forget_looks().await?;
        Ok(stored)
    }

    /// Forgets media that nobody used, if this node has the lease. Tells how many files are gone.
    pub(super) async fn forget_media(&self) -> Result<usize, ServiceError> {
        if self.service.media.is_none() || self.take_turn("media", LEASE).await? == Taken::Theirs {
            return Ok(0);
        }
        self.service.forget_media().await
    }

    async fn links_that_leave(&self) -> Result<BTreeMap<OrganizationId, BTreeSet<String>>, ServiceError> {
        let mut reader = self.service.store.read().await?;
        let until = self.service.now() + AHEAD;
        let mut links = BTreeMap::<_, BTreeSet<String>>::new();
        for soon in deliveries::leaving(&mut reader, until, POSTS).await? {
            let revision =
                posts::revision_by_digest(&mut reader, soon.organization, soon.post, soon.revision).await?;
            let Some(revision) = revision else { continue };
            let of_this = links_of(&mut reader, soon.organization, &revision.content).await?;
            if !of_this.is_empty() {
                links.entry(soon.organization).or_default().extend(of_this);
            }
        }
        Ok(links)
    }

    /// Takes the lease of a work that one node does at a time.
    pub(super) async fn take_turn(&self, work: &'static str, long: TimeDelta) -> Result<Taken, ServiceError> {
        let (owner, now) = (self.lease_owner(), self.service.now());
        let taken = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let taken = leases::take(tx, work, &owner, now, now + long).await?;
                    Ok::<_, ServiceError>(taken)
                })
            })
            .await?;
        Ok(taken.into_inner())
    }
}
