//! Claims whose lease is over go back; attempts whose lease is over are in doubt; what is past its grace
//! was missed. Nothing is lost: every state that is not final is looked at here again.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Dispatcher, record,
    settle::{LeaseOver, lease_over},
};
use crate::{
    domain::delivery::DeliveryState,
    service::{Service, ServiceError},
    store::{Tx, deliveries},
};

/// How many rows one sweep takes at a time.
const BATCH: i64 = 256;

/// Whose leases a sweep ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leases {
    /// Those that ran out.
    Expired,
    /// All of them: the database is ours alone, and we have just begun, so their workers are dead.
    All,
}

impl Dispatcher {
    /// Sweeps once. Tells how many deliveries it moved.
    ///
    /// # Errors
    /// The database.
    pub async fn sweep(&self, leases: Leases) -> Result<usize, ServiceError> {
        let expired = self.end_leases(leases).await?;
        let missed = self.miss().await?;
        Ok(expired + missed)
    }

    async fn end_leases(&self, leases: Leases) -> Result<usize, ServiceError> {
        let service = self.service.clone();
        let now = service.now();
        let horizon = match leases {
            Leases::Expired => now,
            Leases::All => now + TimeDelta::days(36_500),
        };
        let moved = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let over = deliveries::expired(tx, horizon, BATCH).await?;
                    let count = over.len();
                    for stored in over {
                        end_lease(&service, tx, stored, now).await?;
                    }
                    Ok::<_, ServiceError>(count)
                })
            })
            .await?;
        Ok(moved.into_inner())
    }

    async fn miss(&self) -> Result<usize, ServiceError> {
        let service = self.service.clone();
        let now = service.now();
        let quiet = now + self.pace.quiet;
        let moved = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let late = deliveries::missed(tx, now, BATCH).await?;
                    let count = late.len();
                    for stored in late {
                        let before = stored.delivery;
                        let after = before.clone().miss(now, quiet)?;
                        let verb = match after.state {
                            DeliveryState::Unknown { .. } => "delivery.waiting_to_look",
                            _ => "delivery.missed",
                        };
                        record::change(&service, tx, &before, &after, verb, serde_json::json!({})).await?;
                    }
                    Ok::<_, ServiceError>(count)
                })
            })
            .await?;
        Ok(moved.into_inner())
    }
}

async fn end_lease(
    service: &Service,
    tx: &mut Tx,
    stored: deliveries::Stored,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let before = stored.delivery;
    match lease_over(&before, now) {
        Some(LeaseOver::GivenBack(after)) => {
            let details = serde_json::json!({});
            record::change(service, tx, &before, &after, "delivery.given_back", details).await?;
        }
        Some(LeaseOver::InDoubt {
            attempt,
            outcome,
            after,
        }) => {
            record::in_doubt(service, tx, &before, &after, attempt, &outcome).await?;
        }
        None => {}
    }
    Ok(())
}
