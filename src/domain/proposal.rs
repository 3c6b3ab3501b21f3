//! Versions of a policy that wait for signatures: one that loosens a block needs two people.

use chrono::{DateTime, Utc};

use super::{actor::OrganizationRole, ids::UserId};
use crate::vocabulary;

vocabulary! {
    /// As what somebody signs a version.
    Signer {
        /// 情報政策課.
        Administrator = "administrator",
        /// 監査.
        Auditor = "auditor",
    }
}

impl Signer {
    /// The role that one must hold for it.
    #[must_use]
    pub const fn role(self) -> OrganizationRole {
        match self {
            Self::Administrator => OrganizationRole::Administrator,
            Self::Auditor => OrganizationRole::Auditor,
        }
    }
}

vocabulary! {
    /// Whose signatures a version needs.
    Needs {
        /// An administrator's: it is as strict as the one in force.
        Administrator = "administrator",
        /// An administrator's and an auditor's, of two people: it loosens a block.
        Both = "administrator_and_auditor",
    }
}

impl Needs {
    /// As what people sign.
    #[must_use]
    pub const fn signers(self) -> &'static [Signer] {
        match self {
            Self::Administrator => &[Signer::Administrator],
            Self::Both => &[Signer::Administrator, Signer::Auditor],
        }
    }

    /// Whether these signatures are all that it needs. One person counts once.
    #[must_use]
    pub fn are_met(self, by: &[Signature]) -> bool {
        let signed = |signer: &Signer| by.iter().find(|signature| signature.signer == *signer);
        let mut people: Vec<UserId> = Vec::new();
        self.signers().iter().all(|signer| {
            signed(signer).is_some_and(|signature| {
                let new = !people.contains(&signature.user);
                people.push(signature.user);
                new
            })
        })
    }
}

vocabulary! {
    /// Where a proposal stands.
    ProposalState {
        /// It waits for signatures.
        Open = "open",
        /// It was signed, and is or was in force.
        InForce = "in_force",
        /// Somebody refused it.
        Rejected = "rejected",
        /// Another version came into force first: what it loosens was told against an older one.
        Superseded = "superseded",
    }
}

/// One person's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// As what.
    pub signer: Signer,
    /// Who.
    pub user: UserId,
    /// When.
    pub signed_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn signed(signer: Signer, user: u128) -> Signature {
        Signature {
            signer,
            user: UserId::new(Uuid::from_u128(user)),
            signed_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_loosens_needs_two_people() {
        let (administrator, auditor) = (signed(Signer::Administrator, 1), signed(Signer::Auditor, 2));
        assert!(Needs::Both.are_met(&[auditor, administrator]));
        assert!(!Needs::Both.are_met(&[administrator]));
        assert!(!Needs::Both.are_met(&[auditor]));
        assert!(!Needs::Both.are_met(&[administrator, signed(Signer::Auditor, 1)]));
        assert!(Needs::Administrator.are_met(&[administrator]));
        assert!(!Needs::Administrator.are_met(&[auditor]));
    }
}
