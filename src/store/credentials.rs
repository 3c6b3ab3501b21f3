//! Credentials, sealed: one envelope a version, and what is known of each without opening it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::parse,
    sql::{execute, expect_one, fetch_all, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    credential::CredentialFacts,
    ids::{AccountId, OrganizationId},
};

const TABLE: &str = "credentials";

/// The columns that a version is parsed from.
macro_rules! columns {
    () => {
        "account_id, version, renewal, obtained_at, access_expires_at, refresh_expires_at, proven_at, exported_at, sealed"
    };
}

statements! {
    INSERT = same(
        "INSERT INTO credentials (organization_id, account_id, version, key_id, sealed, renewal, obtained_at,
             access_expires_at, refresh_expires_at, proven_at, exported_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    );
    SELECT_VERSIONS = same(
        concat!("SELECT ", columns!(), " FROM credentials
         WHERE account_id = $1 AND organization_id = $2 ORDER BY version DESC"),
    );
    SELECT_VERSIONS_OF = each(
        concat!("SELECT ", columns!(), " FROM credentials
         WHERE organization_id = $1 AND account_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY version DESC"),
        concat!("SELECT ", columns!(), " FROM credentials
         WHERE organization_id = $1 AND account_id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))
         ORDER BY version DESC"),
    );
    SELECT_NEWEST_OF_ALL = same(
        concat!("SELECT ", columns!(), " FROM credentials c
         WHERE organization_id = $1
           AND version = (SELECT MAX(version) FROM credentials n WHERE n.account_id = c.account_id)
         ORDER BY account_id"),
    );
    SELECT_OBTAINED = same(
        "SELECT obtained_at FROM credentials
         WHERE account_id = $1 AND organization_id = $2 ORDER BY version DESC LIMIT 1",
    );
    PROVE = same(
        "UPDATE credentials SET proven_at = $1
         WHERE account_id = $2 AND organization_id = $3 AND version = $4 AND proven_at IS NULL",
    );
    ERASE_BEFORE = same(
        "DELETE FROM credentials WHERE account_id = $1 AND organization_id = $2 AND version < $3",
    );
    ERASE = same(
        "DELETE FROM credentials WHERE account_id = $1 AND organization_id = $2 AND version = $3",
    );
    MARK_EXPORTED = same(
        "UPDATE credentials SET exported_at = $1 WHERE account_id = $2 AND organization_id = $3 AND version = $4",
    );
    SELECT_ALL = same(
        "SELECT organization_id, account_id, version, key_id, sealed FROM credentials ORDER BY account_id, version",
    );
    REWRAP = same(
        "UPDATE credentials SET key_id = $1, sealed = $2 WHERE account_id = $3 AND version = $4 AND key_id = $5",
    );
}

/// A version as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// What is known without opening it.
    pub facts: CredentialFacts,
    /// The envelope.
    pub sealed: Vec<u8>,
}

#[derive(Debug, FromRow)]
struct Row {
    account_id: Uuid,
    version: i64,
    renewal: String,
    obtained_at: DateTime<Utc>,
    access_expires_at: Option<DateTime<Utc>>,
    refresh_expires_at: Option<DateTime<Utc>>,
    proven_at: Option<DateTime<Utc>>,
    exported_at: Option<DateTime<Utc>>,
    sealed: Vec<u8>,
}

impl Row {
    fn parse(self) -> Result<(AccountId, Version), StoreError> {
        let account = AccountId::new(self.account_id);
        let facts = CredentialFacts {
            version: self.version,
            renewal: parse(&self.renewal, TABLE, "renewal", account)?,
            obtained_at: self.obtained_at,
            access_expires_at: self.access_expires_at,
            refresh_expires_at: self.refresh_expires_at,
            proven_at: self.proven_at,
            exported_at: self.exported_at,
        };
        let sealed = self.sealed;
        Ok((account, Version { facts, sealed }))
    }
}

/// Stores a new version.
///
/// # Errors
/// [`StoreError::Duplicate`] when there is one of this number; the database.
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    new: &Version,
    key_id: &str,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        organization.uuid(),
        account.uuid(),
        new.facts.version,
        key_id,
        new.sealed.as_slice(),
        new.facts.renewal.as_str(),
        new.facts.obtained_at,
        new.facts.access_expires_at,
        new.facts.refresh_expires_at,
        new.facts.proven_at,
        new.facts.exported_at
    )
}

