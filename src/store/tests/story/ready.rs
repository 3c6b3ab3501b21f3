//! A page of its own: what is made ready before a post leaves.

use chrono::{DateTime, TimeDelta};

use crate::{
    domain::{
        abilities::Preparation,
        delivery::Delivery,
        digest::{TextFingerprint, TextMark},
        preparation::Handles,
    },
    store::{
        StoreError,
        deliveries::{self, New},
        posts,
        preparations::{self, Taken, Turn, TurnEnd},
        tests::{
            Db,
            town::{GRACE, Town, at, begins},
        },
    },
};

fn turn(worker: &str, now: i64) -> Turn<'_> {
    Turn {
        worker,
        now: at(now),
        until: at(now) + TimeDelta::seconds(60),
        since: at(now) - TimeDelta::hours(20),
    }
}

/// One worker at a time makes a delivery ready; what it was given is kept for a day, then begun anew.
pub(super) async fn run(db: &Db, town: &Town) {
    let waiting = waiting(db, town, 5000).await;
    assert!(!is_to_prepare(db, &waiting, 4000, 4999).await);
    assert!(is_to_prepare(db, &waiting, 4800, 5100).await);

    assert_eq!(take(db, &waiting, "one", 4800).await, Taken::Ours);
    assert_eq!(take(db, &waiting, "two", 4810).await, Taken::Theirs);
    assert!(!is_to_prepare(db, &waiting, 4810, 5100).await);
    let handles = Handles::default().with("media/0", "187");
    keep(db, &waiting, "one", &handles).await.unwrap();
    let stolen = keep(db, &waiting, "two", &Handles::NONE).await;
    assert!(matches!(stolen, Err(StoreError::Stale(_))));

    // The platform wants time: nobody is at it until then.
    release(db, &waiting, "one", TurnEnd::Until(at(4830))).await;
    assert_eq!(take(db, &waiting, "two", 4829).await, Taken::Theirs);
    assert_eq!(take(db, &waiting, "two", 4830).await, Taken::Ours);
    assert_eq!(known(db, &waiting, 4830).await, handles);
    release(db, &waiting, "two", TurnEnd::Ready(at(4831))).await;
    assert!(!is_to_prepare(db, &waiting, 4900, 5100).await);
    assert_eq!(known(db, &waiting, 4900).await, handles);

    // What an answer gives is kept, whoever has the turn.
    let (of, handles) = (waiting.clone(), handles.with_taken("r-1"));
    change!(db, |tx| preparations::taken(tx, &of, "r-1".to_owned()).await).unwrap();
    assert_eq!(known(db, &waiting, 4900).await, handles);
    assert_eq!(handles.taken(), Some("r-1"));

    // After a day the platform has forgotten it.
    let next_day = 4800 + 20 * 3600 + 1;
    assert_eq!(known(db, &waiting, next_day).await, Handles::NONE);

    // While a call is in doubt, what it went out with is not begun anew, however old it is.
    let (of, mut doubtful) = (waiting.clone(), turn("three", next_day));
    doubtful.since = DateTime::UNIX_EPOCH;
    let taken = change!(db, |tx| preparations::take(tx, &of, &doubtful).await);
    assert_eq!(taken.unwrap(), Taken::Ours);
    let mut reader = db.reader().await;
    let kept = preparations::handles(&mut reader, &waiting, DateTime::UNIX_EPOCH).await;
    assert_eq!(kept.unwrap(), handles);
    drop(reader);
    release(db, &waiting, "three", TurnEnd::Until(at(next_day))).await;

    assert_eq!(take(db, &waiting, "one", next_day).await, Taken::Ours);
    let of = waiting.clone();
    change!(db, |tx| preparations::forget(tx, &of).await).unwrap();
    assert_eq!(take(db, &waiting, "two", 4840).await, Taken::Ours);
    assert_eq!(known(db, &waiting, 4840).await, Handles::NONE);
}

async fn waiting(db: &Db, town: &Town, due: i64) -> Delivery {
    let (post, pending) = town.begin(db, Some(at(due)));
    let waiting = pending.clone().approve(at(due)).unwrap();
    let mark = TextMark {
        fingerprint: TextFingerprint::new([9; 32]),
        sketch: 0,
    };
    let after = waiting.clone();
    change!(db, |tx| {
        posts::insert(tx, &post, at(0)).await?;
        let new = New {
            preparation: Preparation::Needed,
            mark,
            ..begins(&pending)
        };
        deliveries::insert(tx, pending.organization, &[new], at(0)).await?;
        deliveries::update(tx, &pending, &after, GRACE).await
    })
    .unwrap();
    waiting
}

async fn is_to_prepare(db: &Db, delivery: &Delivery, now: i64, until: i64) -> bool {
    let mut reader = db.reader().await;
    let found = deliveries::to_prepare(&mut reader, at(now), at(until), 8).await;
    found
        .unwrap()
        .iter()
        .any(|stored| stored.delivery.id == delivery.id)
}

async fn take(db: &Db, delivery: &Delivery, worker: &'static str, now: i64) -> Taken {
    let of = delivery.clone();
    change!(db, |tx| preparations::take(tx, &of, &turn(worker, now)).await).unwrap()
}

async fn keep(
    db: &Db,
    delivery: &Delivery,
    worker: &'static str,
    handles: &Handles,
) -> Result<(), StoreError> {
    let (of, handles) = (delivery.clone(), handles.clone());
    change!(db, |tx| preparations::keep(tx, &of, worker, &handles).await)
}

async fn release(db: &Db, delivery: &Delivery, worker: &'static str, end: TurnEnd) {
    let of = delivery.clone();
    change!(db, |tx| preparations::release(tx, &of, worker, end).await).unwrap();
}

async fn known(db: &Db, delivery: &Delivery, now: i64) -> Handles {
    let mut reader = db.reader().await;
    let since = at(now) - TimeDelta::hours(20);
    preparations::handles(&mut reader, delivery, since).await.unwrap()
}
