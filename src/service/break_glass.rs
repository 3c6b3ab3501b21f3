//! The emergency envelope: credentials leave the vault when an administrator and an auditor, two people, say so,
//! and come back into another vault; both is told to the ledger.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{FieldError, Need, Service, ServiceError, Told, access, credentials, credentials::Proof};
use crate::{
    domain::{
        account::Platform,
        actor::{Actor, OrganizationRole, Person, Scope},
        ids::{AccountId, OrganizationId},
        proposal::{Needs, Signature, Signer},
    },
    store::{accounts, care, credentials as stored},
    vault::{Credential, Keeper, Secret, VaultError, enclose},
};

/// What an envelope holds.
#[derive(Serialize, Deserialize)]
struct Contents {
    form: u8,
    organization: OrganizationId,
    exported_at: DateTime<Utc>,
    accounts: Vec<Enclosed>,
}

const FORM: u8 = 1;

/// One account in it, with all that a person needs to sign in by hand.
#[derive(Serialize, Deserialize)]
struct Enclosed {
    account: AccountId,
    platform: Platform,
    instance: String,
    handle: String,
    name: String,
    /// In the form in which it is sealed.
    credential: serde_json::Value,
}

/// Who consents to an export.
#[derive(Debug)]
pub struct Consent<'a> {
    /// The administrator, with a token that may administer.
    pub administrator: &'a Person,
    /// The auditor.
    pub auditor: &'a Person,
    /// Why.
    pub reason: &'a str,
}

impl Consent<'_> {
    /// Two people of one organization, each in their role.
    fn check(&self, now: DateTime<Utc>) -> Result<(), ServiceError> {
        access::scope(self.administrator, Scope::Administer)?;
        access::any_role(self.administrator, &[OrganizationRole::Administrator])?;
        access::any_scope(self.auditor, &[Scope::Approve, Scope::Administer])?;
        access::any_role(self.auditor, &[OrganizationRole::Auditor])?;
        let signature = |signer, person: &Person| Signature {
            signer,
            user: person.user,
            signed_at: now,
        };
        let given = [
            signature(Signer::Administrator, self.administrator),
            signature(Signer::Auditor, self.auditor),
        ];
        let of_one_town = self.administrator.organization == self.auditor.organization;
        access::allow(of_one_town && Needs::Both.are_met(&given), Need::OtherStage)?;
        if self.reason.trim().is_empty() {
            return Err(ServiceError::Invalid(vec![FieldError::at(
                "/reason",
                "field-required",
            )]));
        }
        Ok(())
    }
}

/// What came of an envelope that was brought into this vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroughtIn {
    /// The accounts that have their credential again.
    pub accounts: Vec<String>,
    /// Those in the envelope that are not in this register.
    pub unknown: Vec<String>,
}

