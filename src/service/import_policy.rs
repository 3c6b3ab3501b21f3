//! Versions of a policy come in: one that loosens a block, and one that a newer program makes, wait for signatures.

use super::{Service, ServiceError, Told};
use crate::{
    domain::{
        actor::Actor,
        digest::PolicyDigest,
        ids::{OrganizationId, PolicyId, ProposalId},
        proposal::{Needs, ProposalState},
    },
    gate::{Loosened, Policy, PolicyDocument, PolicyError, loosened, origin::PolicyOrigin},
    store::{
        Reader, StoreError, Tx, organizations,
        policies::{self, NewVersion},
        proposals::{self, Ending},
    },
};

/// A proposal as it is stored.
pub(super) type Proposal = proposals::Proposal<Loosened>;

/// A version that is brought in.
#[derive(Debug)]
pub struct Brought {
    /// Its document.
    pub document: PolicyDocument,
    /// What it was made from; without it no newer program proposes a successor.
    pub origin: Option<PolicyOrigin>,
}

impl From<PolicyDocument> for Brought {
    fn from(document: PolicyDocument) -> Self {
        Self {
            document,
            origin: None,
        }
    }
}

/// What became of a version that was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// It is in force.
    InForce(PolicyDigest),
    /// It waits for signatures.
    Proposed {
        /// Under this id.
        proposal: ProposalId,
        /// Its digest.
        digest: PolicyDigest,
        /// Whose signatures it needs.
        needs: Needs,
        /// What it loosens.
        loosens: Vec<Loosened>,
    },
}

impl Service {
    /// Brings in a version of a policy. The first one of an organization is in force at once, and so is one
    /// that loosens no block; any other waits for its signatures. The same document again changes nothing.
    ///
    /// # Errors
    /// When it does not compile, or the database fails.
    pub async fn import_policy(
        &self,
        organization: OrganizationId,
        brought: impl Into<Brought>,
        by: Actor,
    ) -> Result<Imported, ServiceError> {
        let Brought { document, origin } = brought.into();
        let policy = Policy::compile(document)?;
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let version = Version {
                    organization,
                    policy: &policy,
                    origin: origin.as_ref(),
                    by,
                };
                version.import(&service, tx).await
            })
        })
        .await
    }

    /// Proposes what this program makes of the origin of the version in force, for every organization: a newer
    /// program never switches in silence. What is in force, waits already or was refused is not proposed.
    ///
    /// # Errors
    /// When a version does not compile, or the database fails.
    pub async fn propose_successors(
        &self,
        make: impl Fn(&PolicyOrigin) -> Result<PolicyDocument, PolicyError>,
    ) -> Result<Vec<Imported>, ServiceError> {
        let mut found = Vec::new();
        let all = organizations::all(&mut self.store.read().await?).await?;
        for organization in all {
            found.extend(self.propose_successor(organization.id, &make).await?);
        }
        Ok(found)
    }

    async fn propose_successor(
        &self,
        organization: OrganizationId,
        make: &impl Fn(&PolicyOrigin) -> Result<PolicyDocument, PolicyError>,
    ) -> Result<Option<Imported>, ServiceError> {
        let mut reader = self.store.read().await?;
        let Some((current, in_force)) = policies::current(&mut reader, organization).await? else {
            return Ok(None);
        };
        let origin: Option<PolicyOrigin> = policies::origin(&mut reader, organization, current).await?;
        drop(reader);
        let Some(origin) = origin else { return Ok(None) };
        let policy = Policy::compile(make(&origin)?)?;
        if policy.digest() == in_force {
            return Ok(None);
        }
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let version = Version {
                    organization,
                    policy: &policy,
                    origin: Some(&origin),
                    by: Actor::Program,
                };
                version.succeed(&service, tx).await
            })
        })
        .await
    }
}

/// A compiled version on its way in.
struct Version<'a> {
    organization: OrganizationId,
    policy: &'a Policy,
    origin: Option<&'a PolicyOrigin>,
    by: Actor,
}

