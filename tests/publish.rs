//! From a clerk's draft to a platform's timeline, over real HTTP, on both databases: every answer that a
//! platform can give, and what becomes of the delivery.

use chrono::Duration;
use rstest::rstest;
use sekisho::{
    domain::{
        attempt::RemoteRef,
        delivery::{DeliveryPhase, Resolution},
        hold::HoldScope,
        ids::PostId,
    },
    sandbox::{Fault, FaultPlan, FaultRule, On},
    service::{Approval, Change, Conflict, DeliveryView, Once, Retiming, ServiceError, Settling, Submission},
};

use crate::support::{PATIENCE, Town, database::Kind, steps::japan};

fn fault(times: u64, fault: Fault) -> FaultPlan {
    FaultPlan {
        faults: vec![FaultRule {
            on: On::Publish,
            account: None,
            times: Some(times),
            skip: 0,
            fault,
        }],
    }
}

/// Visible posts and arrived requests.
fn seen(town: &Town) -> (usize, usize) {
    (town.sandbox.statuses().len(), town.sandbox.arrivals().len())
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn what_was_approved_is_out_once_exactly_as_signed(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let post = town.approved("図書館は明日、休館します。").await;
    town.run_until(post, DeliveryPhase::Published).await;
    assert_eq!(seen(&town), (1, 1));
    assert_eq!(town.sandbox.statuses()[0].text, "図書館は明日、休館します。");
    let view = town
        .app
        .service
        .post(&town.people.clerk, post)
        .await
        .expect("the post");
    assert_eq!(view.post.state.phase().as_str(), "completed");
}

/// What may be out is repeated under its key where the server honours keys: one post, whatever the server
/// did with the first request.
#[rstest]
#[case::refused_for_now(Fault::TooManyRequests { retry_after_s: 1 }, 2)]
#[case::cut_before(Fault::CutBefore, 2)]
#[case::cut_after(Fault::CutAfter, 2)]
#[case::five_hundred(Fault::Status { code: 500 }, 2)]
#[case::accepted_then_five_hundred(Fault::AcceptThenStatus { code: 500 }, 2)]
#[case::a_page_instead_of_an_answer(Fault::AcceptThenHtml { code: 200 }, 2)]
#[case::a_gateway_page(Fault::Html { code: 502 }, 2)]
#[case::answered_twice(Fault::AnswerTwice, 2)]
#[case::too_slow(Fault::AcceptThenHang { ms: 2500 }, 2)]
#[tokio::test]
async fn never_twice_never_lost_where_keys_are_honoured(#[case] plan: Fault, #[case] arrivals: usize) {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    town.set_faults(fault(1, plan)).await;
    let post = town.approved("水道工事のため断水します。").await;
    town.run_until(post, DeliveryPhase::Published).await;
    assert_eq!(seen(&town), (1, arrivals));
}

/// Outcomes that are known at the same time share a transaction, and each is recorded for itself.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn what_ends_together_ends_each_for_itself(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let answers = [
        Fault::Status { code: 422 },
        Fault::TooManyRequests { retry_after_s: 1 },
        Fault::CutAfter,
        Fault::AcceptThenHtml { code: 200 },
    ];
    let faults = answers.map(|answer| fault(1, answer).faults);
    town.set_faults(FaultPlan {
        faults: faults.concat(),
    })
    .await;
    let mut posts = Vec::new();
    for number in 0..12 {
        posts.push(town.approved(&format!("お知らせの{number}番です。")).await);
    }
    let mut ended = Vec::new();
    for _ in 0..600 {
        town.app.dispatcher.round().await.expect("a round");
        town.app.dispatcher.idle().await;
        ended.clear();
        for post in &posts {
            ended.extend(town.phases(*post).await);
        }
        if ended.iter().all(|phase| phase.is_final()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let count = |wanted| ended.iter().filter(|phase| **phase == wanted).count();
    assert_eq!(
        (count(DeliveryPhase::Failed), count(DeliveryPhase::Published)),
        (1, 11),
        "{ended:?}"
    );
    assert_eq!(town.sandbox.statuses().len(), 11, "each once");
}

/// Without a key nothing is sent again: what landed is found, what did not needs a person.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn without_keys_a_doubt_is_looked_up_and_never_sent_again(#[case] kind: Kind) {
    let Some(town) = keyless(kind).await else { return };
    town.set_faults(fault(1, Fault::CutAfter)).await;
    let landed = town.approved("一つ目の投稿です。").await;
    town.run_until(landed, DeliveryPhase::Published).await;
    assert_eq!(seen(&town), (1, 1));
    town.set_faults(fault(1, Fault::CutBefore)).await;
    let lost = town.approved("二つ目の投稿です。").await;
    town.run_until(lost, DeliveryPhase::NeedsHuman).await;
    assert_eq!(seen(&town), (1, 2));
    settle(&town, lost, Resolution::IsNotOut)
        .await
        .expect("a resolution");
    town.run_until(lost, DeliveryPhase::Published).await;
    assert_eq!(seen(&town), (2, 3));
}

