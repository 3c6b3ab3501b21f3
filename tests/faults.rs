//! SIGKILL at each step of the publish protocol, on the real binary, on both databases: nothing doubled,
//! nothing lost, every doubt surfaced. `SEKISHO_FAULTS` says how many rounds of it.

use std::{
    process::{Child, ExitStatus},
    time::Duration,
};

use rstest::rstest;
use sekisho::{
    domain::delivery::DeliveryPhase,
    sandbox::{Counts, Fault, FaultPlan, FaultRule, On},
    store::{Store, deliveries},
};

use crate::support::{
    Clocked, Town,
    database::Kind,
    number,
    process::{gateway, terminate},
    town::ALWAYS_OPEN,
};

/// The points of the protocol, in its order, each with the how-manieth time the process dies there, and how
/// many times later in each further round. There are not many claims.
const POINTS: &[(&str, u32, u32)] = &[
    ("claimed", 2, 0),
    ("permitted", 9, 1),
    ("intending", 11, 1),
    ("intended", 13, 1),
    ("answered", 17, 1),
    ("recording", 19, 1),
    ("recorded", 23, 1),
];

const POSTS: usize = 200;

fn serve(town: &Town, point: Option<String>) -> Child {
    let mut command = gateway(&town.database.url);
    command.arg("serve");
    if let Some(point) = point {
        command.env("SEKISHO_FAULT_POINT", point);
    }
    command.spawn().expect("the gateway starts")
}

/// Waits for a child to die by itself, as its fault point orders.
async fn death(child: &mut Child) -> ExitStatus {
    for _ in 0..600 {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let _ = child.kill();
    panic!("the gateway did not reach its fault point");
}

/// Waits until the sandbox shows `wanted` posts, or for a minute.
async fn visible(town: &Town, wanted: usize) -> Counts {
    for _ in 0..1200 {
        if town.sandbox.statuses().len() >= wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    town.sandbox.counts()
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_step_nothing_is_doubled_and_nothing_is_lost(#[case] kind: Kind) {
    for round in 0..number("SEKISHO_FAULTS", 1) {
        let town = Town::build(kind, Clocked::System, ALWAYS_OPEN).await;
        let Some(town) = town else { return };
        killed_at_every_step(&town, round).await;
    }
}

async fn killed_at_every_step(town: &Town, round: u32) {
    for number in 0..POSTS {
        town.approved(&format!("お知らせ その{number}")).await;
    }
    town.app.store.close().await;
    for (point, first, later) in POINTS {
        use std::os::unix::process::ExitStatusExt as _;
        let point = format!("{point}:{}", first + later * round);
        let status = death(&mut serve(town, Some(point.clone()))).await;
        assert_eq!(status.signal(), Some(9), "killed at {point}");
    }
    killed_while_requests_are_under_way(town).await;
    let mut last = serve(town, None);
    let counts = visible(town, POSTS).await;
    settled(town).await;
    assert!(terminate(&mut last).success(), "a soft stop is a success");
    assert_eq!(
        (counts.statuses, counts.duplicates),
        (POSTS, 0),
        "visible and doubled"
    );
    surfaced(town).await;
    let verified = gateway(&town.database.url)
        .args(["ledger", "verify"])
        .status()
        .expect("a verification");
    assert!(verified.success(), "the ledger is whole");
}

/// The process dies while the platform works on its requests: some were taken, some were not.
async fn killed_while_requests_are_under_way(town: &Town) {
    let rule = |times, fault| FaultRule {
        on: On::Publish,
        account: None,
        times: Some(times),
        skip: 0,
        fault,
    };
    let plan = vec![
        rule(4, Fault::AcceptThenHang { ms: 900 }),
        rule(4, Fault::Delay { ms: 700 }),
        rule(4, Fault::CutBefore),
        rule(4, Fault::LandLate { ms: 300 }),
    ];
    town.set_faults(FaultPlan { faults: plan }).await;
    let before = town.sandbox.arrivals().len();
    let mut child = serve(town, None);
    for _ in 0..600 {
        if town.sandbox.arrivals().len() >= before + 10 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("it is dead");
    town.set_faults(FaultPlan::default()).await;
}

/// Gives outcomes that are on their way the time to be recorded.
async fn settled(town: &Town) {
    let mut before = 0;
    for _ in 0..40 {
        let arrivals = town.sandbox.arrivals().len();
        if arrivals == before {
            tokio::time::sleep(Duration::from_millis(500)).await;
            if town.sandbox.arrivals().len() == arrivals {
                return;
            }
        }
        before = arrivals;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Every delivery is out, or stands where a person sees it.
async fn surfaced(town: &Town) {
    let store = Store::open(&town.database.location())
        .await
        .expect("the database");
    let mut reader = store.read().await.expect("a reader");
    let counts = deliveries::count_by_state(&mut reader).await.expect("counts");
    drop(reader);
    store.close().await;
    let of = |phase| {
        counts
            .iter()
            .find(|(known, _)| *known == phase)
            .map_or(0, |(_, count)| *count)
    };
    let seen_by_a_person = of(DeliveryPhase::Unknown) + of(DeliveryPhase::NeedsHuman);
    let out = of(DeliveryPhase::Published);
    assert_eq!(
        out + seen_by_a_person,
        i64::try_from(POSTS).expect("a number"),
        "{counts:?}"
    );
}
