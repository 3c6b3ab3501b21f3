//! `Idempotency-Key`s of our own API: one answer for one request, kept as long as what it made.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::inconsistent,
    sql::{fetch_all, fetch_optional, id, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::ids::{OrganizationId, UserId};

statements! {
    /// Waits for another transaction that answers under the same key, and changes nothing if that one commits.
    ANSWER = each(
        "INSERT INTO requests (organization_id, user_id, key, request_digest, status, body, created_at)
         SELECT $1, unhex(new.value ->> '$.user'), new.value ->> '$.key', unhex(new.value ->> '$.request_digest'),
                new.value ->> '$.status', new.value ->> '$.body', $3
         FROM json_each($2) AS new WHERE true
         ON CONFLICT (organization_id, user_id, key) DO NOTHING RETURNING user_id, key",
        "INSERT INTO requests (organization_id, user_id, key, request_digest, status, body, created_at)
         SELECT $1, \"user\", key, decode(request_digest, 'hex'), status, body, $3
         FROM jsonb_to_recordset($2::jsonb) AS new(\"user\" uuid, key text, request_digest text, status bigint, body text)
         ON CONFLICT (organization_id, user_id, key) DO NOTHING RETURNING user_id, key",
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
    let answer = Answer { keyed, status, body };
    let stored = answer_all(tx, keyed.organization, &[answer], now).await?;
    if stored.is_empty() {
        Err(StoreError::Stale(ANSWER.name))
    } else {
        Ok(())
    }
}

/// An answer to a request with a key.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The request.
    pub keyed: &'a Keyed,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a str,
}

/// Stores answers to an organization's requests, and tells whose keys took them. Under the others another request was
/// faster, and theirs make nothing. Of two requests with one key it is the first that was faster.
///
/// # Errors
/// The database.
pub async fn answer_all(
    tx: &mut Tx,
    organization: OrganizationId,
    answers: &[Answer<'_>],
    now: DateTime<Utc>,
) -> Result<BTreeSet<(UserId, String)>, StoreError> {
    let mut answers = answers.to_vec();
    // In one order everywhere: nobody waits for somebody who waits for them.
    answers.sort_by(|a, b| (a.keyed.user, &a.keyed.key).cmp(&(b.keyed.user, &b.keyed.key)));
    let rows: serde_json::Value = answers.iter().map(row).collect();
    let rows = fetch_all!(
        tx,
        (Uuid, String),
        ANSWER,
        organization.uuid(),
        rows.to_string(),
        now
    )?;
    Ok(rows
        .into_iter()
        .map(|(user, key)| (UserId::new(user), key))
        .collect())
}

/// An answer as [`ANSWER`] reads it.
fn row(answer: &Answer<'_>) -> serde_json::Value {
    serde_json::json!({
        "user": id(answer.keyed.user.uuid()),
        "key": answer.keyed.key,
        "request_digest": hex::encode(answer.keyed.request_digest),
        "status": answer.status,
        "body": answer.body,
    })
}
