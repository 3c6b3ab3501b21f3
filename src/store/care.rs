//! Who looks after an account's credential: a lease with a fence, so that a token is refreshed once across all
//! nodes, and what the last look brought.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, fetch_optional, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    credential::Care,
    ids::{AccountId, OrganizationId},
    quota::QuotaSeen,
};

const TABLE: &str = "credential_care";

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "account_id, organization_id, fence, refused_version, trouble, failures, checked_at, quota"
    };
}

statements! {
    /// A credential was stored that is known to work: whatever was known of an earlier one is forgotten.
    BEGIN = same(
        "INSERT INTO credential_care (account_id, organization_id, fence, look_at, failures, checked_at, quota)
         VALUES ($1, $2, 0, $3, 0, $4, $5)
         ON CONFLICT (account_id) DO UPDATE SET fence = credential_care.fence + 1, lease_owner = NULL,
             lease_until = NULL, look_at = excluded.look_at, refused_version = NULL, trouble = NULL, failures = 0,
             checked_at = excluded.checked_at, quota = excluded.quota",
    );
    SELECT_DUE = same(
        concat!("SELECT ", columns!(), " FROM credential_care
         WHERE look_at <= $1 AND (lease_until IS NULL OR lease_until <= $1) ORDER BY look_at, account_id LIMIT $2"),
    );
    TAKE = same(
        "UPDATE credential_care SET fence = fence + 1, lease_owner = $1, lease_until = $2
         WHERE account_id = $3 AND organization_id = $4 AND look_at <= $5
           AND (lease_until IS NULL OR lease_until <= $5)",
    );
    SELECT = same(
        concat!("SELECT ", columns!(), " FROM credential_care WHERE account_id = $1 AND organization_id = $2"),
    );
    SELECT_OF_THESE = each(
        concat!("SELECT ", columns!(), " FROM credential_care
         WHERE organization_id = $1 AND account_id IN (SELECT unhex(value) FROM json_each($2))"),
        concat!("SELECT ", columns!(), " FROM credential_care
         WHERE organization_id = $1 AND account_id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))"),
    );
    SELECT_OF_ORGANIZATION = same(
        concat!("SELECT ", columns!(), " FROM credential_care WHERE organization_id = $1 ORDER BY account_id"),
    );
    // A refusal that comes in while a look ends must not be forgotten. SQLite has one writer.
    SELECT_FOR_UPDATE = each(
        concat!("SELECT ", columns!(), " FROM credential_care WHERE account_id = $1 AND organization_id = $2"),
        concat!("SELECT ", columns!(), " FROM credential_care WHERE account_id = $1 AND organization_id = $2 FOR UPDATE"),
    );
    KEEP = same(
        "UPDATE credential_care SET lease_owner = NULL, lease_until = NULL, look_at = $1, refused_version = $2,
             trouble = $3, failures = $4, checked_at = $5, quota = $6
         WHERE account_id = $7 AND organization_id = $8 AND fence = $9",
    );
    REFUSE = same(
        "UPDATE credential_care SET refused_version = $1, look_at = $2 WHERE account_id = $3 AND organization_id = $4",
    );
}

#[derive(Debug, FromRow)]
struct Row {
    account_id: Uuid,
    organization_id: Uuid,
    fence: i64,
    refused_version: Option<i64>,
    trouble: Option<String>,
    failures: i64,
    checked_at: Option<DateTime<Utc>>,
    quota: Option<String>,
}

impl Row {
    fn parse(self) -> Result<Kept, StoreError> {
        let account = AccountId::new(self.account_id);
        let trouble = self.trouble.map(|word| parse(&word, TABLE, "trouble", account));
        let failures = u32::try_from(self.failures)
            .map_err(|_| inconsistent(TABLE, "failures", account, "out of range"))?;
        let quota = self.quota.map(|text| parse_json(&text, TABLE, "quota", account));
        Ok(Kept {
            organization: OrganizationId::new(self.organization_id),
            account,
            fence: self.fence,
            care: Care {
                refused_version: self.refused_version,
                trouble: trouble.transpose()?,
                failures,
                checked_at: self.checked_at,
                quota: quota.transpose()?,
            },
        })
    }
}

/// What is kept of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The account.
    pub account: AccountId,
    /// Grows with every lease: whoever holds an older number has lost it.
    pub fence: i64,
    /// What is known.
    pub care: Care,
}

