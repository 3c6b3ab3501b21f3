//! Work that one node does at a time, such as sealing the ledger.

use chrono::{DateTime, Utc};

use super::{
    StoreError,
    sql::{execute, on, statements},
    tx::Tx,
};

statements! {
    /// Takes a lease that is free, ours or over.
    TAKE = same(
        "INSERT INTO leases (name, owner, until) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
         WHERE leases.owner = excluded.owner OR leases.until <= $4",
    );
}

/// Whether a lease is ours now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is ours until the time that we named.
    Ours,
    /// Somebody else has it.
    Theirs,
}

/// Takes a lease, or renews our own.
///
/// # Errors
/// The database.
pub async fn take(
    tx: &mut Tx,
    name: &str,
    owner: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Taken, StoreError> {
    let rows = execute!(tx, TAKE, name, owner, until, now)?;
    Ok(if rows == 1 { Taken::Ours } else { Taken::Theirs })
}
