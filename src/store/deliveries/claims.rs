//! Claiming what is due, and when there is something to do.

use chrono::{DateTime, Utc};

use super::{Row, Stored, parse_all};
use crate::{
    domain::{delivery::Delivery, flow::Priority, ids::AccountId},
    store::{
        StoreError,
        error::to_json,
        sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
        tx::{Reader, Tx},
    },
};

statements! {
    /// Emergencies first, then by time; what is past its grace is left for the sweep to miss. PostgreSQL
    /// has other writers and skips the rows they hold; SQLite has one writer, so nobody else holds any.
    /// There the rows are chosen once: a subquery could be run again for every row, and go over the limit.
    /// Accounts whose circuit is open, that their platform puts off, or that this node has enough of wait.
    CLAIM = each(
        concat!("UPDATE deliveries SET state = 'claimed', fence = fence + 1, lease_owner = $1, lease_until = $2, due_at = NULL
         WHERE id IN (
             SELECT d.id FROM deliveries d WHERE d.state = 'waiting' AND d.priority = $5 AND d.due_at <= $3 AND d.miss_at > $3
                 AND NOT EXISTS (SELECT 1 FROM account_flows f WHERE f.account_id = d.account_id
                                 AND (f.refused_until > $3 OR ($5 = 0 AND f.open_until > $3)))
                 AND lower(hex(d.account_id)) NOT IN (SELECT value FROM json_each($6))
             ORDER BY d.due_at, d.id LIMIT $4)
         RETURNING ", columns!(), ""),
        "WITH due AS MATERIALIZED (
             SELECT d.id FROM deliveries d WHERE d.state = 'waiting' AND d.priority = $5 AND d.due_at <= $3 AND d.miss_at > $3
                 AND NOT EXISTS (SELECT 1 FROM account_flows f WHERE f.account_id = d.account_id
                                 AND (f.refused_until > $3 OR ($5 = 0 AND f.open_until > $3)))
                 AND replace(d.account_id::text, '-', '') NOT IN (SELECT jsonb_array_elements_text($6::jsonb))
             ORDER BY d.due_at, d.id LIMIT $4 FOR UPDATE OF d SKIP LOCKED)
         UPDATE deliveries d SET state = 'claimed', fence = d.fence + 1, lease_owner = $1, lease_until = $2, due_at = NULL
         FROM due WHERE d.id = due.id
         RETURNING d.id, d.organization_id, d.post_id, d.account_id, d.revision_digest, d.publish_at, d.miss_at,
                   d.generation, d.fence, d.state, d.due_at, d.lease_owner, d.lease_until, d.attempt_id, d.since, d.looks,
                   d.look_at, d.hold_cause, d.hold_detail, d.remote_id, d.remote_url, d.why, d.cancelled_by, d.priority, d.doubt_id",
    );
    RELEASE = same(
        "UPDATE deliveries SET state = 'waiting', due_at = $1, lease_owner = NULL, lease_until = NULL
         WHERE id = $2 AND organization_id = $3 AND state = 'claimed' AND fence = $4",
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

/// Who claims what.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The worker.
    pub owner: &'a str,
    /// When its lease ends.
    pub until: DateTime<Utc>,
    /// Ordinary posts, or emergencies.
    pub priority: Priority,
    /// Accounts of which it has enough.
    pub but_not: &'a [AccountId],
    /// How many at most.
    pub limit: i64,
}

/// Claims due deliveries for one worker: one statement, a lease, a fence that grows; the longest due first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn claim(tx: &mut Tx, wanted: Wanted<'_>, now: DateTime<Utc>) -> Result<Vec<Stored>, StoreError> {
    let but_not: Vec<String> = wanted
        .but_not
        .iter()
        .map(|account| account.uuid().simple().to_string())
        .collect();
    let mut claimed = parse_all(fetch_all!(
        tx,
        Row,
        CLAIM,
        wanted.owner,
        wanted.until,
        now,
        wanted.limit,
        i64::from(wanted.priority == Priority::Emergency),
        to_json(&but_not)
    )?)?;
    // RETURNING has no order of its own.
    claimed.sort_by_key(|stored| (stored.delivery.publish_at, stored.delivery.id));
    Ok(claimed)
}

/// Gives a claim of this very transaction back: its account takes no more now.
///
/// # Errors
/// [`StoreError::Stale`] when it is not claimed under this fence; the database.
pub async fn release(tx: &mut Tx, claimed: &Delivery, due: DateTime<Utc>) -> Result<(), StoreError> {
    expect_one!(
        tx,
        RELEASE,
        due,
        claimed.id.uuid(),
        claimed.organization.uuid(),
        claimed.fence.0
    )
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
