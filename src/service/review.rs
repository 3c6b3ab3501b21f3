//! What every decision on a post has in common.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conflict, Need, Service, ServiceError, Thing, Told, access, snapshot::Subject, views};
use crate::{
    domain::{
        account::Account,
        actor::{Actor, Person, Scope},
        digest::RevisionDigest,
        ids::{AccountId, PostId, SignOffId, UserId},
        post::PostState,
        revision::{Content, Revision},
        signoff::{Acknowledgement, Decision, SignOff},
    },
    gate::Verdict,
    store::{Reader, StoreError, Tx, deliveries, posts, sign_offs},
};

/// What a decision led to.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The post as it is now.
    pub view: super::PostView,
    /// What the gate said, where it was asked.
    pub verdict: Option<Verdict>,
}

/// A post that is about to be decided on, with what decides.
pub(super) struct Review {
    pub(super) stored: posts::Stored,
    pub(super) revision: Revision,
    pub(super) hands: BTreeSet<UserId>,
    pub(super) sign_offs: Vec<SignOff>,
    pub(super) known: BTreeMap<AccountId, Account>,
    pub(super) deliveries: Vec<deliveries::Stored>,
}

impl Review {
    /// Reads a post that this person may know of, under a lock.
    pub(super) async fn of(tx: &mut Tx, person: &Person, id: PostId) -> Result<Self, ServiceError> {
        let stored = posts::find_for_update(tx, person.organization, id).await?;
        Self::with(tx, person, stored).await
    }

    /// Reads a post that this person may know of, as it is now; somebody may be changing it.
    pub(super) async fn glance(
        reader: &mut Reader,
        person: &Person,
        id: PostId,
    ) -> Result<Self, ServiceError> {
        let stored = posts::find(reader, person.organization, id).await?;
        Self::with(reader, person, stored).await
    }

    async fn with(
        reader: &mut Reader,
        person: &Person,
        stored: Option<posts::Stored>,
    ) -> Result<Self, ServiceError> {
        let stored = stored.ok_or(ServiceError::NotFound(Thing::Post))?;
        let (organization, id) = (person.organization, stored.post.id);
        let revision = posts::latest_revision(reader, organization, id).await?;
        let review = Self {
            hands: posts::hands(reader, organization, id).await?,
            sign_offs: sign_offs::standing(reader, organization, id).await?,
            known: views::known_accounts(reader, organization).await?,
            deliveries: deliveries::of_post(reader, organization, id).await?,
            stored,
            revision,
        };
        if !access::may_see(person, &review.accounts(), &review.hands) {
            return Err(ServiceError::NotFound(Thing::Post));
        }
        Ok(review)
    }

    /// The accounts that the latest revision goes to.
    pub(super) fn accounts(&self) -> Vec<&Account> {
        accounts_of(&self.revision.content, &self.known)
    }

    /// What the gate must know of the post's history.
    pub(super) fn subject(&self) -> Subject {
        Subject {
            post: self.stored.post.id,
            hands: self.hands.clone(),
            sign_offs: self.sign_offs.clone(),
        }
    }

    /// The decision of somebody whose turn it is, on what they saw.
    ///
    /// # Errors
    /// When the content changed, it is not their turn, or they may not sign.
    pub(super) fn sign(
        &self,
        service: &Service,
        person: &Person,
        seen: RevisionDigest,
        decision: Decision,
        reason: Option<String>,
        acknowledgements: Vec<Acknowledgement>,
    ) -> Result<SignOff, ServiceError> {
        access::scope(person, Scope::Approve)?;
        if let (PostState::Approved { .. }, Decision::Approve) = (&self.stored.post.state, decision) {
            return Err(ServiceError::Conflict(Conflict::Exists));
        }
        let (stage, requirement) = self.stored.post.reviewed(seen, decision)?;
        access::other_hands(person, &self.hands)?;
        access::allow(requirement.admits(person), Need::Role)?;
        // Who handed it on, by a yes or by asking the superior, is not the next stage too.
        let signed_before = |earlier: &SignOff| {
            if decision == Decision::Acknowledge {
                return false;
            }
            let carried_on = matches!(earlier.decision, Decision::Approve | Decision::Escalate);
            earlier.by == person.user && earlier.revision == seen && carried_on
        };
        access::allow(!self.sign_offs.iter().any(signed_before), Need::OtherStage)?;
        Ok(SignOff {
            id: SignOffId::new(service.ids.next()),
            post: self.stored.post.id,
            revision: seen,
            stage,
            requirement,
            by: person.user,
            decision,
            reason,
            acknowledgements,
            at: service.now(),
        })
    }
}

