//! Nodes that live and stop, and a database that was set back.

use crate::{
    domain::{attempt::RemoteRef, delivery::DeliveryPhase, hold::HoldReason, ids::RestorationId},
    store::{
        History, StoreError, deliveries, histories, nodes,
        restorations::{self, Restoration},
        tests::{
            Db,
            town::{Town, at, step},
        },
    },
};

pub(super) async fn run(db: &Db, town: &Town) {
    live(db).await;
    be_replaced(db).await;
    set_back(db, town).await;
}

async fn live(db: &Db) {
    change!(db, |tx| nodes::register(tx, "a", at(0)).await).unwrap();
    change!(db, |tx| nodes::register(tx, "b", at(10)).await).unwrap();
    change!(db, |tx| nodes::beat(tx, "a", at(0), at(20)).await).unwrap();
    let older = change!(db, |tx| nodes::beat(tx, "a", at(0), at(40)).await);
    assert!(matches!(older, Err(StoreError::Stale(_))), "not as it was left");
    let mut reader = db.reader().await;
    assert_eq!(nodes::last_seen(&mut reader).await.unwrap(), Some(at(20)));
    assert_eq!(nodes::seen(&mut reader, "b").await.unwrap(), Some(at(10)));
    assert!(nodes::database_time(&mut reader).await.unwrap() > at(-100_000_000));
    drop(reader);
    change!(db, |tx| nodes::forget(tx, at(10)).await).unwrap();
    change!(db, |tx| nodes::register(tx, "c", at(30)).await).unwrap();
    change!(db, |tx| nodes::remove(tx, "c").await).unwrap();
    let mut reader = db.reader().await;
    assert_eq!(nodes::seen(&mut reader, "b").await.unwrap(), None);
    // That of the node which is left stays for the tests that look at the tables.
    assert_eq!(nodes::last_seen(&mut reader).await.unwrap(), Some(at(20)));
}

async fn be_replaced(db: &Db) {
    let (first, second) = (History::named("1/00000001/5"), History::named("1/00000002/5"));
    let mut reader = db.reader().await;
    for found in [&first, &History::default()] {
        let other = histories::is_other(&mut reader, found).await.unwrap();
        assert!(!other, "nothing is known yet: {found:?}");
    }
    drop(reader);
    for kept in [&first, &second, &History::default(), &first] {
        let kept = kept.clone();
        change!(db, |tx| histories::keep(tx, &kept).await).unwrap();
    }
    let mut reader = db.reader().await;
    for (found, other) in [(&first, false), (&second, true), (&History::default(), false)] {
        assert_eq!(histories::is_other(&mut reader, found).await.unwrap(), other);
    }
}

async fn set_back(db: &Db, town: &Town) {
    let (town, now) = (*town, at(700));
    let restoration = |as_of| Restoration {
        id: RestorationId::new(db.ids.next()),
        as_of,
    };
    let (later, earlier) = (restoration(at(60)), restoration(at(50)));
    change!(db, |tx| restorations::mark(tx, later).await).unwrap();
    change!(db, |tx| restorations::mark(tx, earlier).await).unwrap();
    let mut reader = db.reader().await;
    assert_eq!(restorations::open(&mut reader).await.unwrap(), Some(earlier));
    let found = restorations::find(&mut reader, later.id).await.unwrap();
    assert_eq!(found, Some(later));
    assert!(restorations::newest_entry(&mut reader).await.unwrap().is_some());
    drop(reader);
    change!(db, |tx| restorations::handle(tx, now).await).unwrap();

    let waiting = town.waiting(db, at(100)).await;
    let mut reader = db.reader().await;
    let moving = restorations::in_motion(&mut reader, town.organization)
        .await
        .unwrap();
    assert!(moving.iter().any(|stored| stored.delivery == waiting));
    assert_eq!(restorations::open(&mut reader).await.unwrap(), None);
    drop(reader);
    let held = waiting
        .clone()
        .hold(HoldReason::restored(earlier.id), now, now)
        .unwrap();
    let held = step(db, &waiting, held).await.unwrap();
    let never_missed = held.clone();
    change!(db, |tx| {
        let missed = deliveries::missed(tx, at(100_000), 1000).await?;
        assert!(missed.iter().all(|stored| stored.delivery.id != never_missed.id));
        Ok::<_, StoreError>(())
    })
    .unwrap();
    let mut reader = db.reader().await;
    let sought = restorations::to_look_for(&mut reader, 10).await.unwrap();
    assert_eq!(sought.len(), 1);
    assert_eq!(sought[0].delivery, held);
    drop(reader);
    let remote = RemoteRef {
        id: "111".to_owned(),
        url: None,
    };
    let found = step(db, &held, held.clone().accepted(0, remote, at(701)))
        .await
        .unwrap();
    assert_eq!(found.state.phase(), DeliveryPhase::Published);
}
