//! What corrects what: a platform keeps the id of a post that is edited, so a correction that is out has the id of
//! what it corrects. Nothing else is written down for it.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse_json},
    sql::{fetch_all, fetch_optional, on, statements},
    tx::Reader,
};
use crate::domain::{
    correction::{Correction, PartOut},
    ids::{AccountId, DeliveryId, OrganizationId, PostId},
    revision::{Act, Content},
};

statements! {
    /// The oldest part that is out under an id: the others are corrections of it. What a person found after a
    /// restored backup has no attempt.
    ORIGINAL = same(
        "SELECT d.post_id, d.id, o.part FROM deliveries d
         JOIN (SELECT delivery_id, part FROM attempts WHERE organization_id = $1 AND remote_id = $2
               UNION SELECT id, 0 FROM deliveries WHERE organization_id = $1 AND account_id = $3 AND remote_id = $2) o
           ON o.delivery_id = d.id AND o.part < d.parts_out
         WHERE d.organization_id = $1 AND d.account_id = $3 ORDER BY d.created_at, d.id LIMIT 1",
    );
    /// An order that the platform refused took nothing back.
    WITHDRAWN = same(
        "SELECT id FROM withdrawals
         WHERE delivery_id = $1 AND part = $2 AND organization_id = $3 AND state <> 'refused'",
    );
    /// What other posts may be changing on an account at this moment.
    IN_DOUBT = same(
        "SELECT r.content FROM deliveries d
         JOIN revisions r ON r.organization_id = d.organization_id AND r.post_id = d.post_id AND r.digest = d.revision_digest
         WHERE d.organization_id = $1 AND d.account_id = $2 AND d.post_id <> $3
           AND (d.state IN ('publishing', 'unknown', 'needs_human') OR d.doubt_id IS NOT NULL)",
    );
    /// The corrections of a post's parts, oldest first.
    LATER = same(
        "SELECT d.id AS corrected, e.post_id, e.id, e.since FROM deliveries d
         JOIN deliveries e ON e.account_id = d.account_id AND e.remote_id = d.remote_id
         WHERE d.post_id = $1 AND d.organization_id = $2 AND e.organization_id = $2 AND e.state = 'published'
           AND e.id <> d.id AND e.created_at > d.created_at
         UNION
         SELECT d.id AS corrected, e.post_id, e.id, e.since FROM deliveries d
         JOIN attempts a ON a.delivery_id = d.id
         JOIN deliveries e ON e.account_id = d.account_id AND e.remote_id = a.remote_id
         WHERE d.post_id = $1 AND d.organization_id = $2 AND e.organization_id = $2 AND e.state = 'published'
           AND e.id <> d.id AND e.created_at > d.created_at
         ORDER BY 4, 3",
    );
}

#[derive(Debug, FromRow)]
struct PartRow {
    post_id: Uuid,
    id: Uuid,
    part: i64,
}

#[derive(Debug, FromRow)]
struct LaterRow {
    corrected: Uuid,
    post_id: Uuid,
    id: Uuid,
    since: DateTime<Utc>,
}

/// The part of ours that is out on an account under a platform's id; none if nothing of ours is.
///
/// # Errors
/// The database, or an impossible row.
pub async fn original(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
    remote_id: &str,
) -> Result<Option<PartOut>, StoreError> {
    let row = fetch_optional!(
        reader,
        PartRow,
        ORIGINAL,
        organization.uuid(),
        remote_id,
        account.uuid()
    )?;
    row.map(|row| {
        let delivery = DeliveryId::new(row.id);
        let part = u16::try_from(row.part).map_err(|why| inconsistent("attempts", "part", delivery, why))?;
        Ok(PartOut {
            post: PostId::new(row.post_id),
            delivery,
            part,
        })
    })
    .transpose()
}

/// Whether a part was taken back, or is about to be.
///
/// # Errors
/// The database.
pub async fn is_withdrawn(
    reader: &mut Reader,
    organization: OrganizationId,
    out: &PartOut,
) -> Result<bool, StoreError> {
    let order = fetch_optional!(
        reader,
        (Uuid,),
        WITHDRAWN,
        out.delivery.uuid(),
        i64::from(out.part),
        organization.uuid()
    )?;
    Ok(order.is_some())
}

/// Whether a correction by another post than `post` may be landing on the same id just now.
///
/// # Errors
/// The database, or an impossible row.
pub async fn is_in_doubt(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
    post: PostId,
    remote_id: &str,
) -> Result<bool, StoreError> {
    let rows = fetch_all!(
        reader,
        (String,),
        IN_DOUBT,
        organization.uuid(),
        account.uuid(),
        post.uuid()
    )?;
    for (content,) in rows {
        let content: Content = parse_json(&content, "revisions", "content", account)?;
        let refers_to = content
            .payload(account)
            .and_then(|payload| payload.refers_to.as_deref());
        if content.act == Act::Correct && refers_to == Some(remote_id) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The corrections of a post that are out, oldest first.
///
/// # Errors
/// The database.
pub async fn of_post(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
) -> Result<Vec<Correction>, StoreError> {
    let rows = fetch_all!(reader, LaterRow, LATER, post.uuid(), organization.uuid())?;
    let correction = |row: LaterRow| Correction {
        corrected: DeliveryId::new(row.corrected),
        post: PostId::new(row.post_id),
        delivery: DeliveryId::new(row.id),
        at: row.since,
    };
    Ok(rows.into_iter().map(correction).collect())
}
