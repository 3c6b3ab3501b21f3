//! Revisions: what posts said, and who wrote it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    domain::{
        digest::RevisionDigest,
        ids::{OrganizationId, PostId, RevisionId, UserId},
        revision::Revision,
    },
    store::{
        StoreError,
        error::{inconsistent, parse_digest, parse_json, to_json},
        media,
        sql::{execute, fetch_all, fetch_optional, id, instant, listed, on, statements},
        tx::{Reader, Tx},
    },
};

statements! {
    INSERT = each(
        "INSERT INTO revisions (id, organization_id, post_id, number, editor_id, created_at, content, digest)
         SELECT unhex(new.value ->> '$.id'), $1, unhex(new.value ->> '$.post'), new.value ->> '$.number',
                unhex(new.value ->> '$.editor'), new.value ->> '$.created_at', new.value ->> '$.content',
                unhex(new.value ->> '$.digest')
         FROM json_each($2) AS new",
        "INSERT INTO revisions (id, organization_id, post_id, number, editor_id, created_at, content, digest)
         SELECT id, $1, post, number, editor, created_at, content, decode(digest, 'hex')
         FROM jsonb_to_recordset($2::jsonb) AS new(id uuid, post uuid, number bigint, editor uuid, created_at timestamptz,
                content text, digest text)",
    );
    SELECT_LATEST = same(
        "SELECT id, post_id, number, editor_id, created_at, content, digest
         FROM revisions WHERE post_id = $1 AND organization_id = $2 ORDER BY number DESC LIMIT 1",
    );
    SELECT_BY_DIGEST = each(
        "SELECT revisions.id, post_id, number, editor_id, created_at, content, digest
         FROM json_each($2) AS asked CROSS JOIN revisions
         WHERE post_id = unhex(asked.value ->> '$.post') AND organization_id = $1
           AND digest = unhex(asked.value ->> '$.digest') ORDER BY number",
        "SELECT id, post_id, number, editor_id, created_at, content, revisions.digest
         FROM jsonb_to_recordset($2::jsonb) AS asked(post uuid, digest text), revisions
         WHERE post_id = asked.post AND organization_id = $1
           AND revisions.digest = decode(asked.digest, 'hex') ORDER BY number",
    );
    SELECT = same(
        "SELECT id, post_id, number, editor_id, created_at, content, digest
         FROM revisions WHERE post_id = $1 AND organization_id = $2 ORDER BY number",
    );
    SELECT_HANDS = each(
        "SELECT DISTINCT post_id, editor_id FROM revisions
         WHERE +organization_id = $1 AND post_id IN (SELECT unhex(value) FROM json_each($2))",
        "SELECT DISTINCT post_id, editor_id FROM revisions
         WHERE organization_id = $1 AND post_id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))",
    );
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    post_id: Uuid,
    number: i64,
    editor_id: Uuid,
    created_at: DateTime<Utc>,
    content: String,
    digest: Vec<u8>,
}

impl Row {
    fn parse(self) -> Result<Revision, StoreError> {
        let id = RevisionId::new(self.id);
        Ok(Revision {
            id,
            post: PostId::new(self.post_id),
            number: self.number,
            editor: UserId::new(self.editor_id),
            created_at: self.created_at,
            content: parse_json(&self.content, "revisions", "content", id)?,
            digest: RevisionDigest::new(parse_digest(&self.digest, "revisions", "digest", id)?),
        })
    }
}

/// Stores a revision; it is never changed.
///
/// # Errors
/// The database, or a number that is taken.
pub async fn insert_revision(
    tx: &mut Tx,
    organization: OrganizationId,
    revision: &Revision,
) -> Result<(), StoreError> {
    insert_revisions(tx, organization, std::slice::from_ref(revision)).await
}

/// Stores several revisions of an organization's posts.
///
/// # Errors
/// The database, or a number that is taken.
pub async fn insert_revisions(
    tx: &mut Tx,
    organization: OrganizationId,
    revisions: &[Revision],
) -> Result<(), StoreError> {
    let rows: serde_json::Value = revisions.iter().map(row).collect();
    execute!(tx, INSERT, organization.uuid(), rows.to_string())?;
    for revision in revisions {
        media::refer(tx, organization, revision).await?;
    }
    Ok(())
}

/// A revision as [`INSERT`] reads it.
fn row(revision: &Revision) -> serde_json::Value {
    serde_json::json!({
        "id": id(revision.id.uuid()),
        "post": id(revision.post.uuid()),
        "number": revision.number,
        "editor": id(revision.editor.uuid()),
        "created_at": instant(revision.created_at),
        "content": to_json(&revision.content),
        "digest": hex::encode(revision.digest.as_bytes()),
    })
}

/// The latest revision of a post; every post has one.
///
/// # Errors
/// The database, or an impossible row.
pub async fn latest_revision(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
) -> Result<Revision, StoreError> {
    fetch_optional!(reader, Row, SELECT_LATEST, post.uuid(), organization.uuid())?
        .ok_or_else(|| inconsistent("revisions", "post_id", post, "a post without a revision"))?
        .parse()
}

/// The revision with a digest.
///
/// # Errors
/// The database, or an impossible row.
pub async fn revision_by_digest(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
    digest: RevisionDigest,
) -> Result<Option<Revision>, StoreError> {
    let asked = [(post, digest)].into();
    let found = revisions_by_digest(reader, organization, &asked).await?;
    Ok(found.into_values().next())
}

/// The revisions of posts with digests; where a text came back, the latest with it.
///
/// # Errors
/// The database, or an impossible row.
pub async fn revisions_by_digest(
    reader: &mut Reader,
    organization: OrganizationId,
    asked: &BTreeSet<(PostId, RevisionDigest)>,
) -> Result<BTreeMap<(PostId, RevisionDigest), Revision>, StoreError> {
    let asked = asked.iter().map(|(post, digest)| {
        serde_json::json!({ "post": post.uuid().simple().to_string(), "digest": hex::encode(digest.as_bytes()) })
    });
    let asked = asked.collect::<serde_json::Value>().to_string();
    fetch_all!(reader, Row, SELECT_BY_DIGEST, organization.uuid(), asked)?
        .into_iter()
        .map(|row| {
            row.parse()
                .map(|revision| ((revision.post, revision.digest), revision))
        })
        .collect()
}

/// All revisions, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn revisions(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
) -> Result<Vec<Revision>, StoreError> {
    fetch_all!(reader, Row, SELECT, post.uuid(), organization.uuid())?
        .into_iter()
        .map(Row::parse)
        .collect()
}

/// Everybody who wrote any revision of a post, its author included.
///
/// # Errors
/// The database.
pub async fn hands(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
) -> Result<BTreeSet<UserId>, StoreError> {
    let of_posts = hands_of(reader, organization, &[post].into()).await?;
    Ok(of_posts.into_values().next().unwrap_or_default())
}

/// The same of several posts.
///
/// # Errors
/// The database.
pub async fn hands_of(
    reader: &mut Reader,
    organization: OrganizationId,
    posts: &BTreeSet<PostId>,
) -> Result<BTreeMap<PostId, BTreeSet<UserId>>, StoreError> {
    let ids = listed(posts.iter().map(|post| post.uuid()));
    let mut hands = BTreeMap::<_, BTreeSet<_>>::new();
    for (post, user) in fetch_all!(reader, (Uuid, Uuid), SELECT_HANDS, organization.uuid(), ids)? {
        hands
            .entry(PostId::new(post))
            .or_default()
            .insert(UserId::new(user));
    }
    Ok(hands)
}
