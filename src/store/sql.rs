//! Plain SQL for two databases: one text where the dialects agree, two with a reason where they do not.

#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use super::error::to_json;

/// Which of the two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// One statement. Every one is executed on both databases by the contract suite.
#[derive(Debug)]
pub struct Sql {
    pub(super) name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    #[cfg(debug_assertions)]
    executed: [AtomicBool; 2],
}

impl Sql {
    pub(super) const fn same(name: &'static str, text: &'static str) -> Self {
        Self::each(name, text, text)
    }

    pub(super) const fn each(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self {
            name,
            sqlite,
            postgres,
            #[cfg(debug_assertions)]
            executed: [AtomicBool::new(false), AtomicBool::new(false)],
        }
    }

    /// The text to execute; builds for tests remember that it was.
    pub(super) fn text(&self, dialect: Dialect) -> &'static str {
        #[cfg(debug_assertions)]
        self.executed[dialect as usize].store(true, Ordering::Relaxed);
        self.written(dialect)
    }

    /// The text as it is written.
    pub(super) const fn written(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }

    #[cfg(test)]
    pub(super) fn was_executed(&self, dialect: Dialect) -> bool {
        self.executed[dialect as usize].load(Ordering::Relaxed)
    }
}

/// Ids as both databases read them from one value.
pub(super) fn listed(ids: impl Iterator<Item = Uuid>) -> String {
    to_json(&ids.map(id).collect::<Vec<_>>())
}

/// A time as both databases read it from a text: written as a value of its own is.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// An id within a text.
pub(super) fn id(id: Uuid) -> String {
    id.simple().to_string()
}

/// Declares the statements of a module and lists them for the contract suite.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $form:ident($($text:expr),+ $(,)?);)+) => {
        $($(#[$doc])* static $name: $crate::store::sql::Sql = $crate::store::sql::Sql::$form(stringify!($name), $($text),+);)+
        #[cfg(test)]
        pub(super) static STATEMENTS: &[&$crate::store::sql::Sql] = &[$(&$name),+];
    };
}

/// Runs an expression on whichever connection is there, with the right text of a statement.
macro_rules! on {
    ($conn:expr, $sql:expr, |$text:ident, $c:ident| $body:expr) => {
        match $conn {
            $crate::store::tx::Connection::Sqlite(tx) => {
                let $text = $sql.text($crate::store::sql::Dialect::Sqlite);
                let $c = &mut **tx;
                $body
            }
            $crate::store::tx::Connection::Postgres(tx) => {
                let $text = $sql.text($crate::store::sql::Dialect::Postgres);
                let $c = &mut **tx;
                $body
            }
        }
    };
}

/// Executes a statement and tells how many rows it touched.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($tx.connection(), $sql, |text, c| {
            sqlx::query(text)$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected())
        })
        .map(|rows| $tx.touched(rows))
        .map_err(|why| $tx.refused($crate::store::StoreError::statement($sql.name, why)))
    };
}

/// Executes a statement that must touch exactly one row: it names the state that it expects.
macro_rules! expect_one {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match execute!($tx, $sql $(, $bind)*) {
            Ok(1) => Ok(()),
            Ok(_) => Err($crate::store::StoreError::Stale($sql.name)),
            Err(why) => Err(why),
        }
    };
}

/// Fetches one row or none.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($tx.connection(), $sql, |text, c| {
            sqlx::query_as::<_, $row>(text)$(.bind($bind))*.fetch_optional(c).await
        }).map_err(|why| $tx.refused($crate::store::StoreError::statement($sql.name, why)))
    };
}

/// Fetches all rows.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        on!($tx.connection(), $sql, |text, c| {
            sqlx::query_as::<_, $row>(text)$(.bind($bind))*.fetch_all(c).await
        }).map_err(|why| $tx.refused($crate::store::StoreError::statement($sql.name, why)))
    };
}

pub(super) use {execute, expect_one, fetch_all, fetch_optional, on, statements};
