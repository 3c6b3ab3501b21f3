//! When a post leaves: at its time, inside the hours, or not at all; and what becomes of it then.

use chrono::{DateTime, Utc};
use rstest::rstest;
use sekisho::{
    domain::{
        delivery::{DeliveryPhase, DeliveryState},
        hold::HoldScope,
        ids::PostId,
        post::PublishMode,
        window::{AccountHours, MinuteGrid},
    },
    sandbox::{Fault, FaultPlan, FaultRule, On},
    service::{Approval, Conflict, Draft, DraftTarget, Once, PostView, ServiceError},
};

use crate::support::{
    PATIENCE, Town,
    database::Kind,
    steps::{blocked_by, japan},
    town::{enter, new_account},
};

async fn create(town: &Town, draft: Draft) -> Result<PostView, ServiceError> {
    let service = &town.app.service;
    service
        .create_post(&town.people.clerk, draft, Once::unkeyed())
        .await
}

async fn reschedule(town: &Town, post: PostId, local: &str) -> Result<PostView, ServiceError> {
    let service = &town.app.service;
    service.reschedule(&town.people.clerk, post, japan(local)).await
}

fn due(view: &PostView) -> Option<DateTime<Utc>> {
    match view.deliveries[0].delivery.state {
        DeliveryState::Waiting { due, .. } => Some(due),
        _ => None,
    }
}

fn wrong_field(result: Result<PostView, ServiceError>) -> &'static str {
    match result {
        Err(ServiceError::Invalid(errors)) => errors[0].message.key,
        other => panic!("not invalid: {other:?}"),
    }
}

#[rstest]
#[case::evening("2026-11-24T17:15:00", "2026-11-25T08:30:00")]
#[case::early("2026-11-25T08:29:59", "2026-11-25T08:30:00")]
#[case::weekend("2026-11-28T12:00:00", "2026-11-30T08:30:00")]
#[case::holiday("2027-01-11T12:00:00", "2027-01-12T08:30:00")]
#[case::turn_of_the_year("2026-12-29T12:00:00", "2027-01-04T08:30:00")]
#[tokio::test]
async fn a_time_outside_the_hours_is_refused_and_the_next_one_told(#[case] at: &str, #[case] next: &str) {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    match create(&town, town.planned("時間外の投稿です。", at)).await {
        Err(ServiceError::Refused(verdict)) => {
            let rules: Vec<_> = verdict.blocks().map(|finding| finding.rule).collect();
            assert_eq!(rules, ["window.closed"]);
            assert_eq!(verdict.next_allowed, Some(japan(next).to_utc()));
        }
        other => panic!("{other:?}"),
    }
    create(&town, town.planned("時間内の投稿です。", next))
        .await
        .expect("the told time is taken");
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn approved_after_hours_it_waits_for_the_next_opening_and_leaves_then(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.it_is("2026-11-27T18:00:00");
    let post = town.walk(town.draft("週明けの投稿です。")).await;
    let opening = "2026-11-30T08:30:00";
    assert_eq!(due(&town.view(post).await), Some(japan(opening).to_utc()));
    for closed in [
        "2026-11-27T18:00:00",
        "2026-11-29T10:00:00",
        "2026-11-30T08:29:59.999999",
    ] {
        town.it_is(closed);
        town.work().await;
        assert_eq!(town.arrived(), [""; 0]);
    }
    town.it_is(opening);
    town.work().await;
    assert_eq!(town.arrived(), ["週明けの投稿です。"]);
}

#[tokio::test]
async fn no_opening_inside_the_signed_range_is_a_refusal() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    town.it_is("2026-11-27T18:00:00");
    let draft = Draft {
        range: Some((japan("2026-11-27T18:00:00"), japan("2026-11-30T08:29:59"))),
        ..town.draft("週末だけの投稿です。")
    };
    assert!(blocked_by(create(&town, draft).await).contains("window.no_opening"));
}

