//! Claiming: each due delivery by one worker at a time, and nothing by one that lost it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;

use super::{
    Db, on,
    town::{GRACE, Town, at, attempt, claim_due, intended, look, put, step},
};
use crate::{
    domain::{
        attempt::RemoteRef,
        delivery::{Delivery, DeliveryPhase, DeliveryState, Fence},
        flow::Priority,
        ids::DeliveryId,
    },
    store::{
        StoreError,
        attempts::{self, IntentError},
        deliveries::{self, Stored},
        sql::Dialect,
    },
};

/// Stores deliveries that wait, in one transaction.
async fn queue(db: &Db, town: &Town, dues: Vec<(DateTime<Utc>, Priority)>) -> Vec<DeliveryId> {
    let town = *town;
    let made: Vec<_> = dues
        .into_iter()
        .map(|(due, priority)| (town.begin(db, Some(due)), due, priority))
        .collect();
    let ids = made.iter().map(|((_, delivery), _, _)| delivery.id).collect();
    change!(db, |tx| {
        for ((post, pending), due, priority) in made {
            put(tx, &post, &pending, priority).await?;
            let waiting = pending.clone().approve(due).unwrap();
            deliveries::update(tx, &pending, &waiting, GRACE).await?;
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
    ids
}

async fn claim(db: &Db, owner: &'static str, now: DateTime<Utc>, limit: i64) -> Vec<Stored> {
    let until = now + TimeDelta::seconds(60);
    let mut all = Vec::new();
    for priority in [Priority::Emergency, Priority::Ordinary] {
        let left = limit - i64::try_from(all.len()).unwrap();
        let got = change!(db, |tx| claim_due(tx, owner, now, until, priority, left).await);
        all.extend(got.unwrap());
    }
    all
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_claimers_one_gets_each_delivery(#[case] dialect: Dialect) {
    const ALL: i64 = 200;
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let dues = (0..ALL).map(|i| (at(i % 50), Priority::Ordinary)).collect();
        let queued = queue(db, &town, dues).await;
        let claimers = (0..8).map(|number| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let owner = format!("node-{number}");
                let mut mine = Vec::new();
                loop {
                    let name = owner.clone();
                    let got = store
                        .write(move |tx| {
                            Box::pin(async move {
                                claim_due(tx, &name, at(60), at(120), Priority::Ordinary, 7).await
                            })
                        })
                        .await
                        .unwrap()
                        .into_inner();
                    assert!(got.len() <= 7, "over the limit");
                    if got.is_empty() {
                        return (owner, mine);
                    }
                    mine.extend(got);
                }
            })
        });
        let mut seen = BTreeSet::new();
        for claimer in futures::future::join_all(claimers).await {
            let (owner, mine) = claimer.unwrap();
            for stored in mine {
                let DeliveryState::Claimed { lease, .. } = &stored.delivery.state else {
                    panic!("{stored:?}")
                };
                assert_eq!((&lease.owner, lease.until), (&owner, at(120)));
                assert_eq!((stored.delivery.fence, lease.fence), (Fence(1), Fence(1)));
                assert!(seen.insert(stored.delivery.id), "claimed twice: {stored:?}");
                assert_eq!(look(db, &stored.delivery).await, stored.delivery);
            }
        }
        assert_eq!(seen, queued.into_iter().collect());
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn emergencies_go_first_then_what_has_waited_longest(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let queued = queue(
            db,
            &town,
            vec![
                (at(1), Priority::Ordinary),
                (at(3), Priority::Emergency),
                (at(0), Priority::Ordinary),
                (at(2), Priority::Emergency),
            ],
        )
        .await;
        let mut order = Vec::new();
        for _ in 0..2 {
            let got = claim(db, "node", at(10), 1).await;
            order.extend(got.iter().map(|stored| (stored.delivery.id, stored.priority)));
        }
        let got = claim(db, "node", at(10), 9).await;
        order.extend(got.iter().map(|stored| (stored.delivery.id, stored.priority)));
        let (ordinary, emergency) = (Priority::Ordinary, Priority::Emergency);
        assert_eq!(
            order,
            [
                (queued[3], emergency),
                (queued[1], emergency),
                (queued[2], ordinary),
                (queued[0], ordinary)
            ]
        );
    })
    .await;
}

/// Times are compared as times, also where SQLite holds them as texts of different lengths.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn what_is_due_is_claimed_and_nothing_earlier_or_later(
    #[case] dialect: Dialect,
    #[values(0, 1, 500_000, 500_001, 999_999)] micros: i64,
) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let due = at(0) + TimeDelta::microseconds(micros);
        let tick = TimeDelta::microseconds(1);
        let queued = queue(db, &town, vec![(due, Priority::Ordinary)]).await;
        assert_eq!(claim(db, "node", due - tick, 9).await, []);
        assert_eq!(
            claim(db, "node", due + GRACE, 9).await,
            [],
            "it is missed by then"
        );

        let got = claim(db, "node", due + GRACE - tick, 9).await;
        assert_eq!(got.len(), 1);
        assert_eq!(
            (got[0].delivery.id, got[0].miss_at),
            (queued[0], Some(due + GRACE))
        );
        let claimed = got[0].delivery.clone();
        let back = claimed.clone().give_back(due).unwrap();
        step(db, &claimed, back).await.unwrap();
        assert_eq!(
            claim(db, "node", due, 9).await.len(),
            1,
            "due at its very instant"
        );
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn only_what_waits_is_claimed(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        town.pending(db, Some(at(0))).await;
        let claimed = town.claimed(db, "node", at(0)).await;
        let waiting = town.waiting(db, at(0)).await;
        let cancelled = waiting.clone().cancel(town.author, at(1)).unwrap();
        step(db, &waiting, cancelled).await.unwrap();
        assert_eq!(claim(db, "other", at(100), 9).await, []);
        assert_eq!(look(db, &claimed).await, claimed, "an old lease is for the sweep");
    })
    .await;
}

