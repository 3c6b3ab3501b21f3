//! What the dispatcher decides, without doing it: `step(event) → effect`.
//!
//! One machine drives one claimed delivery from the claim to a recorded outcome. It does no I/O and knows
//! no clock, so that tests and simulators can walk it through every order of events.

use chrono::{DateTime, Duration, Utc};

use crate::domain::{
    attempt::{Outcome, RemoteRef},
    hold::{HoldCause, HoldReason},
};

/// How often the gate is asked again when its epoch moved under an intent.
const ROUNDS: u8 = 5;

/// How often an outcome is tried to be recorded before the sweep has to find it out.
const RECORD_TRIES: u8 = 30;

/// Times that the machine works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long after its deadline a request can still take effect at the platform: longer than any
    /// request can live, the clocks' skew included.
    pub quiet: Duration,
    /// What a lease must still have left when a call starts: the longest request and the clocks' skew. The
    /// call and its record end before the lease does.
    pub reserve: Duration,
    /// The first pause after a refusal for now; it doubles each time.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Pace {
    /// The deadline of a call under a lease and a permit; none when it is over already.
    #[must_use]
    pub fn send_by(
        &self,
        lease_until: DateTime<Utc>,
        permitted_until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let send_by = permitted_until.min(lease_until - self.reserve);
        (now < send_by).then_some(send_by)
    }

    /// The pause before the try after `tries` ones; spread by `spread`, so that accounts that failed
    /// together do not come back together.
    #[must_use]
    pub fn pause(&self, tries: i64, spread: u64) -> Duration {
        let doublings = u32::try_from(tries.clamp(0, 16)).unwrap_or(16);
        let full = self
            .first_pause
            .checked_mul(1 << doublings)
            .unwrap_or(self.longest_pause)
            .min(self.longest_pause);
        let percent = i32::try_from(spread % 50).unwrap_or(0) + 75;
        full * percent / 100
    }
}

/// Where the machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Judging { round: u8 },
    Preparing { round: u8 },
    Intending { round: u8 },
    Calling,
    Recording { tries: u8, settlement: Settlement },
    PuttingAside,
    Done,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The gate consents.
    Permitted,
    /// The gate refuses.
    Refused {
        /// The kind of reason.
        cause: HoldCause,
        /// The rule that refused.
        rule: String,
    },
    /// The gate could not be asked: what it needs could not be read.
    NotJudged,
    /// Whatever the platform needs beforehand is there.
    Prepared,
    /// The platform, or another worker, is still at it.
    NotYetPrepared {
        /// When it is worth asking again.
        again: DateTime<Utc>,
    },
    /// The platform does not take what it needs beforehand. Nothing of it is in public.
    NotPrepared(Outcome),
    /// The intent is committed.
    Intended,
    /// A hold, policy, emergency or edit came between.
    EpochMoved,
    /// The claim is gone.
    ClaimLost,
    /// Whether the intent is committed is not known, or it is not.
    IntentInDoubt,
    /// The platform answered, or the call ended without an answer.
    Answered(Outcome),
    /// The outcome is committed.
    Recorded,
    /// The outcome could not be committed.
    NotRecorded,
    /// The delivery was put aside, or somebody else has it.
    PutAside,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask the gate, with a fresh snapshot.
    Judge,
    /// Make ready what the platform needs beforehand: nothing of that is in public.
    Prepare,
    /// Write the attempt down.
    Intend,
    /// Call the platform, once.
    Call,
    /// Write down what the answer proved.
    Record(Settlement),
    /// Write it down again after a while: the answer is a fact that must not be lost.
    RecordAgain(Settlement),
    /// Put the delivery aside for a person.
    Hold(HoldReason),
    /// Give the claim back; nothing was sent.
    GiveBack {
        /// When it is due again.
        due: DateTime<Utc>,
    },
    /// Nothing more. Whatever is left open, the sweep finds.
    Finish,
}

/// What an outcome means for the delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It is out.
    Published(RemoteRef),
    /// Later again.
    Later {
        /// The outcome, for the attempt's row.
        outcome: Outcome,
        /// When.
        due: DateTime<Utc>,
    },
    /// The credential was refused.
    Park {
        /// The outcome.
        outcome: Outcome,
    },
    /// Refused for good.
    Fail {
        /// The outcome.
        outcome: Outcome,
    },
    /// It may be out.
    Doubt {
        /// The outcome.
        outcome: Outcome,
    },
}

