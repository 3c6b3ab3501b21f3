//! Claims due deliveries, as many as there are free slots, and lets pass what may flow to each account.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dispatcher, lanes::Lane};
use crate::{
    domain::{
        actor::Actor,
        delivery::Delivery,
        flow::{Admitted, Priority},
        ids::AccountId,
    },
    fault,
    service::{Service, ServiceError, told},
    store::{
        Tx,
        deliveries::{self, Wanted},
        flows,
    },
};

/// How many deliveries one claim takes at most.
const BATCH: usize = 64;

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
        loop {
            let wanted = lane.free().min(BATCH);
            if wanted == 0 {
                return Ok(all);
            }
            let batch = self.claim_batch(lane, wanted).await?;
            all += batch.mine.len();
            fault::point("claimed");
            for delivery in batch.mine {
                let Some(place) = lane.enter(delivery.account).await else {
                    return Ok(all);
                };
                let dispatcher = self.clone();
                self.under_way.spawn(async move {
                    dispatcher.drive(delivery).await;
                    drop(place);
                });
            }
            if batch.claimed < wanted {
                return Ok(all);
            }
        }
    }

    async fn claim_batch(&self, lane: &Lane, wanted: usize) -> Result<Batch, ServiceError> {
        let claim = Claim {
            service: self.service.clone(),
            owner: self.config.worker.clone(),
            lease: self.config.lease,
            lane: lane.clone(),
            wanted,
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
    /// How many rows were claimed; fewer than wanted means that nothing more is due.
    claimed: usize,
}

/// One claim, as its transaction needs it.
struct Claim {
    service: Service,
    owner: String,
    lease: chrono::Duration,
    lane: Lane,
    wanted: usize,
}

impl Claim {
    async fn run(self, tx: &mut Tx) -> Result<Batch, ServiceError> {
        let now = self.service.now();
        let but_not = self.lane.full();
        let wanted = Wanted {
            owner: &self.owner,
            until: now + self.lease,
            priority: self.lane.priority(),
            but_not: &but_not,
            limit: i64::try_from(self.wanted).unwrap_or(1),
        };
        let claimed = deliveries::claim(tx, wanted, now).await?;
        let count = claimed.len();
        let mut by_account = BTreeMap::<AccountId, Vec<Delivery>>::new();
        for stored in claimed {
            let delivery = stored.delivery;
            by_account.entry(delivery.account).or_default().push(delivery);
        }
        let troubled: BTreeSet<AccountId> = match count {
            0 => BTreeSet::new(),
            _ => flows::troubled(tx).await?.into_iter().collect(),
        };
        let mut mine = Vec::with_capacity(count);
        // In the order of their ids: two nodes that lock flows never wait for each other.
        for (account, mut of_account) in by_account {
            let mut admitted = self.lane.admits(account, of_account.len(), now);
            if troubled.contains(&account) {
                admitted = self.admit(tx, &of_account[0], admitted).await?;
            }
            for delivery in of_account.split_off(admitted.count) {
                // Nothing was told of it: it has waited all the while.
                deliveries::release(tx, &delivery, admitted.rest_due).await?;
            }
            mine.extend(of_account);
        }
        mine.sort_by_key(|delivery| (delivery.publish_at, delivery.id));
        for delivery in &mine {
            self.tell(tx, delivery).await?;
        }
        Ok(Batch { mine, claimed: count })
    }

    /// What the account's flow lets pass of what this node would.
    async fn admit(
        &self,
        tx: &mut Tx,
        of_account: &Delivery,
        by_node: Admitted,
    ) -> Result<Admitted, ServiceError> {
        let now = self.service.now();
        let flow = flows::take(tx, of_account.organization, of_account.account).await?;
        let (after, admitted) = flow.admit(self.lane.priority(), by_node.count, now, now + self.lease);
        flows::keep(tx, &after).await?;
        Ok(if admitted.count < by_node.count {
            admitted
        } else {
            by_node
        })
    }

    async fn tell(&self, tx: &mut Tx, delivery: &Delivery) -> Result<(), ServiceError> {
        let details = serde_json::json!({
            "fence": delivery.fence.0, "worker": self.owner, "post": delivery.post.to_string(),
        });
        let told = told(
            delivery.organization,
            Actor::Dispatcher,
            "delivery.claimed",
            delivery.id,
        );
        Ok(self.service.tell(tx, told.with(details)).await?)
    }
}
