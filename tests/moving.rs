//! A town moves from SQLite to PostgreSQL with the real program, and lives on there.

use rstest::rstest;
use sekisho::domain::delivery::DeliveryPhase;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection, sqlite::SqliteConnectOptions};

use crate::support::{
    Clocked, TestDatabase, Town,
    database::Kind,
    process::{gateway, refused, succeed, terminate},
    town::{ALWAYS_OPEN, quick_dispatch, wire},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_town_moves_with_everything_and_the_file_that_it_left_sends_nothing() {
    let Some(target) = TestDatabase::make(Kind::Postgres).await else {
        return;
    };
    let mut town = Town::build(Kind::Sqlite, Clocked::System, ALWAYS_OPEN)
        .await
        .expect("a town");
    let out = town.approved("市民プールは今月末で終わります。").await;
    town.run_until(out, DeliveryPhase::Published).await;
    let waits = town.approved("秋の収穫祭の出店者を募集しています。").await;
    let noted = town.verify(&[]).await.head;
    let (from, to) = (town.database.url.clone(), target.url.clone());
    let migrate = ["migrate", "--from", &from, "--to", &to];
    let complained = refused(&from, &migrate);
    assert!(complained.contains("in use by another process"), "{complained}");
    town.app.store.close().await;

    let said = succeed(&from, &migrate);
    assert!(said.contains("rows moved and compared"), "{said}");
    let again = refused(&from, &migrate);
    assert!(again.contains("not empty"), "{again}");

    let left = std::mem::replace(&mut town.database, std::sync::Arc::new(target));
    town.app = wire(&town.database, &town.clock, quick_dispatch("moved")).await;
    assert_eq!(town.phases(out).await, [DeliveryPhase::Published]);
    assert!(town.verify(&[noted]).await.is_sound(), "the same chain goes on");
    town.run_until(waits, DeliveryPhase::Published).await;
    assert_eq!(town.sandbox.counts().statuses, 2);
    town.app.store.close().await;

    let mut forgotten = gateway(&left.url)
        .arg("serve")
        .spawn()
        .expect("the gateway starts");
    // What the new one sent meanwhile is found on the timeline.
    left.wait_for(DeliveryPhase::Published, 2).await;
    assert!(terminate(&mut forgotten).success());
    let counts = town.sandbox.counts();
    assert_eq!(
        (counts.statuses, counts.duplicates),
        (2, 0),
        "the old file is a copy now"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_under_way_does_not_move() {
    let Some(target) = TestDatabase::make(Kind::Postgres).await else {
        return;
    };
    let town = Town::on(Kind::Sqlite).await.expect("a town");
    town.app.store.close().await;
    let options = SqliteConnectOptions::new().filename(town.database.file().expect("a file"));
    let mut file = options.connect().await.expect("the file");
    let left = file.execute("INSERT INTO nodes (name, seen_at) VALUES ('a', '2026-11-24T01:00:00+00:00')");
    left.await.expect("a node that was killed");
    file.close().await.expect("closed");
    let complained = refused(
        &town.database.url,
        &["migrate", "--from", &town.database.url, "--to", &target.url],
    );
    assert!(complained.contains("did not end as it should"), "{complained}");
}

#[test]
fn there_is_one_direction_and_a_file_must_be_there() {
    let database = "sqlite::nowhere:";
    let complained = refused(
        database,
        &["migrate", "--from", "postgres://localhost/a", "--to", "sqlite:b"],
    );
    assert!(complained.contains("no other direction"), "{complained}");
    let complained = refused(
        database,
        &[
            "migrate",
            "--from",
            "sqlite:no-such.db",
            "--to",
            "postgres://localhost/a",
        ],
    );
    assert!(complained.contains("there is no file no-such.db"), "{complained}");
}

/// An older program on a newer schema: no command starts, and the database stays as it is.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_a_newer_program_made_is_refused(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    town.app.store.close().await;
    newer(&town.database, kind).await;
    for command in [
        ["serve"].as_slice(),
        &["organization", "list"],
        &["ledger", "verify"],
    ] {
        let complained = refused(&town.database.url, command);
        let told = complained.contains("the database has schema 9001, and this program knows");
        assert!(
            told && complained.contains("use the newer program"),
            "{command:?}: {complained}"
        );
    }
    let doctor = crate::support::process::run(&town.database.url, &["doctor", "--language", "en"]);
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(
        said.contains("FAIL  Schema: number 9001, newer than this program"),
        "{said}"
    );
}

/// What a later program's first step may do to the schema while older nodes run: it adds, and takes nothing away.
const EXPANDED: [&str; 4] = [
    "ALTER TABLE posts ADD COLUMN of_a_later_program TEXT",
    "ALTER TABLE deliveries ADD COLUMN of_a_later_program INTEGER NOT NULL DEFAULT 7",
    "CREATE TABLE of_a_later_program (id BIGINT PRIMARY KEY)",
    "CREATE INDEX of_a_later_program_index ON deliveries (state, of_a_later_program)",
];

/// A rolling upgrade: the first newer node has expanded the schema, and the older ones serve until they are replaced.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_running_node_goes_on_after_a_later_program_expanded_the_schema(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let before = town.approved("市民プールは今月末で終わります。").await;
    town.run_until(before, DeliveryPhase::Published).await;
    let waits = town.approved("秋の収穫祭の出店者を募集しています。").await;
    for change in EXPANDED {
        execute(&town.database, kind, change).await;
    }
    newer(&town.database, kind).await;
    town.run_until(waits, DeliveryPhase::Published).await;
    let after = town.approved("図書館は月曜日に休みます。").await;
    town.run_until(after, DeliveryPhase::Published).await;
    let counts = town.sandbox.counts();
    assert_eq!((counts.statuses, counts.duplicates), (3, 0));
    assert!(town.verify(&[]).await.is_sound());
    // What it does not know it leaves as it is.
    let count = "DELETE FROM deliveries WHERE of_a_later_program <> 7 OR of_a_later_program IS NULL";
    assert_eq!(execute(&town.database, kind, count).await, 0);
}

async fn newer(database: &TestDatabase, kind: Kind) {
    let sql = "INSERT INTO _sqlx_migrations SELECT 9001, 'later', installed_on, success, checksum, execution_time FROM _sqlx_migrations LIMIT 1";
    assert_eq!(execute(database, kind, sql).await, 1);
}

/// Changes the database past the program, and tells how many rows that concerned.
async fn execute(database: &TestDatabase, kind: Kind, sql: &'static str) -> u64 {
    match kind {
        Kind::Sqlite => {
            let options = SqliteConnectOptions::new().filename(database.file().expect("a file"));
            let mut file = options.connect().await.expect("the file");
            let done = file.execute(sql).await.expect(sql);
            file.close().await.expect("closed");
            done.rows_affected()
        }
        Kind::Postgres => {
            let mut server = PgConnection::connect(&database.url).await.expect("the database");
            server.execute(sql).await.expect(sql).rows_affected()
        }
    }
}
