//! A page of its own: what is known of the flow to an account.

use chrono::{DateTime, Utc};

use crate::{
    domain::flow::{Budget, Flow, Priority},
    store::{
        StoreError, deliveries, flows,
        tests::{
            Db,
            town::{Town, at, look, step},
        },
    },
};

/// What is known of an account's flow decides what is claimed; with nothing known no row is left.
pub(super) async fn run(db: &Db, town: &Town) {
    let known = Flow {
        failures: 3,
        open_until: Some(at(2000)),
        refused_until: Some(at(1900)),
        budget: Some(Budget {
            limit: 300,
            remaining: 7,
            resets_at: at(2100),
        }),
        ..Flow::free(town.organization, town.account)
    };
    let waiting = town.waiting(db, at(1800)).await;
    let kept = known.clone();
    change!(db, |tx| flows::keep(tx, &kept).await).unwrap();
    let mut reader = db.reader().await;
    let troubled = flows::troubled(&mut reader).await.unwrap();
    assert!(troubled.contains(&town.account));
    let listed = flows::of_organization(&mut reader, town.organization)
        .await
        .unwrap();
    assert_eq!(listed, std::slice::from_ref(&known));
    let these = flows::these(&mut reader, town.organization, &[town.account].into()).await;
    assert_eq!(these.unwrap(), [(town.account, known.clone())].into());
    let next = deliveries::next_due(&mut reader, Priority::Emergency, at(1850)).await;
    assert_eq!(
        next.unwrap(),
        Some(at(1900)),
        "then the account opens for emergencies"
    );
    drop(reader);
    for (now, expected) in [(1850, 0), (1950, 0), (2000, 1)] {
        let due = are_due(db, at(now)).await;
        assert_eq!(due, expected, "{now}");
    }
    let (organization, account) = (town.organization, town.account);
    let taken = change!(db, |tx| flows::take(tx, organization, account).await).unwrap();
    assert_eq!(taken, known);
    let free = Flow::free(organization, account);
    change!(db, |tx| flows::keep(tx, &free).await).unwrap();
    let mut reader = db.reader().await;
    let troubled = flows::troubled(&mut reader).await.unwrap();
    assert!(!troubled.contains(&town.account));
    drop(reader);
    let cancelled = look(db, &waiting).await.cancel(town.author, at(2001)).unwrap();
    step(db, &look(db, &waiting).await, cancelled).await.unwrap();
    // A row stays for the tests that look at the tables.
    let last = Flow {
        failures: 1,
        ..Flow::free(organization, account)
    };
    change!(db, |tx| flows::keep(tx, &last).await).unwrap();
}

async fn are_due(db: &Db, now: DateTime<Utc>) -> usize {
    change!(db, |tx| {
        let wanted = deliveries::Wanted {
            priority: Priority::Ordinary,
            but_not: &[],
            limit: 8,
        };
        Ok::<_, StoreError>(deliveries::due(tx, wanted, now).await?.len())
    })
    .unwrap()
}
