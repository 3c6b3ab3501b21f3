//! Platforms that answer badly, late, or not at all, in front of a real process with a full queue.

use rstest::rstest;
use sekisho::sandbox::Fault;

use super::{End, Row};
use crate::support::database::Kind;

/// Some of the first requests meet the fault, the rest do not.
async fn meets(name: &'static str, kind: Kind, times: u64, faults: &[Fault]) {
    let Some(row) = Row::ready(name, kind, 20).await else {
        return;
    };
    let plan: Vec<_> = faults.iter().map(|fault| (Some(times), fault.clone())).collect();
    row.platform(&plan).await;
    row.end_with_another(End::AllOut).await;
}

/// Everything at once, in one queue.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn every_fault_in_one_queue(#[case] kind: Kind) {
    let faults = [
        Fault::Delay { ms: 300 },
        Fault::TooManyRequests { retry_after_s: 1 },
        Fault::Status { code: 500 },
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::AnswerTwice,
        Fault::AcceptThenHtml { code: 200 },
        Fault::SlowDrip { ms_per_byte: 20 },
        Fault::LandLate { ms: 300 },
        Fault::AcceptThenStatus { code: 500 },
    ];
    meets("platform: every fault in one queue", kind, 1, &faults).await;
}

#[rstest]
#[case::delay("platform: delay of 700 ms", Fault::Delay { ms: 700 })]
#[case::limited("platform: 429", Fault::TooManyRequests { retry_after_s: 1 })]
#[case::five_hundred("platform: 500", Fault::Status { code: 500 })]
#[case::accepted_then_five_hundred("platform: accepted, then 500", Fault::AcceptThenStatus { code: 500 })]
#[case::cut_before("platform: cut before accepting", Fault::CutBefore)]
#[case::cut_after("platform: cut after accepting", Fault::CutAfter)]
#[case::hangs("platform: accepted, then silence", Fault::AcceptThenHang { ms: 3000 })]
#[case::twice("platform: answer twice over", Fault::AnswerTwice)]
#[case::html("platform: HTML instead of JSON", Fault::Html { code: 502 })]
#[case::accepted_html("platform: accepted, then HTML", Fault::AcceptThenHtml { code: 200 })]
#[case::drip("platform: slow drip", Fault::SlowDrip { ms_per_byte: 20 })]
#[case::late("platform: cut, lands later", Fault::LandLate { ms: 700 })]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn one_fault(
    #[case] name: &'static str,
    #[case] fault: Fault,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    meets(name, kind, 8, &[fault]).await;
}

/// Without keys nothing is sent twice: a doubt is looked up, and what is not found waits for a person.
#[rstest]
#[case::cut_before("no keys: cut before accepting", Fault::CutBefore)]
#[case::cut_after("no keys: cut after accepting", Fault::CutAfter)]
#[case::late("no keys: cut, lands later", Fault::LandLate { ms: 700 })]
#[case::drip("no keys: slow drip", Fault::SlowDrip { ms_per_byte: 20 })]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn one_fault_without_keys(
    #[case] name: &'static str,
    #[case] fault: Fault,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(row) = Row::ready_without_keys(name, kind, 10).await else {
        return;
    };
    row.platform(&[(Some(3), fault)]).await;
    let node = row.node().start();
    row.settled().await;
    let arrivals = row.town.sandbox.arrivals().len();
    assert_eq!(arrivals, 10, "one request for each post");
    node.stop().await;
    row.finish(End::OutOrSeen).await;
}
