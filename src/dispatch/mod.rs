//! The dispatcher: claim → gate → intent → call → outcome, and sweep and reconcile for what went wrong.
//!
//! The delivery row is the queue. Decisions are in [`machine`]; everything here does what it decided.

mod claim;
mod connector;
mod look_again;
pub mod machine;
mod publish;
mod reconcile;
mod record;
mod restored;
mod seal;
mod skew;
mod sweep;

use std::sync::Arc;

use chrono::{DateTime, Duration, TimeDelta, Utc};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    platform::{LONGEST_REQUEST, Platforms},
    service::{Service, ServiceError},
};

pub use connector::PlatformConnector;
pub use machine::Pace;
pub use reconcile::{Doubt, GateNow, Move};
pub use restored::LONGEST_SILENCE;
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
    /// How many deliveries are under way at once.
    pub in_flight: usize,
    /// How often the database is looked at when nothing wakes the dispatcher.
    pub poll: Duration,
    /// The first pause after a refusal for now.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
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
            poll: Duration::seconds(5),
            first_pause: Duration::seconds(2),
            longest_pause: Duration::seconds(60),
        }
    }
}

/// Takes what is due to its platforms.
#[derive(Clone)]
pub struct Dispatcher {
    service: Service,
    platforms: Arc<Platforms>,
    config: Arc<DispatchConfig>,
    pace: Pace,
    slots: Arc<Semaphore>,
    under_way: TaskTracker,
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
            first_pause: config.first_pause,
            longest_pause: config.longest_pause,
        };
        Self {
            service,
            platforms,
            pace,
            slots: Arc::new(Semaphore::new(config.in_flight)),
            config: Arc::new(config),
            under_way: TaskTracker::new(),
        }
    }

    /// Works until `soft` is cancelled, then finishes what is under way, until `hard` at the latest.
    pub async fn run(&self, soft: CancellationToken, hard: CancellationToken) {
        let sealing = self.under_way.spawn(self.clone().keep_sealing(soft.clone()));
        let mut looking = None;
        let mut alive = None;
        while !soft.is_cancelled() {
            let round = self.round_of_the_living(&mut alive).await;
            self.note(round);
            if alive.is_some() && looking.is_none() {
                looking = Some(self.under_way.spawn(self.clone().keep_looking(soft.clone())));
            }
            tokio::select! {
                () = soft.cancelled() => {}
                () = self.service.store.woken() => {}
                () = self.rest() => {}
            }
        }
        self.under_way.close();
        tokio::select! {
            () = self.under_way.wait() => self.note(self.leave().await),
            () = hard.cancelled() => tracing::warn!("stopped hard: what was under way is left to the sweep"),
        }
        drop((sealing, looking));
        self.note(self.seal().await);
    }

    /// A sign of life, and only then a round: a database that was set back is noticed before anything leaves.
    async fn round_of_the_living(&self, alive: &mut Option<DateTime<Utc>>) -> Result<usize, ServiceError> {
        let began = alive.is_none();
        *alive = Some(self.live(*alive).await?);
        if began && self.service.store.is_exclusive() {
            // A database that is ours alone: whoever held a lease in it is dead.
            self.sweep(Leases::All).await?;
        }
        self.round().await
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
        while self.slots.available_permits() < self.config.in_flight {
            let all = u32::try_from(self.config.in_flight).unwrap_or(u32::MAX);
            if let Ok(permits) = self.slots.acquire_many(all).await {
                drop(permits);
            }
        }
    }

    async fn sweep_if_due(&self) -> Result<usize, ServiceError> {
        let next = self.next_instant().await?;
        if next.is_some_and(|next| next <= self.service.now()) {
            self.sweep(Leases::Expired).await
        } else {
            Ok(0)
        }
    }

    async fn next_instant(&self) -> Result<Option<DateTime<Utc>>, ServiceError> {
        let mut reader = self.service.store.read().await?;
        Ok(crate::store::deliveries::next_instant(&mut reader).await?)
    }

    /// Sleeps until there is something to do, as far as the database tells, and never longer than a poll.
    async fn rest(&self) {
        let now = self.service.now();
        let latest = now + self.config.poll;
        let next = match self.next_instant().await {
            Ok(next) => next.map_or(latest, |next| next.min(latest)),
            Err(why) => {
                tracing::warn!(%why, "the database does not answer: nothing leaves");
                now + TimeDelta::seconds(1)
            }
        };
        // What is due but cannot be taken now (all slots busy) must not become a busy loop.
        self.service
            .clock
            .sleep_until(next.max(now + TimeDelta::milliseconds(20)))
            .await;
    }

    /// Looks again at what leaves soon. A stop does not wait for a look: nothing depends on it.
    async fn keep_looking(self, soft: CancellationToken) {
        let looking = async {
            loop {
                self.note(self.look_for_restored().await);
                self.note(self.look_again().await);
                let next = self.service.now() + look_again::PAUSE;
                self.service.clock.sleep_until(next).await;
            }
        };
        tokio::select! {
            () = soft.cancelled() => {}
            () = looking => {}
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
