//! What must hold after every step and at rest, judged by what is really in public.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};

use super::{
    server::{Keys, Request},
    town::digest,
    world::{World, short},
};
use crate::{
    domain::{
        attempt::{Attempt, OutcomeClass, Sighting},
        delivery::{Delivery, DeliveryPhase, Fence},
        ids::{AccountId, AttemptId, DeliveryId},
    },
    store::attempts::PastAttempt,
};

/// What the rules remember from one step to the next.
#[derive(Debug, Default)]
pub(super) struct Watched {
    fences: BTreeMap<DeliveryId, Fence>,
    /// When each call really began.
    began: BTreeMap<AttemptId, DateTime<Utc>>,
    untouched: bool,
}

impl Watched {
    /// Something changed that the rules are about.
    pub(super) const fn touch(&mut self) {
        self.untouched = false;
    }
}

impl World {
    /// An intent is about to be committed: under which circumstances it may be.
    pub(super) fn watch_intent(&mut self, attempt: &Attempt) {
        let Some(delivery) = self.delivery(attempt.delivery) else {
            return;
        };
        if delivery.state.phase() != DeliveryPhase::Claimed || self.would_refuse(attempt, &delivery) {
            return;
        }
        let held = self
            .accounts
            .get(&delivery.account)
            .is_some_and(|account| account.holds > 0);
        let id = short(delivery.id);
        if held {
            self.break_rule(|| format!("{id}: an intent commits behind the back of a hold"));
        }
        if delivery.fence != attempt.fence {
            self.break_rule(|| format!("{id}: an intent commits under a fence that was lost"));
        }
    }

    /// Whether a guard that is in place refuses the intent.
    fn would_refuse(&self, attempt: &Attempt, delivery: &Delivery) -> bool {
        let stale = attempt.gate_epoch != self.store.epoch && !self.lacks(super::Guard::Epoch);
        let lost = attempt.fence != delivery.fence && !self.lacks(super::Guard::Fence);
        stale || lost
    }

    /// The first byte leaves.
    pub(super) fn watch_call(
        &mut self,
        worker: usize,
        attempt: &Attempt,
        request: &Request,
        account: AccountId,
    ) {
        let id = short(request.delivery);
        self.watched.began.insert(attempt.id, self.now);
        let Some(delivery) = self.delivery(request.delivery) else {
            return self.break_rule(|| format!("{id}: a call for nothing"));
        };
        if !self.store.attempts.contains_key(&attempt.id) {
            self.break_rule(|| format!("{id}: a call begins that is not written down"));
        }
        if digest(request.content) != delivery.revision {
            self.break_rule(|| format!("{id}: another text leaves than was signed"));
        }
        if attempt.send_by <= self.clock(worker) {
            self.break_rule(|| format!("{id}: a call begins after its deadline"));
        }
        let slack = Duration::seconds(2);
        let missed = delivery.publish_at.zip(self.accounts.get(&account));
        if missed.is_some_and(|(at, account)| at + account.grace + slack < self.now) {
            self.break_rule(|| format!("{id}: a call begins after the grace"));
        }
        let shut = |at| {
            self.accounts
                .get(&account)
                .is_some_and(|account| account.is_shut(at))
        };
        if shut(self.now) && shut(self.now - slack) && shut(self.now + slack) {
            self.break_rule(|| format!("{id}: a call begins outside of the window"));
        }
        if let Some(other) = self.unsettled(attempt, account) {
            self.break_rule(|| format!("{id}: a call begins while {other:?} may be out, or may yet land"));
        }
    }

    /// Another attempt at the same order that may be out, and that the server would not recognise.
    fn unsettled(&self, attempt: &Attempt, account: AccountId) -> Option<AttemptId> {
        let keys = self.accounts.get(&account)?.server.character.keys;
        let open = |past: &&PastAttempt| {
            let other = &past.attempt;
            let unknown = matches!(past.outcome, None | Some(OutcomeClass::Unknown));
            let began = self.watched.began.get(&other.id);
            let remembered = keys == Keys::Honoured
                && began.is_some_and(|began| self.now < *began + Duration::minutes(59));
            let same_order = other.generation == attempt.generation && other.id != attempt.id;
            same_order && unknown && began.is_some() && !remembered
        };
        let mut past = self.store.of_delivery(attempt.delivery);
        past.find(open).map(|past| past.attempt.id)
    }

