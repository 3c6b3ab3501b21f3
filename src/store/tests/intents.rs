//! An intent is written under the epoch and the claim that the gate saw, or not at all.

use std::sync::Arc;

use rstest::rstest;
use tokio::sync::Barrier;

use super::{
    Db, on,
    town::{Town, at, attempt, intended, look, step},
};
use crate::{
    domain::{
        attempt::{Attempt, Outcome, OutcomeClass, RemoteRef},
        delivery::{Delivery, DeliveryPhase, Fence},
    },
    store::{
        Store, StoreError,
        attempts::{self, Intent, IntentError, Recorded},
        deliveries, organizations,
        sql::Dialect,
    },
};

async fn intend(db: &Db, town: &Town, attempt: Attempt) -> Result<Intent, IntentError> {
    let organization = town.organization;
    change!(db, |tx| intended(tx, organization, attempt).await)
}

/// Nothing of a refused intent is there.
async fn assert_untouched(db: &Db, claimed: &Delivery) {
    assert_eq!(look(db, claimed).await, *claimed);
    let mut reader = db.reader().await;
    let written = attempts::of_delivery(&mut reader, claimed.organization, claimed.id).await;
    assert_eq!(written.unwrap(), []);
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn an_intent_under_an_older_epoch_is_not_written(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let claimed = town.claimed(db, "node", at(0)).await;
        let organization = town.organization;
        change!(db, |tx| organizations::bump_epoch(tx, organization).await).unwrap();
        let refused = intend(db, &town, attempt(db, &claimed, 0, at(1))).await;
        assert!(matches!(
            refused,
            Err(IntentError::EpochMoved {
                evaluated: 0,
                current: 1
            })
        ));
        assert_untouched(db, &claimed).await;
        let intent = intend(db, &town, attempt(db, &claimed, 1, at(1))).await.unwrap();
        let publishing = look(db, &claimed).await;
        let expected = claimed.clone().intend(claimed.fence, intent.attempt().id, at(1));
        assert_eq!(publishing, expected.unwrap());
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn an_intent_without_its_claim_is_not_written(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let (town, other) = (Town::found(db).await, Town::found(db).await);
        // The lease lasts until 60.
        let claimed = town.claimed(db, "node", at(0)).await;
        for now in [at(60), at(61)] {
            let refused = intend(db, &town, attempt(db, &claimed, 0, now)).await;
            assert!(
                matches!(refused, Err(IntentError::ClaimLost)),
                "the lease is over"
            );
        }
        for fence in [claimed.fence.0 - 1, claimed.fence.0 + 1] {
            let mut foreign = attempt(db, &claimed, 0, at(1));
            foreign.fence = Fence(fence);
            let refused = intend(db, &town, foreign).await;
            assert!(matches!(refused, Err(IntentError::ClaimLost)), "fence {fence}");
        }
        let refused = intend(db, &other, attempt(db, &claimed, 0, at(1))).await;
        assert!(
            matches!(refused, Err(IntentError::ClaimLost)),
            "another organization"
        );
        assert_untouched(db, &claimed).await;

        let first = intend(db, &town, attempt(db, &claimed, 0, at(59))).await;
        first.unwrap();
        let refused = intend(db, &town, attempt(db, &claimed, 0, at(59))).await;
        assert!(
            matches!(refused, Err(IntentError::ClaimLost)),
            "it has begun already"
        );

        let claimed = town.claimed(db, "node", at(0)).await;
        let cancelled = claimed.clone().cancel(town.author, at(1)).unwrap();
        let cancelled = step(db, &claimed, cancelled).await.unwrap();
        let refused = intend(db, &town, attempt(db, &claimed, 0, at(2))).await;
        assert!(
            matches!(refused, Err(IntentError::ClaimLost)),
            "it was taken back"
        );
        assert_untouched(db, &cancelled).await;
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn of_intents_written_together_each_stands_for_itself(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let organization = town.organization;
        let mut claimed = Vec::new();
        for _ in 0..4 {
            claimed.push(town.claimed(db, "node", at(0)).await);
        }
        let cancelled = claimed[1].clone().cancel(town.author, at(1)).unwrap();
        let cancelled = step(db, &claimed[1], cancelled).await.unwrap();
        let mut wanted: Vec<_> = claimed.iter().map(|one| attempt(db, one, 0, at(2))).collect();
        wanted[2].gate_epoch = 7;
        let written = change!(db, |tx| {
            let epoch = attempts::epoch(tx, organization).await?;
            attempts::intend(tx, epoch, wanted).await
        });
        let written = written.unwrap();
        assert!(written[0].is_ok() && written[3].is_ok(), "{written:?}");
        assert!(matches!(written[1], Err(IntentError::ClaimLost)));
        assert!(matches!(
            written[2],
            Err(IntentError::EpochMoved {
                evaluated: 7,
                current: 0
            })
        ));
        for left in [0, 3] {
            assert_eq!(
                look(db, &claimed[left]).await.state.phase(),
                DeliveryPhase::Publishing
            );
        }
        assert_untouched(db, &cancelled).await;
        assert_untouched(db, &claimed[2]).await;
    })
    .await;
}

/// A hold bumps the epoch and then lists what is leaving; an intent takes the epoch and then the delivery.
/// In whichever order they come, the hold sees the delivery leave or the intent is refused.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_and_an_intent_see_each_other(#[case] dialect: Dialect) {
    const ROUNDS: i64 = 100;
    on(dialect, async |db| {
        let town = Town::found(db).await;
        for round in 0..ROUNDS {
            let claimed = town.claimed(db, "node", at(0)).await;
            let intent = attempt(db, &claimed, round, at(1));
            let together = Arc::new(Barrier::new(2));
            let hold = tokio::spawn(hold(db.store.clone(), town, Arc::clone(&together)));
            let (store, organization) = (db.store.clone(), town.organization);
            let intend = tokio::spawn(async move {
                together.wait().await;
                let written = store.write(move |tx| Box::pin(intended(tx, organization, intent)));
                written.await
            });
            let seen = hold.await.unwrap().unwrap();
            let seen = seen.iter().any(|stored| stored.delivery.id == claimed.id);
            match intend.await.unwrap() {
                Ok(_) => assert!(seen, "round {round}: it left behind the hold's back"),
                Err(IntentError::EpochMoved { evaluated, current }) => {
                    assert_eq!((evaluated, current), (round, round + 1));
                    assert!(!seen, "round {round}");
                }
                Err(why) => panic!("round {round}: {why}"),
            }
        }
    })
    .await;
}

