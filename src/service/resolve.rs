//! A person settles a delivery of which the machine cannot tell whether it is out.

use chrono::{DateTime, Utc};

use super::{
    Conflict, DeliveryView, FieldError, Need, Service, ServiceError, Thing, Told, access, after, corrections,
    review, views,
};
use crate::{
    domain::{
        actor::{Actor, OrganizationRole, Person, Scope},
        attempt::{Outcome, RemoteRef},
        delivery::{Delivery, DeliveryState, Resolution},
        ids::{AccountId, AttemptId, DeliveryId},
        revision::{Act, Content},
    },
    store::{Tx, attempts, deliveries, posts},
};

/// A person's word on a delivery.
#[derive(Debug, Clone)]
pub struct Settling {
    /// The attempt in doubt that was on the person's screen; none where a restored database lost it.
    pub seen: Option<AttemptId>,
    /// What the person found.
    pub resolution: Resolution,
    /// How it was found out.
    pub reason: String,
}

impl Settling {
    /// The first of two people may have settled another attempt already: the second one did not see this one.
    fn apply(&self, before: &Delivery, now: DateTime<Utc>) -> Result<Delivery, ServiceError> {
        let settled = before.clone().resolve(self.seen, self.resolution.clone(), now);
        settled.map_err(|why| {
            if before.state.in_doubt() == self.seen {
                why.into()
            } else {
                ServiceError::Conflict(Conflict::Changed)
            }
        })
    }
}

impl Service {
    /// 「投稿されている」or「投稿されていない」. The second is a new order to send, under a new key, and
    /// still needs a permit.
    ///
    /// # Errors
    /// When the delivery does not need a person, or this person may not decide; [`Conflict::Changed`] when the
    /// person saw another attempt than the one in doubt.
    pub async fn resolve(
        &self,
        person: &Person,
        id: DeliveryId,
        settling: Settling,
    ) -> Result<DeliveryView, ServiceError> {
        access::scope(person, Scope::Approve)?;
        review::check_reason(&settling.reason)?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| Box::pin(async move { resolve(&service, tx, &person, id, settling).await }))
            .await
    }
}

async fn resolve(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    id: DeliveryId,
    settling: Settling,
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
    let account = stored.delivery.account;
    let known = views::accounts_of(tx, organization, [account].into_iter()).await?;
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
    let is_out = matches!(settling.resolution, Resolution::IsOut(_));
    let content = posts::revision_by_digest(tx, organization, before.post, before.revision)
        .await?
        .ok_or(ServiceError::NotFound(Thing::Post))?
        .content;
    if let Resolution::IsOut(remote) = &settling.resolution {
        check_corrected(&content, before.account, remote)?;
    }
    let settled = settling.apply(before, now)?;
    // What a person found is what became of the attempt: the next part of a series goes on from it.
    if let (Resolution::IsOut(remote), DeliveryState::NeedsHuman { attempt, .. }) =
        (&settling.resolution, &before.state)
    {
        let outcome = Outcome::Published(remote.clone());
        attempts::close(tx, organization, *attempt, &outcome, now).await?;
    }
    deliveries::update(tx, before, &settled, account.grace).await?;
    if let Resolution::IsOut(remote) = &settling.resolution {
        let by = Actor::User(person.user);
        corrections::tell_corrected(service, tx, before, content.act, remote, by).await?;
    }
    let past = attempts::of_delivery(tx, organization, id).await?;
    let evidence: Vec<String> = past
        .iter()
        .map(|attempt| attempt.attempt.id.to_string())
        .collect();
    let details = serde_json::json!({
        "is_out": is_out, "reason": settling.reason, "attempts": evidence, "post": before.post.to_string(),
    });
    let told = Told::new(organization, Actor::User(person.user), "delivery.resolved", id).with(details);
    service.tell(tx, told).await?;
    let by = Actor::User(person.user);
    after::settle_post(service, tx, organization, before.post, by, now).await?;
    tx.wake_dispatchers();
    let stored: Vec<_> = deliveries::find(tx, organization, id)
        .await?
        .into_iter()
        .collect();
    let corrections = views::corrections_of(tx, organization, &stored).await?;
    views::delivery_views(stored, &known, &corrections)
        .pop()
        .ok_or(ServiceError::NotFound(Thing::Delivery))
}

/// A correction is where the post is that it corrects, and nowhere else.
fn check_corrected(content: &Content, account: AccountId, remote: &RemoteRef) -> Result<(), ServiceError> {
    let corrected = content
        .payload(account)
        .and_then(|payload| payload.refers_to.as_deref());
    if content.act == Act::Correct && corrected != Some(remote.id.as_str()) {
        let wrong = FieldError::at("/found/remote_id", "field-corrected-elsewhere");
        return Err(ServiceError::Invalid(vec![wrong]));
    }
    Ok(())
}