    /// A person is asked only what can no longer change.
    pub(super) fn watch_question(&mut self, delivery: DeliveryId) {
        if self.is_on_its_way(delivery) {
            let id = short(delivery);
            self.break_rule(|| format!("{id}: a person is asked while a request may yet land"));
        }
    }

    /// Somebody looked: what the timeline shows is seen, unless its text is no longer the one that was sent.
    pub(super) fn watch_look(&mut self, delivery: &Delivery, sighting: &Sighting) {
        let Some(account) = self.accounts.get(&delivery.account) else {
            return;
        };
        let stale = account.server.character.stale;
        let public = account.server.is_out(delivery.id);
        let shown = public.is_some_and(|public| public.at + stale <= self.now);
        let revision = self.revisions.get(&delivery.revision);
        let as_sent = revision.is_some_and(|revision| digest(revision.content) == delivery.revision);
        if shown && as_sent && *sighting == Sighting::Absent {
            let id = short(delivery.id);
            self.break_rule(|| format!("{id}: it is on the timeline, and the look went past it"));
        }
    }

    /// What must hold at any moment.
    pub(super) fn look_over(&mut self) {
        if std::mem::replace(&mut self.watched.untouched, false) || self.broken.is_some() {
            return;
        }
        let out = self.out();
        let mut broken = None;
        for stored in self.store.deliveries.values() {
            let delivery = &stored.delivery;
            let id = short(delivery.id);
            let before = self.watched.fences.insert(delivery.id, delivery.fence);
            if before > Some(delivery.fence) {
                broken = Some(format!("{id}: the fence fell"));
            }
            let is_out = out.contains(&delivery.id);
            let phase = delivery.state.phase();
            if is_out && !delivery.may_be_out() {
                broken = Some(format!("{id}: it is in public and said to be {phase}"));
            }
            if !is_out && phase == DeliveryPhase::Published {
                broken = Some(format!("{id}: it is said to be out and is not"));
            }
        }
        let broken = broken.or_else(|| self.twice()).or_else(|| self.two_open());
        if let Some(what) = broken {
            self.break_rule(|| what);
        }
        self.watched.untouched = true;
    }

    fn out(&self) -> BTreeSet<DeliveryId> {
        let servers = self.accounts.values().map(|account| &account.server);
        servers
            .flat_map(|server| server.public.iter().map(|public| public.delivery))
            .collect()
    }

    fn twice(&self) -> Option<String> {
        for account in self.accounts.values() {
            let mut seen = BTreeSet::new();
            for public in &account.server.public {
                if !seen.insert(public.post) {
                    return Some(format!("{}: it is in public twice", short(public.delivery)));
                }
            }
        }
        None
    }

    fn two_open(&self) -> Option<String> {
        let mut open = BTreeSet::new();
        let mut all = self.store.attempts.values().filter(|past| past.outcome.is_none());
        let second = all.find(|past| !open.insert(past.attempt.delivery))?;
        Some(format!(
            "{}: two attempts are open",
            short(second.attempt.delivery)
        ))
    }

    /// Nothing happens any more: everything is final, or waits for a person and says so.
    pub(super) fn is_at_rest(&self) -> Result<(), String> {
        for stored in self.store.deliveries.values() {
            let phase = stored.delivery.state.phase();
            let for_a_person = matches!(phase, DeliveryPhase::NeedsHuman | DeliveryPhase::Missed);
            if !phase.is_final() && !for_a_person {
                return Err(format!(
                    "{}: lost: {phase}, and nothing happens",
                    short(stored.delivery.id)
                ));
            }
        }
        Ok(())
    }

    /// After people decided, too, everything is final and true.
    pub(super) fn is_settled(&self) -> Result<(), String> {
        let out = self.out();
        for stored in self.store.deliveries.values() {
            let phase = stored.delivery.state.phase();
            let id = stored.delivery.id;
            if phase == DeliveryPhase::NeedsHuman {
                return Err(format!("{}: asked again at the very end", short(id)));
            }
            if out.contains(&id) != (phase == DeliveryPhase::Published) {
                return Err(format!("{}: {phase} is not the truth", short(id)));
            }
        }
        Ok(())
    }
}
