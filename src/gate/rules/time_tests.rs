use crate::gate::{
    Phase,
    testing::{World, time},
};
use chrono::Duration;
use rstest::rstest;

#[rstest]
#[case("2026-12-01T09:00:00+09:00", 0)]
#[case("2026-12-04T10:00:00+09:00", 0)]
#[case("2026-12-01T08:59:59+09:00", 1)]
#[case("2026-12-04T10:00:01+09:00", 1)]
fn the_planned_time_lies_in_the_signed_range(#[case] at: &str, #[case] expected: usize) {
    let mut world = World::new();
    world.now = time("2026-12-01T08:40:00+09:00");
    world.phase = Phase::Check;
    world.planned = Some(time(at));
    assert_eq!(world.found("range.outside"), expected);
    world.phase = Phase::Dispatch;
    world.now = time(at);
    assert_eq!(world.found("range.outside"), expected);
}

#[test]
fn a_planned_time_lies_ahead_and_a_signer_may_be_as_late_as_the_post() {
    let mut world = World::new();
    for (phase, minutes) in [(Phase::Check, 0), (Phase::Submit, 0), (Phase::Approve, 10)] {
        world.phase = phase;
        world.now = world.planned.expect("a time") + Duration::minutes(minutes);
        assert_eq!(world.found("time.past"), 0);
        world.now += Duration::microseconds(1);
        assert_eq!(world.found("time.past"), 1);
    }
}

#[test]
fn nothing_leaves_before_its_time_or_without_one() {
    let mut world = World::new();
    world.planned = Some(world.now + Duration::microseconds(1));
    assert_eq!(world.keys(), ["finding-time-early"]);
    assert_eq!(world.found("time.early"), 1);
    world.planned = None;
    assert_eq!(world.keys(), ["finding-range-unplanned"]);
}

#[test]
fn nothing_leaves_after_the_last_time_that_was_signed_and_the_grace() {
    let mut world = World::new();
    world.range.latest = world.now;
    world.sign_all();
    world.now += Duration::minutes(10);
    assert_eq!(world.found("range.outside"), 0);
    world.now += Duration::microseconds(1);
    assert_eq!(world.keys(), ["finding-time-past", "finding-range-over"]);
}

#[test]
fn nothing_leaves_later_than_its_grace_though_the_range_goes_on() {
    let mut world = World::new();
    world.planned = Some(world.now - Duration::minutes(10));
    assert_eq!(world.found("time.past"), 0);
    world.planned = world.planned.map(|planned| planned - Duration::microseconds(1));
    assert_eq!(world.keys(), ["finding-time-past"]);
}
