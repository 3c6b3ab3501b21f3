//! What a PostgreSQL server says of itself.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::PgConnection;

/// What a server says of itself; alike as long as no commit can be missing.
const SERVER: &str =
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN (SELECT system_identifier FROM pg_control_system())::text
    || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
    || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())::text END";

/// Which history a database is part of, as far as it can be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(Option<Arc<str>>);

impl History {
    pub(super) fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }

    #[cfg(test)]
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
