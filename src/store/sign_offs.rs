//! People's decisions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse, parse_digest, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    digest::RevisionDigest,
    ids::{OrganizationId, PostId, SignOffId, UserId},
    signoff::SignOff,
};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, post_id, revision_digest, stage, requirement, user_id, decision, reason, suggested_text, acknowledgements, signed_at, voided_at"
    };
}

statements! {
    INSERT = same(
        "INSERT INTO sign_offs (id, organization_id, post_id, revision_digest, stage, requirement, user_id, decision,
                                reason, suggested_text, acknowledgements, signed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    );
    SELECT_STANDING = each(
        concat!("SELECT ", columns!(), " FROM sign_offs
         WHERE +organization_id = $1 AND post_id IN (SELECT unhex(value) FROM json_each($2)) AND voided_at IS NULL
         ORDER BY signed_at, id"),
        concat!("SELECT ", columns!(), " FROM sign_offs
         WHERE organization_id = $1 AND post_id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))
           AND voided_at IS NULL
         ORDER BY signed_at, id"),
    );
    SELECT_ALL = same(
        concat!("SELECT ", columns!(), "
         FROM sign_offs WHERE post_id = $1 AND organization_id = $2 ORDER BY signed_at, id"),
    );
    VOID = same(
        "UPDATE sign_offs SET voided_at = $1 WHERE post_id = $2 AND organization_id = $3 AND voided_at IS NULL",
    );
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    post_id: Uuid,
    revision_digest: Vec<u8>,
    stage: i64,
    requirement: String,
    user_id: Uuid,
    decision: String,
    reason: Option<String>,
    suggested_text: Option<String>,
    acknowledgements: String,
    signed_at: DateTime<Utc>,
    voided_at: Option<DateTime<Utc>>,
}

/// A decision as it is shown: with the suggestion that came with it, and whether it still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The decision.
    pub sign_off: SignOff,
    /// A wording that the signer suggests; the author may accept it as their own.
    pub suggested_text: Option<String>,
    /// When an edit voided it.
    pub voided_at: Option<DateTime<Utc>>,
}

impl Row {
    fn parse(self) -> Result<Recorded, StoreError> {
        const TABLE: &str = "sign_offs";
        let id = SignOffId::new(self.id);
        let sign_off = SignOff {
            id,
            post: PostId::new(self.post_id),
            revision: RevisionDigest::new(parse_digest(&self.revision_digest, TABLE, "revision_digest", id)?),
            stage: u16::try_from(self.stage).map_err(|why| inconsistent(TABLE, "stage", id, why))?,
            requirement: parse(&self.requirement, TABLE, "requirement", id)?,
            by: UserId::new(self.user_id),
            decision: parse(&self.decision, TABLE, "decision", id)?,
            reason: self.reason,
            acknowledgements: parse_json(&self.acknowledgements, TABLE, "acknowledgements", id)?,
            at: self.signed_at,
        };
        Ok(Recorded {
            sign_off,
            suggested_text: self.suggested_text,
            voided_at: self.voided_at,
        })
    }
}

/// Records a decision.
///
/// # Errors
/// [`StoreError::Duplicate`] when this person, or somebody else at this stage, approved it already.
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    sign_off: &SignOff,
    suggested_text: Option<&str>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        sign_off.id.uuid(),
        organization.uuid(),
        sign_off.post.uuid(),
        sign_off.revision.as_bytes().as_slice(),
        i64::from(sign_off.stage),
        sign_off.requirement.to_string(),
        sign_off.by.uuid(),
        sign_off.decision.as_str(),
        sign_off.reason.as_deref(),
        suggested_text,
        to_json(&sign_off.acknowledgements),
        sign_off.at,
    )
}

/// The decisions that stand, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn standing(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
) -> Result<Vec<SignOff>, StoreError> {
    let of_posts = standing_of(reader, organization, &[post].into()).await?;
    Ok(of_posts.into_values().next().unwrap_or_default())
}

/// The same of several posts.
///
/// # Errors
/// The database, or an impossible row.
pub async fn standing_of(
    reader: &mut Reader,
    organization: OrganizationId,
    posts: &BTreeSet<PostId>,
) -> Result<BTreeMap<PostId, Vec<SignOff>>, StoreError> {
    let ids = listed(posts.iter().map(|post| post.uuid()));
    let mut standing = BTreeMap::<_, Vec<_>>::new();
    for row in fetch_all!(reader, Row, SELECT_STANDING, organization.uuid(), ids)? {
        let sign_off = row.parse()?.sign_off;
        standing.entry(sign_off.post).or_default().push(sign_off);
    }
    Ok(standing)
}

/// All decisions, voided ones too, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn all(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
) -> Result<Vec<Recorded>, StoreError> {
    fetch_all!(reader, Row, SELECT_ALL, post.uuid(), organization.uuid())?
        .into_iter()
        .map(Row::parse)
        .collect()
}

/// Voids every standing decision on a post: it was edited. Tells how many.
///
/// # Errors
/// The database.
pub async fn void(
    tx: &mut Tx,
    organization: OrganizationId,
    post: PostId,
    at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    execute!(tx, VOID, at, post.uuid(), organization.uuid())
}
