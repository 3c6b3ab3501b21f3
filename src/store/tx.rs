//! Transactions: a [`Reader`] sees one snapshot, a [`Tx`] may also change it.

use std::{
    ops::{Deref, DerefMut},
    panic::AssertUnwindSafe,
};

use futures::{FutureExt as _, future::BoxFuture};
use sqlx::{Postgres, Sqlite, Transaction};

use super::error::StoreError;

/// A connection with an open transaction, of either database.
#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// An open transaction in which things are read.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    /// The first statement that the database refused.
    refused: Option<StoreError>,
    /// How many rows its statements touched.
    rows: u64,
}

impl Reader {
    pub(super) const fn new(connection: Connection) -> Self {
        Self {
            connection,
            refused: None,
            rows: 0,
        }
    }

    pub(super) const fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Counts the rows that a statement touched.
    pub(super) const fn touched(&mut self, rows: u64) -> u64 {
        self.rows = self.rows.saturating_add(rows);
        rows
    }

    /// Remembers that the database refused a statement.
    pub(super) fn refused(&mut self, why: StoreError) -> StoreError {
        self.refused.get_or_insert_with(|| why.clone());
        why
    }
}

/// An open transaction in which things change. Only [`super::Store::write`] hands one out, and it never
/// lives across a network call.
#[derive(Debug)]
pub struct Tx {
    reader: Reader,
    wake: Wake,
}

/// Whether something became due in this transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wake {
    No,
    Yes,
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

impl Tx {
    pub(super) const fn new(connection: Connection) -> Self {
        Self {
            reader: Reader::new(connection),
            wake: Wake::No,
        }
    }

    /// Tells every dispatcher, after the commit, that something may be due earlier than it thinks.
    pub fn wake_dispatchers(&mut self) {
        self.wake = Wake::Yes;
    }

    pub(super) const fn wants_wake(&self) -> Wake {
        self.wake
    }

    /// Runs a use case. One that panics keeps nothing; nor does one that goes on after the database has
    /// refused a statement, for PostgreSQL has given the transaction up by then, and would answer COMMIT
    /// with a silent rollback. Both databases behave alike.
    pub(super) async fn run<T, E, F>(&mut self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Self) -> BoxFuture<'t, Result<T, E>>,
        E: From<StoreError>,
    {
        let ran = AssertUnwindSafe(async { work(&mut *self).await })
            .catch_unwind()
            .await;
        let refused = self.reader.refused.take();
        match (ran, refused) {
            (Err(_), _) => Err(StoreError::Panicked.into()),
            (Ok(Ok(_)), Some(why)) => Err(why.into()),
            (Ok(result), _) => result,
        }
    }

    pub(super) async fn command(&mut self, text: &'static str) -> Result<(), StoreError> {
        match self.connection() {
            Connection::Sqlite(tx) => sqlx::query(text).execute(&mut **tx).await.map(|_| ()),
            Connection::Postgres(tx) => sqlx::query(text).execute(&mut **tx).await.map(|_| ()),
        }
        .map_err(|why| StoreError::statement(text, why))
    }

    /// How many rows were written, or a little more.
    pub(super) const fn rows(&self) -> u64 {
        self.reader.rows
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self.reader.connection {
            Connection::Sqlite(tx) => tx.commit().await,
            Connection::Postgres(tx) => tx.commit().await,
        }
        .map_err(|why| StoreError::Commit(std::sync::Arc::new(why)))
    }
}
