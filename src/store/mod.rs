//! SQL, and nothing but: one code for SQLite and PostgreSQL.
//!
//! Use cases are closures given to [`Store::write`]. The store may run several in one transaction, each
//! under a savepoint, and answers each only after COMMIT; [`Committed`] is the witness of that. A use case
//! that went on after a database error is not kept, whatever it answered.
//!
//! Lock order: whoever bumps the organization's gate epoch does it first, before any other row.

mod copies;
mod error;
mod hints;
mod inspect;
mod migrate;
mod moving;
mod open;
mod server;
mod sql;
mod together;
mod tx;
mod writer;

pub mod account_policies;
pub mod accounts;
pub mod adopted_posts;
pub mod attempts;
pub mod attestations;
pub mod care;
pub mod connections;
pub mod corrections;
pub mod credentials;
pub mod deliveries;
pub mod emergencies;
pub mod flows;
pub mod handovers;
pub mod histories;
pub mod holds;
pub mod leases;
pub mod ledger;
pub mod link_looks;
pub mod media;
pub mod nodes;
pub mod organizations;
pub mod outside_looks;
pub mod people;
pub mod policies;
pub mod posts;
pub mod preparations;
pub mod proposals;
pub mod records;
pub mod renditions;
pub mod requests;
pub mod restorations;
pub mod sign_offs;
pub mod withdrawals;

use std::{ops::Deref, sync::Arc};

use futures::future::BoxFuture;
use tokio::sync::watch;

pub use copies::{CopyError, Existing, Put, Verified, back_up, restore};
pub use error::{Inconsistency, StoreError};
pub use inspect::{InUse, Inspection, Schema};
pub use moving::{Doing, MoveError, Moved, Progress, Telling, move_all};
pub use open::Location;
pub use server::History;
pub use together::{Together, all_or_each};
pub use tx::{Reader, Tx};

use open::Database;
use tx::{Connection, Wake};

/// Something that a durable transaction wrote. Only [`Store::write`] makes one, after COMMIT.
#[derive(Debug)]
pub struct Committed<T> {
    value: T,
}

impl<T> Committed<T> {
    /// The value; that it was committed is then no longer provable.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T, E> Committed<Vec<Result<T, E>>> {
    /// Each of several things that one transaction wrote, and what it did not write.
    pub fn each(self) -> impl Iterator<Item = Result<Committed<T>, E>> {
        let values = self.value.into_iter();
        values.map(|value| value.map(|value| Committed { value }))
    }
}

impl<T> Deref for Committed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Hints that something may have become due, since they were last asked for.
#[derive(Debug)]
pub struct Wakes(watch::Receiver<u64>);

impl Wakes {
    /// Returns at the next hint.
    pub async fn woken(&mut self) {
        // The sender lives as long as the store, and without one there is nothing to wait for.
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    database: Arc<Database>,
    wake: Arc<watch::Sender<u64>>,
    urgency: Urgency,
}

/// Whose connections are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    /// Those of everybody.
    Usual,
    /// Those that are kept for emergencies.
    First,
}

impl Store {
    /// Opens a database and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be reached, is in use by another process (SQLite), or a migration fails.
    pub async fn open(location: &Location) -> Result<Self, StoreError> {
        let wake = Arc::new(watch::Sender::new(0));
        let database = Arc::new(Database::open(location, Arc::clone(&wake)).await?);
        Ok(Self {
            database,
            wake,
            urgency: Urgency::Usual,
        })
    }

    /// Runs a use case in a transaction and answers after COMMIT.
    ///
    /// # Errors
    /// What the use case returned (nothing of it is kept), or a [`StoreError`] when the commit failed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<Committed<T>, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        match &*self.database {
            Database::Sqlite(sqlite) => writer::enqueue(&sqlite.writer, work).await,
            Database::Postgres(postgres) => {
                let connection = postgres.begin(self.urgency).await?;
                let mut tx = Tx::new(connection);
                let value = tx.run(work).await?;
                let wake = tx.wants_wake();
                tx.commit().await?;
                if wake == Wake::Yes {
                    postgres.hint();
                    self.wake.send_modify(|wakes| *wakes += 1);
                }
                Ok(value)
            }
        }
        .map(|value| Committed { value })
    }

    /// A snapshot to read from.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        let connection = match &*self.database {
            Database::Sqlite(sqlite) => Connection::Sqlite(
                sqlite
                    .readers
                    .begin()
                    .await
                    .map_err(|why| StoreError::Unreachable(Arc::new(why)))?,
            ),
            Database::Postgres(postgres) => postgres.snapshot(self.urgency).await?,
        };
        Ok(Reader::new(connection))
    }

    /// The same database over connections that wait for nobody else's: for emergencies. SQLite has one writer,
    /// whose queue is short.
    #[must_use]
    pub fn urgent(&self) -> Self {
        Self {
            urgency: Urgency::First,
            ..self.clone()
        }
    }

    /// Which history the database is part of, as the latest connection found it.
    #[must_use]
    pub fn history(&self) -> History {
        match &*self.database {
            Database::Sqlite(_) => History::default(),
            Database::Postgres(postgres) => postgres.latest.get(),
        }
    }

    /// Whether something that was once seen in the database is missing from it: it is another one, or an older
    /// copy.
    ///
    /// # Errors
    /// The database.
    pub async fn lacks_its_past(&self, reader: &mut Reader) -> Result<bool, StoreError> {
        match &*self.database {
            Database::Sqlite(sqlite) => sqlite.beside.is_lacking(reader).await,
            Database::Postgres(postgres) => histories::is_other(reader, &postgres.latest.get()).await,
        }
    }

    /// Notes, outside of what an older copy would bring back, how far the database has come.
    ///
    /// # Errors
    /// The database.
    pub async fn note_its_past(&self) -> Result<(), StoreError> {
        match &*self.database {
            Database::Sqlite(sqlite) => sqlite.beside.note(&mut self.read().await?).await,
            // The server keeps its own.
            Database::Postgres(_) => Ok(()),
        }
    }

    /// Whether no other process can have this database open: then every lease in it is of a dead one.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        matches!(*self.database, Database::Sqlite(_))
    }

    /// Tells when something may have become due: a hint, never the only way to find out.
    #[must_use]
    pub fn wakes(&self) -> Wakes {
        Wakes(self.wake.subscribe())
    }

    /// Waits for what is under way and queued, and closes all connections; later writes are refused.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

#[cfg(test)]
mod tests;
