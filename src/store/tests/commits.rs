//! What an answer means: what was answered with Ok is there, for everybody and for good; the rest is not.

use futures::future::join_all;
use rstest::rstest;

use super::{
    Db, on,
    town::{Town, at},
};
use crate::{
    domain::ids::OrganizationId,
    store::{Location, Store, StoreError, organizations, sql::Dialect},
};

/// Why a use case gives up.
#[derive(Debug)]
enum Refusal {
    Store(StoreError),
    Wrong,
}

impl From<StoreError> for Refusal {
    fn from(why: StoreError) -> Self {
        Self::Store(why)
    }
}

/// How a use case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Well,
    /// It refuses after it has written.
    Refuses,
    /// The database refuses a statement, and it says so.
    Breaks,
    /// The database refuses a statement, and it goes on as if nothing were.
    Swallows,
    Panics,
}

const ENDINGS: [Ending; 5] = [
    Ending::Well,
    Ending::Refuses,
    Ending::Breaks,
    Ending::Swallows,
    Ending::Panics,
];

/// Founds an organization and ends as told.
async fn found(store: &Store, id: OrganizationId, ending: Ending) -> Result<(), Refusal> {
    let work = store.write(move |tx| {
        Box::pin(async move {
            organizations::insert(tx, id, "市", at(0)).await?;
            match ending {
                Ending::Well => Ok(()),
                Ending::Refuses => Err(Refusal::Wrong),
                Ending::Breaks => Ok(organizations::insert(tx, id, "市", at(0)).await?),
                Ending::Swallows => {
                    let _ = organizations::insert(tx, id, "市", at(0)).await;
                    Ok(())
                }
                Ending::Panics => panic!("as the test wants it"),
            }
        })
    });
    work.await.map(crate::store::Committed::into_inner)
}

async fn is_there(store: &Store, id: OrganizationId) -> bool {
    let mut reader = store.read().await.unwrap();
    organizations::find(&mut reader, id).await.unwrap().is_some()
}

