//! What is out is taken back (取消し): an approver's click is the sign-off, and no window applies.

use super::{Need, Service, ServiceError, Thing, Told, access, after, review, review::Review};
use crate::{
    domain::{
        abilities::{self, Withdrawals},
        actor::{Actor, OrganizationRole, Person, Scope},
        attempt::OutcomeClass,
        correction::PartOut,
        delivery::{Delivery, DeliveryPhase, Fence},
        ids::{DeliveryId, PostId, WithdrawalId},
        revision::Act,
        withdrawal::{Withdrawal, WithdrawalPhase, WithdrawalState},
    },
    store::{Reader, Tx, attempts, corrections, deliveries, organizations, withdrawals},
};

/// What became of an order to take a post back.
#[derive(Debug, Clone)]
pub struct TakenBack {
    /// The orders, part by part.
    pub withdrawals: Vec<Withdrawal>,
    /// Deliveries that had not left, or whose rest had not: they are cancelled.
    pub cancelled: Vec<DeliveryId>,
    /// Deliveries on platforms that take nothing back: only a correction is left.
    pub impossible: Vec<DeliveryId>,
    /// Deliveries of which it is not known whether they are out: settle them, then order again.
    pub unsettled: Vec<DeliveryId>,
}

impl Service {
    /// Orders everything of a post that is out to be taken back, and cancels the rest. Asked again, it orders
    /// again what the platform had refused.
    ///
    /// # Errors
    /// When the person may not sign for any of its accounts.
    pub async fn withdraw(
        &self,
        person: &Person,
        id: PostId,
        reason: String,
    ) -> Result<TakenBack, ServiceError> {
        access::scope(person, Scope::Approve)?;
        review::check_reason(&reason)?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| Box::pin(async move { withdraw(&service, tx, &person, id, &reason).await }))
            .await
    }

    /// The orders to take a post back, oldest first; of a correction those of what it corrected.
    ///
    /// # Errors
    /// When the person may not know of the post.
    pub async fn withdrawals(&self, person: &Person, id: PostId) -> Result<Vec<Withdrawal>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        let review = Review::glance(&mut reader, person, id).await?;
        let mut orders = withdrawals::of_post(&mut reader, person.organization, id).await?;
        if review.revision.content.act == Act::Correct {
            for stored in &review.deliveries {
                orders.extend(of_corrected(&mut reader, &stored.delivery).await?);
            }
        }
        Ok(orders)
    }
}

/// The orders that take a correction back: they are those of what it corrected, with which it is one on the platform.
async fn of_corrected(reader: &mut Reader, correction: &Delivery) -> Result<Vec<Withdrawal>, ServiceError> {
    let organization = correction.organization;
    let mut orders = Vec::new();
    for (_, remote_id) in parts_that_are_out(reader, correction).await? {
        let original = corrections::original(reader, organization, correction.account, &remote_id).await?;
        let Some(out) = original.filter(|out| out.post != correction.post) else {
            continue;
        };
        let of_post = withdrawals::of_post(reader, organization, out.post).await?;
        let is_its = |order: &Withdrawal| order.delivery == out.delivery && order.part == out.part;
        orders.extend(of_post.into_iter().filter(is_its));
    }
    Ok(orders)
}

async fn withdraw(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    id: PostId,
    reason: &str,
) -> Result<TakenBack, ServiceError> {
    // First, by lock order: no correction of it may leave that was judged before.
    organizations::bump_epoch(tx, person.organization).await?;
    let review = Review::of(tx, person, id).await?;
    let may = |account| access::approves_for(person, account);
    let roles = [OrganizationRole::DutyOfficer, OrganizationRole::Publicity];
    let allowed = review.accounts().into_iter().all(may) || access::any_role(person, &roles).is_ok();
    access::allow(allowed && !person.is_operator(), Need::Role)?;
    let mut taken = TakenBack {
        withdrawals: Vec::new(),
        cancelled: Vec::new(),
        impossible: Vec::new(),
        unsettled: Vec::new(),
    };
    for stored in &review.deliveries {
        let delivery = &stored.delivery;
        if delivery.state.may_be_out() && delivery.state.phase() != DeliveryPhase::Published {
            taken.unsettled.push(delivery.id);
        }
        if cancel_rest(service, tx, person, &review, delivery).await? {
            taken.cancelled.push(delivery.id);
        }
        let account = review
            .known
            .get(&delivery.account)
            .ok_or(ServiceError::NotFound(Thing::Account))?;
        if delivery.series.out() == 0 {
            continue;
        }
        match abilities::of(account.platform).withdrawal {
            Withdrawals::Impossible => taken.impossible.push(delivery.id),
            Withdrawals::Possible => {
                let orders = order(service, tx, person, delivery, reason).await?;
                taken.withdrawals.extend(orders);
            }
        }
    }
    let by = Actor::User(person.user);
    after::settle_post(service, tx, person.organization, id, by, service.now()).await?;
    tx.wake_dispatchers();
    Ok(taken)
}

