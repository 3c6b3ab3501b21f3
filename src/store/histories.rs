//! Whether the database is still the one that was served before, or another one in its place: an older copy, or a
//! standby that does not have the last commits.
//!
//! PostgreSQL tells it by the server's identity, its timeline and the database's number: a fail-over or a
//! restoration changes one of them. For SQLite a file beside the database names the newest ledger entry that was
//! seen in it: an older copy lacks that entry.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    StoreError,
    open::beside,
    sql::{execute, fetch_optional, on, statements},
    tx::{Reader, Tx},
};

statements! {
    SELECT = same("SELECT server FROM histories WHERE id = 1");
    KEEP = same(
        "INSERT INTO histories (id, server) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET server = excluded.server",
    );
    SELECT_NEWEST_ENTRY = same("SELECT id FROM ledger_entries ORDER BY id DESC LIMIT 1");
    SELECT_ENTRY = same("SELECT id FROM ledger_entries WHERE id = $1");
}

/// What a server says of itself; alike as long as no commit can be missing.
const SERVER: &str =
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN (SELECT system_identifier FROM pg_control_system())::text
    || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
    || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())::text END";

/// Which history a database is part of, as far as it can be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(Option<Arc<str>>);

#[cfg(test)]
impl History {
    pub(super) fn named(server: &str) -> Self {
        Self(Some(server.into()))
    }
}

/// What the latest connection found.
#[derive(Debug, Clone, Default)]
pub(super) struct Latest(Arc<Mutex<History>>);

impl Latest {
    /// Asks the server behind a new connection. One that does not tell leaves what was known.
    ///
    /// # Errors
    /// When it is a standby: promoted, it would be another one, and the connection would be ours already.
    pub(super) async fn ask(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let told = sqlx::query_scalar::<_, Option<String>>(SERVER);
        match told.fetch_one(connection).await {
            Ok(Some(server)) => {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = History(Some(server.into()));
            }
            Ok(None) => return Err(sqlx::Error::Protocol("the server is a standby".to_owned())),
            Err(why) => {
                tracing::info!(%why, "the server does not tell its history: a fail-over may go unnoticed");
            }
        }
        Ok(())
    }

    pub(super) fn get(&self) -> History {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether the database knows itself as part of another history than the one that it is found in.
///
/// # Errors
/// The database.
pub async fn is_other(reader: &mut Reader, found: &History) -> Result<bool, StoreError> {
    let Some(found) = &found.0 else { return Ok(false) };
    let known = fetch_optional!(reader, (String,), SELECT)?;
    Ok(known.is_some_and(|(known,)| known != **found))
}

/// Notes which history the database is part of.
///
/// # Errors
/// The database.
pub async fn keep(tx: &mut Tx, found: &History) -> Result<(), StoreError> {
    match &found.0 {
        Some(found) => execute!(tx, KEEP, &**found).map(drop),
        None => Ok(()),
    }
}

/// The file beside a SQLite database that names the newest ledger entry that was seen in it.
#[derive(Debug, Clone)]
pub(super) struct Beside(PathBuf);

impl Beside {
    pub(super) fn of(database: &Path) -> Self {
        Self(beside(database, ".seen"))
    }

    /// Whether an entry that was seen in the database is not in it. A file that is not there, or that a power cut
    /// left torn, tells nothing.
    pub(super) async fn is_lacking(&self, reader: &mut Reader) -> Result<bool, StoreError> {
        let Some(entry) = fs::read_to_string(&self.0)
            .ok()
            .and_then(|text| text.trim().parse::<Uuid>().ok())
        else {
            return Ok(false);
        };
        Ok(fetch_optional!(reader, (Uuid,), SELECT_ENTRY, entry)?.is_none())
    }

    /// Names the newest entry. Best effort: an older name still tells an older copy.
    pub(super) async fn note(&self, reader: &mut Reader) -> Result<(), StoreError> {
        let Some((newest,)) = fetch_optional!(reader, (Uuid,), SELECT_NEWEST_ENTRY)? else {
            return Ok(());
        };
        if let Err(why) = self.write(newest) {
            tracing::debug!(%why, "which entry is the newest was not noted beside the database");
        }
        Ok(())
    }

    fn write(&self, entry: Uuid) -> io::Result<()> {
        let draft = beside(&self.0, ".new");
        fs::write(&draft, format!("{entry}\n"))?;
        fs::rename(&draft, &self.0)
    }
}
