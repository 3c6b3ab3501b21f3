//! Holds in force and lifted.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::inconsistent,
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    hold::{Hold, HoldScope},
    ids::{AccountId, DivisionId, HoldId, OrganizationId, UserId},
};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, division_id, account_id, reason, set_by, set_at, lifted_by, lifted_at"
    };
}

statements! {
    INSERT = same(
        "INSERT INTO holds (id, organization_id, division_id, account_id, reason, set_by, set_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    );
    SELECT_IN_FORCE = same(
        concat!("SELECT ", columns!(), "
         FROM holds WHERE organization_id = $1 AND lifted_at IS NULL ORDER BY id"),
    );
    SELECT = same(
        concat!("SELECT ", columns!(), "
         FROM holds WHERE id = $1 AND organization_id = $2"),
    );
    LIFT = same(
        "UPDATE holds SET lifted_by = $1, lifted_at = $2 WHERE id = $3 AND organization_id = $4 AND lifted_at IS NULL",
    );
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    division_id: Option<Uuid>,
    account_id: Option<Uuid>,
    reason: String,
    set_by: Option<Uuid>,
    set_at: DateTime<Utc>,
    lifted_by: Option<Uuid>,
    lifted_at: Option<DateTime<Utc>>,
}

impl Row {
    fn parse(self) -> Result<Hold, StoreError> {
        let id = HoldId::new(self.id);
        let scope = match (self.division_id, self.account_id) {
            (None, None) => HoldScope::Organization,
            (Some(division), None) => HoldScope::Division(DivisionId::new(division)),
            (None, Some(account)) => HoldScope::Account(AccountId::new(account)),
            (Some(_), Some(_)) => return Err(inconsistent("holds", "account_id", id, "two scopes")),
        };
        Ok(Hold {
            id,
            scope,
            reason: self.reason,
            set_by: self.set_by.map(UserId::new),
            set_at: self.set_at,
            lifted: self.lifted_by.map(UserId::new).zip(self.lifted_at),
        })
    }
}

/// Stores a hold. The caller has bumped the gate epoch first.
///
/// # Errors
/// The database.
pub async fn insert(tx: &mut Tx, organization: OrganizationId, hold: &Hold) -> Result<(), StoreError> {
    let (division, account) = match hold.scope {
        HoldScope::Organization => (None, None),
        HoldScope::Division(division) => (Some(division.uuid()), None),
        HoldScope::Account(account) => (None, Some(account.uuid())),
    };
    expect_one!(
        tx,
        INSERT,
        hold.id.uuid(),
        organization.uuid(),
        division,
        account,
        hold.reason.as_str(),
        hold.set_by.map(UserId::uuid),
        hold.set_at,
    )
}

/// The holds in force.
///
/// # Errors
/// The database, or an impossible row.
pub async fn in_force(reader: &mut Reader, organization: OrganizationId) -> Result<Vec<Hold>, StoreError> {
    fetch_all!(reader, Row, SELECT_IN_FORCE, organization.uuid())?
        .into_iter()
        .map(Row::parse)
        .collect()
}

/// One hold.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    id: HoldId,
) -> Result<Option<Hold>, StoreError> {
    fetch_optional!(reader, Row, SELECT, id.uuid(), organization.uuid())?
        .map(Row::parse)
        .transpose()
}

/// Lifts a hold.
///
/// # Errors
/// The database, or a hold that was lifted before.
pub async fn lift(
    tx: &mut Tx,
    organization: OrganizationId,
    id: HoldId,
    by: UserId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, LIFT, by.uuid(), at, id.uuid(), organization.uuid())
}