/// Cancels what has not left. Tells whether there was anything.
async fn cancel_rest(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    review: &Review,
    before: &Delivery,
) -> Result<bool, ServiceError> {
    let Ok(after) = before.clone().cancel(person.user, service.now()) else {
        return Ok(false);
    };
    deliveries::update(tx, before, &after, review::grace(&review.known, before.account)).await?;
    let details = serde_json::json!({ "post": before.post.to_string(), "out": before.series.out() });
    let actor = Actor::User(person.user);
    let told = Told::new(before.organization, actor, "delivery.cancelled", before.id).with(details);
    service.tell(tx, told).await?;
    Ok(true)
}

/// Orders each part that is out to be taken back, the last one first: an answer to nothing stays nowhere. Where it
/// is a correction, what it corrected is taken back: on the platform the two are one, and the order is the first
/// one's.
async fn order(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    delivery: &Delivery,
    reason: &str,
) -> Result<Vec<Withdrawal>, ServiceError> {
    let (now, organization) = (service.now(), delivery.organization);
    let mut orders = Vec::new();
    for (part, remote_id) in parts_that_are_out(tx, delivery).await?.into_iter().rev() {
        let out = PartOut {
            post: delivery.post,
            delivery: delivery.id,
            part,
        };
        let original = corrections::original(tx, organization, delivery.account, &remote_id).await?;
        let out = original.unwrap_or(out);
        let ordered = withdrawals::of_post(tx, organization, out.post).await?;
        let known = ordered
            .iter()
            .find(|order| order.delivery == out.delivery && order.part == out.part);
        let order = match known {
            Some(order) if order.state.phase() == WithdrawalPhase::Refused => {
                let again = order.clone().again(now)?;
                withdrawals::update(tx, order, &again).await?;
                again
            }
            Some(order) => {
                orders.push(order.clone());
                continue;
            }
            None => {
                let new = Withdrawal {
                    id: WithdrawalId::new(service.ids.next()),
                    organization,
                    post: out.post,
                    delivery: out.delivery,
                    account: delivery.account,
                    part: out.part,
                    remote_id,
                    ordered_by: person.user,
                    reason: reason.to_owned(),
                    ordered_at: now,
                    fence: Fence::default(),
                    state: WithdrawalState::Waiting { due: now },
                };
                withdrawals::insert(tx, &new).await?;
                new
            }
        };
        let details = serde_json::json!({
            "post": order.post.to_string(), "delivery": order.delivery.to_string(), "part": order.part,
            "remote_id": order.remote_id, "reason": reason,
        });
        let actor = Actor::User(person.user);
        let told = Told::new(order.organization, actor, "withdrawal.ordered", order.id).with(details);
        service.tell(tx, told).await?;
        orders.push(order);
    }
    Ok(orders)
}

/// The parts that are out with their platform's ids, as the attempts tell; the first one as the delivery does.
async fn parts_that_are_out(
    reader: &mut Reader,
    delivery: &Delivery,
) -> Result<Vec<(u16, String)>, ServiceError> {
    let past = attempts::of_delivery(reader, delivery.organization, delivery.id).await?;
    let of_part = |part: u16| {
        let told = past
            .iter()
            .rev()
            .filter(|one| one.attempt.part == part && one.outcome == Some(OutcomeClass::Published))
            .find_map(|one| one.remote.clone());
        let first = (part == 0).then(|| delivery.series.first().cloned()).flatten();
        Some((part, told.or(first)?.id))
    };
    Ok((0..delivery.series.out()).filter_map(of_part).collect())
}
