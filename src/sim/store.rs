//! A store in memory that says and refuses what the SQL says and refuses, statement by statement. A test
//! (`store::tests::model`) walks it and the two real stores along the same transitions and compares.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::Guard;
use crate::{
    domain::{
        attempt::{Attempt, Outcome, OutcomeClass},
        delivery::{Delivery, DeliveryPhase, DeliveryState, Fence, Lease},
        flow::Priority,
        ids::{AttemptId, DeliveryId},
    },
    store::{
        attempts::{PastAttempt, Recorded},
        deliveries::Stored,
    },
};

/// Why a statement changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The row is no longer what was read.
    Stale,
    /// A unique index.
    Duplicate,
    /// The gate's epoch is another one.
    EpochMoved,
    /// The claim is gone.
    ClaimLost,
}

/// Deliveries and attempts of one organization.
#[derive(Debug, Clone, Default)]
pub(crate) struct ModelStore {
    pub(crate) epoch: i64,
    pub(crate) deliveries: BTreeMap<DeliveryId, Stored>,
    pub(crate) attempts: BTreeMap<AttemptId, PastAttempt>,
    /// The guard that is missing, in a test of the tests.
    pub(crate) without: Option<Guard>,
}

impl ModelStore {
    fn has(&self, guard: Guard) -> bool {
        self.without != Some(guard)
    }

    /// `INSERT`, under the index `deliveries_once`.
    pub(crate) fn insert(&mut self, delivery: Delivery, grace: Duration) -> Result<(), Refused> {
        let same = |stored: &&Stored| {
            stored.delivery.post == delivery.post
                && stored.delivery.account == delivery.account
                && stored.delivery.state.phase() != DeliveryPhase::Cancelled
        };
        if self.has(Guard::UniqueIndex) && self.deliveries.values().any(|stored| same(&stored)) {
            return Err(Refused::Duplicate);
        }
        let stored = Stored {
            miss_at: delivery.publish_at.map(|at| at + grace),
            priority: Priority::Ordinary,
            delivery,
        };
        self.deliveries.insert(stored.delivery.id, stored);
        Ok(())
    }

    /// `UPDATE`: state, fence and the times that were read must still be there.
    pub(crate) fn update(
        &mut self,
        before: &Delivery,
        after: &Delivery,
        grace: Duration,
    ) -> Result<(), Refused> {
        let fenced = self.has(Guard::Fence);
        let Some(stored) = self.deliveries.get_mut(&before.id) else {
            return Err(Refused::Stale);
        };
        let row = &stored.delivery;
        let is_as_read = row.state.phase() == before.state.phase()
            && (row.fence == before.fence || !fenced)
            && row.publish_at == before.publish_at
            && times(&row.state) == times(&before.state);
        if !is_as_read {
            return Err(Refused::Stale);
        }
        stored.miss_at = after.publish_at.map(|at| at + grace);
        stored.delivery = after.clone();
        Ok(())
    }

