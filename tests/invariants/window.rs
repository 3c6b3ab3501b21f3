//! 3. Never outside the window, unless a live emergency covers account and post.

use chrono::Duration;
use rstest::rstest;
use sekisho::{
    app::STANDARD_PROFILE,
    domain::{account::EmergencyCover, delivery::DeliveryPhase, hold::HoldCause, revision::Kind as PostKind},
    service::{Draft, Once},
};

use crate::support::{Town, database::Kind, raw::Raw, steps::blocked_by};

#[rstest]
#[case::a_microsecond_before_opening("2026-11-25T08:29:59.999999", 0)]
#[case::at_opening("2026-11-25T08:30:00", 1)]
// The last microsecond is the domain's test: a request that is real takes longer to begin.
#[case::just_before_closing("2026-11-25T17:14:58", 1)]
#[case::at_closing("2026-11-25T17:15:00", 0)]
#[case::saturday("2026-11-28T10:00:00", 0)]
#[case::holiday("2026-11-23T10:00:00", 0)]
#[case::turn_of_the_year("2026-12-29T10:00:00", 0)]
#[tokio::test]
async fn invariant_3_the_boundaries_of_the_window_are_exact(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[case] now: &str,
    #[case] arrivals: usize,
) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.it_is(now);
    let post = town.walk(town.draft("窓口の時間です。")).await;
    town.work().await;
    assert_eq!(town.arrived().len(), arrivals);
    let phase = [DeliveryPhase::Waiting, DeliveryPhase::Published][arrivals];
    assert_eq!(town.phases(post).await, [phase]);
}

/// The window that counts is the one at dispatch, not the one at approval.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_3_what_was_approved_in_time_does_not_leave_after_closing(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = town
        .walk(town.planned("閉庁間際の投稿です。", "2026-11-24T17:14:00"))
        .await;
    // Inside the grace, but the office has closed.
    town.it_is("2026-11-24T17:15:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    assert_eq!(
        town.held_for(post).await,
        (HoldCause::Window, "window.closed".into())
    );
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_3_a_day_that_was_closed_after_the_approval_is_closed(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = town
        .walk(town.planned("明日の投稿です。", "2026-11-25T10:00:00"))
        .await;
    town.change_policy(STANDARD_PROFILE, |document| {
        let closed = &mut document.profile.office.closed;
        closed.insert("2026-11-25".parse().expect("a date"));
    })
    .await;
    town.it_is("2026-11-25T10:00:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    assert_eq!(town.held_for(post).await.0, HoldCause::Window);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_3_a_clock_that_jumps_back_opens_nothing(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let planned = town
        .walk(town.planned("時刻指定です。", "2026-11-24T11:00:00"))
        .await;
    town.it_is("2026-11-24T10:30:00");
    let now = town.walk(town.draft("即時の投稿です。")).await;
    // Back to before the approval, inside the window and outside of it.
    for earlier in [
        "2026-11-24T10:29:59.999999",
        "2026-11-24T08:00:00",
        "2026-11-20T12:00:00",
    ] {
        town.it_is(earlier);
        town.work().await;
        assert_eq!(town.arrived(), [""; 0]);
    }
    town.it_is("2026-11-24T10:30:00");
    town.work().await;
    assert_eq!(town.arrived(), ["即時の投稿です。"]);
    assert_eq!(town.phases(now).await, [DeliveryPhase::Published]);
    assert_eq!(town.phases(planned).await, [DeliveryPhase::Waiting]);
}

/// A worker whose machine slept between claim and gate is judged by the time at which it wakes.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_3_a_claim_from_before_closing_is_judged_after_it(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.it_is("2026-11-24T17:14:59");
    town.walk(town.draft("閉庁間際の投稿です。")).await;
    // Claimed, and the machine stops before the gate is asked.
    town.database
        .tamper(&[Raw::same(
            "UPDATE deliveries SET state = 'claimed', fence = fence + 1, due_at = NULL,
                    lease_owner = 'asleep', lease_until = '2026-11-24T08:15:03+00:00'",
        )])
        .await;
    town.it_is("2026-11-24T17:15:03");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
}

/// Outside the hours, an emergency post leaves while the emergency lives and not a microsecond longer.
#[rstest]
#[case::live("2026-11-24T21:59:55", 1)]
#[case::expired("2026-11-24T22:00:00", 0)]
#[case::before_it_was_declared("2026-11-24T19:59:59.999999", 0)]
#[tokio::test]
async fn invariant_3_an_emergency_opens_the_window_while_it_lives(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[case] now: &str,
    #[case] arrivals: usize,
) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.it_is("2026-11-24T20:00:00");
    town.declare(Duration::hours(2)).await;
    let draft = Draft {
        kind: PostKind::Emergency,
        ..town.planned("川から離れてください。", "2026-11-24T21:55:00")
    };
    let view = town.submit(draft).await;
    town.sign(&view, &town.people.duty_officer).await;
    town.it_is(now);
    town.work().await;
    assert_eq!(town.arrived().len(), arrivals);
}

#[tokio::test]
async fn invariant_3_an_ended_emergency_covers_nothing() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    town.it_is("2026-11-24T20:00:00");
    let emergency = town.declare(Duration::hours(2)).await;
    let view = town.submit(town.emergency_draft("川から離れてください。")).await;
    town.sign(&view, &town.people.duty_officer).await;
    let service = &town.app.service;
    service
        .end_emergency(&town.people.duty_officer, emergency.id)
        .await
        .expect("an end");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    assert_eq!(town.phases(view.post.id).await, [DeliveryPhase::Held]);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_3_an_account_without_an_emergency_clause_keeps_its_hours(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.it_is("2026-11-24T20:00:00");
    town.declare(Duration::hours(2)).await;
    let view = town.submit(town.emergency_draft("川から離れてください。")).await;
    town.database
        .tamper(&[Raw::same("UPDATE accounts SET emergency_cover = 'not_covered'")])
        .await;
    let service = &town.app.service;
    let account = service
        .account(&town.people.clerk, town.account)
        .await
        .expect("it");
    assert_eq!(account.emergency_cover, EmergencyCover::NotCovered);
    let again = service
        .create_post(
            &town.people.clerk,
            town.emergency_draft("高台へ。"),
            Once::unkeyed(),
        )
        .await;
    assert!(blocked_by(again).contains("emergency.no_cover"));
    let approval = sekisho::service::Approval {
        seen: view.revision.digest,
        acknowledgements: Vec::new(),
        attestations: Vec::new(),
    };
    let answer = service
        .approve(&town.people.duty_officer, view.post.id, approval)
        .await;
    assert!(blocked_by(answer).contains("emergency.no_cover"));
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
}

/// An emergency opens the window for emergency posts only, on the accounts that it names.
#[rstest]
#[case::ordinary(PostKind::Ordinary)]
#[case::correction(PostKind::Correction)]
#[case::incident(PostKind::Incident)]
#[tokio::test]
async fn invariant_3_a_live_emergency_lets_no_other_post_through(#[case] kind: PostKind) {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    town.it_is("2026-11-24T20:00:00");
    town.declare(Duration::hours(2)).await;
    let draft = Draft {
        kind,
        ..town.draft("緊急ではありません。")
    };
    town.walk(draft).await;
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
}
