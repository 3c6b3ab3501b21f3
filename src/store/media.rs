//! Pictures and films: what is known of each. The bytes stand elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse, parse_digest, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    digest::MediaDigest,
    evidence::PictureLook,
    ids::{OrganizationId, UserId},
    media::{MediaFacts, Motion, Removed},
    revision::Revision,
};

statements! {
    /// Taken in again, it is as young as the last time.
    UPSERT = same(
        "INSERT INTO media (organization_id, digest, kind, size, width, height, motion, codes, position, removed,
                            thumbnail, uploaded_by, uploaded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (organization_id, digest) DO UPDATE SET uploaded_at = excluded.uploaded_at",
    );
    SELECT = same(
        "SELECT digest, kind, size, width, height, motion, codes, position, removed, thumbnail, uploaded_by, uploaded_at
         FROM media WHERE organization_id = $1 AND digest = $2",
    );
    REFER = same(
        "INSERT INTO revision_media (organization_id, revision_id, media_digest) VALUES ($1, $2, $3)",
    );
    /// Older than that, and in no revision of any post.
    SELECT_UNUSED = same(
        "SELECT m.organization_id, m.digest, m.thumbnail FROM media m
         WHERE m.uploaded_at < $1
           AND NOT EXISTS (SELECT 1 FROM revision_media r
                           WHERE r.organization_id = m.organization_id AND r.media_digest = m.digest)
         ORDER BY m.uploaded_at LIMIT $2",
    );
    SELECT_RENDITIONS = same(
        "SELECT digest FROM media_renditions WHERE organization_id = $1 AND media_digest = $2",
    );
    DELETE_LINKS = same("DELETE FROM media_links WHERE organization_id = $1 AND media_digest = $2");
    DELETE_RENDITIONS = same("DELETE FROM media_renditions WHERE organization_id = $1 AND media_digest = $2");
    DELETE = same("DELETE FROM media WHERE organization_id = $1 AND digest = $2");
    /// Whether any medium still needs these bytes.
    SELECT_NEEDED = same(
        "SELECT 1 FROM media WHERE organization_id = $1 AND (digest = $2 OR thumbnail = $2)
         UNION ALL SELECT 1 FROM media_renditions WHERE organization_id = $1 AND digest = $2 LIMIT 1",
    );
    SELECT_ALL = same(
        "SELECT organization_id, digest FROM media
         UNION SELECT organization_id, thumbnail FROM media WHERE thumbnail IS NOT NULL
         UNION SELECT organization_id, digest FROM media_renditions",
    );
}

const TABLE: &str = "media";

/// A picture or film that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMedia {
    /// Names the bytes that are kept.
    pub digest: MediaDigest,
    /// What was read from them.
    pub look: PictureLook,
    /// What came along and was taken out.
    pub removed: BTreeSet<Removed>,
    /// Names a small copy; a film has none.
    pub thumbnail: Option<MediaDigest>,
    /// Who brought it.
    pub uploaded_by: UserId,
    /// When, the last time.
    pub uploaded_at: DateTime<Utc>,
}

#[derive(Debug, FromRow)]
struct Row {
    digest: Vec<u8>,
    kind: String,
    size: i64,
    width: i64,
    height: i64,
    motion: String,
    codes: String,
    position: String,
    removed: String,
    thumbnail: Option<Vec<u8>>,
    uploaded_by: Uuid,
    uploaded_at: DateTime<Utc>,
}

impl Row {
    fn media(self) -> Result<StoredMedia, StoreError> {
        let digest = MediaDigest::new(parse_digest(&self.digest, TABLE, "digest", "a medium")?);
        let thumbnail = self
            .thumbnail
            .map(|bytes| parse_digest(&bytes, TABLE, "thumbnail", digest).map(MediaDigest::new));
        let size = Size {
            kind: &self.kind,
            size: self.size,
            width: self.width,
            height: self.height,
        };
        Ok(StoredMedia {
            digest,
            look: PictureLook {
                codes: parse_json(&self.codes, TABLE, "codes", digest)?,
                position: parse(&self.position, TABLE, "position", digest)?,
                facts: size.facts(parse_json(&self.motion, TABLE, "motion", digest)?)?,
            },
            removed: parse_json(&self.removed, TABLE, "removed", digest)?,
            thumbnail: thumbnail.transpose()?,
            uploaded_by: UserId::new(self.uploaded_by),
            uploaded_at: self.uploaded_at,
        })
    }
}

/// The columns that tell how large something is.
pub(super) struct Size<'a> {
    pub(super) kind: &'a str,
    pub(super) size: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

