//! The one door: what a platform adapter must be shown before it changes anything in public.
//!
//! An [`Authorised`] is made only by binding two witnesses that belong together: a [`Permit`], which
//! only the gate makes, and a `Committed<Intent>`, which only a durable transaction makes. Without both,
//! a call to a platform does not compile.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        account::Platform,
        attempt::{Attempt, IdempotencyKey},
        revision::{Act, Payload},
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
    act: Act,
    payload: Payload,
    platform: Platform,
    instance: String,
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
///
/// Nothing makes one yet, and so nothing can be withdrawn: a permit to publish is no consent to remove. Once
/// the gate gives permits for removals, `Authorised::<Withdrawal>::bind` takes one of those and the
/// committed intent, as the binding of publications below does.
#[derive(Debug)]
pub struct Withdrawal {
    instance: String,
    remote_id: String,
}

impl Withdrawal {
    /// The server that it is removed from.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
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
                    act: permit.act(),
                    platform: permit.platform(),
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
