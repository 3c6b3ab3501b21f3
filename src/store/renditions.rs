//! What platforms get of pictures and films, and the addresses under which they fetch it.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{parse_digest, parse_json},
    media::{Size, signed},
    sql::{execute, expect_one, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    account::Platform,
    digest::MediaDigest,
    ids::OrganizationId,
    media::{Form, MediaFacts, Motion},
};

statements! {
    INSERT = same(
        "INSERT INTO media_renditions (organization_id, media_digest, platform, form, digest, kind, size, width, height, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (organization_id, media_digest, platform, form) DO NOTHING",
    );
    SELECT = same(
        "SELECT digest, kind, size, width, height FROM media_renditions
         WHERE organization_id = $1 AND media_digest = $2 AND platform = $3 AND form = $4",
    );
    INSERT_LINK = same(
        "INSERT INTO media_links (token_hash, organization_id, media_digest, platform, form, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    );
    SELECT_LINK = same(
        "SELECT l.organization_id, r.digest, r.kind, r.size, r.width, r.height, m.motion
         FROM media_links l
         JOIN media_renditions r ON r.organization_id = l.organization_id AND r.media_digest = l.media_digest
              AND r.platform = l.platform AND r.form = l.form
         JOIN media m ON m.organization_id = l.organization_id AND m.digest = l.media_digest
         WHERE l.token_hash = $1 AND l.expires_at > $2",
    );
    FORGET_LINKS = same("DELETE FROM media_links WHERE expires_at <= $1");
}

const TABLE: &str = "media_renditions";

/// What a platform gets of a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredRendition {
    /// Names its bytes.
    pub digest: MediaDigest,
    /// What is known of it.
    pub facts: MediaFacts,
}

/// Which rendition of which medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenditionKey {
    /// Whose.
    pub organization: OrganizationId,
    /// Of which medium.
    pub media: MediaDigest,
    /// For whom.
    pub platform: Platform,
    /// In which form.
    pub form: Form,
}

/// Keeps what a platform gets; what is known already stays as it is.
///
/// # Errors
/// The database.
pub async fn keep(
    tx: &mut Tx,
    key: &RenditionKey,
    rendition: &StoredRendition,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let facts = &rendition.facts;
    execute!(
        tx,
        INSERT,
        key.organization.uuid(),
        key.media.as_bytes().as_slice(),
        key.platform.as_str(),
        key.form.as_str(),
        rendition.digest.as_bytes().as_slice(),
        facts.kind.as_str(),
        signed(facts.bytes),
        i64::from(facts.width),
        i64::from(facts.height),
        at,
    )
    .map(drop)
}

#[derive(Debug, FromRow)]
struct RenditionRow {
    digest: Vec<u8>,
    kind: String,
    size: i64,
    width: i64,
    height: i64,
}

impl RenditionRow {
    fn rendition(&self, motion: Motion) -> Result<StoredRendition, StoreError> {
        let size = Size {
            kind: &self.kind,
            size: self.size,
            width: self.width,
            height: self.height,
        };
        Ok(StoredRendition {
            digest: MediaDigest::new(parse_digest(&self.digest, TABLE, "digest", "a rendition")?),
            facts: size.facts(motion)?,
        })
    }
}

/// What a platform gets of a medium, if it was made before.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    key: &RenditionKey,
    motion: Motion,
) -> Result<Option<StoredRendition>, StoreError> {
    let row: Option<RenditionRow> = fetch_optional!(
        reader,
        RenditionRow,
        SELECT,
        key.organization.uuid(),
        key.media.as_bytes().as_slice(),
        key.platform.as_str(),
        key.form.as_str(),
    )?;
    row.map(|row| row.rendition(motion)).transpose()
}

/// Opens an address for a while.
///
/// # Errors
/// The database.
pub async fn open_link(
    tx: &mut Tx,
    key: &RenditionKey,
    token_hash: [u8; 32],
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT_LINK,
        token_hash.as_slice(),
        key.organization.uuid(),
        key.media.as_bytes().as_slice(),
        key.platform.as_str(),
        key.form.as_str(),
        expires_at,
    )
}

#[derive(Debug, FromRow)]
struct LinkRow {
    organization_id: Uuid,
    #[sqlx(flatten)]
    rendition: RenditionRow,
    motion: String,
}

/// What stands behind an address; none if it is unknown or over.
///
/// # Errors
/// The database, or an impossible row.
pub async fn behind_link(
    reader: &mut Reader,
    token_hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<(OrganizationId, StoredRendition)>, StoreError> {
    let row: Option<LinkRow> = fetch_optional!(reader, LinkRow, SELECT_LINK, token_hash.as_slice(), now)?;
    row.map(|row| {
        let motion = parse_json(&row.motion, TABLE, "motion", "a medium")?;
        Ok((
            OrganizationId::new(row.organization_id),
            row.rendition.rendition(motion)?,
        ))
    })
    .transpose()
}

/// Forgets addresses that are over. Tells how many.
///
/// # Errors
/// The database.
pub async fn forget_links(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    execute!(tx, FORGET_LINKS, now)
}
