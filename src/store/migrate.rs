//! Embedded migrations: twins with the same numbers for the two databases, forward only.

use std::sync::Arc;

use sqlx::{PgPool, SqlitePool, migrate::Migrator};

use super::error::StoreError;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

pub(super) async fn sqlite(pool: &SqlitePool) -> Result<(), StoreError> {
    SQLITE
        .run(pool)
        .await
        .map_err(|why| StoreError::Migration(Arc::new(why)))
}

pub(super) async fn postgres(pool: &PgPool) -> Result<(), StoreError> {
    POSTGRES
        .run(pool)
        .await
        .map_err(|why| StoreError::Migration(Arc::new(why)))
}
