//! Looking after doubts, as the dispatcher does: read, decide, write, look, write; slow, frozen or killed
//! between any two of them.

use chrono::{DateTime, Utc};

use super::world::{World, short};
use crate::{
    dispatch::{
        GateNow,
        doubt::{Doubt, LOOK_LEASE, Looked, Move, first_of, looked},
        machine::Settlement,
    },
    domain::{
        attempt::Sighting,
        delivery::{Delivery, DeliveryState, InvalidTransition},
        ids::AttemptId,
    },
    store::attempts::PastAttempt,
};

/// The doubts of one round, one after another.
#[derive(Debug, Clone)]
pub(super) struct Doubting {
    due: Vec<Delivery>,
    step: Step,
}

#[derive(Debug, Clone)]
enum Step {
    /// The next one is to be read.
    Read,
    /// A decision is to be carried out.
    Decided(Box<Case>, Move),
    /// The platform is to be looked at.
    Look(Box<Case>),
    /// What was seen is to be written down.
    Seen(Box<Case>, Sighting),
}

/// A doubtful delivery with what was read for it.
#[derive(Debug, Clone)]
struct Case {
    delivery: Delivery,
    attempt: AttemptId,
    since: DateTime<Utc>,
    looks: i32,
}

impl Doubting {
    pub(super) const fn of(due: Vec<Delivery>) -> Self {
        Self {
            due,
            step: Step::Read,
        }
    }
}

impl World {
    /// One step. False when nothing is left of this round.
    pub(super) fn settle_doubt(&mut self, worker: usize, doubting: &mut Doubting) -> bool {
        let step = std::mem::replace(&mut doubting.step, Step::Read);
        match step {
            Step::Read => {
                let Some(delivery) = doubting.due.pop() else {
                    return false;
                };
                if let Some((case, decided)) = self.read_doubt(worker, delivery) {
                    doubting.step = Step::Decided(Box::new(case), decided);
                }
            }
            Step::Decided(case, decided) => {
                if let Some(delivery) = self.carry_out(worker, &case, decided) {
                    doubting.step = Step::Look(Box::new(Case { delivery, ..*case }));
                }
            }
            Step::Look(case) => {
                let sighting = self.look(&case);
                doubting.step = Step::Seen(case, sighting);
            }
            Step::Seen(case, sighting) => self.after_look(worker, &case, sighting),
        }
        true
    }

    fn read_doubt(&mut self, worker: usize, delivery: Delivery) -> Option<(Case, Move)> {
        let DeliveryState::Unknown { attempt, looks, .. } = delivery.state else {
            return None;
        };
        if self.read_fails() {
            return None;
        }
        let now = self.clock(worker);
        let account = self.accounts.get(&delivery.account)?;
        let revision = self.revisions.get(&delivery.revision)?;
        let opens = account.is_open_for(&delivery, *revision, now, self.store.without);
        let gate = if opens { GateNow::Open } else { GateNow::Shut };
        let past: Vec<PastAttempt> = self.store.of_delivery(delivery.id).cloned().collect();
        let miss_at = self.store.find(delivery.id)?.miss_at;
        let doubt = Doubt::about(attempt, &past, account.keys, self.pace.quiet, miss_at, gate)?;
        let case = Case {
            delivery,
            attempt,
            since: first_of(attempt, &past)?,
            looks,
        };
        Some((case, doubt.decide(now)))
    }

    /// Carries a decision out. What it tells is to be looked for.
    fn carry_out(&mut self, worker: usize, case: &Case, decided: Move) -> Option<Delivery> {
        let now = self.clock(worker);
        match decided {
            Move::Repeat => {
                self.change(case, |delivery| delivery.repeat(now));
                None
            }
            Move::Wait(until) => {
                self.change(case, |delivery| delivery.look_again(until));
                None
            }
            Move::Look => self.change(case, |delivery| delivery.look_again(now + LOOK_LEASE)),
        }
    }

    fn look(&mut self, case: &Case) -> Sighting {
        self.counts.looks += 1;
        let content = self.revisions.get(&case.delivery.revision);
        let content = content.map_or(0, |revision| revision.content);
        let (now, since) = (self.now, case.since);
        let sighting = match self.accounts.get(&case.delivery.account) {
            Some(account) => account.server.look(content, since, now, &mut self.chance),
            None => Sighting::Absent,
        };
        let id = case.delivery.id;
        self.say(|| format!("{} a look: {sighting:?}", short(id)));
        self.watch_look(&case.delivery, &sighting);
        sighting
    }

    fn after_look(&mut self, worker: usize, case: &Case, sighting: Sighting) {
        let now = self.clock(worker);
        let spread = case.delivery.id.uuid().as_u64_pair().1;
        let again = now + self.pace.pause(i64::from(case.looks), spread);
        match looked(sighting, case.looks, again) {
            Looked::Out(remote) => {
                let settlement = Settlement::Published(remote);
                let (delivery, attempt) = (case.delivery.clone(), case.attempt);
                let _ = self.transact(|world| world.settle(&delivery, attempt, settlement, now, now));
            }
            Looked::FellThrough(why) => {
                self.change(case, |delivery| delivery.fall_through(why, now));
            }
            Looked::CallHuman => {
                self.change(case, |delivery| delivery.call_human(now));
            }
            Looked::Again(at) => {
                self.change(case, |delivery| delivery.look_again(at));
            }
        }
    }

    /// Applies a transition to the delivery, if it is still in the very doubt that was decided about.
    fn change(
        &mut self,
        case: &Case,
        transition: impl FnOnce(Delivery) -> Result<Delivery, InvalidTransition>,
    ) -> Option<Delivery> {
        let decided = &case.delivery;
        let done = self.transact(|world| {
            let before = world.delivery(decided.id)?;
            if before.state != decided.state {
                return None;
            }
            let after = transition(before.clone()).ok()?;
            world.write(&before, &after).ok()?;
            Some(after)
        });
        done.ok().flatten()
    }
}