/// What a person says of the attempt that is on their screen now.
async fn settle(town: &Town, post: PostId, resolution: Resolution) -> Result<DeliveryView, ServiceError> {
    let delivery = town.delivery(post).await;
    let settling = Settling {
        seen: delivery.state.in_doubt(),
        resolution,
        reason: "画面で確認".into(),
    };
    let director = &town.people.director;
    town.app.service.resolve(director, delivery.id, settling).await
}

/// Two people look at the same doubt. The first one's word has the post sent anew, and that is in doubt again:
/// the second one's word, given on what was on the screen before, is not taken for it.
#[tokio::test]
async fn a_word_on_an_attempt_that_was_settled_is_not_taken_for_the_next_one() {
    let Some(town) = keyless(Kind::Sqlite).await else {
        return;
    };
    town.set_faults(fault(1, Fault::CutBefore)).await;
    let post = town.approved("四つ目の投稿です。").await;
    town.run_until(post, DeliveryPhase::NeedsHuman).await;
    let on_the_screen = town.delivery(post).await;
    town.set_faults(fault(1, Fault::LandLate { ms: 60_000 })).await;
    settle(&town, post, Resolution::IsNotOut)
        .await
        .expect("the first word");
    town.run_until(post, DeliveryPhase::NeedsHuman).await;
    let late = Settling {
        seen: on_the_screen.state.in_doubt(),
        resolution: Resolution::IsNotOut,
        reason: "画面で確認".into(),
    };
    let chief = &town.people.section_chief;
    let refused = town.app.service.resolve(chief, on_the_screen.id, late).await;
    assert!(
        matches!(refused, Err(ServiceError::Conflict(Conflict::Changed))),
        "{refused:?}"
    );
    assert_eq!(town.phases(post).await, [DeliveryPhase::NeedsHuman]);
    assert_eq!(seen(&town), (0, 2));
}

/// "There is an equal post" is evidence that it is out; a look finds it, although the attempt was refused.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn what_is_refused_as_a_duplicate_is_found(#[case] kind: Kind) {
    let Some(town) = keyless(kind).await else { return };
    town.set_faults(fault(1, Fault::AcceptThenDuplicate)).await;
    let post = town.approved("給水車が出ています。").await;
    town.run_until(post, DeliveryPhase::Published).await;
    assert_eq!(seen(&town), (1, 1));
}

/// A town whose server does not honour idempotency keys, and says so.
pub async fn keyless(kind: Kind) -> Option<Town> {
    let town = Town::on(kind).await?;
    town.control(
        "software",
        serde_json::json!({ "name": "gotosocial", "version": "0.20.0" }),
    )
    .await;
    town.control("keys", serde_json::json!({ "honour": false })).await;
    let token = sekisho::vault::Secret::new("koho-token".to_owned());
    town.app
        .service
        .connect_with_token(
            town.organization,
            town.account,
            token,
            sekisho::domain::actor::Actor::Operator,
        )
        .await
        .expect("connected again");
    Some(town)
}

#[tokio::test]
async fn a_person_can_say_that_it_is_out() {
    let Some(town) = keyless(Kind::Sqlite).await else {
        return;
    };
    town.set_faults(fault(1, Fault::CutBefore)).await;
    let post = town.approved("三つ目の投稿です。").await;
    town.run_until(post, DeliveryPhase::NeedsHuman).await;
    let remote = RemoteRef {
        id: "42".into(),
        url: None,
    };
    settle(&town, post, Resolution::IsOut(remote))
        .await
        .expect("a resolution");
    assert_eq!(town.phases(post).await, [DeliveryPhase::Published]);
    assert_eq!(seen(&town), (0, 1));
}

