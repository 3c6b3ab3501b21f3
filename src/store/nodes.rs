//! The nodes that dispatch, and when each was last seen: so that a starting one knows whether time passed
//! over the database.

use chrono::{DateTime, Utc};

use super::{
    StoreError,
    sql::{execute, expect_one, fetch_optional, on, statements},
    tx::{Reader, Tx},
};

statements! {
    REGISTER = same(
        "INSERT INTO nodes (name, seen_at) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at",
    );
    /// The row is as this node left it, or the database is another one.
    BEAT = same("UPDATE nodes SET seen_at = $1 WHERE name = $2 AND seen_at = $3");
    SELECT_SEEN = same("SELECT seen_at FROM nodes WHERE name = $1");
    SELECT_LAST_SEEN = same("SELECT MAX(seen_at) FROM nodes");
    /// SQLite asks the machine that it runs on.
    DATABASE_TIME = each(
        "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')",
        "SELECT clock_timestamp()",
    );
    REMOVE = same("DELETE FROM nodes WHERE name = $1");
    FORGET = same("DELETE FROM nodes WHERE seen_at <= $1");
}

/// Enters a node that begins to dispatch.
///
/// # Errors
/// The database.
pub async fn register(tx: &mut Tx, name: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    expect_one!(tx, REGISTER, name, now)
}

/// A node says that it lives; `last` is when it did so before.
///
/// # Errors
/// [`StoreError::Stale`] when the row is not as the node left it; the database.
pub async fn beat(
    tx: &mut Tx,
    name: &str,
    last: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, BEAT, now, name, last)
}

/// When a node was last seen.
///
/// # Errors
/// The database.
pub async fn seen(reader: &mut Reader, name: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(fetch_optional!(reader, (DateTime<Utc>,), SELECT_SEEN, name)?.map(|(at,)| at))
}

/// When any node was last seen; none is left when all of them stopped as they should.
///
/// # Errors
/// The database.
pub async fn last_seen(reader: &mut Reader) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(fetch_optional!(reader, (Option<DateTime<Utc>>,), SELECT_LAST_SEEN)?.and_then(|(at,)| at))
}

/// What the database's clock shows.
///
/// # Errors
/// The database.
pub async fn database_time(reader: &mut Reader) -> Result<DateTime<Utc>, StoreError> {
    let row = fetch_optional!(reader, (DateTime<Utc>,), DATABASE_TIME)?;
    row.map(|(at,)| at).ok_or(StoreError::Stale("DATABASE_TIME"))
}

/// Takes away a node that stopped as it should.
///
/// # Errors
/// The database.
pub async fn remove(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    execute!(tx, REMOVE, name).map(drop)
}

/// Forgets the nodes that were not seen since a time.
///
/// # Errors
/// The database.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StoreError> {
    execute!(tx, FORGET, before).map(drop)
}
