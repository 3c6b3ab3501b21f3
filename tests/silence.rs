//! Time that passed over a database while no node lived, or a database that was exchanged under one that does.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};
use rstest::rstest;
use sekisho::{
    domain::{delivery::DeliveryPhase, hold::HoldScope, ids::PostId},
    service::{Draft, Timing},
    store::nodes,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Clocked, Town, database::Kind, raw::Raw, town::ALWAYS_OPEN};

/// A dispatcher at work.
struct Working {
    soft: CancellationToken,
    task: JoinHandle<()>,
}

impl Working {
    /// Begins, and comes back once the node has said that it lives.
    async fn begin(town: &Town) -> Self {
        let (soft, dispatcher) = (CancellationToken::new(), town.app.dispatcher.clone());
        let (stop, started) = (soft.clone(), town.app.service.now());
        let task = tokio::spawn(async move { dispatcher.run(stop, CancellationToken::new()).await });
        until("a sign of life", async || {
            let mut reader = town.app.store.read().await.expect("a reader");
            nodes::last_seen(&mut reader).await.expect("the nodes") == Some(started)
        })
        .await;
        Self { soft, task }
    }

    async fn stop(self) {
        self.soft.cancel();
        self.task.await.expect("it stops");
    }

    /// Without another word.
    async fn die(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|why| why.is_cancelled()));
        // Its helpers are tasks of their own; only now, so that it could not leave as it should.
        self.soft.cancel();
    }
}

async fn until(what: &str, mut met: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if met().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what}: not in time");
}

/// A town in which a post waits for a time that is two hours away.
async fn town_that_waits(kind: Kind) -> Option<(Town, PostId)> {
    let town = Town::build(kind, Clocked::tuesday_morning(), ALWAYS_OPEN).await?;
    let at: DateTime<FixedOffset> = "2026-11-24T12:00:00+09:00".parse().expect("a time");
    let draft = Draft {
        timing: Timing::At(at),
        ..town.draft("秋の収穫祭の出店者を募集しています。")
    };
    let post = town.walk(draft).await;
    Some((town, post))
}

async fn holds(town: &Town) -> usize {
    let holds = town
        .app
        .service
        .holds(&town.people.duty_officer)
        .await
        .expect("holds");
    for hold in &holds {
        assert_eq!((hold.scope, hold.set_by), (HoldScope::Organization, None));
    }
    holds.len()
}

#[rstest]
#[case::sqlite_not_long(Kind::Sqlite, 14, 0)]
#[case::sqlite_too_long(Kind::Sqlite, 16, 1)]
#[case::postgres_not_long(Kind::Postgres, 14, 0)]
#[case::postgres_too_long(Kind::Postgres, 16, 1)]
#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_only_a_long_silence_holds(
    #[case] kind: Kind,
    #[case] minutes: i64,
    #[case] held: usize,
) {
    let Some((town, post)) = town_that_waits(kind).await else {
        return;
    };
    Working::begin(&town).await.die().await;
    town.hand().advance(TimeDelta::minutes(minutes));
    let working = Working::begin(&town).await;
    assert_eq!(holds(&town).await, held);
    working.stop().await;
    let expected = if held == 0 {
        DeliveryPhase::Waiting
    } else {
        DeliveryPhase::Held
    };
    assert_eq!(town.phases(post).await, [expected]);
    assert!(town.sandbox.arrivals().is_empty() && town.verify(&[]).await.is_sound());
    town.app.store.close().await;
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_stopped_as_it_should_goes_on_however_long_it_was(#[case] kind: Kind) {
    let Some((town, post)) = town_that_waits(kind).await else {
        return;
    };
    Working::begin(&town).await.stop().await;
    town.hand().advance(TimeDelta::minutes(119));
    let working = Working::begin(&town).await;
    assert_eq!(holds(&town).await, 0);
    town.hand().advance(TimeDelta::minutes(1));
    until("it leaves in its time", async || {
        town.phases(post).await == [DeliveryPhase::Published]
    })
    .await;
    working.stop().await;
    town.app.store.close().await;
}

/// Somebody restores the database while a node works on it.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_node_notices_that_its_database_is_an_older_one(#[case] kind: Kind) {
    let Some((town, _)) = town_that_waits(kind).await else {
        return;
    };
    let working = Working::begin(&town).await;
    let older = Raw {
        sqlite: "UPDATE nodes SET seen_at = '2026-11-24T00:55:00+00:00'",
        postgres: "UPDATE nodes SET seen_at = seen_at - interval '5 minutes'",
    };
    town.database.tamper(&[older]).await;
    town.hand().advance(TimeDelta::seconds(30));
    until("a hold", async || holds(&town).await == 1).await;
    working.stop().await;
    assert!(town.sandbox.arrivals().is_empty());
    town.app.store.close().await;
}

/// A machine was set back, or slept, with the node in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_notices_that_it_slept() {
    let (town, post) = town_that_waits(Kind::Sqlite).await.expect("a town");
    let working = Working::begin(&town).await;
    town.hand().advance(TimeDelta::hours(1));
    until("a hold", async || holds(&town).await == 1).await;
    town.hand().advance(TimeDelta::hours(1));
    working.stop().await;
    assert_eq!(town.phases(post).await, [DeliveryPhase::Held]);
    assert!(
        town.sandbox.arrivals().is_empty(),
        "its time came, and nobody had looked"
    );
    town.app.store.close().await;
}

/// While one node sleeps, another one works: nothing was missed.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_slept_while_others_lived_holds_nothing() {
    let Some((town, _)) = town_that_waits(Kind::Postgres).await else {
        return;
    };
    let working = Working::begin(&town).await;
    let other = Raw {
        sqlite: "SELECT 1",
        postgres: "INSERT INTO nodes (name, seen_at) VALUES ('another', '2026-11-24T01:16:00+00:00')",
    };
    town.database.tamper(&[other]).await;
    town.hand().advance(TimeDelta::minutes(16));
    until("a sign of life", async || {
        let said = Raw::same("SELECT COUNT(*)::text FROM nodes WHERE name <> 'another' AND seen_at >= '2026-11-24T01:16:00+00:00'");
        town.database.ask(said).await == ["1"]
    })
    .await;
    assert_eq!(holds(&town).await, 0);
    working.stop().await;
    town.app.store.close().await;
}
