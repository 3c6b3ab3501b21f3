//! Organizations, divisions and the gate epoch.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::ids::{DivisionId, OrganizationId, PolicyId};

statements! {
    INSERT = same("INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)");
    SELECT_ALL = same("SELECT id, name, gate_epoch, policy_id FROM organizations ORDER BY id");
    SELECT = same("SELECT id, name, gate_epoch, policy_id FROM organizations WHERE id = $1");
    BUMP_EPOCH = same("UPDATE organizations SET gate_epoch = gate_epoch + 1 WHERE id = $1");
    SET_POLICY = same(
        "UPDATE organizations SET policy_id = $1, gate_epoch = gate_epoch + 1 WHERE id = $2",
    );
    INSERT_DIVISION = same("INSERT INTO divisions (id, organization_id, name) VALUES ($1, $2, $3)");
    SELECT_DIVISIONS = same("SELECT id, name FROM divisions WHERE organization_id = $1 ORDER BY id");
}

/// A municipality.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Grows whenever an evaluated verdict may have become stale.
    pub gate_epoch: i64,
    /// The policy in force.
    pub policy: Option<PolicyId>,
}

/// A division.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Its id.
    pub id: DivisionId,
    /// Its name.
    pub name: String,
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    name: String,
    gate_epoch: i64,
    policy_id: Option<Uuid>,
}

impl From<Row> for Organization {
    fn from(row: Row) -> Self {
        Self {
            id: OrganizationId::new(row.id),
            name: row.name,
            gate_epoch: row.gate_epoch,
            policy: row.policy_id.map(PolicyId::new),
        }
    }
}

/// Founds an organization.
///
/// # Errors
/// The database.
pub async fn insert(
    tx: &mut Tx,
    id: OrganizationId,
    name: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, INSERT, id.uuid(), name, at)
}

/// Every organization of the deployment.
///
/// # Errors
/// The database.
pub async fn all(reader: &mut Reader) -> Result<Vec<Organization>, StoreError> {
    Ok(fetch_all!(reader, Row, SELECT_ALL)?
        .into_iter()
        .map(Organization::from)
        .collect())
}

/// One organization.
///
/// # Errors
/// The database.
pub async fn find(reader: &mut Reader, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
    Ok(fetch_optional!(reader, Row, SELECT, id.uuid())?.map(Organization::from))
}

/// Makes every verdict that was evaluated before stale. Comes first in its transaction (lock order).
///
/// # Errors
/// The database.
pub async fn bump_epoch(tx: &mut Tx, id: OrganizationId) -> Result<(), StoreError> {
    expect_one!(tx, BUMP_EPOCH, id.uuid())
}

/// Puts a policy in force.
///
/// # Errors
/// The database.
pub async fn set_policy(tx: &mut Tx, id: OrganizationId, policy: PolicyId) -> Result<(), StoreError> {
    expect_one!(tx, SET_POLICY, policy.uuid(), id.uuid())
}

/// Adds a division.
///
/// # Errors
/// The database, or a name that is taken.
pub async fn insert_division(
    tx: &mut Tx,
    organization: OrganizationId,
    id: DivisionId,
    name: &str,
) -> Result<(), StoreError> {
    expect_one!(tx, INSERT_DIVISION, id.uuid(), organization.uuid(), name)
}

/// The divisions of an organization.
///
/// # Errors
/// The database.
pub async fn divisions(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<Vec<Division>, StoreError> {
    let rows = fetch_all!(reader, (Uuid, String), SELECT_DIVISIONS, organization.uuid())?;
    Ok(rows
        .into_iter()
        .map(|(id, name)| Division {
            id: DivisionId::new(id),
            name,
        })
        .collect())
}
