//! Times to which this database was set back: what happened after them is not in it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    StoreError,
    deliveries::{self, Row, Stored, parse_all},
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::ids::{OrganizationId, RestorationId};

statements! {
    INSERT = same("INSERT INTO restorations (id, as_of) VALUES ($1, $2)");
    SELECT_OPEN = same("SELECT id, as_of FROM restorations WHERE handled_at IS NULL ORDER BY as_of, id LIMIT 1");
    HANDLE = same("UPDATE restorations SET handled_at = $1 WHERE handled_at IS NULL");
    SELECT = same("SELECT id, as_of FROM restorations WHERE id = $1");
    /// Everything approved that has not come to an end: after a restoration none of it may simply go on.
    SELECT_IN_MOTION = same(
        concat!("SELECT ", deliveries::columns!(), "
         FROM deliveries WHERE organization_id = $1 AND state IN ('waiting', 'claimed', 'publishing') ORDER BY id"),
    );
    SELECT_TO_LOOK_FOR = same(
        concat!("SELECT ", deliveries::columns!(), "
         FROM deliveries WHERE hold_cause = 'restored' ORDER BY since, id LIMIT $1"),
    );
    SELECT_NEWEST_ENTRY = same("SELECT at FROM ledger_entries ORDER BY id DESC LIMIT 1");
}

/// A time to which the database was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restoration {
    /// Its id.
    pub id: RestorationId,
    /// What happened after this is not known.
    pub as_of: DateTime<Utc>,
}

impl From<(Uuid, DateTime<Utc>)> for Restoration {
    fn from((id, as_of): (Uuid, DateTime<Utc>)) -> Self {
        Self {
            id: RestorationId::new(id),
            as_of,
        }
    }
}

/// Marks the database as set back: whoever serves it next holds what may have left meanwhile.
///
/// # Errors
/// The database.
pub async fn mark(tx: &mut Tx, restoration: Restoration) -> Result<(), StoreError> {
    expect_one!(tx, INSERT, restoration.id.uuid(), restoration.as_of)
}

/// The earliest restoration that nobody has handled yet.
///
/// # Errors
/// The database.
pub async fn open(reader: &mut Reader) -> Result<Option<Restoration>, StoreError> {
    Ok(fetch_optional!(reader, (Uuid, DateTime<Utc>), SELECT_OPEN)?.map(Restoration::from))
}

/// Notes that everything which may have left is held.
///
/// # Errors
/// The database.
pub async fn handle(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), StoreError> {
    execute!(tx, HANDLE, now).map(drop)
}

/// One restoration.
///
/// # Errors
/// The database.
pub async fn find(reader: &mut Reader, id: RestorationId) -> Result<Option<Restoration>, StoreError> {
    Ok(fetch_optional!(reader, (Uuid, DateTime<Utc>), SELECT, id.uuid())?.map(Restoration::from))
}

/// Everything approved that has not come to an end.
///
/// # Errors
/// The database, or an impossible row.
pub async fn in_motion(reader: &mut Reader, organization: OrganizationId) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(reader, Row, SELECT_IN_MOTION, organization.uuid())?)
}

/// What is held because the database was restored: it may be out.
///
/// # Errors
/// The database, or an impossible row.
pub async fn to_look_for(reader: &mut Reader, limit: i64) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(reader, Row, SELECT_TO_LOOK_FOR, limit)?)
}

/// The time of the newest thing that the database knows of.
///
/// # Errors
/// The database.
pub async fn newest_entry(reader: &mut Reader) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(fetch_optional!(reader, (DateTime<Utc>,), SELECT_NEWEST_ENTRY)?.map(|(at,)| at))
}
