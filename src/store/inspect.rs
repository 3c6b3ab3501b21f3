//! A database that is only looked at: without taking it from a gateway that runs, and without changing its
//! schema.

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use super::{
    error::StoreError,
    migrate,
    open::{Location, lock, postgres_options},
    tx::{Connection, Reader},
};

/// A database that is only looked at.
#[derive(Debug)]
pub struct Inspection {
    database: Looked,
}

#[derive(Debug)]
enum Looked {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// How the database's schema stands to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// There is none yet: the first start makes it.
    Missing,
    /// The next start brings it up to date.
    Older,
    /// As this program wants it.
    Current,
    /// A newer program made it: this one does not start.
    Newer {
        /// Its number.
        found: i64,
    },
}

/// Whether a gateway, or a command, has a SQLite file now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InUse {
    /// Somebody has it.
    Yes,
    /// Nobody has it.
    No,
    /// Its nodes share it.
    Shared,
}

impl Inspection {
    /// Opens a database to look at it.
    ///
    /// # Errors
    /// When it is not there or cannot be reached.
    pub async fn open(location: &Location) -> Result<Self, StoreError> {
        let database = match location {
            Location::Sqlite(path) => Looked::Sqlite(sqlite(path).await?),
            Location::Postgres(url) => Looked::Postgres(
                PgPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(Duration::from_secs(5))
                    .connect_with(postgres_options(url)?)
                    .await
                    .map_err(unreachable)?,
            ),
        };
        Ok(Self { database })
    }

    /// How its schema stands to this program.
    ///
    /// # Errors
    /// The database.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        let newest: Option<i64> = match &self.database {
            Looked::Sqlite(pool) => {
                let there: i64 =
                    sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
                        .fetch_one(pool)
                        .await
                        .map_err(|why| StoreError::statement("SCHEMA", why))?;
                match there {
                    0 => None,
                    _ => sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
                        .fetch_one(pool)
                        .await
                        .map_err(|why| StoreError::statement("SCHEMA", why))?,
                }
            }
            Looked::Postgres(pool) => {
                let there: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
                    .fetch_one(pool)
                    .await
                    .map_err(|why| StoreError::statement("SCHEMA", why))?;
                match there {
                    false => None,
                    true => sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
                        .fetch_one(pool)
                        .await
                        .map_err(|why| StoreError::statement("SCHEMA", why))?,
                }
            }
        };
        let known = migrate::known();
        Ok(match newest {
            None => Schema::Missing,
            Some(found) if found > known => Schema::Newer { found },
            Some(found) if found < known => Schema::Older,
            Some(_) => Schema::Current,
        })
    }

    /// A snapshot to read from.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(match &self.database {
            Looked::Sqlite(pool) => Connection::Sqlite(pool.begin().await.map_err(unreachable)?),
            Looked::Postgres(pool) => Connection::Postgres(pool.begin().await.map_err(unreachable)?),
        }))
    }

    /// Lets it go.
    pub async fn close(self) {
        match self.database {
            Looked::Sqlite(pool) => pool.close().await,
            Looked::Postgres(pool) => pool.close().await,
        }
    }
}

impl Location {
    /// Whether somebody has the database now.
    ///
    /// # Errors
    /// When the lock cannot be looked at.
    pub fn in_use(&self) -> Result<InUse, StoreError> {
        match self {
            Self::Postgres(_) => Ok(InUse::Shared),
            Self::Sqlite(path) => match lock(path) {
                Ok(_) => Ok(InUse::No),
                Err(StoreError::Locked(_)) => Ok(InUse::Yes),
                Err(why) => Err(why),
            },
        }
    }
}

async fn sqlite(path: &Path) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(Duration::from_secs(5));
    SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .map_err(unreachable)
}

fn unreachable(why: sqlx::Error) -> StoreError {
    StoreError::Unreachable(Arc::new(why))
}
