//! Takes over what nodes without a key ring hand to the dispatchers, and publishes the key that they seal to.

use chrono::TimeDelta;

use super::Dispatcher;
use crate::{
    service::{HandoverAnswer, ServiceError},
    store::{
        handovers::{self, Handover},
        leases::Taken,
    },
    vault,
};

/// How many are taken in one round.
const BATCH: i64 = 16;

/// How long one node keeps the turn: longer than the requests of one connection.
const LEASE: TimeDelta = TimeDelta::seconds(60);

impl Dispatcher {
    /// Publishes this node's public key, so that others can seal to it.
    ///
    /// # Errors
    /// The vault or the database.
    pub async fn publish_key(&self) -> Result<usize, ServiceError> {
        let Some(ring) = self.service.key_ring.clone() else {
            return Ok(0);
        };
        let (id, key) = vault::handover_key(&ring)?;
        let now = self.service.now();
        let published = self.service.store.write(move |tx| {
            Box::pin(async move {
                let known = handovers::key(tx).await?;
                if known.is_some_and(|known| known == (id.to_string(), key.as_bytes().to_vec())) {
                    return Ok(0);
                }
                handovers::publish(tx, id.as_str(), key.as_bytes(), now).await?;
                Ok::<_, ServiceError>(1)
            })
        });
        Ok(published.await?.into_inner())
    }

    /// Does what was handed over, one node at a time. Tells how many there were.
    ///
    /// # Errors
    /// The database.
    pub async fn take_over(&self) -> Result<usize, ServiceError> {
        if self.service.key_ring.is_none() {
            return Ok(0);
        }
        let mut reader = self.service.store.read().await?;
        let waiting: Vec<Handover<HandoverAnswer>> = handovers::waiting(&mut reader, BATCH).await?;
        drop(reader);
        if waiting.is_empty() || self.take_turn("handovers", LEASE).await? == Taken::Theirs {
            return Ok(0);
        }
        for handed in &waiting {
            if let Err(why) = self.service.take_over(handed).await {
                tracing::warn!(handover = %handed.id, %why, "something handed over could not be done now");
            }
        }
        Ok(waiting.len())
    }
}
