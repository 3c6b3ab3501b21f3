//! Posts and their revisions.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse, parse_digest, parse_json, present, to_json},
    media,
    sql::{execute, expect_one, fetch_all, fetch_optional, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    digest::RevisionDigest,
    ids::{OrganizationId, PostId, RevisionId, UserId},
    post::{Post, PostPhase, PostState, PublishMode, Summary},
    revision::Revision,
    route::Route,
};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, organization_id, author_id, document_number, publish_mode, publish_at, version, state, revision_digest, stage, route, summary, created_at, updated_at"
    };
}

statements! {
    INSERT = same(
        "INSERT INTO posts (id, organization_id, author_id, document_number, publish_mode, publish_at, version, state,
                            created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'draft', $8, $8)",
    );
    /// Whatever changed since it was read has another version, and nothing is written.
    UPDATE = same(
        "UPDATE posts SET document_number = $1, publish_mode = $2, publish_at = $3, state = $4, revision_digest = $5,
                          stage = $6, route = $7, summary = $8, updated_at = $9, version = version + 1
         WHERE id = $10 AND organization_id = $11 AND version = $12",
    );
    SELECT = same(
        concat!("SELECT ", columns!(), "
         FROM posts WHERE id = $1 AND organization_id = $2"),
    );
    /// Takes posts under locks, so that two changes of one post come one after the other; in one order, so that nobody
    /// waits for somebody who waits for them. One writer makes the locks needless on SQLite.
    SELECT_FOR_UPDATE = each(
        concat!("SELECT ", columns!(), " FROM posts
         WHERE organization_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))"),
        concat!("SELECT ", columns!(), " FROM posts
         WHERE organization_id = $1 AND id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))
         ORDER BY id FOR UPDATE"),
    );
    SELECT_PAGE = same(
        concat!("SELECT ", columns!(), "
         FROM posts WHERE organization_id = $1 AND id < $2 AND ($3 = '' OR state = $3) ORDER BY id DESC LIMIT $4"),
    );
    SELECT_AWAITING = same(
        concat!("SELECT ", columns!(), " FROM posts WHERE organization_id = $1 AND state = 'in_review'
         UNION ALL
         SELECT ", columns!(), " FROM posts WHERE organization_id = $1 AND state = 'approved' AND id IN
             (SELECT d.post_id FROM deliveries d
              WHERE d.organization_id = $1 AND d.state = 'held' AND d.hold_cause = 'gate')
         ORDER BY id LIMIT 1000"),
    );
    INSERT_REVISION = same(
        "INSERT INTO revisions (id, organization_id, post_id, number, editor_id, created_at, content, digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    SELECT_LATEST_REVISION = same(
        "SELECT id, post_id, number, editor_id, created_at, content, digest
         FROM revisions WHERE post_id = $1 AND organization_id = $2 ORDER BY number DESC LIMIT 1",
    );
    SELECT_REVISION_BY_DIGEST = same(
        "SELECT id, post_id, number, editor_id, created_at, content, digest
         FROM revisions WHERE post_id = $1 AND organization_id = $2 AND digest = $3 ORDER BY number DESC LIMIT 1",
    );
    SELECT_REVISIONS = same(
        "SELECT id, post_id, number, editor_id, created_at, content, digest
         FROM revisions WHERE post_id = $1 AND organization_id = $2 ORDER BY number",
    );
    SELECT_HANDS = same(
        "SELECT editor_id FROM revisions WHERE post_id = $1 AND organization_id = $2",
    );
}

/// A post with the times of its row.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The post.
    pub post: Post,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    author_id: Uuid,
    document_number: Option<String>,
    publish_mode: String,
    publish_at: Option<DateTime<Utc>>,
    version: i64,
    state: String,
    revision_digest: Option<Vec<u8>>,
    stage: Option<i64>,
    route: Option<String>,
    summary: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

const TABLE: &str = "posts";

impl Row {
    fn parse(self) -> Result<Stored, StoreError> {
        let id = PostId::new(self.id);
        let state = self.state(id)?;
        let publish = match (self.publish_mode.as_str(), self.publish_at) {
            ("at", Some(at)) => PublishMode::At(at),
            ("on_approval", None) => PublishMode::OnApproval,
            _ => return Err(inconsistent(TABLE, "publish_mode", id, self.publish_mode)),
        };
        Ok(Stored {
            post: Post {
                id,
                organization: OrganizationId::new(self.organization_id),
                author: UserId::new(self.author_id),
                document_number: self.document_number,
                publish,
                version: self.version,
                state,
            },
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    fn state(&self, id: PostId) -> Result<PostState, StoreError> {
        let phase: PostPhase = parse(&self.state, TABLE, "state", id)?;
        Ok(match phase {
            PostPhase::Draft => PostState::Draft,
            PostPhase::Rejected => PostState::Rejected,
            PostPhase::Cancelled => PostState::Cancelled,
            PostPhase::InReview => PostState::InReview {
                revision: self.revision(id)?,
                stage: u16::try_from(present(self.stage, TABLE, "stage", id)?)
                    .map_err(|why| inconsistent(TABLE, "stage", id, why))?,
                route: self.route(id)?,
            },
            PostPhase::Approved => PostState::Approved {
                revision: self.revision(id)?,
                route: self.route(id)?,
            },
            PostPhase::Completed => PostState::Completed {
                revision: self.revision(id)?,
                route: self.route(id)?,
                summary: parse::<Summary>(
                    present(self.summary.as_deref(), TABLE, "summary", id)?,
                    TABLE,
                    "summary",
                    id,
                )?,
            },
        })
    }

    fn revision(&self, id: PostId) -> Result<RevisionDigest, StoreError> {
        let bytes = present(self.revision_digest.as_deref(), TABLE, "revision_digest", id)?;
        parse_digest(bytes, TABLE, "revision_digest", id).map(RevisionDigest::new)
    }

    fn route(&self, id: PostId) -> Result<Route, StoreError> {
        parse_json(
            present(self.route.as_deref(), TABLE, "route", id)?,
            TABLE,
            "route",
            id,
        )
    }
}

const fn mode(publish: PublishMode) -> (&'static str, Option<DateTime<Utc>>) {
    match publish {
        PublishMode::At(at) => ("at", Some(at)),
        PublishMode::OnApproval => ("on_approval", None),
    }
}

/// Queues a post as a draft.
///
/// # Errors
/// The database.
pub async fn insert(tx: &mut Tx, post: &Post, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (mode, publish_at) = mode(post.publish);
    expect_one!(
        tx,
        INSERT,
        post.id.uuid(),
        post.organization.uuid(),
        post.author.uuid(),
        post.document_number.as_deref(),
        mode,
        publish_at,
        post.version,
        at,
    )
}

/// Writes a post back; its version must be the one that was read, and grows by one.
///
/// # Errors
/// [`StoreError::Stale`] when somebody was faster; the database.
pub async fn update(tx: &mut Tx, post: &Post, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (mode, publish_at) = mode(post.publish);
    let (revision, stage, route, summary) = match &post.state {
        PostState::Draft | PostState::Rejected | PostState::Cancelled => (None, None, None, None),
        PostState::InReview {
            revision,
            stage,
            route,
        } => (Some(revision), Some(*stage), Some(route), None),
        PostState::Approved { revision, route } => (Some(revision), None, Some(route), None),
        PostState::Completed {
            revision,
            route,
            summary,
        } => (Some(revision), None, Some(route), Some(*summary)),
    };
    expect_one!(
        tx,
        UPDATE,
        post.document_number.as_deref(),
        mode,
        publish_at,
        post.state.phase().as_str(),
        revision.map(|digest| digest.as_bytes().as_slice()),
        stage.map(i64::from),
        route.map(to_json),
        summary.map(Summary::as_str),
        at,
        post.id.uuid(),
        post.organization.uuid(),
        post.version,
    )
}

/// One post.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    id: PostId,
) -> Result<Option<Stored>, StoreError> {
    fetch_optional!(reader, Row, SELECT, id.uuid(), organization.uuid())?
        .map(Row::parse)
        .transpose()
}

/// One post that is about to change: nobody else changes it until this transaction ends.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find_for_update(
    tx: &mut Tx,
    organization: OrganizationId,
    id: PostId,
) -> Result<Option<Stored>, StoreError> {
    let found = these_for_update(tx, organization, std::iter::once(id)).await?;
    Ok(found.into_iter().next())
}

/// Several posts that are about to change.
///
/// # Errors
/// The database, or an impossible row.
pub async fn these_for_update(
    tx: &mut Tx,
    organization: OrganizationId,
    ids: impl Iterator<Item = PostId>,
) -> Result<Vec<Stored>, StoreError> {
    let ids = listed(ids.map(|id| id.uuid()));
    fetch_all!(tx, Row, SELECT_FOR_UPDATE, organization.uuid(), ids)?
        .into_iter()
        .map(Row::parse)
        .collect()
}

/// Posts older than a cursor, newest first, perhaps only those in one state.
///
/// # Errors
/// The database, or an impossible row.
pub async fn page(
    reader: &mut Reader,
    organization: OrganizationId,
    before: Option<PostId>,
    state: Option<PostPhase>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let before = before.map_or(Uuid::max(), PostId::uuid);
    let state = state.map_or("", PostPhase::as_str);
    fetch_all!(
        reader,
        Row,
        SELECT_PAGE,
        organization.uuid(),
        before,
        state,
        limit
    )?
    .into_iter()
    .map(Row::parse)
    .collect()
}

/// Posts in review, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn awaiting_people(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<Vec<Stored>, StoreError> {
    fetch_all!(reader, Row, SELECT_AWAITING, organization.uuid())?
        .into_iter()
        .map(Row::parse)
        .collect()
}

#[derive(Debug, FromRow)]
struct RevisionRow {
    id: Uuid,
    post_id: Uuid,
    number: i64,
    editor_id: Uuid,
    created_at: DateTime<Utc>,
    content: String,
    digest: Vec<u8>,
}

impl RevisionRow {
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
    expect_one!(
        tx,
        INSERT_REVISION,
        revision.id.uuid(),
        organization.uuid(),
        revision.post.uuid(),
        revision.number,
        revision.editor.uuid(),
        revision.created_at,
        to_json(&revision.content),
        revision.digest.as_bytes().as_slice(),
    )?;
    media::refer(tx, organization, revision).await
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
    fetch_optional!(
        reader,
        RevisionRow,
        SELECT_LATEST_REVISION,
        post.uuid(),
        organization.uuid()
    )?
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
    fetch_optional!(
        reader,
        RevisionRow,
        SELECT_REVISION_BY_DIGEST,
        post.uuid(),
        organization.uuid(),
        digest.as_bytes().as_slice(),
    )?
    .map(RevisionRow::parse)
    .transpose()
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
    fetch_all!(
        reader,
        RevisionRow,
        SELECT_REVISIONS,
        post.uuid(),
        organization.uuid()
    )?
    .into_iter()
    .map(RevisionRow::parse)
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
    let rows = fetch_all!(reader, (Uuid,), SELECT_HANDS, post.uuid(), organization.uuid())?;
    Ok(rows.into_iter().map(|(user,)| UserId::new(user)).collect())
}
