//! A series (連投) leaves part by part, stops where nobody can tell, and is taken back whole; on both databases,
//! over real HTTP.

use rstest::rstest;
use sekisho::{
    domain::{
        attempt::RemoteRef,
        delivery::{DeliveryPhase, Resolution},
        hold::HoldScope,
        ids::PostId,
        post::Summary,
        revision::{Act, Part},
        withdrawal::WithdrawalPhase,
    },
    sandbox::{Fault, FaultPlan, FaultRule, On},
    service::{Draft, DraftTarget, Need, Once, ServiceError, Settling},
};

use crate::support::{PATIENCE, Town, database::Kind};

fn part(text: &str) -> Part {
    Part {
        text: text.to_owned(),
        ..Part::default()
    }
}

fn series(town: &Town, texts: &[&str]) -> Draft {
    Draft {
        text: None,
        parts: Some(texts.iter().map(|text| part(text)).collect()),
        ..town.draft("")
    }
}

const THREE: [&str; 3] = ["断水のお知らせです。", "対象は本町です。", "給水所は市役所です。"];

/// The `skip`-th request is accepted, and its answer is lost.
async fn lose_answer(town: &Town, on: On, skip: u64) {
    let rule = FaultRule {
        on,
        account: None,
        times: Some(1),
        skip,
        fault: Fault::CutAfter,
    };
    town.set_faults(FaultPlan { faults: vec![rule] }).await;
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_series_leaves_in_order_and_each_part_answers_the_one_before(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let post = town.walk(series(&town, &THREE)).await;
    town.run_until(post, DeliveryPhase::Published).await;
    assert_eq!(town.arrived(), THREE);
    let statuses = town.sandbox.statuses();
    let of = |text: &str| {
        statuses
            .iter()
            .find(|status| status.text == text)
            .expect("a status")
    };
    assert_eq!(of(THREE[0]).in_reply_to_id, None);
    assert_eq!(of(THREE[1]).in_reply_to_id.as_ref(), Some(&of(THREE[0]).id));
    assert_eq!(of(THREE[2]).in_reply_to_id.as_ref(), Some(&of(THREE[1]).id));
    let delivery = town.delivery(post).await;
    assert_eq!((delivery.series.out(), delivery.series.parts()), (3, 3));
    assert_eq!(
        delivery.series.first().map(|remote| &remote.id),
        Some(&of(THREE[0]).id)
    );
}

/// Where keys are honoured the lost answer is asked for again under its own key, and the series goes on.
#[rstest]
#[case(0)]
#[case(1)]
#[case(2)]
#[tokio::test]
async fn never_twice_a_lost_answer_inside_a_series_is_found_under_its_key(#[case] lost: u64) {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    lose_answer(&town, On::Publish, lost).await;
    let post = town.walk(series(&town, &THREE)).await;
    town.run_until(post, DeliveryPhase::Published).await;
    let mut visible = town.visible();
    visible.sort_unstable();
    let mut expected = THREE.to_vec();
    expected.sort_unstable();
    assert_eq!(visible, expected);
    assert_eq!(town.arrived().len(), 4);
}

/// After a part that nobody can tell of nothing follows, until a person found it.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn after_an_unknown_part_nothing_follows(#[case] kind: Kind) {
    let Some(town) = crate::publish::keyless(kind).await else {
        return;
    };
    let rule = FaultRule {
        on: On::Publish,
        account: None,
        times: Some(1),
        skip: 1,
        fault: Fault::CutBefore,
    };
    town.set_faults(FaultPlan { faults: vec![rule] }).await;
    let post = town.walk(series(&town, &THREE)).await;
    town.run_until(post, DeliveryPhase::NeedsHuman).await;
    assert_eq!(town.visible(), [THREE[0]]);
    let delivery = town.delivery(post).await;
    assert_eq!(delivery.series.out(), 1);
    let settling = Settling {
        seen: delivery.state.in_doubt(),
        resolution: Resolution::IsNotOut,
        reason: "画面で確認".into(),
    };
    let director = &town.people.director;
    let service = &town.app.service;
    service
        .resolve(director, delivery.id, settling)
        .await
        .expect("a resolution");
    town.run_until(post, DeliveryPhase::Published).await;
    assert_eq!(town.visible().len(), 3);
}

/// What a person found is where the next part goes on from.
#[tokio::test]
async fn a_series_goes_on_from_what_a_person_found() {
    let Some(town) = crate::publish::keyless(Kind::Sqlite).await else {
        return;
    };
    let hidden = FaultRule {
        on: On::Read,
        account: None,
        times: None,
        skip: 0,
        fault: Fault::Status { code: 500 },
    };
    let lost = FaultRule {
        on: On::Publish,
        account: None,
        times: Some(1),
        skip: 1,
        fault: Fault::CutAfter,
    };
    town.set_faults(FaultPlan {
        faults: vec![lost, hidden],
    })
    .await;
    let post = town.walk(series(&town, &THREE)).await;
    town.run_until(post, DeliveryPhase::NeedsHuman).await;
    let second = town
        .sandbox
        .statuses()
        .into_iter()
        .find(|status| status.text == THREE[1]);
    let found = second.expect("it is out").id;
    let delivery = town.delivery(post).await;
    let settling = Settling {
        seen: delivery.state.in_doubt(),
        resolution: Resolution::IsOut(RemoteRef {
            id: found.clone(),
            url: None,
        }),
        reason: "画面で確認".into(),
    };
    let service = &town.app.service;
    service
        .resolve(&town.people.director, delivery.id, settling)
        .await
        .expect("a resolution");
    town.run_until(post, DeliveryPhase::Published).await;
    let last = town
        .sandbox
        .statuses()
        .into_iter()
        .find(|status| status.text == THREE[2]);
    assert_eq!(last.expect("it is out").in_reply_to_id, Some(found));
}

