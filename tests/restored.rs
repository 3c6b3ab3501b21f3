//! An older copy is put in place: what left after it was taken does not leave again, and nothing at all leaves
//! before somebody looked. With the real program and the databases' own tools.

use std::{
    path::Path,
    process::{Child, Command},
    time::Duration,
};

use chrono::{DateTime, FixedOffset, SubsecRound as _, TimeDelta};
use rstest::rstest;
use sekisho::{
    domain::{
        delivery::{DeliveryPhase, DeliveryState, Resolution},
        hold::HoldCause,
        ids::PostId,
    },
    sandbox::{Fault, FaultPlan, FaultRule, On},
    service::{Draft, ServiceError, Settling, Timing},
    store::{Inspection, deliveries},
};
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use crate::support::{
    Clocked, Town,
    database::Kind,
    process::{argument, gateway, refused, succeed, terminate},
    raw::Raw,
    town::{ALWAYS_OPEN, quick_dispatch, wire},
};

/// How the copy is taken and put in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `sekisho backup` and `sekisho restore`.
    Commands,
    /// A file that somebody copied, an hour old: nothing marks it.
    FileByHand,
    /// `pg_dump`, `psql` and `sekisho restore --mark`.
    DumpMarked,
    /// `pg_dump` and `psql`; the dump is an hour old, and nothing marks it.
    DumpOnly,
}

impl Way {
    const fn kind(self) -> Kind {
        match self {
            Self::Commands | Self::FileByHand => Kind::Sqlite,
            Self::DumpMarked | Self::DumpOnly => Kind::Postgres,
        }
    }
}

/// As if the copy had been taken an hour earlier.
const AN_HOUR_OLDER: Raw = Raw {
    sqlite: "UPDATE nodes SET seen_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-1 hour')",
    postgres: "UPDATE nodes SET seen_at = seen_at - interval '1 hour'",
};

/// What the town queued before the copy was taken.
struct Posts {
    out_before: PostId,
    /// Under way while the copy was taken.
    in_flight: PostId,
    /// Waited in the copy, and was sent earlier than planned after it.
    out_after: PostId,
    /// Waited in the copy, and waits still.
    never_out: PostId,
}

#[rstest]
#[case(Way::Commands)]
#[case(Way::FileByHand)]
#[case(Way::DumpMarked)]
#[case(Way::DumpOnly)]
#[tokio::test(flavor = "multi_thread")]
async fn after_an_older_copy_nothing_leaves_again_and_nothing_before_somebody_looked(#[case] way: Way) {
    let Some(mut town) = Town::build(way.kind(), Clocked::System, ALWAYS_OPEN).await else {
        return;
    };
    let copy = town.database.folder().join("copy");
    let posts = queue(&town).await;
    town.app.store.close().await;
    copied_in_flight(&town, way, &copy).await;

    town.app = reopened(&town).await;
    let service = &town.app.service;
    let now = soon(&town, TimeDelta::zero());
    let chief = &town.people.section_chief;
    service
        .reschedule(chief, posts.out_after, now)
        .await
        .expect("another time");
    town.run_until(posts.out_after, DeliveryPhase::Published).await;
    refused_while_served(&town, way, &copy);
    town.app.store.close().await;
    let out = town.sandbox.counts();
    assert_eq!((out.statuses, out.duplicates), (3, 0));
    let arrivals = town.sandbox.arrivals().len();

    put_back(&town, way, &copy).await;
    let mut restored = gateway(&town.database.url)
        .arg("serve")
        .spawn()
        .expect("the gateway starts");
    looked_for(&town).await;
    assert!(terminate(&mut restored).success(), "a soft stop is a success");
    assert_eq!(town.sandbox.arrivals().len(), arrivals, "nothing was sent");

    town.app = reopened(&town).await;
    decided(&town, &posts).await;
    let out = town.sandbox.counts();
    assert_eq!((out.statuses, out.duplicates), (4, 0), "each post once");
    assert!(town.verify(&[]).await.is_sound());
    town.app.store.close().await;
}

/// Four posts: one is out, one leaves at the next start, two are planned.
async fn queue(town: &Town) -> Posts {
    let out_before = town.approved("市民プールは今月末で終わります。").await;
    town.run_until(out_before, DeliveryPhase::Published).await;
    let planned = |text: &str| {
        let at = soon(town, TimeDelta::hours(1));
        Draft {
            timing: Timing::At(at),
            range: Some((at - TimeDelta::days(1), at + TimeDelta::days(1))),
            ..town.draft(text)
        }
    };
    Posts {
        out_before,
        in_flight: town.approved("給水車は北小学校に来ます。").await,
        out_after: town
            .walk(planned("図書館の本の整理のため、明日は休館です。"))
            .await,
        never_out: town.walk(planned("秋の収穫祭の出店者を募集しています。")).await,
    }
}

