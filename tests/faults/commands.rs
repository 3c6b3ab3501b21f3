//! SIGKILL in the middle of commands: the same command again ends well, and nothing is doubled or lost.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use rstest::rstest;
use tempfile::TempDir;

use super::{End, Node, Row};
use crate::support::{
    TestDatabase,
    database::Kind,
    process::{argument, succeed},
    raw::Raw,
    town::KEY_RING,
};

const POSTS: Raw = Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM posts");

/// The target has everything or nothing. Once the file that is left was marked as a copy, what arrives is held:
/// nobody can tell whether another target had it already.
#[rstest]
#[case::copied("K14 inside a migration, everything copied", "moving", End::AllOut)]
#[case::marked("K14 inside a migration, the source marked", "marked", End::OutOrSeen)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn k14_while_a_town_moves(#[case] name: &'static str, #[case] point: &str, #[case] end: End) {
    let Some(target) = TestDatabase::make(Kind::Postgres).await else {
        return super::row::skipped(name, Kind::Postgres, "no PostgreSQL");
    };
    let Some(mut row) = Row::ready(name, Kind::Sqlite, 20).await else {
        return;
    };
    let (from, to) = (row.town.database.url.clone(), target.url.clone());
    let migrate = ["migrate", "--from", &from, "--to", &to];
    Node::running(&from, &migrate)
        .dying_at(point)
        .start()
        .death(point)
        .await;
    assert_eq!(target.ask(POSTS).await, ["0"], "nothing of it was kept");
    let said = succeed(&from, &migrate);
    assert!(said.contains("rows moved and compared"), "{said}");
    let _left = std::mem::replace(&mut row.town.database, target.into());
    row.end_with_another(end).await;
}

/// Whatever the restoration left behind, the copy is in its place after the next one, and holds what may be out.
#[rstest]
#[case::copied("K14 inside a restoration, the copy written", "restoring")]
#[case::put_aside("K14 inside a restoration, the old one aside", "put_aside")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn k14_while_a_copy_is_restored(#[case] name: &'static str, #[case] point: &str) {
    let Some(mut row) = Row::ready(name, Kind::Sqlite, 20).await else {
        return;
    };
    let (folder, url) = (TempDir::new().expect("a folder"), row.town.database.url.clone());
    let copy = folder.path().join("copy.db");
    succeed(&url, &["backup", "--to", argument(&copy)]);
    let node = row.node().at_pace(10).start();
    row.shown(10).await;
    node.stop().await;
    row.remember_intents().await;
    let restore = ["restore", "--from", argument(&copy), "--replace"];
    Node::running(&url, &restore)
        .dying_at(point)
        .start()
        .death(point)
        .await;
    succeed(&url, &restore);
    let node = row.node().start();
    row.end_looked_for(node).await;
}

/// A ring with the new key is on the disk before any credential is wrapped under it: each opens at every moment.
#[rstest]
#[case::rotated("K14 inside a rotation, the ring replaced", "rotated")]
#[case::rewrapping("K14 inside a rotation, a credential re-wrapped", "rewrapping")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn k14_while_keys_are_rotated(
    #[case] name: &'static str,
    #[case] point: &str,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(row) = Row::ready(name, kind, 20).await else {
        return;
    };
    let folder = TempDir::new().expect("a folder");
    let (ring, url) = (ring_in(&folder), row.town.database.url.clone());
    let rotate = ["vault", "rotate", "--key", "k2"];
    let with_ring = |arguments: &[&str]| Node::running(&url, arguments).with_ring(&ring);
    with_ring(&rotate).dying_at(point).start().death(point).await;
    // Between the two the gateway serves.
    let between = with_ring(&["serve"]).at_pace(10).start();
    row.shown(5).await;
    between.stop().await;
    assert!(with_ring(&rotate).status().success());
    let wrapped = Raw::same("SELECT DISTINCT key_id FROM credentials");
    assert_eq!(row.town.database.ask(wrapped).await, ["k2"]);
    let last = with_ring(&["serve"]).start();
    row.end_with(last, End::AllOut).await;
}

fn ring_in(folder: &TempDir) -> PathBuf {
    let ring = folder.path().join("sekisho.keys");
    fs::write(&ring, KEY_RING).expect("a ring");
    fs::set_permissions(&ring, fs::Permissions::from_mode(0o600)).expect("for this user alone");
    ring
}
