//! Taking back what is out (取消し): one call for each part, ordered by an approver. Removing what is gone already
//! is done, so that a call without an answer is simply made again.

use chrono::{DateTime, Utc};

use super::{
    delivery::{Fence, Lease},
    ids::{AccountId, DeliveryId, OrganizationId, PostId, UserId, WithdrawalId},
};
use crate::vocabulary;

vocabulary! {
    /// Where a withdrawal stands.
    WithdrawalPhase {
        /// Ordered; it is tried until the platform answers.
        Waiting = "waiting",
        /// A worker has it; the call may be under way.
        Removing = "removing",
        /// It is gone.
        Withdrawn = "withdrawn",
        /// The platform does not do it: a person has to, there.
        Refused = "refused",
    }
}

/// Where a withdrawal stands, with the data that belong to that place and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithdrawalState {
    /// See [`WithdrawalPhase::Waiting`].
    Waiting {
        /// When it is tried next.
        due: DateTime<Utc>,
    },
    /// See [`WithdrawalPhase::Removing`].
    Removing {
        /// Whose it is.
        lease: Lease,
    },
    /// See [`WithdrawalPhase::Withdrawn`].
    Withdrawn {
        /// When.
        at: DateTime<Utc>,
    },
    /// See [`WithdrawalPhase::Refused`].
    Refused {
        /// What the platform said.
        why: String,
        /// When.
        at: DateTime<Utc>,
    },
}

impl WithdrawalState {
    /// The state's name.
    #[must_use]
    pub const fn phase(&self) -> WithdrawalPhase {
        match self {
            Self::Waiting { .. } => WithdrawalPhase::Waiting,
            Self::Removing { .. } => WithdrawalPhase::Removing,
            Self::Withdrawn { .. } => WithdrawalPhase::Withdrawn,
            Self::Refused { .. } => WithdrawalPhase::Refused,
        }
    }
}

/// The order to take one part of one delivery back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its id.
    pub id: WithdrawalId,
    /// The organization.
    pub organization: OrganizationId,
    /// The post.
    pub post: PostId,
    /// The delivery.
    pub delivery: DeliveryId,
    /// The account.
    pub account: AccountId,
    /// Which part, from 0.
    pub part: u16,
    /// The platform's id of it.
    pub remote_id: String,
    /// Who ordered it: the click is the sign-off.
    pub ordered_by: UserId,
    /// Why.
    pub reason: String,
    /// When.
    pub ordered_at: DateTime<Utc>,
    /// The latest claim; it counts the tries.
    pub fence: Fence,
    /// Where it stands.
    pub state: WithdrawalState,
}

/// A transition that a withdrawal does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a withdrawal that is {from} cannot {event}")]
pub struct InvalidWithdrawal {
    /// The state it was in.
    pub from: WithdrawalPhase,
    /// What was asked, as a verb.
    pub event: &'static str,
}

impl Withdrawal {
    fn refuse<T>(&self, event: &'static str) -> Result<T, InvalidWithdrawal> {
        let from = self.state.phase();
        Err(InvalidWithdrawal { from, event })
    }

    /// A worker takes it; the fence grows.
    ///
    /// # Errors
    /// Unless it waits and is due, or the lease of who had it is over: the call may be made again.
    pub fn claim(
        self,
        owner: String,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Self, InvalidWithdrawal> {
        let free = match &self.state {
            WithdrawalState::Waiting { due } => *due <= now,
            WithdrawalState::Removing { lease } => lease.until <= now,
            WithdrawalState::Withdrawn { .. } | WithdrawalState::Refused { .. } => false,
        };
        if !free {
            return self.refuse("be claimed");
        }
        let fence = Fence(self.fence.0 + 1);
        let lease = Lease { owner, fence, until };
        Ok(Self {
            fence,
            state: WithdrawalState::Removing { lease },
            ..self
        })
    }

    /// It is gone: a fact, whoever found it.
    #[must_use]
    pub fn withdrawn(self, at: DateTime<Utc>) -> Self {
        match self.state {
            WithdrawalState::Withdrawn { .. } => self,
            _ => Self {
                state: WithdrawalState::Withdrawn { at },
                ..self
            },
        }
    }

    /// Not now, or nobody knows: again at `due`.
    ///
    /// # Errors
    /// Unless it is ours.
    pub fn later(self, fence: Fence, due: DateTime<Utc>) -> Result<Self, InvalidWithdrawal> {
        match &self.state {
            WithdrawalState::Removing { lease } if lease.fence == fence => Ok(Self {
                state: WithdrawalState::Waiting { due },
                ..self
            }),
            _ => self.refuse("wait again"),
        }
    }

    /// The platform does not do it.
    ///
    /// # Errors
    /// Unless it is ours.
    pub fn refused(self, fence: Fence, why: String, at: DateTime<Utc>) -> Result<Self, InvalidWithdrawal> {
        match &self.state {
            WithdrawalState::Removing { lease } if lease.fence == fence => Ok(Self {
                state: WithdrawalState::Refused { why, at },
                ..self
            }),
            _ => self.refuse("be refused"),
        }
    }

    /// A person orders it once more.
    ///
    /// # Errors
    /// Unless it was refused.
    pub fn again(self, due: DateTime<Utc>) -> Result<Self, InvalidWithdrawal> {
        match self.state {
            WithdrawalState::Refused { .. } => Ok(Self {
                state: WithdrawalState::Waiting { due },
                ..self
            }),
            _ => self.refuse("be ordered again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    fn ordered() -> Withdrawal {
        Withdrawal {
            id: WithdrawalId::new(Uuid::from_u128(1)),
            organization: OrganizationId::new(Uuid::from_u128(2)),
            post: PostId::new(Uuid::from_u128(3)),
            delivery: DeliveryId::new(Uuid::from_u128(4)),
            account: AccountId::new(Uuid::from_u128(5)),
            part: 0,
            remote_id: "109".into(),
            ordered_by: UserId::new(Uuid::from_u128(6)),
            reason: "誤り".into(),
            ordered_at: at(0),
            fence: Fence(0),
            state: WithdrawalState::Waiting { due: at(0) },
        }
    }

    #[test]
    fn a_withdrawal_goes_on_until_the_platform_answers() {
        let claimed = ordered().claim("w".into(), at(0), at(60)).expect("claimed");
        assert!(claimed.clone().claim("v".into(), at(59), at(99)).is_err());
        let taken_over = claimed
            .clone()
            .claim("v".into(), at(60), at(120))
            .expect("taken over");
        assert!(
            taken_over.clone().later(Fence(1), at(70)).is_err(),
            "the old worker lost it"
        );
        let again = taken_over.later(Fence(2), at(70)).expect("later");
        assert!(again.clone().claim("w".into(), at(69), at(99)).is_err());
        assert_eq!(again.withdrawn(at(71)).state.phase(), WithdrawalPhase::Withdrawn);
        let refused = claimed.refused(Fence(1), "no".into(), at(5)).expect("refused");
        assert!(refused.clone().claim("w".into(), at(99), at(120)).is_err());
        assert!(refused.again(at(100)).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_gone_stays_gone(seconds in proptest::collection::vec(0i64..1000, 0..20)) {
            let mut gone = ordered().withdrawn(at(1));
            for second in seconds {
                prop_assert!(gone.clone().claim("w".into(), at(second), at(second + 60)).is_err());
                prop_assert!(gone.clone().again(at(second)).is_err());
                gone = gone.withdrawn(at(second));
            }
            prop_assert_eq!(gone.state, WithdrawalState::Withdrawn { at: at(1) });
        }
    }
}
