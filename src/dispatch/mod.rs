//! The dispatcher: claim → gate → intent → call → outcome, and sweep and reconcile for what went wrong.
//!
//! The delivery row is the queue. Decisions are in [`machine`], [`doubt`] and [`settle`];
//! everything else here does what they decided.

mod care;
mod claim;
mod connector;
mod credentials;
pub mod doubt;
mod files;
mod glance;
mod handover;
mod intents;
mod lanes;
mod look_again;
pub mod machine;
mod outcomes;
mod prepare;
mod publish;
mod reconcile;
mod record;
mod restored;
mod seal;
pub mod settle;
mod skew;
mod sweep;
mod withdraw;

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Duration, TimeDelta, Utc};
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    domain::flow::Priority,
    fault,
    platform::{Files, LONGEST_REQUEST, Platforms},
    service::{Service, ServiceError},
    store::{History, Reader, StoreError, Wakes, deliveries, withdrawals},
};

use intents::Intents;
use lanes::{Lanes, Widths};
use outcomes::Outcomes;

pub use connector::PlatformConnector;
pub use doubt::{Doubt, GateNow, Move};
pub use machine::Pace;
pub use restored::{FailOver, LONGEST_SILENCE};
pub use skew::{LARGEST_SKEW, Skew};
pub use sweep::Leases;

/// How the dispatcher works.
#[derive(Debug, Clone)]
pub struct DispatchConfig {
    /// The worker's name in leases: unique in the deployment.
    pub worker: String,
    /// How long a claim lasts: longer than the longest request, its record and the skew.
    pub lease: Duration,
    /// The longest that one request can take.
    pub longest_request: Duration,
    /// How far the clocks of nodes and database may be apart.
    pub skew: Duration,
    /// How many ordinary deliveries are under way at once.
    pub in_flight: usize,
    /// How many emergency deliveries are.
    pub emergencies_in_flight: usize,
    /// How many ordinary deliveries are under way to one account at once.
    pub account_in_flight: usize,
    /// How many ordinary deliveries begin to one account in a second, by one node.
    pub account_per_second: NonZeroU32,
    /// How often the database is looked at when nothing wakes the dispatcher.
    pub poll: Duration,
    /// The first pause after a refusal for now.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// What a fail-over of the database may cost.
    pub fail_over: FailOver,
}

impl DispatchConfig {
    /// The defaults, under a worker's name.
    #[must_use]
    pub fn named(worker: String) -> Self {
        let longest_request = Duration::from_std(LONGEST_REQUEST).unwrap_or_else(|_| Duration::seconds(20));
        Self {
            worker,
            lease: Duration::seconds(60),
            longest_request,
            skew: Duration::seconds(2),
            in_flight: 256,
            emergencies_in_flight: 1024,
            account_in_flight: 32,
            account_per_second: NonZeroU32::MIN.saturating_add(49),
            poll: Duration::seconds(1),
            first_pause: Duration::seconds(2),
            longest_pause: Duration::seconds(60),
            fail_over: FailOver::MayLose,
        }
    }
}

/// Takes what is due to its platforms.
#[derive(Clone)]
pub struct Dispatcher {
    service: Service,
    platforms: Arc<Platforms>,
    files: Option<Arc<dyn Files>>,
    config: Arc<DispatchConfig>,
    pace: Pace,
    lanes: Lanes,
    intents: Intents,
    outcomes: Outcomes,
    under_way: TaskTracker,
    /// When this node last said that it lives; nothing of the database is believed before it did.
    alive: Arc<Mutex<Option<DateTime<Utc>>>>,
    /// The same in seconds since 1970, for who must not wait.
    last_sign: Arc<AtomicI64>,
    /// Which history the database was part of when this node registered.
    registered_in: Arc<std::sync::Mutex<Option<History>>>,
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatcher")
            .field("worker", &self.config.worker)
            .finish_non_exhaustive()
    }
}

impl Dispatcher {
    /// A dispatcher over a service and its platforms.
    #[must_use]
    pub fn new(service: Service, platforms: Arc<Platforms>, config: DispatchConfig) -> Self {
        let pace = Pace {
            quiet: config.longest_request + config.skew + config.skew,
            reserve: config.longest_request + config.skew,
            first_pause: config.first_pause,
            longest_pause: config.longest_pause,
        };
        Self {
            service,
            platforms,
            files: None,
            pace,
            lanes: Lanes::new(Widths {
                ordinary: config.in_flight,
                emergency: config.emergencies_in_flight,
                of_account: config.account_in_flight,
                in_a_second: config.account_per_second,
            }),
            config: Arc::new(config),
            intents: Intents::default(),
            outcomes: Outcomes::default(),
            under_way: TaskTracker::new(),
            alive: Arc::default(),
            last_sign: Arc::new(AtomicI64::new(i64::MIN)),
            registered_in: Arc::default(),
        }
    }

