//! What an adapter needs of an authorisation. Only the trait's own methods make these from one; tests make
//! them from parts, and so can ask an adapter what it would send.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        attempt::IdempotencyKey,
        preparation::{Follows, Handles},
        revision::{Act, Part, Payload},
    },
    door::{Authorised, Publication, Withdrawal},
};

/// One publication.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) instance: &'a str,
    pub(super) remote_account: Option<&'a str>,
    pub(super) act: Act,
    pub(super) payload: &'a Payload,
    pub(super) part: u16,
    pub(super) follows: Option<&'a Follows>,
    pub(super) handles: &'a Handles,
    pub(super) key: IdempotencyKey,
    pub(super) send_by: DateTime<Utc>,
}

#[cfg(test)]
static NOTHING: Handles = Handles::NONE;

impl<'a> Order<'a> {
    /// A post of one part, for which nothing was prepared, as a test orders it.
    #[cfg(test)]
    pub(super) fn plain(
        instance: &'a str,
        act: Act,
        payload: &'a Payload,
        key: u128,
        send_by: DateTime<Utc>,
    ) -> Self {
        Self {
            instance,
            remote_account: None,
            act,
            payload,
            part: 0,
            follows: None,
            handles: &NOTHING,
            key: IdempotencyKey::new(uuid::Uuid::from_u128(key)),
            send_by,
        }
    }

    /// Takes what is needed from an authorisation.
    pub(super) fn of(what: &'a Authorised<Publication>) -> Self {
        let publication = what.subject();
        Self {
            instance: publication.instance(),
            remote_account: publication.remote_account(),
            act: publication.act(),
            payload: publication.payload(),
            part: publication.part_number(),
            follows: publication.follows(),
            handles: publication.handles(),
            key: what.key(),
            send_by: what.send_by(),
        }
    }

    /// The part that goes out.
    pub(super) fn the_part(&self) -> Option<&'a Part> {
        self.payload.parts.get(usize::from(self.part))
    }
}

/// One removal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Removal<'a> {
    pub(super) instance: &'a str,
    pub(super) remote_id: &'a str,
    pub(super) send_by: DateTime<Utc>,
}

impl<'a> Removal<'a> {
    /// Takes what is needed from an authorisation.
    pub(super) fn of(what: &'a Authorised<Withdrawal>) -> Self {
        Self {
            instance: what.subject().instance(),
            remote_id: what.subject().remote_id(),
            send_by: what.send_by(),
        }
    }
}
