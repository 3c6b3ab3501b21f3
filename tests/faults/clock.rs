//! The wall clock of a gateway jumps by an hour while it works.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use rstest::rstest;
use sekisho::sandbox::Fault;
use tempfile::TempDir;

use super::{End, Row, row::skipped};
use crate::support::{
    database::Kind,
    shim::{Shim, Word},
};

const HOUR: i64 = 3600;

async fn jumps(name: &'static str, kind: Kind, jump: i64) {
    let shim = match Shim::build() {
        Ok(shim) => shim,
        Err(why) => return skipped(name, kind, &why),
    };
    let Some(mut row) = Row::begin(name, kind, 40).await else {
        return;
    };
    // The intents tell the time of a clock that is off.
    row.slack += TimeDelta::seconds(jump.abs());
    row.hand_over().await;
    row.platform(&[(None, Fault::Delay { ms: 100 })]).await;
    // A folder that has no files of the database: only the clock is off.
    let nothing = TempDir::new().expect("a temporary folder");
    let mut node = row.node().at_pace(10);
    shim.preload(node.command(), nothing.path());
    let node = node.start();
    row.shown(10).await;
    shim.set(Word::ClockOff, jump);
    tokio::time::sleep(Duration::from_secs(3)).await;
    shim.set(Word::ClockOff, 0);
    let right_again = Instant::now();
    row.settled().await;
    // Nobody sleeps on by the wrong clock.
    assert!(
        right_again.elapsed() < Duration::from_secs(20),
        "{:?}",
        right_again.elapsed()
    );
    row.end_with(node, End::OutOrSeen).await;
}

/// What is due then is late: a person sees it, and nothing of it is sent late in silence.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn an_hour_forward(#[case] kind: Kind) {
    jumps("clock: an hour forward, then right again", kind, HOUR).await;
}

/// Before its time nothing leaves.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn an_hour_back(#[case] kind: Kind) {
    jumps("clock: an hour back, then right again", kind, -HOUR).await;
}
