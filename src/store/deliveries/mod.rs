//! Deliveries: the rows that are dispatched. The row is the queue.

mod beginnings;
mod changes;
mod row;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(super) use self::row::Row;
use self::row::TABLE;
use super::{
    StoreError,
    error::{parse, parse_digest},
    sql::{fetch_all, fetch_optional, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    delivery::{Delivery, DeliveryPhase},
    digest::{RevisionDigest, TextFingerprint, TextMark},
    flow::Priority,
    ids::{AccountId, DeliveryId, OrganizationId, PostId},
};

pub use beginnings::{New, insert};
pub use changes::{Change, update, update_all};
pub use claims::{Due, Wanted, claim, due, next_due, next_end, next_instant, next_look};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, organization_id, post_id, account_id, revision_digest, publish_at, miss_at, generation, parts, parts_out, fence, state, due_at, lease_owner, lease_until, attempt_id, since, looks, look_at, hold_cause, hold_detail, remote_id, remote_url, why, cancelled_by, priority, doubt_id"
    };
}
pub(super) use columns;

// After the macro that it uses.
mod claims;

statements! {
    SELECT = same(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE id = $1 AND organization_id = $2"),
    );
    SELECT_BY_POST = same(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE post_id = $1 AND organization_id = $2 ORDER BY account_id, id"),
    );
    SELECT_THESE = each(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE +organization_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))"),
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE organization_id = $1 AND id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))"),
    );
    SELECT_BY_POSTS = each(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE +organization_id = $1 AND post_id IN (SELECT unhex(value) FROM json_each($2))"),
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE organization_id = $1 AND post_id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))"),
    );
    /// Of some posts those of whose revision a delivery is not final yet.
    SELECT_OPEN = each(
        "SELECT unhex(asked.value ->> '$.post') FROM json_each($2) AS asked
         WHERE EXISTS (SELECT 1 FROM deliveries
             WHERE post_id = unhex(asked.value ->> '$.post') AND organization_id = $1
               AND revision_digest = unhex(asked.value ->> '$.revision') AND state NOT IN ('published', 'failed', 'cancelled'))",
        "SELECT asked.post FROM jsonb_to_recordset($2::jsonb) AS asked(post uuid, revision text)
         WHERE EXISTS (SELECT 1 FROM deliveries
             WHERE post_id = asked.post AND organization_id = $1
               AND revision_digest = decode(asked.revision, 'hex') AND state NOT IN ('published', 'failed', 'cancelled'))",
    );
    /// Ordinary deliveries of one account that have not left and are approved: an emergency holds them.
    SELECT_TO_HOLD = same(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE organization_id = $1 AND account_id = $2 AND priority = 0 AND state IN ('waiting', 'claimed')
         ORDER BY id"),
    );
    /// What may be leaving right now: a hold's answer lists it.
    SELECT_IN_FLIGHT = same(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE organization_id = $1 AND state = 'publishing' ORDER BY id"),
    );
    SELECT_ATTENTION = same(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE organization_id = $1 AND state IN ('unknown', 'needs_human', 'held', 'missed', 'failed')
         ORDER BY id LIMIT 1000"),
    );
    /// Leases that ran out; ours or of a node that died.
    SELECT_EXPIRED = each(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE state IN ('claimed', 'publishing') AND lease_until <= $1 ORDER BY lease_until LIMIT $2"),
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE state IN ('claimed', 'publishing') AND lease_until <= $1 ORDER BY lease_until LIMIT $2
         FOR UPDATE SKIP LOCKED"),
    );
    /// What may be out, because the database was restored, is not missed: it is looked for.
    SELECT_MISSED = each(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE state IN ('pending', 'waiting', 'held') AND miss_at <= $1 AND hold_cause IS DISTINCT FROM 'restored' ORDER BY miss_at LIMIT $2"),
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE state IN ('pending', 'waiting', 'held') AND miss_at <= $1 AND hold_cause IS DISTINCT FROM 'restored' ORDER BY miss_at LIMIT $2
         FOR UPDATE SKIP LOCKED"),
    );
    SELECT_TO_LOOK_UP = same(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE state = 'unknown' AND look_at <= $1 ORDER BY look_at LIMIT $2"),
    );
    /// What leaves soon and has to be made ready, if that is not done and nobody is at it.
    SELECT_TO_PREPARE = same(
        concat!("SELECT ", columns!(), "
         FROM deliveries WHERE state = 'waiting' AND prepares = 1 AND due_at <= $1
           AND NOT EXISTS (SELECT 1 FROM preparations WHERE preparations.delivery_id = deliveries.id
                             AND preparations.generation = deliveries.generation AND preparations.part = deliveries.parts_out
                             AND (preparations.ready_at IS NOT NULL OR preparations.lease_until > $2))
         ORDER BY due_at LIMIT $3"),
    );
    /// Ordinary revisions that leave soon, those that leave first at the top.
    SELECT_LEAVING = same(
        "SELECT organization_id, post_id, revision_digest FROM deliveries
         WHERE state = 'waiting' AND priority = 0 AND due_at <= $1
         GROUP BY organization_id, post_id, revision_digest ORDER BY MIN(due_at), post_id LIMIT $2",
    );
    /// Marks of what accounts said or are going to say.
    SELECT_RECENT = each(
        // Without the plus SQLite would rather read all of the organization's.
        "SELECT account_id, post_id, fingerprint, sketch FROM deliveries
         WHERE +organization_id = $1 AND account_id IN (SELECT unhex(value) FROM json_each($2))
           AND state NOT IN ('cancelled', 'failed', 'pending') AND publish_at >= $3",
        "SELECT account_id, post_id, fingerprint, sketch FROM deliveries
         WHERE organization_id = $1 AND account_id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))
           AND state NOT IN ('cancelled', 'failed', 'pending') AND publish_at >= $3",
    );
    COUNT_BY_STATE = same("SELECT state, COUNT(*) FROM deliveries GROUP BY state");
}