/// A whole second, one ahead at the least: there is a call to be made before it comes.
fn soon(town: &Town, ahead: TimeDelta) -> DateTime<FixedOffset> {
    let japan = FixedOffset::east_opt(9 * 3600).expect("an offset");
    (town.app.service.now() + ahead + TimeDelta::seconds(2))
        .trunc_subsecs(0)
        .with_timezone(&japan)
}

async fn reopened(town: &Town) -> sekisho::app::App {
    wire(&town.database, &town.clock, quick_dispatch("after")).await
}

/// Takes the copy while the platform works on a request, and kills the gateway before it hears the answer.
async fn copied_in_flight(town: &Town, way: Way, copy: &Path) {
    let hang = FaultRule {
        on: On::Publish,
        account: None,
        times: Some(1),
        skip: 0,
        fault: Fault::AcceptThenHang { ms: 60_000 },
    };
    town.set_faults(FaultPlan { faults: vec![hang] }).await;
    let mut serving = gateway(&town.database.url)
        .env("SEKISHO_DISPATCH__LONGEST_REQUEST_SECONDS", "60")
        .arg("serve")
        .spawn()
        .expect("the gateway starts");
    wait_until("the request arrives", || town.sandbox.statuses().len() == 2).await;
    take(town, way, copy).await;
    kill(&mut serving);
    town.set_faults(FaultPlan::default()).await;
}

fn kill(child: &mut Child) {
    child.kill().expect("SIGKILL");
    child.wait().expect("it is dead");
}

async fn take(town: &Town, way: Way, copy: &Path) {
    let url = &town.database.url;
    match way {
        Way::Commands => {
            let said = succeed(url, &["backup", "--to", argument(copy)]);
            assert!(said.contains("verified") && said.contains("key ring"), "{said}");
            let again = refused(url, &["backup", "--to", argument(copy)]);
            assert!(again.contains("is there already"), "{again}");
            sealed_and_private(copy);
        }
        Way::FileByHand => {
            let mut source = sqlite(town.database.file().expect("a file")).await;
            let query = sqlx::query("VACUUM INTO $1").bind(argument(copy));
            query.execute(&mut source).await.expect("a copy");
            source.close().await.expect("closed");
        }
        Way::DumpMarked | Way::DumpOnly => {
            postgres_tool("pg_dump", &["--no-owner", "--file", argument(copy), url]);
        }
    }
}

async fn sqlite(file: &str) -> sqlx::SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    options.connect().await.expect("the file")
}

fn postgres_tool(tool: &str, arguments: &[&str]) {
    let done = Command::new(tool).args(arguments).output();
    let done = done.unwrap_or_else(|why| panic!("{tool}: {why}"));
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{tool}: {complained}");
}

/// For this user alone, and without a credential in the clear.
fn sealed_and_private(copy: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(copy).expect("the copy").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let bytes = std::fs::read(copy).expect("the copy");
    assert!(
        !bytes.windows(10).any(|window| window == b"koho-token"),
        "a credential in the clear"
    );
    assert!(
        bytes.windows(6).any(|window| window == "給水".as_bytes()),
        "the posts are in it"
    );
}

fn refused_while_served(town: &Town, way: Way, copy: &Path) {
    if way == Way::Commands {
        let url = &town.database.url;
        let complained = refused(url, &["restore", "--from", argument(copy), "--replace"]);
        assert!(complained.contains("in use by another process"), "{complained}");
    }
}

async fn put_back(town: &Town, way: Way, copy: &Path) {
    let url = &town.database.url;
    match way {
        Way::Commands => {
            let complained = refused(url, &["restore", "--from", argument(copy)]);
            assert!(complained.contains("is there already"), "{complained}");
            let said = succeed(url, &["restore", "--from", argument(copy), "--replace"]);
            assert!(said.contains("the database that was there is now"), "{said}");
        }
        Way::FileByHand => {
            let file = town.database.file().expect("a file");
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{file}{ending}"));
            }
            std::fs::copy(copy, file).expect("the copy in its place");
            town.database.tamper(&[AN_HOUR_OLDER]).await;
        }
        Way::DumpMarked => {
            load(town, copy).await;
            let said = succeed(url, &["restore", "--mark"]);
            assert!(said.contains("marked as restored"), "{said}");
        }
        Way::DumpOnly => {
            load(town, copy).await;
            town.database.tamper(&[AN_HOUR_OLDER]).await;
        }
    }
}

async fn load(town: &Town, dump: &Path) {
    town.database.make_anew().await;
    postgres_tool(
        "psql",
        &[
            "--quiet",
            "--no-psqlrc",
            "--set",
            "ON_ERROR_STOP=1",
            "--file",
            argument(dump),
            &town.database.url,
        ],
    );
}