impl Service {
    /// Puts the newest credential of every account into an envelope that either of the keepers opens. What left the
    /// vault is marked, and asked to be renewed.
    ///
    /// # Errors
    /// When the two may not, there are too few keepers, or a credential does not open.
    pub async fn export_credentials(
        &self,
        consent: Consent<'_>,
        keepers: &[Keeper],
    ) -> Result<String, ServiceError> {
        let now = self.now();
        consent.check(now)?;
        let organization = consent.administrator.organization;
        let ring = self.key_ring.clone().ok_or(ServiceError::NoKeyRing)?;
        let mut reader = self.store.read().await?;
        let newest = stored::newest_of_all(&mut reader, organization).await?;
        let register = accounts::all(&mut reader, organization).await?;
        drop(reader);
        let mut contents = Contents {
            form: FORM,
            organization,
            exported_at: now,
            accounts: Vec::new(),
        };
        let mut taken = Vec::new();
        for account in register {
            let Some(version) = newest.get(&account.id) else {
                continue;
            };
            let credential = credentials::open(&ring, organization, account.id, version)?.to_secret();
            let credential = serde_json::from_str(credential.expose())
                .map_err(|_| VaultError::from(crate::vault::NoCredential))?;
            taken.push((account.id, version.facts.version));
            contents.accounts.push(Enclosed {
                account: account.id,
                platform: account.platform,
                instance: account.instance,
                handle: account.handle,
                name: account.name,
                credential,
            });
        }
        let text = Secret::new(serde_json::to_string_pretty(&contents).unwrap_or_default());
        let envelope = enclose(&text, keepers)?;
        let details = serde_json::json!({
            "reason": consent.reason, "auditor": consent.auditor.user.to_string(),
            "keepers": keepers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "accounts": taken.iter().map(|(account, version)| format!("{account} {version}")).collect::<Vec<_>>(),
            "digest": hex::encode(Sha256::digest(envelope.as_bytes())),
        });
        let (service, actor) = (self.clone(), Actor::User(consent.administrator.user));
        // Written down before anybody has it in hands.
        self.write(move |tx| {
            Box::pin(async move {
                for (account, version) in taken {
                    stored::mark_exported(tx, organization, account, version, now).await?;
                }
                let told = Told::new(organization, actor, "vault.exported", organization);
                service.tell(tx, told.with(details)).await?;
                Ok(())
            })
        })
        .await?;
        Ok(envelope)
    }

    /// Takes the credentials of an opened envelope into this vault: at a second site, or after the key ring is lost.
    /// They are used once their servers have accepted them.
    ///
    /// # Errors
    /// When it is no such text, or belongs to another organization; the vault, the database.
    pub async fn bring_in_credentials(
        &self,
        organization: OrganizationId,
        opened: &Secret,
    ) -> Result<BroughtIn, ServiceError> {
        let ring = self.key_ring.clone().ok_or(ServiceError::NoKeyRing)?;
        // The error of the reader could quote what it read.
        let contents: Contents = serde_json::from_str(opened.expose()).map_err(|_| VaultError::Envelope)?;
        if contents.form != FORM || contents.organization != organization {
            return Err(VaultError::Envelope.into());
        }
        let mut brought = BroughtIn {
            accounts: Vec::new(),
            unknown: Vec::new(),
        };
        for enclosed in contents.accounts {
            let text = Secret::new(enclosed.credential.to_string());
            let credential = Credential::from_secret(&text).map_err(VaultError::from)?;
            let place = (organization, enclosed.account);
            let known = self
                .bring_in(place, &ring, credential, contents.exported_at)
                .await?;
            let name = format!(
                "{} @{} ({})",
                enclosed.platform, enclosed.handle, enclosed.instance
            );
            match known {
                Known::Yes => brought.accounts.push(name),
                Known::No => brought.unknown.push(name),
            }
        }
        Ok(brought)
    }

    async fn bring_in(
        &self,
        (organization, account): (OrganizationId, AccountId),
        ring: &std::sync::Arc<crate::vault::KeyRing>,
        credential: Credential,
        exported_at: DateTime<Utc>,
    ) -> Result<Known, ServiceError> {
        let (service, ring) = (self.clone(), std::sync::Arc::clone(ring));
        self.write(move |tx| {
            Box::pin(async move {
                if accounts::find(tx, organization, account).await?.is_none() {
                    return Ok(Known::No);
                }
                let of = (organization, account);
                let (version, key) = service
                    .keep_credential(tx, &ring, of, &credential, Proof::NotYet)
                    .await?;
                stored::mark_exported(tx, organization, account, version, exported_at).await?;
                care::begin(tx, organization, account, service.now(), care::Found::default()).await?;
                let details = serde_json::json!({ "version": version, "key": key });
                let told = Told::new(
                    organization,
                    Actor::Operator,
                    "account.credential_brought_in",
                    account,
                );
                service.tell(tx, told.with(details)).await?;
                Ok(Known::Yes)
            })
        })
        .await
    }
}

/// Whether the register has an account.
enum Known {
    Yes,
    No,
}
