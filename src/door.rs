//! The one door: what a platform adapter must be shown before it changes anything in public.
//!
//! An [`Authorised`] is made only by binding two witnesses that belong together: a [`Permit`], which
//! only the gate makes, and a `Committed<Intent>`, which only a durable transaction makes. Without both,
//! a call to a platform does not compile.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        account::Platform,
        attempt::IdempotencyKey,
        preparation::{Follows, Handles},
        revision::{Act, Part, Payload},
        withdrawal::WithdrawalState,
    },
    gate::{Permit, RemovalPermit},
    store::{Committed, attempts::Intent, withdrawals::Removal},
};

/// The two witnesses are not of the same attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the permit and the committed attempt differ in {0}")]
pub struct Mismatch(&'static str);

/// What was made ready for a call beforehand. It is no consent: it adds nothing to what was judged.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    /// What the platform gave.
    pub handles: Handles,
    /// The parts that are out already.
    pub follows: Option<Follows>,
}

/// A publication: one part of one payload, to one account, once.
#[derive(Debug)]
pub struct Publication {
    act: Act,
    payload: Payload,
    part: u16,
    platform: Platform,
    instance: String,
    remote_account: Option<String>,
    ready: Readiness,
}

impl Publication {
    /// What it does: what the payload refers to is answered, passed on or quoted.
    #[must_use]
    pub const fn act(&self) -> Act {
        self.act
    }

    /// What is sent: the payload that the gate judged.
    #[must_use]
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// Which part of the payload goes out, from 0.
    #[must_use]
    pub const fn part_number(&self) -> u16 {
        self.part
    }

    /// The part that goes out; none only if the payload has fewer parts, which binding refuses.
    #[must_use]
    pub fn part(&self) -> Option<&Part> {
        self.payload.parts.get(usize::from(self.part))
    }

    /// The account's id on the platform, once it is connected.
    #[must_use]
    pub fn remote_account(&self) -> Option<&str> {
        self.remote_account.as_deref()
    }

    /// What the platform gave beforehand.
    #[must_use]
    pub const fn handles(&self) -> &Handles {
        &self.ready.handles
    }

    /// The parts of the series that are out already.
    #[must_use]
    pub const fn follows(&self) -> Option<&Follows> {
        self.ready.follows.as_ref()
    }

    /// By which platform.
    #[must_use]
    pub const fn platform(&self) -> Platform {
        self.platform
    }

    /// The server that it is sent to.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }
}

/// A withdrawal (取消し): one post that is out is removed by its platform's id.
#[derive(Debug)]
pub struct Withdrawal {
    instance: String,
    platform: Platform,
    remote_id: String,
}

impl Withdrawal {
    /// The server that it is removed from.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// By which platform.
    #[must_use]
    pub const fn platform(&self) -> Platform {
        self.platform
    }

    /// The platform's id of what is removed.
    #[must_use]
    pub fn remote_id(&self) -> &str {
        &self.remote_id
    }
}

/// Something that passed the gate and was written down. Neither copied nor stored: it is used up by the call.
#[derive(Debug)]
pub struct Authorised<T> {
    subject: T,
    key: IdempotencyKey,
    send_by: DateTime<Utc>,
}

impl Authorised<Publication> {
    /// Binds a permit to the attempt that was committed under it.
    ///
    /// # Errors
    /// When they differ in delivery, revision, fence, policy or epoch: a mistake of ours that must not
    /// reach a platform.
    pub fn bind(permit: Permit, intent: Committed<Intent>, ready: Readiness) -> Result<Self, Mismatch> {
        let intent = intent.into_inner();
        let attempt = intent.attempt();
        let claim = permit.claim();
        let pairs = [
            ("delivery", claim.delivery == attempt.delivery),
            ("revision", claim.revision == attempt.revision),
            ("fence", claim.fence == attempt.fence),
            ("policy", permit.policy() == attempt.policy),
            ("epoch", permit.gate_epoch() == attempt.gate_epoch),
            ("authority", permit.authority() == attempt.authority),
            ("deadline", attempt.send_by <= permit.send_by()),
            ("account", claim.account == permit.payload().account),
            ("part", claim.part == attempt.part),
            ("parts", usize::from(attempt.part) < permit.payload().parts.len()),
            ("series", (attempt.part == 0) == ready.follows.is_none()),
        ];
        match pairs.into_iter().find(|(_, equal)| !equal) {
            Some((field, _)) => Err(Mismatch(field)),
            None => Ok(Self {
                subject: Publication {
                    act: permit.act(),
                    platform: permit.platform(),
                    payload: permit.payload().clone(),
                    part: attempt.part,
                    instance: permit.instance().to_owned(),
                    remote_account: permit.remote_account().map(str::to_owned),
                    ready,
                },
                key: attempt.key,
                send_by: attempt.send_by,
            }),
        }
    }
}

impl Authorised<Withdrawal> {
    /// Binds a permit to the removal that was committed.
    ///
    /// # Errors
    /// When they differ in order, claim or what is removed: a mistake of ours that must not reach a platform.
    pub fn bind_removal(permit: RemovalPermit, removal: Committed<Removal>) -> Result<Self, Mismatch> {
        let removal = removal.into_inner();
        let order = removal.order();
        let lease = match &order.state {
            WithdrawalState::Removing { lease } => Some(lease),
            _ => None,
        };
        let pairs = [
            ("withdrawal", permit.withdrawal() == order.id),
            ("claim", lease == Some(permit.lease())),
            ("remote id", permit.remote_id() == order.remote_id),
        ];
        match pairs.into_iter().find(|(_, equal)| !equal) {
            Some((field, _)) => Err(Mismatch(field)),
            None => Ok(Self {
                subject: Withdrawal {
                    instance: permit.instance().to_owned(),
                    platform: permit.platform(),
                    remote_id: permit.remote_id().to_owned(),
                },
                key: IdempotencyKey::new(order.id.uuid()),
                send_by: permit.send_by(),
            }),
        }
    }
}

impl<T> Authorised<T> {
    /// What was authorised.
    #[must_use]
    pub const fn subject(&self) -> &T {
        &self.subject
    }

    /// The key under which the platform can recognise a repetition.
    #[must_use]
    pub const fn key(&self) -> IdempotencyKey {
        self.key
    }

    /// The call does not start after this.
    #[must_use]
    pub const fn send_by(&self) -> DateTime<Utc> {
        self.send_by
    }
}
