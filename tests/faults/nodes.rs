//! Several nodes on one PostgreSQL: they race, freeze and die.

use std::time::Duration;

use sekisho::sandbox::Fault;

use super::{End, Row};
use crate::support::{database::Kind, number, raw::Raw};

/// Two nodes claim what is due in the same second.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn two_claim_the_same_second() {
    let Some(row) = Row::ready("nodes: two claim the same second", Kind::Postgres, 100).await else {
        return;
    };
    row.platform(&[(None, Fault::Delay { ms: 50 })]).await;
    let nodes = [row.node().start(), row.node().start()];
    row.settled().await;
    for node in nodes {
        node.stop().await;
    }
    row.finish(End::AllOut).await;
}

/// What a node under a frozen lease holds, from its claim to its intent.
const HELD_BY_ONE: Raw =
    Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM deliveries WHERE state IN ('claimed', 'publishing')");

/// A node stands still past its lease and wakes up: its claims are others' by then, and its fence is old.
#[tokio::test(flavor = "multi_thread")]
async fn one_is_frozen_past_its_lease() {
    let name = "nodes: one frozen (SIGSTOP) past its lease, then thawed";
    let Some(row) = Row::ready(name, Kind::Postgres, 60).await else {
        return;
    };
    frozen_and_thawed(row, End::AllOut).await;
}

/// The same on a platform without keys, where a late request would be a second post.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn one_is_frozen_past_its_lease_without_keys() {
    let name = "nodes: one frozen past its lease, platform without keys";
    let Some(row) = Row::ready_without_keys(name, Kind::Postgres, 30).await else {
        return;
    };
    frozen_and_thawed(row, End::OutOrSeen).await;
}

async fn frozen_and_thawed(row: Row, end: End) {
    row.platform(&[(None, Fault::Delay { ms: 200 })]).await;
    let frozen = row.node().start();
    row.arrived(1).await;
    frozen.freeze();
    let held = row.town.database.ask(HELD_BY_ONE).await;
    assert_ne!(held, ["0"], "it stands still in the middle of something");
    // A lease is five seconds long here.
    let other = row.node().start();
    row.settled().await;
    frozen.thaw();
    // Whatever it meant to send or to write, it does now, or never.
    tokio::time::sleep(Duration::from_secs(3)).await;
    frozen.stop().await;
    row.end_with(other, end).await;
}

/// Three nodes under load; every other second one of them is killed and another one started.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn three_of_which_one_is_killed_again_and_again() {
    let name = "nodes: three, one killed every two seconds under load";
    let posts = 300 * number("SEKISHO_FAULTS", 1) as usize;
    let Some(row) = Row::ready(name, Kind::Postgres, posts).await else {
        return;
    };
    row.platform(&[(None, Fault::Delay { ms: 150 })]).await;
    let node = || row.node().at_pace(5).start();
    let mut nodes = vec![node(), node(), node()];
    let mut killed = 0;
    while row.visible() + 20 < posts {
        tokio::time::sleep(Duration::from_secs(2)).await;
        nodes.remove(0).kill();
        nodes.push(node());
        killed += 1;
    }
    assert!(killed >= 3, "{killed} nodes were killed");
    row.settled().await;
    for node in nodes {
        node.stop().await;
    }
    row.finish(End::AllOut).await;
}