/// The accounts that a content goes to.
pub(super) fn accounts_of<'k>(
    content: &Content,
    known: &'k BTreeMap<AccountId, Account>,
) -> Vec<&'k Account> {
    let payloads = content.payloads().iter();
    payloads
        .filter_map(|payload| known.get(&payload.account))
        .collect()
}

/// Records a decision and tells the ledger.
pub(super) async fn record(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    sign_off: &SignOff,
    suggested_text: Option<&str>,
    verdict: Option<&Verdict>,
) -> Result<(), StoreError> {
    sign_offs::insert(tx, person.organization, sign_off, suggested_text).await?;
    let verb = match sign_off.decision {
        Decision::Approve => "post.approved",
        Decision::Return => "post.returned",
        Decision::Reject => "post.rejected",
        Decision::Escalate => "post.escalated",
        Decision::Acknowledge => "post.acknowledged",
    };
    let acknowledged: Vec<serde_json::Value> = sign_off
        .acknowledgements
        .iter()
        .map(|given| serde_json::json!({ "finding": given.finding.to_string(), "reason": given.reason }))
        .collect();
    let details = serde_json::json!({
        "sign_off": sign_off.id.to_string(),
        "revision": sign_off.revision.to_string(),
        "stage": sign_off.stage,
        "requirement": sign_off.requirement.to_string(),
        "reason": sign_off.reason,
        "acknowledged": acknowledged,
    });
    let told = Told::new(person.organization, Actor::User(person.user), verb, sign_off.post).with(details);
    let told = match verdict {
        Some(verdict) => told.under(verdict.policy),
        None => told,
    };
    service.tell(tx, told).await
}

/// Cancels every delivery of a post that has not left: its content is not the one that was handed over.
pub(super) async fn withdraw_deliveries(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    review: &Review,
) -> Result<(), ServiceError> {
    let now = service.now();
    for stored in &review.deliveries {
        let before = &stored.delivery;
        if before.state.phase().is_final() {
            continue;
        }
        let after = before.clone().cancel(person.user, now)?;
        let grace = grace(&review.known, before.account);
        deliveries::update(tx, before, &after, grace).await?;
        let actor = Actor::User(person.user);
        let details = serde_json::json!({ "post": before.post.to_string() });
        let told = Told::new(person.organization, actor, "delivery.cancelled", before.id).with(details);
        service.tell(tx, told).await?;
    }
    Ok(())
}

/// The grace of an account of the organization.
pub(super) fn grace(known: &BTreeMap<AccountId, Account>, account: AccountId) -> chrono::Duration {
    known
        .get(&account)
        .map_or_else(chrono::Duration::zero, |account| account.grace)
}

/// Reads the post again, as it is after the change.
pub(super) async fn after(
    service: &Service,
    reader: &mut Reader,
    person: &Person,
    id: PostId,
    known: &BTreeMap<AccountId, Account>,
) -> Result<super::PostView, ServiceError> {
    let stored = posts::find(reader, person.organization, id)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Post))?;
    views::post_view(service, reader, stored, known).await
}

/// Reasons are for people: they say something, and not everything.
pub(super) fn check_reason(reason: &str) -> Result<(), ServiceError> {
    let long = reason.chars().count() > 2000;
    if reason.trim().is_empty() || long {
        let key = if long { "field-too-long" } else { "field-required" };
        return Err(ServiceError::Invalid(vec![super::FieldError::at("/reason", key)]));
    }
    Ok(())
}
