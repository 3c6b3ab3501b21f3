//! Claims due deliveries, as many as there are free slots, and lets pass what may flow to each account.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dispatcher, lanes::Lane};
use crate::{
    domain::{actor::Actor, delivery::Delivery, flow::Priority, ids::AccountId},
    fault,
    service::{Service, ServiceError, Told, told},
    store::{
        StoreError, Tx,
        deliveries::{self, Due, Wanted},
        flows,
    },
};

/// How many deliveries one claim takes at most.
const BATCH: usize = 256;

impl Dispatcher {
    /// Claims until nothing is due or no slot is free, emergencies first, and sends each on its way. Tells how
    /// many.
    ///
    /// # Errors
    /// The database.
    pub async fn claim(&self) -> Result<usize, ServiceError> {
        let emergencies = self.claim_of(Priority::Emergency).await?;
        Ok(emergencies + self.claim_of(Priority::Ordinary).await?)
    }

    pub(super) async fn claim_of(&self, priority: Priority) -> Result<usize, ServiceError> {
        let lane = self.lanes.of(priority);
        let mut all = 0;
        let mut but_not = lane.full();
        loop {
            let wanted = lane.free().min(BATCH);
            if wanted == 0 {
                return Ok(all);
            }
            let batch = self.claim_batch(lane, wanted, but_not.clone()).await?;
            all += batch.mine.len();
            fault::point("claimed");
            let mut seen = self.glance_at_all(&batch.mine).await;
            for delivery in batch.mine {
                let Some(place) = lane.enter(delivery.account).await else {
                    return Ok(all);
                };
                let dispatcher = self.clone();
                let seen = seen.remove(&delivery.id);
                self.under_way.spawn(async move {
                    dispatcher.drive(delivery, seen).await;
                    drop(place);
                });
            }
            if batch.due < wanted {
                return Ok(all);
            }
            but_not.extend(batch.enough);
        }
    }

    async fn claim_batch(
        &self,
        lane: &Lane,
        wanted: usize,
        but_not: Vec<AccountId>,
    ) -> Result<Batch, ServiceError> {
        let claim = Claim {
            dispatcher: self.clone(),
            service: self.service.clone(),
            owner: self.config.worker.clone(),
            lease: self.config.lease,
            lane: lane.clone(),
            wanted,
            but_not,
        };
        let written = self
            .service
            .store
            .write(move |tx| Box::pin(claim.run(tx)))
            .await?;
        Ok(written.into_inner())
    }
}

/// What a claim brought.
struct Batch {
    /// What this worker drives.
    mine: Vec<Delivery>,
    /// How many deliveries were due; fewer than wanted means that nothing more is.
    due: usize,
    /// The accounts that take no more now.
    enough: Vec<AccountId>,
}

/// One claim, as its transaction needs it.
struct Claim {
    dispatcher: Dispatcher,
    service: Service,
    owner: String,
    lease: chrono::Duration,
    lane: Lane,
    wanted: usize,
    but_not: Vec<AccountId>,
}

impl Claim {
    async fn run(self, tx: &mut Tx) -> Result<Batch, ServiceError> {
        // Asked with the connection of this very transaction: what left may be missing here.
        if self.dispatcher.is_elsewhere() {
            return Err(StoreError::OtherHistory.into());
        }
        let now = self.service.now();
        let wanted = Wanted {
            priority: self.lane.priority(),
            but_not: &self.but_not,
            limit: i64::try_from(self.wanted).unwrap_or(1),
        };
        let due = deliveries::due(tx, wanted, now).await?;
        let mut batch = Batch {
            mine: Vec::new(),
            due: due.len(),
            enough: Vec::new(),
        };
        if due.is_empty() {
            return Ok(batch);
        }
        let troubled: BTreeSet<AccountId> = flows::troubled(tx).await?.into_iter().collect();
        let mut by_account = BTreeMap::<AccountId, Vec<Due>>::new();
        for due in due {
            by_account.entry(due.account).or_default().push(due);
        }
        let mut these = Vec::with_capacity(batch.due);
        // In the order of their ids: two nodes that lock flows never wait for each other.
        for (account, of_account) in by_account {
            let mut count = self.lane.admits(account, of_account.len());
            if troubled.contains(&account) {
                count = self.admit(tx, of_account[0], count).await?;
            }
            if count < of_account.len() {
                batch.enough.push(account);
            }
            these.extend(of_account.into_iter().take(count).map(|due| due.id));
        }
        let until = now + self.lease;
        let claimed = deliveries::claim(tx, &these, &self.owner, until).await?;
        batch.mine = claimed.into_iter().map(|stored| stored.delivery).collect();
        let told = batch.mine.iter().map(|delivery| self.told(delivery));
        self.service.tell_all(tx, told.collect()).await?;
        Ok(batch)
    }

    /// What the account's flow lets pass of what this node would.
    async fn admit(&self, tx: &mut Tx, of_account: Due, by_node: usize) -> Result<usize, ServiceError> {
        let now = self.service.now();
        let flow = flows::take(tx, of_account.organization, of_account.account).await?;
        let (after, count) = flow.admit(self.lane.priority(), by_node, now, now + self.lease);
        flows::keep(tx, &after).await?;
        Ok(count)
    }

    fn told(&self, delivery: &Delivery) -> Told {
        let details = serde_json::json!({
            "fence": delivery.fence.0, "worker": self.owner, "post": delivery.post.to_string(),
        });
        told(
            delivery.organization,
            Actor::Dispatcher,
            "delivery.claimed",
            delivery.id,
        )
        .with(details)
    }
}
