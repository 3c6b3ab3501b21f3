//! Seals the ledger in batches, one node at a time, within a second of what it tells.

use chrono::TimeDelta;

use super::Dispatcher;
use crate::{
    service::ServiceError,
    store::{
        leases::{self, Taken},
        ledger,
    },
};

/// How many entries are sealed in one transaction.
const BATCH: i64 = 512;

/// How long one node keeps the sealer's lease.
const LEASE: TimeDelta = TimeDelta::seconds(4);

/// The pause between two rounds.
pub(super) const PAUSE: TimeDelta = TimeDelta::milliseconds(500);

impl Dispatcher {
    /// Seals what is unsealed, if this node has the lease. Tells how many entries.
    ///
    /// # Errors
    /// The database.
    pub async fn seal(&self) -> Result<usize, ServiceError> {
        let mut reader = self.service.store.read().await?;
        let organizations = ledger::unsealed_organizations(&mut reader).await?;
        drop(reader);
        let mut sealed = 0;
        for organization in organizations {
            loop {
                let (owner, now) = (self.lease_owner(), self.service.now());
                let count = self
                    .service
                    .store
                    .write(move |tx| {
                        Box::pin(async move {
                            match leases::take(tx, "sealer", &owner, now, now + LEASE).await? {
                                Taken::Theirs => Ok::<_, ServiceError>(0),
                                Taken::Ours => Ok(ledger::seal(tx, organization, BATCH).await?),
                            }
                        })
                    })
                    .await?
                    .into_inner();
                sealed += count;
                if i64::try_from(count).unwrap_or(BATCH) < BATCH {
                    break;
                }
            }
        }
        Ok(sealed)
    }

    /// In a database that is ours alone, a lease of a process that died means nothing.
    pub(super) fn lease_owner(&self) -> String {
        if self.service.store.is_exclusive() {
            "the only one".to_owned()
        } else {
            self.config.worker.clone()
        }
    }
}