#[rstest]
#[case::not_valid(422, DeliveryPhase::Failed)]
#[case::forbidden(403, DeliveryPhase::Failed)]
#[case::token_revoked(401, DeliveryPhase::Held)]
#[tokio::test]
async fn a_clear_no_is_not_repeated(#[case] code: u16, #[case] phase: DeliveryPhase) {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    town.set_faults(fault(1, Fault::Status { code })).await;
    let post = town.approved("お知らせです。").await;
    town.run_until(post, phase).await;
    assert_eq!(seen(&town), (0, 1));
    let account = town
        .app
        .service
        .account(&town.people.clerk, town.account)
        .await
        .expect("the account");
    let expected = if code == 401 { "needs_reconnect" } else { "active" };
    assert_eq!(account.status.as_str(), expected);
}

#[tokio::test]
async fn a_failed_target_is_tried_again_with_the_same_sign_offs() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    town.set_faults(fault(1, Fault::Status { code: 422 })).await;
    let post = town.approved("もう一度のお知らせです。").await;
    town.run_until(post, DeliveryPhase::Failed).await;
    let at = (town.app.service.now() + Duration::milliseconds(300)).fixed_offset();
    town.app
        .service
        .reschedule(&town.people.clerk, post, at)
        .await
        .expect("another time");
    town.run_until(post, DeliveryPhase::Published).await;
    assert_eq!(seen(&town), (1, 2));
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_hold_stops_what_is_due_and_lifting_it_publishes_nothing(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let service = &town.app.service;
    let held = service
        .set_hold(
            &town.people.administrator,
            HoldScope::Organization,
            "確認中".into(),
            PATIENCE,
            Once::unkeyed(),
        )
        .await
        .expect("a hold");
    let post = town.approved("保留中の投稿です。").await;
    town.run_until(post, DeliveryPhase::Held).await;
    service
        .lift_hold(&town.people.administrator, held.hold.id)
        .await
        .expect("lifted");
    town.app.dispatcher.round().await.expect("a round");
    town.app.dispatcher.idle().await;
    assert_eq!(
        (town.phases(post).await, seen(&town)),
        (vec![DeliveryPhase::Held], (0, 0))
    );
    let at = (service.now() + Duration::milliseconds(300)).fixed_offset();
    service
        .reschedule(&town.people.clerk, post, at)
        .await
        .expect("another time");
    town.run_until(post, DeliveryPhase::Published).await;
}

/// A colleague's edit makes another content: whoever signed the old one has signed nothing of it.
#[tokio::test]
async fn an_edit_by_a_colleague_voids_every_sign_off() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let view = town.submit(town.draft("休館日のお知らせです。")).await;
    town.sign(&view, &town.people.section_chief).await;
    let change = Change {
        text: Some("臨時休館日のお知らせです。".to_owned()),
        media: None,
        parts: None,
        targets: None,
        language: None,
        visibility: None,
        timing: None,
        range: None,
        document_number: None,
        source: None,
        submission: Submission::now(),
    };
    let service = &town.app.service;
    let edited = service
        .edit_post(&town.people.second_clerk, view.post.id, None, change)
        .await
        .expect("an edit");
    assert!(edited.sign_offs.iter().all(|given| given.voided_at.is_some()));
    let stale = Approval {
        seen: view.revision.digest,
        acknowledgements: Vec::new(),
        attestations: Vec::new(),
    };
    let refused = service
        .approve(&town.people.section_chief, view.post.id, stale)
        .await;
    assert!(
        matches!(refused, Err(ServiceError::Conflict(Conflict::StaleDigest { .. }))),
        "{refused:?}"
    );
    town.sign(&edited, &town.people.section_chief).await;
    town.sign(&edited, &town.people.director).await;
    town.app.dispatcher.round().await.expect("a round");
    town.app.dispatcher.idle().await;
    assert_eq!(
        town.phases(view.post.id).await.len(),
        2,
        "the cancelled one and the new one"
    );
    assert_eq!(town.sandbox.statuses()[0].text, "臨時休館日のお知らせです。");
}

