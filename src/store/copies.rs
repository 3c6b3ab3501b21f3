//! Copies of a SQLite database: taken while a gateway runs, verified, and put in place again. Every copy is
//! marked as one, so that whoever serves it holds what may have left since.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{
    Connection as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    error::StoreError,
    inspect::{Inspection, Schema},
    ledger, migrate,
    open::{Location, beside, lock},
    organizations::{self, Organization},
    restorations::{self, Restoration},
    tx::{Connection, Reader, Tx},
};
use crate::{
    domain::ids::RestorationId,
    fault,
    ledger::{Problem, Report},
};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Nothing is ever written over.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// The source's schema is not that of this program.
    #[error("{path} has another schema than this program: take the copy with the program that serves it")]
    Schema {
        /// The source.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite itself finds it damaged.
    #[error("the copy is damaged: {0}")]
    Damaged(String),
    /// Its ledger is not whole.
    #[error("the ledger of {organization} in the copy is not whole: {first} ({problems} in all)")]
    Ledger {
        /// Whose.
        organization: String,
        /// The first problem.
        first: Problem,
        /// How many there are.
        problems: usize,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One organization's ledger, found whole.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The organization.
    pub organization: Organization,
    /// What the verifier found: no problems.
    pub report: Report,
}

/// What becomes of a database that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is restored.
    Keep,
    /// It is put aside, under another name.
    PutAside,
}

/// A database that was put in place.
#[derive(Debug)]
pub struct Put {
    /// Where the one before is now.
    pub aside: Option<PathBuf>,
    /// What was verified.
    pub verified: Vec<Verified>,
}

/// Writes a verified copy of a database, readable by this user alone. A gateway may be using the database.
///
/// # Errors
/// See [`CopyError`]; no file is left then.
pub async fn back_up(
    database: &Path,
    to: &Path,
    id: RestorationId,
    now: DateTime<Utc>,
) -> Result<Vec<Verified>, CopyError> {
    if schema_of(database).await? != Schema::Current {
        return Err(CopyError::Schema {
            path: database.to_owned(),
        });
    }
    // The name is ours from here on, whoever else wants it.
    let reserved = Unfinished::create(to)?;
    let part = Unfinished::create(&beside(to, ".part"))?;
    let made = Copy { id, as_of: Some(now) };
    let verified = made.write(database, &part.path, now).await?;
    part.move_to(to)?;
    reserved.finish();
    Ok(verified)
}

/// Puts a verified copy in the place of a database that nobody uses, marked as restored.
///
/// # Errors
/// See [`CopyError`]; the database is as it was then.
pub async fn restore(
    from: &Path,
    database: &Path,
    existing: Existing,
    id: RestorationId,
    now: DateTime<Utc>,
) -> Result<Put, CopyError> {
    let _alone = lock(database)?;
    let there = [database.to_owned(), beside(database, "-wal")];
    let occupied = there.iter().find(|path| path.exists());
    if let (Some(path), Existing::Keep) = (occupied, existing) {
        return Err(CopyError::Exists(path.clone()));
    }
    if let Schema::Newer { found } = schema_of(from).await? {
        let known = migrate::known();
        return Err(StoreError::NewerSchema { found, known }.into());
    }
    let part = beside(database, ".part");
    // Nobody else can have it under our lock: it is what an interrupted restoration left.
    let _ = fs::remove_file(&part);
    let part = Unfinished::create(&part)?;
    let verified = Copy { id, as_of: None }.write(from, &part.path, now).await?;
    fault::point("restoring");
    let aside = occupied.map(|_| put_aside(database, now)).transpose()?;
    fault::point("put_aside");
    part.move_to(database)?;
    Ok(Put { aside, verified })
}

/// A database with the files that SQLite keeps beside it, under another name.
fn put_aside(database: &Path, now: DateTime<Utc>) -> Result<PathBuf, CopyError> {
    let aside = beside(database, &format!(".before-{}", now.format("%Y%m%dT%H%M%SZ")));
    for ending in ["-wal", "-shm", ""] {
        let (from, to) = (beside(database, ending), beside(&aside, ending));
        if to.exists() {
            return Err(CopyError::Exists(to));
        }
        if from.exists() {
            fs::rename(&from, &to).map_err(|source| file(&from, source))?;
        }
    }
    Ok(aside)
}

/// A copy to be made: its mark, and the time of which it is (else the newest that it knows).
struct Copy {
    id: RestorationId,
    as_of: Option<DateTime<Utc>>,
}

