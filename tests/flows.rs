//! One account's trouble never delays another's: circuits, budgets of platforms, slow servers.

use std::time::Duration as Span;

use rstest::rstest;
use sekisho::{
    dispatch::{DispatchConfig, Dispatcher},
    domain::{
        delivery::DeliveryPhase,
        ids::{AccountId, PostId},
    },
    sandbox::{Fault, FaultPlan, FaultRule, On, RateLimit, Sandbox, SandboxConfig},
    service::{Draft, DraftTarget},
};

use crate::support::{
    Town,
    database::Kind,
    raw::Raw,
    town::{quick_dispatch, register},
};

fn to(account: AccountId, draft: Draft) -> Draft {
    Draft {
        targets: vec![DraftTarget {
            account,
            text: None,
            media: Vec::new(),
            parts: None,
            refers_to: None,
            audience: None,
        }],
        ..draft
    }
}

async fn posts(town: &Town, account: AccountId, count: usize) -> Vec<PostId> {
    let mut all = Vec::with_capacity(count);
    for number in 0..count {
        let draft = to(account, town.draft(&format!("お知らせの{number}番です。")));
        all.push(town.walk(draft).await);
    }
    all
}

async fn are(town: &Town, posts: &[PostId], wanted: DeliveryPhase) -> bool {
    for post in posts {
        if town.phases(*post).await != [wanted] {
            return false;
        }
    }
    true
}

/// Has nodes work, all at once, until posts are out, and looks after each round.
async fn rounds_until_out(
    town: &Town,
    nodes: &[&Dispatcher],
    posts: &[PostId],
    mut after_each: impl AsyncFnMut(),
) {
    for _ in 0..1000 {
        if are(town, posts, DeliveryPhase::Published).await {
            return;
        }
        for round in futures::future::join_all(nodes.iter().map(|node| node.round())).await {
            round.expect("a round");
        }
        for node in nodes {
            node.idle().await;
        }
        after_each().await;
        tokio::time::sleep(Span::from_millis(10)).await;
    }
    panic!("not all are out: {:?}", town.database.ask(TOLD).await);
}

fn fails(account: &str, times: Option<u64>, fault: Fault) -> FaultPlan {
    FaultPlan {
        faults: vec![FaultRule {
            on: On::Publish,
            account: Some(account.to_owned()),
            times,
            skip: 0,
            fault,
        }],
    }
}

/// What the ledger tells of circuits, in order.
const TOLD: Raw = Raw::same(
    "SELECT verb FROM ledger_entries WHERE verb IN ('account.paused', 'account.resumed') ORDER BY id",
);

async fn under_way(town: &Town, posts: &[PostId]) -> usize {
    let mut count = 0;
    for post in posts {
        count += usize::from(town.phases(*post).await == [DeliveryPhase::Publishing]);
    }
    count
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn failures_open_the_circuit_of_one_account_and_a_success_closes_it(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let other = register(
        &town.app,
        town.organization,
        town.division,
        &town.sandbox,
        "bosai",
    )
    .await;
    // 425 is a clear "not now" without a time.
    town.set_faults(fails("koho", Some(4), Fault::Status { code: 425 }))
        .await;
    let failing = posts(&town, town.account, 3).await;
    let free = posts(&town, other, 2).await;
    let mut paused = false;
    rounds_until_out(&town, &[&town.app.dispatcher], &failing, async || {
        let flows = town.app.service.flows(&town.people.clerk).await.expect("flows");
        if let [flow] = flows.as_slice() {
            paused |= flow.account == town.account && flow.is_broken();
        }
        if paused {
            assert!(
                are(&town, &free, DeliveryPhase::Published).await,
                "the other account is free"
            );
        }
    })
    .await;
    assert!(paused);
    assert_eq!(
        town.database.ask(TOLD).await,
        ["account.paused", "account.resumed"]
    );
    let flows = town.app.service.flows(&town.people.clerk).await.expect("flows");
    assert_eq!(flows, [], "nothing is left of it");
    assert_eq!(town.visible().len(), 5);
}

/// Two nodes, one budget: the server never has to refuse anything, and nothing is lost.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_platforms_budget_is_shared_by_all_nodes(#[case] kind: Kind) {
    const ALL: usize = 24;
    let Some(town) = Town::on(kind).await else { return };
    let limited = Sandbox::start(SandboxConfig {
        accounts: vec![("koho".to_owned(), "koho-token".to_owned())],
        rate_limit: RateLimit {
            limit: 10,
            window: Span::from_secs(2),
            enforced: true,
        },
        ..SandboxConfig::default()
    })
    .await
    .expect("a sandbox");
    let account = register(&town.app, town.organization, town.division, &limited, "koho").await;
    let all = posts(&town, account, ALL).await;
    let second = town.other_dispatcher(narrow("second"));
    let first = town.other_dispatcher(narrow("first"));
    rounds_until_out(&town, &[&first, &second], &all, async || {}).await;
    let arrived = limited.arrivals();
    let refused = arrived
        .iter()
        .filter(|arrival| arrival.http_status == Some(429))
        .count();
    assert_eq!((limited.statuses().len(), refused), (ALL, 0), "{arrived:?}");
}

/// Few at once, so that what the server tells is known before more begin.
fn narrow(worker: &str) -> DispatchConfig {
    DispatchConfig {
        account_in_flight: 2,
        ..quick_dispatch(worker)
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_slow_platform_delays_no_other_account(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let other = register(
        &town.app,
        town.organization,
        town.division,
        &town.sandbox,
        "bosai",
    )
    .await;
    town.set_faults(fails("koho", None, Fault::Delay { ms: 1500 }))
        .await;
    let slow = posts(&town, town.account, 12).await;
    let quick = posts(&town, other, 3).await;
    let node = town.other_dispatcher(DispatchConfig {
        in_flight: 8,
        account_in_flight: 4,
        ..quick_dispatch("narrow")
    });
    for _ in 0..3 {
        node.round().await.expect("a round");
    }
    // All that the slow account may have under way is under way, and the others are through.
    rounds_until_out(&town, &[], &quick, async || {}).await;
    assert!(
        !are(&town, &slow[..1], DeliveryPhase::Published).await,
        "it is slow"
    );
    assert!(under_way(&town, &slow).await <= 4);
    node.idle().await;
}
