//! Stops (保留): nothing leaves from a scope until they are lifted.

use chrono::{DateTime, Utc};

use super::ids::{AccountId, DivisionId, EmergencyId, HoldId, RestorationId, UserId};
use crate::vocabulary;

/// What a hold covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldScope {
    /// Every account: the kill switch.
    Organization,
    /// The accounts that a division shares.
    Division(DivisionId),
    /// One account.
    Account(AccountId),
}

impl HoldScope {
    /// Whether an account lies in the scope.
    #[must_use]
    pub fn covers(self, account: AccountId, divisions: &[DivisionId]) -> bool {
        match self {
            Self::Organization => true,
            Self::Division(division) => divisions.contains(&division),
            Self::Account(held) => held == account,
        }
    }
}

/// A stop in force or lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// What it covers.
    pub scope: HoldScope,
    /// Why.
    pub reason: String,
    /// By whom; `None` is the gateway itself, which found its database restored.
    pub set_by: Option<UserId>,
    /// Since when.
    pub set_at: DateTime<Utc>,
    /// When and by whom it was lifted. Lifting publishes nothing by itself.
    pub lifted: Option<(UserId, DateTime<Utc>)>,
}

vocabulary! {
    /// The kind of reason for which one delivery waits for a person.
    HoldCause {
        /// A hold on the scope.
        Hold = "hold",
        /// An emergency covers the account, and the post is not one of it.
        Emergency = "emergency",
        /// The window was closed when its time came.
        Window = "window",
        /// The gate found something new.
        Gate = "gate",
        /// The account is not usable: suspended, or the credential was refused.
        Account = "account",
        /// It waited in a database that was restored: it may have left since.
        Restored = "restored",
    }
}

/// Why a delivery is held, in the words that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldReason {
    /// The kind.
    pub cause: HoldCause,
    /// The rule that refused, the hold or the emergency, as a short machine-readable text.
    pub detail: String,
}

impl HoldReason {
    /// The reason that an emergency gives.
    #[must_use]
    pub fn emergency(id: EmergencyId) -> Self {
        Self {
            cause: HoldCause::Emergency,
            detail: id.to_string(),
        }
    }

    /// The reason that a restored database gives: it may be out.
    #[must_use]
    pub fn restored(id: RestorationId) -> Self {
        Self {
            cause: HoldCause::Restored,
            detail: id.to_string(),
        }
    }
}
