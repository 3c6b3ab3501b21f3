//! Posts that were made past the gateway in an emergency, and told of afterwards.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    sql::{execute, expect_one, fetch_all, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    attempt::RemoteRef,
    ids::{AccountId, AdoptedPostId, OrganizationId, UserId},
};

statements! {
    INSERT = same(
        "INSERT INTO adopted_posts (id, organization_id, account_id, remote_id, remote_url, text, published_at,
             published_by, reason, adopted_by, adopted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    );
    SELECT_OPEN = same(
        "SELECT id, account_id, remote_id, remote_url, text, published_at, published_by, reason, adopted_by, adopted_at
         FROM adopted_posts WHERE organization_id = $1 AND reviewed_at IS NULL ORDER BY id",
    );
    REVIEW = same(
        "UPDATE adopted_posts SET reviewed_by = $1, reviewed_at = $2, note = $3
         WHERE id = $4 AND organization_id = $5 AND reviewed_at IS NULL AND adopted_by <> $1",
    );
}

/// A post that was made past the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedPost {
    /// Its id.
    pub id: AdoptedPostId,
    /// By which account it went out.
    pub account: AccountId,
    /// Where it is.
    pub remote: RemoteRef,
    /// What it says.
    pub text: String,
    /// When it went out.
    pub published_at: DateTime<Utc>,
    /// Who made it, in words: it need not be somebody with a login.
    pub published_by: String,
    /// Why it could not go the usual way.
    pub reason: String,
    /// Who told of it.
    pub adopted_by: UserId,
    /// When.
    pub adopted_at: DateTime<Utc>,
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    remote_id: String,
    remote_url: Option<String>,
    text: String,
    published_at: DateTime<Utc>,
    published_by: String,
    reason: String,
    adopted_by: Uuid,
    adopted_at: DateTime<Utc>,
}

impl From<Row> for AdoptedPost {
    fn from(row: Row) -> Self {
        Self {
            id: AdoptedPostId::new(row.id),
            account: AccountId::new(row.account_id),
            remote: RemoteRef {
                id: row.remote_id,
                url: row.remote_url,
            },
            text: row.text,
            published_at: row.published_at,
            published_by: row.published_by,
            reason: row.reason,
            adopted_by: UserId::new(row.adopted_by),
            adopted_at: row.adopted_at,
        }
    }
}

/// Writes one down.
///
/// # Errors
/// [`StoreError::Duplicate`] when it was told of already; the database.
pub async fn insert(tx: &mut Tx, organization: OrganizationId, post: &AdoptedPost) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        post.id.uuid(),
        organization.uuid(),
        post.account.uuid(),
        post.remote.id.as_str(),
        post.remote.url.as_deref(),
        post.text.as_str(),
        post.published_at,
        post.published_by.as_str(),
        post.reason.as_str(),
        post.adopted_by.uuid(),
        post.adopted_at
    )
}

/// Those that nobody has looked at yet, oldest first.
///
/// # Errors
/// The database.
pub async fn open(reader: &mut Reader, organization: OrganizationId) -> Result<Vec<AdoptedPost>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_OPEN, organization.uuid())?;
    Ok(rows.into_iter().map(AdoptedPost::from).collect())
}

/// Somebody other than who told of it has looked at it.
///
/// # Errors
/// [`StoreError::Stale`] when it is not there, was looked at before, or is the person's own; the database.
pub async fn review(
    tx: &mut Tx,
    organization: OrganizationId,
    id: AdoptedPostId,
    by: UserId,
    note: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, REVIEW, by.uuid(), at, note, id.uuid(), organization.uuid())
}