impl Size<'_> {
    pub(super) fn facts(&self, motion: Motion) -> Result<MediaFacts, StoreError> {
        let edge = |value: i64, column| {
            u32::try_from(value).map_err(|why| inconsistent(TABLE, column, "a medium", why))
        };
        Ok(MediaFacts {
            kind: parse(self.kind, TABLE, "kind", "a medium")?,
            bytes: self.size.unsigned_abs(),
            width: edge(self.width, "width")?,
            height: edge(self.height, "height")?,
            motion,
        })
    }
}

/// A length as databases keep it; nothing that is taken in is longer.
pub(super) fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Keeps what is known of a medium. One that is known already becomes young again.
///
/// # Errors
/// The database.
pub async fn keep(tx: &mut Tx, organization: OrganizationId, media: &StoredMedia) -> Result<(), StoreError> {
    let facts = &media.look.facts;
    let thumbnail = media.thumbnail.map(|digest| digest.as_bytes().to_vec());
    expect_one!(
        tx,
        UPSERT,
        organization.uuid(),
        media.digest.as_bytes().as_slice(),
        facts.kind.as_str(),
        signed(facts.bytes),
        i64::from(facts.width),
        i64::from(facts.height),
        to_json(&facts.motion),
        to_json(&media.look.codes),
        media.look.position.as_str(),
        to_json(&media.removed),
        thumbnail.clone(),
        media.uploaded_by.uuid(),
        media.uploaded_at,
    )
}

/// A medium of an organization.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    digest: MediaDigest,
) -> Result<Option<StoredMedia>, StoreError> {
    let bytes = digest.as_bytes().as_slice();
    let row: Option<Row> = fetch_optional!(reader, Row, SELECT, organization.uuid(), bytes)?;
    row.map(Row::media).transpose()
}

/// What is known of some media; of one that is not there nothing.
///
/// # Errors
/// The database, or an impossible row.
pub async fn looks(
    reader: &mut Reader,
    organization: OrganizationId,
    digests: &BTreeSet<MediaDigest>,
) -> Result<BTreeMap<MediaDigest, PictureLook>, StoreError> {
    let mut found = BTreeMap::new();
    for digest in digests {
        if let Some(media) = find(reader, organization, *digest).await? {
            found.insert(*digest, media.look);
        }
    }
    Ok(found)
}

/// Notes which media a revision shows: they are not forgotten any more.
///
/// # Errors
/// The database; also when one of them is not there.
pub(super) async fn refer(
    tx: &mut Tx,
    organization: OrganizationId,
    revision: &Revision,
) -> Result<(), StoreError> {
    for digest in revision.content.media() {
        let digest = digest.as_bytes().as_slice();
        expect_one!(tx, REFER, organization.uuid(), revision.id.uuid(), digest)?;
    }
    Ok(())
}

/// Where bytes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whose they are.
    pub organization: OrganizationId,
    /// Names them.
    pub digest: MediaDigest,
}

#[derive(Debug, FromRow)]
struct UnusedRow {
    organization_id: Uuid,
    digest: Vec<u8>,
    thumbnail: Option<Vec<u8>>,
}

/// Forgets media that were never part of a post and are older than a time. Tells which bytes nobody needs now.
///
/// # Errors
/// The database, or an impossible row.
pub async fn forget_unused(tx: &mut Tx, before: DateTime<Utc>, most: i64) -> Result<Vec<Place>, StoreError> {
    let mut unneeded = Vec::new();
    for row in fetch_all!(tx, UnusedRow, SELECT_UNUSED, before, most)? {
        let (organization, digest) = (row.organization_id, row.digest);
        let renditions = fetch_all!(tx, (Vec<u8>,), SELECT_RENDITIONS, organization, digest.as_slice())?;
        execute!(tx, DELETE_LINKS, organization, digest.as_slice())?;
        execute!(tx, DELETE_RENDITIONS, organization, digest.as_slice())?;
        expect_one!(tx, DELETE, organization, digest.as_slice())?;
        let bytes = renditions.into_iter().map(|(digest,)| digest);
        for digest in bytes.chain(row.thumbnail).chain([digest]) {
            if fetch_optional!(tx, (i32,), SELECT_NEEDED, organization, digest.as_slice())?.is_none() {
                unneeded.push(Place {
                    organization: OrganizationId::new(organization),
                    digest: MediaDigest::new(parse_digest(&digest, TABLE, "digest", "a medium")?),
                });
            }
        }
    }
    Ok(unneeded)
}

/// Every digest whose bytes have to be there.
///
/// # Errors
/// The database, or an impossible row.
pub async fn all(reader: &mut Reader) -> Result<Vec<Place>, StoreError> {
    fetch_all!(reader, (Uuid, Vec<u8>), SELECT_ALL)?
        .into_iter()
        .map(|(organization, digest)| {
            Ok(Place {
                organization: OrganizationId::new(organization),
                digest: MediaDigest::new(parse_digest(&digest, TABLE, "digest", "a medium")?),
            })
        })
        .collect()
}
