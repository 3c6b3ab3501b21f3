use crate::{
    domain::{account::EmergencyCover, hold::HoldCause, window::MinuteGrid},
    gate::{
        Phase,
        testing::{World, time},
    },
};
use chrono::Duration;
use rstest::rstest;

/// A post that is checked for a planned time, long before it.
fn planned(at: &str) -> World {
    let mut world = World::new();
    world.now = time("2026-11-16T09:00:00+09:00");
    world.phase = Phase::Check;
    world.planned = Some(time(at));
    world.range.earliest = world.now;
    world.range.latest = time("2027-12-31T23:59:00+09:00");
    world
}

#[rstest]
#[case::first_minute("2026-11-24T08:30:00+09:00", None)]
#[case::last_second("2026-11-24T17:14:59+09:00", None)]
#[case::just_before("2026-11-24T08:29:59+09:00", Some("finding-window-working-hours"))]
#[case::closing_time("2026-11-24T17:15:00+09:00", Some("finding-window-working-hours"))]
#[case::saturday("2026-11-21T10:00:00+09:00", Some("finding-window-working-hours"))]
#[case::holiday("2026-11-23T10:00:00+09:00", Some("finding-window-holiday"))]
#[case::year_end("2026-12-29T10:00:00+09:00", Some("finding-window-year-end"))]
#[case::closed_day("2026-11-25T10:00:00+09:00", Some("finding-window-closed-day"))]
#[case::lunch("2026-11-26T12:30:00+09:00", Some("finding-window-operating-hours"))]
fn the_planned_time_must_lie_in_the_window(#[case] at: &str, #[case] expected: Option<&str>) {
    let mut world = planned(at);
    let hours = &mut world.accounts[0].hours;
    hours.closed.insert("2026-11-25".parse().expect("a date"));
    hours.operating.thu = vec![
        "00:00-12:00".parse().expect("hours"),
        "13:00-24:00".parse().expect("hours"),
    ];
    for phase in [Phase::Check, Phase::Submit, Phase::Approve] {
        world.phase = phase;
        assert_eq!(world.keys(), expected.into_iter().collect::<Vec<_>>());
        assert_eq!(world.verdict().next_allowed.is_some(), expected.is_some());
    }
}

#[test]
fn the_message_names_the_day_and_the_next_time_in_the_zone_of_the_account() {
    let world = planned("2026-11-23T10:00:00+09:00");
    let verdict = world.verdict();
    let arguments = &verdict.findings[0].message.arguments;
    assert!(arguments.contains(&("name_ja", "勤労感謝の日".into())));
    assert!(arguments.contains(&("next", "2026-11-24T08:30:00+09:00".into())));
    assert_eq!(verdict.next_allowed, Some(time("2026-11-24T08:30:00+09:00")));
}

#[test]
fn beyond_the_calendar_nothing_is_known() {
    let mut world = planned("2028-01-10T10:00:00+09:00");
    world.range.latest = time("2028-12-31T00:00:00+09:00");
    assert_eq!(world.keys(), ["finding-window-calendar-unknown"]);
    assert_eq!(world.found("window.calendar_unknown"), 1);
    assert_eq!(world.verdict().next_allowed, None);
}

#[rstest]
#[case("2026-11-24T10:00:00+09:00", 0)]
#[case("2026-11-24T10:30:00+09:00", 1)]
#[case("2026-11-24T10:00:01+09:00", 1)]
fn a_planned_time_lies_on_the_grid(#[case] at: &str, #[case] expected: usize) {
    let mut world = planned(at);
    world.accounts[0].hours.grid = MinuteGrid::try_from(60).ok();
    assert_eq!(world.found("window.grid"), expected);
    assert_eq!(
        world.verdict().next_allowed,
        (expected > 0).then(|| time("2026-11-24T11:00:00+09:00"))
    );
}

