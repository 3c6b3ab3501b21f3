//! One post to one account (配信): the unit that is dispatched, and every transition that it may make.

use chrono::{DateTime, Utc};

use super::{
    attempt::RemoteRef,
    digest::RevisionDigest,
    hold::HoldReason,
    ids::{AccountId, AttemptId, DeliveryId, OrganizationId, PostId, UserId},
};
use crate::vocabulary;

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

    /// Whether something of it may be in public: such a post is corrected or withdrawn, not edited.
    #[must_use]
    pub const fn may_be_out(self) -> bool {
        matches!(
            self,
            Self::Publishing | Self::Published | Self::Unknown | Self::NeedsHuman
        )
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
    },
    /// See [`DeliveryPhase::Claimed`].
    Claimed {
        /// Whose it is.
        lease: Lease,
    },
    /// See [`DeliveryPhase::Publishing`].
    Publishing {
        /// Whose it is.
        lease: Lease,
        /// The open attempt.
        attempt: AttemptId,
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
    /// The latest claim.
    pub fence: Fence,
    /// Where it stands.
    pub state: DeliveryState,
}

impl Delivery {
    fn refuse<T>(&self, event: &'static str) -> Result<T, InvalidTransition> {
        Err(InvalidTransition {
            from: self.state.phase(),
            event,
        })
    }

    fn become_(self, state: DeliveryState) -> Self {
        Self { state, ..self }
    }

