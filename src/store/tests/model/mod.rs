//! The simulator's store and the two real ones go along the same transitions, by workers who know what is and
//! by workers who know only what was: after every step they hold the same and say the same.

mod steps;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{RngSeed, TestRunner},
};
use rstest::rstest;

use self::steps::{CHANGES, Epoch, Reading, Step, one_step, settlement};
use super::{
    Db, on,
    town::{GRACE, Town, at, attempt, put},
};
use crate::{
    dispatch::{
        machine::Settlement,
        settle::{LeaseOver, is_news, lease_over, settled},
    },
    domain::{
        delivery::{Delivery, DeliveryState},
        flow::Priority,
        ids::{AttemptId, DeliveryId},
    },
    sim::{
        Guard,
        store::{ModelStore, Refused},
    },
    store::{
        StoreError, Tx,
        attempts::{self, IntentError},
        deliveries::{self, Stored},
        organizations,
        sql::Dialect,
    },
};

/// What both stores said.
type Said = (Result<(), Refused>, Result<(), Refused>);

fn said(result: Result<(), StoreError>) -> Result<(), Refused> {
    result.map_err(|why| match why {
        StoreError::Stale(_) => Refused::Stale,
        why if why.is_duplicate() => Refused::Duplicate,
        why => panic!("{why}"),
    })
}

fn intend_said(result: Result<(), IntentError>) -> Result<(), Refused> {
    match result {
        Ok(()) => Ok(()),
        Err(IntentError::EpochMoved { .. }) => Err(Refused::EpochMoved),
        Err(IntentError::ClaimLost) => Err(Refused::ClaimLost),
        Err(IntentError::Store(why)) => said(Err(why)),
    }
}

/// The two stores, and whoever goes along with both.
struct Walk<'a> {
    db: &'a Db,
    town: Town,
    model: ModelStore,
    now: DateTime<Utc>,
    /// Every reading of every delivery.
    seen: Vec<Delivery>,
    /// Claims under which attempts were made.
    claims: Vec<(AttemptId, Delivery)>,
}

impl<'a> Walk<'a> {
    async fn begin(db: &'a Db, without: Option<Guard>) -> Self {
        for table in ["attempts", "deliveries"] {
            db.raw(format!("DELETE FROM {table}"), &[]).await.unwrap();
        }
        let town = Town::found(db).await;
        Self {
            db,
            town,
            model: ModelStore {
                without,
                ..ModelStore::default()
            },
            now: at(0),
            seen: Vec::new(),
            claims: Vec::new(),
        }
    }

    fn read(&self, reading: &Reading) -> Option<Delivery> {
        let current: Vec<&Stored> = self.model.deliveries.values().collect();
        match reading {
            Reading::Now(_) if current.is_empty() => None,
            Reading::Now(index) => Some(index.get(&current).delivery.clone()),
            Reading::Once(_) if self.seen.is_empty() => None,
            Reading::Once(index) => Some(index.get(&self.seen).clone()),
        }
    }

    async fn take(&mut self, step: &Step) -> Result<(), String> {
        let said = match step {
            Step::Queue(later) => self.queue(*later).await,
            Step::QueueAgain(index) => self.queue_again(index).await,
            Step::Claim(limit) => return self.claim(*limit).await,
            Step::Intend(reading, epoch) => self.intend(reading, *epoch).await,
            Step::Change(reading, change) => self.change(reading, *change).await,
            Step::Settle(index, which) => self.settle(index, *which).await,
            Step::Sweep => self.sweep().await,
            Step::Miss => self.miss().await,
            Step::Bump => self.bump().await,
            Step::Clock(seconds) => {
                self.now += TimeDelta::seconds(*seconds);
                (Ok(()), Ok(()))
            }
        };
        if said.0 == said.1 {
            self.compare().await
        } else {
            Err(format!("the model says {:?}, the store {:?}", said.0, said.1))
        }
    }

    async fn queue(&mut self, later: i64) -> Said {
        let due = self.now + TimeDelta::seconds(later);
        let (post, pending) = self.town.begin(self.db, Some(due));
        let waiting = pending.clone().approve(due).unwrap();
        let mine = self
            .model
            .insert(pending.clone(), GRACE)
            .and_then(|()| self.model.update(&pending, &waiting, GRACE));
        let theirs = change!(self.db, |tx| {
            put(tx, &post, &pending, Priority::Ordinary).await?;
            deliveries::update(tx, &pending, &waiting, GRACE).await
        });
        (mine, said(theirs))
    }

    async fn queue_again(&mut self, index: &Index) -> Said {
        let Some(first) = self.read(&Reading::Now(*index)) else {
            return (Ok(()), Ok(()));
        };
        let (_, begun) = self.town.begin(self.db, Some(self.now));
        let again = Delivery {
            post: first.post,
            ..begun
        };
        let mine = self.model.insert(again.clone(), GRACE);
        let (organization, new) = (again.organization, super::town::begins(&again));
        let theirs = change!(self.db, |tx| deliveries::insert(tx, organization, &[new], at(0))
            .await);
        (mine, said(theirs))
    }

