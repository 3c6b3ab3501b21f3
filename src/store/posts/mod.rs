//! Posts and their revisions.

mod revisions;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse, parse_digest, parse_json, present, to_json},
    sql::{execute, fetch_all, fetch_optional, id, instant, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    digest::RevisionDigest,
    ids::{OrganizationId, PostId, UserId},
    post::{Post, PostPhase, PostState, PublishMode, Summary},
    route::Route,
};

pub use revisions::{
    hands, hands_of, insert_revision, insert_revisions, latest_revision, revision_by_digest, revisions,
    revisions_by_digest,
};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, organization_id, author_id, document_number, publish_mode, publish_at, version, state, revision_digest, stage, route, summary, created_at, updated_at"
    };
}

statements! {
    INSERT = each(
        "INSERT INTO posts (id, organization_id, author_id, document_number, publish_mode, publish_at, version, state,
                            revision_digest, stage, route, summary, created_at, updated_at)
         SELECT unhex(new.value ->> '$.id'), $1, unhex(new.value ->> '$.author'), new.value ->> '$.document_number',
                new.value ->> '$.publish_mode', new.value ->> '$.publish_at', new.value ->> '$.version', new.value ->> '$.state',
                unhex(new.value ->> '$.revision_digest'), new.value ->> '$.stage', new.value ->> '$.route',
                new.value ->> '$.summary', new.value ->> '$.created_at', new.value ->> '$.updated_at'
         FROM json_each($2) AS new",
        "INSERT INTO posts (id, organization_id, author_id, document_number, publish_mode, publish_at, version, state,
                            revision_digest, stage, route, summary, created_at, updated_at)
         SELECT id, $1, author, document_number, publish_mode, publish_at, version, state,
                decode(revision_digest, 'hex'), stage, route, summary, created_at, updated_at
         FROM jsonb_to_recordset($2::jsonb) AS new(id uuid, author uuid, document_number text, publish_mode text,
                publish_at timestamptz, version bigint, state text, revision_digest text, stage bigint, route text, summary text,
                created_at timestamptz, updated_at timestamptz)",
    );
    /// Whatever changed since it was read has another version, and nothing is written.
    UPDATE = each(
        "UPDATE posts SET document_number = c.value ->> '$.document_number', publish_mode = c.value ->> '$.publish_mode',
                publish_at = c.value ->> '$.publish_at', state = c.value ->> '$.state',
                revision_digest = unhex(c.value ->> '$.revision_digest'), stage = c.value ->> '$.stage',
                route = c.value ->> '$.route', summary = c.value ->> '$.summary', updated_at = $3, version = version + 1
         FROM json_each($2) AS c
         WHERE posts.id = unhex(c.value ->> '$.id') AND +posts.organization_id = $1 AND posts.version = c.value ->> '$.version'",
        "UPDATE posts SET document_number = c.document_number, publish_mode = c.publish_mode, publish_at = c.publish_at,
                state = c.state, revision_digest = decode(c.revision_digest, 'hex'), stage = c.stage, route = c.route,
                summary = c.summary, updated_at = $3, version = posts.version + 1
         FROM jsonb_to_recordset($2::jsonb) AS c(id uuid, document_number text, publish_mode text, publish_at timestamptz,
                state text, revision_digest text, stage bigint, route text, summary text, version bigint)
         WHERE posts.id = c.id AND posts.organization_id = $1 AND posts.version = c.version",
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

/// Queues a post.
///
/// # Errors
/// The database.
pub async fn insert(tx: &mut Tx, post: &Post, at: DateTime<Utc>) -> Result<(), StoreError> {
    let stored = Stored {
        post: post.clone(),
        created_at: at,
        updated_at: at,
    };
    insert_all(tx, post.organization, &[stored]).await
}

/// Queues several posts of an organization.
///
/// # Errors
/// The database.
pub async fn insert_all(
    tx: &mut Tx,
    organization: OrganizationId,
    posts: &[Stored],
) -> Result<(), StoreError> {
    let new = posts.iter().map(|stored| {
        let mut row = row(&stored.post);
        row["created_at"] = instant(stored.created_at).into();
        row["updated_at"] = instant(stored.updated_at).into();
        row
    });
    let rows = new.collect::<serde_json::Value>().to_string();
    execute!(tx, INSERT, organization.uuid(), rows).map(drop)
}

/// Writes a post back; its version must be the one that was read, and grows by one.
///
/// # Errors
/// [`StoreError::Stale`] when somebody was faster; the database.
pub async fn update(tx: &mut Tx, post: &Post, at: DateTime<Utc>) -> Result<(), StoreError> {
    update_all(tx, post.organization, std::slice::from_ref(post), at).await
}

/// The same for several posts of an organization: all of them, or none.
///
/// # Errors
/// [`StoreError::Stale`] when somebody was faster, and the transaction must not be kept then; the database.
pub async fn update_all(
    tx: &mut Tx,
    organization: OrganizationId,
    posts: &[Post],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if posts.is_empty() {
        return Ok(());
    }
    let rows: serde_json::Value = posts.iter().map(row).collect();
    let written = execute!(tx, UPDATE, organization.uuid(), rows.to_string(), at)?;
    if usize::try_from(written) == Ok(posts.len()) {
        Ok(())
    } else {
        Err(StoreError::Stale(UPDATE.name))
    }
}

/// A post as [`INSERT`] and [`UPDATE`] read it, but for its times.
fn row(post: &Post) -> serde_json::Value {
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
    serde_json::json!({
        "id": id(post.id.uuid()),
        "author": id(post.author.uuid()),
        "document_number": post.document_number,
        "publish_mode": mode,
        "publish_at": publish_at.map(instant),
        "state": post.state.phase().as_str(),
        "revision_digest": revision.map(|digest| hex::encode(digest.as_bytes())),
        "stage": stage,
        "route": route.map(to_json),
        "summary": summary.map(Summary::as_str),
        "version": post.version,
    })
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

/// The statements of revisions, for the contract suite.
#[cfg(test)]
pub(super) const fn revision_statements() -> &'static [&'static super::sql::Sql] {
    revisions::STATEMENTS
}
