//! What the outside checker said of each revision.

use chrono::{DateTime, Utc};

use super::{
    StoreError,
    error::{parse_json, to_json},
    sql::{execute, expect_one, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{digest::RevisionDigest, evidence::OutsideFinding, ids::OrganizationId};

statements! {
    UPSERT = same(
        "INSERT INTO outside_looks (organization_id, revision_digest, looked_at, answer) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, revision_digest) DO UPDATE
         SET looked_at = excluded.looked_at, answer = excluded.answer",
    );
    SELECT = same("SELECT answer FROM outside_looks WHERE organization_id = $1 AND revision_digest = $2");
}

/// Keeps what the checker found in a revision.
///
/// # Errors
/// The database.
pub async fn keep(
    tx: &mut Tx,
    organization: OrganizationId,
    revision: RevisionDigest,
    at: DateTime<Utc>,
    findings: &[OutsideFinding],
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        UPSERT,
        organization.uuid(),
        revision.as_bytes().as_slice(),
        at,
        to_json(&findings),
    )
}

/// What the checker found in a revision; none if it has not answered.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of(
    reader: &mut Reader,
    organization: OrganizationId,
    revision: RevisionDigest,
) -> Result<Option<Vec<OutsideFinding>>, StoreError> {
    let digest = revision.as_bytes().as_slice();
    let row = fetch_optional!(reader, (String,), SELECT, organization.uuid(), digest)?;
    row.map(|(answer,)| parse_json(&answer, "outside_looks", "answer", revision))
        .transpose()
}
