//! Policy versions: immutable, one document each.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse_digest, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    digest::PolicyDigest,
    ids::{OrganizationId, PolicyId},
};

statements! {
    INSERT = same(
        "INSERT INTO policies (id, organization_id, digest, document, origin, imported_by, imported_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    );
    SELECT_BY_DIGEST = same("SELECT id FROM policies WHERE organization_id = $1 AND digest = $2");
    SELECT_CURRENT_DIGEST = same(
        "SELECT p.id, p.digest FROM organizations o JOIN policies p ON p.id = o.policy_id WHERE o.id = $1",
    );
    SELECT_DOCUMENT = same("SELECT document FROM policies WHERE id = $1 AND organization_id = $2");
    SELECT_ORIGIN = same("SELECT origin FROM policies WHERE id = $1 AND organization_id = $2");
    SELECT = same(
        "SELECT id, digest, imported_by, imported_at FROM policies WHERE id = $1 AND organization_id = $2",
    );
    SELECT_ALL = same(
        "SELECT id, digest, imported_by, imported_at FROM policies WHERE organization_id = $1 ORDER BY id",
    );
}

/// A version to store: its document, and what it was made from.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a, D, O> {
    /// Its id.
    pub id: PolicyId,
    /// Its digest.
    pub digest: PolicyDigest,
    /// Its document.
    pub document: &'a D,
    /// What it was made from, if that is known.
    pub origin: Option<&'a O>,
    /// Who imported it.
    pub by: &'a str,
}

/// Stores a version.
///
/// # Errors
/// The database.
pub async fn insert<D: serde::Serialize + Sync, O: serde::Serialize + Sync>(
    tx: &mut Tx,
    organization: OrganizationId,
    new: NewVersion<'_, D, O>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        new.id.uuid(),
        organization.uuid(),
        new.digest.as_bytes().as_slice(),
        to_json(new.document),
        new.origin.map(to_json),
        new.by,
        at
    )
}

/// The version with this digest, if it was imported.
///
/// # Errors
/// The database.
pub async fn find_by_digest(
    reader: &mut Reader,
    organization: OrganizationId,
    digest: PolicyDigest,
) -> Result<Option<PolicyId>, StoreError> {
    let row = fetch_optional!(
        reader,
        (Uuid,),
        SELECT_BY_DIGEST,
        organization.uuid(),
        digest.as_bytes().as_slice()
    )?;
    Ok(row.map(|(id,)| PolicyId::new(id)))
}

/// The version in force, by id and digest.
///
/// # Errors
/// The database, or an impossible row.
pub async fn current(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<Option<(PolicyId, PolicyDigest)>, StoreError> {
    fetch_optional!(
        reader,
        (Uuid, Vec<u8>),
        SELECT_CURRENT_DIGEST,
        organization.uuid()
    )?
    .map(|(id, digest)| {
        let id = PolicyId::new(id);
        Ok((
            id,
            PolicyDigest::new(parse_digest(&digest, "policies", "digest", id)?),
        ))
    })
    .transpose()
}

/// A version's document.
///
/// # Errors
/// The database, or an impossible row.
pub async fn document<T: serde::de::DeserializeOwned>(
    reader: &mut Reader,
    organization: OrganizationId,
    id: PolicyId,
) -> Result<T, StoreError> {
    let row = fetch_optional!(reader, (String,), SELECT_DOCUMENT, id.uuid(), organization.uuid())?;
    let (text,) = row.ok_or_else(|| inconsistent("policies", "id", id, "the version is missing"))?;
    parse_json(&text, "policies", "document", id)
}

/// What a version was made from, if that is known.
///
/// # Errors
/// The database, or an impossible row.
pub async fn origin<T: serde::de::DeserializeOwned>(
    reader: &mut Reader,
    organization: OrganizationId,
    id: PolicyId,
) -> Result<Option<T>, StoreError> {
    let row = fetch_optional!(
        reader,
        (Option<String>,),
        SELECT_ORIGIN,
        id.uuid(),
        organization.uuid()
    )?;
    let (text,) = row.ok_or_else(|| inconsistent("policies", "id", id, "the version is missing"))?;
    text.map(|text| parse_json(&text, "policies", "origin", id))
        .transpose()
}

/// A version as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySummary {
    /// Its id.
    pub id: PolicyId,
    /// Its digest.
    pub digest: PolicyDigest,
    /// Who imported it.
    pub imported_by: String,
    /// When.
    pub imported_at: DateTime<Utc>,
}

#[derive(Debug, FromRow)]
struct SummaryRow {
    id: Uuid,
    digest: Vec<u8>,
    imported_by: String,
    imported_at: DateTime<Utc>,
}

impl SummaryRow {
    fn parsed(self) -> Result<PolicySummary, StoreError> {
        let id = PolicyId::new(self.id);
        Ok(PolicySummary {
            id,
            digest: PolicyDigest::new(parse_digest(&self.digest, "policies", "digest", id)?),
            imported_by: self.imported_by,
            imported_at: self.imported_at,
        })
    }
}

/// One version.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    id: PolicyId,
) -> Result<Option<PolicySummary>, StoreError> {
    let row = fetch_optional!(reader, SummaryRow, SELECT, id.uuid(), organization.uuid())?;
    row.map(SummaryRow::parsed).transpose()
}

/// All versions, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn all(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<Vec<PolicySummary>, StoreError> {
    let rows = fetch_all!(reader, SummaryRow, SELECT_ALL, organization.uuid())?;
    rows.into_iter().map(SummaryRow::parsed).collect()
}