/// The versions of an account's credential, the newest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn versions(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Vec<Version>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_VERSIONS, account.uuid(), organization.uuid())?;
    rows.into_iter()
        .map(|row| row.parse().map(|(_, version)| version))
        .collect()
}

/// The versions of the credentials of some accounts, of each the newest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn versions_of(
    reader: &mut Reader,
    organization: OrganizationId,
    accounts: &BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, Vec<Version>>, StoreError> {
    let ids = listed(accounts.iter().map(|account| account.uuid()));
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for row in fetch_all!(reader, Row, SELECT_VERSIONS_OF, organization.uuid(), ids)? {
        let (account, version) = row.parse()?;
        found.entry(account).or_default().push(version);
    }
    Ok(found)
}

/// The newest version of each account's credential.
///
/// # Errors
/// The database, or an impossible row.
pub async fn newest_of_all(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<BTreeMap<AccountId, Version>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_NEWEST_OF_ALL, organization.uuid())?;
    rows.into_iter().map(Row::parse).collect()
}

/// When an account's newest credential was obtained, if there is one.
///
/// # Errors
/// The database.
pub async fn obtained_at(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let rows = fetch_all!(
        reader,
        (DateTime<Utc>,),
        SELECT_OBTAINED,
        account.uuid(),
        organization.uuid()
    )?;
    Ok(rows.into_iter().next().map(|(at,)| at))
}

/// A version has worked for the first time.
///
/// # Errors
/// [`StoreError::Stale`] when it is gone or had worked before; the database.
pub async fn prove(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    version: i64,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, PROVE, at, account.uuid(), organization.uuid(), version)
}

/// Erases what a version replaced. Tells how many there were.
///
/// # Errors
/// The database.
pub async fn erase_before(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    version: i64,
) -> Result<u64, StoreError> {
    execute!(tx, ERASE_BEFORE, account.uuid(), organization.uuid(), version)
}

/// Erases a version that never worked.
///
/// # Errors
/// [`StoreError::Stale`] when it is gone; the database.
pub async fn erase(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    version: i64,
) -> Result<(), StoreError> {
    expect_one!(tx, ERASE, account.uuid(), organization.uuid(), version)
}

/// A version left the vault in an envelope for emergencies.
///
/// # Errors
/// [`StoreError::Stale`] when it is gone; the database.
pub async fn mark_exported(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    version: i64,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        MARK_EXPORTED,
        at,
        account.uuid(),
        organization.uuid(),
        version
    )
}

/// An envelope with its place.
#[derive(Debug)]
pub struct SealedRow {
    /// The organization.
    pub organization: OrganizationId,
    /// The account.
    pub account: AccountId,
    /// Its version.
    pub version: i64,
    /// The key that wraps its data key.
    pub key_id: String,
    /// The ciphertext.
    pub sealed: Vec<u8>,
}

/// Every envelope of the deployment, for rotation.
///
/// # Errors
/// The database.
pub async fn all(reader: &mut Reader) -> Result<Vec<SealedRow>, StoreError> {
    let rows = fetch_all!(reader, (Uuid, Uuid, i64, String, Vec<u8>), SELECT_ALL)?;
    Ok(rows
        .into_iter()
        .map(|(organization, account, version, key_id, sealed)| SealedRow {
            organization: OrganizationId::new(organization),
            account: AccountId::new(account),
            version,
            key_id,
            sealed,
        })
        .collect())
}

/// Replaces a wrapping. Tells whether the row was still wrapped by the old key.
///
/// # Errors
/// The database.
pub async fn rewrap(tx: &mut Tx, row: &SealedRow, key_id: &str, sealed: &[u8]) -> Result<u64, StoreError> {
    execute!(
        tx,
        REWRAP,
        key_id,
        sealed,
        row.account.uuid(),
        row.version,
        row.key_id.as_str()
    )
}
