//! Embedded migrations: twins with the same numbers for the two databases, forward only. A schema that a newer
//! program made is refused: nobody knows what its columns mean.

use std::sync::Arc;

use sqlx::{
    PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
};

use super::error::StoreError;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// The newest schema that this program knows.
pub(super) fn known() -> i64 {
    SQLITE
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

pub(super) async fn sqlite(pool: &SqlitePool) -> Result<(), StoreError> {
    SQLITE.run(pool).await.map_err(refused)
}

pub(super) async fn postgres(pool: &PgPool) -> Result<(), StoreError> {
    POSTGRES.run(pool).await.map_err(refused)
}

fn refused(why: MigrateError) -> StoreError {
    match why {
        MigrateError::VersionMissing(found) if found > known() => StoreError::NewerSchema {
            found,
            known: known(),
        },
        why => StoreError::Migration(Arc::new(why)),
    }
}
