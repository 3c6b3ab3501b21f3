//! SIGKILL at each step of the publish protocol. `SEKISHO_FAULTS` says how many rounds.

use rstest::rstest;
use sekisho::sandbox::{Fault, Rotation, TokenPlan};

use super::{End, Row};
use crate::support::{database::Kind, number};

/// The points of the protocol, in its order, each with the how-manieth time the process dies there, and how
/// many times later in each further round. There are not many transactions: what is ready shares one.
const POINTS: &[(&str, u32, u32)] = &[
    ("woken", 2, 0),
    ("claimed", 1, 0),
    ("permitted", 9, 1),
    ("intending", 2, 0),
    ("intended", 13, 1),
    ("answered", 17, 1),
    ("recording", 2, 0),
    ("recorded", 23, 1),
];

const POSTS: usize = 200;

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn k4_to_k12_at_every_step_of_one_queue(#[case] kind: Kind) {
    for round in 0..number("SEKISHO_FAULTS", 1) {
        let row = Row::ready("K4–K12 at every step, one queue", kind, POSTS).await;
        let Some(row) = row else { return };
        for (point, first, later) in POINTS {
            let point = format!("{point}:{}", first + later * round);
            row.node().dying_at(&point).start().death(&point).await;
        }
        killed_while_requests_are_under_way(&row).await;
        row.end_with_another(End::AllOut).await;
    }
}

/// The process dies while the platform works on its requests: some were taken, some were not.
async fn killed_while_requests_are_under_way(row: &Row) {
    row.platform(&[
        (Some(4), Fault::AcceptThenHang { ms: 900 }),
        (Some(4), Fault::Delay { ms: 700 }),
        (Some(4), Fault::CutBefore),
        (Some(4), Fault::LandLate { ms: 300 }),
    ])
    .await;
    let before = row.town.sandbox.arrivals().len();
    let node = row.node().start();
    row.arrived(before + 10).await;
    node.kill();
    row.platform(&[]).await;
}

/// One death each; a platform with keys takes the same request again, and one post is visible.
#[rstest]
#[case::k4("K4 woken, before the claim", "woken:2")]
#[case::k5("K5 claimed, before the intent", "claimed:1")]
#[case::k5b("K5 permitted, before the intent", "permitted:3")]
#[case::k5c("K5 inside the intent's transaction", "intending:2")]
#[case::k6("K6 intent committed, no byte sent", "intended:3")]
#[case::k10("K10 answer read, not recorded", "answered:3")]
#[case::k11("K11 inside the outcome's transaction", "recording:2")]
#[case::k12("K12 outcome recorded", "recorded:3")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn at_a_point(
    #[case] name: &'static str,
    #[case] point: &str,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(row) = Row::ready(name, kind, 20).await else {
        return;
    };
    row.node().dying_at(point).start().death(point).await;
    row.end_with_another(End::AllOut).await;
}

/// The same where the platform has no keys: what may be out is looked up and never sent again.
#[rstest]
#[case::k6("K6 intent committed, platform without keys", "intended:3")]
#[case::k10("K10 answer read, platform without keys", "answered:3")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn at_a_point_without_keys(
    #[case] name: &'static str,
    #[case] point: &str,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(row) = Row::ready_without_keys(name, kind, 10).await else {
        return;
    };
    row.node().dying_at(point).start().death(point).await;
    row.end_with_another(End::OutOrSeen).await;
}

/// Killed from outside while the platform holds the requests.
#[rstest]
#[case::k7("K7 mid-request, it lands later", Fault::LandLate { ms: 700 })]
#[case::k8("K8 sent, platform has not committed", Fault::Delay { ms: 900 })]
#[case::k9("K9 platform has committed, answer lost", Fault::AcceptThenHang { ms: 900 })]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn under_way(
    #[case] name: &'static str,
    #[case] fault: Fault,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(row) = Row::ready(name, kind, 20).await else {
        return;
    };
    row.platform(&[(Some(10), fault)]).await;
    let node = row.node().start();
    row.arrived(5).await;
    node.kill();
    row.end_with_another(End::AllOut).await;
}

/// The process dies in the middle of a refresh: before it, with the new token in hand and nothing written, or
/// after it was stored and before it was used. Only a token that is lost on a platform that takes no old one a
/// second time calls a person, and then every post stands where people see it.
#[rstest]
#[case::before(
    "K13 refresh written down, not asked for",
    "refreshing",
    Rotation::Strict,
    End::AllOut
)]
#[case::stored("K13 new token stored, not used", "renewed", Rotation::Strict, End::AllOut)]
#[case::lost(
    "K13 new token lost, old one still taken",
    "refreshed",
    Rotation::Lenient,
    End::AllOut
)]
#[case::spent(
    "K13 new token lost, old one spent",
    "refreshed",
    Rotation::Strict,
    End::OutOrSeen
)]
#[tokio::test(flavor = "multi_thread")]
async fn k13_during_a_token_refresh(
    #[case] name: &'static str,
    #[case] point: &str,
    #[case] rotation: Rotation,
    #[case] end: End,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(mut row) = Row::begin(name, kind, 10).await else {
        return;
    };
    let plan = |life_seconds| TokenPlan {
        life_seconds,
        rotation,
        lose_answers: 0,
    };
    // It is to be renewed at once; the next one is good for an hour.
    row.town.consent(plan(1)).await;
    let lasting = serde_json::to_value(plan(3600)).expect("a plan");
    row.town.control("tokens", lasting).await;
    row.hand_over().await;
    row.node().dying_at(point).start().death(point).await;
    // Everything may have left before the first one died: a stop is for one that stands.
    let (last, _) = row.node().start_listening();
    row.end_with(last, end).await;
}
