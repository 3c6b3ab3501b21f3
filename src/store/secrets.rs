//! Sealed credentials and connections under way: ciphertext only.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    StoreError,
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::ids::{AccountId, ConnectionId, OrganizationId, UserId};

statements! {
    INSERT = same(
        "INSERT INTO account_secrets (organization_id, account_id, name, version, key_id, sealed, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    );
    SELECT_LATEST = same(
        "SELECT version, sealed FROM account_secrets
         WHERE account_id = $1 AND organization_id = $2 AND name = $3 ORDER BY version DESC LIMIT 1",
    );
    SELECT_ALL = same(
        "SELECT organization_id, account_id, name, version, key_id, sealed FROM account_secrets
         ORDER BY account_id, name, version",
    );
    REWRAP = same(
        "UPDATE account_secrets SET key_id = $1, sealed = $2
         WHERE account_id = $3 AND name = $4 AND version = $5 AND key_id = $6",
    );
    INSERT_CONNECTION = same(
        "INSERT INTO connections (id, organization_id, account_id, user_id, state_hash, sealed, redirect_uri, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    SELECT_CONNECTION = same(
        "SELECT id, account_id, user_id, sealed, redirect_uri, expires_at FROM connections
         WHERE state_hash = $1 AND organization_id = $2 AND used_at IS NULL",
    );
    USE_CONNECTION = same(
        "UPDATE connections SET used_at = $1 WHERE id = $2 AND organization_id = $3 AND used_at IS NULL",
    );
}

/// Stores a new version of a credential.
///
/// # Errors
/// The database.
#[expect(
    clippy::too_many_arguments,
    reason = "the columns of one row, each of its own type"
)]
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    account: AccountId,
    name: &str,
    version: i64,
    key_id: &str,
    sealed: &[u8],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        organization.uuid(),
        account.uuid(),
        name,
        version,
        key_id,
        sealed,
        at
    )
}

/// The newest version of a credential, sealed.
///
/// # Errors
/// The database.
pub async fn latest(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
    name: &str,
) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    fetch_optional!(
        reader,
        (i64, Vec<u8>),
        SELECT_LATEST,
        account.uuid(),
        organization.uuid(),
        name
    )
}

/// A sealed credential with its place.
#[derive(Debug)]
pub struct SealedRow {
    /// The organization.
    pub organization: OrganizationId,
    /// The account.
    pub account: AccountId,
    /// Its name, such as `access_token`.
    pub name: String,
    /// Its version.
    pub version: i64,
    /// The key that wraps its data key.
    pub key_id: String,
    /// The ciphertext.
    pub sealed: Vec<u8>,
}

/// Every credential of the deployment, for rotation.
///
/// # Errors
/// The database.
pub async fn all(reader: &mut Reader) -> Result<Vec<SealedRow>, StoreError> {
    let rows = fetch_all!(reader, (Uuid, Uuid, String, i64, String, Vec<u8>), SELECT_ALL)?;
    Ok(rows
        .into_iter()
        .map(
            |(organization, account, name, version, key_id, sealed)| SealedRow {
                organization: OrganizationId::new(organization),
                account: AccountId::new(account),
                name,
                version,
                key_id,
                sealed,
            },
        )
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
        row.name.as_str(),
        row.version,
        row.key_id.as_str()
    )
}

/// A connection of an account that has begun.
#[derive(Debug)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The account.
    pub account: AccountId,
    /// Who began it, and alone may finish it.
    pub user: UserId,
    /// Client credentials and PKCE verifier, sealed.
    pub sealed: Vec<u8>,
    /// Where the server was told to send the browser back to.
    pub redirect_uri: String,
    /// When it ends unused.
    pub expires_at: DateTime<Utc>,
}

/// Stores a connection that begins.
///
/// # Errors
/// The database.
pub async fn insert_connection(
    tx: &mut Tx,
    organization: OrganizationId,
    connection: &Connection,
    state_hash: &[u8],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT_CONNECTION,
        connection.id.uuid(),
        organization.uuid(),
        connection.account.uuid(),
        connection.user.uuid(),
        state_hash,
        connection.sealed.as_slice(),
        connection.redirect_uri.as_str(),
        at,
        connection.expires_at,
    )
}

/// The unused connection with this state.
///
/// # Errors
/// The database.
pub async fn find_connection(
    reader: &mut Reader,
    organization: OrganizationId,
    state_hash: &[u8],
) -> Result<Option<Connection>, StoreError> {
    let row = fetch_optional!(
        reader,
        (Uuid, Uuid, Uuid, Vec<u8>, String, DateTime<Utc>),
        SELECT_CONNECTION,
        state_hash,
        organization.uuid()
    )?;
    Ok(row.map(
        |(id, account, user, sealed, redirect_uri, expires_at)| Connection {
            id: ConnectionId::new(id),
            account: AccountId::new(account),
            user: UserId::new(user),
            sealed,
            redirect_uri,
            expires_at,
        },
    ))
}

/// Uses a connection up.
///
/// # Errors
/// The database, or a connection that was used before.
pub async fn use_connection(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ConnectionId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, USE_CONNECTION, at, id.uuid(), organization.uuid())
}
