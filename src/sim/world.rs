//! Everything that is simulated, and the queue of what happens next.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::{
    Counts, Options, Trace,
    chance::Chance,
    nodes::{GoOn, Worker},
    people::{Click, Deed},
    plan::pace,
    rules::Watched,
    server::Request,
    store::ModelStore,
    town::{Account, Revision},
};
use crate::{
    dispatch::Pace,
    domain::{
        delivery::{Delivery, DeliveryState},
        digest::RevisionDigest,
        ids::{AccountId, DeliveryId, PostId},
    },
};

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

    pub(super) fn number(&mut self) -> u64 {
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
            match self.may_go_on(worker, life) {
                GoOn::Now => {}
                GoOn::Later(delay) => return self.after(delay, happening),
                GoOn::Never => return,
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

    /// The storm is over: servers are well, networks and databases answer, everybody is up.
    fn calm_down(&mut self) {
        self.say(|| "calm".to_owned());
        self.weather = Weather::Calm;
        for account in self.accounts.values_mut() {
            account.server.character.is_well();
        }
        self.everybody_up();
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
