//! Disks that are full, read-only, or that fail, under SQLite.

use std::{
    fs,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use sekisho::sandbox::Fault;
use tempfile::TempDir;

use super::{End, Node, Row, row::skipped};
use crate::support::{
    TestDatabase,
    database::Kind,
    raw::Raw,
    shim::{Shim, Word},
};

/// A row on SQLite in a folder, and the shim for it; `None`, and a row that says so, without a compiler.
async fn shimmed(name: &'static str, posts: usize) -> Option<(Row, Shim, TempDir)> {
    match Shim::build() {
        Err(why) => {
            skipped(name, Kind::Sqlite, &why);
            None
        }
        Ok(shim) => {
            let folder = TempDir::new().expect("a temporary folder");
            let database = TestDatabase::in_folder(folder.path());
            let mut row = Row::begin_in(database, name, posts).await;
            row.hand_over().await;
            Some((row, shim, folder))
        }
    }
}

fn under(row: &Row, shim: &Shim, folder: &Path) -> Node {
    let mut node = row.node();
    shim.preload(node.command(), folder);
    node
}

/// The process ends at once and never tries the fsync again; the next one publishes the rest.
#[tokio::test(flavor = "multi_thread")]
async fn an_fsync_that_fails_ends_the_process() {
    let Some((row, shim, folder)) = shimmed("disk: EIO on fsync", 40).await else {
        return;
    };
    for syncs in [3, 6, 9] {
        shim.set(Word::SyncsFromFailure, 0);
        shim.set(Word::SyncsLeft, syncs);
        let status = under(&row, &shim, folder.path()).at_pace(10).start().end().await;
        assert_eq!(status.signal(), Some(6), "aborted at fsync {syncs}");
        assert_eq!(shim.get(Word::SyncsFromFailure), 1, "it was never tried again");
    }
    row.end_with_another(End::AllOut).await;
}

/// A checkpoint's fsync, too: pages of an earlier one may be lost with it, and no later one would write them again.
#[tokio::test(flavor = "multi_thread")]
async fn an_fsync_that_fails_in_a_checkpoint_ends_the_process() {
    let Some((row, shim, folder)) = shimmed("disk: EIO on a checkpoint's fsync", 150).await else {
        return;
    };
    shim.set(Word::CheckpointsOnly, 1);
    shim.set(Word::SyncsLeft, 1);
    let status = under(&row, &shim, folder.path()).start().end().await;
    assert_eq!(status.signal(), Some(6), "aborted");
    assert_eq!(shim.get(Word::SyncsFromFailure), 1, "it was never tried again");
    row.end_with_another(End::AllOut).await;
}

/// The power fails, and with it everything that was not synced: what was sent is still known.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn what_was_not_synced_is_lost_with_the_power() {
    let Some((row, shim, folder)) = shimmed("disk: power cut, un-synced writes lost", 60).await else {
        return;
    };
    shim.set(Word::KeepCopies, 1);
    let database = folder.path().join("sekisho.db");
    fs::copy(&database, durable(&database)).expect("a copy");
    for (point, later) in [
        ("intended", 7),
        ("answered", 9),
        ("recorded", 11),
        ("recording", 2),
    ] {
        let node = under(&row, &shim, folder.path()).dying_at(&format!("{point}:{later}"));
        node.start().death(point).await;
        lose_what_was_not_synced(folder.path());
    }
    row.end_with_another(End::AllOut).await;
}

fn durable(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".durable");
    name.into()
}

/// Puts every file of the database back to what its last fsync made durable.
fn lose_what_was_not_synced(folder: &Path) {
    assert!(
        durable(&folder.join("sekisho.db-wal")).exists(),
        "the shim kept copies"
    );
    for name in ["sekisho.db", "sekisho.db-wal"] {
        let file = folder.join(name);
        if durable(&file).exists() {
            fs::copy(durable(&file), &file).expect("put back");
        } else {
            let _ = fs::remove_file(&file);
        }
    }
    let _ = fs::remove_file(folder.join("sekisho.db-shm"));
}