impl Settlement {
    /// The outcome that it settles, for the attempt's row.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Published(remote) => Outcome::Published(remote.clone()),
            Self::Later { outcome, .. }
            | Self::Park { outcome }
            | Self::Fail { outcome }
            | Self::Doubt { outcome } => outcome.clone(),
        }
    }

    /// What an outcome means. `tries` counts the attempts so far.
    #[must_use]
    pub fn of(outcome: Outcome, pace: &Pace, tries: i64, spread: u64, now: DateTime<Utc>) -> Self {
        let pause = now + pace.pause(tries, spread);
        match outcome {
            Outcome::Published(remote) => Self::Published(remote),
            Outcome::NotSent { .. } => Self::Later { due: pause, outcome },
            Outcome::RejectedTransient { again, .. } => Self::Later {
                due: again.map_or(pause, |again| again.max(pause)),
                outcome,
            },
            Outcome::RejectedReauth { .. } => Self::Park { outcome },
            Outcome::RejectedPermanent { .. } => Self::Fail { outcome },
            // An equal post exists: evidence that we are out, never a reason to try another text.
            Outcome::RejectedDuplicate { .. } | Outcome::Unknown { .. } => Self::Doubt { outcome },
        }
    }
}

/// Drives one claimed delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    stage: Stage,
    pace: Pace,
    tries: i64,
    spread: u64,
}

impl Machine {
    /// A machine for a fresh claim, and its first effect. `tries` counts earlier claims of the delivery.
    #[must_use]
    pub const fn start(pace: Pace, tries: i64, spread: u64) -> (Self, Effect) {
        (
            Self {
                stage: Stage::Judging { round: 1 },
                pace,
                tries,
                spread,
            },
            Effect::Judge,
        )
    }

    /// One step. An event that does not belong to the stage ends the machine: the sweep sees to the rest.
    #[must_use]
    pub fn step(self, event: Event, now: DateTime<Utc>) -> (Self, Effect) {
        let (stage, effect) = self.next(event, now);
        (Self { stage, ..self }, effect)
    }

    fn next(&self, event: Event, now: DateTime<Utc>) -> (Stage, Effect) {
        match (&self.stage, event) {
            (Stage::Judging { round }, Event::Permitted) => {
                (Stage::Preparing { round: *round }, Effect::Prepare)
            }
            (Stage::Judging { .. }, Event::Refused { cause, rule }) => (
                Stage::PuttingAside,
                Effect::Hold(HoldReason { cause, detail: rule }),
            ),
            (Stage::Judging { .. }, Event::NotJudged) => self.give_back(now),
            (Stage::Preparing { round }, Event::Prepared) => {
                (Stage::Intending { round: *round }, Effect::Intend)
            }
            (Stage::Preparing { .. }, Event::NotYetPrepared { again }) => {
                (Stage::PuttingAside, Effect::GiveBack { due: again.max(now) })
            }
            (Stage::Preparing { .. }, Event::NotPrepared(outcome)) => self.not_prepared(&outcome, now),
            (Stage::Intending { .. }, Event::Intended) => (Stage::Calling, Effect::Call),
            (Stage::Intending { round }, Event::EpochMoved) if *round < ROUNDS => {
                (Stage::Judging { round: round + 1 }, Effect::Judge)
            }
            (Stage::Intending { .. }, Event::EpochMoved) => self.give_back(now),
            (Stage::Calling, Event::Answered(outcome)) => {
                let settlement = Settlement::of(outcome, &self.pace, self.tries, self.spread, now);
                (
                    Stage::Recording {
                        tries: 1,
                        settlement: settlement.clone(),
                    },
                    Effect::Record(settlement),
                )
            }
            (Stage::Recording { tries, settlement }, Event::NotRecorded) if *tries < RECORD_TRIES => (
                Stage::Recording {
                    tries: tries + 1,
                    settlement: settlement.clone(),
                },
                Effect::RecordAgain(settlement.clone()),
            ),
            _ => (Stage::Done, Effect::Finish),
        }
    }

    /// What a platform says before the call is never about something that is out.
    fn not_prepared(&self, outcome: &Outcome, now: DateTime<Utc>) -> (Stage, Effect) {
        let hold = |cause, detail: &str| {
            let detail = detail.to_owned();
            (Stage::PuttingAside, Effect::Hold(HoldReason { cause, detail }))
        };
        match outcome {
            Outcome::RejectedReauth { .. } => hold(HoldCause::Account, "needs_reconnect"),
            Outcome::RejectedPermanent { why } | Outcome::RejectedDuplicate { why } => {
                hold(HoldCause::Account, why)
            }
            Outcome::RejectedTransient {
                again: Some(again), ..
            } => {
                let due = (now + self.pace.pause(self.tries, self.spread)).max(*again);
                (Stage::PuttingAside, Effect::GiveBack { due })
            }
            _ => self.give_back(now),
        }
    }

