//! Whatever a delivery goes through, the row says the same as the machine in memory.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{prelude::*, test_runner::TestRunner};
use rstest::rstest;

use super::{
    Db, on,
    town::{GRACE, Town, at, step},
};
use crate::{
    domain::{
        attempt::RemoteRef,
        delivery::{Delivery, InvalidTransition, Resolution},
        flow::Priority,
        hold::{HoldCause, HoldReason},
        ids::{AttemptId, UserId},
    },
    store::{deliveries, sql::Dialect},
};

/// One event of a life: what, when (in microseconds), and a word for whatever needs one.
type Event = (usize, i64, String);

/// What an event is made of.
struct Means {
    now: DateTime<Utc>,
    later: DateTime<Utc>,
    word: String,
    attempt: AttemptId,
    user: UserId,
}

impl Means {
    fn reason(&self) -> HoldReason {
        let all = HoldCause::ALL;
        HoldReason {
            cause: all[self.word.len() % all.len()],
            detail: self.word.clone(),
        }
    }

    fn remote(&self) -> RemoteRef {
        RemoteRef {
            id: self.word.clone(),
            url: self
                .word
                .len()
                .is_multiple_of(2)
                .then(|| format!("https://social.example/{}", self.word)),
        }
    }
}

type Transition = fn(Delivery, &Means) -> Result<Delivery, InvalidTransition>;

const TRANSITIONS: &[Transition] = &[
    |d, m| d.approve(m.now),
    |d, m| d.claim(m.word.clone(), m.now + TimeDelta::days(1), m.later),
    |d, m| {
        let fence = d.fence;
        d.intend(fence, m.attempt, m.now - TimeDelta::days(1))
    },
    |d, m| d.hold(m.reason(), m.now, m.later),
    |d, m| d.give_back(m.now),
    |d, m| {
        let fence = d.fence;
        d.retry_later(fence, m.later)
    },
    |d, m| {
        let fence = d.fence;
        d.park(fence, m.reason(), m.now, m.later)
    },
    |d, m| {
        let fence = d.fence;
        d.fail(fence, m.word.clone(), m.now, m.later)
    },
    |d, m| d.doubt(m.now, m.later),
    |d, m| d.look_again(m.later),
    |d, m| d.repeat(m.later),
    |d, m| d.call_human(m.now),
    |d, m| d.fall_through(m.word.clone(), m.now),
    |d, m| {
        let seen = d.state.in_doubt();
        d.resolve(seen, Resolution::IsOut(m.remote()), m.now)
    },
    |d, m| {
        let seen = d.state.in_doubt();
        d.resolve(seen, Resolution::IsNotOut, m.now)
    },
    // The sweep misses only what has a time.
    |d, m| match d.publish_at {
        Some(_) => d.miss(m.now, m.later),
        None => d.doubt(m.now, m.later),
    },
    |d, m| d.reschedule(m.later),
    |d, m| d.replan(m.later),
    |d, m| d.cancel(m.user, m.now),
    // Only what was sent once can be accepted late.
    |d, m| match d.fence.0 {
        0 => d.doubt(m.now, m.later),
        _ => {
            let part = d.series.out();
            Ok(d.accepted(part, m.remote(), m.now))
        }
    },
];

async fn live(db: &Db, town: &Town, planned: Option<i64>, events: Vec<Event>) -> Result<(), TestCaseError> {
    let planned = planned.map(|micros| at(0) + TimeDelta::microseconds(micros));
    let mut current = town.pending(db, planned).await;
    for (which, micros, word) in events {
        let now = at(0) + TimeDelta::microseconds(micros);
        let means = Means {
            now,
            later: now + TimeDelta::microseconds(micros / 7),
            word,
            attempt: AttemptId::new(db.ids.next()),
            user: town.author,
        };
        let Ok(after) = TRANSITIONS[which](current.clone(), &means) else {
            continue;
        };
        current = step(db, &current, after)
            .await
            .map_err(|why| TestCaseError::fail(format!("{current:?}: {why}")))?;
        let mut reader = db.reader().await;
        let stored = deliveries::find(&mut reader, town.organization, current.id).await;
        let stored = stored.unwrap().unwrap();
        prop_assert_eq!(&stored.delivery, &current);
        prop_assert_eq!(stored.miss_at, current.publish_at.map(|at| at + GRACE));
        prop_assert_eq!(stored.priority, Priority::Ordinary);
    }
    Ok(())
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_life_of_a_delivery_reads_back_as_it_was_lived(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let config = ProptestConfig {
            cases: 32,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let event = (0..TRANSITIONS.len(), 0..1_000_000_000_i64, "[^\0]{0,12}");
        let life = (
            proptest::option::of(0..1_000_000_000_i64),
            proptest::collection::vec(event, 1..80),
        );
        let tested = tokio::task::block_in_place(|| {
            let here = tokio::runtime::Handle::current();
            TestRunner::new(config).run(&life, |(planned, events)| {
                here.block_on(live(db, &town, planned, events))
            })
        });
        if let Err(why) = tested {
            panic!("{why}");
        }
    })
    .await;
}
