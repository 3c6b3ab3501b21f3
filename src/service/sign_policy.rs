//! 基準の承認: people sign a version of a policy, or refuse it.

use chrono::{DateTime, Utc};

use super::{
    Conflict, Need, Service, ServiceError, Thing, Told, access,
    import_policy::{Proposal, put_in_force},
    review::check_reason,
};
use crate::{
    domain::{
        actor::{Actor, Person, Scope},
        digest::PolicyDigest,
        ids::{OrganizationId, PolicyId, ProposalId},
        proposal::{ProposalState, Signature, Signer},
    },
    gate::{PolicyDocument, policy::Bilingual},
    store::{
        Reader, Tx, policies,
        proposals::{self, Ending},
    },
};

/// A version as people see it.
#[derive(Debug, Clone)]
pub struct VersionView {
    /// Its digest.
    pub digest: PolicyDigest,
    /// Its profile's name.
    pub profile: String,
    /// What people call the profile.
    pub title: Bilingual,
    /// Who imported it.
    pub imported_by: String,
    /// When.
    pub imported_at: DateTime<Utc>,
}

/// A version that waits, or waited, for signatures.
#[derive(Debug, Clone)]
pub struct ProposalView {
    /// The proposal.
    pub proposal: Proposal,
    /// Its version.
    pub version: VersionView,
    /// The signatures so far.
    pub signatures: Vec<Signature>,
}

/// The policy of an organization.
#[derive(Debug, Clone)]
pub struct PolicyView {
    /// The version in force.
    pub in_force: VersionView,
    /// What waits for signatures, oldest first.
    pub proposals: Vec<ProposalView>,
}

impl Service {
    /// The policy in force, and what waits for signatures.
    ///
    /// # Errors
    /// When the token does not allow reading, or no policy is in force.
    pub async fn policy(&self, person: &Person) -> Result<PolicyView, ServiceError> {
        access::scope(person, Scope::Read)?;
        let organization = person.organization;
        let mut reader = self.store.read().await?;
        let (current, _) = policies::current(&mut reader, organization)
            .await?
            .ok_or(ServiceError::Conflict(Conflict::NoPolicy))?;
        let mut waiting = Vec::new();
        for proposal in proposals::open(&mut reader, organization).await? {
            waiting.push(view(&mut reader, organization, proposal).await?);
        }
        Ok(PolicyView {
            in_force: version_view(&mut reader, organization, current).await?,
            proposals: waiting,
        })
    }

    /// Signs a version; with the last signature it is in force.
    ///
    /// # Errors
    /// When it does not wait, its digest is another one, the person does not hold the role, or signed before.
    pub async fn sign_policy(
        &self,
        person: &Person,
        id: ProposalId,
        seen: PolicyDigest,
        signer: Signer,
    ) -> Result<ProposalView, ServiceError> {
        access::any_scope(person, &[Scope::Approve, Scope::Administer])?;
        access::any_role(person, &[signer.role()])?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| Box::pin(async move { sign(&service, tx, &person, id, seen, signer).await }))
            .await
    }

    /// Refuses a version; the program that made it does not propose it again.
    ///
    /// # Errors
    /// When it does not wait, or the person is neither administrator nor auditor.
    pub async fn reject_policy(
        &self,
        person: &Person,
        id: ProposalId,
        reason: String,
    ) -> Result<ProposalView, ServiceError> {
        access::any_scope(person, &[Scope::Approve, Scope::Administer])?;
        access::any_role(person, &[Signer::Administrator.role(), Signer::Auditor.role()])?;
        check_reason(&reason)?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let (organization, by) = (person.organization, Actor::User(person.user));
                let mut proposal = open_proposal(tx, organization, id).await?;
                let ending = Ending::Rejected(&reason);
                proposals::end(tx, organization, id, ending, &by.to_string(), service.now()).await?;
                let details = serde_json::json!({ "reason": reason });
                let told = Told::new(organization, by, "policy.rejected", id).under(proposal.digest);
                service.tell(tx, told.with(details)).await?;
                proposal.state = ProposalState::Rejected;
                view(tx, organization, proposal).await
            })
        })
        .await
    }
}

async fn sign(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    id: ProposalId,
    seen: PolicyDigest,
    signer: Signer,
) -> Result<ProposalView, ServiceError> {
    let (organization, by) = (person.organization, Actor::User(person.user));
    let mut proposal = open_proposal(tx, organization, id).await?;
    if proposal.digest != seen {
        let current = proposal.digest.to_string();
        return Err(ServiceError::Conflict(Conflict::StaleDigest { current }));
    }
    access::allow(proposal.needs.signers().contains(&signer), Need::Role)?;
    let mut signatures = proposals::signatures(tx, organization, id).await?;
    let signed_before = signatures.iter().any(|signature| signature.user == person.user);
    access::allow(!signed_before, Need::OtherStage)?;
    let signature = Signature {
        signer,
        user: person.user,
        signed_at: service.now(),
    };
    proposals::sign(tx, organization, id, signature).await?;
    signatures.push(signature);
    let details = serde_json::json!({ "as": signer });
    let told = Told::new(organization, by, "policy.signed", id).under(proposal.digest);
    service.tell(tx, told.with(details)).await?;
    if proposal.needs.are_met(&signatures) {
        let now = service.now();
        proposals::end(tx, organization, id, Ending::InForce, &by.to_string(), now).await?;
        put_in_force(service, tx, organization, proposal.version, by).await?;
        let told = Told::new(organization, by, "policy.in_force", proposal.version);
        service.tell(tx, told.under(proposal.digest)).await?;
        proposal.state = ProposalState::InForce;
    }
    view(tx, organization, proposal).await
}

/// A proposal that waits, compared with what is in force.
async fn open_proposal(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ProposalId,
) -> Result<Proposal, ServiceError> {
    let proposal: Proposal = proposals::find_for_update(tx, organization, id)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Proposal))?;
    if proposal.state != ProposalState::Open {
        let from = proposal.state.as_str();
        return Err(ServiceError::Conflict(Conflict::State { from }));
    }
    let current = policies::current(tx, organization).await?;
    if current.is_none_or(|(version, _)| version != proposal.against) {
        return Err(ServiceError::Conflict(Conflict::Changed));
    }
    Ok(proposal)
}

async fn view(
    reader: &mut Reader,
    organization: OrganizationId,
    proposal: Proposal,
) -> Result<ProposalView, ServiceError> {
    Ok(ProposalView {
        version: version_view(reader, organization, proposal.version).await?,
        signatures: proposals::signatures(reader, organization, proposal.id).await?,
        proposal,
    })
}

async fn version_view(
    reader: &mut Reader,
    organization: OrganizationId,
    id: PolicyId,
) -> Result<VersionView, ServiceError> {
    let summary = policies::find(reader, organization, id)
        .await?
        .ok_or(ServiceError::Conflict(Conflict::NoPolicy))?;
    let document: PolicyDocument = policies::document(reader, organization, id).await?;
    Ok(VersionView {
        digest: summary.digest,
        profile: document.profile.name,
        title: document.profile.title,
        imported_by: summary.imported_by,
        imported_at: summary.imported_at,
    })
}
