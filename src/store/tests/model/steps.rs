//! What may happen next.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{prelude::*, sample::Index};

use crate::{
    dispatch::machine::Settlement,
    domain::{
        attempt::{Outcome, RemoteRef},
        delivery::{Delivery, InvalidTransition, Resolution},
        hold::{HoldCause, HoldReason},
        ids::UserId,
    },
};

/// Which reading of a delivery somebody acts upon.
#[derive(Debug, Clone)]
pub(super) enum Reading {
    /// What the store holds.
    Now(Index),
    /// What it once held.
    Once(Index),
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Queue(i64),
    /// The same post to the same account.
    QueueAgain(Index),
    Claim(i64),
    Intend(Reading, Epoch),
    Change(Reading, usize),
    Settle(Index, usize),
    Sweep,
    Miss,
    Bump,
    Clock(i64),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Epoch {
    Current,
    Before,
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        3 => any::<Index>().prop_map(Reading::Now),
        2 => any::<Index>().prop_map(Reading::Once),
    ]
}

pub(super) fn one_step() -> impl Strategy<Value = Step> {
    let epoch = prop_oneof![5 => Just(Epoch::Current), 1 => Just(Epoch::Before)];
    prop_oneof![
        3 => (0i64..30).prop_map(Step::Queue),
        1 => any::<Index>().prop_map(Step::QueueAgain),
        6 => (1i64..3).prop_map(Step::Claim),
        8 => (reading(), epoch).prop_map(|(reading, epoch)| Step::Intend(reading, epoch)),
        8 => (reading(), 0..CHANGES.len()).prop_map(|(reading, change)| Step::Change(reading, change)),
        6 => (any::<Index>(), 0usize..7).prop_map(|(attempt, which)| Step::Settle(attempt, which)),
        2 => Just(Step::Sweep),
        1 => Just(Step::Miss),
        1 => Just(Step::Bump),
        4 => prop::sample::select(vec![1i64, 10, 30, 60, 300]).prop_map(Step::Clock),
    ]
}

type Change = fn(Delivery, DateTime<Utc>) -> Result<Delivery, InvalidTransition>;

pub(super) const CHANGES: &[Change] = &[
    |d, now| d.give_back(now),
    |d, now| d.hold(reason(), now, now + TimeDelta::seconds(24)),
    |d, now| d.doubt(now, now),
    |d, now| d.repeat(now),
    |d, now| d.look_again(now + TimeDelta::seconds(150)),
    |d, now| d.call_human(now),
    |d, now| {
        let seen = d.state.in_doubt();
        d.resolve(seen, Resolution::IsOut(remote()), now)
    },
    |d, now| {
        let seen = d.state.in_doubt();
        d.resolve(seen, Resolution::IsNotOut, now)
    },
    |d, now| d.reschedule(now),
    |d, now| d.replan(now),
    |d, now| d.approve(now),
    |d, now| d.cancel(UserId::new(uuid::Uuid::nil()), now),
];

fn reason() -> HoldReason {
    HoldReason {
        cause: HoldCause::Gate,
        detail: "rule".to_owned(),
    }
}

fn remote() -> RemoteRef {
    RemoteRef {
        id: "7".to_owned(),
        url: None,
    }
}

pub(super) fn settlement(which: usize, now: DateTime<Utc>) -> Settlement {
    let (why, due) = ("why".to_owned(), now + TimeDelta::seconds(5));
    match which {
        0 | 1 => Settlement::Published(remote()),
        2 => Settlement::Later {
            outcome: Outcome::NotSent { why },
            due,
        },
        3 => Settlement::Park {
            outcome: Outcome::RejectedReauth { why },
        },
        4 => Settlement::Fail {
            outcome: Outcome::RejectedPermanent { why },
        },
        5 => Settlement::Doubt {
            outcome: Outcome::RejectedDuplicate { why },
        },
        _ => Settlement::Doubt {
            outcome: Outcome::Unknown { why },
        },
    }
}
