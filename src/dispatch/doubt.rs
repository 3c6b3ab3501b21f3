//! What is to be done about a delivery of which it is not known whether it is out. Decisions only: no I/O,
//! no clock.

use chrono::{DateTime, Duration, Utc};

use crate::{
    domain::{
        account::KeySupport,
        attempt::{RemoteRef, Sighting},
        delivery::Delivery,
        ids::AttemptId,
    },
    store::attempts::PastAttempt,
};

/// How often a platform that cannot be read is asked before a person is.
const LOOKS: i32 = 8;

/// How often it is asked after what the platform took and is still at work on: about an hour.
const LOOKS_UNDERWAY: i32 = 64;

/// How long one look may take, all its requests together, before another one may begin.
pub const LOOK_LEASE: Duration = Duration::seconds(150);

/// What is to be done about a doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// The same call again under the same key, with a fresh permit.
    Repeat,
    /// Read the platform.
    Look,
    /// It is too early to look: the request may still land.
    Wait(DateTime<Utc>),
}

/// Everything that decides about a doubt.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// Until when the key makes a repetition safe, where the server honours keys.
    pub key_ends: Option<DateTime<Utc>>,
    /// From then on a request of the last attempt can no longer take effect.
    pub quiet_from: DateTime<Utc>,
    /// From then on the delivery would be late.
    pub miss_at: Option<DateTime<Utc>>,
    /// Whether the gate would let it pass now.
    pub gate: GateNow,
}

/// What the gate says at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateNow {
    /// It would consent.
    Open,
    /// It would not: only looking is left.
    Shut,
}

impl Doubt {
    /// The doubt about an attempt, among all of its delivery. None if it is not one of them.
    #[must_use]
    pub fn about(
        attempt: AttemptId,
        past: &[PastAttempt],
        keys: KeySupport,
        quiet: Duration,
        miss_at: Option<DateTime<Utc>>,
        gate: GateNow,
    ) -> Option<Self> {
        let deadline = past.iter().map(|past| past.attempt.send_by).max()?;
        Some(Self {
            key_ends: key_ends(first_of(attempt, past)?, keys),
            quiet_from: deadline + quiet,
            miss_at,
            gate,
        })
    }

    /// The platform took the call and carries it out later: there is nothing to repeat, and nothing to wait for
    /// before it is asked.
    #[must_use]
    pub fn taken(self) -> Self {
        Self {
            key_ends: None,
            quiet_from: DateTime::UNIX_EPOCH,
            ..self
        }
    }

    /// Decides. A repetition needs the server's key inside its life, the window and the grace; everything
    /// else waits until no request can land any more, and looks.
    #[must_use]
    pub fn decide(&self, now: DateTime<Utc>) -> Move {
        let key_lives = self.key_ends.is_some_and(|key_ends| now < key_ends);
        let in_time = self.miss_at.is_some_and(|miss_at| now < miss_at);
        if key_lives && in_time && self.gate == GateNow::Open {
            return Move::Repeat;
        }
        if now < self.quiet_from {
            return Move::Wait(self.quiet_from);
        }
        Move::Look
    }
}

/// When the key of an attempt was used first: that call, too, may be the one that is out.
#[must_use]
pub fn first_of(attempt: AttemptId, past: &[PastAttempt]) -> Option<DateTime<Utc>> {
    let key = past.iter().find(|past| past.attempt.id == attempt)?.attempt.key;
    let same_key = past.iter().filter(|past| past.attempt.key == key);
    same_key.map(|past| past.attempt.intended_at).min()
}

/// Until when a key that was used first at `first` is certainly remembered. The call of a repetition starts
/// before that, however long it waited for it.
#[must_use]
pub fn key_ends(first: DateTime<Utc>, keys: KeySupport) -> Option<DateTime<Utc>> {
    match keys {
        KeySupport::Honoured { seconds } => Some(first + Duration::seconds(i64::from(seconds))),
        KeySupport::NotHonoured => None,
    }
}

/// Why a repetition is given up: its key is no longer certain to be remembered.
pub const KEY_OVER: &str = "delivery.key_over";

/// Whether a claimed delivery repeats a call, and how long it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    /// Nothing of it may be out.
    None,
    /// The server recognises the key until then.
    SafeUntil(DateTime<Utc>),
    /// It may no longer: looking is left.
    Unsafe,
}

