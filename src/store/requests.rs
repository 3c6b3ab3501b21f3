//! `Idempotency-Key`s of our own API: one answer for one request, kept as long as what it made.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, present},
    sql::{execute, expect_one, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::ids::{OrganizationId, UserId};

statements! {
    /// Takes a key, or takes over one whose request died without making anything.
    CLAIM = same(
        "INSERT INTO requests (organization_id, user_id, key, request_digest, claim_id, claimed_until, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (organization_id, user_id, key) DO UPDATE
         SET claim_id = excluded.claim_id, claimed_until = excluded.claimed_until
         WHERE requests.status IS NULL AND requests.claimed_until < excluded.created_at
           AND requests.request_digest = excluded.request_digest",
    );
    SELECT = same(
        "SELECT request_digest, status, body FROM requests WHERE organization_id = $1 AND user_id = $2 AND key = $3",
    );
    COMPLETE = same(
        "UPDATE requests SET status = $1, body = $2
         WHERE organization_id = $3 AND user_id = $4 AND key = $5 AND claim_id = $6 AND status IS NULL",
    );
    RELEASE = same(
        "DELETE FROM requests WHERE organization_id = $1 AND user_id = $2 AND key = $3 AND claim_id = $4 AND status IS NULL",
    );
}

/// A key that this request has taken: it completes it in the transaction that makes the thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The organization.
    pub organization: OrganizationId,
    /// Who asked.
    pub user: UserId,
    /// The client's key.
    pub key: String,
    /// Tells this request from one that took the key over.
    pub claim: Uuid,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It was answered: the same answer again.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// A request with it is under way.
    InFlight,
    /// It was used for another request.
    OtherRequest,
}

#[derive(Debug, FromRow)]
struct Row {
    request_digest: Vec<u8>,
    status: Option<i64>,
    body: Option<String>,
}

/// Takes a key for a while; `None` when it is known already.
///
/// # Errors
/// The database.
pub async fn claim(
    tx: &mut Tx,
    claimed: &Claimed,
    request_digest: &[u8],
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Known>, StoreError> {
    let taken = execute!(
        tx,
        CLAIM,
        claimed.organization.uuid(),
        claimed.user.uuid(),
        claimed.key.as_str(),
        request_digest,
        claimed.claim,
        until,
        now,
    )?;
    if taken == 1 {
        Ok(None)
    } else {
        known(tx, claimed, request_digest).await.map(Some)
    }
}

async fn known(reader: &mut Reader, claimed: &Claimed, request_digest: &[u8]) -> Result<Known, StoreError> {
    let row = fetch_optional!(
        reader,
        Row,
        SELECT,
        claimed.organization.uuid(),
        claimed.user.uuid(),
        claimed.key.as_str()
    )?
    .ok_or_else(|| inconsistent("requests", "key", &claimed.key, "it vanished"))?;
    if row.request_digest != request_digest {
        return Ok(Known::OtherRequest);
    }
    match row.status {
        None => Ok(Known::InFlight),
        Some(status) => Ok(Known::Answered {
            status: u16::try_from(status)
                .map_err(|why| inconsistent("requests", "status", &claimed.key, why))?,
            body: present(row.body, "requests", "body", &claimed.key)?,
        }),
    }
}

/// Stores the answer, in the transaction that makes the thing.
///
/// # Errors
/// [`StoreError::Stale`] when another request took the key over: then this one makes nothing.
pub async fn complete(tx: &mut Tx, claimed: &Claimed, status: u16, body: &str) -> Result<(), StoreError> {
    expect_one!(
        tx,
        COMPLETE,
        i64::from(status),
        body,
        claimed.organization.uuid(),
        claimed.user.uuid(),
        claimed.key.as_str(),
        claimed.claim,
    )
}

/// Gives a key back: the request was refused and made nothing, so a corrected one may use it.
///
/// # Errors
/// The database.
pub async fn release(tx: &mut Tx, claimed: &Claimed) -> Result<(), StoreError> {
    execute!(
        tx,
        RELEASE,
        claimed.organization.uuid(),
        claimed.user.uuid(),
        claimed.key.as_str(),
        claimed.claim
    )
    .map(|_| ())
}
