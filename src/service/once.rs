//! `Idempotency-Key`s: a repeated request gets the first one's answer and makes nothing.

use chrono::Duration;

use super::{Service, ServiceError};
use crate::{
    domain::actor::Person,
    store::{
        StoreError, Tx,
        requests::{self, Claimed, Known},
    },
};

/// How long a request may take before another one with its key may take over.
const CLAIM: Duration = Duration::seconds(60);

/// A key that this request holds.
#[derive(Debug, Clone)]
pub struct Ticket(Claimed);

/// What to do with a request that carries a key.
#[derive(Debug)]
pub enum Begin {
    /// It is new: do it, and complete the ticket in the same transaction.
    Fresh(Ticket),
    /// It was answered before.
    Replay {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
}

/// How a creating use case leaves its answer for a repetition: the status, and the body in the words of
/// whoever asks.
#[derive(Debug, Clone)]
pub struct Once<V> {
    ticket: Option<Ticket>,
    render: fn(&V) -> String,
}

impl<V> Once<V> {
    /// For requests without a key.
    #[must_use]
    pub fn unkeyed() -> Self {
        Self {
            ticket: None,
            render: |_| String::new(),
        }
    }

    /// For a request that holds a key.
    #[must_use]
    pub const fn keyed(ticket: Ticket, render: fn(&V) -> String) -> Self {
        Self {
            ticket: Some(ticket),
            render,
        }
    }

    /// Stores the answer in the transaction that made the thing.
    pub(super) async fn complete(&self, tx: &mut Tx, view: &V) -> Result<(), StoreError> {
        match &self.ticket {
            None => Ok(()),
            Some(Ticket(claimed)) => {
                let body = (self.render)(view);
                requests::complete(tx, claimed, 201, &body).await
            }
        }
    }
}

impl Service {
    /// Takes a key, or tells what became of it.
    ///
    /// # Errors
    /// [`ServiceError::InFlight`] and [`ServiceError::KeyReused`]; the database.
    pub async fn begin_once(
        &self,
        person: &Person,
        key: &str,
        request_digest: [u8; 32],
    ) -> Result<Begin, ServiceError> {
        let claimed = Claimed {
            organization: person.organization,
            user: person.user,
            key: key.to_owned(),
            claim: self.ids.next(),
        };
        let now = self.now();
        let taking = claimed.clone();
        let known = self
            .write(move |tx| {
                Box::pin(
                    async move { Ok(requests::claim(tx, &taking, &request_digest, now, now + CLAIM).await?) },
                )
            })
            .await?;
        match known {
            None => Ok(Begin::Fresh(Ticket(claimed))),
            Some(Known::Answered { status, body }) => Ok(Begin::Replay { status, body }),
            Some(Known::InFlight) => Err(ServiceError::InFlight),
            Some(Known::OtherRequest) => Err(ServiceError::KeyReused),
        }
    }

    /// Gives a key back after a refusal that made nothing.
    ///
    /// # Errors
    /// The database.
    pub async fn release_once(&self, ticket: Ticket) -> Result<(), ServiceError> {
        self.write(move |tx| Box::pin(async move { Ok(requests::release(tx, &ticket.0).await?) }))
            .await
    }
}
