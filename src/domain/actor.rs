//! Who acts: people with roles, holding a token with scopes, or a part of the gateway itself.

use std::collections::BTreeSet;

use super::ids::{AccountId, DivisionId, OrganizationId, TokenId, UserId};
use crate::vocabulary;

vocabulary! {
    /// A role that somebody holds for the whole organization.
    OrganizationRole {
        /// 情報政策課: registers accounts, imports policy, manages users.
        Administrator = "administrator",
        /// 広報課: consulted on posts, answers what was escalated beyond a route.
        Publicity = "publicity",
        /// 危機管理当番: declares emergencies and signs their posts.
        DutyOfficer = "duty_officer",
        /// 監査: reads everything, changes nothing.
        Auditor = "auditor",
    }
}

vocabulary! {
    /// What a token may be used for. A token that may write may not approve (four eyes begin here).
    Scope {
        /// Read what its person may see.
        Read = "read",
        /// Queue, edit and submit posts.
        Write = "write",
        /// Sign off posts, declare emergencies, set holds.
        Approve = "approve",
        /// Register accounts, connect them, manage people and policy.
        Administer = "administer",
    }
}

/// A role, and what it is held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// 担当者: writes for the accounts of a division.
    Author(DivisionId),
    /// 承認者(所属長): signs for a division.
    Approver(DivisionId),
    /// 外部運用者: a contractor who writes for one named account and never signs (MIS-3.1); the division supervises.
    Operator {
        /// The town's division that supervises.
        division: DivisionId,
        /// The account that the operator may write for.
        account: AccountId,
    },
    /// A role for the whole organization.
    Organization(OrganizationRole),
}

/// A person, as authenticated for one request.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who it is.
    pub user: UserId,
    /// The one organization that this person belongs to.
    pub organization: OrganizationId,
    /// The token that was shown.
    pub token: TokenId,
    /// What the token may be used for.
    pub scopes: BTreeSet<Scope>,
    /// The roles held now.
    pub grants: BTreeSet<Grant>,
}

impl Person {
    /// Whether the person holds a role of the whole organization.
    #[must_use]
    pub fn holds(&self, role: OrganizationRole) -> bool {
        self.grants.contains(&Grant::Organization(role))
    }

    /// Whether the person holds an operator's role anywhere: operators never sign (MIS-3.1).
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.grants
            .iter()
            .any(|grant| matches!(grant, Grant::Operator { .. }))
    }

    /// Whether the person may write for an account that these divisions share.
    #[must_use]
    pub fn may_write_for(&self, account: AccountId, divisions: &[DivisionId]) -> bool {
        self.grants.iter().any(|grant| match grant {
            Grant::Author(division) => divisions.contains(division),
            Grant::Operator { account: named, .. } => *named == account,
            Grant::Approver(_) | Grant::Organization(_) => false,
        })
    }

    /// The divisions in which the person holds any role.
    #[must_use]
    pub fn divisions(&self) -> BTreeSet<DivisionId> {
        self.grants
            .iter()
            .filter_map(|grant| match grant {
                Grant::Author(division) | Grant::Approver(division) | Grant::Operator { division, .. } => {
                    Some(*division)
                }
                Grant::Organization(_) => None,
            })
            .collect()
    }
}

/// Who stands behind a change, as the ledger names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A member of staff.
    User(UserId),
    /// The dispatcher, on its own.
    Dispatcher,
    /// Somebody at the command line of the server.
    Operator,
    /// The program itself, at its start.
    Program,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(user) => write!(f, "user:{user}"),
            Self::Dispatcher => f.write_str("system:dispatcher"),
            Self::Operator => f.write_str("system:command-line"),
            Self::Program => f.write_str("system:program"),
        }
    }
}
