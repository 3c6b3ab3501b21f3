//! What people assured of a revision.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{parse, parse_digest},
    sql::{execute, expect_one, fetch_all, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    attestation::{Given, GivenAs},
    digest::{PolicyDigest, RevisionDigest},
    ids::{AttestationId, OrganizationId, PostId, RevisionId, SignOffId, UserId},
};

statements! {
    INSERT = same(
        "INSERT INTO attestations (id, organization_id, post_id, revision_id, revision_digest, name, wording, given_as,
                                   sign_off_id, user_id, policy_digest, given_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    );
    // An edit makes another revision, and a return voids the sign-off: what came with either is void with it.
    SELECT_STANDING = same(
        "SELECT a.id, a.revision_digest, a.name, a.wording, a.given_as, a.user_id, a.given_at
         FROM attestations a
         JOIN revisions r ON r.id = a.revision_id
         LEFT JOIN sign_offs s ON s.id = a.sign_off_id
         WHERE a.post_id = $1 AND a.organization_id = $2 AND s.voided_at IS NULL
           AND r.number = (SELECT MAX(number) FROM revisions WHERE post_id = $1)
         ORDER BY a.given_at, a.id",
    );
}

/// What an assurance is given with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// The post.
    pub post: PostId,
    /// Its revision.
    pub revision: RevisionId,
    /// The sign-off; none for a submission.
    pub sign_off: Option<SignOffId>,
    /// The policy that asks for it.
    pub policy: PolicyDigest,
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    revision_digest: Vec<u8>,
    name: String,
    wording: String,
    given_as: String,
    user_id: Uuid,
    given_at: DateTime<Utc>,
}

impl Row {
    fn parse(self) -> Result<Given, StoreError> {
        const TABLE: &str = "attestations";
        let id = AttestationId::new(self.id);
        Ok(Given {
            id,
            revision: RevisionDigest::new(parse_digest(&self.revision_digest, TABLE, "revision_digest", id)?),
            name: self.name,
            wording: self.wording,
            given_as: parse::<GivenAs>(&self.given_as, TABLE, "given_as", id)?,
            by: UserId::new(self.user_id),
            at: self.given_at,
        })
    }
}

/// Keeps an assurance.
///
/// # Errors
/// The database.
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    occasion: Occasion,
    given: &Given,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        given.id.uuid(),
        organization.uuid(),
        occasion.post.uuid(),
        occasion.revision.uuid(),
        given.revision.as_bytes().as_slice(),
        given.name.as_str(),
        given.wording.as_str(),
        given.given_as.to_string(),
        occasion.sign_off.map(SignOffId::uuid),
        given.by.uuid(),
        occasion.policy.as_bytes().as_slice(),
        given.at,
    )
}

/// What was assured of a post's latest revision and is not void, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn standing(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
) -> Result<Vec<Given>, StoreError> {
    fetch_all!(reader, Row, SELECT_STANDING, post.uuid(), organization.uuid())?
        .into_iter()
        .map(Row::parse)
        .collect()
}