impl Version<'_> {
    async fn import(&self, service: &Service, tx: &mut Tx) -> Result<Imported, ServiceError> {
        let digest = self.policy.digest();
        let Some((current, in_force)) = policies::current(tx, self.organization).await? else {
            return self.put_in_force(service, tx).await;
        };
        if in_force == digest {
            return Ok(Imported::InForce(digest));
        }
        let loosens = self.loosens(tx, current).await?;
        if loosens.is_empty() {
            return self.put_in_force(service, tx).await;
        }
        self.propose(service, tx, current, loosens).await
    }

    /// Proposes the version, however strict it is, unless somebody refused it.
    async fn succeed(&self, service: &Service, tx: &mut Tx) -> Result<Option<Imported>, ServiceError> {
        let Some((current, in_force)) = policies::current(tx, self.organization).await? else {
            return Ok(None);
        };
        if in_force == self.policy.digest() {
            return Ok(None);
        }
        if let Some(known) = policies::find_by_digest(tx, self.organization, self.policy.digest()).await? {
            let earlier: Vec<Proposal> = proposals::of_version(tx, self.organization, known).await?;
            let done = [ProposalState::Open, ProposalState::Rejected];
            if earlier.iter().any(|proposal| done.contains(&proposal.state)) {
                return Ok(None);
            }
        }
        let loosens = self.loosens(tx, current).await?;
        self.propose(service, tx, current, loosens).await.map(Some)
    }

    async fn loosens(&self, reader: &mut Reader, current: PolicyId) -> Result<Vec<Loosened>, ServiceError> {
        let document: PolicyDocument = policies::document(reader, self.organization, current).await?;
        Ok(match Policy::compile(document) {
            Ok(old) => loosened(&old, self.policy),
            // Nothing leaves under such a version, and what it blocked cannot be told.
            Err(why) => vec![Loosened::unreadable(&why)],
        })
    }

    async fn put_in_force(&self, service: &Service, tx: &mut Tx) -> Result<Imported, ServiceError> {
        let id = self.store(service, tx).await?;
        put_in_force(service, tx, self.organization, id, self.by).await?;
        let digest = self.policy.digest();
        let profile = &self.policy.document().profile.name;
        let told = Told::new(self.organization, self.by, "policy.imported", id)
            .under(digest)
            .with(serde_json::json!({ "profile": profile }));
        service.tell(tx, told).await?;
        Ok(Imported::InForce(digest))
    }

    async fn propose(
        &self,
        service: &Service,
        tx: &mut Tx,
        current: PolicyId,
        loosens: Vec<Loosened>,
    ) -> Result<Imported, ServiceError> {
        let (organization, digest) = (self.organization, self.policy.digest());
        let version = self.store(service, tx).await?;
        let earlier: Vec<Proposal> = proposals::of_version(tx, organization, version).await?;
        let waiting = earlier
            .into_iter()
            .find(|proposal| proposal.state == ProposalState::Open);
        let proposal = match waiting {
            Some(waiting) => waiting,
            None => {
                let new = Proposal {
                    id: ProposalId::new(service.ids.next()),
                    version,
                    digest,
                    against: current,
                    needs: if loosens.is_empty() {
                        Needs::Administrator
                    } else {
                        Needs::Both
                    },
                    loosens,
                    proposed_by: self.by.to_string(),
                    proposed_at: service.now(),
                    state: ProposalState::Open,
                };
                proposals::insert(tx, organization, &new).await?;
                let details = serde_json::json!({
                    "profile": self.policy.document().profile.name,
                    "needs": new.needs,
                    "loosens": new.loosens,
                });
                let told = Told::new(organization, self.by, "policy.proposed", new.id).under(digest);
                service.tell(tx, told.with(details)).await?;
                new
            }
        };
        Ok(Imported::Proposed {
            proposal: proposal.id,
            digest,
            needs: proposal.needs,
            loosens: proposal.loosens,
        })
    }

    /// Stores the document, unless it is there.
    async fn store(&self, service: &Service, tx: &mut Tx) -> Result<PolicyId, StoreError> {
        let digest = self.policy.digest();
        if let Some(known) = policies::find_by_digest(tx, self.organization, digest).await? {
            return Ok(known);
        }
        let id = PolicyId::new(service.ids.next());
        let new = NewVersion {
            id,
            digest,
            document: self.policy.document(),
            origin: self.origin,
            by: &self.by.to_string(),
        };
        policies::insert(tx, self.organization, new, service.now()).await?;
        Ok(id)
    }
}

/// Puts a stored version in force. What waits was compared with the one before: it is superseded.
pub(super) async fn put_in_force(
    service: &Service,
    tx: &mut Tx,
    organization: OrganizationId,
    version: PolicyId,
    by: Actor,
) -> Result<(), ServiceError> {
    organizations::bump_epoch(tx, organization).await?;
    organizations::set_policy(tx, organization, version).await?;
    for waiting in proposals::open::<Loosened>(tx, organization).await? {
        let (id, now) = (waiting.id, service.now());
        proposals::end(tx, organization, id, Ending::Superseded, &by.to_string(), now).await?;
        let told = Told::new(organization, by, "policy.superseded", id).under(waiting.digest);
        service.tell(tx, told).await?;
    }
    Ok(())
}
