//! What can go wrong with the store.

use std::sync::Arc;

/// A row that no version of this program can have written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table}.{column} of row {row} holds a value that cannot be: {why}")]
pub struct Inconsistency {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's key.
    pub row: String,
    /// What is wrong with it.
    pub why: String,
}

/// SQLite's extended codes for an fsync of a file (`SQLITE_IOERR_FSYNC`) and of a folder
/// (`SQLITE_IOERR_DIR_FSYNC`) that failed.
const FAILED_SYNCS: [&str; 2] = ["1034", "1290"];

/// Why the store could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A statement failed.
    #[error("{statement}: {source}")]
    Statement {
        /// The statement's name.
        statement: &'static str,
        /// What the database said.
        source: Arc<sqlx::Error>,
    },
    /// The row is no longer in the state that the change expects: somebody was faster.
    #[error("{0}: the row has changed since it was read")]
    Stale(&'static str),
    /// A uniqueness that the schema guards would be broken.
    #[error("{statement}: there is one already ({constraint})")]
    Duplicate {
        /// The statement's name.
        statement: &'static str,
        /// The constraint, as far as the database tells.
        constraint: String,
    },
    /// The commit failed or its result is unknown: treat the change as not made.
    #[error("the change could not be committed: {0}")]
    Commit(Arc<sqlx::Error>),
    /// No connection.
    #[error("the database cannot be reached: {0}")]
    Unreachable(Arc<sqlx::Error>),
    /// The use case has a mistake; the panic's message went to standard error.
    #[error("the change was given up in the middle; nothing of it was kept")]
    Panicked,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// Another process has the database file open.
    #[error("{0} is in use by another process; stop it first")]
    Locked(String),
    /// The database is part of another history than when this node registered: it may lack commits.
    #[error("the database is not the one that it was: it may lack what was last committed")]
    OtherHistory,
    /// A location that names no database.
    #[error("{0:?} is not a database location: use sqlite:FILE or postgres://…")]
    Location(String),
    /// A newer program has brought the schema further than this one knows.
    #[error("the database has schema {found}, and this program knows {known} at most: use the newer program")]
    NewerSchema {
        /// What the database has.
        found: i64,
        /// What this program has.
        known: i64,
    },
    /// A move between databases met something that it does not know.
    #[error("{0}")]
    Moving(String),
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(Arc<sqlx::migrate::MigrateError>),
    /// See [`Inconsistency`].
    #[error(transparent)]
    Inconsistent(#[from] Inconsistency),
    /// A ledger entry could not be formed.
    #[error("the ledger entry could not be formed: {0}")]
    Ledger(String),
}

impl StoreError {
    pub(super) fn statement(statement: &'static str, source: sqlx::Error) -> Self {
        match &source {
            sqlx::Error::Database(said) if said.is_unique_violation() => Self::Duplicate {
                statement,
                constraint: said
                    .constraint()
                    .map_or_else(|| said.message().to_owned(), str::to_owned),
            },
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                Self::Unreachable(Arc::new(source))
            }
            _ => Self::Statement {
                statement,
                source: Arc::new(source),
            },
        }
    }

    /// Whether the disk said of a file's data that it may not have kept them. The kernel says so once, and a
    /// second fsync would succeed without the data.
    pub(super) fn is_failed_sync(&self) -> bool {
        let (Self::Statement { source, .. } | Self::Commit(source) | Self::Unreachable(source)) = self else {
            return false;
        };
        let code = source
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| FAILED_SYNCS.contains(&&*code))
    }

    /// Whether a uniqueness would have been broken, by the name of a table or index in the database's words.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Duplicate { .. })
    }
}

/// Reads a word of a vocabulary, or says where it stands.
pub(super) fn parse<T: std::str::FromStr>(
    text: &str,
    table: &'static str,
    column: &'static str,
    row: impl std::fmt::Display,
) -> Result<T, StoreError>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|why: T::Err| inconsistent(table, column, row, why))
}

/// Reads a JSON column, or says where it stands.
pub(super) fn parse_json<T: serde::de::DeserializeOwned>(
    text: &str,
    table: &'static str,
    column: &'static str,
    row: impl std::fmt::Display,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|why| inconsistent(table, column, row, why))
}

/// Reads a 32-byte digest, or says where it stands.
pub(super) fn parse_digest(
    bytes: &[u8],
    table: &'static str,
    column: &'static str,
    row: impl std::fmt::Display,
) -> Result<[u8; 32], StoreError> {
    bytes
        .try_into()
        .map_err(|_| inconsistent(table, column, row, "not 32 bytes"))
}

/// A column that the state says must be there, or says where it is missing.
pub(super) fn present<T>(
    value: Option<T>,
    table: &'static str,
    column: &'static str,
    row: impl std::fmt::Display,
) -> Result<T, StoreError> {
    value.ok_or_else(|| inconsistent(table, column, row, "missing"))
}

pub(super) fn inconsistent(
    table: &'static str,
    column: &'static str,
    row: impl std::fmt::Display,
    why: impl std::fmt::Display,
) -> StoreError {
    Inconsistency {
        table,
        column,
        row: row.to_string(),
        why: why.to_string(),
    }
    .into()
}

/// Writes a value as JSON text; the types that are stored so cannot fail to serialise.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
