use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::attempt::RemoteRef;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
}

fn free() -> Flow {
    let id = Uuid::from_u128(1);
    Flow::free(OrganizationId::new(id), AccountId::new(id))
}

fn pause(failures: u32) -> DateTime<Utc> {
    at(10 + i64::from(failures))
}

fn cut() -> Outcome {
    Outcome::Unknown { why: "cut".into() }
}

fn published() -> Outcome {
    Outcome::Published(RemoteRef {
        id: "1".into(),
        url: None,
    })
}

fn failed(times: u32) -> Flow {
    (0..times).fold(free(), |flow, _| flow.after(&cut(), None, at(0), pause))
}

fn admitted(flow: &Flow, priority: Priority, wanted: usize, now: i64) -> usize {
    flow.clone().admit(priority, wanted, at(now), at(now + 60)).1
}

#[test]
fn everything_flows_until_failures_open_the_circuit() {
    for few in 0..FAILURES {
        assert_eq!(admitted(&failed(few), Priority::Ordinary, 9, 1), 9);
    }
    let broken = failed(FAILURES);
    assert_eq!(broken.open_until, Some(at(10)));
    assert_eq!(admitted(&broken, Priority::Ordinary, 9, 1), 0);
    assert_eq!(
        admitted(&broken, Priority::Emergency, 9, 1),
        9,
        "an emergency tries"
    );
    assert_eq!(failed(FAILURES + 1).open_until, Some(at(11)), "longer each time");
}

#[test]
fn after_the_pause_one_post_tries_and_its_answer_decides() {
    let (half_open, first) = failed(FAILURES).admit(Priority::Ordinary, 9, at(10), at(70));
    assert_eq!((first, half_open.open_until), (1, Some(at(70))));
    assert_eq!(admitted(&half_open, Priority::Ordinary, 9, 11), 0);
    let closed = half_open.clone().after(&published(), None, at(12), pause);
    assert!(closed.is_free());
    let open = half_open.after(&cut(), None, at(12), |_| at(40));
    assert_eq!(open.open_until, Some(at(40)));
    assert_eq!(admitted(&open, Priority::Ordinary, 9, 13), 0);
}

#[test]
fn what_the_platform_puts_off_waits_and_emergencies_with_it() {
    let later = Outcome::RejectedTransient {
        why: "429".into(),
        again: Some(at(30)),
    };
    let flow = free().after(&later, None, at(0), pause);
    assert_eq!((flow.failures, flow.refused_until), (0, Some(at(30))));
    for priority in [Priority::Ordinary, Priority::Emergency] {
        assert_eq!(admitted(&flow, priority, 2, 29), 0);
        assert_eq!(admitted(&flow, priority, 2, 30), 2);
    }
    let sooner = Outcome::RejectedTransient {
        why: "429".into(),
        again: Some(at(5)),
    };
    assert_eq!(
        flow.after(&sooner, None, at(1), pause).refused_until,
        Some(at(30))
    );
}

fn budget(remaining: u32, resets: i64) -> Option<Budget> {
    Some(Budget {
        limit: 100,
        remaining,
        resets_at: at(resets),
    })
}

#[test]
fn a_scarce_budget_is_shared_and_keeps_a_reserve_for_emergencies() {
    let plenty = free().after(&published(), budget(80, 60), at(0), pause);
    assert!(plenty.is_free(), "nobody needs to know");
    let scarce = free().after(&published(), budget(12, 60), at(0), pause);
    let (spent, first) = scarce.admit(Priority::Ordinary, 5, at(1), at(2));
    assert_eq!((first, spent.open_until), (2, Some(at(60))), "ten are kept back");
    assert_eq!(admitted(&spent, Priority::Ordinary, 1, 1), 0);
    let (rest, emergency) = spent.admit(Priority::Emergency, 20, at(1), at(2));
    assert_eq!((emergency, rest.refused_until), (10, Some(at(60))));
    assert_eq!(admitted(&rest, Priority::Emergency, 1, 1), 0);
    assert_eq!(admitted(&rest, Priority::Ordinary, 7, 60), 7, "a new period");
}

#[test]
fn an_answer_that_overtakes_another_gives_nothing_back() {
    let scarce = free().after(&published(), budget(5, 60), at(0), pause);
    let later = scarce.clone().after(&published(), budget(9, 60), at(1), pause);
    assert_eq!(later.budget, budget(5, 60));
    assert_eq!(
        scarce.after(&published(), budget(40, 90), at(1), pause).budget,
        budget(40, 90)
    );
}

fn priorities() -> impl Strategy<Value = Priority> {
    prop_oneof![Just(Priority::Ordinary), Just(Priority::Emergency)]
}

proptest! {
    /// However many ask in whatever order: no more pass in a period than the platform takes, and ordinary
    /// posts never use the reserve.
    #[test]
    fn a_budget_is_never_overdrawn(remaining in 0_u32..50, asks in proptest::collection::vec((priorities(), 0_usize..20), 0..12)) {
        let mut flow = free().after(&published(), budget(remaining, 60), at(0), pause);
        let (mut all, mut ordinary) = (0, 0);
        for (priority, wanted) in asks {
            let (next, admitted) = flow.admit(priority, wanted, at(1), at(2));
            prop_assert!(admitted <= wanted);
            all += admitted;
            if priority == Priority::Ordinary {
                ordinary += admitted;
            }
            flow = next;
        }
        prop_assert!(all <= remaining as usize);
        prop_assert!(ordinary <= remaining.saturating_sub(10) as usize);
    }

    /// Whatever was answered, everything flows again after a while: no account is shut for ever.
    #[test]
    fn every_flow_opens_again(answers in proptest::collection::vec(0_u8..5, 0..30)) {
        let mut flow = free();
        for (second, answer) in answers.into_iter().enumerate() {
            let now = at(i64::try_from(second).expect("a second"));
            let later = Outcome::RejectedTransient { why: "429".into(), again: Some(now + TimeDelta::seconds(50)) };
            let not_sent = Outcome::NotSent { why: "down".into() };
            let outcome = [published(), cut(), later, not_sent, published()][usize::from(answer)].clone();
            flow = flow.after(&outcome, budget(u32::from(answer), 55), now, |_| now + TimeDelta::seconds(20));
        }
        prop_assert!(admitted(&flow, Priority::Ordinary, 1, 200) == 1);
    }
}