#[test]
fn the_grid_does_not_bind_the_moment_of_dispatch() {
    let mut world = World::new();
    world.accounts[0].hours.grid = MinuteGrid::try_from(60).ok();
    world.now += Duration::minutes(3);
    assert!(world.verdict().passes());
}

#[test]
fn at_dispatch_the_present_counts() {
    let mut world = World::new();
    world.planned = Some(time("2026-12-01T17:14:00+09:00"));
    world.now = time("2026-12-01T17:15:00+09:00");
    assert_eq!(world.keys(), ["finding-window-working-hours"]);
    assert_eq!(world.permit().expect_err("closed").cause, HoldCause::Window);
    assert_eq!(
        world.verdict().next_allowed,
        Some(time("2026-12-02T08:30:00+09:00"))
    );
}

#[test]
fn the_next_time_suits_all_accounts() {
    let mut world = planned("2026-11-21T10:00:00+09:00");
    let other = world.add_account();
    // One speaks in the afternoon on the hour, the other on Wednesdays only.
    world.accounts[0].hours.grid = MinuteGrid::try_from(60).ok();
    world.accounts[0].hours.operating.wed = vec!["13:10-24:00".parse().expect("hours")];
    let operating = &mut world.accounts[other].hours.operating;
    operating.mon.clear();
    operating.tue.clear();
    operating.thu.clear();
    operating.fri.clear();
    assert_eq!(
        world.verdict().next_allowed,
        Some(time("2026-11-25T14:00:00+09:00"))
    );
    assert_eq!(world.found("window.closed"), 2);
}

#[test]
fn accounts_that_never_speak_together_have_no_next_time() {
    let mut world = planned("2026-11-21T10:00:00+09:00");
    let other = world.add_account();
    let all = |hours: &str| vec![hours.parse().expect("hours")];
    for (index, hours) in [(0, "09:00-10:00"), (other, "10:00-11:00")] {
        let operating = &mut world.accounts[index].hours.operating;
        operating.mon = all(hours);
        operating.tue = all(hours);
        operating.wed = all(hours);
        operating.thu = all(hours);
        operating.fri = all(hours);
    }
    assert_eq!(world.verdict().next_allowed, None);
    world.planned = None;
    assert_eq!(world.keys(), ["finding-window-no-common-opening"]);
}

#[test]
fn a_post_without_a_time_needs_an_opening_before_its_last_one() {
    let mut world = planned("2026-11-20T18:00:00+09:00");
    world.planned = None;
    world.now = time("2026-11-20T18:00:00+09:00");
    world.range.latest = time("2026-11-24T08:30:00+09:00");
    let verdict = world.verdict();
    assert!(verdict.passes());
    assert_eq!(verdict.next_allowed, Some(time("2026-11-24T08:30:00+09:00")));
    world.range.latest = time("2026-11-24T08:29:59+09:00");
    assert_eq!(world.keys(), ["finding-window-no-opening"]);
    assert_eq!(world.found("window.no_opening"), 1);
    world.now = time("2026-11-20T17:00:00+09:00");
    let verdict = world.verdict();
    assert!(verdict.passes());
    assert_eq!(verdict.next_allowed, None);
}

#[test]
fn a_live_emergency_needs_no_window_but_only_for_the_accounts_that_it_covers() {
    let mut world = World::new();
    world.now = time("2026-12-05T03:17:21+09:00");
    world.planned = Some(world.now);
    world.range.latest = world.now + Duration::hours(1);
    world.accounts[0].hours.grid = MinuteGrid::try_from(60).ok();
    world.emergency();
    for phase in Phase::ALL {
        world.phase = *phase;
        let verdict = world.verdict();
        assert!(verdict.passes(), "{verdict:?}");
        assert_eq!(verdict.next_allowed, None);
    }
    let other = world.add_account();
    world.sign_all();
    assert_eq!(world.found("window.closed"), 1);
    world.declare();
    assert_eq!(world.found("window.closed"), 0);
    world.accounts[other].emergency_cover = EmergencyCover::NotCovered;
    assert_eq!(world.found("window.closed"), 1);
}
