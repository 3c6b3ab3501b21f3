//! The register of official accounts.

use chrono::{DateTime, Duration, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{parse, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    account::{Account, AccountStatus, KeySupport, Limits},
    ids::{AccountId, DivisionId, OrganizationId},
    route::Route,
    window::AccountHours,
};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, organization_id, platform, instance, handle, remote_id, name, status, purpose, zone, hours, grace_seconds, route, limits, keys, emergency_cover"
    };
}

statements! {
    INSERT = same(
        concat!("INSERT INTO accounts (", columns!(), ", created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"),
    );
    INSERT_DIVISION = same(
        "INSERT INTO account_divisions (organization_id, account_id, division_id, position) VALUES ($1, $2, $3, $4)",
    );
    SELECT = same(
        concat!("SELECT ", columns!(), "
         FROM accounts WHERE id = $1 AND organization_id = $2"),
    );
    SELECT_ALL = same(
        concat!("SELECT ", columns!(), "
         FROM accounts WHERE organization_id = $1 ORDER BY id"),
    );
    SELECT_DIVISIONS = same(
        "SELECT division_id FROM account_divisions WHERE account_id = $1 AND organization_id = $2 ORDER BY position",
    );
    /// Connected: the remote id is known, and nothing else says that the account is out of use.
    CONNECT = same(
        "UPDATE accounts SET remote_id = $1, limits = $2, keys = $3, status = 'active'
         WHERE id = $4 AND organization_id = $5 AND status IN ('registered', 'active', 'needs_reconnect')",
    );
    SET_STATUS = same(
        "UPDATE accounts SET status = $1 WHERE id = $2 AND organization_id = $3 AND status = $4",
    );
    SET_HOURS = same("UPDATE accounts SET hours = $1 WHERE id = $2 AND organization_id = $3");
    SET_ROUTE = same("UPDATE accounts SET route = $1 WHERE id = $2 AND organization_id = $3");
    SET_FACTS = same("UPDATE accounts SET limits = $1, keys = $2 WHERE id = $3 AND organization_id = $4");
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    platform: String,
    instance: String,
    handle: String,
    remote_id: Option<String>,
    name: String,
    status: String,
    purpose: String,
    zone: String,
    hours: String,
    grace_seconds: i64,
    route: String,
    limits: Option<String>,
    keys: String,
    emergency_cover: String,
}

impl Row {
    fn parse(self, divisions: Vec<DivisionId>) -> Result<Account, StoreError> {
        const TABLE: &str = "accounts";
        let id = AccountId::new(self.id);
        Ok(Account {
            id,
            organization: OrganizationId::new(self.organization_id),
            platform: parse(&self.platform, TABLE, "platform", id)?,
            instance: self.instance,
            handle: self.handle,
            remote_id: self.remote_id,
            name: self.name,
            status: parse(&self.status, TABLE, "status", id)?,
            purpose: parse(&self.purpose, TABLE, "purpose", id)?,
            zone: parse(&self.zone, TABLE, "zone", id)?,
            hours: parse_json(&self.hours, TABLE, "hours", id)?,
            grace: Duration::seconds(self.grace_seconds),
            route: parse_json(&self.route, TABLE, "route", id)?,
            divisions,
            limits: self
                .limits
                .map(|limits| parse_json(&limits, TABLE, "limits", id))
                .transpose()?,
            keys: parse_json(&self.keys, TABLE, "keys", id)?,
            emergency_cover: parse(&self.emergency_cover, TABLE, "emergency_cover", id)?,
        })
    }
}

/// Enters an account in the register.
///
/// # Errors
/// The database, or an account that is in the register already (of any organization).
pub async fn insert(tx: &mut Tx, account: &Account, at: DateTime<Utc>) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        account.id.uuid(),
        account.organization.uuid(),
        account.platform.as_str(),
        account.instance.as_str(),
        account.handle.as_str(),
        account.remote_id.as_deref(),
        account.name.as_str(),
        account.status.as_str(),
        account.purpose.as_str(),
        account.zone.name(),
        to_json(&account.hours),
        account.grace.num_seconds(),
        to_json(&account.route),
        account.limits.as_ref().map(to_json),
        to_json(&account.keys),
        account.emergency_cover.as_str(),
        at,
    )?;
    for (position, division) in (0_i64..).zip(&account.divisions) {
        expect_one!(
            tx,
            INSERT_DIVISION,
            account.organization.uuid(),
            account.id.uuid(),
            division.uuid(),
            position
        )?;
    }
    Ok(())
}

/// One account.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    id: AccountId,
) -> Result<Option<Account>, StoreError> {
    match fetch_optional!(reader, Row, SELECT, id.uuid(), organization.uuid())? {
        None => Ok(None),
        Some(row) => {
            let divisions = divisions(reader, organization, id).await?;
            row.parse(divisions).map(Some)
        }
    }
}

/// All accounts of an organization.
///
/// # Errors
/// The database, or an impossible row.
pub async fn all(reader: &mut Reader, organization: OrganizationId) -> Result<Vec<Account>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_ALL, organization.uuid())?;
    let mut accounts = Vec::with_capacity(rows.len());
    for row in rows {
        let divisions = divisions(reader, organization, AccountId::new(row.id)).await?;
        accounts.push(row.parse(divisions)?);
    }
    Ok(accounts)
}

async fn divisions(
    reader: &mut Reader,
    organization: OrganizationId,
    id: AccountId,
) -> Result<Vec<DivisionId>, StoreError> {
    let rows = fetch_all!(reader, (Uuid,), SELECT_DIVISIONS, id.uuid(), organization.uuid())?;
    Ok(rows
        .into_iter()
        .map(|(division,)| DivisionId::new(division))
        .collect())
}

/// A credential was stored and belongs to this account: it is active.
///
/// # Errors
/// The database, or an account that was suspended or closed meanwhile.
pub async fn connect(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AccountId,
    remote_id: &str,
    limits: &Limits,
    keys: KeySupport,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        CONNECT,
        remote_id,
        to_json(limits),
        to_json(&keys),
        id.uuid(),
        organization.uuid()
    )
}

/// Moves an account from one status to another.
///
/// # Errors
/// The database, or an account that is not in `from` any more.
pub async fn set_status(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AccountId,
    from: AccountStatus,
    to: AccountStatus,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        SET_STATUS,
        to.as_str(),
        id.uuid(),
        organization.uuid(),
        from.as_str()
    )
}

/// Gives an account other operating hours. The caller has bumped the gate epoch first.
///
/// # Errors
/// The database, or an account that is not of the organization.
pub async fn set_hours(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AccountId,
    hours: &AccountHours,
) -> Result<(), StoreError> {
    expect_one!(tx, SET_HOURS, to_json(hours), id.uuid(), organization.uuid())
}

/// Gives an account another route. The caller has bumped the gate epoch first.
///
/// # Errors
/// The database, or an account that is not of the organization.
pub async fn set_route(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AccountId,
    route: &Route,
) -> Result<(), StoreError> {
    expect_one!(tx, SET_ROUTE, to_json(route), id.uuid(), organization.uuid())
}

/// Stores what the server said of itself.
///
/// # Errors
/// The database.
pub async fn set_facts(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AccountId,
    limits: &Limits,
    keys: KeySupport,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        SET_FACTS,
        to_json(limits),
        to_json(&keys),
        id.uuid(),
        organization.uuid()
    )
}
