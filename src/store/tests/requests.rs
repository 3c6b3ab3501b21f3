//! One answer for one request, however often it comes.

use rstest::rstest;

use super::{
    Db, on,
    town::{Town, at},
};
use crate::store::{
    StoreError,
    requests::{self, Claimed, Known},
    sql::Dialect,
};

/// A request with the key `key`, as it comes in once more.
fn request(db: &Db, town: &Town) -> Claimed {
    Claimed {
        organization: town.organization,
        user: town.author,
        key: "key".to_owned(),
        claim: db.ids.next(),
    }
}

/// Claims the key for 30 seconds.
async fn claim(db: &Db, claimed: &Claimed, digest: &'static [u8], now: i64) -> Option<Known> {
    let claimed = claimed.clone();
    change!(db, |tx| requests::claim(
        tx,
        &claimed,
        digest,
        at(now),
        at(now + 30)
    )
    .await)
    .unwrap()
}

async fn complete(db: &Db, claimed: &Claimed, status: u16, body: &'static str) -> Result<(), StoreError> {
    let claimed = claimed.clone();
    change!(db, |tx| requests::complete(tx, &claimed, status, body).await)
}

async fn release(db: &Db, claimed: &Claimed) {
    let claimed = claimed.clone();
    change!(db, |tx| requests::release(tx, &claimed).await).unwrap();
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_repeated_request_gets_the_same_answer(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let (first, second) = (request(db, &town), request(db, &town));
        assert_eq!(claim(db, &first, b"a", 0).await, None);
        assert_eq!(claim(db, &second, b"a", 1).await, Some(Known::InFlight));
        assert_eq!(claim(db, &second, b"b", 1).await, Some(Known::OtherRequest));
        complete(db, &first, 201, "{\"id\":1}").await.unwrap();
        let again = complete(db, &first, 200, "{}").await;
        assert!(
            matches!(again, Err(StoreError::Stale(_))),
            "an answer is given once"
        );

        let answered = Known::Answered {
            status: 201,
            body: "{\"id\":1}".to_owned(),
        };
        // An answer stays, also when the claim would be over.
        for now in [2, 1000] {
            assert_eq!(claim(db, &second, b"a", now).await, Some(answered.clone()));
            assert_eq!(claim(db, &second, b"b", now).await, Some(Known::OtherRequest));
        }
        release(db, &first).await;
        assert_eq!(claim(db, &second, b"a", 3).await, Some(answered));
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_key_whose_request_died_is_taken_over_once(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let (first, second, third) = (request(db, &town), request(db, &town), request(db, &town));
        assert_eq!(claim(db, &first, b"a", 0).await, None);
        assert_eq!(
            claim(db, &second, b"a", 30).await,
            Some(Known::InFlight),
            "the claim runs to its last instant"
        );
        assert_eq!(
            claim(db, &second, b"b", 31).await,
            Some(Known::OtherRequest),
            "not by another request"
        );
        assert_eq!(claim(db, &second, b"a", 31).await, None);
        assert_eq!(claim(db, &third, b"a", 32).await, Some(Known::InFlight));

        let late = complete(db, &first, 201, "late").await;
        assert!(matches!(late, Err(StoreError::Stale(_))));
        release(db, &first).await;
        assert_eq!(
            claim(db, &third, b"a", 33).await,
            Some(Known::InFlight),
            "the first one cannot give back what it lost"
        );
        complete(db, &second, 201, "second").await.unwrap();
        let body = "second".to_owned();
        let answered = Known::Answered { status: 201, body };
        assert_eq!(claim(db, &first, b"a", 34).await, Some(answered));
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_released_key_is_free_for_any_request(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let (first, second) = (request(db, &town), request(db, &town));
        assert_eq!(claim(db, &first, b"a", 0).await, None);
        release(db, &first).await;
        release(db, &first).await;
        assert_eq!(claim(db, &second, b"b", 1).await, None);
        let late = complete(db, &first, 201, "late").await;
        assert!(matches!(late, Err(StoreError::Stale(_))));
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_key_belongs_to_one_person(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let (town, other) = (Town::found(db).await, Town::found(db).await);
        let mut theirs = request(db, &town);
        theirs.user = town.approver;
        assert_eq!(claim(db, &request(db, &town), b"a", 0).await, None);
        assert_eq!(claim(db, &theirs, b"b", 0).await, None);
        assert_eq!(claim(db, &request(db, &other), b"c", 0).await, None);
    })
    .await;
}

/// Of many equal requests at once, one does the work.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_equal_requests_one_takes_the_key(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let requests: Vec<Claimed> = (0..20).map(|_| request(db, &town)).collect();
        let claims = requests.iter().map(|request| claim(db, request, b"a", 0));
        let known = futures::future::join_all(claims).await;
        let (taken, waiting): (Vec<_>, Vec<_>) = known.into_iter().partition(Option::is_none);
        assert_eq!((taken.len(), waiting.len()), (1, 19));
        assert!(waiting.iter().all(|known| *known == Some(Known::InFlight)));
    })
    .await;
}