    /// The same with pictures and films from here, and not from the organization's own.
    #[must_use]
    pub fn with_files(self, files: Arc<dyn Files>) -> Self {
        Self {
            files: Some(files),
            ..self
        }
    }

    /// Works until `soft` is cancelled, then finishes what is under way, until `hard` at the latest.
    pub async fn run(&self, soft: CancellationToken, hard: CancellationToken) {
        // Each run is a life of its own.
        *self.alive.lock().await = None;
        self.last_sign.store(i64::MIN, Ordering::Release);
        let ordinary = self.clone().keep_claiming(Priority::Ordinary, soft.clone());
        let emergencies = self.urgent().keep_claiming(Priority::Emergency, soft.clone());
        self.under_way.spawn(ordinary);
        self.under_way.spawn(emergencies);
        self.under_way.spawn(self.clone().keep_ending(soft.clone()));
        self.under_way.spawn(self.clone().keep_settling(soft.clone()));
        self.under_way.spawn(self.clone().keep_sealing(soft.clone()));
        self.under_way.spawn(self.clone().keep_looking(soft.clone()));
        self.under_way.spawn(self.clone().keep_caring(soft.clone()));
        self.under_way.spawn(self.clone().keep_preparing(soft.clone()));
        self.under_way.spawn(self.urgent().keep_withdrawing(soft.clone()));
        soft.cancelled().await;
        self.under_way.close();
        tokio::select! {
            () = self.under_way.wait() => self.note(self.leave().await),
            () = hard.cancelled() => tracing::warn!("stopped hard: what was under way is left to the sweep"),
        }
        self.note(self.seal().await);
    }

    /// A sign of life, and only then anything else: a database that was set back is noticed before anything
    /// leaves.
    async fn stay_alive(&self) -> Result<(), ServiceError> {
        let mut alive = match self.alive.try_lock() {
            Ok(alive) => alive,
            // Another loop says it at this moment, and the last sign is young: nobody has to wait.
            Err(_) if self.gave_a_sign_lately() => return Ok(()),
            Err(_) => self.alive.lock().await,
        };
        let began = alive.is_none();
        *alive = Some(self.live(*alive).await?);
        if began && self.service.store.is_exclusive() {
            // A database that is ours alone: whoever held a lease in it is dead.
            self.sweep(Leases::All).await?;
        }
        let last = alive.map_or(i64::MIN, |last| last.timestamp());
        self.last_sign.store(last, Ordering::Release);
        Ok(())
    }

    fn gave_a_sign_lately(&self) -> bool {
        let last = self.last_sign.load(Ordering::Acquire);
        self.service.now().timestamp().saturating_sub(last) < (restored::BEAT * 2).num_seconds()
    }

    /// One round: claim what is due, end what is over, look after doubts.
    ///
    /// # Errors
    /// The database.
    pub async fn round(&self) -> Result<usize, ServiceError> {
        let claimed = self.claim().await?;
        let swept = self.sweep_if_due().await?;
        let settled = self.reconcile().await?;
        Ok(claimed + swept + settled)
    }

    /// Waits until everything that this dispatcher has under way is recorded.
    pub async fn idle(&self) {
        self.lanes.empty().await;
    }

    /// The same dispatcher over connections to the database that nothing ordinary uses.
    fn urgent(&self) -> Self {
        let mut urgent = self.clone();
        urgent.service.store = self.service.store.urgent();
        urgent.intents = Intents::default();
        urgent.outcomes = Outcomes::default();
        urgent
    }

    /// Claims one kind whenever something of it is due. Each kind has its own loop: no flood of ordinary posts
    /// keeps an emergency waiting.
    async fn keep_claiming(self, priority: Priority, soft: CancellationToken) {
        let mut wakes = self.service.store.wakes();
        while !soft.is_cancelled() {
            fault::point("woken");
            let claimed = async {
                self.stay_alive().await?;
                self.claim_of(priority).await
            };
            self.note(claimed.await);
            if self.lanes.of(priority).free() == 0 {
                tokio::select! {
                    () = soft.cancelled() => return,
                    () = self.lanes.of(priority).has_room() => continue,
                }
            }
            let next = async |reader: &mut Reader, now| deliveries::next_due(reader, priority, now).await;
            self.rest(&soft, &mut wakes, next).await;
        }
    }

    /// Ends what is over: leases and graces.
    async fn keep_ending(self, soft: CancellationToken) {
        let mut wakes = self.service.store.wakes();
        while !soft.is_cancelled() {
            let ended = async {
                self.stay_alive().await?;
                self.sweep_if_due().await
            };
            self.note(ended.await);
            let next = async |reader: &mut Reader, _| deliveries::next_end(reader).await;
            self.rest(&soft, &mut wakes, next).await;
        }
    }