    /// `CLAIM`: what waits, is due and not past its grace; what has waited longest first.
    pub(crate) fn claim(
        &mut self,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Vec<Delivery> {
        let mut due: Vec<(DateTime<Utc>, DeliveryId)> = self
            .deliveries
            .values()
            .filter(|stored| stored.miss_at.is_some_and(|miss_at| now < miss_at))
            .filter_map(|stored| match stored.delivery.state {
                DeliveryState::Waiting { due, .. } if due <= now => Some((due, stored.delivery.id)),
                _ => None,
            })
            .collect();
        due.sort_unstable();
        due.truncate(limit);
        let mut claimed = Vec::with_capacity(due.len());
        for (_, id) in due {
            let Some(stored) = self.deliveries.get_mut(&id) else {
                continue;
            };
            let DeliveryState::Waiting { doubt, .. } = stored.delivery.state else {
                continue;
            };
            let fence = Fence(stored.delivery.fence.0 + 1);
            let owner = owner.to_owned();
            let lease = Lease { owner, fence, until };
            stored.delivery.fence = fence;
            stored.delivery.state = DeliveryState::Claimed { lease, doubt };
            claimed.push(stored.delivery.clone());
        }
        claimed
    }

    /// `EPOCH`, `BEGIN_PUBLISHING` and `INSERT`, under the indexes of attempts.
    pub(crate) fn intend(&mut self, attempt: Attempt) -> Result<(), Refused> {
        if self.has(Guard::Epoch) && attempt.gate_epoch != self.epoch {
            return Err(Refused::EpochMoved);
        }
        let (fenced, leased) = (self.has(Guard::Fence), self.has(Guard::LeaseCheck));
        let unique = self.has(Guard::UniqueIndex);
        let taken = self
            .of_delivery(attempt.delivery)
            .any(|other| other.outcome.is_none() || other.attempt.fence == attempt.fence);
        let Some(stored) = self.deliveries.get_mut(&attempt.delivery) else {
            return Err(Refused::ClaimLost);
        };
        let DeliveryState::Claimed { lease, doubt } = &stored.delivery.state else {
            return Err(Refused::ClaimLost);
        };
        let ours = stored.delivery.fence == attempt.fence || !fenced;
        if !ours || (leased && lease.until <= attempt.intended_at) {
            return Err(Refused::ClaimLost);
        }
        if unique && taken {
            return Err(Refused::Duplicate);
        }
        stored.delivery.state = DeliveryState::Publishing {
            lease: lease.clone(),
            attempt: attempt.id,
            doubt: *doubt,
        };
        let past = PastAttempt {
            attempt,
            outcome: None,
            why: None,
            remote: None,
            ended_at: None,
        };
        self.attempts.insert(past.attempt.id, past);
        Ok(())
    }

    /// `CLOSE`: an open attempt, or one in doubt.
    pub(crate) fn close(&mut self, attempt: AttemptId, outcome: &Outcome, at: DateTime<Utc>) -> Recorded {
        let Some(past) = self.attempts.get_mut(&attempt) else {
            return Recorded::Before;
        };
        if !matches!(past.outcome, None | Some(OutcomeClass::Unknown)) {
            return Recorded::Before;
        }
        past.outcome = Some(outcome.class());
        past.why = Some(outcome.why().to_owned()).filter(|why| !why.is_empty());
        past.remote = match outcome {
            Outcome::Published(remote) => Some(remote.clone()),
            _ => None,
        };
        past.ended_at = Some(at);
        Recorded::Now
    }

    pub(crate) fn find(&self, id: DeliveryId) -> Option<&Stored> {
        self.deliveries.get(&id)
    }

    pub(crate) fn of_delivery(&self, id: DeliveryId) -> impl Iterator<Item = &PastAttempt> {
        self.attempts
            .values()
            .filter(move |past| past.attempt.delivery == id)
    }

    /// `SELECT_EXPIRED`.
    pub(crate) fn expired(&self, horizon: DateTime<Utc>) -> Vec<Delivery> {
        self.where_state(|state| match state {
            DeliveryState::Claimed { lease, .. } | DeliveryState::Publishing { lease, .. } => {
                lease.until <= horizon
            }
            _ => false,
        })
    }

    /// `SELECT_MISSED`.
    pub(crate) fn missed(&self, now: DateTime<Utc>) -> Vec<Delivery> {
        self.deliveries
            .values()
            .filter(|stored| can_be_missed(&stored.delivery) && stored.miss_at.is_some_and(|at| at <= now))
            .map(|stored| stored.delivery.clone())
            .collect()
    }

    /// `SELECT_TO_LOOK_UP`.
    pub(crate) fn to_look_up(&self, now: DateTime<Utc>) -> Vec<Delivery> {
        self.where_state(|state| matches!(state, DeliveryState::Unknown { look_at, .. } if *look_at <= now))
    }

    fn where_state(&self, fits: impl Fn(&DeliveryState) -> bool) -> Vec<Delivery> {
        self.deliveries
            .values()
            .filter(|stored| fits(&stored.delivery.state))
            .map(|stored| stored.delivery.clone())
            .collect()
    }

    /// `SELECT_NEXT`.
    pub(crate) fn next_instant(&self) -> Option<DateTime<Utc>> {
        let of = |stored: &Stored| {
            let own = match &stored.delivery.state {
                DeliveryState::Waiting { due, .. } => Some(*due),
                DeliveryState::Claimed { lease, .. } | DeliveryState::Publishing { lease, .. } => {
                    Some(lease.until)
                }
                DeliveryState::Unknown { look_at, .. } => Some(*look_at),
                _ => None,
            };
            let missed = stored.miss_at.filter(|_| can_be_missed(&stored.delivery));
            own.into_iter().chain(missed).min()
        };
        self.deliveries.values().filter_map(of).min()
    }
}

const fn can_be_missed(delivery: &Delivery) -> bool {
    matches!(
        delivery.state,
        DeliveryState::Pending | DeliveryState::Waiting { .. } | DeliveryState::Held { .. }
    )
}

/// The times of a state that an `UPDATE` compares.
const fn times(state: &DeliveryState) -> Option<DateTime<Utc>> {
    match state {
        DeliveryState::Waiting { due, .. } => Some(*due),
        DeliveryState::Unknown { look_at, .. } => Some(*look_at),
        _ => None,
    }
}