async fn hold(
    store: Store,
    town: Town,
    together: Arc<Barrier>,
) -> Result<Vec<deliveries::Stored>, StoreError> {
    together.wait().await;
    let listed = store.write(move |tx| {
        Box::pin(async move {
            organizations::bump_epoch(tx, town.organization).await?;
            let held = deliveries::to_hold(tx, town.organization, town.account).await?;
            for stored in held {
                // As a hold does: what has not left is touched while the epoch is ours.
                let back = stored.delivery.clone().give_back(at(0));
                if let Ok(back) = back {
                    deliveries::update(tx, &stored.delivery, &back, super::town::GRACE).await?;
                }
            }
            deliveries::in_flight(tx, town.organization).await
        })
    });
    listed.await.map(crate::store::Committed::into_inner)
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_late_answer_corrects_a_doubt_and_nothing_else(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let organization = town.organization;
        let claimed = town.claimed(db, "node", at(0)).await;
        let intent = intend(db, &town, attempt(db, &claimed, 0, at(1))).await.unwrap();
        let id = intent.attempt().id;
        let remote = RemoteRef {
            id: "7".to_owned(),
            url: None,
        };
        let said = |why: &str| why.to_owned();
        let answers = [
            (
                Outcome::Unknown {
                    why: said("no answer"),
                },
                Recorded::Now,
            ),
            (
                Outcome::Unknown {
                    why: said("still none"),
                },
                Recorded::Now,
            ),
            (Outcome::Published(remote.clone()), Recorded::Now),
            (
                Outcome::RejectedPermanent {
                    why: said("too late"),
                },
                Recorded::Before,
            ),
            (
                Outcome::Unknown {
                    why: said("too late"),
                },
                Recorded::Before,
            ),
        ];
        for (outcome, expected) in answers {
            let recorded = change!(db, |tx| attempts::close(tx, organization, id, &outcome, at(2))
                .await);
            assert_eq!(recorded.unwrap(), expected);
        }
        let mut reader = db.reader().await;
        let found = attempts::find(&mut reader, organization, id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.outcome, found.remote, found.why),
            (Some(OutcomeClass::Published), Some(remote), None)
        );
        assert_eq!(look(db, &claimed).await.state.phase(), DeliveryPhase::Publishing);
    })
    .await;
}
