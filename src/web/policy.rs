//! `/v1/policy`: the policy in force, what waits for signatures, and what is kept of the guidelines.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    WebState,
    admit::Caller,
    findings::BilingualText,
    input::{Id, Input},
    moment::{HOUSE_ZONE, Moment},
    problem::Problem,
    words,
};
use crate::{
    domain::{
        digest::PolicyDigest,
        ids::ProposalId,
        proposal::{Needs, ProposalState, Signature, Signer},
    },
    gate::{Loosened, Way, coverage::Coverage},
    service::{PolicyView, ProposalView, VersionView},
};

/// The routes of policies.
pub(super) fn routes() -> OpenApiRouter<WebState> {
    OpenApiRouter::new()
        .routes(routes!(read))
        .routes(routes!(sign))
        .routes(routes!(reject))
        .routes(routes!(coverage))
}

/// A version of the policy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "PolicyVersion", as = PolicyVersion)]
struct VersionJson {
    /// Names this version for ever.
    digest: String,
    /// Its profile's name.
    #[schema(example = "akita")]
    profile: String,
    /// What people call the profile.
    title: BilingualText,
    /// Who imported it.
    imported_by: String,
    /// When.
    imported_at: Moment,
}

impl From<VersionView> for VersionJson {
    fn from(view: VersionView) -> Self {
        Self {
            digest: view.digest.to_string(),
            profile: view.profile,
            title: BilingualText::new(view.title.ja, view.title.en),
            imported_by: view.imported_by,
            imported_at: Moment::new(view.imported_at, HOUSE_ZONE),
        }
    }
}

/// One way in which a version loosens what the one in force blocks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Loosened", as = Loosened)]
struct LoosenedJson {
    /// How.
    #[schema(schema_with = words::way)]
    way: Way,
    /// The rule that blocks less.
    #[schema(example = "words.insult")]
    rule: String,
    /// How many hosts, words or phrases.
    count: usize,
    /// The first of them.
    examples: Vec<String>,
    /// The same in words.
    message: BilingualText,
}

impl From<&Loosened> for LoosenedJson {
    fn from(found: &Loosened) -> Self {
        Self {
            way: found.way,
            rule: found.rule.clone(),
            count: found.count,
            examples: found.examples.clone(),
            message: BilingualText::of(&found.message()),
        }
    }
}

/// One person's signature.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "PolicySignature", as = PolicySignature)]
struct SignatureJson {
    /// As what.
    #[serde(rename = "as")]
    #[schema(schema_with = words::signer)]
    signer: Signer,
    /// Who.
    user: String,
    /// When.
    at: Moment,
}

impl From<&Signature> for SignatureJson {
    fn from(signature: &Signature) -> Self {
        Self {
            signer: signature.signer,
            user: signature.user.to_string(),
            at: Moment::new(signature.signed_at, HOUSE_ZONE),
        }
    }
}

/// A version that waits for signatures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "PolicyProposal", as = PolicyProposal)]
struct ProposalJson {
    #[schema(example = "prp_0190c1a2b3c47d5e8f90a1b2c3d4e5f6")]
    id: String,
    /// The version.
    version: VersionJson,
    /// Where it stands.
    #[schema(schema_with = words::proposal_state)]
    state: ProposalState,
    /// Whose signatures it needs: two people's if it loosens anything.
    #[schema(schema_with = words::needs)]
    needs: Needs,
    /// The signatures so far.
    signatures: Vec<SignatureJson>,
    /// What it loosens against the version in force.
    loosens: Vec<LoosenedJson>,
    /// Who proposed it; `system:program` for what a newer program ships.
    proposed_by: String,
    /// When.
    proposed_at: Moment,
}

impl From<ProposalView> for ProposalJson {
    fn from(view: ProposalView) -> Self {
        let proposal = view.proposal;
        Self {
            id: proposal.id.to_string(),
            version: view.version.into(),
            state: proposal.state,
            needs: proposal.needs,
            signatures: view.signatures.iter().map(SignatureJson::from).collect(),
            loosens: proposal.loosens.iter().map(LoosenedJson::from).collect(),
            proposed_by: proposal.proposed_by,
            proposed_at: Moment::new(proposal.proposed_at, HOUSE_ZONE),
        }
    }
}

/// The policy of an organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Policy", as = Policy)]
struct PolicyJson {
    /// The version in force.
    in_force: VersionJson,
    /// What waits for signatures, oldest first.
    proposals: Vec<ProposalJson>,
}

impl From<PolicyView> for PolicyJson {
    fn from(view: PolicyView) -> Self {
        Self {
            in_force: view.in_force.into(),
            proposals: view.proposals.into_iter().map(ProposalJson::from).collect(),
        }
    }
}

/// 点検基準を見る
///
/// The version in force, and the versions that wait for signatures.
#[utoipa::path(get, path = "/v1/policy", operation_id = "read_policy", tag = "policy",
    responses((status = OK, body = PolicyJson)))]
async fn read(State(state): State<WebState>, Caller(person): Caller) -> Result<Json<PolicyJson>, Problem> {
    Ok(Json(state.service.policy(&person).await?.into()))
}

/// A signature on a version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "as": "auditor"
}))]
struct PolicySignatureRequest {
    /// The digest of the version that was on the screen.
    #[schema(value_type = String)]
    digest: PolicyDigest,
    /// As what: one person signs once, whatever roles they hold.
    #[serde(rename = "as")]
    #[schema(schema_with = words::signer)]
    signer: Signer,
}

/// 改定案を承認する
///
/// With the last signature that it needs the version is in force, and every other that waits is superseded.
#[utoipa::path(post, path = "/v1/policy/proposals/{id}/sign", operation_id = "sign_policy", tag = "policy",
    params(("id" = String, Path)), request_body = PolicySignatureRequest, responses((status = OK, body = ProposalJson)))]
async fn sign(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<ProposalId>,
    given: Input<PolicySignatureRequest>,
) -> Result<Json<ProposalJson>, Problem> {
    let PolicySignatureRequest { digest, signer } = given.value;
    let view = state.service.sign_policy(&person, id, digest, signer).await?;
    Ok(Json(view.into()))
}

/// Why a version is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "短縮URLの一覧から外す理由がない。" }))]
struct PolicyRefusal {
    /// The reason.
    reason: String,
}

/// 改定案を却下する
///
/// An administrator or an auditor refuses it; the program that made it does not propose it again.
#[utoipa::path(post, path = "/v1/policy/proposals/{id}/reject", operation_id = "reject_policy", tag = "policy",
    params(("id" = String, Path)), request_body = PolicyRefusal, responses((status = OK, body = ProposalJson)))]
async fn reject(
    State(state): State<WebState>,
    Caller(person): Caller,
    Id(id): Id<ProposalId>,
    given: Input<PolicyRefusal>,
) -> Result<Json<ProposalJson>, Problem> {
    let view = state
        .service
        .reject_policy(&person, id, given.value.reason)
        .await?;
    Ok(Json(view.into()))
}

/// 要綱の充足状況
///
/// Every clause of the guideline that the policy in force follows (of all guidelines if it follows none): how it is
/// kept, by which rule or workflow, and what is open.
#[utoipa::path(get, path = "/v1/policy/coverage", operation_id = "read_policy_coverage", tag = "policy",
    responses((status = OK, body = Object)))]
async fn coverage(State(state): State<WebState>, Caller(person): Caller) -> Result<Json<Coverage>, Problem> {
    Ok(Json(state.service.policy_coverage(&person).await?))
}
