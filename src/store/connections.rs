//! Connections of accounts that are under way: ciphertext only.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    StoreError,
    sql::{execute, expect_one, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::ids::{AccountId, ConnectionId, OrganizationId, UserId};

statements! {
    INSERT = same(
        "INSERT INTO connections (id, organization_id, account_id, user_id, state_hash, sealed, redirect_uri, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    SELECT = same(
        "SELECT id, account_id, user_id, sealed, redirect_uri, expires_at FROM connections
         WHERE state_hash = $1 AND organization_id = $2 AND used_at IS NULL",
    );
    SELECT_USED = same(
        "SELECT id, account_id, user_id, sealed, redirect_uri, expires_at FROM connections
         WHERE id = $1 AND organization_id = $2 AND used_at IS NOT NULL",
    );
    USE = same(
        "UPDATE connections SET used_at = $1 WHERE id = $2 AND organization_id = $3 AND used_at IS NULL",
    );
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
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    connection: &Connection,
    state_hash: &[u8],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
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

type Row = (Uuid, Uuid, Uuid, Vec<u8>, String, DateTime<Utc>);

impl From<Row> for Connection {
    fn from((id, account, user, sealed, redirect_uri, expires_at): Row) -> Self {
        Self {
            id: ConnectionId::new(id),
            account: AccountId::new(account),
            user: UserId::new(user),
            sealed,
            redirect_uri,
            expires_at,
        }
    }
}

/// The unused connection with this state.
///
/// # Errors
/// The database.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    state_hash: &[u8],
) -> Result<Option<Connection>, StoreError> {
    let row = fetch_optional!(reader, Row, SELECT, state_hash, organization.uuid())?;
    Ok(row.map(Connection::from))
}

/// A connection that was used up, which is finished now.
///
/// # Errors
/// The database.
pub async fn used(
    reader: &mut Reader,
    organization: OrganizationId,
    id: ConnectionId,
) -> Result<Option<Connection>, StoreError> {
    let row = fetch_optional!(reader, Row, SELECT_USED, id.uuid(), organization.uuid())?;
    Ok(row.map(Connection::from))
}

/// Uses a connection up.
///
/// # Errors
/// The database, or a connection that was used before.
pub async fn spend(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ConnectionId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, USE, at, id.uuid(), organization.uuid())
}