    async fn claim(&mut self, limit: i64) -> Result<(), String> {
        let (now, until) = (self.now, self.now + TimeDelta::seconds(60));
        let many = usize::try_from(limit).unwrap();
        let mut mine: Vec<DeliveryId> = (self.model.claim("node", now, until, many).iter())
            .map(|delivery| delivery.id)
            .collect();
        let theirs = change!(self.db, |tx| {
            super::town::claim_due(tx, "node", now, until, Priority::Ordinary, limit).await
        });
        let mut theirs: Vec<DeliveryId> = theirs.unwrap().iter().map(|stored| stored.delivery.id).collect();
        mine.sort_unstable();
        theirs.sort_unstable();
        if mine != theirs {
            return Err(format!("the model claims {mine:?}, the store {theirs:?}"));
        }
        self.compare().await
    }

    async fn intend(&mut self, reading: &Reading, epoch: Epoch) -> Said {
        let Some(claimed) = self.read(reading) else {
            return (Ok(()), Ok(()));
        };
        let epoch = match epoch {
            Epoch::Current => self.model.epoch,
            Epoch::Before => self.model.epoch - 1,
        };
        let (organization, attempt) = (
            self.town.organization,
            attempt(self.db, &claimed, epoch, self.now),
        );
        let mine = self.model.intend(attempt.clone());
        if mine.is_ok() {
            self.claims.push((attempt.id, claimed));
        }
        let theirs = change!(self.db, |tx| {
            super::town::intended(tx, organization, attempt).await.map(|_| ())
        });
        (mine, intend_said(theirs))
    }

    async fn change(&mut self, reading: &Reading, change: usize) -> Said {
        let Some(before) = self.read(reading) else {
            return (Ok(()), Ok(()));
        };
        let Ok(mut after) = CHANGES[change](before.clone(), self.now) else {
            return (Ok(()), Ok(()));
        };
        if let DeliveryState::Cancelled { by, .. } = &mut after.state {
            *by = self.town.approver;
        }
        let mine = self.model.update(&before, &after, GRACE);
        let theirs = change!(self.db, |tx| deliveries::update(tx, &before, &after, GRACE).await);
        (mine, said(theirs))
    }

    async fn settle(&mut self, index: &Index, which: usize) -> Said {
        if self.claims.is_empty() {
            return (Ok(()), Ok(()));
        }
        let (attempt, claimed) = index.get(&self.claims).clone();
        let (now, settlement) = (self.now, settlement(which, self.now));
        let recorded = self.model.close(attempt, &settlement.outcome(), now);
        let before = self.model.find(claimed.id).unwrap().delivery.clone();
        let after = is_news(recorded, &before, claimed.series.out(), &settlement)
            .then(|| {
                settled(
                    &before,
                    claimed.fence,
                    attempt,
                    claimed.series.out(),
                    settlement.clone(),
                    now,
                    now,
                )
            })
            .flatten();
        let mine = after.map_or(Ok(()), |after| self.model.update(&before, &after, GRACE));
        let theirs = change!(self.db, |tx| settle(tx, &claimed, attempt, settlement, now).await);
        (mine, said(theirs))
    }

    async fn sweep(&mut self) -> Said {
        let now = self.now;
        for before in self.model.expired(now) {
            let after = match lease_over(&before, now).unwrap() {
                LeaseOver::GivenBack(after) => after,
                LeaseOver::InDoubt {
                    attempt,
                    outcome,
                    after,
                } => {
                    self.model.close(attempt, &outcome, now);
                    after
                }
            };
            self.model.update(&before, &after, GRACE).unwrap();
        }
        let theirs = change!(self.db, |tx| {
            for stored in deliveries::expired(tx, now, 99).await? {
                let before = stored.delivery;
                let after = match lease_over(&before, now).unwrap() {
                    LeaseOver::GivenBack(after) => after,
                    LeaseOver::InDoubt {
                        attempt,
                        outcome,
                        after,
                    } => {
                        attempts::close(tx, before.organization, attempt, &outcome, now).await?;
                        after
                    }
                };
                deliveries::update(tx, &before, &after, GRACE).await?;
            }
            Ok::<_, StoreError>(())
        });
        (Ok(()), said(theirs))
    }

    async fn miss(&mut self) -> Said {
        let now = self.now;
        for before in self.model.missed(now) {
            let after = before.clone().miss(now, now).unwrap();
            self.model.update(&before, &after, GRACE).unwrap();
        }
        let theirs = change!(self.db, |tx| {
            for stored in deliveries::missed(tx, now, 99).await? {
                let after = stored.delivery.clone().miss(now, now).unwrap();
                deliveries::update(tx, &stored.delivery, &after, GRACE).await?;
            }
            Ok::<_, StoreError>(())
        });
        (Ok(()), said(theirs))
    }

