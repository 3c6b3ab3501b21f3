//! Moves everything from one database to the other: table by table, in one transaction, and then every row is
//! compared. What the tables look like is read from the target's own catalogue.

mod table;

use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use self::table::{Cell, Kind, Table, cells, made};
use super::{
    Store, StoreError,
    copies::{CopyError, Verified, whole},
    restorations::{self, Restoration},
    tx::{Connection, Reader, Tx},
};
use crate::{domain::ids::RestorationId, fault};

/// Every table, each after those that it refers to. The one exception is a policy in force, which is set when
/// the policies are there.
pub(super) const TABLES: &[&str] = &[
    "organizations",
    "divisions",
    "users",
    "policies",
    "policy_proposals",
    "policy_signatures",
    "accounts",
    "account_flows",
    "account_divisions",
    "account_policies",
    "records",
    "link_looks",
    "outside_looks",
    "role_grants",
    "api_tokens",
    "credentials",
    "credential_care",
    "handover_keys",
    "handovers",
    "adopted_posts",
    "connections",
    "media",
    "media_renditions",
    "media_links",
    "posts",
    "revisions",
    "revision_media",
    "sign_offs",
    "attestations",
    "deliveries",
    "preparations",
    "attempts",
    "holds",
    "emergencies",
    "emergency_accounts",
    "withdrawals",
    "after_reviews",
    "ledger_entries",
    "ledger_unsealed",
    "ledger_seals",
    "ledger_heads",
    "requests",
    "leases",
    "nodes",
    "histories",
    "restorations",
];

/// How many rows go in one statement; with the widest table this stays below PostgreSQL's 65,535 values.
const BATCH: usize = 500;

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// Only from SQLite to PostgreSQL.
    #[error("a town moves from SQLite to PostgreSQL; there is no other direction")]
    Direction,
    /// The target has rows.
    #[error("the target is not empty: there are rows in {0}")]
    NotEmpty(String),
    /// The gateway did not stop as it should.
    #[error(
        "the gateway that used the source did not end as it should, and something may be under way: start `serve` on it once, wait a moment and stop it"
    )]
    UnderWay,
    /// A row is not the same on both sides.
    #[error("row {row} of {table} is not the same on both sides; nothing was moved")]
    Differs {
        /// The table.
        table: String,
        /// Which row, counted from 1 in the order of the key.
        row: u64,
    },
    /// The ledger of what was moved is not whole.
    #[error(transparent)]
    Ledger(#[from] CopyError),
    /// A database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Rows are copied.
    Copying,
    /// Rows are compared.
    Comparing,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub doing: Doing,
    /// The table.
    pub table: &'static str,
    /// How many rows of it are done.
    pub done: u64,
    /// How many there are.
    pub of: u64,
}

/// Tells somebody how far it is.
pub type Telling = Box<dyn FnMut(Progress) + Send>;

/// What was moved.
#[derive(Debug)]
pub struct Moved {
    /// How many rows.
    pub rows: u64,
    /// The ledgers that were verified in the target.
    pub verified: Vec<Verified>,
}

/// Moves everything from SQLite to an empty PostgreSQL database. The source is marked as a copy just before
/// the target commits: served again by mistake, it holds everything.
///
/// # Errors
/// See [`MoveError`]; the target is empty then.
pub async fn move_all(
    source: &Store,
    target: &Store,
    mark: RestorationId,
    now: DateTime<Utc>,
    mut tell: Telling,
) -> Result<Moved, MoveError> {
    let mut reader = source.read().await?;
    if !source.is_exclusive() || target.is_exclusive() {
        return Err(MoveError::Direction);
    }
    let source = source.clone();
    let moved = target
        .write(move |tx| {
            Box::pin(async move {
                at_rest(&mut reader).await?;
                let mut rows = 0;
                let mut tables = Vec::with_capacity(TABLES.len());
                for name in TABLES {
                    let table = Table::read(tx, name).await?;
                    rows += copy(&mut reader, tx, &table, &mut tell).await?;
                    if *name == "policies" {
                        put_policies_in_force(&mut reader, tx).await?;
                    }
                    tables.push(table);
                }
                for table in &tables {
                    compare(&mut reader, tx, table, &mut tell).await?;
                }
                let verified = whole(tx, now).await?;
                drop(reader);
                fault::point("moving");
                source
                    .write(move |tx| {
                        Box::pin(
                            async move { restorations::mark(tx, Restoration { id: mark, as_of: now }).await },
                        )
                    })
                    .await?;
                fault::point("marked");
                Ok::<_, MoveError>(Moved { rows, verified })
            })
        })
        .await?;
    Ok(moved.into_inner())
}

