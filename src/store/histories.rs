//! Whether the database is still the one that was served before, or another one in its place: an older copy, or a
//! standby that does not have the last commits.
//!
//! PostgreSQL tells it by the server's identity, its timeline and the database's number: a fail-over or a
//! restoration changes one of them. For SQLite a file beside the database names the newest ledger entry that was
//! seen in it: an older copy lacks that entry.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::{
    StoreError,
    open::beside,
    server::History,
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

/// Whether the database knows itself as part of another history than the one that it is found in.
///
/// # Errors
/// The database.
pub async fn is_other(reader: &mut Reader, found: &History) -> Result<bool, StoreError> {
    let Some(found) = found.name() else {
        return Ok(false);
    };
    let known = fetch_optional!(reader, (String,), SELECT)?;
    Ok(known.is_some_and(|(known,)| known != found))
}

/// Notes which history the database is part of.
///
/// # Errors
/// The database.
pub async fn keep(tx: &mut Tx, found: &History) -> Result<(), StoreError> {
    match found.name() {
        Some(found) => execute!(tx, KEEP, found).map(drop),
        None => Ok(()),
    }
}

/// The newest ledger entry.
///
/// # Errors
/// The database.
pub async fn newest_entry(reader: &mut Reader) -> Result<Option<Uuid>, StoreError> {
    Ok(fetch_optional!(reader, (Uuid,), SELECT_NEWEST_ENTRY)?.map(|(id,)| id))
}

/// Whether there is a ledger entry.
///
/// # Errors
/// The database.
pub async fn has_entry(reader: &mut Reader, id: Uuid) -> Result<bool, StoreError> {
    Ok(fetch_optional!(reader, (Uuid,), SELECT_ENTRY, id)?.is_some())
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
        Ok(!has_entry(reader, entry).await?)
    }

    /// Names the newest entry. Best effort: an older name still tells an older copy.
    pub(super) async fn note(&self, reader: &mut Reader) -> Result<(), StoreError> {
        let Some(newest) = newest_entry(reader).await? else {
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
