//! A person settles a delivery of which the machine cannot tell whether it is out.

use super::{DeliveryView, Need, Service, ServiceError, Thing, Told, access, after, review, views};
use crate::{
    domain::{
        actor::{Actor, OrganizationRole, Person, Scope},
        attempt::Outcome,
        delivery::{DeliveryState, Resolution},
        ids::DeliveryId,
    },
    store::{Tx, attempts, deliveries, posts},
};

impl Service {
    /// 「投稿されている」or「投稿されていない」. The second is a new order to send, under a new key, and
    /// still needs a permit.
    ///
    /// # Errors
    /// When the delivery does not need a person, or this person may not decide.
    pub async fn resolve(
        &self,
        person: &Person,
        id: DeliveryId,
        resolution: Resolution,
        reason: String,
    ) -> Result<DeliveryView, ServiceError> {
        access::scope(person, Scope::Approve)?;
        review::check_reason(&reason)?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move { resolve(&service, tx, &person, id, resolution, reason).await })
        })
        .await
    }
}

async fn resolve(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    id: DeliveryId,
    resolution: Resolution,
    reason: String,
) -> Result<DeliveryView, ServiceError> {
    let now = service.now();
    let organization = person.organization;
    let found = deliveries::find(tx, organization, id)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Delivery))?;
    // The post's lock first, then the delivery as it is under that lock.
    posts::find_for_update(tx, organization, found.delivery.post).await?;
    let stored = deliveries::find(tx, organization, id)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Delivery))?;
    let known = views::known_accounts(tx, organization).await?;
    let account = known
        .get(&stored.delivery.account)
        .ok_or(ServiceError::NotFound(Thing::Delivery))?;
    let hands = posts::hands(tx, organization, stored.delivery.post).await?;
    if !access::may_see(person, &[account], &hands) {
        return Err(ServiceError::NotFound(Thing::Delivery));
    }
    let roles = [OrganizationRole::DutyOfficer, OrganizationRole::Publicity];
    let may = access::approves_for(person, account) || access::any_role(person, &roles).is_ok();
    access::allow(may, Need::Role)?;
    let before = &stored.delivery;
    let is_out = matches!(resolution, Resolution::IsOut(_));
    if let (Resolution::IsOut(remote), DeliveryState::NeedsHuman { attempt, .. }) =
        (&resolution, &before.state)
    {
        let outcome = Outcome::Published(remote.clone());
        attempts::close(tx, organization, *attempt, &outcome, now).await?;
    }
    let settled = before.clone().resolve(resolution, now)?;
    deliveries::update(tx, before, &settled, account.grace).await?;
    let past = attempts::of_delivery(tx, organization, id).await?;
    let evidence: Vec<String> = past
        .iter()
        .map(|attempt| attempt.attempt.id.to_string())
        .collect();
    let details = serde_json::json!({
        "is_out": is_out, "reason": reason, "attempts": evidence, "post": before.post.to_string(),
    });
    let told = Told::new(organization, Actor::User(person.user), "delivery.resolved", id).with(details);
    service.tell(tx, told).await?;
    let by = Actor::User(person.user);
    after::settle_post(service, tx, organization, before.post, by, now).await?;
    tx.wake_dispatchers();
    let view = deliveries::find(tx, organization, id)
        .await?
        .into_iter()
        .collect();
    views::delivery_views(view, &known)
        .pop()
        .ok_or(ServiceError::NotFound(Thing::Delivery))
}