/// An account that speaks every half hour; it still leaves late, inside its grace.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn the_grid_binds_the_planned_time_only(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let mut new = new_account(town.division, town.sandbox.base_url(), "bosai");
    new.hours = AccountHours {
        grid: Some(MinuteGrid::try_from(30).expect("a grid")),
        ..AccountHours::unrestricted()
    };
    let account = enter(&town.app, town.organization, new, "bosai-token").await;
    let target = || {
        vec![DraftTarget {
            account,
            text: None,
            media: Vec::new(),
            parts: None,
            refers_to: None,
            audience: None,
        }]
    };
    let on = |text: &str, at: &str| Draft {
        targets: target(),
        ..town.planned(text, at)
    };
    let between = create(&town, on("半端な時刻です。", "2026-11-24T11:05:00")).await;
    assert_eq!(blocked_by(between), ["window.grid"].into());
    town.walk(on("定時の投稿です。", "2026-11-24T11:30:00")).await;
    town.it_is("2026-11-24T11:34:56");
    town.work().await;
    assert_eq!(town.arrived(), ["定時の投稿です。"]);
    let draft = Draft {
        targets: target(),
        ..town.draft("次の定時の投稿です。")
    };
    let post = town.walk(draft).await;
    assert_eq!(
        due(&town.view(post).await),
        Some(japan("2026-11-24T12:00:00").to_utc())
    );
}

/// One post to two accounts of different hours.
#[tokio::test]
async fn a_time_must_suit_every_account() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let mut new = new_account(town.division, town.sandbox.base_url(), "bosai");
    new.hours.operating.tue = vec!["13:00-15:00".parse().expect("hours")];
    let narrow = enter(&town.app, town.organization, new, "bosai-token").await;
    let both = |at: &str| {
        let mut draft = town.planned("二つの口座に。", at);
        draft.targets.push(DraftTarget {
            account: narrow,
            text: None,
            media: Vec::new(),
            parts: None,
            refers_to: None,
            audience: None,
        });
        draft
    };
    match create(&town, both("2026-11-24T11:00:00")).await {
        Err(ServiceError::Refused(verdict)) => {
            assert_eq!(verdict.next_allowed, Some(japan("2026-11-24T13:00:00").to_utc()));
        }
        other => panic!("{other:?}"),
    }
    town.walk(both("2026-11-24T14:00:00")).await;
    town.it_is("2026-11-24T14:00:00");
    town.work().await;
    assert_eq!(town.arrived().len(), 2);
}

/// How a post comes to its time without leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Unsigned,
    HalfSigned,
    Held,
    NobodyAtWork,
}

async fn kept_until_eleven(town: &Town, kept: Kept) -> PostView {
    let view = town
        .submit(town.planned("十一時の投稿です。", "2026-11-24T11:00:00"))
        .await;
    if kept != Kept::Unsigned {
        town.sign(&view, &town.people.section_chief).await;
    }
    if matches!(kept, Kept::Held | Kept::NobodyAtWork) {
        town.sign(&view, &town.people.director).await;
    }
    if kept == Kept::Held {
        let service = &town.app.service;
        let hold = service
            .set_hold(
                &town.people.administrator,
                HoldScope::Division(town.division),
                "確認中".into(),
                PATIENCE,
                Once::unkeyed(),
            )
            .await
            .expect("a hold");
        town.it_is("2026-11-24T11:00:00");
        town.work().await;
        assert_eq!(town.phases(view.post.id).await, [DeliveryPhase::Held]);
        service
            .lift_hold(&town.people.administrator, hold.hold.id)
            .await
            .expect("lifted");
    }
    view
}

/// Ten minutes of grace, then it is missed: never sent late in silence, and a person gives it another time.
#[rstest]
#[case::unsigned(Kept::Unsigned)]
#[case::half_signed(Kept::HalfSigned)]
#[case::held(Kept::Held)]
#[case::nobody_at_work(Kept::NobodyAtWork)]
#[tokio::test]
async fn what_did_not_leave_within_its_grace_is_missed_and_re_timed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[case] kept: Kept,
) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let view = kept_until_eleven(&town, kept).await;
    let post = view.post.id;
    if kept != Kept::NobodyAtWork {
        town.it_is("2026-11-24T11:09:59.999999");
        town.work().await;
        assert_ne!(town.phases(post).await, [DeliveryPhase::Missed]);
    }
    town.it_is("2026-11-24T11:10:00");
    town.work().await;
    assert_eq!(town.phases(post).await, [DeliveryPhase::Missed]);
    // Outside the signed range and outside the hours there is no other time.
    assert_eq!(
        wrong_field(reschedule(&town, post, "2026-11-25T11:00:00").await),
        "field-time-outside-range"
    );
    assert_eq!(
        wrong_field(reschedule(&town, post, "2026-11-24T11:09:00").await),
        "field-time-past"
    );
    assert_eq!(
        blocked_by(reschedule(&town, post, "2026-11-24T17:15:00").await),
        ["window.closed"].into()
    );
    let open_stages = match kept {
        Kept::Unsigned => vec![&town.people.section_chief, &town.people.director],
        Kept::HalfSigned => vec![&town.people.director],
        Kept::Held | Kept::NobodyAtWork => vec![],
    };
    if let Some(person) = open_stages.first() {
        let approval = Approval {
            seen: view.revision.digest,
            acknowledgements: Vec::new(),
            attestations: Vec::new(),
        };
        let late = town.app.service.approve(person, post, approval).await;
        assert!(matches!(late, Err(ServiceError::Conflict(Conflict::RetimeFirst))));
    }
    reschedule(&town, post, "2026-11-24T13:00:00")
        .await
        .expect("another time");
    for person in open_stages {
        town.sign(&view, person).await;
    }
    town.it_is("2026-11-24T13:00:00");
    town.work().await;
    assert_eq!(town.arrived(), ["十一時の投稿です。"]);
}

