//! 運用方針: what an account's published texts say is kept by administrators and the publicity division.

use std::collections::BTreeSet;

use super::{FieldError, Service, ServiceError, Thing, Told, access};
use crate::{
    domain::{
        account::Account,
        account_policy::{AccountPolicy, PolicyField, PolicyText, PolicyTextError, PolicyTexts},
        actor::{Actor, OrganizationRole, Person, Scope},
        finding::Message,
        ids::{AccountId, AccountPolicyId},
    },
    gate::Policy,
    store::{Reader, Tx, account_policies, accounts, organizations},
};

/// A field that the policy in force demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedField {
    /// Which.
    pub field: PolicyField,
    /// The clauses that this keeps.
    pub clauses: Vec<String>,
    /// Whether nothing is said there yet.
    pub is_empty: bool,
}

/// What an account's texts say, and should.
#[derive(Debug, Clone)]
pub struct AccountPolicyView {
    /// The account.
    pub account: Account,
    /// All versions, the one that holds first.
    pub versions: Vec<AccountPolicy>,
    /// What the policy in force demands of this account.
    pub asked: Vec<AskedField>,
}

impl Service {
    /// What an account's texts say, and should.
    ///
    /// # Errors
    /// When the token does not allow reading, or there is no such account.
    pub async fn account_policy(
        &self,
        person: &Person,
        account: AccountId,
    ) -> Result<AccountPolicyView, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        view(self, &mut reader, person, account).await
    }

    /// Replaces what an account's texts say; the version before stays.
    ///
    /// # Errors
    /// When a text cannot stand in its field, there is no such account, or the person is neither administrator nor
    /// of the publicity division.
    pub async fn set_account_policy(
        &self,
        person: &Person,
        account: AccountId,
        texts: PolicyTexts,
    ) -> Result<AccountPolicyView, ServiceError> {
        access::scope(person, Scope::Administer)?;
        access::any_role(
            person,
            &[OrganizationRole::Administrator, OrganizationRole::Publicity],
        )?;
        check(&texts)?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                set(&service, tx, &person, account, texts).await?;
                view(&service, tx, &person, account).await
            })
        })
        .await
    }
}

async fn set(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    account: AccountId,
    texts: PolicyTexts,
) -> Result<(), ServiceError> {
    let organization = person.organization;
    // First, by lock order: what was judged with the old texts is stale, and versions are counted one by one.
    organizations::bump_epoch(tx, organization).await?;
    accounts::find(tx, organization, account)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Account))?;
    let in_force = service.policies.current(tx, organization).await?;
    check_links(&in_force, &texts)?;
    let before = account_policies::current(tx, organization, account).await?;
    let policy = AccountPolicy {
        version: before.map_or(1, |before| before.version + 1),
        texts,
        set_by: person.user,
        set_at: service.now(),
    };
    let id = AccountPolicyId::new(service.ids.next());
    account_policies::insert(tx, organization, account, id, &policy).await?;
    let details = serde_json::json!({
        "policy": id.to_string(), "version": policy.version, "texts": policy.texts,
    });
    let actor = Actor::User(person.user);
    let told = Told::new(organization, actor, "account.policy_set", account).with(details);
    service.tell(tx, told).await?;
    Ok(())
}

async fn view(
    service: &Service,
    reader: &mut Reader,
    person: &Person,
    account: AccountId,
) -> Result<AccountPolicyView, ServiceError> {
    let organization = person.organization;
    let account = accounts::find(reader, organization, account)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Account))?;
    let versions = account_policies::all(reader, organization, account.id).await?;
    let filled: BTreeSet<PolicyField> = versions.first().map(AccountPolicy::filled).unwrap_or_default();
    let policy = service.policies.current(reader, organization).await?;
    let asked = policy
        .empty_fields(&account, None)
        .into_iter()
        .map(|(field, clauses)| AskedField {
            field,
            clauses: clauses.to_vec(),
            is_empty: !filled.contains(&field),
        })
        .collect();
    Ok(AccountPolicyView {
        account,
        versions,
        asked,
    })
}

/// What an account says of itself leads nowhere where its posts may not lead (AKI-7.1b).
fn check_links(policy: &Policy, texts: &PolicyTexts) -> Result<(), ServiceError> {
    let closed = |(field, text): (&PolicyField, &PolicyText)| {
        let said = std::iter::once(&text.ja).chain(&text.en);
        let host = said.into_iter().find_map(|said| policy.closed_host(said))?;
        let message = Message::new("field-link-closed").with("host", host);
        Some(FieldError {
            pointer: format!("/texts/{field}"),
            message,
        })
    };
    let errors: Vec<FieldError> = texts.iter().filter_map(closed).collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(errors))
    }
}

fn check(texts: &PolicyTexts) -> Result<(), ServiceError> {
    let wrong = |(field, text): (&PolicyField, &PolicyText)| {
        let key = match text.check(*field).err()? {
            PolicyTextError::Empty => "field-required",
            PolicyTextError::TooLong => "field-too-long",
            PolicyTextError::NoUrl => "field-url",
            PolicyTextError::NoMail => "field-mail",
        };
        Some(FieldError::at(format!("/texts/{field}"), key))
    };
    let errors: Vec<FieldError> = texts.iter().filter_map(wrong).collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(errors))
    }
}
