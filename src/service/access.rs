//! Who may do what. Every use case asks here first, with what its transaction read.

use std::collections::BTreeSet;

use super::{Need, ServiceError};
use crate::domain::{
    account::Account,
    actor::{Grant, OrganizationRole, Person, Scope},
    ids::UserId,
};

/// The token must allow it.
pub(super) fn scope(person: &Person, wanted: Scope) -> Result<(), ServiceError> {
    allow(person.scopes.contains(&wanted), Need::Scope)
}

/// The token must allow one of these.
pub(super) fn any_scope(person: &Person, wanted: &[Scope]) -> Result<(), ServiceError> {
    allow(
        wanted.iter().any(|scope| person.scopes.contains(scope)),
        Need::Scope,
    )
}

/// The person must hold one of these roles of the organization.
pub(super) fn any_role(person: &Person, wanted: &[OrganizationRole]) -> Result<(), ServiceError> {
    allow(wanted.iter().any(|role| person.holds(*role)), Need::Role)
}

/// The person must be allowed to write for every one of the accounts.
pub(super) fn writer_of(person: &Person, accounts: &[&Account]) -> Result<(), ServiceError> {
    let all = accounts
        .iter()
        .all(|account| person.may_write_for(account.id, &account.divisions));
    allow(all, Need::Role)
}

/// Author and editors never sign; operators neither.
pub(super) fn other_hands(person: &Person, hands: &BTreeSet<UserId>) -> Result<(), ServiceError> {
    allow(!person.is_operator(), Need::Staff)?;
    allow(!hands.contains(&person.user), Need::OtherHands)
}

/// Whether a person signs for one of the account's divisions.
pub(super) fn approves_for(person: &Person, account: &Account) -> bool {
    !person.is_operator()
        && account
            .divisions
            .iter()
            .any(|division| person.grants.contains(&Grant::Approver(*division)))
}

/// Whether a person may know of a post to these accounts: holders of a role of the organization, members
/// of the accounts' divisions, operators for the accounts that they were named for, and its hands.
pub(super) fn may_see(person: &Person, accounts: &[&Account], hands: &BTreeSet<UserId>) -> bool {
    if hands.contains(&person.user) {
        return true;
    }
    person.grants.iter().any(|grant| match grant {
        Grant::Organization(_) => true,
        Grant::Author(division) | Grant::Approver(division) => accounts
            .iter()
            .any(|account| account.divisions.contains(division)),
        Grant::Operator { account: named, .. } => accounts.iter().any(|account| account.id == *named),
    })
}

pub(super) fn allow(yes: bool, need: Need) -> Result<(), ServiceError> {
    if yes {
        Ok(())
    } else {
        Err(ServiceError::Forbidden(need))
    }
}