fn next(db: &Db) -> OrganizationId {
    OrganizationId::new(db.ids.next())
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_writes_at_once_those_that_succeed_are_there_and_no_other(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let writers = (0..200).map(|number| {
            let (store, id, ending) = (db.store.clone(), next(db), ENDINGS[number % ENDINGS.len()]);
            tokio::spawn(async move {
                let result = found(&store, id, ending).await;
                // At once, by a reader that was opened after the answer.
                let there = is_there(&store, id).await;
                (ending, result, there)
            })
        });
        let mut well = 0;
        for writer in join_all(writers).await {
            let (ending, result, there) = writer.unwrap();
            match (ending, &result) {
                (Ending::Well, Ok(())) => well += 1,
                (Ending::Refuses, Err(Refusal::Wrong))
                | (Ending::Breaks | Ending::Swallows, Err(Refusal::Store(StoreError::Duplicate { .. })))
                | (Ending::Panics, Err(Refusal::Store(StoreError::Panicked))) => {}
                _ => panic!("{ending:?}: {result:?}"),
            }
            assert_eq!(there, ending == Ending::Well, "{ending:?}");
        }
        assert_eq!(db.count("SELECT COUNT(*) FROM organizations").await, well);
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_use_case_that_panics_leaves_nothing_and_the_store_goes_on(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        for _ in 0..20 {
            let (lost, kept) = (next(db), next(db));
            let result = found(&db.store, lost, Ending::Panics).await;
            assert!(
                matches!(result, Err(Refusal::Store(StoreError::Panicked))),
                "{result:?}"
            );
            assert!(!is_there(&db.store, lost).await);
            found(&db.store, kept, Ending::Well).await.unwrap();
            assert!(is_there(&db.store, kept).await);
        }
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_use_case_sees_what_it_wrote_and_nobody_else_does_before_the_commit(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let (id, store) = (next(db), db.store.clone());
        change!(db, |tx| {
            organizations::insert(tx, id, "市", at(0)).await?;
            assert!(organizations::find(tx, id).await?.is_some());
            assert!(!is_there(&store, id).await);
            Ok::<_, StoreError>(())
        })
        .unwrap();
        assert!(is_there(&db.store, id).await);
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_reader_sees_one_moment(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let organization = town.organization;
        let mut reader = db.reader().await;
        let before = organizations::all(&mut reader).await.unwrap();
        change!(db, |tx| organizations::bump_epoch(tx, organization).await).unwrap();
        found(&db.store, next(db), Ending::Well).await.unwrap();
        assert_eq!(organizations::all(&mut reader).await.unwrap(), before);
        let mut later = db.reader().await;
        let after = organizations::all(&mut later).await.unwrap();
        assert_eq!((after.len(), after[0].gate_epoch), (2, 1));
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_keeps_what_was_answered_and_refuses_what_comes_later(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        // All writes are begun before the store begins to close: fewer than a task may begin at a stretch.
        let ids: Vec<OrganizationId> = (0..100).map(|_| next(db)).collect();
        let writes = ids.iter().map(|id| found(&db.store, *id, Ending::Well));
        let (results, ()) = futures::join!(join_all(writes), db.store.close());
        if dialect == Dialect::Sqlite {
            assert!(results.iter().all(Result::is_ok), "what was queued is written");
        }
        let refused = found(&db.store, next(db), Ending::Well).await;
        assert!(
            matches!(
                refused,
                Err(Refusal::Store(StoreError::Closed | StoreError::Unreachable(_)))
            ),
            "{refused:?}"
        );
        assert!(matches!(db.store.read().await, Err(StoreError::Unreachable(_))));
        // Again does no harm.
        db.store.close().await;

        let again = Store::open(&db.location).await.unwrap();
        for (id, result) in ids.into_iter().zip(results) {
            assert_eq!(is_there(&again, id).await, result.is_ok(), "{result:?}");
        }
        again.close().await;
    })
    .await;
}

/// As a full disk does: the transaction is over before the use case is.
#[tokio::test]
async fn a_batch_that_the_database_gave_up_keeps_nothing_and_the_store_goes_on() {
    on(Dialect::Sqlite, async |db| {
        let ids: Vec<OrganizationId> = (0..20).map(|_| next(db)).collect();
        let writes = ids.iter().enumerate().map(async |(number, id)| {
            if number == 10 {
                change!(db, |tx| tx.command("ROLLBACK").await).map_err(Refusal::from)
            } else {
                found(&db.store, *id, Ending::Well).await
            }
        });
        let results = join_all(writes).await;
        assert!(results[10].is_err());
        for (id, result) in ids.iter().zip(&results) {
            assert_eq!(is_there(&db.store, *id).await, result.is_ok(), "{result:?}");
        }
        let later = next(db);
        found(&db.store, later, Ending::Well).await.unwrap();
        assert!(is_there(&db.store, later).await);
    })
    .await;
}

#[tokio::test]
async fn a_file_is_open_once_and_free_after_it_was_closed() {
    on(Dialect::Sqlite, async |db| {
        let id = next(db);
        found(&db.store, id, Ending::Well).await.unwrap();
        assert!(db.store.is_exclusive());
        for _ in 0..2 {
            let second = Store::open(&db.location).await;
            assert!(matches!(second, Err(StoreError::Locked(_))), "{second:?}");
        }
        found(&db.store, next(db), Ending::Well).await.unwrap();
        db.store.close().await;
        let second = Store::open(&db.location).await.unwrap();
        assert!(is_there(&second, id).await);
        second.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_server_is_shared() {
    on(Dialect::Postgres, async |db| {
        let (id, second) = (next(db), Store::open(&db.location).await.unwrap());
        assert!(!second.is_exclusive());
        found(&db.store, id, Ending::Well).await.unwrap();
        assert!(is_there(&second, id).await);
        second.close().await;
        assert!(is_there(&db.store, id).await);
    })
    .await;
}

/// A dispatcher is woken by a commit, on PostgreSQL also by another node's.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_commit_wakes_the_dispatchers(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let other = match dialect {
            Dialect::Sqlite => db.store.clone(),
            Dialect::Postgres => Store::open(&db.location).await.unwrap(),
        };
        let (mut here, mut there) = (db.store.wakes(), other.wakes());
        change!(db, |tx| {
            tx.wake_dispatchers();
            Ok::<_, StoreError>(())
        })
        .unwrap();
        // Neither returns when it was not woken.
        there.woken().await;
        here.woken().await;
        if dialect == Dialect::Postgres {
            other.close().await;
        }
    })
    .await;
}

#[test]
fn a_location_is_a_file_or_a_server() {
    for file in ["sqlite:data/sekisho.db", "sqlite:///var/lib/sekisho.db"] {
        assert!(matches!(file.parse(), Ok(Location::Sqlite(_))), "{file}");
    }
    assert!(matches!(
        "postgres://sekisho@db/sekisho".parse(),
        Ok(Location::Postgres(_))
    ));
    for wrong in ["", "sqlite:", "mysql://root:geheim@db/x", "data/sekisho.db"] {
        let why = wrong.parse::<Location>().unwrap_err();
        assert!(matches!(why, StoreError::Location(_)));
        assert!(!why.to_string().contains("geheim"), "{why}");
    }
}
