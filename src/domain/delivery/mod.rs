//! One post to one account (配信): the unit that is dispatched, and every transition that it may make.

mod series;
mod transitions;

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        attempt::RemoteRef,
        digest::RevisionDigest,
        hold::{HoldCause, HoldReason},
        ids::{AccountId, AttemptId, DeliveryId, OrganizationId, PostId, UserId},
    },
    vocabulary,
};

pub use series::Series;

/// Grows with every claim: whoever holds an older number has lost the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fence(pub i64);

/// The right of one worker to a delivery, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The worker.
    pub owner: String,
    /// The claim.
    pub fence: Fence,
    /// Until when.
    pub until: DateTime<Utc>,
}

vocabulary! {
    /// The name of a delivery's state, as it is stored and shown.
    DeliveryPhase {
        /// Submitted, not yet approved.
        Pending = "pending",
        /// Approved, waits for its time.
        Waiting = "waiting",
        /// Taken by a worker; nothing was sent.
        Claimed = "claimed",
        /// An intent is written down; it may have been sent.
        Publishing = "publishing",
        /// It is out.
        Published = "published",
        /// Refused by the platform for good.
        Failed = "failed",
        /// It may be out or not: looked up, never simply repeated.
        Unknown = "unknown",
        /// The look-up did not settle it: a person does.
        NeedsHuman = "needs_human",
        /// A gate was shut when its time came; a person decides.
        Held = "held",
        /// No attempt began in time; a person re-times it.
        Missed = "missed",
        /// Taken back before it left.
        Cancelled = "cancelled",
    }
}

impl DeliveryPhase {
    /// Whether nothing more will happen: every other state is looked at again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Published | Self::Failed | Self::Cancelled)
    }
}

/// Where a delivery stands, with the data that belong to that place and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryState {
    /// See [`DeliveryPhase::Pending`].
    Pending,
    /// See [`DeliveryPhase::Waiting`].
    Waiting {
        /// When it is due; later than planned after a transient refusal.
        due: DateTime<Utc>,
        /// An earlier attempt that may be out: the repetition with its key will tell.
        doubt: Option<AttemptId>,
    },
    /// See [`DeliveryPhase::Claimed`].
    Claimed {
        /// Whose it is.
        lease: Lease,
        /// See `Waiting`.
        doubt: Option<AttemptId>,
    },
    /// See [`DeliveryPhase::Publishing`].
    Publishing {
        /// Whose it is.
        lease: Lease,
        /// The open attempt.
        attempt: AttemptId,
        /// See `Waiting`.
        doubt: Option<AttemptId>,
    },
    /// See [`DeliveryPhase::Unknown`].
    Unknown {
        /// The attempt in doubt.
        attempt: AttemptId,
        /// Since when.
        since: DateTime<Utc>,
        /// How often it was looked up.
        looks: i32,
        /// When it is looked up next.
        look_at: DateTime<Utc>,
    },
    /// See [`DeliveryPhase::NeedsHuman`].
    NeedsHuman {
        /// The attempt in doubt.
        attempt: AttemptId,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// See [`DeliveryPhase::Held`].
    Held {
        /// Why.
        reason: HoldReason,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// See [`DeliveryPhase::Missed`].
    Missed {
        /// When it was noticed.
        at: DateTime<Utc>,
    },
    /// See [`DeliveryPhase::Published`].
    Published {
        /// Where.
        remote: RemoteRef,
        /// When the platform confirmed it.
        at: DateTime<Utc>,
    },
    /// See [`DeliveryPhase::Failed`].
    Failed {
        /// What the platform said.
        why: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// See [`DeliveryPhase::Cancelled`].
    Cancelled {
        /// By whom.
        by: UserId,
        /// When.
        at: DateTime<Utc>,
    },
}

impl DeliveryState {
    /// Whether what the state is about may be in public; parts that are out already are not asked.
    #[must_use]
    pub const fn may_be_out(&self) -> bool {
        match self {
            Self::Publishing { .. }
            | Self::Published { .. }
            | Self::Unknown { .. }
            | Self::NeedsHuman { .. } => true,
            Self::Waiting { doubt, .. } | Self::Claimed { doubt, .. } => doubt.is_some(),
            Self::Held { reason, .. } => matches!(reason.cause, HoldCause::Restored),
            Self::Pending | Self::Missed { .. } | Self::Failed { .. } | Self::Cancelled { .. } => false,
        }
    }

    /// The attempt that may be out while another one is prepared or under way.
    #[must_use]
    pub const fn doubt(&self) -> Option<AttemptId> {
        match self {
            Self::Waiting { doubt, .. } | Self::Claimed { doubt, .. } | Self::Publishing { doubt, .. } => {
                *doubt
            }
            _ => None,
        }
    }

    /// The attempt of which nobody knows whether it is out, in whatever state.
    #[must_use]
    pub const fn in_doubt(&self) -> Option<AttemptId> {
        match self {
            Self::Unknown { attempt, .. } | Self::NeedsHuman { attempt, .. } => Some(*attempt),
            _ => self.doubt(),
        }
    }

    /// The state's name.
    #[must_use]
    pub const fn phase(&self) -> DeliveryPhase {
        match self {
            Self::Pending => DeliveryPhase::Pending,
            Self::Waiting { .. } => DeliveryPhase::Waiting,
            Self::Claimed { .. } => DeliveryPhase::Claimed,
            Self::Publishing { .. } => DeliveryPhase::Publishing,
            Self::Unknown { .. } => DeliveryPhase::Unknown,
            Self::NeedsHuman { .. } => DeliveryPhase::NeedsHuman,
            Self::Held { .. } => DeliveryPhase::Held,
            Self::Missed { .. } => DeliveryPhase::Missed,
            Self::Published { .. } => DeliveryPhase::Published,
            Self::Failed { .. } => DeliveryPhase::Failed,
            Self::Cancelled { .. } => DeliveryPhase::Cancelled,
        }
    }
}

/// A transition that the state machine does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a delivery that is {from} cannot {event}")]
pub struct InvalidTransition {
    /// The state it was in.
    pub from: DeliveryPhase,
    /// What was asked, as a verb.
    pub event: &'static str,
}

/// What a person found out about a delivery that needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// 投稿されている
    IsOut(RemoteRef),
    /// 投稿されていない
    IsNotOut,
}

/// One post to one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The organization.
    pub organization: OrganizationId,
    /// The post.
    pub post: PostId,
    /// The account.
    pub account: AccountId,
    /// The revision that was submitted.
    pub revision: RevisionDigest,
    /// The planned time; none until approval for a post that leaves when approved.
    pub publish_at: Option<DateTime<Utc>>,
    /// Rises when a person orders a new send; part of the idempotency key.
    pub generation: i32,
    /// Its parts, and how many are out.
    pub series: Series,
    /// The latest claim.
    pub fence: Fence,
    /// Where it stands.
    pub state: DeliveryState,
}

impl Delivery {
    /// Whether something of it may be in public: such a post is corrected or withdrawn, not edited.
    #[must_use]
    pub const fn may_be_out(&self) -> bool {
        self.series.out() > 0 || self.state.may_be_out()
    }
}

#[cfg(test)]
mod tests;
