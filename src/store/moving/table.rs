//! A table as the target's catalogue describes it, and the SQL that this makes.

use chrono::{DateTime, Utc};
use sqlx::{SqlSafeStr as _, SqlStr};
use uuid::Uuid;

use super::{MoveError, postgres};
use crate::store::{StoreError, Tx};

/// A value, alike on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Integer(Option<i64>),
    Time(Option<DateTime<Utc>>),
    Bytes(Option<Vec<u8>>),
}

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Uuid,
    Text,
    Integer,
    Time,
    Bytes,
}

impl Kind {
    fn of(data_type: &str) -> Option<Self> {
        Some(match data_type {
            "uuid" => Self::Uuid,
            "text" => Self::Text,
            "bigint" => Self::Integer,
            "timestamp with time zone" => Self::Time,
            "bytea" => Self::Bytes,
            _ => return None,
        })
    }
}

/// Reads the cells of a row of either database.
macro_rules! cells {
    ($row:expr, $table:expr) => {{
        use sqlx::Row as _;
        let columns = $table.columns.iter().enumerate();
        columns
            .map(|(at, (_, kind))| {
                Ok(match kind {
                    Kind::Uuid => Cell::Uuid($row.try_get(at)?),
                    Kind::Text => Cell::Text($row.try_get(at)?),
                    Kind::Integer => Cell::Integer($row.try_get(at)?),
                    Kind::Time => Cell::Time($row.try_get(at)?),
                    Kind::Bytes => Cell::Bytes($row.try_get(at)?),
                })
            })
            .collect::<Result<Vec<Cell>, sqlx::Error>>()
    }};
}
pub(super) use cells;

/// A table as the target describes it.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<(String, Kind)>,
    key: Vec<String>,
}

impl Table {
    pub(super) async fn read(target: &mut Tx, name: &'static str) -> Result<Self, MoveError> {
        let connection = postgres(target)?;
        let described: Vec<(String, String)> = sqlx::query_as(
            "SELECT column_name::text, data_type::text FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
        )
        .bind(name)
        .fetch_all(&mut **connection)
        .await
        .map_err(|why| StoreError::statement("COLUMNS", why))?;
        let key: Vec<String> = sqlx::query_scalar(
            "SELECT k.column_name::text FROM information_schema.table_constraints c
             JOIN information_schema.key_column_usage k
               ON k.constraint_schema = c.constraint_schema AND k.constraint_name = c.constraint_name
             WHERE c.table_schema = current_schema() AND c.table_name = $1 AND c.constraint_type = 'PRIMARY KEY'
             ORDER BY k.ordinal_position",
        )
        .bind(name)
        .fetch_all(&mut **connection)
        .await
        .map_err(|why| StoreError::statement("KEY", why))?;
        let columns = described.into_iter().map(|(column, data_type)| {
            let kind = Kind::of(&data_type);
            kind.map(|kind| (column, kind)).ok_or_else(|| {
                StoreError::Moving(format!("{name} has a column of the unknown type {data_type}"))
            })
        });
        Ok(Self {
            name,
            columns: columns.collect::<Result<_, _>>()?,
            key,
        })
    }

    fn list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    /// All rows in the order of the key, which both databases share: byte by byte.
    pub(super) fn select(&self, text_order: &str) -> SqlStr {
        let key: Vec<String> = self
            .key
            .iter()
            .map(|name| {
                let text = self
                    .columns
                    .iter()
                    .any(|(column, kind)| column == name && matches!(kind, Kind::Text));
                format!("{name}{}", if text { text_order } else { "" })
            })
            .collect();
        made(format!(
            "SELECT {} FROM {} ORDER BY {}",
            self.list(),
            self.name,
            key.join(", ")
        ))
    }

    pub(super) fn insert(&self, rows: usize) -> SqlStr {
        let width = self.columns.len();
        let row = |row: usize| {
            let places: Vec<String> = (1..=width).map(|at| format!("${}", row * width + at)).collect();
            format!("({})", places.join(", "))
        };
        let all: Vec<String> = (0..rows).map(row).collect();
        made(format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.name,
            self.list(),
            all.join(", ")
        ))
    }
}

/// SQL from the names of our own tables, which the catalogue told.
#[expect(
    clippy::disallowed_methods,
    reason = "names cannot be bound, and these are of our own migrations; values are bound"
)]
pub(super) fn made(sql: String) -> SqlStr {
    sqlx::AssertSqlSafe(sql).into_sql_str()
}