async fn wait_until(what: &str, met: impl Fn() -> bool) {
    for _ in 0..1200 {
        if met() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: not within a minute");
}

/// Waits until the gateway has found on the platform what left, and knows of the last one that it did not.
async fn looked_for(town: &Town) {
    let inspection = Inspection::open(&town.database.location())
        .await
        .expect("the database");
    let mut counts = Vec::new();
    for _ in 0..600 {
        let mut reader = inspection.read().await.expect("a reader");
        counts = deliveries::count_by_state(&mut reader).await.expect("counts");
        let held = deliveries::attention(&mut reader, town.organization)
            .await
            .expect("deliveries");
        drop(reader);
        let looked = held.iter().all(|stored| !stored.delivery.state.may_be_out());
        if counts.contains(&(DeliveryPhase::Published, 3)) && looked {
            assert!(counts.contains(&(DeliveryPhase::Held, 1)), "{counts:?}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not all of it was looked for: {counts:?}");
}

/// A person sees what happened, lifts the hold, which sends nothing, and gives the last post a new time.
async fn decided(town: &Town, posts: &Posts) {
    let service = &town.app.service;
    for found in [posts.out_before, posts.in_flight, posts.out_after] {
        assert_eq!(town.phases(found).await, [DeliveryPhase::Published]);
    }
    let (cause, _) = town.held_for(posts.never_out).await;
    assert_eq!(cause, HoldCause::Hold, "looked for, and not found");
    let officer = &town.people.duty_officer;
    let holds = service.holds(officer).await.expect("holds");
    let [hold] = holds.as_slice() else {
        panic!("one hold: {holds:?}");
    };
    assert_eq!(hold.set_by, None, "the gateway's own");
    service.lift_hold(officer, hold.id).await.expect("lifted");
    town.work().await;
    assert_eq!(town.sandbox.counts().statuses, 3, "a lifted hold sends nothing");
    let again = soon(town, TimeDelta::zero());
    let chief = &town.people.section_chief;
    service
        .reschedule(chief, posts.never_out, again)
        .await
        .expect("another time");
    town.run_until(posts.never_out, DeliveryPhase::Published).await;
}

/// Where the platform cannot be read, a person says what is the case.
#[tokio::test(flavor = "multi_thread")]
async fn where_the_platform_cannot_be_read_a_person_decides() {
    let mut town = Town::on(Kind::Sqlite).await.expect("a town");
    let at = soon(&town, TimeDelta::hours(1));
    let draft = |text: &str| Draft {
        timing: Timing::At(at),
        range: Some((at - TimeDelta::days(1), at + TimeDelta::days(1))),
        ..town.draft(text)
    };
    let [one, two] = [
        town.walk(draft("市民プールは今月末で終わります。")).await,
        town.walk(draft("秋の収穫祭の出店者を募集しています。")).await,
    ];
    town.app.store.close().await;
    succeed(&town.database.url, &["restore", "--mark"]);
    let unreadable = FaultRule {
        on: On::Read,
        account: None,
        times: None,
        skip: 0,
        fault: Fault::Status { code: 503 },
    };
    town.set_faults(FaultPlan {
        faults: vec![unreadable],
    })
    .await;
    let mut serving = gateway(&town.database.url)
        .arg("serve")
        .spawn()
        .expect("the gateway starts");
    town.database.wait_for(DeliveryPhase::Held, 2).await;
    kill(&mut serving);

    town.app = reopened(&town).await;
    let (service, chief) = (&town.app.service, &town.people.section_chief);
    let [first, second] = [town.delivery(one).await, town.delivery(two).await];
    assert!(first.state.may_be_out() && second.state.may_be_out());
    let early = service
        .reschedule(chief, one, soon(&town, TimeDelta::zero()))
        .await;
    assert!(matches!(early, Err(ServiceError::Conflict(_))), "{early:?}");
    let remote = sekisho::domain::attempt::RemoteRef {
        id: "1".to_owned(),
        url: None,
    };
    let settling = |resolution| Settling {
        seen: None,
        resolution,
        reason: "タイムラインで確認しました".to_owned(),
    };
    let is_out = Resolution::IsOut(remote);
    service
        .resolve(chief, first.id, settling(is_out))
        .await
        .expect("a decision");
    service
        .resolve(chief, second.id, settling(Resolution::IsNotOut))
        .await
        .expect("a decision");
    assert_eq!(town.phases(one).await, [DeliveryPhase::Published]);
    assert!(matches!(
        town.delivery(two).await.state,
        DeliveryState::Waiting { .. }
    ));
    assert!(town.sandbox.arrivals().is_empty());
    town.app.store.close().await;
}
