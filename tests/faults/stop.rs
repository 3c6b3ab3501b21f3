//! SIGTERM in the middle of a batch: what is under way is finished, nothing new begins, and it takes a bounded time.

use std::time::{Duration, Instant};

use rstest::rstest;
use sekisho::sandbox::Fault;

use super::{End, Row};
use crate::support::{database::Kind, raw::Raw};

const UNDER_WAY: Raw =
    Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM deliveries WHERE state IN ('claimed', 'publishing')");

/// A request lasts a second, and so does a stop that waits for one, with room for a slow machine.
const LONGEST_STOP: Duration = Duration::from_secs(15);

async fn stopped_at_work(row: &Row) {
    let node = row.node().start();
    row.arrived(5).await;
    let asked = Instant::now();
    node.stop().await;
    assert!(asked.elapsed() < LONGEST_STOP, "{:?}", asked.elapsed());
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn in_the_middle_of_a_batch_it_drains(#[case] kind: Kind) {
    let Some(row) = Row::ready("SIGTERM during a batch", kind, 40).await else {
        return;
    };
    row.platform(&[(None, Fault::Delay { ms: 400 })]).await;
    stopped_at_work(&row).await;
    assert_eq!(
        row.town.database.ask(UNDER_WAY).await,
        ["0"],
        "what was under way is recorded"
    );
    row.end_with_another(End::AllOut).await;
}

/// A platform that never answers does not keep a stop waiting: the request's own deadline ends it.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn while_the_platform_hangs_it_ends_all_the_same(#[case] kind: Kind) {
    let Some(row) = Row::ready("SIGTERM while the platform hangs", kind, 20).await else {
        return;
    };
    row.platform(&[(Some(20), Fault::AcceptThenHang { ms: 60_000 })])
        .await;
    stopped_at_work(&row).await;
    row.platform(&[]).await;
    row.end_with_another(End::AllOut).await;
}
