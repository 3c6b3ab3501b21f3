//! What one node has under way: a lane for ordinary posts and one for emergencies, so that no flood of the
//! former delays the latter, and so many at once to each account, so that no slow platform delays another.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::{flow::Priority, ids::AccountId};

/// Both lanes.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    ordinary: Lane,
    emergency: Lane,
}

/// How wide the lanes are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Widths {
    /// How many ordinary posts are under way at once.
    pub(super) ordinary: usize,
    /// How many emergency posts are.
    pub(super) emergency: usize,
    /// How many ordinary posts are under way to one account at once.
    pub(super) of_account: usize,
    /// How many ordinary posts begin to one account in a second.
    pub(super) in_a_second: NonZeroU32,
}

impl Lanes {
    pub(super) fn new(widths: Widths) -> Self {
        let lane = |priority, width, smooth| Lane {
            priority,
            width,
            of_account: widths.of_account,
            slots: Arc::new(Semaphore::new(width)),
            busy: Busy::default(),
            smooth,
        };
        let smooth = RateLimiter::keyed(Quota::per_second(widths.in_a_second));
        Self {
            ordinary: lane(Priority::Ordinary, widths.ordinary, Some(Arc::new(smooth))),
            emergency: lane(Priority::Emergency, widths.emergency, None),
        }
    }

    pub(super) const fn of(&self, priority: Priority) -> &Lane {
        match priority {
            Priority::Ordinary => &self.ordinary,
            Priority::Emergency => &self.emergency,
        }
    }

    /// Returns once nothing is under way.
    pub(super) async fn empty(&self) {
        for lane in [&self.ordinary, &self.emergency] {
            let all = u32::try_from(lane.width).unwrap_or(u32::MAX);
            // A semaphore that is never closed gives what it has.
            drop(lane.slots.acquire_many(all).await);
        }
    }
}

/// How many posts are under way to each account.
#[derive(Debug, Clone, Default)]
struct Busy(Arc<Mutex<HashMap<AccountId, usize>>>);

impl Busy {
    fn counts(&self) -> MutexGuard<'_, HashMap<AccountId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One lane.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    priority: Priority,
    width: usize,
    of_account: usize,
    slots: Arc<Semaphore>,
    busy: Busy,
    smooth: Option<Arc<DefaultKeyedRateLimiter<AccountId>>>,
}

impl Lane {
    pub(super) const fn priority(&self) -> Priority {
        self.priority
    }

    /// How many slots are free.
    pub(super) fn free(&self) -> usize {
        self.slots.available_permits()
    }

    /// Returns once a slot is free.
    pub(super) async fn has_room(&self) {
        // A semaphore that is never closed gives what it has.
        drop(self.slots.acquire().await);
    }

    /// The accounts to which nothing more may be under way.
    pub(super) fn full(&self) -> Vec<AccountId> {
        match self.priority {
            Priority::Emergency => Vec::new(),
            Priority::Ordinary => {
                let counts = self.busy.counts();
                let full = counts.iter().filter(|(_, count)| **count >= self.of_account);
                full.map(|(account, _)| *account).collect()
            }
        }
    }

    /// How many of `wanted` posts to an account may begin here and now.
    pub(super) fn admits(&self, account: AccountId, wanted: usize) -> usize {
        let Some(smooth) = &self.smooth else {
            return wanted;
        };
        let busy = self.busy.counts().get(&account).copied().unwrap_or(0);
        let room = self.of_account.saturating_sub(busy).min(wanted);
        (0..room)
            .take_while(|_| smooth.check_key(&account).is_ok())
            .count()
    }

    /// Takes a slot; none once the lane is closed.
    pub(super) async fn enter(&self, account: AccountId) -> Option<Place> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
        *self.busy.counts().entry(account).or_default() += 1;
        Some(Place {
            account,
            busy: self.busy.clone(),
            _slot: slot,
        })
    }
}

/// A place in a lane; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    account: AccountId,
    busy: Busy,
    _slot: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.busy.counts();
        if let Some(count) = counts.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn account(number: u128) -> AccountId {
        AccountId::new(Uuid::from_u128(number))
    }

    fn lanes(in_a_second: u32) -> Lanes {
        Lanes::new(Widths {
            ordinary: 8,
            emergency: 2,
            of_account: 3,
            in_a_second: NonZeroU32::new(in_a_second).expect("a number"),
        })
    }

    #[tokio::test]
    async fn one_account_takes_its_share_of_a_lane_and_no_more() {
        let lanes = lanes(1000);
        let lane = lanes.of(Priority::Ordinary);
        assert_eq!(lane.admits(account(1), 5), 3);
        let mut places = Vec::new();
        for _ in 0..3 {
            places.push(lane.enter(account(1)).await.expect("a place"));
        }
        assert_eq!((lane.admits(account(1), 5), lane.full()), (0, vec![account(1)]));
        assert_eq!((lane.admits(account(2), 2), lane.free()), (2, 5));
        assert_eq!(
            lanes.of(Priority::Emergency).free(),
            2,
            "the other lane is its own"
        );
        places.pop();
        assert_eq!((lane.admits(account(1), 5), lane.full()), (1, vec![]));
        drop(places);
        assert!(lane.busy.counts().is_empty());
    }

    #[tokio::test]
    async fn ordinary_posts_to_one_account_are_smoothed_and_emergencies_are_not() {
        let lanes = lanes(1);
        let ordinary = lanes.of(Priority::Ordinary);
        assert_eq!(ordinary.admits(account(1), 2), 1);
        assert_eq!(ordinary.admits(account(2), 1), 1);
        assert_eq!(lanes.of(Priority::Emergency).admits(account(1), 9), 9);
    }
}