    /// All stages approved: it waits for `due`.
    ///
    /// # Errors
    /// Unless it is pending.
    pub fn approve(self, due: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Pending => Ok(Self {
                publish_at: Some(due),
                state: DeliveryState::Waiting { due },
                ..self
            }),
            _ => self.refuse("be approved"),
        }
    }

    /// A worker takes it; the fence grows.
    ///
    /// # Errors
    /// Unless it waits and is due.
    pub fn claim(
        self,
        owner: String,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Waiting { due } if due <= now => {
                let fence = Fence(self.fence.0 + 1);
                let lease = Lease { owner, fence, until };
                Ok(Self {
                    fence,
                    state: DeliveryState::Claimed { lease },
                    ..self
                })
            }
            _ => self.refuse("be claimed"),
        }
    }

    /// An attempt is written down.
    ///
    /// # Errors
    /// Unless it is claimed under this fence and the lease still runs.
    pub fn intend(
        self,
        fence: Fence,
        attempt: AttemptId,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Claimed { ref lease } if lease.fence == fence && now < lease.until => {
                let lease = lease.clone();
                Ok(self.become_(DeliveryState::Publishing { lease, attempt }))
            }
            _ => self.refuse("begin an attempt"),
        }
    }

    /// The gate is shut.
    ///
    /// # Errors
    /// Unless it waits or is claimed.
    pub fn hold(self, reason: HoldReason, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Pending | DeliveryState::Waiting { .. } | DeliveryState::Claimed { .. } => {
                Ok(self.become_(DeliveryState::Held { reason, since: now }))
            }
            _ => self.refuse("be held"),
        }
    }

    /// The lease of a claim ran out, or its worker gives it back: nothing was sent.
    ///
    /// # Errors
    /// Unless it is claimed.
    pub fn give_back(self, due: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Claimed { .. } => Ok(self.become_(DeliveryState::Waiting { due })),
            _ => self.refuse("be given back"),
        }
    }

    /// The platform confirmed it, perhaps late: a fact beats every state.
    #[must_use]
    pub fn accepted(self, remote: RemoteRef, now: DateTime<Utc>) -> Self {
        match self.state {
            DeliveryState::Published { .. } => self,
            _ => self.become_(DeliveryState::Published { remote, at: now }),
        }
    }

    /// It was certainly not sent, or refused for now: later again.
    ///
    /// # Errors
    /// Unless it is publishing under this fence.
    pub fn retry_later(self, fence: Fence, due: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Publishing { ref lease, .. } if lease.fence == fence => {
                Ok(self.become_(DeliveryState::Waiting { due }))
            }
            _ => self.refuse("wait again"),
        }
    }

    /// The credential was refused: parked until the account is connected again.
    ///
    /// # Errors
    /// Unless it is publishing under this fence.
    pub fn park(
        self,
        fence: Fence,
        reason: HoldReason,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Publishing { ref lease, .. } if lease.fence == fence => {
                Ok(self.become_(DeliveryState::Held { reason, since: now }))
            }
            _ => self.refuse("be parked"),
        }
    }

    /// Refused for good.
    ///
    /// # Errors
    /// Unless it is publishing under this fence.
    pub fn fail(self, fence: Fence, why: String, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Publishing { ref lease, .. } if lease.fence == fence => {
                Ok(self.become_(DeliveryState::Failed { why, at: now }))
            }
            _ => self.refuse("fail"),
        }
    }

    /// No readable answer, or the worker vanished after the intent.
    ///
    /// # Errors
    /// Unless it is publishing.
    pub fn doubt(self, now: DateTime<Utc>, look_at: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Publishing { attempt, .. } => Ok(self.become_(DeliveryState::Unknown {
                attempt,
                since: now,
                looks: 0,
                look_at,
            })),
            _ => self.refuse("become unknown"),
        }
    }

    /// A look settled nothing: look again later.
    ///
    /// # Errors
    /// Unless it is unknown.
    pub fn look_again(self, look_at: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Unknown {
                attempt,
                since,
                looks,
                ..
            } => Ok(self.become_(DeliveryState::Unknown {
                attempt,
                since,
                looks: looks + 1,
                look_at,
            })),
            _ => self.refuse("be looked up"),
        }
    }

    /// The platform's key makes the same call safe: it waits for a fresh permit, with the same key.
    ///
    /// # Errors
    /// Unless it is unknown.
    pub fn repeat(self, due: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Unknown { .. } => Ok(self.become_(DeliveryState::Waiting { due })),
            _ => self.refuse("be repeated"),
        }
    }

    /// The machine cannot settle it.
    ///
    /// # Errors
    /// Unless it is unknown.
    pub fn call_human(self, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Unknown { attempt, .. } => {
                Ok(self.become_(DeliveryState::NeedsHuman { attempt, since: now }))
            }
            _ => self.refuse("need a person"),
        }
    }

    /// A person looked and says what is the case. "Not out" is a new order to send: a new generation.
    ///
    /// # Errors
    /// Unless it needs a person.
    pub fn resolve(self, resolution: Resolution, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match (&self.state, resolution) {
            (DeliveryState::NeedsHuman { .. }, Resolution::IsOut(remote)) => {
                Ok(self.become_(DeliveryState::Published { remote, at: now }))
            }
            (DeliveryState::NeedsHuman { .. }, Resolution::IsNotOut) => Ok(Self {
                generation: self.generation + 1,
                state: DeliveryState::Waiting {
                    due: self.publish_at.unwrap_or(now),
                },
                ..self
            }),
            _ => self.refuse("be resolved"),
        }
    }

    /// Its time and the grace are over and no attempt began.
    ///
    /// # Errors
    /// Unless it is pending, waiting or held.
    pub fn miss(self, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Pending | DeliveryState::Waiting { .. } | DeliveryState::Held { .. } => {
                Ok(self.become_(DeliveryState::Missed { at: now }))
            }
            _ => self.refuse("be missed"),
        }
    }

    /// A person gives an approved delivery another time; after a refusal that is a new order to send.
    ///
    /// # Errors
    /// Unless it waits, is held, was missed or failed.
    pub fn reschedule(self, publish_at: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        let generation = match self.state {
            DeliveryState::Waiting { .. } | DeliveryState::Held { .. } | DeliveryState::Missed { .. } => {
                self.generation
            }
            DeliveryState::Failed { .. } => self.generation + 1,
            _ => return self.refuse("be given another time"),
        };
        let state = DeliveryState::Waiting { due: publish_at };
        Ok(Self {
            publish_at: Some(publish_at),
            generation,
            state,
            ..self
        })
    }

    /// A person gives a delivery that still needs sign-offs another time.
    ///
    /// # Errors
    /// Unless it is pending, held or missed.
    pub fn replan(self, publish_at: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Pending | DeliveryState::Held { .. } | DeliveryState::Missed { .. } => Ok(Self {
                publish_at: Some(publish_at),
                state: DeliveryState::Pending,
                ..self
            }),
            _ => self.refuse("be planned anew"),
        }
    }

    /// Taken back. Wins unless an intent is committed.
    ///
    /// # Errors
    /// When something of it may be out, or it is final.
    pub fn cancel(self, by: UserId, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        let phase = self.state.phase();
        if phase.may_be_out() || phase.is_final() {
            return self.refuse("be cancelled");
        }
        Ok(self.become_(DeliveryState::Cancelled { by, at: now }))
    }
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