    async fn bump(&mut self) -> Said {
        self.model.epoch += 1;
        let organization = self.town.organization;
        let theirs = change!(self.db, |tx| organizations::bump_epoch(tx, organization).await);
        (Ok(()), said(theirs))
    }

    /// Both hold the same, and find the same to be done next.
    async fn compare(&mut self) -> Result<(), String> {
        let mut reader = self.db.reader().await;
        let organization = self.town.organization;
        for mine in self.model.deliveries.values() {
            let theirs = deliveries::find(&mut reader, organization, mine.delivery.id).await;
            let theirs = theirs.unwrap();
            if theirs.as_ref() != Some(mine) {
                return Err(format!("the model holds {mine:?}, the store {theirs:?}"));
            }
            if !self.seen.contains(&mine.delivery) {
                self.seen.push(mine.delivery.clone());
            }
            let mut kept: Vec<_> = self.model.of_delivery(mine.delivery.id).cloned().collect();
            kept.sort_by_key(|past| past.attempt.fence);
            let theirs = attempts::of_delivery(&mut reader, organization, mine.delivery.id).await;
            let theirs = theirs.unwrap();
            if theirs != kept {
                return Err(format!("the model holds {kept:?}, the store {theirs:?}"));
            }
        }
        let due = deliveries::to_look_up(&mut reader, self.now, 99).await.unwrap();
        let next = deliveries::next_instant(&mut reader, self.now).await.unwrap();
        if (due.len(), next) != (self.model.to_look_up(self.now).len(), self.model.next_instant()) {
            return Err("the two do not agree on what is to be done next".to_owned());
        }
        Ok(())
    }
}

/// As the recording transaction does it.
async fn settle(
    tx: &mut Tx,
    claimed: &Delivery,
    attempt: AttemptId,
    settlement: Settlement,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let organization = claimed.organization;
    let recorded = attempts::close(tx, organization, attempt, &settlement.outcome(), now).await?;
    let before = deliveries::find(tx, organization, claimed.id)
        .await?
        .unwrap()
        .delivery;
    if !is_news(recorded, &before, claimed.series.out(), &settlement) {
        return Ok(());
    }
    match settled(
        &before,
        claimed.fence,
        attempt,
        claimed.series.out(),
        settlement,
        now,
        now,
    ) {
        Some(after) => deliveries::update(tx, &before, &after, GRACE).await,
        None => Ok(()),
    }
}

/// Many walks that prove something, and are shrunk when they fail.
fn long() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 500,
        ..ProptestConfig::default()
    }
}

/// The same walks every time, until one fails, as it should.
fn until_it_fails() -> ProptestConfig {
    ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        max_shrink_iters: 0,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

fn walks(db: &Db, config: ProptestConfig, without: Option<Guard>) -> Result<(), String> {
    let walk = async |steps: Vec<Step>| {
        let mut walk = Walk::begin(db, without).await;
        for step in &steps {
            walk.take(step).await.map_err(TestCaseError::fail)?;
        }
        Ok(())
    };
    tokio::task::block_in_place(|| {
        let here = tokio::runtime::Handle::current();
        TestRunner::new(config)
            .run(&vec(one_step(), 1..60), |steps| here.block_on(walk(steps)))
            .map_err(|why| why.to_string())
    })
}

/// `SEKISHO_STORE_WALKS` makes it longer.
fn cases(usual: u32) -> u32 {
    let asked = std::env::var("SEKISHO_STORE_WALKS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(usual)
}

#[rstest]
#[case::sqlite(Dialect::Sqlite, 12)]
#[case::postgres(Dialect::Postgres, 8)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_simulated_store_is_like_the_real_ones(#[case] dialect: Dialect, #[case] usual: u32) {
    on(dialect, async |db| {
        let cases = cases(usual);
        if let Err(why) = walks(db, ProptestConfig { cases, ..long() }, None) {
            panic!("{why}");
        }
    })
    .await;
}

/// A store that lacked one of these guards, and a model that has it, would not be alike for long: here it is
/// the model that lacks it.
#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_that_one_of_the_two_lacks_is_noticed(
    #[values(Guard::Fence, Guard::LeaseCheck, Guard::Epoch, Guard::UniqueIndex)] guard: Guard,
) {
    on(Dialect::Sqlite, async |db| {
        assert!(
            walks(db, until_it_fails(), Some(guard)).is_err(),
            "nobody misses {guard:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_store_without_its_unique_index_is_noticed() {
    on(Dialect::Sqlite, async |db| {
        db.raw("DROP INDEX deliveries_once", &[]).await.unwrap();
        assert!(
            walks(db, until_it_fails(), None).is_err(),
            "nobody misses the index"
        );
    })
    .await;
}
