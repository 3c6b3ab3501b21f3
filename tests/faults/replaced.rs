//! Another database in the place of the one that was served: a standby that lacks the last commits, an older copy
//! that nobody marked, however young. What left since is not sent again.

use std::fs;

use rstest::rstest;
use sekisho::sandbox::Fault;

use super::{Row, Running, row::skipped};
use crate::support::{TestDatabase, database::Kind, postgres_server::PostgresServer};

/// Who meets the server that lost its last commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The node that served the old one.
    TheSame,
    /// Another one, started at once.
    Another,
}

/// A fail-over to a copy that lacks what left last, on a platform without keys: a second request
/// would be a second post.
#[rstest]
#[case::lived_through(
    "PostgreSQL: fail-over lost the last commits, the node lives on",
    Who::TheSame
)]
#[case::started_after("PostgreSQL: fail-over lost the last commits, a new node", Who::Another)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn a_standby_that_lost_the_last_commits(#[case] name: &'static str, #[case] who: Who) {
    let Some(mut server) = PostgresServer::start() else {
        return skipped(name, Kind::Postgres, "no PostgreSQL");
    };
    let database = TestDatabase::on_server(server.url.clone()).await;
    let mut row = Row::begin_in(database, name, 60).await;
    row.without_keys().await;
    row.hand_over().await;
    row.platform(&[(None, Fault::Delay { ms: 50 })]).await;
    let first = row.node().at_pace(5).start();
    row.shown(3).await;
    first.stop().await;
    server.copy();
    let in_the_copy = row.visible();
    let node = row.node().at_pace(5).start();
    row.shown(in_the_copy + 5).await;
    node.freeze();
    row.remember_intents().await;
    server.fail_over();
    let node = next(&row, node, who);
    row.end_looked_for(node).await;
}

fn next(row: &Row, node: Running, who: Who) -> Running {
    match who {
        Who::TheSame => {
            node.thaw();
            node
        }
        Who::Another => {
            node.kill();
            row.node().at_pace(5).start()
        }
    }
}

/// A file that somebody copied a moment ago, in the place of the one that went on.
#[tokio::test(flavor = "multi_thread")]
async fn a_young_copy_that_somebody_puts_back_by_hand() {
    let name = "SQLite: a young copy put back by hand";
    let Some(mut row) = Row::ready_without_keys(name, Kind::Sqlite, 30).await else {
        return;
    };
    let file = row.town.database.file().expect("a file").to_owned();
    let copy = format!("{file}.copy");
    fs::copy(&file, &copy).expect("a copy, while nobody has it");
    let node = row.node().at_pace(10).start();
    row.shown(10).await;
    node.stop().await;
    row.remember_intents().await;
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{file}{ending}"));
    }
    fs::rename(&copy, &file).expect("the copy in its place");
    let node = row.node().start();
    row.end_looked_for(node).await;
}
