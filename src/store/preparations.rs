//! What platforms gave before anything was in public, delivery by delivery and part by part.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    StoreError,
    error::inconsistent,
    sql::{execute, expect_one, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{delivery::Delivery, preparation::Handles};

statements! {
    SELECT = same(
        "SELECT handles FROM preparations
         WHERE delivery_id = $1 AND organization_id = $2 AND generation = $3 AND part = $4 AND began_at > $5",
    );
    /// Takes the right to prepare: nobody else has it, or their time is over. What is too old begins anew.
    TAKE = same(
        "INSERT INTO preparations (delivery_id, organization_id, generation, part, handles, began_at, worker, lease_until)
         VALUES ($1, $2, $3, $4, '{}', $5, $6, $7)
         ON CONFLICT (delivery_id, generation, part) DO UPDATE
         SET worker = $6, lease_until = $7,
             handles = CASE WHEN preparations.began_at > $8 THEN preparations.handles ELSE '{}' END,
             began_at = CASE WHEN preparations.began_at > $8 THEN preparations.began_at ELSE $5 END
         WHERE preparations.worker = $6 OR preparations.lease_until <= $5",
    );
    KEEP = same(
        "UPDATE preparations SET handles = $1
         WHERE delivery_id = $2 AND organization_id = $3 AND generation = $4 AND part = $5 AND worker = $6",
    );
    /// What an answer gave is a fact, whoever has the turn.
    GIVEN = same(
        "UPDATE preparations SET handles = $1
         WHERE delivery_id = $2 AND organization_id = $3 AND generation = $4 AND part = $5",
    );
    RELEASE = same(
        "UPDATE preparations SET lease_until = $1, ready_at = $7, worker = ''
         WHERE delivery_id = $2 AND organization_id = $3 AND generation = $4 AND part = $5 AND worker = $6",
    );
    FORGET = same(
        "DELETE FROM preparations WHERE delivery_id = $1 AND organization_id = $2 AND generation = $3 AND part = $4",
    );
}

/// Which preparation: of the part of a delivery that goes next, under its latest order to send.
fn key(delivery: &Delivery) -> (i64, i64) {
    (i64::from(delivery.generation), i64::from(delivery.series.out()))
}

#[derive(Debug, FromRow)]
struct Row {
    handles: String,
}

/// What was given for the next part of a delivery, if not before `since`.
///
/// # Errors
/// The database, or an impossible row.
pub async fn handles(
    reader: &mut Reader,
    delivery: &Delivery,
    since: DateTime<Utc>,
) -> Result<Handles, StoreError> {
    let (generation, part) = key(delivery);
    let row: Option<Row> = fetch_optional!(
        reader,
        Row,
        SELECT,
        delivery.id.uuid(),
        delivery.organization.uuid(),
        generation,
        part,
        since
    )?;
    row.map_or_else(
        || Ok(Handles::default()),
        |row| {
            serde_json::from_str(&row.handles)
                .map_err(|why| inconsistent("preparations", "handles", delivery.id, why))
        },
    )
}

/// Who prepares, and until when nobody else does.
#[derive(Debug, Clone)]
pub struct Turn<'a> {
    /// The worker.
    pub worker: &'a str,
    /// When it takes its turn.
    pub now: DateTime<Utc>,
    /// Until when it has it.
    pub until: DateTime<Utc>,
    /// What began before that is begun anew.
    pub since: DateTime<Utc>,
}

/// Whether somebody may prepare now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is our turn.
    Ours,
    /// Somebody else is at it.
    Theirs,
}

/// Takes the right to prepare the next part of a delivery.
///
/// # Errors
/// The database.
pub async fn take(tx: &mut Tx, delivery: &Delivery, turn: &Turn<'_>) -> Result<Taken, StoreError> {
    let (generation, part) = key(delivery);
    let rows = execute!(
        tx,
        TAKE,
        delivery.id.uuid(),
        delivery.organization.uuid(),
        generation,
        part,
        turn.now,
        turn.worker,
        turn.until,
        turn.since,
    )?;
    Ok(if rows == 1 { Taken::Ours } else { Taken::Theirs })
}

/// Keeps what a step gave.
///
/// # Errors
/// [`StoreError::Stale`] when it is somebody else's turn; the database.
pub async fn keep(
    tx: &mut Tx,
    delivery: &Delivery,
    worker: &str,
    handles: &Handles,
) -> Result<(), StoreError> {
    let (generation, part) = key(delivery);
    // A map of texts always has a JSON form.
    let handles = serde_json::to_string(handles).unwrap_or_default();
    expect_one!(
        tx,
        KEEP,
        handles,
        delivery.id.uuid(),
        delivery.organization.uuid(),
        generation,
        part,
        worker,
    )
}

/// Keeps the id of a call that the platform took and carries out later. Where nothing was prepared there is no place
/// for it, and a repetition under the same key asks for it anew.
///
/// # Errors
/// The database, or an impossible row.
pub async fn taken(tx: &mut Tx, delivery: &Delivery, id: String) -> Result<(), StoreError> {
    let known = handles(tx, delivery, DateTime::UNIX_EPOCH).await?;
    let (generation, part) = key(delivery);
    // A map of texts always has a JSON form.
    let handles = serde_json::to_string(&known.with_taken(id)).unwrap_or_default();
    execute!(
        tx,
        GIVEN,
        handles,
        delivery.id.uuid(),
        delivery.organization.uuid(),
        generation,
        part,
    )?;
    Ok(())
}

/// How a turn ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnEnd {
    /// Nothing is left to do.
    Ready(DateTime<Utc>),
    /// Nobody needs to ask before.
    Until(DateTime<Utc>),
}

/// Ends one's turn.
///
/// # Errors
/// The database.
pub async fn release(tx: &mut Tx, delivery: &Delivery, worker: &str, end: TurnEnd) -> Result<(), StoreError> {
    let (until, ready_at) = match end {
        TurnEnd::Ready(now) => (now, Some(now)),
        TurnEnd::Until(until) => (until, None),
    };
    let (generation, part) = key(delivery);
    execute!(
        tx,
        RELEASE,
        until,
        delivery.id.uuid(),
        delivery.organization.uuid(),
        generation,
        part,
        worker,
        ready_at,
    )?;
    Ok(())
}

/// Forgets what was given: the platform knows it no longer.
///
/// # Errors
/// The database.
pub async fn forget(tx: &mut Tx, delivery: &Delivery) -> Result<(), StoreError> {
    let (generation, part) = key(delivery);
    execute!(
        tx,
        FORGET,
        delivery.id.uuid(),
        delivery.organization.uuid(),
        generation,
        part,
    )?;
    Ok(())
}
