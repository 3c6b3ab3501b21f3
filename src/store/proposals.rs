//! Versions of a policy that wait for signatures, and the signatures.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{parse, parse_digest, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    digest::PolicyDigest,
    ids::{OrganizationId, PolicyId, ProposalId, UserId},
    proposal::{Needs, ProposalState, Signature, Signer},
};

/// The columns that a row is parsed from, of proposals `r` and their versions `p`.
macro_rules! columns {
    () => {
        "r.id, r.policy_id, p.digest, r.against_id, r.loosens, r.needs, r.proposed_by, r.proposed_at, r.state
         FROM policy_proposals r JOIN policies p ON p.id = r.policy_id"
    };
}

statements! {
    INSERT = same(
        "INSERT INTO policy_proposals
             (id, organization_id, policy_id, against_id, loosens, needs, proposed_by, proposed_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open')",
    );
    SELECT_OPEN = same(
        concat!("SELECT ", columns!(), "
         WHERE r.organization_id = $1 AND r.state = 'open' ORDER BY r.id"),
    );
    SELECT_OF_VERSION = same(
        concat!("SELECT ", columns!(), "
         WHERE r.organization_id = $1 AND r.policy_id = $2 ORDER BY r.id"),
    );
    // Two people may sign at once: each must see the other's signature. SQLite has one writer.
    SELECT_FOR_UPDATE = each(
        concat!("SELECT ", columns!(), " WHERE r.id = $1 AND r.organization_id = $2"),
        concat!("SELECT ", columns!(), " WHERE r.id = $1 AND r.organization_id = $2 FOR UPDATE OF r"),
    );
    END = same(
        "UPDATE policy_proposals SET state = $1, ended_by = $2, ended_at = $3, reason = $4
         WHERE id = $5 AND organization_id = $6 AND state = 'open'",
    );
    SIGN = same(
        "INSERT INTO policy_signatures (organization_id, proposal_id, role, user_id, signed_at)
         VALUES ($1, $2, $3, $4, $5)",
    );
    SELECT_SIGNATURES = same(
        "SELECT role, user_id, signed_at FROM policy_signatures
         WHERE organization_id = $1 AND proposal_id = $2 ORDER BY signed_at, role",
    );
}

/// A proposal as it is stored; `L` is what it loosens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal<L> {
    /// Its id.
    pub id: ProposalId,
    /// The version.
    pub version: PolicyId,
    /// The version's digest.
    pub digest: PolicyDigest,
    /// The version that was in force when it was made.
    pub against: PolicyId,
    /// What it loosens against that one.
    pub loosens: Vec<L>,
    /// Whose signatures it needs.
    pub needs: Needs,
    /// Who proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// Where it stands.
    pub state: ProposalState,
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    policy_id: Uuid,
    digest: Vec<u8>,
    against_id: Uuid,
    loosens: String,
    needs: String,
    proposed_by: String,
    proposed_at: DateTime<Utc>,
    state: String,
}

const TABLE: &str = "policy_proposals";

impl Row {
    fn parsed<L: serde::de::DeserializeOwned>(self) -> Result<Proposal<L>, StoreError> {
        let id = ProposalId::new(self.id);
        Ok(Proposal {
            id,
            version: PolicyId::new(self.policy_id),
            digest: PolicyDigest::new(parse_digest(&self.digest, "policies", "digest", id)?),
            against: PolicyId::new(self.against_id),
            loosens: parse_json(&self.loosens, TABLE, "loosens", id)?,
            needs: parse(&self.needs, TABLE, "needs", id)?,
            proposed_by: self.proposed_by,
            proposed_at: self.proposed_at,
            state: parse(&self.state, TABLE, "state", id)?,
        })
    }
}

/// Stores an open proposal.
///
/// # Errors
/// [`StoreError::Duplicate`] when the version is proposed already; the database.
pub async fn insert<L: serde::Serialize + Sync>(
    tx: &mut Tx,
    organization: OrganizationId,
    proposal: &Proposal<L>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        proposal.id.uuid(),
        organization.uuid(),
        proposal.version.uuid(),
        proposal.against.uuid(),
        to_json(&proposal.loosens),
        proposal.needs.as_str(),
        &proposal.proposed_by,
        proposal.proposed_at
    )
}

/// Everything that waits, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn open<L: serde::de::DeserializeOwned>(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<Vec<Proposal<L>>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_OPEN, organization.uuid())?;
    rows.into_iter().map(Row::parsed).collect()
}

/// Every proposal of a version, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of_version<L: serde::de::DeserializeOwned>(
    reader: &mut Reader,
    organization: OrganizationId,
    version: PolicyId,
) -> Result<Vec<Proposal<L>>, StoreError> {
    let rows = fetch_all!(
        reader,
        Row,
        SELECT_OF_VERSION,
        organization.uuid(),
        version.uuid()
    )?;
    rows.into_iter().map(Row::parsed).collect()
}

/// One proposal, kept from others until the transaction ends.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find_for_update<L: serde::de::DeserializeOwned>(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ProposalId,
) -> Result<Option<Proposal<L>>, StoreError> {
    let row = fetch_optional!(tx, Row, SELECT_FOR_UPDATE, id.uuid(), organization.uuid())?;
    row.map(Row::parsed).transpose()
}

/// How a proposal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending<'a> {
    /// It came into force.
    InForce,
    /// Another version came first.
    Superseded,
    /// Somebody refused it, for this reason.
    Rejected(&'a str),
}

impl Ending<'_> {
    const fn state(self) -> ProposalState {
        match self {
            Self::InForce => ProposalState::InForce,
            Self::Superseded => ProposalState::Superseded,
            Self::Rejected(_) => ProposalState::Rejected,
        }
    }
}

/// Ends an open proposal.
///
/// # Errors
/// [`StoreError::Stale`] when it is not open; the database.
pub async fn end(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ProposalId,
    ending: Ending<'_>,
    by: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let reason = match ending {
        Ending::Rejected(reason) => Some(reason),
        Ending::InForce | Ending::Superseded => None,
    };
    expect_one!(
        tx,
        END,
        ending.state().as_str(),
        by,
        at,
        reason,
        id.uuid(),
        organization.uuid()
    )
}

/// Stores a signature.
///
/// # Errors
/// [`StoreError::Duplicate`] when the person signed before, or somebody did for this role; the database.
pub async fn sign(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ProposalId,
    signature: Signature,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        SIGN,
        organization.uuid(),
        id.uuid(),
        signature.signer.as_str(),
        signature.user.uuid(),
        signature.signed_at
    )
}

#[derive(Debug, FromRow)]
struct SignatureRow {
    role: String,
    user_id: Uuid,
    signed_at: DateTime<Utc>,
}

/// The signatures of a proposal, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn signatures(
    reader: &mut Reader,
    organization: OrganizationId,
    id: ProposalId,
) -> Result<Vec<Signature>, StoreError> {
    let rows = fetch_all!(
        reader,
        SignatureRow,
        SELECT_SIGNATURES,
        organization.uuid(),
        id.uuid()
    )?;
    let parsed = |row: SignatureRow| {
        Ok(Signature {
            signer: parse::<Signer>(&row.role, "policy_signatures", "role", id)?,
            user: UserId::new(row.user_id),
            signed_at: row.signed_at,
        })
    };
    rows.into_iter().map(parsed).collect()
}
