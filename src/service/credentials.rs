//! Credentials on their way into the vault and under other keys.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Conflict, Service, ServiceError, Told, access};
use crate::{
    domain::{
        actor::{Actor, Person, Scope},
        credential::{CredentialAges, CredentialFacts, CredentialStanding, Renewal},
        ids::{AccountId, OrganizationId},
        quota::QuotaSeen,
    },
    fault,
    store::{Reader, Tx, care, credentials, organizations},
    vault::{self, Credential, KeyRing, Sealed, SecretName, SecretRef, VaultError},
};

/// The name under which what opens an account is sealed.
pub const CREDENTIAL: &str = "credential";

/// Whether a credential that is stored has worked already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Its server has accepted it.
    Worked,
    /// It comes from a refresh or from an envelope: the one before stays until it has.
    NotYet,
}

/// Where a version of an account's credential is sealed.
pub(crate) const fn place(
    organization: OrganizationId,
    account: AccountId,
    version: i64,
) -> SecretRef<'static> {
    SecretRef {
        organization,
        account,
        name: CREDENTIAL,
        version,
    }
}

/// Opens a version.
///
/// # Errors
/// When the ring does not open it, or it is no credential.
pub(crate) fn open(
    ring: &KeyRing,
    organization: OrganizationId,
    account: AccountId,
    stored: &credentials::Version,
) -> Result<Credential, ServiceError> {
    let place = place(organization, account, stored.facts.version);
    let opened = vault::open(ring, &place, &Sealed::from_bytes(&stored.sealed)?)?;
    Ok(Credential::from_secret(&opened).map_err(VaultError::from)?)
}

/// What people are shown of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialView {
    /// What is known of its newest version.
    pub facts: CredentialFacts,
    /// When it ends unless a person does something.
    pub ends_at: Option<DateTime<Utc>>,
    /// How it stands.
    pub standing: CredentialStanding,
    /// How many more posts its platform takes, if it says so.
    pub quota: Option<QuotaSeen>,
}

impl Service {
    /// How the credentials of an organization's accounts stand.
    ///
    /// # Errors
    /// When the token does not allow reading, or there is no policy.
    pub async fn credentials(
        &self,
        person: &Person,
    ) -> Result<BTreeMap<AccountId, CredentialView>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        self.credential_views(&mut reader, person.organization).await
    }

    pub(crate) async fn credential_views(
        &self,
        reader: &mut Reader,
        organization: OrganizationId,
    ) -> Result<BTreeMap<AccountId, CredentialView>, ServiceError> {
        let newest = credentials::newest_of_all(reader, organization).await?;
        let care = care::of_organization(reader, organization).await?;
        let ages = match self.policies.current(reader, organization).await {
            Ok(policy) => policy.credential_ages(),
            Err(ServiceError::Conflict(Conflict::NoPolicy)) => CredentialAges::of_days(None, None),
            Err(why) => return Err(why),
        };
        let now = self.now();
        let views = newest.into_iter().map(|(account, version)| {
            let care = care.get(&account).copied().unwrap_or_default();
            let view = CredentialView {
                facts: version.facts,
                ends_at: care.ends_at(&version.facts),
                standing: care.standing(&version.facts, ages, now),
                quota: care.quota,
            };
            (account, view)
        });
        Ok(views.collect())
    }

    /// How many credentials of the deployment stand how.
    ///
    /// # Errors
    /// The database.
    pub async fn credential_pulse(&self) -> Result<BTreeMap<CredentialStanding, u32>, ServiceError> {
        let mut reader = self.store.read().await?;
        let mut counted = BTreeMap::new();
        for organization in organizations::all(&mut reader).await? {
            for view in self
                .credential_views(&mut reader, organization.id)
                .await?
                .into_values()
            {
                *counted.entry(view.standing).or_default() += 1;
            }
        }
        Ok(counted)
    }

    /// Seals a credential as the account's next version. What has worked erases the versions before it. Tells
    /// the version and the key that it is under.
    ///
    /// # Errors
    /// The vault or the database.
    pub(crate) async fn keep_credential(
        &self,
        tx: &mut Tx,
        ring: &KeyRing,
        (organization, account): (OrganizationId, AccountId),
        credential: &Credential,
        proof: Proof,
    ) -> Result<(i64, String), ServiceError> {
        let newest = credentials::versions(tx, organization, account).await?;
        let version = newest.first().map_or(1, |newest| newest.facts.version + 1);
        let place = place(organization, account, version);
        let sealed = vault::seal(ring, &place, &credential.to_secret(), &*self.entropy)?;
        let key = sealed.key_id().to_string();
        let new = credentials::Version {
            facts: facts(credential, version, proof, self.now()),
            sealed: sealed.to_bytes(),
        };
        credentials::insert(tx, organization, account, &new, &key).await?;
        if proof == Proof::Worked {
            credentials::erase_before(tx, organization, account, version).await?;
        }
        Ok((version, key))
    }

    /// Stores a credential's new wrapping and tells the ledger. Tells whether it was still the old one.
    ///
    /// # Errors
    /// The database.
    pub async fn record_rewrap(
        &self,
        row: credentials::SealedRow,
        key: String,
        sealed: Vec<u8>,
        by: Actor,
    ) -> Result<bool, ServiceError> {
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                if credentials::rewrap(tx, &row, &key, &sealed).await? == 0 {
                    return Ok(false);
                }
                let details = serde_json::json!({ "version": row.version, "from": row.key_id, "to": key });
                let told = Told::new(row.organization, by, "account.credential_rewrapped", row.account);
                service.tell(tx, told.with(details)).await?;
                fault::point("rewrapping");
                Ok(true)
            })
        })
        .await
    }
}

/// What can end can mostly be renewed; an adapter that cannot says so when it is asked.
fn renewal(credential: &Credential) -> Renewal {
    let ends = credential.access_expires_at.is_some();
    if ends || credential.get(SecretName::Refresh).is_some() {
        Renewal::Refresh
    } else {
        Renewal::Reconnect
    }
}

fn facts(credential: &Credential, version: i64, proof: Proof, now: DateTime<Utc>) -> CredentialFacts {
    CredentialFacts {
        version,
        renewal: renewal(credential),
        obtained_at: credential.obtained_at,
        access_expires_at: credential.access_expires_at,
        refresh_expires_at: credential.refresh_expires_at,
        proven_at: match proof {
            Proof::Worked => Some(now),
            Proof::NotYet => None,
        },
        exported_at: None,
    }
}
