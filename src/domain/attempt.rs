//! One call to a platform, written down before it is made, and what its answer proves (試行).

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    canonical::Canonical,
    delivery::Fence,
    digest::{PolicyDigest, RevisionDigest},
    ids::{AttemptId, DeliveryId},
};
use crate::vocabulary;

/// The key under which a platform recognises a repeated call: the same for the same intent, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(Uuid);

impl IdempotencyKey {
    /// Derives the key of an intent: each part of a series has its own. The generation rises only when a
    /// person orders a new send.
    #[must_use]
    pub fn derive(delivery: DeliveryId, revision: RevisionDigest, generation: i32, part: u16) -> Self {
        let mut bytes = Canonical::tagged("sekisho/idempotency-key/v2");
        bytes
            .text(&delivery.to_string())
            .bytes(revision.as_bytes())
            .number(i64::from(generation))
            .number(i64::from(part));
        let hash = Sha256::digest(bytes.into_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        Self(Uuid::new_v8(half))
    }

    /// Wraps a key that was read from the database.
    #[must_use]
    pub const fn new(key: Uuid) -> Self {
        Self(key)
    }

    /// The key as the platforms take it.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

vocabulary! {
    /// On whose authority a permit rests.
    Authority {
        /// All stages of the account's route.
        Route = "route",
        /// One signature of a duty officer, inside a live emergency.
        DutySignature = "duty_signature",
        /// A template that was approved beforehand, inside a live emergency.
        ApprovedTemplate = "approved_template",
        /// Reviewed afterwards, inside a live emergency.
        AfterReview = "after_review",
    }
}

/// One call, as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// The delivery that it serves.
    pub delivery: DeliveryId,
    /// What is sent.
    pub revision: RevisionDigest,
    /// The claim under which it was made.
    pub fence: Fence,
    /// The order to send that it obeys.
    pub generation: i32,
    /// Which part of the payload it sends, from 0.
    pub part: u16,
    /// The platform's idempotency key.
    pub key: IdempotencyKey,
    /// The policy under which the gate consented.
    pub policy: PolicyDigest,
    /// On whose authority.
    pub authority: Authority,
    /// The organization's gate epoch that was evaluated.
    pub gate_epoch: i64,
    /// When it was written down.
    pub intended_at: DateTime<Utc>,
    /// The call does not start after this.
    pub send_by: DateTime<Utc>,
}

/// Where a post is found on its platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteRef {
    /// The platform's id.
    pub id: String,
    /// Where people can read it, if the platform told.
    pub url: Option<String>,
}

/// What an answer proves. There is no "failed": each class says what may be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The platform confirmed it and told the id.
    Published(RemoteRef),
    /// No byte of the call can have been accepted.
    NotSent {
        /// What went wrong, without secrets.
        why: String,
    },
    /// The platform said clearly: not accepted, later.
    RejectedTransient {
        /// What it said.
        why: String,
        /// When it may be tried again, if it told.
        again: Option<DateTime<Utc>>,
    },
    /// The credential is invalid, expired or revoked.
    RejectedReauth {
        /// What it said.
        why: String,
    },
    /// Refused for good.
    RejectedPermanent {
        /// What it said.
        why: String,
    },
    /// The platform says that an equal post exists: evidence of an earlier success.
    RejectedDuplicate {
        /// What it said.
        why: String,
    },
    /// It may be out or not: a time-out, a cut connection, a 5xx, an unreadable 2xx.
    Unknown {
        /// What happened.
        why: String,
    },
}

vocabulary! {
    /// The class of an outcome, as it is stored.
    OutcomeClass {
        /// See [`Outcome::Published`].
        Published = "published",
        /// See [`Outcome::NotSent`].
        NotSent = "not_sent",
        /// See [`Outcome::RejectedTransient`].
        RejectedTransient = "rejected_transient",
        /// See [`Outcome::RejectedReauth`].
        RejectedReauth = "rejected_reauth",
        /// See [`Outcome::RejectedPermanent`].
        RejectedPermanent = "rejected_permanent",
        /// See [`Outcome::RejectedDuplicate`].
        RejectedDuplicate = "rejected_duplicate",
        /// See [`Outcome::Unknown`].
        Unknown = "unknown",
    }
}

impl Outcome {
    /// Its class.
    #[must_use]
    pub const fn class(&self) -> OutcomeClass {
        match self {
            Self::Published(_) => OutcomeClass::Published,
            Self::NotSent { .. } => OutcomeClass::NotSent,
            Self::RejectedTransient { .. } => OutcomeClass::RejectedTransient,
            Self::RejectedReauth { .. } => OutcomeClass::RejectedReauth,
            Self::RejectedPermanent { .. } => OutcomeClass::RejectedPermanent,
            Self::RejectedDuplicate { .. } => OutcomeClass::RejectedDuplicate,
            Self::Unknown { .. } => OutcomeClass::Unknown,
        }
    }

    /// What was said, for people; empty for a success.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Published(_) => "",
            Self::NotSent { why }
            | Self::RejectedTransient { why, .. }
            | Self::RejectedReauth { why }
            | Self::RejectedPermanent { why }
            | Self::RejectedDuplicate { why }
            | Self::Unknown { why } => why,
        }
    }
}

/// What a look at the platform shows of an attempt whose answer is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// It is out.
    Seen(RemoteRef),
    /// It is not among the account's recent posts.
    Absent,
    /// The platform took it and is still at work on it.
    Underway {
        /// What it says.
        why: String,
    },
    /// The platform took it, and says now that it went to nobody.
    FellThrough {
        /// What it says.
        why: String,
    },
    /// The platform could not be read.
    CannotTell {
        /// What happened.
        why: String,
    },
}

impl Sighting {
    /// What was seen, for people; empty where the sighting says it all.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Seen(_) | Self::Absent => "",
            Self::Underway { why } | Self::FellThrough { why } | Self::CannotTell { why } => why,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_same_for_the_same_intent_and_no_other() {
        let delivery = DeliveryId::new(Uuid::from_u128(1));
        let revision = RevisionDigest::new([7; 32]);
        let key = IdempotencyKey::derive(delivery, revision, 0, 0);
        assert_eq!(key, IdempotencyKey::derive(delivery, revision, 0, 0));
        assert_ne!(key, IdempotencyKey::derive(delivery, revision, 1, 0));
        assert_ne!(key, IdempotencyKey::derive(delivery, revision, 0, 1));
        assert_ne!(
            key,
            IdempotencyKey::derive(delivery, RevisionDigest::new([8; 32]), 0, 0)
        );
        assert_eq!(key.uuid().get_version_num(), 8);
    }
}
