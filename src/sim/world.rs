//! Everything that is simulated, and the queue of what happens next.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::{
    Counts, Guard, Options, Trace,
    chance::Chance,
    doubts::Doubting,
    people::{Click, Deed},
    publish::Publishing,
    rules::Watched,
    server::{Character, Request, Server},
    store::ModelStore,
    town::{Account, Connection, Revision},
};
use crate::{
    dispatch::{
        Pace,
        settle::{LeaseOver, lease_over},
    },
    domain::{
        delivery::{Delivery, DeliveryState},
        digest::RevisionDigest,
        ids::{AccountId, DeliveryId, PostId},
    },
};

/// The longest that a request lives.
pub(super) const LONGEST_REQUEST: Duration = Duration::seconds(20);
/// How far the clocks of two nodes are apart at most.
const SKEW: Duration = Duration::seconds(2);
const LEASE: Duration = Duration::seconds(60);
const POLL_MS: i64 = 5_000;
const SLOTS: usize = 64;

/// A transaction that did not answer: whether it is committed is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoAnswer;

/// Whether things go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// Everything may.
    Storm,
    /// Nothing does any more: what is left comes to rest.
    Calm,
}

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

/// A place in a worker's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Here {
    pub(super) worker: usize,
    pub(super) life: u32,
    pub(super) task: u64,
    /// Grows with every step of the task: what waits for an earlier step has been overtaken.
    pub(super) ticket: u32,
}

/// What happens next.
#[derive(Debug, Clone)]
pub(super) enum Happening {
    Round {
        worker: usize,
        life: u32,
    },
    Publish(Here),
    Doubt {
        worker: usize,
        life: u32,
    },
    /// A request arrives at its server, whatever became of its sender.
    Arrival {
        request: Request,
        account: AccountId,
        sender: Here,
        started: DateTime<Utc>,
    },
    Deed(Deed),
    Click(Click),
    Kill(usize),
    Start(usize),
    Freeze(usize, Duration),
}

/// The whole simulation.
#[derive(Debug)]
pub(super) struct World {
    pub(super) chance: Chance,
    pub(super) now: DateTime<Utc>,
    pub(super) weather: Weather,
    queue: BTreeMap<(DateTime<Utc>, u64), Happening>,
    /// Numbers for everything that needs one.
    numbers: u64,
    pub(super) store: ModelStore,
    pub(super) revisions: BTreeMap<RevisionDigest, Revision>,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) workers: Vec<Worker>,
    pub(super) pace: Pace,
    pub(super) watched: Watched,
    pub(super) counts: Counts,
    pub(super) trace: Option<Vec<String>>,
    /// In percent.
    database_trouble: u64,
    slowness: u64,
    /// How often in a thousand steps something happens right in the middle.
    malice: i64,
    horizon: DateTime<Utc>,
    /// The first rule that was broken in the middle of something.
    pub(super) broken: Option<String>,
}

fn pace(without: Option<Guard>) -> Pace {
    let quiet = match without {
        Some(Guard::QuietPeriod) => Duration::zero(),
        _ => LONGEST_REQUEST + SKEW + SKEW,
    };
    Pace {
        quiet,
        reserve: LONGEST_REQUEST + SKEW,
        first_pause: Duration::seconds(2),
        longest_pause: Duration::seconds(60),
    }
}

impl World {
    pub(super) fn new(seed: u64, options: Options) -> Self {
        let mut chance = Chance::new(seed);
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
        let minutes = *chance.pick(&[10, 20, 20, 30, 150]).unwrap_or(&20);
        let mut world = Self {
            now,
            weather: Weather::Storm,
            queue: BTreeMap::new(),
            numbers: 0,
            store: ModelStore {
                without: options.without,
                ..ModelStore::default()
            },
            revisions: BTreeMap::new(),
            accounts: BTreeMap::new(),
            workers: Vec::new(),
            pace: pace(options.without),
            watched: Watched::default(),
            counts: Counts::default(),
            trace: (options.trace == Trace::On).then(Vec::new),
            database_trouble: *chance.pick(&[0, 2, 10]).unwrap_or(&2),
            slowness: *chance.pick(&[0, 5, 15]).unwrap_or(&5),
            malice: *chance.pick(&[0, 10, 40, 100]).unwrap_or(&10),
            horizon: now + Duration::minutes(minutes),
            broken: None,
            chance,
        };
        world.found();
        world.plan(minutes);
        world
    }

    fn found(&mut self) {
        for _ in 0..self.chance.between(1, 3) {
            let id = AccountId::new(self.id());
            let character = Character::of(&mut self.chance);
            let keys = match self.store.without {
                Some(Guard::KeyProof) => crate::domain::account::KeySupport::Honoured { seconds: 3_000 },
                _ => character.registered(),
            };
            let grace = *self.chance.pick(&[1, 10, 10, 240]).unwrap_or(&10);
            let account = Account {
                keys,
                grace: Duration::minutes(grace),
                closes_at: self.now + self.chance.seconds(60, 3_000),
                holds: 0,
                connection: Connection::Usable,
                server: Server::new(character),
            };
            self.accounts.insert(id, account);
        }
        for worker in 0..self.chance.between(1, 4) {
            self.workers.push(Worker {
                name: format!("node-{worker}"),
                life: 0,
                state: Running::Down,
                skew: Duration::zero(),
                publishing: BTreeMap::new(),
                doubting: None,
                next_round: self.now,
            });
        }
    }

