//! Sealing by several nodes at once.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rstest::rstest;

use super::{
    on,
    town::{Town, at},
};
use crate::{
    domain::ids::EntryId,
    ledger::Verifier,
    store::{
        Store, StoreError,
        leases::{self, Taken},
        ledger,
        sql::Dialect,
    },
};

/// Seals until nothing is left; tells how many entries, and how often another node was faster.
async fn seal_all(store: Store, town: Town, all: usize) -> (usize, usize) {
    let (mut sealed, mut lost) = (0, 0);
    loop {
        let work = store.write(move |tx| Box::pin(ledger::seal(tx, town.organization, 5)));
        match work.await {
            Ok(count) => sealed += count.into_inner(),
            Err(StoreError::Duplicate { .. } | StoreError::Stale(_)) => lost += 1,
            Err(why) => panic!("{why}"),
        }
        let mut reader = store.read().await.unwrap();
        let head = ledger::head(&mut reader, town.organization).await.unwrap();
        if head.is_some_and(|head| usize::try_from(head.seq).unwrap() == all) {
            return (sealed, lost);
        }
    }
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sealers_make_one_chain_without_gaps(#[case] dialect: Dialect) {
    const ALL: usize = 60;
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let sealers = [(); 2].map(|()| tokio::spawn(seal_all(db.store.clone(), town, ALL)));
        let mut told = BTreeSet::new();
        for number in 0..ALL {
            told.insert(town.tell(db, at(number as i64), "pst_1").await.unwrap());
        }
        let mut sealed = 0;
        for sealer in sealers {
            sealed += sealer.await.unwrap().0;
        }
        assert_eq!(sealed, ALL, "each entry was sealed by one of them");

        let mut reader = db.reader().await;
        let seals = ledger::seals_after(&mut reader, town.organization, 0, 1000)
            .await
            .unwrap();
        let numbers: Vec<i64> = seals.iter().map(|(seal, _)| seal.seq).collect();
        assert_eq!(numbers, (1..=ALL as i64).collect::<Vec<_>>());
        let entries: BTreeSet<EntryId> = seals.iter().map(|(seal, _)| seal.entry_id).collect();
        assert_eq!(entries, told);
        let mut verifier = Verifier::new(town.organization);
        for (seal, entry) in &seals {
            verifier.feed(seal, entry.as_ref());
        }
        let head = ledger::head(&mut reader, town.organization).await.unwrap();
        let unsealed = ledger::unsealed(&mut reader, town.organization).await.unwrap();
        let report = verifier.finish(head, unsealed, at(0), TimeDelta::zero());
        assert!(report.is_sound(), "{:?}", report.problems);
    })
    .await;
}

/// An entry is on the sealer's list exactly when the change that it tells of was committed.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn what_was_not_committed_is_not_told(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let telling = town.telling(EntryId::new(db.ids.next()), "pst_1");
        let refused = change!(db, |tx| {
            ledger::append_all(tx, vec![telling], at(0)).await?;
            Err::<(), _>(StoreError::Stale("as the test wants it"))
        });
        assert!(matches!(refused, Err(StoreError::Stale(_))));
        let mut reader = db.reader().await;
        let waiting = ledger::unsealed_organizations(&mut reader).await.unwrap();
        assert_eq!(waiting, []);
        assert_eq!(db.count("SELECT COUNT(*) FROM ledger_entries").await, 0);
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn every_organization_has_a_chain_of_its_own(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let towns = [Town::found(db).await, Town::found(db).await];
        for town in towns {
            town.tell(db, at(0), "pst_1").await.unwrap();
            town.tell(db, at(1), "pst_1").await.unwrap();
        }
        for town in towns {
            let sealed = change!(db, |tx| ledger::seal(tx, town.organization, 100).await);
            assert_eq!(sealed.unwrap(), 2);
            let mut reader = db.reader().await;
            let seals = ledger::seals_after(&mut reader, town.organization, 1, 9)
                .await
                .unwrap();
            let told = seals.iter().map(|(seal, entry)| {
                let entry = entry.as_ref().unwrap();
                (seal.seq, entry.columns.organization)
            });
            assert_eq!(told.collect::<Vec<_>>(), [(2, town.organization)]);
        }
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_lease_is_one_nodes_until_it_is_over(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        for (name, owner, now, until, expected) in [
            ("sealer", "one", 0, 10, Taken::Ours),
            ("sealer", "two", 9, 19, Taken::Theirs),
            ("other", "two", 9, 19, Taken::Ours),
            ("sealer", "one", 9, 19, Taken::Ours),
            ("sealer", "two", 18, 28, Taken::Theirs),
            ("sealer", "two", 19, 29, Taken::Ours),
            ("sealer", "one", 20, 30, Taken::Theirs),
        ] {
            let taken = change!(db, |tx| leases::take(tx, name, owner, at(now), at(until)).await);
            assert_eq!(taken.unwrap(), expected, "{owner} takes {name} at {now}");
        }
    })
    .await;
}
