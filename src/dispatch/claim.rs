//! Claims due deliveries, as many as there are free slots, emergencies first.

use super::Dispatcher;
use crate::{
    domain::{actor::Actor, delivery::Delivery},
    fault,
    service::{ServiceError, told},
    store::deliveries,
};

/// How many deliveries one claim takes at most.
const BATCH: usize = 64;

impl Dispatcher {
    /// Claims until nothing is due or no slot is free, and sends each on its way. Tells how many.
    ///
    /// # Errors
    /// The database.
    pub async fn claim(&self) -> Result<usize, ServiceError> {
        let mut all = 0;
        loop {
            let wanted = self.slots.available_permits().min(BATCH);
            if wanted == 0 {
                return Ok(all);
            }
            let claimed = self.claim_batch(wanted).await?;
            let count = claimed.len();
            all += count;
            fault::point("claimed");
            for delivery in claimed {
                let Ok(slot) = std::sync::Arc::clone(&self.slots).acquire_owned().await else {
                    return Ok(all);
                };
                let dispatcher = self.clone();
                self.under_way.spawn(async move {
                    dispatcher.drive(delivery).await;
                    drop(slot);
                });
            }
            if count < wanted {
                return Ok(all);
            }
        }
    }

    async fn claim_batch(&self, wanted: usize) -> Result<Vec<Delivery>, ServiceError> {
        let (service, owner) = (self.service.clone(), self.config.worker.clone());
        let now = service.now();
        let until = now + self.config.lease;
        let limit = i64::try_from(wanted).unwrap_or(1);
        let claimed = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let claimed = deliveries::claim(tx, &owner, now, until, limit).await?;
                    let mut mine = Vec::with_capacity(claimed.len());
                    for stored in claimed {
                        let delivery = stored.delivery;
                        let details = serde_json::json!({
                            "fence": delivery.fence.0, "worker": owner, "post": delivery.post.to_string(),
                        });
                        let told = told(
                            delivery.organization,
                            Actor::Dispatcher,
                            "delivery.claimed",
                            delivery.id,
                        );
                        service.tell(tx, told.with(details)).await?;
                        mine.push(delivery);
                    }
                    Ok::<_, ServiceError>(mine)
                })
            })
            .await?;
        Ok(claimed.into_inner())
    }
}
