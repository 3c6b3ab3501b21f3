//! Claims whose lease is over go back; attempts whose lease is over are in doubt; what is past its grace
//! was missed. Nothing is lost: every state that is not final is looked at here again.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Dispatcher,
    record::{self, Moved},
    settle::{LeaseOver, lease_over},
};
use crate::{
    domain::{
        attempt::Outcome,
        delivery::DeliveryState,
        ids::{AttemptId, OrganizationId},
    },
    service::{Service, ServiceError},
    store::{Tx, attempts, deliveries},
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
                    end_each(&service, tx, over, now).await?;
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
                    let mut moved = Vec::with_capacity(count);
                    for stored in late {
                        let before = stored.delivery;
                        let after = before.clone().miss(now, quiet)?;
                        let verb = match after.state {
                            DeliveryState::Unknown { .. } => "delivery.waiting_to_look",
                            _ => "delivery.missed",
                        };
                        let details = serde_json::json!({});
                        moved.push(Moved {
                            before,
                            after,
                            verb,
                            details,
                        });
                    }
                    record::changes(&service, tx, moved).await?;
                    Ok::<_, ServiceError>(count)
                })
            })
            .await?;
        Ok(moved.into_inner())
    }
}

/// Ends leases: what was only claimed waits again, and of what was under way nobody is left who could tell what became
/// of it.
async fn end_each(
    service: &Service,
    tx: &mut Tx,
    over: Vec<deliveries::Stored>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let mut moved = Vec::with_capacity(over.len());
    let mut vanished = BTreeMap::<OrganizationId, Vec<(AttemptId, Outcome)>>::new();
    for stored in over {
        let before = stored.delivery;
        let (after, verb, details) = match lease_over(&before, now) {
            Some(LeaseOver::GivenBack(after)) => (after, "delivery.given_back", serde_json::json!({})),
            Some(LeaseOver::InDoubt {
                attempt,
                outcome,
                after,
            }) => {
                let details = serde_json::json!({ "attempt": attempt.to_string(), "why": outcome.why() });
                let of_organization = vanished.entry(before.organization).or_default();
                of_organization.push((attempt, outcome));
                (after, "delivery.in_doubt", details)
            }
            None => continue,
        };
        moved.push(Moved {
            before,
            after,
            verb,
            details,
        });
    }
    for (organization, vanished) in vanished {
        let ended = vanished.iter().map(|(attempt, outcome)| (*attempt, outcome));
        attempts::close_all(tx, organization, ended, now).await?;
    }
    Ok(record::changes(service, tx, moved).await?)
}