/// A delivery with what its row knows besides: who goes first, and from when on it is missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The delivery.
    pub delivery: Delivery,
    /// Whether it goes before others.
    pub priority: Priority,
    /// From then on it is missed.
    pub miss_at: Option<DateTime<Utc>>,
}

/// The statements of claims, for the contract suite.
#[cfg(test)]
pub(super) const fn claim_statements() -> &'static [&'static super::sql::Sql] {
    claims::STATEMENTS
}

/// The statements of beginnings, for the contract suite.
#[cfg(test)]
pub(super) const fn beginning_statements() -> &'static [&'static super::sql::Sql] {
    beginnings::STATEMENTS
}

/// The statements of transitions, for the contract suite.
#[cfg(test)]
pub(super) const fn change_statements() -> &'static [&'static super::sql::Sql] {
    changes::STATEMENTS
}

pub(super) fn parse_all(rows: Vec<Row>) -> Result<Vec<Stored>, StoreError> {
    rows.into_iter().map(Row::parse).collect()
}

/// What is due by `until` and has to be made ready before: not done yet, and nobody is at it `now`.
///
/// # Errors
/// The database, or an impossible row.
pub async fn to_prepare(
    reader: &mut Reader,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(reader, Row, SELECT_TO_PREPARE, until, now, limit)?)
}

/// One delivery.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    id: DeliveryId,
) -> Result<Option<Stored>, StoreError> {
    fetch_optional!(reader, Row, SELECT, id.uuid(), organization.uuid())?
        .map(Row::parse)
        .transpose()
}

/// All deliveries of a post, cancelled ones too.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of_post(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(
        reader,
        Row,
        SELECT_BY_POST,
        post.uuid(),
        organization.uuid()
    )?)
}

/// Several deliveries.
///
/// # Errors
/// The database, or an impossible row.
pub async fn these(
    reader: &mut Reader,
    organization: OrganizationId,
    ids: impl Iterator<Item = DeliveryId>,
) -> Result<Vec<Stored>, StoreError> {
    let ids = listed(ids.map(|id| id.uuid()));
    parse_all(fetch_all!(reader, Row, SELECT_THESE, organization.uuid(), ids)?)
}

/// All deliveries of several posts, cancelled ones too.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of_posts(
    reader: &mut Reader,
    organization: OrganizationId,
    posts: impl Iterator<Item = PostId>,
) -> Result<Vec<Stored>, StoreError> {
    let posts = listed(posts.map(|id| id.uuid()));
    parse_all(fetch_all!(
        reader,
        Row,
        SELECT_BY_POSTS,
        organization.uuid(),
        posts
    )?)
}