/// While nothing can be written nothing leaves, and the process lives to go on.
async fn no_write_for_a_while(name: &'static str, errno: i32) {
    let Some((row, shim, folder)) = shimmed(name, 40).await else {
        return;
    };
    row.platform(&[(None, Fault::Delay { ms: 50 })]).await;
    let node = under(&row, &shim, folder.path()).at_pace(20).start();
    row.arrived(5).await;
    shim.set(Word::WriteErrno, errno.into());
    nothing_leaves_unwritten(&row, &shim).await;
    shim.set(Word::WriteErrno, 0);
    row.end_with(node, End::AllOut).await;
}

/// While the gateway tries in vain to write, no more leaves than is written down.
async fn nothing_leaves_unwritten(row: &Row, shim: &Shim) {
    writes_fail(shim, 10).await;
    let arrived = row.town.sandbox.arrivals().len();
    let intents: usize = row.town.database.ask(INTENTS).await[0].parse().expect("a number");
    assert!(
        arrived <= intents,
        "nothing leaves unwritten: {arrived} of {intents}"
    );
    assert!(intents < row.posts(), "there was nothing left to send");
}

const INTENTS: Raw = Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM attempts");

/// Waits until the gateway has met so many more writes that fail.
async fn writes_fail(shim: &Shim, more: i64) {
    let wanted = shim.get(Word::WritesFailed) + more;
    for _ in 0..1200 {
        if shim.get(Word::WritesFailed) >= wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the gateway does not try to write");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn a_file_system_that_turns_read_only() {
    no_write_for_a_while("disk: EROFS for a while", rustix::io::Errno::ROFS.raw_os_error()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn writes_that_fail() {
    no_write_for_a_while(
        "disk: EIO on writes for a while",
        rustix::io::Errno::IO.raw_os_error(),
    )
    .await;
}

/// A small file system of its own, unmounted with the test.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this user may not mount.
    fn mount() -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"])
            .arg(folder.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(Self(folder))
    }

    fn read_only(&self) {
        let remounted = Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(self.0.path())
            .status();
        assert!(remounted.expect("mount").success());
    }

    fn writable(&self) {
        let remounted = Command::new("mount")
            .args(["-o", "remount,rw"])
            .arg(self.0.path())
            .status();
        assert!(remounted.expect("mount").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// Nothing leaves while the disk is full, and everything does once there is room.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn a_full_disk() {
    let name = "disk: full, then room again (tmpfs)";
    let Some(disk) = SmallDisk::mount() else {
        return skipped(name, Kind::Sqlite, "needs root to mount a tmpfs");
    };
    let shim = match Shim::build() {
        Ok(shim) => shim,
        Err(why) => return skipped(name, Kind::Sqlite, &why),
    };
    let mut row = Row::begin_in(TestDatabase::in_folder(disk.0.path()), name, 60).await;
    row.hand_over().await;
    row.platform(&[(None, Fault::Delay { ms: 50 })]).await;
    let node = under(&row, &shim, disk.0.path()).at_pace(20).start();
    row.arrived(5).await;
    let ballast = disk.0.path().join("ballast");
    fill(&ballast);
    writes_fail(&shim, 1).await;
    // What was given back with the failure is gone, too.
    fill(&ballast);
    nothing_leaves_unwritten(&row, &shim).await;
    fs::remove_file(&ballast).expect("room again");
    row.end_with(node, End::AllOut).await;
}

/// Writes until there is no room left.
fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = fs::File::options()
        .append(true)
        .create(true)
        .open(path)
        .expect("a file");
    for size in [65536, 4096, 512, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// A gateway on a read-only file system says so and does not begin.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_disk_at_the_start() {
    let name = "disk: read-only at the start (tmpfs)";
    let Some(disk) = SmallDisk::mount() else {
        return skipped(name, Kind::Sqlite, "needs root to mount a tmpfs");
    };
    let mut row = Row::begin_in(TestDatabase::in_folder(disk.0.path()), name, 5).await;
    row.hand_over().await;
    disk.read_only();
    let (status, said) = row.node().complaint();
    disk.writable();
    assert!(!status.success(), "it does not begin");
    assert!(
        said.contains("Read-only file system") || said.contains("readonly"),
        "{said}"
    );
    assert_eq!(row.visible(), 0);
    row.end_with_another(End::AllOut).await;
}