async fn taken_back(town: &Town, post: PostId) -> Vec<WithdrawalPhase> {
    let service = &town.app.service;
    let orders = service
        .withdrawals(&town.people.clerk, post)
        .await
        .expect("the orders");
    orders.iter().map(|order| order.state.phase()).collect()
}

async fn work_until_gone(town: &Town, post: PostId) {
    for _ in 0..200 {
        town.app.dispatcher.withdraw().await.expect("a round");
        let phases = taken_back(town, post).await;
        if phases.iter().all(|phase| *phase == WithdrawalPhase::Withdrawn) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("not gone: {:?}", taken_back(town, post).await);
}

/// An approver's click takes a whole series back, a hold notwithstanding, and a lost answer too.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn what_is_out_is_taken_back_by_an_approver(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (service, people) = (&town.app.service, &town.people);
    let post = town.walk(series(&town, &THREE)).await;
    town.run_until(post, DeliveryPhase::Published).await;
    let refused = service.withdraw(&people.clerk, post, "誤り".into()).await;
    assert!(
        matches!(refused, Err(ServiceError::Forbidden(Need::Scope | Need::Role))),
        "{refused:?}"
    );
    service
        .set_hold(
            &people.director,
            HoldScope::Account(town.account),
            "確認中".into(),
            PATIENCE,
            Once::unkeyed(),
        )
        .await
        .expect("a hold");
    lose_answer(&town, On::Delete, 1).await;
    let taken = service
        .withdraw(&people.director, post, "日付の誤り".into())
        .await
        .expect("an order");
    assert_eq!(taken.withdrawals.len(), 3);
    // Ordered twice, it is one order.
    let again = service
        .withdraw(&people.director, post, "日付の誤り".into())
        .await
        .expect("an order");
    assert_eq!(again.withdrawals.len(), 3);
    work_until_gone(&town, post).await;
    assert_eq!(town.visible(), [""; 0]);
    assert!(town.verify(&[]).await.problems.is_empty());
}

/// Of a series that has begun, the rest is taken back before it leaves.
#[tokio::test]
async fn the_rest_of_a_series_is_cancelled_when_it_is_taken_back() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let rule = FaultRule {
        on: On::Publish,
        account: None,
        times: None,
        skip: 1,
        fault: Fault::TooManyRequests { retry_after_s: 3600 },
    };
    town.set_faults(FaultPlan { faults: vec![rule] }).await;
    let post = town.walk(series(&town, &THREE)).await;
    for _ in 0..100 {
        town.work().await;
        if town.arrived().len() >= 2 && town.delivery(post).await.state.phase() == DeliveryPhase::Waiting {
            break;
        }
    }
    assert_eq!(town.visible(), [THREE[0]]);
    let edited =
        town.app
            .service
            .edit_post(&town.people.clerk, post, None, crate::support::steps::no_change());
    assert!(edited.await.is_err(), "what has begun is not edited");
    let service = &town.app.service;
    let taken = service
        .withdraw(&town.people.director, post, "中止".into())
        .await
        .expect("an order");
    assert_eq!((taken.withdrawals.len(), taken.cancelled.len()), (1, 1));
    work_until_gone(&town, post).await;
    assert_eq!(town.visible(), [""; 0]);
    let view = town.view(post).await;
    assert!(
        matches!(&view.post.state, sekisho::domain::post::PostState::Completed { summary, .. } if *summary == Summary::Partial),
        "{:?}",
        view.post.state
    );
}

/// A repost passes the gate like any post and has no words of its own.
#[tokio::test]
async fn a_repost_says_nothing_of_its_own() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let target = DraftTarget {
        account: town.account,
        text: None,
        media: Vec::new(),
        parts: None,
        refers_to: Some("109".into()),
        audience: None,
    };
    let draft = |text: Option<&str>| Draft {
        act: Act::Repost,
        text: text.map(str::to_owned),
        targets: vec![target.clone()],
        ..town.draft("")
    };
    let service = &town.app.service;
    let said = service
        .create_post(&town.people.clerk, draft(Some("こちらも")), Once::unkeyed())
        .await;
    assert!(matches!(said, Err(ServiceError::Invalid(_))), "{said:?}");
    let view = town.submit(draft(None)).await;
    assert_eq!(view.revision.content.payloads()[0].parts, [Part::default()]);
}