/// Asked before every call: between the decision to repeat and the call there may be refusals for now, and
/// pauses that are longer than the server's memory.
#[must_use]
pub fn repetition(
    claimed: &Delivery,
    past: &[PastAttempt],
    keys: KeySupport,
    now: DateTime<Utc>,
) -> Repetition {
    let Some(doubt) = claimed.state.doubt() else {
        return Repetition::None;
    };
    let ends = first_of(doubt, past).and_then(|first| key_ends(first, keys));
    match ends {
        Some(ends) if now < ends => Repetition::SafeUntil(ends),
        _ => Repetition::Unsafe,
    }
}

/// What a look has settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// It is out.
    Out(RemoteRef),
    /// The platform took it, and it went to nobody.
    FellThrough(String),
    /// A person has to say.
    CallHuman,
    /// Nothing: look again.
    Again(DateTime<Utc>),
}

/// What follows from a look, the `looks` before it counted. Absent is not a reason to send again: only a
/// person orders that.
#[must_use]
pub fn looked(sighting: Sighting, looks: i32, again: DateTime<Utc>) -> Looked {
    match sighting {
        Sighting::Seen(remote) => Looked::Out(remote),
        Sighting::FellThrough { why } => Looked::FellThrough(why),
        Sighting::Underway { .. } if looks < LOOKS_UNDERWAY => Looked::Again(again),
        Sighting::CannotTell { .. } if looks < LOOKS => Looked::Again(again),
        Sighting::Absent | Sighting::Underway { .. } | Sighting::CannotTell { .. } => Looked::CallHuman,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    fn doubt() -> Doubt {
        Doubt {
            key_ends: key_ends(at(0), KeySupport::Honoured { seconds: 3000 }),
            quiet_from: at(90),
            miss_at: Some(at(600)),
            gate: GateNow::Open,
        }
    }

    #[rstest]
    #[case::key_window_and_grace(doubt(), 10, Move::Repeat)]
    #[case::window_closed(Doubt { gate: GateNow::Shut, ..doubt() }, 10, Move::Wait(at(90)))]
    #[case::window_closed_and_quiet(Doubt { gate: GateNow::Shut, ..doubt() }, 90, Move::Look)]
    #[case::no_key(Doubt { key_ends: None, ..doubt() }, 10, Move::Wait(at(90)))]
    #[case::no_key_and_quiet(Doubt { key_ends: None, ..doubt() }, 90, Move::Look)]
    #[case::grace_over(doubt(), 600, Move::Look)]
    #[case::key_over(Doubt { miss_at: Some(at(9999)), ..doubt() }, 3000, Move::Look)]
    fn a_doubt_is_repeated_only_where_it_is_safe(
        #[case] doubt: Doubt,
        #[case] now: i64,
        #[case] expected: Move,
    ) {
        assert_eq!(doubt.decide(at(now)), expected);
    }

    proptest! {
        #[test]
        fn never_twice_without_a_key_a_doubt_is_only_looked_at(
            now in -100i64..10_000, quiet in 0i64..5_000, miss in 0i64..10_000, open in any::<bool>()
        ) {
            let gate = if open { GateNow::Open } else { GateNow::Shut };
            let doubt = Doubt {
                key_ends: key_ends(at(0), KeySupport::NotHonoured), quiet_from: at(quiet), miss_at: Some(at(miss)), gate,
            };
            prop_assert_ne!(doubt.decide(at(now)), Move::Repeat);
        }
    }

    #[test]
    fn only_a_person_ends_a_doubt_about_what_is_not_seen() {
        let cannot = || Sighting::CannotTell { why: "cut".into() };
        let again = Looked::Again(at(5));
        assert_eq!(looked(Sighting::Absent, 0, at(5)), Looked::CallHuman);
        assert_eq!(looked(cannot(), LOOKS - 1, at(5)), again);
        assert_eq!(looked(cannot(), LOOKS, at(5)), Looked::CallHuman);
    }

    #[test]
    fn what_the_platform_took_is_asked_about_and_not_made_again() {
        let taken = doubt().taken();
        assert_eq!(taken.decide(at(10)), Move::Look);
        let underway = || Sighting::Underway {
            why: "sending".into(),
        };
        assert_eq!(
            looked(underway(), LOOKS_UNDERWAY - 1, at(5)),
            Looked::Again(at(5))
        );
        assert_eq!(looked(underway(), LOOKS_UNDERWAY, at(5)), Looked::CallHuman);
        let nobody = Sighting::FellThrough {
            why: "too few".into(),
        };
        assert_eq!(looked(nobody, 0, at(5)), Looked::FellThrough("too few".into()));
    }
}