/// A worker that lost its claim to another one, and does not know.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_stale_fence_changes_nothing(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        queue(db, &town, vec![(at(0), Priority::Ordinary)]).await;
        let mut fences = Vec::new();
        let mut claims: Vec<Delivery> = Vec::new();
        for owner in ["first", "second", "third"] {
            let claimed = claim(db, owner, at(1), 1).await.remove(0).delivery;
            fences.push(claimed.fence.0);
            if owner != "third" {
                let back = claimed.clone().give_back(at(0)).unwrap();
                step(db, &claimed, back).await.unwrap();
            }
            claims.push(claimed);
        }
        assert_eq!(fences, [1, 2, 3]);
        let last = claims.pop().unwrap();
        for lost in claims {
            let (organization, intent) = (town.organization, attempt(db, &lost, 0, at(2)));
            let refused = change!(db, |tx| intended(tx, organization, intent).await);
            assert!(matches!(refused, Err(IntentError::ClaimLost)), "{refused:?}");
            let back = lost.clone().give_back(at(9)).unwrap();
            let refused = step(db, &lost, back).await;
            assert!(matches!(refused, Err(StoreError::Stale(_))), "{refused:?}");
            let published = lost.clone().accepted(0, remote(), at(9));
            let refused = step(db, &lost, published).await;
            assert!(matches!(refused, Err(StoreError::Stale(_))), "{refused:?}");
        }
        assert_eq!(look(db, &last).await, last);
        let mut reader = db.reader().await;
        let written = attempts::of_delivery(&mut reader, town.organization, last.id).await;
        assert_eq!(written.unwrap(), []);
    })
    .await;
}

fn remote() -> RemoteRef {
    RemoteRef {
        id: "1".to_owned(),
        url: None,
    }
}

/// Two people change a delivery that they read in the same state: the second one has read the past.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_change_of_the_time_alone_is_a_change(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let waiting = town.waiting(db, at(100)).await;
        let earlier = waiting.clone().reschedule(at(50)).unwrap();
        let later = waiting.clone().reschedule(at(200)).unwrap();
        let stored = step(db, &waiting, earlier).await.unwrap();
        let refused = step(db, &waiting, later).await;
        assert!(matches!(refused, Err(StoreError::Stale(_))));
        assert_eq!(look(db, &waiting).await, stored);

        let pending = town.pending(db, None).await;
        let planned = pending.clone().replan(at(50)).unwrap();
        step(db, &pending, planned.clone()).await.unwrap();
        let refused = step(db, &pending, pending.clone().replan(at(60)).unwrap()).await;
        assert!(matches!(refused, Err(StoreError::Stale(_))));
        assert_eq!(planned.state.phase(), DeliveryPhase::Pending);
        assert_eq!(look(db, &pending).await, planned);
    })
    .await;
}

/// The same, where only a time of the machine itself tells the two apart.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_change_of_what_comes_next_is_a_change(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let claimed = town.claimed(db, "node", at(0)).await;
        // Later than planned, as after a refusal for now.
        let delayed = claimed.clone().give_back(at(50)).unwrap();
        let delayed = step(db, &claimed, delayed).await.unwrap();
        let planned = delayed.clone().reschedule(at(0)).unwrap();
        assert_eq!(planned.publish_at, delayed.publish_at);
        step(db, &delayed, planned).await.unwrap();
        let refused = step(db, &delayed, delayed.clone().reschedule(at(9)).unwrap()).await;
        assert!(matches!(refused, Err(StoreError::Stale(_))));

        let claimed = town.claimed(db, "node", at(0)).await;
        let attempt = attempt(db, &claimed, 0, at(1)).id;
        let publishing = claimed.clone().intend(claimed.fence, attempt, at(1)).unwrap();
        let publishing = step(db, &claimed, publishing).await.unwrap();
        let unknown = publishing.clone().doubt(at(2), at(10)).unwrap();
        let unknown = step(db, &publishing, unknown).await.unwrap();
        let again = unknown.clone().look_again(at(20)).unwrap();
        let looked = step(db, &unknown, again).await.unwrap();
        for late in [
            unknown.clone().look_again(at(21)).unwrap(),
            unknown.clone().call_human(at(21)).unwrap(),
        ] {
            let refused = step(db, &unknown, late).await;
            assert!(matches!(refused, Err(StoreError::Stale(_))));
        }
        assert_eq!(look(db, &unknown).await, looked);
    })
    .await;
}
