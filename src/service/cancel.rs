//! A post is taken back before it left.

use super::{
    Need, PostView, Service, ServiceError, Told, access,
    review::{self, Review},
};
use crate::{
    domain::{
        actor::{Actor, OrganizationRole, Person, Scope},
        delivery::DeliveryPhase,
        ids::{DeliveryId, PostId},
        post::PostState,
    },
    store::{StoreError, Tx, deliveries, organizations, posts},
};

/// What became of one delivery of a cancelled post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelledDelivery {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Where it stands now: `cancelled`, or where it was when the cancellation came too late.
    pub phase: DeliveryPhase,
}

impl Service {
    /// Cancels a post: author, editors, approvers of its route, administrator. Wins over every delivery
    /// whose intent is not committed; the answer lists each.
    ///
    /// # Errors
    /// When the post is over already, or the person may not.
    pub async fn cancel(
        &self,
        person: &Person,
        id: PostId,
    ) -> Result<(PostView, Vec<CancelledDelivery>), ServiceError> {
        access::any_scope(person, &[Scope::Write, Scope::Approve])?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| Box::pin(async move { cancel(&service, tx, &person, id).await }))
            .await
    }
}

async fn cancel(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    id: PostId,
) -> Result<(PostView, Vec<CancelledDelivery>), ServiceError> {
    let now = service.now();
    let organization = person.organization;
    organizations::bump_epoch(tx, organization).await?;
    let review = Review::of(tx, person, id).await?;
    access::allow(may_cancel(person, &review), Need::Role)?;
    let mut answers = Vec::new();
    let mut rest = Vec::new();
    for stored in &review.deliveries {
        let before = &stored.delivery;
        let after = match before.clone().cancel(person.user, now) {
            Ok(after) => after,
            Err(_) => before.clone(),
        };
        if after != *before {
            match deliveries::update(tx, before, &after, review::grace(&review.known, before.account)).await {
                // A dispatcher was faster: the caller asks again and gets the new state.
                Err(StoreError::Stale(statement)) => return Err(StoreError::Stale(statement).into()),
                other => other?,
            }
            let actor = Actor::User(person.user);
            let details = serde_json::json!({ "post": id.to_string() });
            service
                .tell(
                    tx,
                    Told::new(organization, actor, "delivery.cancelled", before.id).with(details),
                )
                .await?;
        }
        answers.push(CancelledDelivery {
            delivery: after.id,
            phase: after.state.phase(),
        });
        if after.revision == review.revision.digest {
            rest.push(after);
        }
    }
    let post = review.stored.post.clone().cancel(&rest)?;
    posts::update(tx, &post, now).await?;
    let told = Told::new(organization, Actor::User(person.user), "post.cancelled", id)
        .with(serde_json::json!({ "state": post.state.phase().as_str() }));
    service.tell(tx, told).await?;
    Ok((
        review::after(service, tx, person, id, &review.known).await?,
        answers,
    ))
}

fn may_cancel(person: &Person, review: &Review) -> bool {
    let on_route = match &review.stored.post.state {
        PostState::InReview { route, .. } | PostState::Approved { route, .. } => route
            .stages()
            .iter()
            .any(|stage| stage.requirement.admits(person)),
        _ => false,
    };
    review.hands.contains(&person.user) || on_route || person.holds(OrganizationRole::Administrator)
}
