//! One claimed delivery on its way: does what the machine decides, as the shell of the dispatcher does, and
//! may be slow, frozen or killed between any two steps.

use chrono::{DateTime, Duration, Utc};

use super::{
    Guard,
    plan::LONGEST_REQUEST,
    server::Request,
    store::Refused,
    town::{Connection, Judgement, ModelPermit},
    world::{Happening, Here, NoAnswer, Weather, World, short},
};
use crate::{
    dispatch::{
        Pace,
        doubt::{KEY_OVER, Repetition, repetition},
        machine::{Effect, Event, Machine, Settlement},
        settle::{is_news, settled},
    },
    domain::{
        attempt::{Attempt, Authority, IdempotencyKey, Outcome},
        delivery::{Delivery, DeliveryState},
        digest::PolicyDigest,
        hold::HoldCause,
        ids::{AccountId, AttemptId},
    },
    store::attempts::PastAttempt,
};

/// Where it is.
#[derive(Debug, Clone)]
enum Step {
    /// An effect is to be begun.
    Begin(Effect),
    /// The transaction of an intent is on its way.
    Intend(Attempt),
    /// The connection is being made.
    Connect,
    /// The request left; an answer comes, or its time runs out.
    Wait,
    /// A delivery is to be put aside.
    PutAside(Box<Delivery>),
    /// An outcome is to be written down.
    Write(Settlement, DateTime<Utc>),
    /// Something is to be told to the machine.
    Tell(Event),
}

/// A claimed delivery and how far it has come.
#[derive(Debug, Clone)]
pub(super) struct Publishing {
    pub(super) ticket: u32,
    claimed: Delivery,
    machine: Machine,
    step: Step,
    permit: Option<ModelPermit>,
    attempt: Option<Attempt>,
    /// Without intent-before-send: what is written down only afterwards.
    unwritten: Option<Attempt>,
}

/// Whether a task goes on at once, later, or not.
enum Next {
    Step(Step),
    /// Something else brings the next step.
    Wait,
    Later(Duration, Step),
    End,
}

impl Publishing {
    pub(super) fn start(claimed: Delivery, pace: Pace) -> Self {
        let (machine, effect) = Machine::start(pace, claimed.fence.0 - 1, claimed.id.uuid().as_u64_pair().1);
        Self {
            ticket: 0,
            claimed,
            machine,
            step: Step::Begin(effect),
            permit: None,
            attempt: None,
            unwritten: None,
        }
    }
}

impl World {
    /// Goes on until the next pause. False when it has ended.
    pub(super) fn publish(&mut self, here: Here, publishing: &mut Publishing) -> bool {
        loop {
            publishing.ticket += 1;
            let step = std::mem::replace(&mut publishing.step, Step::Wait);
            let next = match step {
                Step::Begin(effect) => self.begin(here, publishing, effect),
                Step::Intend(attempt) => Next::Step(Step::Tell(self.intend(publishing, attempt))),
                Step::Connect => self.first_byte(here, publishing),
                Step::Wait => {
                    let why = "no answer in time".to_owned();
                    Next::Step(Step::Tell(Event::Answered(Outcome::Unknown { why })))
                }
                Step::PutAside(after) => {
                    let before = publishing.claimed.clone();
                    let _ = self.transact(|world| world.write(&before, &after));
                    Next::Step(Step::Tell(Event::PutAside))
                }
                Step::Write(settlement, now) => {
                    Next::Step(Step::Tell(self.record(publishing, settlement, now)))
                }
                Step::Tell(event) => {
                    let now = self.clock(here.worker);
                    let (machine, effect) = publishing.machine.clone().step(event, now);
                    publishing.machine = machine;
                    if effect == Effect::Finish {
                        Next::End
                    } else {
                        Next::Step(Step::Begin(effect))
                    }
                }
            };
            let (delay, step) = match next {
                Next::End => return false,
                Next::Wait => return true,
                Next::Later(delay, step) => (Some(delay), step),
                Next::Step(step) => (self.pause(here.worker), step),
            };
            publishing.step = step;
            if let Some(delay) = delay {
                let ticket = publishing.ticket;
                self.after(delay, Happening::Publish(Here { ticket, ..here }));
                return true;
            }
        }
    }

    fn begin(&mut self, here: Here, publishing: &mut Publishing, effect: Effect) -> Next {
        let now = self.clock(here.worker);
        let claimed = publishing.claimed.clone();
        match effect {
            Effect::Judge => Next::Step(Step::Tell(self.judge(publishing, now))),
            // Nothing of a preparation is in public: the simulated platforms need none.
            Effect::Prepare => Next::Step(Step::Tell(Event::Prepared)),
            Effect::Intend => Next::Step(self.prepare(publishing, now)),
            Effect::Call => self.call(publishing, now),
            Effect::Record(settlement) => Next::Step(Step::Write(settlement, now)),
            Effect::RecordAgain(settlement) => {
                Next::Later(Duration::seconds(1), Step::Write(settlement, now))
            }
            Effect::Hold(reason) => put_aside(claimed.hold(reason, now, now + self.pace.quiet)),
            Effect::GiveBack { due } => put_aside(claimed.give_back(due)),
            Effect::Finish => Next::End,
        }
    }

