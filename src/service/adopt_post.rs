//! Posts that were made past the gateway in an emergency are told of afterwards, and looked at by somebody else.

use chrono::{DateTime, Utc};

use super::{FieldError, Need, Service, ServiceError, Thing, Told, access};
use crate::{
    domain::{
        actor::{Actor, OrganizationRole, Person, Scope},
        attempt::RemoteRef,
        ids::{AccountId, AdoptedPostId},
    },
    store::{
        StoreError, accounts,
        adopted_posts::{self, AdoptedPost},
    },
};

/// The longest text of any kind in a post that is told of.
const LONGEST_TEXT: usize = 20_000;

/// A post that somebody tells of.
#[derive(Debug, Clone)]
pub struct MadeOutside {
    /// By which account it went out.
    pub account: AccountId,
    /// Where it is.
    pub remote: RemoteRef,
    /// What it says.
    pub text: String,
    /// When it went out.
    pub published_at: DateTime<Utc>,
    /// Who made it.
    pub published_by: String,
    /// Why it could not go the usual way.
    pub reason: String,
}

impl MadeOutside {
    fn check(&self, now: DateTime<Utc>) -> Result<(), ServiceError> {
        let texts = [
            ("/text", &self.text),
            ("/remote_id", &self.remote.id),
            ("/published_by", &self.published_by),
            ("/reason", &self.reason),
        ];
        let mut wrong: Vec<FieldError> = Vec::new();
        for (pointer, text) in texts {
            if text.trim().is_empty() {
                wrong.push(FieldError::at(pointer, "field-required"));
            } else if text.chars().count() > LONGEST_TEXT {
                wrong.push(FieldError::at(pointer, "field-too-long"));
            }
        }
        if self.published_at > now {
            wrong.push(FieldError::at("/published_at", "field-time-future"));
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(ServiceError::Invalid(wrong))
        }
    }
}

/// Who tells of such posts, and who looks at them.
const TELLERS: &[OrganizationRole] = &[
    OrganizationRole::Administrator,
    OrganizationRole::Publicity,
    OrganizationRole::DutyOfficer,
    OrganizationRole::Auditor,
];

impl Service {
    /// Writes down a post that was made past the gateway.
    ///
    /// # Errors
    /// When the account is unknown, a field is wrong, or it was told of already.
    pub async fn adopt_post(&self, person: &Person, made: MadeOutside) -> Result<AdoptedPost, ServiceError> {
        access::any_scope(person, &[Scope::Approve, Scope::Administer])?;
        access::any_role(person, TELLERS)?;
        let now = self.now();
        made.check(now)?;
        let adopted = AdoptedPost {
            id: AdoptedPostId::new(self.ids.next()),
            account: made.account,
            remote: made.remote,
            text: made.text,
            published_at: made.published_at,
            published_by: made.published_by,
            reason: made.reason,
            adopted_by: person.user,
            adopted_at: now,
        };
        let (service, organization, told_of) = (self.clone(), person.organization, adopted.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let known = accounts::find(tx, organization, told_of.account).await?;
                known.ok_or(ServiceError::NotFound(Thing::Account))?;
                adopted_posts::insert(tx, organization, &told_of).await?;
                let details = serde_json::json!({
                    "adopted": told_of.id.to_string(), "remote_id": told_of.remote.id, "url": told_of.remote.url,
                    "text": told_of.text, "published_at": told_of.published_at.to_rfc3339(),
                    "published_by": told_of.published_by, "reason": told_of.reason,
                });
                let actor = Actor::User(told_of.adopted_by);
                let told = Told::new(organization, actor, "post.adopted", told_of.account);
                service.tell(tx, told.with(details)).await?;
                Ok(())
            })
        })
        .await?;
        Ok(adopted)
    }

    /// Those that nobody has looked at yet.
    ///
    /// # Errors
    /// When the token does not allow reading.
    pub async fn adopted_posts(&self, person: &Person) -> Result<Vec<AdoptedPost>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        Ok(adopted_posts::open(&mut reader, person.organization).await?)
    }

    /// Somebody other than who told of it has looked at it.
    ///
    /// # Errors
    /// When it does not wait for a look, or the person told of it.
    pub async fn review_adopted(
        &self,
        person: &Person,
        id: AdoptedPostId,
        note: Option<String>,
    ) -> Result<(), ServiceError> {
        access::scope(person, Scope::Approve)?;
        let open = self.adopted_posts(person).await?;
        let post = open.into_iter().find(|post| post.id == id);
        let post = post.ok_or(ServiceError::NotFound(Thing::Post))?;
        access::any_role(person, TELLERS)?;
        access::allow(post.adopted_by != person.user, Need::OtherHands)?;
        let (service, organization, user) = (self.clone(), person.organization, person.user);
        self.write(move |tx| {
            Box::pin(async move {
                let now = service.now();
                match adopted_posts::review(tx, organization, id, user, note.as_deref(), now).await {
                    Err(StoreError::Stale(_)) => return Err(ServiceError::NotFound(Thing::Post)),
                    other => other?,
                }
                let details = serde_json::json!({ "adopted": id.to_string(), "note": note });
                let told = Told::new(
                    organization,
                    Actor::User(user),
                    "post.adopted_reviewed",
                    post.account,
                );
                service.tell(tx, told.with(details)).await?;
                Ok(())
            })
        })
        .await
    }
}