    /// What people and the world are going to do, and when.
    fn plan(&mut self, minutes: i64) {
        for worker in 0..self.workers.len() {
            self.after(Duration::zero(), Happening::Start(worker));
        }
        let span = minutes * 60;
        for _ in 0..self.chance.between(1, 4) {
            let at = self.chance.seconds(0, span / 2);
            self.after(at, Happening::Deed(Deed::Queue));
        }
        let calm = self.chance.percent(25);
        for _ in 0..self.chance.between(0, if calm { 2 } else { 12 }) {
            let at = self.chance.seconds(0, span);
            let deed = Deed::any(&mut self.chance);
            self.after(at, Happening::Deed(deed));
        }
        for _ in 0..self.chance.between(0, 4) {
            let at = self.chance.seconds(0, span);
            let worker = self.any_worker();
            self.after(at, Happening::Kill(worker));
        }
        for _ in 0..self.chance.between(0, 4) {
            let at = self.chance.seconds(0, span);
            let worker = self.any_worker();
            let long = self.chance.seconds(1, 240);
            self.after(at, Happening::Freeze(worker, long));
        }
    }

    fn any_worker(&mut self) -> usize {
        let many = i64::try_from(self.workers.len()).unwrap_or(1);
        usize::try_from(self.chance.between(0, many)).unwrap_or_default()
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn id(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.number()))
    }

    pub(super) fn after(&mut self, delay: Duration, happening: Happening) {
        let number = self.number();
        self.queue.insert((self.now + delay, number), happening);
    }

    pub(super) fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{}  {}", self.now.format("%H:%M:%S%.3f"), what()));
        }
    }

    pub(super) fn break_rule(&mut self, what: impl FnOnce() -> String) {
        if self.broken.is_none() {
            self.broken = Some(what());
        }
    }

    /// How long until a worker's next step: mostly nothing, sometimes the machine is slow. And sometimes this
    /// is when it is killed or frozen, or when somebody does something.
    pub(super) fn pause(&mut self, worker: usize) -> Option<Duration> {
        if self.weather == Weather::Storm && self.chance.between(0, 1_000) < self.malice {
            self.strike(worker);
            return Some(self.chance.millis(1, 60));
        }
        let slow = self.slowness;
        match self.chance.between(0, 100) {
            0..70 => None,
            70..95 => Some(self.chance.millis(1, 60)),
            _ if self.chance.percent(slow * 4) => Some(self.chance.millis(60, 25_000)),
            _ => Some(self.chance.millis(60, 900)),
        }
    }

    fn strike(&mut self, worker: usize) {
        let strike = match self.chance.between(0, 10) {
            0 => Happening::Kill(worker),
            1..=3 => Happening::Freeze(worker, self.chance.seconds(1, 480)),
            _ => Happening::Deed(Deed::any(&mut self.chance)),
        };
        self.after(Duration::zero(), strike);
    }

    /// The time as a worker's clock shows it.
    pub(super) fn clock(&self, worker: usize) -> DateTime<Utc> {
        self.now + self.workers[worker].skew
    }

    /// One transaction: refused before it began, or committed; and then its answer may be lost.
    pub(super) fn transact<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Result<T, NoAnswer> {
        let trouble = self.weather == Weather::Storm && self.chance.percent(self.database_trouble);
        if trouble && self.chance.percent(50) {
            return Err(NoAnswer);
        }
        let done = work(self);
        self.look_over();
        self.wake();
        if trouble {
            self.counts.lost_answers += 1;
            return Err(NoAnswer);
        }
        Ok(done)
    }

    /// Whether a read fails.
    pub(super) fn read_fails(&mut self) -> bool {
        self.weather == Weather::Storm && self.chance.percent(self.database_trouble)
    }

    /// Writes a transition of a delivery, with its account's grace.
    pub(super) fn write(&mut self, before: &Delivery, after: &Delivery) -> Result<(), super::store::Refused> {
        let grace = self.accounts.get(&before.account).map(|account| account.grace);
        let done = self.store.update(before, after, grace.unwrap_or_default());
        if done.is_ok() {
            self.note(before, after);
        }
        done
    }

    fn note(&mut self, before: &Delivery, after: &Delivery) {
        let (was, is) = (before.state.phase(), after.state.phase());
        match &after.state {
            DeliveryState::Unknown { looks: 0, .. } => self.counts.doubts += 1,
            DeliveryState::NeedsHuman { .. } => {
                self.counts.for_people += 1;
                self.watch_question(after.id);
                let soon = self.chance.seconds(1, 180);
                self.after(soon, Happening::Deed(Deed::Attend));
            }
            DeliveryState::Missed { .. } => self.counts.missed += 1,
            DeliveryState::Waiting { doubt: Some(_), .. } if was.as_str() == "unknown" => {
                self.counts.repeats += 1;
            }
            _ => {}
        }
        let id = after.id;
        self.say(|| format!("{} {was} → {is}", short(id)));
    }

    /// Runs until nothing is left to happen, then lets people decide what is theirs, and runs on.
    pub(super) fn run(&mut self) -> Result<(), String> {
        self.go_on(Some(self.horizon))?;
        self.calm_down();
        self.go_on(None)?;
        self.is_at_rest()?;
        self.everybody_decides();
        self.go_on(None)?;
        self.is_at_rest()?;
        self.is_settled()
    }

    fn go_on(&mut self, until: Option<DateTime<Utc>>) -> Result<(), String> {
        let patience = self.now + Duration::days(3);
        while let Some(((at, _), happening)) = self.queue.pop_first() {
            if until.is_some_and(|until| until < at) {
                let number = self.number();
                self.queue.insert((at, number), happening);
                self.now = until.unwrap_or(at);
                return Ok(());
            }
            self.now = self.now.max(at);
            self.counts.events += 1;
            if patience < self.now || self.counts.events > 200_000 {
                let left: Vec<String> = (self.store.deliveries.values())
                    .filter(|stored| !stored.delivery.state.phase().is_final())
                    .map(|stored| format!("{}: {:?}", short(stored.delivery.id), stored.delivery.state))
                    .collect();
                return Err(format!("it never comes to rest: {}", left.join("; ")));
            }
            self.take(happening);
            self.look_over();
            if let Some(broken) = self.broken.take() {
                return Err(broken);
            }
        }
        Ok(())
    }

    fn take(&mut self, happening: Happening) {
        let of = match &happening {
            Happening::Round { worker, life } | Happening::Doubt { worker, life } => Some((*worker, *life)),
            Happening::Publish(here) => Some((here.worker, here.life)),
            _ => None,
        };
        if let Some((worker, life)) = of {
            let node = &self.workers[worker];
            match node.state {
                _ if node.life != life => return,
                Running::Down => return,
                Running::Frozen(until) if self.now < until => {
                    let delay = until - self.now + self.chance.millis(0, 40);
                    return self.after(delay, happening);
                }
                Running::Frozen(_) => self.workers[worker].state = Running::Up,
                Running::Up => {}
            }
        }
        match happening {
            Happening::Round { worker, .. } => self.round(worker),
            Happening::Publish(here) => self.go_on_publishing(here),
            Happening::Doubt { worker, .. } => self.go_on_doubting(worker),
            Happening::Arrival {
                request,
                account,
                sender,
                started,
            } => self.arrive(&request, account, sender, started),
            Happening::Deed(deed) => self.people_do(deed),
            Happening::Click(click) => self.click(&click),
            Happening::Kill(worker) => self.kill(worker),
            Happening::Start(worker) => self.start(worker),
            Happening::Freeze(worker, long) => self.freeze(worker, long),
        }
    }

    fn kill(&mut self, worker: usize) {
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
    fn start(&mut self, worker: usize) {
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

    fn freeze(&mut self, worker: usize, long: Duration) {
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
    fn wake(&mut self) {
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
    fn round(&mut self, worker: usize) {
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

    fn go_on_publishing(&mut self, here: Here) {
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

    fn go_on_doubting(&mut self, worker: usize) {
        let Some(mut doubting) = self.workers[worker].doubting.take() else {
            return;
        };
        if self.settle_doubt(worker, &mut doubting) {
            self.workers[worker].doubting = Some(doubting);
            self.plan_doubt(worker);
        }
    }

    /// The storm is over: servers are well, networks and databases answer, everybody is up.
    fn calm_down(&mut self) {
        self.say(|| "calm".to_owned());
        self.weather = Weather::Calm;
        for account in self.accounts.values_mut() {
            account.server.character.is_well();
        }
        for worker in 0..self.workers.len() {
            match self.workers[worker].state {
                Running::Down => self.start(worker),
                Running::Frozen(_) => self.workers[worker].state = Running::Up,
                Running::Up => {}
            }
            self.plan_round(worker, Duration::zero());
        }
    }

    /// Whether a request of a delivery is still on its way.
    pub(super) fn is_on_its_way(&self, id: DeliveryId) -> bool {
        self.queue.values().any(|happening| match happening {
            Happening::Arrival { request, .. } => request.delivery == id,
            _ => false,
        })
    }

    pub(super) fn delivery(&self, id: DeliveryId) -> Option<Delivery> {
        self.store.find(id).map(|stored| stored.delivery.clone())
    }

    pub(super) fn deliveries_of(&self, post: PostId) -> Vec<Delivery> {
        let all = self.store.deliveries.values().map(|stored| &stored.delivery);
        all.filter(|delivery| delivery.post == post).cloned().collect()
    }
}

/// A delivery's id, for people.
pub(super) fn short(id: DeliveryId) -> String {
    format!("delivery {}", id.uuid().as_u128())
}
