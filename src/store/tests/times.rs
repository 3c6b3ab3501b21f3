//! A time that is read is the time that was written, to the microsecond.

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;

use super::{
    on,
    town::{Town, at},
};
use crate::{
    domain::{
        ids::EntryId,
        post::{Post, PublishMode},
    },
    store::{StoreError, deliveries, ledger, posts, sql::Dialect},
};

/// With every number of digits behind the point, before and after 1970, and in the summers of Japan's summer time.
fn moments() -> Vec<DateTime<Utc>> {
    let fractions = [0, 1, 10, 999, 1_000, 120_000, 123_456, 500_000, 999_000, 999_999];
    let seconds = [-1_800_000_000, -620_000_000, 0, 253_402_300_799 - 1_800_000_000];
    seconds
        .into_iter()
        .flat_map(|second| fractions.map(|fraction| at(second) + TimeDelta::microseconds(fraction)))
        .collect()
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_time_comes_back_to_the_microsecond(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        for moment in moments() {
            let draft = Post {
                publish: PublishMode::At(moment),
                ..town.draft(db.ids.next())
            };
            let (id, entry, organization) = (draft.id, EntryId::new(db.ids.next()), town.organization);
            let telling = town.telling(entry, &id.to_string());
            change!(db, |tx| {
                posts::insert(tx, &draft, moment).await?;
                ledger::append_all(tx, vec![telling], moment).await
            })
            .unwrap();
            let mut reader = db.reader().await;
            let found = posts::find(&mut reader, organization, id).await.unwrap().unwrap();
            assert_eq!(
                (found.post.publish, found.created_at, found.updated_at),
                (PublishMode::At(moment), moment, moment)
            );
            let told = ledger::history(&mut reader, organization, &id.to_string())
                .await
                .unwrap();
            assert_eq!((told.len(), told[0].at), (1, moment));
        }
    })
    .await;
}

/// What the databases cannot both keep is cut off before it is hashed.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn the_ledger_cuts_times_to_what_is_stored(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        town.tell(db, at(0) + TimeDelta::nanoseconds(1_999), "pst_1")
            .await
            .unwrap();
        let mut reader = db.reader().await;
        let told = ledger::history(&mut reader, town.organization, "pst_1")
            .await
            .unwrap();
        assert_eq!(told[0].at, at(0) + TimeDelta::microseconds(1));
    })
    .await;
}

/// Where SQLite compares texts, PostgreSQL compares times: the order is the same.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn times_are_in_order_in_the_tables_too(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let mut moments: Vec<_> = moments().into_iter().filter(|moment| *moment < at(1)).collect();
        // From the last to the first, so that the order of the rows is no help.
        moments.reverse();
        for moment in &moments {
            town.waiting(db, *moment).await;
        }
        for wanted in moments.iter().rev() {
            let mut reader = db.reader().await;
            let next = deliveries::next_instant(&mut reader, at(0)).await.unwrap();
            assert_eq!(next, Some(*wanted));
            drop(reader);
            let (now, town) = (*wanted, town);
            let cancelled = change!(db, |tx| {
                let before = deliveries::to_hold(tx, town.organization, town.account).await?;
                let due: Vec<_> = before
                    .into_iter()
                    .map(|stored| stored.delivery)
                    .filter(|delivery| delivery.publish_at == Some(now))
                    .collect();
                for delivery in &due {
                    let after = delivery.clone().cancel(town.author, now).unwrap();
                    deliveries::update(tx, delivery, &after, super::town::GRACE).await?;
                }
                Ok::<_, StoreError>(due.len())
            });
            assert_eq!(cancelled.unwrap(), 1);
        }
    })
    .await;
}