/// Nothing is under way in the source: whoever used it stopped as it should.
async fn at_rest(reader: &mut Reader) -> Result<(), MoveError> {
    let busy: i64 = sqlx::query_scalar(
        "SELECT (SELECT COUNT(*) FROM nodes) + (SELECT COUNT(*) FROM deliveries WHERE state IN ('claimed', 'publishing'))",
    )
    .fetch_one(&mut **sqlite(reader)?)
    .await
    .map_err(|why| StoreError::statement("AT_REST", why))?;
    match busy {
        0 => Ok(()),
        _ => Err(MoveError::UnderWay),
    }
}

async fn copy(
    source: &mut Reader,
    target: &mut Tx,
    table: &Table,
    tell: &mut Telling,
) -> Result<u64, MoveError> {
    let failed = |why| StoreError::statement(table.name, why);
    let count = made(format!("SELECT COUNT(*) FROM {}", table.name));
    let connection = postgres(target)?;
    let there: i64 = sqlx::query_scalar(count.clone())
        .fetch_one(&mut **connection)
        .await
        .map_err(failed)?;
    if there > 0 {
        return Err(MoveError::NotEmpty(table.name.to_owned()));
    }
    let of: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut **sqlite(source)?)
        .await
        .map_err(failed)?;
    let of = u64::try_from(of).unwrap_or_default();
    let mut done = 0;
    let mut rows = sqlx::query(table.select("")).fetch(&mut **sqlite(source)?);
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH
            && let Some(row) = rows.try_next().await.map_err(failed)?
        {
            batch.push(cells!(row, table).map_err(failed)?);
        }
        if batch.is_empty() {
            return Ok(done);
        }
        done += u64::try_from(batch.len()).unwrap_or_default();
        insert(connection, table, batch).await?;
        tell(Progress {
            doing: Doing::Copying,
            table: table.name,
            done,
            of,
        });
    }
}

async fn insert(
    connection: &mut Transaction<'static, Postgres>,
    table: &Table,
    rows: Vec<Vec<Cell>>,
) -> Result<(), StoreError> {
    let mut query = sqlx::query(table.insert(rows.len())).persistent(false);
    for (at, cell) in rows.into_iter().flat_map(|row| row.into_iter().enumerate()) {
        query = match cell {
            // It refers forward, to policies that are not there yet.
            Cell::Uuid(_) if table.name == "organizations" && table.columns[at].0 == "policy_id" => {
                query.bind(None::<Uuid>)
            }
            Cell::Uuid(value) => query.bind(value),
            Cell::Text(value) => query.bind(value),
            Cell::Integer(value) => query.bind(value),
            Cell::Time(value) => query.bind(value),
            Cell::Bytes(value) => query.bind(value),
        };
    }
    let done = query.execute(&mut **connection).await;
    done.map(drop)
        .map_err(|why| StoreError::statement(table.name, why))
}

async fn put_policies_in_force(source: &mut Reader, target: &mut Tx) -> Result<(), MoveError> {
    let failed = |why| StoreError::statement("policy_id", why);
    let in_force: Vec<(Uuid, Uuid)> =
        sqlx::query_as("SELECT id, policy_id FROM organizations WHERE policy_id IS NOT NULL ORDER BY id")
            .fetch_all(&mut **sqlite(source)?)
            .await
            .map_err(failed)?;
    for (organization, policy) in in_force {
        sqlx::query("UPDATE organizations SET policy_id = $1 WHERE id = $2")
            .bind(policy)
            .bind(organization)
            .execute(&mut **postgres(target)?)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

/// Reads both sides again, in the same order, and compares every value.
async fn compare(
    source: &mut Reader,
    target: &mut Tx,
    table: &Table,
    tell: &mut Telling,
) -> Result<(), MoveError> {
    let failed = |why| StoreError::statement(table.name, why);
    let mut theirs = sqlx::query(table.select(" COLLATE \"C\"")).fetch(&mut **postgres(target)?);
    let mut ours = sqlx::query(table.select("")).fetch(&mut **sqlite(source)?);
    let mut row = 0;
    loop {
        let left = ours.try_next().await.map_err(failed)?;
        let right = theirs.try_next().await.map_err(failed)?;
        row += 1;
        let same = match (left, right) {
            (None, None) => break,
            (Some(left), Some(right)) => {
                cells!(left, table).map_err(failed)? == cells!(right, table).map_err(failed)?
            }
            _ => false,
        };
        if !same {
            let table = table.name.to_owned();
            return Err(MoveError::Differs { table, row });
        }
    }
    tell(Progress {
        doing: Doing::Comparing,
        table: table.name,
        done: row - 1,
        of: row - 1,
    });
    Ok(())
}

fn sqlite(reader: &mut Reader) -> Result<&mut Transaction<'static, sqlx::Sqlite>, MoveError> {
    match reader.connection() {
        Connection::Sqlite(tx) => Ok(tx),
        Connection::Postgres(_) => Err(MoveError::Direction),
    }
}

fn postgres(tx: &mut Tx) -> Result<&mut Transaction<'static, Postgres>, MoveError> {
    match tx.connection() {
        Connection::Postgres(tx) => Ok(tx),
        Connection::Sqlite(_) => Err(MoveError::Direction),
    }
}