impl Copy {
    async fn write(&self, from: &Path, to: &Path, now: DateTime<Utc>) -> Result<Vec<Verified>, CopyError> {
        vacuum(from, to).await?;
        let pool = open_copy(to).await?;
        let finished = self.finish(&pool, now).await;
        pool.close().await;
        let verified = finished?;
        File::open(to)
            .and_then(|made| made.sync_all())
            .map_err(|source| file(to, source))?;
        Ok(verified)
    }

    async fn finish(&self, pool: &SqlitePool, now: DateTime<Utc>) -> Result<Vec<Verified>, CopyError> {
        migrate::sqlite(pool).await?;
        self.mark(pool, now).await?;
        sound(pool).await?;
        let mut reader = Reader::new(Connection::Sqlite(pool.begin().await.map_err(unreachable)?));
        whole(&mut reader, now).await
    }

    async fn mark(&self, pool: &SqlitePool, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut tx = Tx::new(Connection::Sqlite(pool.begin().await.map_err(unreachable)?));
        if restorations::open(&mut tx).await?.is_none() {
            let newest = match self.as_of {
                Some(as_of) => Some(as_of),
                None => restorations::newest_entry(&mut tx).await?,
            };
            let as_of = newest.unwrap_or(now);
            restorations::mark(&mut tx, Restoration { id: self.id, as_of }).await?;
        }
        tx.commit().await
    }
}

async fn schema_of(path: &Path) -> Result<Schema, StoreError> {
    let inspection = Inspection::open(&Location::Sqlite(path.to_owned())).await?;
    let schema = inspection.schema().await;
    inspection.close().await;
    schema
}

/// One read transaction, whoever writes meanwhile: a consistent copy without what was deleted.
async fn vacuum(from: &Path, to: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(from)
        .read_only(true)
        .busy_timeout(Duration::from_secs(30));
    let mut source = SqliteConnection::connect_with(&options)
        .await
        .map_err(unreachable)?;
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut source)
        .await;
    // It was only read.
    let _ = source.close().await;
    copied
        .map(drop)
        .map_err(|why| StoreError::statement("VACUUM INTO", why))
}

/// A single file, without a journal beside it that somebody could forget to take along.
async fn open_copy(path: &Path) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .map_err(unreachable)
}

/// What SQLite itself says of a file.
async fn sound(pool: &SqlitePool) -> Result<(), CopyError> {
    let said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(pool)
        .await
        .map_err(|why| StoreError::statement("integrity_check", why))?;
    if said != ["ok"] {
        return Err(CopyError::Damaged(said.join("; ")));
    }
    let dangling = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(pool)
        .await
        .map_err(|why| StoreError::statement("foreign_key_check", why))?;
    match dangling.len() {
        0 => Ok(()),
        rows => Err(CopyError::Damaged(format!(
            "{rows} rows refer to rows that are not there"
        ))),
    }
}

/// What the verifier says of every ledger. Entries that wait for their seal may be of any age: only a gateway
/// seals.
pub(super) async fn whole(reader: &mut Reader, now: DateTime<Utc>) -> Result<Vec<Verified>, CopyError> {
    let mut verified = Vec::new();
    for organization in organizations::all(reader).await? {
        let report = ledger::verify(reader, organization.id, &[], now, TimeDelta::days(36_500)).await?;
        if let Some(first) = report.problems.first() {
            return Err(CopyError::Ledger {
                organization: organization.name,
                first: first.clone(),
                problems: report.problems.len(),
            });
        }
        verified.push(Verified { organization, report });
    }
    Ok(verified)
}

/// A file of ours that goes away again unless everything went well.
struct Unfinished {
    path: PathBuf,
    fate: Fate,
}

enum Fate {
    GoesAway,
    Stays,
}

impl Unfinished {
    fn create(path: &Path) -> Result<Self, CopyError> {
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        match made {
            Ok(_) => Ok(Self {
                path: path.to_owned(),
                fate: Fate::GoesAway,
            }),
            Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(CopyError::Exists(path.to_owned()))
            }
            Err(why) => Err(file(path, why)),
        }
    }

    /// Puts it where it belongs in one step, and makes sure that it stays there.
    fn move_to(self, place: &Path) -> Result<(), CopyError> {
        fs::rename(&self.path, place).map_err(|source| file(place, source))?;
        let folder = match place.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|source| file(folder, source))
    }

    fn finish(mut self) {
        self.fate = Fate::Stays;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Fate::GoesAway = self.fate {
            // Best effort; after it was moved there is nothing of this name.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn file(path: &Path, source: std::io::Error) -> CopyError {
    CopyError::File {
        path: path.to_owned(),
        source,
    }
}

fn unreachable(why: sqlx::Error) -> StoreError {
    StoreError::Unreachable(Arc::new(why))
}