    fn give_back(&self, now: DateTime<Utc>) -> (Stage, Effect) {
        (
            Stage::PuttingAside,
            Effect::GiveBack {
                due: now + self.pace.pause(self.tries, self.spread),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
    }

    fn pace() -> Pace {
        Pace {
            quiet: Duration::seconds(30),
            reserve: Duration::seconds(22),
            first_pause: Duration::seconds(2),
            longest_pause: Duration::seconds(60),
        }
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        let why = || "why".to_owned();
        prop_oneof![
            Just(Outcome::Published(RemoteRef {
                id: "1".into(),
                url: None
            })),
            Just(Outcome::NotSent { why: why() }),
            Just(Outcome::RejectedTransient {
                why: why(),
                again: None
            }),
            Just(Outcome::RejectedReauth { why: why() }),
            Just(Outcome::RejectedPermanent { why: why() }),
            Just(Outcome::RejectedDuplicate { why: why() }),
            Just(Outcome::Unknown { why: why() }),
        ]
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Permitted),
            Just(Event::Refused {
                cause: HoldCause::Window,
                rule: "window.closed".into()
            }),
            Just(Event::NotJudged),
            Just(Event::Prepared),
            Just(Event::NotYetPrepared { again: now() }),
            outcome().prop_map(Event::NotPrepared),
            Just(Event::Intended),
            Just(Event::EpochMoved),
            Just(Event::ClaimLost),
            Just(Event::IntentInDoubt),
            outcome().prop_map(Event::Answered),
            Just(Event::Recorded),
            Just(Event::NotRecorded),
            Just(Event::PutAside),
        ]
    }

    proptest! {
        /// Whatever happens in whatever order: one call at most, never before a permit and a committed
        /// intent, and what a call answered is always recorded before the machine ends.
        #[test]
        fn never_calls_twice_nor_without_permit_and_intent(events in proptest::collection::vec(event(), 0..60)) {
            let (mut machine, mut effect) = Machine::start(pace(), 0, 7);
            let (mut permitted, mut intended, mut calls) = (false, false, 0);
            for event in events {
                match (&effect, &event) {
                    (Effect::Judge, Event::Permitted) => permitted = true,
                    (Effect::Intend, Event::Intended) => intended = true,
                    (Effect::Intend, Event::EpochMoved) => permitted = false,
                    _ => {}
                }
                let answered = matches!((&effect, &event), (Effect::Call, Event::Answered(_)));
                (machine, effect) = machine.step(event, now());
                if effect == Effect::Call {
                    calls += 1;
                    prop_assert!(permitted && intended);
                }
                if answered {
                    prop_assert!(matches!(effect, Effect::Record(_)));
                }
            }
            prop_assert!(calls <= 1);
        }
    }

    #[test]
    fn an_intent_in_doubt_sends_nothing() {
        let (machine, _) = Machine::start(pace(), 0, 0);
        let (machine, effect) = machine.step(Event::Permitted, now());
        assert_eq!(effect, Effect::Prepare);
        let (machine, effect) = machine.step(Event::Prepared, now());
        assert_eq!(effect, Effect::Intend);
        let (_, effect) = machine.step(Event::IntentInDoubt, now());
        assert_eq!(effect, Effect::Finish);
    }

    #[test]
    fn an_unknown_answer_is_a_doubt_and_never_a_retry() {
        for outcome in [
            Outcome::Unknown { why: "cut".into() },
            Outcome::RejectedDuplicate { why: "equal".into() },
        ] {
            let settlement = Settlement::of(outcome, &pace(), 3, 0, now());
            assert!(matches!(settlement, Settlement::Doubt { .. }));
        }
    }

    #[test]
    fn a_call_starts_while_lease_and_permit_leave_time_for_it() {
        let (pace, later) = (pace(), |seconds| now() + Duration::seconds(seconds));
        assert_eq!(pace.send_by(later(60), later(900), now()), Some(later(38)));
        assert_eq!(pace.send_by(later(60), later(5), now()), Some(later(5)));
        assert_eq!(pace.send_by(later(22), later(900), now()), None);
        assert_eq!(pace.send_by(later(60), now(), now()), None);
    }

    #[test]
    fn pauses_grow_and_end() {
        let short = pace().pause(0, 25);
        let longer = pace().pause(3, 25);
        assert!(short < longer);
        assert!(pace().pause(100, 49) <= Duration::seconds(60) * 124 / 100);
    }
}
