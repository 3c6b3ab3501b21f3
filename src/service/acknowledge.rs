//! 確認: a signer takes responsibility for what the gate found only when the post was about to leave.

use super::{
    Approval, Conflict, Decided, LookFor, Service, ServiceError, Told,
    approve::{assures, check_findings, occasion},
    attest,
    review::{self, Review},
    submit,
};
use crate::{
    domain::{
        actor::{Actor, Person},
        delivery::{Delivery, DeliveryState},
        hold::HoldCause,
        ids::PostId,
        signoff::Decision,
    },
    gate::Phase,
    store::{Tx, deliveries},
};

impl Service {
    /// Acknowledges `confirm` findings of an approved post that the gate holds or would hold. What was held
    /// for them waits for its time again.
    ///
    /// # Errors
    /// When the digest is stale, nothing of it is still to leave, its time is over (re-time it first), the
    /// person could not sign the last stage, the gate blocks, or a finding stays without a word.
    pub async fn acknowledge(
        &self,
        person: &Person,
        id: PostId,
        approval: Approval,
    ) -> Result<Decided, ServiceError> {
        self.look_at_post(person, id, LookFor::Leaving).await?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| Box::pin(async move { acknowledge(&service, tx, &person, id, approval).await }))
            .await
    }
}

async fn acknowledge(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    id: PostId,
    approval: Approval,
) -> Result<Decided, ServiceError> {
    let now = service.now();
    let organization = person.organization;
    let review = Review::of(tx, person, id).await?;
    let sign_off = review.sign(
        service,
        person,
        approval.seen,
        Decision::Acknowledge,
        None,
        approval.acknowledgements,
    )?;
    if !review
        .deliveries
        .iter()
        .any(|stored| still_leaves(&stored.delivery))
    {
        let from = review.stored.post.state.phase().as_str();
        return Err(ServiceError::Conflict(Conflict::State { from }));
    }
    let content = &review.revision.content;
    let mut snapshot = service
        .snapshot(tx, organization, content, review.subject(), now)
        .await?;
    let given = assures(
        service,
        person,
        &mut snapshot,
        &review,
        &sign_off,
        &approval.attestations,
    )?;
    let planned = submit::planned(&review.stored.post);
    let case = snapshot.case(Phase::Approve, content, approval.seen, planned, now);
    let verdict = service.gate.evaluate(&case);
    check_findings(&verdict, &review, &snapshot, &sign_off.acknowledgements, now)?;
    review::record(service, tx, person, &sign_off, None, Some(&verdict)).await?;
    attest::keep(
        service,
        tx,
        person,
        occasion(&review, &sign_off, &verdict),
        &given,
    )
    .await?;
    let deliveries = review.deliveries.iter().map(|stored| &stored.delivery);
    for before in deliveries.filter(|delivery| is_held_by_the_gate(delivery)) {
        let due = before.publish_at.unwrap_or(now);
        let after = before.clone().reschedule(due)?;
        deliveries::update(tx, before, &after, review::grace(&review.known, before.account)).await?;
        let details = serde_json::json!({ "due": due.to_rfc3339(), "post": id.to_string() });
        let told = Told::new(
            organization,
            Actor::User(person.user),
            "delivery.released",
            before.id,
        );
        service.tell(tx, told.under(verdict.policy).with(details)).await?;
    }
    tx.wake_dispatchers();
    let view = review::after(service, tx, person, id, &review.known).await?;
    Ok(Decided {
        view,
        verdict: Some(verdict),
    })
}

/// Whether the gate will be asked about it again: held by it, or re-timed since.
fn still_leaves(delivery: &Delivery) -> bool {
    is_held_by_the_gate(delivery) || matches!(delivery.state, DeliveryState::Waiting { .. })
}

fn is_held_by_the_gate(delivery: &Delivery) -> bool {
    matches!(&delivery.state, DeliveryState::Held { reason, .. } if reason.cause == HoldCause::Gate)
}
