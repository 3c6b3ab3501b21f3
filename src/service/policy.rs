//! Policies: imported as immutable versions, compiled once each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Conflict, Service, ServiceError, Told, access};
use crate::{
    domain::{
        actor::{Actor, Person, Scope},
        digest::PolicyDigest,
        ids::{OrganizationId, PolicyId},
    },
    gate::{
        Policy, PolicyDocument,
        coverage::{Coverage, coverage},
    },
    store::{Reader, organizations, policies},
};

/// Compiled policies by digest; a digest names one content for ever.
#[derive(Debug, Clone, Default)]
pub struct PolicyCache {
    compiled: Arc<Mutex<HashMap<PolicyDigest, Arc<Policy>>>>,
}

impl PolicyCache {
    fn get(&self, digest: PolicyDigest) -> Option<Arc<Policy>> {
        self.compiled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&digest)
            .cloned()
    }

    fn put(&self, policy: Arc<Policy>) {
        self.compiled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(policy.digest(), policy);
    }

    /// The policy in force, as this transaction sees it.
    ///
    /// # Errors
    /// When none was imported, the stored document does not have the stored digest, or it does not compile:
    /// nothing is judged then, and nothing leaves.
    pub async fn current(
        &self,
        reader: &mut Reader,
        organization: OrganizationId,
    ) -> Result<Arc<Policy>, ServiceError> {
        let (id, digest) = policies::current(reader, organization)
            .await?
            .ok_or(ServiceError::Conflict(Conflict::NoPolicy))?;
        if let Some(policy) = self.get(digest) {
            return Ok(policy);
        }
        let document: PolicyDocument = policies::document(reader, organization, id).await?;
        let policy = Arc::new(Policy::compile(document)?);
        if policy.digest() != digest {
            return Err(ServiceError::Conflict(Conflict::NoPolicy));
        }
        self.put(Arc::clone(&policy));
        Ok(policy)
    }
}

impl Service {
    /// How the policy in force keeps the guidelines.
    ///
    /// # Errors
    /// When the token does not allow reading, or no policy is in force.
    pub async fn policy_coverage(&self, person: &Person) -> Result<Coverage, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        let policy = self.policies.current(&mut reader, person.organization).await?;
        Ok(coverage(policy.document(), &self.clauses))
    }

    /// Imports a policy as a new version and puts it in force. The same document again changes nothing.
    ///
    /// # Errors
    /// When it does not compile, or the database fails.
    pub async fn import_policy(
        &self,
        organization: OrganizationId,
        document: PolicyDocument,
        by: Actor,
    ) -> Result<PolicyDigest, ServiceError> {
        let policy = Policy::compile(document)?;
        let digest = policy.digest();
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let current = policies::current(tx, organization).await?;
                if current.is_some_and(|(_, in_force)| in_force == digest) {
                    return Ok(());
                }
                organizations::bump_epoch(tx, organization).await?;
                let id = match policies::find_by_digest(tx, organization, digest).await? {
                    Some(id) => id,
                    None => {
                        let id = PolicyId::new(service.ids.next());
                        let by = by.to_string();
                        let document = policy.document();
                        policies::insert(tx, organization, id, digest, document, &by, service.now()).await?;
                        id
                    }
                };
                organizations::set_policy(tx, organization, id).await?;
                let profile = &policy.document().profile.name;
                let told = Told::new(organization, by, "policy.imported", id)
                    .under(digest)
                    .with(serde_json::json!({ "profile": profile }));
                service.tell(tx, told).await?;
                Ok(())
            })
        })
        .await?;
        Ok(digest)
    }
}
