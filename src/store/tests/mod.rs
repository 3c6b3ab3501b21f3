//! What the store promises, asked of both databases: every test has a SQLite file or a PostgreSQL database
//! of its own.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt as _;
use sqlx::{
    Connection as _, FromRow, PgConnection, PgPool, SqlSafeStr, SqlStr, SqlitePool,
    postgres::{PgPoolOptions, PgRow},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow},
};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

use super::{Location, Reader, Store, sql::Dialect};
use crate::clock::{Ids, ManualClock};

/// Runs a use case whose last expression is its result.
macro_rules! change {
    ($db:expr, |$tx:ident| $body:expr) => {
        $db.store
            .write(move |$tx| Box::pin(async move { $body }))
            .await
            .map($crate::store::Committed::into_inner)
    };
}

mod checks;
mod claims;
mod commits;
mod guards;
mod intents;
mod ledger;
mod model;
mod plans;
mod requests;
mod schema;
mod seals;
mod story;
mod times;
mod town;
mod transitions;
mod words;

/// The servers on which the PostgreSQL cases make their databases.
const SERVER: &str = "SEKISHO_TEST_POSTGRES";

/// A database of one test.
struct Db {
    store: Store,
    location: Location,
    dialect: Dialect,
    ids: Ids,
    raw: Raw,
    /// Goes away with the file in it.
    _directory: Option<TempDir>,
}

/// A second way into the same database, for what the store has no statement for.
enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Marks SQL that a test puts together from its own constants.
#[expect(
    clippy::disallowed_methods,
    reason = "tests bend tables in ways that the store has no statement for"
)]
fn made(sql: impl Into<String>) -> SqlStr {
    sqlx::AssertSqlSafe(sql.into()).into_sql_str()
}

/// Runs a test on a database that is gone afterwards, however the test ends.
async fn on(dialect: Dialect, test: impl AsyncFnOnce(&Db)) {
    match dialect {
        Dialect::Sqlite => {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("test.db");
            let location = Location::Sqlite(path.clone());
            let store = Store::open(&location).await.unwrap();
            let options = SqliteConnectOptions::new().filename(path).foreign_keys(true);
            let raw = SqlitePoolOptions::new()
                .max_connections(1)
                .connect_with(options)
                .await
                .unwrap();
            let db = Db::new(store, location, Raw::Sqlite(raw), Some(directory));
            test(&db).await;
            db.store.close().await;
        }
        Dialect::Postgres => {
            let Ok(server) = std::env::var(SERVER) else {
                println!("skipped: {SERVER} is not set");
                return;
            };
            let name = format!("sekisho_test_{}", ids().next().simple());
            let mut url = Url::parse(&server).unwrap();
            url.set_path(&name);
            let mut admin = PgConnection::connect(&server).await.unwrap();
            sqlx::query(made(format!("CREATE DATABASE {name}")))
                .execute(&mut admin)
                .await
                .unwrap();
            let url = url.to_string();
            let ran = AssertUnwindSafe(async {
                let location: Location = url.parse().unwrap();
                let store = Store::open(&location).await.unwrap();
                let raw = PgPoolOptions::new()
                    .max_connections(1)
                    .connect(&url)
                    .await
                    .unwrap();
                let db = Db::new(store, location, Raw::Postgres(raw), None);
                test(&db).await;
                db.store.close().await;
            })
            .catch_unwind()
            .await;
            let _ = sqlx::query(made(format!("DROP DATABASE {name} WITH (FORCE)")))
                .execute(&mut admin)
                .await;
            if let Err(panic) = ran {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

fn ids() -> Ids {
    Ids::new(Arc::new(ManualClock::new(town::at(0))))
}

impl Db {
    fn new(store: Store, location: Location, raw: Raw, directory: Option<TempDir>) -> Self {
        let dialect = match raw {
            Raw::Sqlite(_) => Dialect::Sqlite,
            Raw::Postgres(_) => Dialect::Postgres,
        };
        Self {
            store,
            location,
            dialect,
            ids: ids(),
            raw,
            _directory: directory,
        }
    }

    async fn reader(&self) -> Reader {
        self.store.read().await.unwrap()
    }

    /// Executes any SQL; `$1`… are ids.
    async fn raw(&self, sql: impl Into<String>, ids: &[Uuid]) -> Result<u64, sqlx::Error> {
        macro_rules! execute_on {
            ($pool:expr) => {
                ids.iter()
                    .fold(sqlx::query(made(sql)).persistent(false), |query, id| {
                        query.bind(*id)
                    })
                    .execute($pool)
                    .await
                    .map(|done| done.rows_affected())
            };
        }
        match &self.raw {
            Raw::Sqlite(pool) => execute_on!(pool),
            Raw::Postgres(pool) => execute_on!(pool),
        }
    }

    /// Fetches rows with any SQL; `$1`… are ids.
    async fn rows<R>(&self, sql: impl Into<String>, ids: &[Uuid]) -> Vec<R>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        macro_rules! fetch_from {
            ($pool:expr) => {
                ids.iter()
                    .fold(sqlx::query_as(made(sql)).persistent(false), |query, id| {
                        query.bind(*id)
                    })
                    .fetch_all($pool)
                    .await
                    .unwrap()
            };
        }
        match &self.raw {
            Raw::Sqlite(pool) => fetch_from!(pool),
            Raw::Postgres(pool) => fetch_from!(pool),
        }
    }

    /// How many rows a query counts.
    async fn count(&self, sql: &str) -> i64 {
        self.rows::<(i64,)>(sql, &[]).await[0].0
    }

    /// How this database writes bytes in SQL.
    fn bytes(&self, bytes: &[u8]) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("x'{}'", hex::encode(bytes)),
            Dialect::Postgres => format!("'\\x{}'::bytea", hex::encode(bytes)),
        }
    }
}
