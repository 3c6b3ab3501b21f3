//! Claiming what is due, and when there is something to do.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Row, Stored, parse_all};
use crate::{
    domain::{
        flow::Priority,
        ids::{AccountId, DeliveryId, OrganizationId},
    },
    store::{
        StoreError,
        sql::{fetch_all, fetch_optional, listed, on, statements},
        tx::{Reader, Tx},
    },
};

statements! {
    /// What is due, the longest waiting first; what is past its grace is left for the sweep to miss. Accounts whose
    /// circuit is open, that their platform puts off, or that this node has enough of wait. PostgreSQL has other
    /// writers and skips the rows they hold; SQLite has one writer, so nobody else holds any.
    SELECT_DUE = each(
        "SELECT d.id, d.organization_id, d.account_id FROM deliveries d
         WHERE d.state = 'waiting' AND d.priority = $1 AND d.due_at <= $2 AND d.miss_at > $2
             AND NOT EXISTS (SELECT 1 FROM account_flows f WHERE f.account_id = d.account_id
                             AND (f.refused_until > $2 OR ($1 = 0 AND f.open_until > $2)))
             AND lower(hex(d.account_id)) NOT IN (SELECT value FROM json_each($3))
         ORDER BY d.due_at, d.id LIMIT $4",
        "SELECT d.id, d.organization_id, d.account_id FROM deliveries d
         WHERE d.state = 'waiting' AND d.priority = $1 AND d.due_at <= $2 AND d.miss_at > $2
             AND NOT EXISTS (SELECT 1 FROM account_flows f WHERE f.account_id = d.account_id
                             AND (f.refused_until > $2 OR ($1 = 0 AND f.open_until > $2)))
             AND replace(d.account_id::text, '-', '') NOT IN (SELECT jsonb_array_elements_text($3::jsonb))
         ORDER BY d.due_at, d.id LIMIT $4 FOR UPDATE OF d SKIP LOCKED",
    );
    /// A lease and a fence that grows, for rows of [`SELECT_DUE`].
    CLAIM = each(
        concat!("UPDATE deliveries SET state = 'claimed', fence = fence + 1, lease_owner = $1, lease_until = $2, due_at = NULL
         WHERE state = 'waiting' AND id IN (SELECT unhex(value) FROM json_each($3))
         RETURNING ", columns!(), ""),
        concat!("UPDATE deliveries SET state = 'claimed', fence = fence + 1, lease_owner = $1, lease_until = $2, due_at = NULL
         WHERE state = 'waiting' AND id IN (SELECT value::uuid FROM jsonb_array_elements_text($3::jsonb))
         RETURNING ", columns!(), ""),
    );
    /// When the first delivery is due that may be claimed then, or an account opens again.
    SELECT_NEXT_DUE = same(
        "SELECT MIN(at) FROM (
            SELECT (SELECT d.due_at FROM deliveries d WHERE d.state = 'waiting' AND d.priority = $1
                        AND NOT EXISTS (SELECT 1 FROM account_flows f WHERE f.account_id = d.account_id
                                        AND (f.refused_until > $2 OR ($1 = 0 AND f.open_until > $2)))
                    ORDER BY d.due_at LIMIT 1) AS at
            UNION ALL SELECT MIN(refused_until) FROM account_flows WHERE refused_until > $2
            UNION ALL SELECT MIN(open_until) FROM account_flows WHERE $1 = 0 AND open_until > $2) AS nexts",
    );
    /// When the first lease or grace is over.
    SELECT_NEXT_END = same(
        "SELECT MIN(at) FROM (
            SELECT MIN(lease_until) AS at FROM deliveries WHERE state IN ('claimed', 'publishing')
            UNION ALL SELECT MIN(miss_at) FROM deliveries WHERE state IN ('pending', 'waiting', 'held')
                      AND hold_cause IS DISTINCT FROM 'restored') AS nexts",
    );
    SELECT_NEXT_LOOK = same("SELECT MIN(look_at) FROM deliveries WHERE state = 'unknown'");
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Ordinary posts, or emergencies.
    pub priority: Priority,
    /// Accounts of which there is enough.
    pub but_not: &'a [AccountId],
    /// How many at most.
    pub limit: i64,
}

/// A delivery that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Its id.
    pub id: DeliveryId,
    /// Its organization.
    pub organization: OrganizationId,
    /// Its account.
    pub account: AccountId,
}

/// What is due, the longest waiting first, kept from others until the transaction ends.
///
/// # Errors
/// The database.
pub async fn due(tx: &mut Tx, wanted: Wanted<'_>, now: DateTime<Utc>) -> Result<Vec<Due>, StoreError> {
    let rows = fetch_all!(
        tx,
        (Uuid, Uuid, Uuid),
        SELECT_DUE,
        i64::from(wanted.priority == Priority::Emergency),
        now,
        listed(wanted.but_not.iter().map(|account| account.uuid())),
        wanted.limit
    )?;
    let due = |(id, organization, account)| Due {
        id: DeliveryId::new(id),
        organization: OrganizationId::new(organization),
        account: AccountId::new(account),
    };
    Ok(rows.into_iter().map(due).collect())
}

/// Claims what this transaction found due: a lease, and a fence that grows.
///
/// # Errors
/// The database, or an impossible row.
pub async fn claim(
    tx: &mut Tx,
    these: &[DeliveryId],
    owner: &str,
    until: DateTime<Utc>,
) -> Result<Vec<Stored>, StoreError> {
    if these.is_empty() {
        return Ok(Vec::new());
    }
    let these = listed(these.iter().map(|id| id.uuid()));
    let mut claimed = parse_all(fetch_all!(tx, Row, CLAIM, owner, until, these)?)?;
    tx.touched(claimed.len() as u64);
    // RETURNING has no order of its own.
    claimed.sort_by_key(|stored| (stored.delivery.publish_at, stored.delivery.id));
    Ok(claimed)
}

/// When the first delivery is due that may be claimed then, or an account opens again.
///
/// # Errors
/// The database.
pub async fn next_due(
    reader: &mut Reader,
    priority: Priority,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let priority = i64::from(priority == Priority::Emergency);
    let row = fetch_optional!(reader, (Option<DateTime<Utc>>,), SELECT_NEXT_DUE, priority, now)?;
    Ok(row.and_then(|(at,)| at))
}

/// When the first lease or grace is over.
///
/// # Errors
/// The database.
pub async fn next_end(reader: &mut Reader) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row = fetch_optional!(reader, (Option<DateTime<Utc>>,), SELECT_NEXT_END)?;
    Ok(row.and_then(|(at,)| at))
}

/// When the first doubt is to be looked at.
///
/// # Errors
/// The database.
pub async fn next_look(reader: &mut Reader) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row = fetch_optional!(reader, (Option<DateTime<Utc>>,), SELECT_NEXT_LOOK)?;
    Ok(row.and_then(|(at,)| at))
}

/// When anything is to be done.
///
/// # Errors
/// The database.
pub async fn next_instant(
    reader: &mut Reader,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let nexts = [
        next_due(reader, Priority::Emergency, now).await?,
        next_due(reader, Priority::Ordinary, now).await?,
        next_end(reader).await?,
        next_look(reader).await?,
    ];
    Ok(nexts.into_iter().flatten().min())
}
