//! `Idempotency-Key`s of our own API: one answer for one request, kept as long as what it made.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    StoreError,
    error::inconsistent,
    sql::{execute, expect_one, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::ids::{OrganizationId, UserId};

statements! {
    /// Waits for another transaction that answers under the same key, and changes nothing if that one commits.
    ANSWER = same(
        "INSERT INTO requests (organization_id, user_id, key, request_digest, status, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (organization_id, user_id, key) DO NOTHING",
    );
    SELECT = same(
        "SELECT request_digest, status, body FROM requests WHERE organization_id = $1 AND user_id = $2 AND key = $3",
    );
}

/// A request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// The organization.
    pub organization: OrganizationId,
    /// Who asked.
    pub user: UserId,
    /// The client's key.
    pub key: String,
    /// Tells it from another request with the same key.
    pub request_digest: [u8; 32],
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
    /// It was used for another request.
    OtherRequest,
}

#[derive(Debug, FromRow)]
struct Row {
    request_digest: Vec<u8>,
    status: i64,
    body: String,
}

/// What is known of a key; `None` when it is new.
///
/// # Errors
/// The database, or an impossible row.
pub async fn known(reader: &mut Reader, keyed: &Keyed) -> Result<Option<Known>, StoreError> {
    let row = fetch_optional!(
        reader,
        Row,
        SELECT,
        keyed.organization.uuid(),
        keyed.user.uuid(),
        keyed.key.as_str()
    )?;
    let Some(row) = row else { return Ok(None) };
    if row.request_digest != keyed.request_digest {
        return Ok(Some(Known::OtherRequest));
    }
    let status =
        u16::try_from(row.status).map_err(|why| inconsistent("requests", "status", &keyed.key, why))?;
    Ok(Some(Known::Answered {
        status,
        body: row.body,
    }))
}

/// Stores the answer, in the transaction that makes the thing.
///
/// # Errors
/// [`StoreError::Stale`] when another request with the key was faster: then this one makes nothing.
pub async fn answer(
    tx: &mut Tx,
    keyed: &Keyed,
    status: u16,
    body: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        ANSWER,
        keyed.organization.uuid(),
        keyed.user.uuid(),
        keyed.key.as_str(),
        keyed.request_digest.as_slice(),
        i64::from(status),
        body,
        now,
    )
}
