//! `Idempotency-Key`s: a repeated request gets the first one's answer and makes nothing.
//!
//! The answer is stored in the transaction that makes the thing, so a process that dies leaves both or neither,
//! and no key is ever held by a request that is gone. Of two requests at once the second one's transaction keeps
//! nothing.

use super::{Service, ServiceError};
use crate::{
    domain::actor::Person,
    store::{
        StoreError, Tx,
        requests::{self, Keyed, Known},
    },
};

/// How a request that made something is answered.
pub(super) const CREATED: u16 = 201;

/// A request's key, and what tells the request from another one with the same key.
#[derive(Debug, Clone)]
pub struct Ticket(Keyed);

impl Ticket {
    /// A person's request with a key.
    #[must_use]
    pub fn new(person: &Person, key: String, request_digest: [u8; 32]) -> Self {
        Self(Keyed {
            organization: person.organization,
            user: person.user,
            key,
            request_digest,
        })
    }
}

/// What was answered to a request before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
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

    /// For a request with a key.
    #[must_use]
    pub const fn keyed(ticket: Ticket, render: fn(&V) -> String) -> Self {
        Self {
            ticket: Some(ticket),
            render,
        }
    }

    /// The answer to a request with a key, as it is kept.
    pub(super) fn kept(&self, view: &V) -> Option<(&Keyed, String)> {
        let Ticket(keyed) = self.ticket.as_ref()?;
        Some((keyed, (self.render)(view)))
    }

    /// Stores the answer in the transaction that made the thing: the last that it does, so that whoever waits
    /// here for another request with this key holds nothing that the other one still needs.
    pub(super) async fn complete(&self, service: &Service, tx: &mut Tx, view: &V) -> Result<(), StoreError> {
        match self.kept(view) {
            None => Ok(()),
            Some((keyed, body)) => requests::answer(tx, keyed, CREATED, &body, service.now()).await,
        }
    }
}

impl Service {
    /// What a request with this key was answered before, if it was.
    ///
    /// # Errors
    /// [`ServiceError::KeyReused`]; the database.
    pub async fn answered_before(&self, ticket: &Ticket) -> Result<Option<Replay>, ServiceError> {
        let mut reader = self.store.read().await?;
        match requests::known(&mut reader, &ticket.0).await? {
            None => Ok(None),
            Some(Known::Answered { status, body }) => Ok(Some(Replay { status, body })),
            Some(Known::OtherRequest) => Err(ServiceError::KeyReused),
        }
    }
}
