//! A PostgreSQL that dies, connections that are cut at the worst moment, snapshots that are held, hints that
//! are lost.

use std::time::Duration;

use rstest::rstest;
use sekisho::sandbox::Fault;
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::{End, Node, Row, row::skipped};
use crate::support::{
    TestDatabase,
    database::Kind,
    number,
    postgres_proxy::{Mischief, PostgresProxy},
    postgres_server::PostgresServer,
};

/// The server is killed and comes back; the gateway lives on and publishes the rest.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn the_server_is_killed_and_comes_back() {
    let name = "PostgreSQL: killed and started again, twice";
    let Some(mut server) = PostgresServer::start() else {
        return skipped(name, Kind::Postgres, "no PostgreSQL");
    };
    let database = TestDatabase::on_server(server.url.clone()).await;
    let mut row = Row::begin_in(database, name, 60).await;
    row.hand_over().await;
    row.platform(&[(None, Fault::Delay { ms: 50 })]).await;
    let node = row.node().at_pace(20).start();
    for shown in [10, 30] {
        row.shown(shown).await;
        server.crash();
        tokio::time::sleep(Duration::from_secs(2)).await;
        server.again();
    }
    row.end_with(node, End::AllOut).await;
}

/// Whether a COMMIT took place is not known where the connection is cut: it is looked up and never guessed.
#[rstest]
#[case::before("PostgreSQL: cut before COMMIT arrives", Mischief::CutBeforeCommit { every: 7 })]
#[case::after("PostgreSQL: COMMIT sent, connection cut", Mischief::CutAfterCommit { every: 7 })]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn cut_at_a_commit(#[case] name: &'static str, #[case] mischief: Mischief) {
    let Some(row) = Row::ready(name, Kind::Postgres, 60).await else {
        return;
    };
    let proxy = PostgresProxy::before(&row.town.database.url, mischief).await;
    // One after the other: what is ready at the same time would share a COMMIT.
    let node = Node::on(&proxy.url).at_pace(10).start();
    row.settled().await;
    assert!(proxy.done() >= 5, "{} connections were cut", proxy.done());
    node.stop().await;
    row.finish(End::AllOut).await;
}

/// Somebody's backup holds a snapshot open all the while.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn a_snapshot_is_held() {
    let name = "PostgreSQL: a snapshot held for minutes";
    let Some(row) = Row::ready(name, Kind::Postgres, 200).await else {
        return;
    };
    let mut held = PgConnection::connect(&row.town.database.url)
        .await
        .expect("a connection");
    held.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        .await
        .expect("a snapshot");
    held.execute("SELECT COUNT(*) FROM deliveries")
        .await
        .expect("a count");
    // As many posts in a second as spread the queue over the whole time.
    let seconds = number("SEKISHO_HELD_SECONDS", 120);
    let node = row.node().at_pace(200_u32.div_ceil(seconds)).start();
    settled_within(&row, seconds).await;
    held.execute("ROLLBACK").await.expect("released");
    node.stop().await;
    row.finish(End::AllOut).await;
}

async fn settled_within(row: &Row, seconds: u32) {
    tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    row.settled().await;
}

/// The hint is lost; the slow poll finds what is due.
#[tokio::test(flavor = "multi_thread")]
async fn a_notify_is_lost() {
    let Some(mut row) = Row::begin("PostgreSQL: every NOTIFY lost", Kind::Postgres, 0).await else {
        return;
    };
    let proxy = PostgresProxy::before(&row.town.database.url, Mischief::LoseNotifications).await;
    let (node, _) = Node::on(&proxy.url).start_listening();
    for number in 0..5 {
        let text = format!("お知らせ その{number}");
        row.town.approved(&text).await;
        row.expect(&text);
    }
    row.shown(5).await;
    assert!(proxy.done() > 0, "there were notifications to lose");
    row.hand_over().await;
    row.end_with(node, End::AllOut).await;
}
