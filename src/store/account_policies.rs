//! What the texts of accounts say: versions, of which the last one holds.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{parse_json, to_json},
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    account_policy::AccountPolicy,
    ids::{AccountId, AccountPolicyId, OrganizationId, UserId},
};

statements! {
    INSERT = same(
        "INSERT INTO account_policies (id, organization_id, account_id, version, texts, set_by, set_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    );
    SELECT_CURRENT = same(
        "SELECT id, version, texts, set_by, set_at FROM account_policies
         WHERE account_id = $1 AND organization_id = $2 ORDER BY version DESC LIMIT 1",
    );
    SELECT_ALL = same(
        "SELECT id, version, texts, set_by, set_at FROM account_policies
         WHERE account_id = $1 AND organization_id = $2 ORDER BY version DESC",
    );
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    version: i64,
    texts: String,
    set_by: Uuid,
    set_at: DateTime<Utc>,
}

impl Row {
    fn parse(self) -> Result<AccountPolicy, StoreError> {
        let id = AccountPolicyId::new(self.id);
        Ok(AccountPolicy {
            version: self.version,
            texts: parse_json(&self.texts, "account_policies", "texts", id)?,
            set_by: UserId::new(self.set_by),
            set_at: self.set_at,
        })
    }
}

/// Keeps a version.
///
/// # Errors
/// [`StoreError::Duplicate`] when there is such a version already; the database.
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    id: AccountPolicyId,
    policy: &AccountPolicy,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        id.uuid(),
        organization.uuid(),
        account.uuid(),
        policy.version,
        to_json(&policy.texts),
        policy.set_by.uuid(),
        policy.set_at,
    )
}

/// The version that holds.
///
/// # Errors
/// The database, or an impossible row.
pub async fn current(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Option<AccountPolicy>, StoreError> {
    let row = fetch_optional!(reader, Row, SELECT_CURRENT, account.uuid(), organization.uuid())?;
    row.map(Row::parse).transpose()
}

/// All versions, the one that holds first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn all(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Vec<AccountPolicy>, StoreError> {
    fetch_all!(reader, Row, SELECT_ALL, account.uuid(), organization.uuid())?
        .into_iter()
        .map(Row::parse)
        .collect()
}
