//! Policies, compiled once each, and what the one in force keeps.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Conflict, Service, ServiceError, access};
use crate::{
    domain::{
        actor::{Person, Scope},
        digest::PolicyDigest,
        ids::OrganizationId,
    },
    gate::{
        Policy, PolicyDocument,
        coverage::{Coverage, coverage},
    },
    store::{Reader, policies},
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
}