    fn judge(&mut self, publishing: &mut Publishing, now: DateTime<Utc>) -> Event {
        let claimed = &publishing.claimed;
        let DeliveryState::Claimed { lease, .. } = &claimed.state else {
            return Event::ClaimLost;
        };
        if self.read_fails() {
            return Event::NotJudged;
        }
        let account = self.accounts.get(&claimed.account);
        let revision = self.revisions.get(&claimed.revision);
        let (Some(account), Some(revision)) = (account, revision) else {
            return Event::NotJudged;
        };
        let (epoch, without) = (self.store.epoch, self.store.without);
        let past: Vec<PastAttempt> = self.store.of_delivery(claimed.id).cloned().collect();
        let key_ends = match repetition(claimed, &past, account.keys, now) {
            Repetition::None => None,
            Repetition::SafeUntil(key_ends) => Some(key_ends),
            Repetition::Unsafe => {
                return Event::Refused {
                    cause: HoldCause::Gate,
                    rule: KEY_OVER.to_owned(),
                };
            }
        };
        match account.judge(claimed, *revision, lease.until, epoch, now, without) {
            Judgement::Permit(permit) => {
                let send_by = key_ends.map_or(permit.send_by, |ends| permit.send_by.min(ends));
                publishing.permit = Some(ModelPermit { send_by, ..permit });
                Event::Permitted
            }
            Judgement::Refusal(reason) => Event::Refused {
                cause: reason.cause,
                rule: reason.detail,
            },
            Judgement::TooLate => Event::NotJudged,
        }
    }

    /// Everything about an intent that is decided before its transaction begins.
    fn prepare(&mut self, publishing: &mut Publishing, now: DateTime<Utc>) -> Step {
        let claimed = publishing.claimed.clone();
        let (Some(permit), DeliveryState::Claimed { lease, .. }) = (publishing.permit, &claimed.state) else {
            return Step::Tell(Event::ClaimLost);
        };
        let send_by = if self.store.without == Some(Guard::LeaseCheck) {
            Some(now + Duration::days(1))
        } else {
            self.pace.send_by(lease.until, permit.send_by, now)
        };
        let Some(send_by) = send_by else {
            return Step::Tell(Event::EpochMoved);
        };
        let attempt = Attempt {
            id: AttemptId::new(self.id()),
            delivery: claimed.id,
            revision: claimed.revision,
            fence: claimed.fence,
            generation: claimed.generation,
            part: claimed.series.out(),
            key: IdempotencyKey::derive(
                claimed.id,
                claimed.revision,
                claimed.generation,
                claimed.series.out(),
            ),
            policy: PolicyDigest::new([0; 32]),
            authority: Authority::Route,
            gate_epoch: permit.gate_epoch,
            intended_at: now,
            send_by,
        };
        if self.store.without == Some(Guard::IntentFirst) {
            publishing.attempt = Some(attempt.clone());
            publishing.unwritten = Some(attempt);
            return Step::Tell(Event::Intended);
        }
        Step::Intend(attempt)
    }

    fn intend(&mut self, publishing: &mut Publishing, attempt: Attempt) -> Event {
        let written = attempt.clone();
        let done = self.transact(|world| {
            world.watch_intent(&written);
            let done = world.store.intend(written);
            if done == Err(Refused::EpochMoved) {
                world.counts.stale_permits += 1;
            }
            done
        });
        match done {
            Ok(Ok(())) => {
                publishing.attempt = Some(attempt);
                Event::Intended
            }
            Ok(Err(Refused::EpochMoved)) => Event::EpochMoved,
            Ok(Err(Refused::ClaimLost | Refused::Stale)) => Event::ClaimLost,
            Ok(Err(Refused::Duplicate)) | Err(NoAnswer) => Event::IntentInDoubt,
        }
    }

    /// The adapter's first look at its deadline; then it connects.
    fn call(&mut self, publishing: &Publishing, now: DateTime<Utc>) -> Next {
        let in_time = publishing
            .attempt
            .as_ref()
            .is_some_and(|attempt| now < attempt.send_by);
        if !in_time {
            return Next::Step(not_sent("the time to start was over"));
        }
        let slow = self.chance.percent(10);
        let delay = self.chance.millis(1, if slow { 5_000 } else { 100 });
        Next::Later(delay, Step::Connect)
    }

    /// Connected: the request begins if there is still time, and from here on nothing is sure any more. To
    /// look at the clock and to send is one step here; see `docs/SIMULATOR.md`.
    fn first_byte(&mut self, here: Here, publishing: &mut Publishing) -> Next {
        let claimed = &publishing.claimed;
        let (Some(attempt), Some(permit)) = (publishing.attempt.clone(), publishing.permit) else {
            return Next::Step(not_sent("the door was not opened"));
        };
        let Some(account) = self.accounts.get(&claimed.account) else {
            return Next::Step(not_sent("no account"));
        };
        let character = account.server.character.clone();
        if attempt.send_by <= self.clock(here.worker) {
            return Next::Step(not_sent("the time to start was over"));
        }
        if self.chance.percent(character.unreachable) {
            return Next::Step(not_sent("refused by the host"));
        }
        let request = Request {
            post: claimed.post,
            delivery: claimed.id,
            content: permit.content,
            key: attempt.key,
        };
        let account = claimed.account;
        self.counts.calls += 1;
        let id = claimed.id;
        self.say(|| format!("{} the call begins", short(id)));
        self.watch_call(here.worker, &attempt, &request, account);
        let ticket = publishing.ticket;
        let sender = Here { ticket, ..here };
        self.send(request, account, sender, &character);
        Next::Wait
    }

