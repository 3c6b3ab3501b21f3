//! SIGTERM in the middle of a batch: what is under way is finished, nothing new begins, and it takes a bounded time.

use std::time::{Duration, Instant};

use rstest::rstest;
use sekisho::sandbox::Fault;

use super::{End, Row};
use crate::support::{database::Kind, raw::Raw};

const UNDER_WAY: Raw =
    Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM deliveries WHERE state IN ('claimed', 'publishing')");

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn in_the_middle_of_a_batch_it_drains(#[case] kind: Kind) {
    let Some(mut row) = Row::begin("SIGTERM during a batch", kind, 40).await else {
        return;
    };
    row.hand_over().await;
    row.platform(&[(None, Fault::Delay { ms: 400 })]).await;
    let node = row.node().start();
    row.arrived(5).await;
    let asked = Instant::now();
    node.stop().await;
    // A request lasts a second, and so does a stop that waits for one, with room for a slow machine.
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    assert_eq!(
        row.town.database.ask(UNDER_WAY).await,
        ["0"],
        "what was under way is recorded"
    );
    let last = row.node().start();
    row.settled().await;
    last.stop().await;
    row.finish(End::AllOut).await;
}

/// A platform that never answers does not keep a stop waiting: the request's own deadline ends it.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn while_the_platform_hangs_it_ends_all_the_same(#[case] kind: Kind) {
    let Some(mut row) = Row::begin("SIGTERM while the platform hangs", kind, 20).await else {
        return;
    };
    row.hand_over().await;
    row.platform(&[(Some(20), Fault::AcceptThenHang { ms: 60_000 })])
        .await;
    let node = row.node().start();
    row.arrived(5).await;
    let asked = Instant::now();
    node.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    row.platform(&[]).await;
    let last = row.node().start();
    row.settled().await;
    last.stop().await;
    row.finish(End::AllOut).await;
}
