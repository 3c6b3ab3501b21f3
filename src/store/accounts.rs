//! The register of official accounts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, fetch_optional, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    account::{Account, AccountStatus, KeySupport, Limits},
    ids::{AccountId, DivisionId, OrganizationId},
    route::Route,
    window::AccountHours,
};

/// The columns of an account's own row.
macro_rules! columns {
    () => {
        "id, organization_id, platform, instance, handle, remote_id, name, status, purpose, zone, hours, grace_seconds, route, limits, keys, emergency_cover"
    };
}

/// Accounts that a condition chooses, each with its divisions in one value: databases put lists together in their
/// own ways.
macro_rules! select {
    (sqlite, $which:literal) => {
        concat!("SELECT ", columns!(), ",
                (SELECT group_concat(division, ',') FROM (SELECT lower(hex(d.division_id)) AS division FROM account_divisions d
                 WHERE d.account_id = accounts.id ORDER BY d.position)) AS divisions
         FROM accounts WHERE organization_id = $1", $which)
    };
    (postgres, $which:literal) => {
        concat!("SELECT ", columns!(), ",
                (SELECT string_agg(d.division_id::text, ',' ORDER BY d.position) FROM account_divisions d
                 WHERE d.account_id = accounts.id) AS divisions
         FROM accounts WHERE organization_id = $1", $which)
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
    SELECT = each(select!(sqlite, " AND id = $2"), select!(postgres, " AND id = $2"));
    SELECT_THESE = each(
        select!(sqlite, " AND id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY id"),
        select!(postgres, " AND id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb)) ORDER BY id"),
    );
    SELECT_GRACES = each(
        "SELECT id, grace_seconds FROM accounts
         WHERE organization_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        "SELECT id, grace_seconds FROM accounts
         WHERE organization_id = $1 AND id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))",
    );
    SELECT_PAGE = each(
        select!(sqlite, " AND id > $2 ORDER BY id LIMIT $3"),
        select!(postgres, " AND id > $2 ORDER BY id LIMIT $3"),
    );
    SELECT_ALL = each(select!(sqlite, " ORDER BY id"), select!(postgres, " ORDER BY id"));
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
    divisions: Option<String>,
}

impl Row {
    fn parse(self) -> Result<Account, StoreError> {
        const TABLE: &str = "accounts";
        let id = AccountId::new(self.id);
        let divisions = self.divisions.as_deref().unwrap_or_default().split(',');
        let divisions = divisions.filter(|text| !text.is_empty()).map(|text| {
            let division = Uuid::try_parse(text).map_err(|why| inconsistent(TABLE, "divisions", id, why))?;
            Ok(DivisionId::new(division))
        });
        let divisions = divisions.collect::<Result<_, StoreError>>()?;
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
    let row = fetch_optional!(reader, Row, SELECT, organization.uuid(), id.uuid())?;
    row.map(Row::parse).transpose()
}

/// Those of these accounts that are of the organization.
///
/// # Errors
/// The database, or an impossible row.
pub async fn these(
    reader: &mut Reader,
    organization: OrganizationId,
    ids: &BTreeSet<AccountId>,
) -> Result<Vec<Account>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = listed(ids.iter().map(|id| id.uuid()));
    let rows = fetch_all!(reader, Row, SELECT_THESE, organization.uuid(), ids)?;
    rows.into_iter().map(Row::parse).collect()
}

/// How long after their time accounts may still be served.
///
/// # Errors
/// The database.
pub async fn graces(
    reader: &mut Reader,
    organization: OrganizationId,
    ids: &BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, Duration>, StoreError> {
    let ids = listed(ids.iter().map(|id| id.uuid()));
    let rows = fetch_all!(reader, (Uuid, i64), SELECT_GRACES, organization.uuid(), ids)?;
    Ok(rows
        .into_iter()
        .map(|(id, seconds)| (AccountId::new(id), Duration::seconds(seconds)))
        .collect())
}

/// All accounts of an organization.
///
/// # Errors
/// The database, or an impossible row.
pub async fn all(reader: &mut Reader, organization: OrganizationId) -> Result<Vec<Account>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_ALL, organization.uuid())?;
    rows.into_iter().map(Row::parse).collect()
}

/// So many accounts behind one, or from the first on, as they were registered.
///
/// # Errors
/// The database, or an impossible row.
pub async fn page(
    reader: &mut Reader,
    organization: OrganizationId,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Account>, StoreError> {
    let after = after.map_or(Uuid::nil(), AccountId::uuid);
    let rows = fetch_all!(reader, Row, SELECT_PAGE, organization.uuid(), after, limit)?;
    rows.into_iter().map(Row::parse).collect()
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