    fn send(
        &mut self,
        request: Request,
        account: AccountId,
        sender: Here,
        character: &super::server::Character,
    ) {
        let started = self.now;
        if !self.chance.percent(character.lost_on_the_way) {
            let slow = self.chance.percent(character.slow);
            let delay = self.chance.millis(1, if slow { 20_000 } else { 300 });
            let arrival = Happening::Arrival {
                request,
                account,
                sender,
                started,
            };
            self.after(delay, arrival);
        }
        // A connection may be cut long before the longest request is over; what was sent may still arrive.
        let cut = self.weather == Weather::Storm && self.chance.percent(character.answer_lost / 2);
        let patience = if cut {
            self.chance.millis(1, 20_000)
        } else {
            LONGEST_REQUEST
        };
        self.after(patience, Happening::Publish(sender));
    }

    pub(super) fn arrive(
        &mut self,
        request: &Request,
        account: AccountId,
        sender: Here,
        started: DateTime<Utc>,
    ) {
        let Some(server) = self.accounts.get_mut(&account).map(|account| &mut account.server) else {
            return;
        };
        let before = server.public.len();
        let mut answer = server.take(request, self.now, &mut self.chance);
        let published = server.public.len() > before;
        let (lost, unreadable) = (server.character.answer_lost, server.character.unreadable);
        let id = request.delivery;
        let class = answer.class();
        self.say(|| {
            format!(
                "{} arrives: {class}{}",
                short(id),
                if published { ", in public" } else { "" }
            )
        });
        if published {
            self.counts.public += 1;
            self.watched.touch();
        }
        if self.chance.percent(lost) {
            return;
        }
        if self.chance.percent(unreadable) {
            let why = "a 5xx, or an answer that cannot be read".to_owned();
            answer = Outcome::Unknown { why };
        }
        let back = self.chance.millis(1, 300);
        if started + LONGEST_REQUEST <= self.now + back {
            return;
        }
        // It reaches its sender, should that still be waiting.
        let waiting = self.workers[sender.worker].publishing.get_mut(&sender.task);
        let waiting = waiting.filter(|publishing| publishing.ticket == sender.ticket);
        if let Some(publishing) = waiting {
            publishing.step = Step::Tell(Event::Answered(answer));
            self.after(back, Happening::Publish(sender));
        }
    }

    fn record(&mut self, publishing: &mut Publishing, settlement: Settlement, now: DateTime<Utc>) -> Event {
        let Some(attempt) = publishing.attempt.clone() else {
            return Event::PutAside;
        };
        let quiet_until = attempt.send_by + self.pace.quiet;
        let unwritten = publishing.unwritten.take();
        let claimed = publishing.claimed.clone();
        let done = self.transact(|world| {
            if let Some(attempt) = unwritten {
                let _ = world.store.intend(attempt);
            }
            world.settle(&claimed, attempt.id, settlement, now, quiet_until);
        });
        match done {
            Ok(()) => Event::Recorded,
            Err(NoAnswer) => Event::NotRecorded,
        }
    }

    /// Closes the attempt and changes the delivery, as the recording transaction does.
    pub(super) fn settle(
        &mut self,
        claimed: &Delivery,
        attempt: AttemptId,
        settlement: Settlement,
        now: DateTime<Utc>,
        quiet_until: DateTime<Utc>,
    ) {
        let park = matches!(settlement, Settlement::Park { .. });
        let outcome = settlement.outcome();
        let recorded = self.store.close(attempt, &outcome, now);
        let Some(before) = self.delivery(claimed.id) else {
            return;
        };
        if !is_news(recorded, &before, claimed.series.out(), &settlement) {
            return;
        }
        let after = settled(
            &before,
            claimed.fence,
            attempt,
            claimed.series.out(),
            settlement,
            now,
            quiet_until,
        );
        if let Some(after) = after.filter(|after| *after != before) {
            let _ = self.write(&before, &after);
        }
        if park && let Some(account) = self.accounts.get_mut(&claimed.account) {
            account.connection = Connection::NeedsReconnect;
        }
    }
}

fn put_aside(after: Result<Delivery, crate::domain::delivery::InvalidTransition>) -> Next {
    Next::Step(match after {
        Ok(after) => Step::PutAside(Box::new(after)),
        Err(_) => Step::Tell(Event::PutAside),
    })
}

fn not_sent(why: &str) -> Step {
    let why = why.to_owned();
    Step::Tell(Event::Answered(Outcome::NotSent { why }))
}
