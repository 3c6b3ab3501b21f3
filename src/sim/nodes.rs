//! The nodes: up, frozen or down; their rounds, claims and sweeps.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::{
    doubts::Doubting,
    publish::Publishing,
    world::{Happening, Here, Weather, World, short},
};
use crate::dispatch::settle::{LeaseOver, lease_over};

const LEASE: Duration = Duration::seconds(60);
const POLL_MS: i64 = 5_000;
const SLOTS: usize = 64;

/// One node.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) name: String,
    /// Grows with every start; what an earlier life had begun never goes on.
    life: u32,
    state: Running,
    /// How far its clock is from true time.
    skew: Duration,
    pub(super) publishing: BTreeMap<u64, Publishing>,
    doubting: Option<Doubting>,
    next_round: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Running {
    Up,
    Frozen(DateTime<Utc>),
    Down,
}

/// Whether something that a worker had planned happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GoOn {
    Now,
    Later(Duration),
    Never,
}

impl Worker {
    pub(super) const fn named(name: String, next_round: DateTime<Utc>) -> Self {
        Self {
            name,
            life: 0,
            state: Running::Down,
            skew: Duration::zero(),
            publishing: BTreeMap::new(),
            doubting: None,
            next_round,
        }
    }
}

impl World {
    /// Whether a worker is there to do what it planned in one of its lives. A frozen one does it when it thaws.
    pub(super) fn may_go_on(&mut self, worker: usize, life: u32) -> GoOn {
        let node = &self.workers[worker];
        match node.state {
            _ if node.life != life => GoOn::Never,
            Running::Down => GoOn::Never,
            Running::Frozen(until) if self.now < until => {
                GoOn::Later(until - self.now + self.chance.millis(0, 40))
            }
            Running::Frozen(_) => {
                self.workers[worker].state = Running::Up;
                GoOn::Now
            }
            Running::Up => GoOn::Now,
        }
    }

    pub(super) fn everybody_up(&mut self) {
        for worker in 0..self.workers.len() {
            match self.workers[worker].state {
                Running::Down => self.start(worker),
                Running::Frozen(_) => self.workers[worker].state = Running::Up,
                Running::Up => {}
            }
            self.plan_round(worker, Duration::zero());
        }
    }

    /// The time as a worker's clock shows it.
    pub(super) fn clock(&self, worker: usize) -> DateTime<Utc> {
        self.now + self.workers[worker].skew
    }

    pub(super) fn kill(&mut self, worker: usize) {
        if self.weather == Weather::Calm || self.workers[worker].state == Running::Down {
            return;
        }
        self.counts.crashes += 1;
        self.say(|| format!("node-{worker} is killed"));
        let node = &mut self.workers[worker];
        node.state = Running::Down;
        node.publishing.clear();
        node.doubting = None;
        let back = self.chance.seconds(0, 120);
        self.after(back, Happening::Start(worker));
    }

    /// A node that has its database for itself ends every lease when it starts: who held one is dead.
    pub(super) fn start(&mut self, worker: usize) {
        let skew = self.chance.millis(-1_000, 1_001);
        let alone = self.workers.len() == 1;
        let node = &mut self.workers[worker];
        if node.state != Running::Down {
            return;
        }
        node.state = Running::Up;
        node.life += 1;
        node.skew = skew;
        self.say(|| format!("node-{worker} starts"));
        if alone {
            let horizon = self.now + Duration::days(36_500);
            let _ = self.transact(|world| world.end_leases(horizon, world.clock(worker)));
        }
        self.plan_round(worker, Duration::zero());
    }

    pub(super) fn freeze(&mut self, worker: usize, long: Duration) {
        if self.weather == Weather::Calm || self.workers[worker].state != Running::Up {
            return;
        }
        self.counts.freezes += 1;
        self.say(|| format!("node-{worker} stands still for {} s", long.num_seconds()));
        self.workers[worker].state = Running::Frozen(self.now + long);
    }

    fn plan_round(&mut self, worker: usize, delay: Duration) {
        let node = &mut self.workers[worker];
        node.next_round = self.now + delay;
        let life = node.life;
        self.after(delay, Happening::Round { worker, life });
    }

