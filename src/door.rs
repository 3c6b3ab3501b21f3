//! The one door: what a platform adapter must be shown before it changes anything in public.
//!
//! An [`Authorised`] is made only by binding two witnesses that belong together: a [`Permit`], which
//! only the gate makes, and a `Committed<Intent>`, which only a durable transaction makes. Without both,
//! a call to a platform does not compile.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        attempt::{Attempt, IdempotencyKey},
        revision::Payload,
    },
    gate::Permit,
    store::{Committed, attempts::Intent},
};

/// The two witnesses are not of the same attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the permit and the committed attempt differ in {0}")]
pub struct Mismatch(&'static str);

/// A publication: one payload, to one account, once.
#[derive(Debug)]
pub struct Publication {
    payload: Payload,
    instance: String,
}

impl Publication {
    /// What is sent: the payload that the gate judged.
    #[must_use]
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The server that it is sent to.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }
}

/// Something that passed the gate and was written down. Neither copied nor stored: it is used up by the call.
#[derive(Debug)]
pub struct Authorised<T> {
    subject: T,
    attempt: Attempt,
}

impl Authorised<Publication> {
    /// Binds a permit to the attempt that was committed under it.
    ///
    /// # Errors
    /// When they differ in delivery, revision, fence, policy or epoch: a mistake of ours that must not
    /// reach a platform.
    pub fn bind(permit: Permit, intent: Committed<Intent>) -> Result<Self, Mismatch> {
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
        ];
        match pairs.into_iter().find(|(_, equal)| !equal) {
            Some((field, _)) => Err(Mismatch(field)),
            None => Ok(Self {
                subject: Publication {
                    payload: permit.payload().clone(),
                    instance: permit.instance().to_owned(),
                },
                attempt: attempt.clone(),
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
        self.attempt.key
    }

    /// The attempt that was written down.
    #[must_use]
    pub const fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The call does not start after this.
    #[must_use]
    pub const fn send_by(&self) -> DateTime<Utc> {
        self.attempt.send_by
    }
}