/// Of some posts those of whose revision a delivery is not final yet.
///
/// # Errors
/// The database.
pub async fn open_among(
    reader: &mut Reader,
    organization: OrganizationId,
    posts: &BTreeMap<PostId, RevisionDigest>,
) -> Result<BTreeSet<PostId>, StoreError> {
    let asked = posts.iter().map(|(post, revision)| {
        serde_json::json!({ "post": post.uuid().simple().to_string(), "revision": hex::encode(revision.as_bytes()) })
    });
    let asked = asked.collect::<serde_json::Value>().to_string();
    let rows = fetch_all!(reader, (Uuid,), SELECT_OPEN, organization.uuid(), asked)?;
    Ok(rows.into_iter().map(|(id,)| PostId::new(id)).collect())
}

/// Approved ordinary deliveries of an account that have not left.
///
/// # Errors
/// The database, or an impossible row.
pub async fn to_hold(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(
        reader,
        Row,
        SELECT_TO_HOLD,
        organization.uuid(),
        account.uuid()
    )?)
}

/// What may be leaving right now.
///
/// # Errors
/// The database, or an impossible row.
pub async fn in_flight(reader: &mut Reader, organization: OrganizationId) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(reader, Row, SELECT_IN_FLIGHT, organization.uuid())?)
}

/// What needs a person, or soon may.
///
/// # Errors
/// The database, or an impossible row.
pub async fn attention(reader: &mut Reader, organization: OrganizationId) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(reader, Row, SELECT_ATTENTION, organization.uuid())?)
}

/// Deliveries whose lease ran out.
///
/// # Errors
/// The database, or an impossible row.
pub async fn expired(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(tx, Row, SELECT_EXPIRED, now, limit)?)
}

/// Deliveries whose time and grace are over without an attempt.
///
/// # Errors
/// The database, or an impossible row.
pub async fn missed(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(tx, Row, SELECT_MISSED, now, limit)?)
}

/// Deliveries in doubt that are to be looked up now.
///
/// # Errors
/// The database, or an impossible row.
pub async fn to_look_up(
    reader: &mut Reader,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    parse_all(fetch_all!(reader, Row, SELECT_TO_LOOK_UP, now, limit)?)
}

/// A revision that leaves soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving {
    /// The organization.
    pub organization: OrganizationId,
    /// The post.
    pub post: PostId,
    /// What leaves.
    pub revision: RevisionDigest,
}

/// Ordinary revisions with a delivery that is due until a time, those that leave first at the top.
///
/// # Errors
/// The database, or an impossible row.
pub async fn leaving(
    reader: &mut Reader,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Leaving>, StoreError> {
    fetch_all!(reader, (Uuid, Uuid, Vec<u8>), SELECT_LEAVING, until, limit)?
        .into_iter()
        .map(|(organization, post, digest)| {
            let post = PostId::new(post);
            Ok(Leaving {
                organization: OrganizationId::new(organization),
                post,
                revision: RevisionDigest::new(parse_digest(&digest, TABLE, "revision_digest", post)?),
            })
        })
        .collect()
}
/// Marks of what accounts said or are going to say since a time, each with its post.
///
/// # Errors
/// The database, or an impossible row.
pub async fn recent(
    reader: &mut Reader,
    organization: OrganizationId,
    accounts: &BTreeSet<AccountId>,
    since: DateTime<Utc>,
) -> Result<BTreeMap<AccountId, Vec<(PostId, TextMark)>>, StoreError> {
    let mut recent = BTreeMap::<_, Vec<_>>::new();
    let rows = fetch_all!(
        reader,
        (Uuid, Uuid, Vec<u8>, i64),
        SELECT_RECENT,
        organization.uuid(),
        listed(accounts.iter().map(|account| account.uuid())),
        since
    )?;
    for (account, post, bytes, sketch) in rows {
        let account = AccountId::new(account);
        let mark = TextMark {
            fingerprint: TextFingerprint::new(parse_digest(&bytes, TABLE, "fingerprint", account)?),
            sketch: sketch.cast_unsigned(),
        };
        recent.entry(account).or_default().push((PostId::new(post), mark));
    }
    Ok(recent)
}

/// How many deliveries are in each state, for the metrics.
///
/// # Errors
/// The database, or an impossible row.
pub async fn count_by_state(reader: &mut Reader) -> Result<Vec<(DeliveryPhase, i64)>, StoreError> {
    fetch_all!(reader, (String, i64), COUNT_BY_STATE)?
        .into_iter()
        .map(|(state, count)| Ok((parse(&state, TABLE, "state", "-")?, count)))
        .collect()
}