    /// Something changed in the database: whoever rests is woken, or finds it at the next poll.
    pub(super) fn wake(&mut self) {
        let Some(next) = self.store.next_instant() else {
            return;
        };
        for worker in 0..self.workers.len() {
            let node = &self.workers[worker];
            let due = next.max(self.now);
            if node.state == Running::Down || node.next_round <= due {
                continue;
            }
            let lag = if self.chance.percent(80) { 40 } else { POLL_MS };
            let lag = self.chance.millis(20, lag + 20);
            let delay = due - self.now + lag;
            if self.now + delay < self.workers[worker].next_round {
                self.plan_round(worker, delay);
            }
        }
    }

    /// Claim what is due, end what is over, look after doubts.
    pub(super) fn round(&mut self, worker: usize) {
        // Woken for an earlier time meanwhile: this one has been overtaken.
        if self.now < self.workers[worker].next_round {
            return;
        }
        self.claim(worker);
        let now = self.clock(worker);
        if self.store.next_instant().is_some_and(|next| next <= now) {
            let _ = self.transact(|world| world.end_leases(now, now));
            let _ = self.transact(|world| world.miss(now));
        }
        if self.workers[worker].doubting.is_none() {
            self.begin_doubting(worker);
        }
        let next = self.store.next_instant();
        // Nothing has a time any more: the poll would find nothing until somebody changes something.
        self.workers[worker].next_round = DateTime::<Utc>::MAX_UTC;
        if let Some(next) = next {
            let jitter = self.chance.millis(20, 400);
            let delay = (next - self.clock(worker)).max(Duration::zero()) + jitter;
            let busy = next <= self.now;
            let delay = if busy {
                self.chance.millis(20, POLL_MS)
            } else {
                delay
            };
            self.plan_round(worker, delay);
        }
    }

    fn claim(&mut self, worker: usize) {
        let free = SLOTS.saturating_sub(self.workers[worker].publishing.len());
        let now = self.clock(worker);
        let owner = self.workers[worker].name.clone();
        let claimed = self.transact(|world| world.store.claim(&owner, now, now + LEASE, free));
        for delivery in claimed.unwrap_or_default() {
            let (id, fence) = (delivery.id, delivery.fence.0);
            self.say(|| format!("{} is claimed by node-{worker}, fence {fence}", short(id)));
            let task = self.number();
            let publishing = Publishing::start(delivery, self.pace);
            let node = &mut self.workers[worker];
            node.publishing.insert(task, publishing);
            let life = node.life;
            let here = Here {
                worker,
                life,
                task,
                ticket: 0,
            };
            let delay = self.pause(worker).unwrap_or_default();
            self.after(delay, Happening::Publish(here));
        }
    }

    fn end_leases(&mut self, horizon: DateTime<Utc>, now: DateTime<Utc>) {
        for before in self.store.expired(horizon) {
            let after = match lease_over(&before, now) {
                Some(LeaseOver::GivenBack(after)) => after,
                Some(LeaseOver::InDoubt {
                    attempt,
                    outcome,
                    after,
                }) => {
                    self.store.close(attempt, &outcome, now);
                    after
                }
                None => continue,
            };
            let _ = self.write(&before, &after);
        }
    }

    fn miss(&mut self, now: DateTime<Utc>) {
        for before in self.store.missed(now) {
            if let Ok(after) = before.clone().miss(now, now + self.pace.quiet) {
                let _ = self.write(&before, &after);
            }
        }
    }

    pub(super) fn go_on_publishing(&mut self, here: Here) {
        let Some(mut publishing) = self.workers[here.worker].publishing.remove(&here.task) else {
            return;
        };
        if publishing.ticket != here.ticket || self.publish(here, &mut publishing) {
            self.workers[here.worker].publishing.insert(here.task, publishing);
        }
    }

    fn begin_doubting(&mut self, worker: usize) {
        if self.read_fails() {
            return;
        }
        let due = self.store.to_look_up(self.clock(worker));
        if !due.is_empty() {
            self.workers[worker].doubting = Some(Doubting::of(due));
            self.plan_doubt(worker);
        }
    }

    pub(super) fn plan_doubt(&mut self, worker: usize) {
        let delay = self.pause(worker).unwrap_or_default();
        let life = self.workers[worker].life;
        self.after(delay, Happening::Doubt { worker, life });
    }

    pub(super) fn go_on_doubting(&mut self, worker: usize) {
        let Some(mut doubting) = self.workers[worker].doubting.take() else {
            return;
        };
        if self.settle_doubt(worker, &mut doubting) {
            self.workers[worker].doubting = Some(doubting);
            self.plan_doubt(worker);
        }
    }
}
