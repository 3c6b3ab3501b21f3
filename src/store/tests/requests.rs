//! One answer for one request, however often it comes.

use rstest::rstest;

use super::{
    Db, on,
    town::{Town, at},
};
use crate::store::{
    StoreError,
    requests::{self, Keyed, Known},
    sql::Dialect,
};

/// A request with the key `key`.
fn request(town: &Town) -> Keyed {
    Keyed {
        organization: town.organization,
        user: town.author,
        key: "key".to_owned(),
        request_digest: [1; 32],
    }
}

/// The same key on another request.
fn other(town: &Town) -> Keyed {
    Keyed {
        request_digest: [2; 32],
        ..request(town)
    }
}

async fn answer(db: &Db, keyed: &Keyed, body: &'static str) -> Result<(), StoreError> {
    let keyed = keyed.clone();
    change!(db, |tx| requests::answer(tx, &keyed, 201, body, at(0)).await)
}

async fn known(db: &Db, keyed: &Keyed) -> Option<Known> {
    requests::known(&mut db.reader().await, keyed).await.unwrap()
}

fn answered(body: &str) -> Option<Known> {
    let body = body.to_owned();
    Some(Known::Answered { status: 201, body })
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_repeated_request_gets_the_same_answer(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        assert_eq!(known(db, &request(&town)).await, None);
        answer(db, &request(&town), "first").await.unwrap();
        for again in [request(&town), other(&town)] {
            let late = answer(db, &again, "second").await;
            assert!(
                matches!(late, Err(StoreError::Stale(_))),
                "an answer is given once"
            );
        }
        assert_eq!(known(db, &request(&town)).await, answered("first"));
        assert_eq!(known(db, &other(&town)).await, Some(Known::OtherRequest));
    })
    .await;
}

/// Neither the thing nor the key is kept of a request that is refused, or whose process dies.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_key_is_free_for_any_request_when_nothing_was_made(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let first = request(&town);
        let refused: Result<(), StoreError> = change!(db, |tx| {
            requests::answer(tx, &first, 201, "first", at(0)).await?;
            Err(StoreError::Stale("refused"))
        });
        assert!(refused.is_err());
        assert_eq!(known(db, &request(&town)).await, None);
        answer(db, &other(&town), "other").await.unwrap();
        assert_eq!(known(db, &other(&town)).await, answered("other"));
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_key_belongs_to_one_person(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let (town, elsewhere) = (Town::found(db).await, Town::found(db).await);
        let theirs = Keyed {
            user: town.approver,
            ..request(&town)
        };
        answer(db, &request(&town), "ours").await.unwrap();
        assert_eq!(known(db, &theirs).await, None);
        answer(db, &theirs, "theirs").await.unwrap();
        answer(db, &request(&elsewhere), "elsewhere").await.unwrap();
        assert_eq!(known(db, &theirs).await, answered("theirs"));
    })
    .await;
}

/// Of many equal requests at once, one does the work, and the others keep nothing of theirs.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_equal_requests_one_is_answered(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let keyed = request(&town);
        let answers = (0..20).map(|_| answer(db, &keyed, "one"));
        let answers = futures::future::join_all(answers).await;
        let (done, stale): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), stale.len()), (1, 19));
        assert!(stale.iter().all(|why| matches!(why, Err(StoreError::Stale(_)))));
    })
    .await;
}