/// A signer who is a few minutes late is not too late; the post leaves at once.
#[tokio::test]
async fn a_signature_inside_the_grace_lets_it_leave_at_once() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let view = town
        .submit(town.planned("十一時の投稿です。", "2026-11-24T11:00:00"))
        .await;
    town.sign(&view, &town.people.section_chief).await;
    town.it_is("2026-11-24T11:09:00");
    town.work().await;
    town.sign(&view, &town.people.director).await;
    town.work().await;
    assert_eq!(town.arrived(), ["十一時の投稿です。"]);
}

/// Re-timing inside the signed range keeps the sign-offs, and moves the post and its delivery.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_post_is_moved_inside_its_range_with_its_sign_offs(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = town
        .walk(town.planned("動かせる投稿です。", "2026-11-24T11:00:00"))
        .await;
    let moved = reschedule(&town, post, "2026-11-24T10:30:00")
        .await
        .expect("earlier");
    assert_eq!(
        moved.post.publish,
        PublishMode::At(japan("2026-11-24T10:30:00").to_utc())
    );
    assert_eq!(moved.sign_offs.len(), 2);
    assert!(moved.sign_offs.iter().all(|given| given.voided_at.is_none()));
    town.it_is("2026-11-24T10:29:59.999999");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    town.it_is("2026-11-24T10:30:00");
    town.work().await;
    assert_eq!(town.arrived(), ["動かせる投稿です。"]);
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.arrived().len(), 1);
}

/// The last attempt may begin before closing time, never after; the grace does not extend the window.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn an_attempt_is_written_down_with_closing_time_as_its_deadline(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.walk(town.planned("閉庁間際です。", "2026-11-24T17:14:59"))
        .await;
    town.it_is("2026-11-24T17:14:59");
    town.work().await;
    let deadline = crate::support::raw::Raw {
        sqlite: "SELECT send_by FROM attempts",
        postgres: "SELECT to_char(send_by AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"') FROM attempts",
    };
    assert_eq!(town.database.ask(deadline).await, ["2026-11-24T08:15:00+00:00"]);
    assert_eq!(town.arrived(), ["閉庁間際です。"]);
}

/// A server remembers a key for a while, and asks for patience for longer: what may be out is not sent again.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_repetition_is_given_up_once_its_key_may_be_forgotten(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let mut new = new_account(town.division, town.sandbox.base_url(), "bosai");
    new.grace = chrono::Duration::hours(4);
    let account = enter(&town.app, town.organization, new, "bosai-token").await;
    let mut draft = town.draft("通行止めのお知らせです。");
    draft.targets[0].account = account;
    let rule = |times, fault| FaultRule {
        on: On::Publish,
        account: None,
        times: Some(times),
        skip: 0,
        fault,
    };
    let patience = Fault::TooManyRequests { retry_after_s: 1_500 };
    let faults = vec![rule(1, Fault::CutAfter), rule(2, patience)];
    town.set_faults(FaultPlan { faults }).await;
    let post = town.walk(draft).await;
    town.work().await;
    town.hand().advance(chrono::Duration::seconds(1_600));
    town.work().await;
    assert_eq!(town.sandbox.arrivals().len(), 3, "the key is good for 50 minutes");
    town.hand().advance(chrono::Duration::seconds(1_600));
    town.work().await;
    town.hand().advance(chrono::Duration::minutes(1));
    town.work().await;
    // What the look finds is a matter of the sandbox's own clock.
    let looked_up = [DeliveryPhase::Published, DeliveryPhase::NeedsHuman];
    assert!(looked_up.contains(&town.phases(post).await[0]));
    assert_eq!(town.sandbox.arrivals().len(), 3, "nothing was sent again");
}