/// What a hold left behind gets other times with one action; what cannot is told, and stops nothing else.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn what_a_hold_left_behind_is_retimed_with_one_action(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let service = &town.app.service;
    let mut posts = Vec::new();
    for number in 0..3 {
        let text = format!("催しの{number}番目のお知らせです。");
        posts.push(town.walk(town.planned(&text, "2026-11-24T11:00:00")).await);
    }
    let administrator = &town.people.administrator;
    let (scope, reason) = (HoldScope::Organization, "確認中".to_owned());
    let set = service
        .set_hold(administrator, scope, reason, PATIENCE, Once::unkeyed())
        .await
        .expect("a hold");
    assert!(set.in_flight.is_empty());
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    service
        .lift_hold(administrator, set.hold.id)
        .await
        .expect("lifted");
    town.work().await;
    assert_eq!(town.arrived(), Vec::<String>::new(), "lifting publishes nothing");
    let retiming = |posts: &[PostId], step_seconds| Retiming {
        posts: posts.to_vec(),
        from: japan("2026-11-24T11:30:00"),
        step_seconds,
    };
    let clerk = &town.people.clerk;
    let foreign = PostId::new(uuid::Uuid::from_u128(7));
    let with_foreign = [posts[0], foreign, posts[1], posts[2]];
    let all = service
        .reschedule_many(clerk, retiming(&with_foreign, 300))
        .await
        .expect("an answer");
    let moved: Vec<_> = all.iter().map(|retimed| retimed.result.is_ok()).collect();
    assert_eq!(moved, [true, false, true, true]);
    town.it_is("2026-11-24T11:30:00");
    town.work().await;
    assert_eq!(town.arrived().len(), 1);
    town.it_is("2026-11-24T11:45:00");
    town.work().await;
    assert_eq!(town.arrived().len(), 3);
    for wrong in [
        retiming(&[], 0),
        retiming(&[posts[0], posts[0]], 0),
        retiming(&posts, 86_401),
    ] {
        let refused = service.reschedule_many(clerk, wrong).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    }
}

/// The answer to a hold waits for the call that was under way, and tells what became of it.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_hold_waits_for_the_call_that_was_under_way(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    town.set_faults(FaultPlan {
        faults: vec![FaultRule {
            on: On::Publish,
            account: None,
            times: None,
            skip: 0,
            fault: Fault::Delay { ms: 300 },
        }],
    })
    .await;
    let post = town.approved("発信中の投稿です。").await;
    town.app.dispatcher.claim().await.expect("claimed");
    while town.phases(post).await != [DeliveryPhase::Publishing] {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let (scope, reason) = (HoldScope::Organization, "確認中".to_owned());
    let administrator = &town.people.administrator;
    let set = town
        .app
        .service
        .set_hold(administrator, scope, reason, PATIENCE, Once::unkeyed())
        .await
        .expect("a hold");
    let left: Vec<_> = set
        .in_flight
        .iter()
        .map(|view| view.delivery.state.phase())
        .collect();
    assert_eq!(left, [DeliveryPhase::Published]);
}

/// Whoever asks does not wait for ever: the answer tells what is still under way, and asking again what became of it.
#[tokio::test]
async fn a_hold_waits_no_longer_than_whoever_asks() {
    let town = Town::on(Kind::Sqlite).await.expect("a town");
    town.set_faults(FaultPlan {
        faults: vec![FaultRule {
            on: On::Publish,
            account: None,
            times: None,
            skip: 0,
            fault: Fault::Delay { ms: 1_500 },
        }],
    })
    .await;
    let post = town.approved("発信中の投稿です。").await;
    town.app.dispatcher.claim().await.expect("claimed");
    while town.phases(post).await != [DeliveryPhase::Publishing] {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let (scope, reason) = (HoldScope::Organization, "確認中".to_owned());
    let administrator = &town.people.administrator;
    let service = &town.app.service;
    let patience = Duration::milliseconds(100);
    let set = service
        .set_hold(administrator, scope, reason, patience, Once::unkeyed())
        .await
        .expect("a hold");
    let phase = |view: &DeliveryView| view.delivery.state.phase();
    let left: Vec<_> = set.in_flight.iter().map(phase).collect();
    assert_eq!(left, [DeliveryPhase::Publishing]);
    town.app.dispatcher.idle().await;
    assert_eq!(town.phases(post).await, [DeliveryPhase::Published]);
}
