//! A duty officer declares an emergency, ends it, and somebody looks at its posts afterwards (後閲).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Need, Once, Service, ServiceError, Thing, Told, access, review, views};
use crate::{
    domain::{
        actor::{Actor, OrganizationRole, Person, Scope},
        emergency::{Emergency, EmergencyKind},
        hold::HoldReason,
        ids::{AccountId, DeliveryId, EmergencyId},
        signoff::Decision,
    },
    fault,
    store::{
        StoreError, Tx, deliveries,
        emergencies::{self, AfterReview},
        organizations, posts, sign_offs,
    },
};

/// An emergency to be declared.
#[derive(Debug, Clone)]
pub struct NewEmergency {
    /// The kind of disaster.
    pub kind: EmergencyKind,
    /// Why.
    pub reason: String,
    /// The accounts that it covers.
    pub accounts: BTreeSet<AccountId>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

impl Service {
    /// Declares an emergency. Ordinary posts in its scope are held at once and wait for a decision afterwards.
    ///
    /// # Errors
    /// When the person is no duty officer, or scope or length are wrong.
    pub async fn declare_emergency(
        &self,
        person: &Person,
        new: NewEmergency,
        once: Once<Emergency>,
    ) -> Result<Emergency, ServiceError> {
        access::scope(person, Scope::Approve)?;
        access::any_role(person, &[OrganizationRole::DutyOfficer])?;
        review::check_reason(&new.reason)?;
        Emergency::check(&new.accounts, self.now(), new.expires_at)?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let emergency = declare(&service, tx, &person, new).await?;
                once.complete(&service, tx, &emergency).await?;
                fault::point("declaring");
                Ok(emergency)
            })
        })
        .await
    }

    /// Ends an emergency before its time. What it held stays held until somebody decides.
    ///
    /// # Errors
    /// When the person is no duty officer, or it is over already.
    pub async fn end_emergency(&self, person: &Person, id: EmergencyId) -> Result<Emergency, ServiceError> {
        access::scope(person, Scope::Approve)?;
        access::any_role(person, &[OrganizationRole::DutyOfficer])?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let organization = person.organization;
                organizations::bump_epoch(tx, organization).await?;
                let missing = ServiceError::NotFound(Thing::Emergency);
                emergencies::find(tx, organization, id).await?.ok_or(missing)?;
                emergencies::end(tx, organization, id, person.user, service.now()).await?;
                let actor = Actor::User(person.user);
                service
                    .tell(tx, Told::new(organization, actor, "emergency.ended", id))
                    .await?;
                let missing = ServiceError::NotFound(Thing::Emergency);
                emergencies::find(tx, organization, id).await?.ok_or(missing)
            })
        })
        .await
    }

    /// The latest emergencies, newest first.
    ///
    /// # Errors
    /// The database.
    pub async fn emergencies(&self, person: &Person) -> Result<Vec<Emergency>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        Ok(emergencies::all(&mut reader, person.organization).await?)
    }

    /// Emergency posts that nobody has looked at afterwards.
    ///
    /// # Errors
    /// The database.
    pub async fn after_reviews(&self, person: &Person) -> Result<Vec<AfterReview>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        Ok(emergencies::open_reviews(&mut reader, person.organization).await?)
    }

    /// Somebody who neither wrote nor signed an emergency post has looked at it.
    ///
    /// # Errors
    /// When it does not wait for a look, or this person wrote or signed it.
    pub async fn review_afterwards(
        &self,
        person: &Person,
        id: DeliveryId,
        note: Option<String>,
    ) -> Result<(), ServiceError> {
        access::scope(person, Scope::Approve)?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| Box::pin(async move { look(&service, tx, &person, id, note).await }))
            .await
    }
}

async fn declare(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    new: NewEmergency,
) -> Result<Emergency, ServiceError> {
    let now = service.now();
    let organization = person.organization;
    organizations::bump_epoch(tx, organization).await?;
    let known = views::known_accounts(tx, organization).await?;
    if new.accounts.iter().any(|account| !known.contains_key(account)) {
        return Err(ServiceError::NotFound(Thing::Account));
    }
    let emergency = Emergency {
        id: EmergencyId::new(service.ids.next()),
        kind: new.kind,
        reason: new.reason,
        accounts: new.accounts,
        declared_by: person.user,
        declared_at: now,
        expires_at: new.expires_at,
        ended: None,
    };
    emergencies::insert(tx, organization, &emergency).await?;
    let mut held = Vec::new();
    for account in &emergency.accounts {
        for stored in deliveries::to_hold(tx, organization, *account).await? {
            let before = &stored.delivery;
            let after = before
                .clone()
                .hold(HoldReason::emergency(emergency.id), now, now)?;
            deliveries::update(tx, before, &after, review::grace(&known, *account)).await?;
            let details = serde_json::json!({
                "cause": "emergency", "detail": emergency.id.to_string(), "post": before.post.to_string(),
            });
            let actor = Actor::User(person.user);
            service
                .tell(
                    tx,
                    Told::new(organization, actor, "delivery.held", before.id).with(details),
                )
                .await?;
            held.push(before.id.to_string());
        }
    }
    let accounts: Vec<String> = emergency.accounts.iter().map(ToString::to_string).collect();
    let details = serde_json::json!({
        "kind": emergency.kind.as_str(), "reason": emergency.reason, "accounts": accounts,
        "expires_at": emergency.expires_at.to_rfc3339(), "held": held,
    });
    let actor = Actor::User(person.user);
    service
        .tell(
            tx,
            Told::new(organization, actor, "emergency.declared", emergency.id).with(details),
        )
        .await?;
    Ok(emergency)
}

async fn look(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    id: DeliveryId,
    note: Option<String>,
) -> Result<(), ServiceError> {
    let organization = person.organization;
    let stored = deliveries::find(tx, organization, id)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Delivery))?;
    let known = views::known_accounts(tx, organization).await?;
    let account = known
        .get(&stored.delivery.account)
        .ok_or(ServiceError::NotFound(Thing::Delivery))?;
    let roles = [OrganizationRole::Administrator, OrganizationRole::Publicity];
    let may = access::approves_for(person, account) || access::any_role(person, &roles).is_ok();
    access::allow(may, Need::Role)?;
    access::other_hands(
        person,
        &posts::hands(tx, organization, stored.delivery.post).await?,
    )?;
    let signed = sign_offs::standing(tx, organization, stored.delivery.post).await?;
    let signer = signed
        .iter()
        .any(|given| given.by == person.user && given.decision == Decision::Approve);
    access::allow(!signer, Need::OtherStage)?;
    match emergencies::close_review(tx, organization, id, person.user, note.as_deref(), service.now()).await {
        Err(StoreError::Stale(_)) => return Err(ServiceError::NotFound(Thing::Delivery)),
        other => other?,
    }
    let details = serde_json::json!({ "note": note, "post": stored.delivery.post.to_string() });
    let told = Told::new(organization, Actor::User(person.user), "emergency.reviewed", id).with(details);
    service.tell(tx, told).await?;
    Ok(())
}