/// What its platform said when a credential was stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// When it said that it is good; none if it was not asked.
    pub checked_at: Option<DateTime<Utc>>,
    /// How many more posts it takes, if it says so.
    pub quota: Option<QuotaSeen>,
}

/// Begins to look after an account whose credential was stored just now.
///
/// # Errors
/// The database.
pub async fn begin(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    look_at: DateTime<Utc>,
    found: Found,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        BEGIN,
        account.uuid(),
        organization.uuid(),
        look_at,
        found.checked_at,
        found.quota.as_ref().map(to_json)
    )
}

/// The accounts that somebody should look after now.
///
/// # Errors
/// The database, or an impossible row.
pub async fn due(reader: &mut Reader, now: DateTime<Utc>, limit: i64) -> Result<Vec<Kept>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_DUE, now, limit)?;
    rows.into_iter().map(Row::parse).collect()
}

/// Takes the lease of an account that is due; none when somebody else has it, or it is not due any more.
///
/// # Errors
/// The database, or an impossible row.
pub async fn take(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    owner: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Kept>, StoreError> {
    let taken = execute!(tx, TAKE, owner, until, account.uuid(), organization.uuid(), now)?;
    match taken {
        0 => Ok(None),
        _ => of(tx, organization, account).await,
    }
}

/// What is known of an account.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Option<Kept>, StoreError> {
    let row = fetch_optional!(reader, Row, SELECT, account.uuid(), organization.uuid())?;
    row.map(Row::parse).transpose()
}

/// What is known of some accounts.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of_these(
    reader: &mut Reader,
    organization: OrganizationId,
    accounts: &BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, Care>, StoreError> {
    let ids = listed(accounts.iter().map(|account| account.uuid()));
    let rows = fetch_all!(reader, Row, SELECT_OF_THESE, organization.uuid(), ids)?;
    by_account(rows)
}

fn by_account(rows: Vec<Row>) -> Result<BTreeMap<AccountId, Care>, StoreError> {
    rows.into_iter()
        .map(|row| row.parse().map(|kept| (kept.account, kept.care)))
        .collect()
}

/// What is known of an organization's accounts.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of_organization(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<BTreeMap<AccountId, Care>, StoreError> {
    by_account(fetch_all!(
        reader,
        Row,
        SELECT_OF_ORGANIZATION,
        organization.uuid()
    )?)
}

/// The same, kept from others until the transaction ends.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find_for_update(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Option<Kept>, StoreError> {
    let row = fetch_optional!(tx, Row, SELECT_FOR_UPDATE, account.uuid(), organization.uuid())?;
    row.map(Row::parse).transpose()
}

/// Ends a look: stores what is known, and gives the lease back.
///
/// # Errors
/// [`StoreError::Stale`] when somebody else has the lease by now; the database.
pub async fn keep(tx: &mut Tx, kept: &Kept, look_at: DateTime<Utc>) -> Result<(), StoreError> {
    expect_one!(
        tx,
        KEEP,
        look_at,
        kept.care.refused_version,
        kept.care.trouble.map(crate::domain::credential::Trouble::as_str),
        i64::from(kept.care.failures),
        kept.care.checked_at,
        kept.care.quota.as_ref().map(to_json),
        kept.account.uuid(),
        kept.organization.uuid(),
        kept.fence
    )
}

/// A platform refused this version: somebody looks after it at once.
///
/// # Errors
/// [`StoreError::Stale`] when nobody looks after the account; the database.
pub async fn refuse(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    version: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, REFUSE, version, now, account.uuid(), organization.uuid())
}