    /// Looks after doubts.
    async fn keep_settling(self, soft: CancellationToken) {
        let mut wakes = self.service.store.wakes();
        while !soft.is_cancelled() {
            let settled = async {
                self.stay_alive().await?;
                self.reconcile().await
            };
            let settled = tokio::select! {
                // A stop does not wait for a look: the doubt is looked at again when its lease is over.
                () = soft.cancelled() => return,
                settled = settled => settled,
            };
            self.note(settled);
            let next = async |reader: &mut Reader, _| deliveries::next_look(reader).await;
            self.rest(&soft, &mut wakes, next).await;
        }
    }

    /// Looks after credentials, and takes over what is handed over. A refresh under way is finished at a stop.
    async fn keep_caring(self, soft: CancellationToken) {
        self.note(self.publish_key().await);
        while !soft.is_cancelled() {
            let cared = async {
                self.stay_alive().await?;
                Ok(self.take_over().await? + self.look_after_credentials().await?)
            };
            self.note(cared.await);
            let next = self.service.now() + care::PAUSE;
            tokio::select! {
                () = soft.cancelled() => {}
                () = self.service.clock.sleep_until(next) => {}
            }
        }
    }

    async fn sweep_if_due(&self) -> Result<usize, ServiceError> {
        let mut reader = self.service.store.read().await?;
        let next = deliveries::next_end(&mut reader).await?;
        drop(reader);
        if next.is_some_and(|next| next <= self.service.now()) {
            self.sweep(Leases::Expired).await
        } else {
            Ok(0)
        }
    }

    /// Sleeps until there is something to do, as far as the database tells, and never longer than a poll.
    async fn rest(
        &self,
        soft: &CancellationToken,
        wakes: &mut Wakes,
        next: impl AsyncFnOnce(&mut Reader, DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError>,
    ) {
        let now = self.service.now();
        let latest = now + self.config.poll;
        let asked = async {
            let mut reader = self.service.store.read().await?;
            next(&mut reader, now).await
        };
        let next = match asked.await {
            Ok(next) => next.map_or(latest, |next| next.min(latest)),
            Err(why) => {
                tracing::warn!(%why, "the database does not answer: nothing leaves");
                now + TimeDelta::seconds(1)
            }
        };
        // What is due but cannot be taken now (its account has enough under way) must not become a busy loop.
        let sleep = self
            .service
            .clock
            .sleep_until(next.max(now + TimeDelta::milliseconds(20)));
        tokio::select! {
            () = soft.cancelled() => {}
            () = wakes.woken() => {}
            () = sleep => {}
        }
    }

    /// Looks again at what leaves soon. A stop does not wait for a look: nothing depends on it.
    async fn keep_looking(self, soft: CancellationToken) {
        let looking = async {
            loop {
                let looked = async {
                    self.stay_alive().await?;
                    Ok(self.look_for_restored().await?
                        + self.look_again().await?
                        + self.forget_media().await?)
                };
                self.note(looked.await);
                let next = self.service.now() + look_again::PAUSE;
                self.service.clock.sleep_until(next).await;
            }
        };
        tokio::select! {
            () = soft.cancelled() => {}
            () = looking => {}
        }
    }

    /// Takes back what was ordered to be.
    async fn keep_withdrawing(self, soft: CancellationToken) {
        let mut wakes = self.service.store.wakes();
        while !soft.is_cancelled() {
            let withdrawn = async {
                self.stay_alive().await?;
                self.withdraw().await
            };
            self.note(withdrawn.await);
            let next = async |reader: &mut Reader, _| withdrawals::next(reader).await;
            self.rest(&soft, &mut wakes, next).await;
        }
    }

    /// Makes ready what leaves soon. A stop does not wait for it: whatever a step gave is stored.
    async fn keep_preparing(self, soft: CancellationToken) {
        let preparing = async {
            loop {
                let prepared = async {
                    self.stay_alive().await?;
                    self.prepare_ahead().await
                };
                self.note(prepared.await);
                let next = self.service.now() + prepare::PAUSE;
                self.service.clock.sleep_until(next).await;
            }
        };
        tokio::select! {
            () = soft.cancelled() => {}
            () = preparing => {}
        }
    }

    async fn keep_sealing(self, soft: CancellationToken) {
        while !soft.is_cancelled() {
            self.note(self.seal().await);
            let next = self.service.now() + seal::PAUSE;
            tokio::select! {
                () = soft.cancelled() => {}
                () = self.service.clock.sleep_until(next) => {}
            }
        }
    }

    fn note(&self, result: Result<usize, ServiceError>) {
        if let Err(why) = result {
            tracing::warn!(worker = %self.config.worker, %why, "a round failed; it is tried again");
        }
    }
}
