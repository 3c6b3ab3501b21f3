//! A post gets another time inside its signed range; its sign-offs stay.

use chrono::{DateTime, FixedOffset, Utc};

use super::{
    Conflict, Need, PostView, Service, ServiceError, Told, access, compose,
    look::LookFor,
    review::{self, Review},
};
use crate::{
    domain::{
        actor::{Actor, Person, Scope},
        delivery::{Delivery, DeliveryPhase},
        ids::PostId,
        post::{PostState, PublishMode},
    },
    gate::Phase,
    store::{Tx, deliveries, posts},
};

impl Service {
    /// Re-times a post: what waits, is held, was missed or failed gets the new time. Outside the signed
    /// range it is a new revision, and this refuses.
    ///
    /// # Errors
    /// When the time is past, outside the range or refused by the gate, or nothing of it can be re-timed.
    pub async fn reschedule(
        &self,
        person: &Person,
        id: PostId,
        at: DateTime<FixedOffset>,
    ) -> Result<PostView, ServiceError> {
        access::any_scope(person, &[Scope::Write, Scope::Approve])?;
        self.look_at_post(person, id, LookFor::Submission).await?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| Box::pin(async move { reschedule(&service, tx, &person, id, at).await }))
            .await
    }
}

async fn reschedule(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    id: PostId,
    written: DateTime<FixedOffset>,
) -> Result<PostView, ServiceError> {
    let now = service.now();
    let organization = person.organization;
    let review = Review::of(tx, person, id).await?;
    access::allow(may_reschedule(person, &review), Need::Role)?;
    let at = written.with_timezone(&Utc);
    check_time(&review, written, now)?;
    let mut post = match review.stored.post.state {
        PostState::InReview { .. } | PostState::Draft => review.stored.post.clone(),
        _ => review.stored.post.clone().reopen()?,
    };
    let content = &review.revision.content;
    let snapshot = service
        .snapshot(tx, organization, content, review.subject(), now)
        .await?;
    let case = snapshot.case(Phase::Submit, content, review.revision.digest, Some(at), now);
    let verdict = service.gate.evaluate(&case);
    if !verdict.passes() {
        return Err(ServiceError::Refused(Box::new(verdict)));
    }
    let mut moved = 0;
    for stored in &review.deliveries {
        let before = &stored.delivery;
        let Some(after) = retime(&post.state, before, at) else {
            continue;
        };
        deliveries::update(tx, before, &after, review::grace(&review.known, before.account)).await?;
        let details = serde_json::json!({ "publish_at": at.to_rfc3339(), "post": id.to_string() });
        let told = Told::new(
            organization,
            Actor::User(person.user),
            "delivery.rescheduled",
            before.id,
        )
        .under(verdict.policy)
        .with(details);
        service.tell(tx, told).await?;
        moved += 1;
    }
    if moved == 0 && !matches!(post.state, PostState::Draft) {
        return Err(ServiceError::Conflict(Conflict::State {
            from: post.state.phase().as_str(),
        }));
    }
    post.publish = PublishMode::At(at);
    posts::update(tx, &post, now).await?;
    let told = Told::new(organization, Actor::User(person.user), "post.rescheduled", id)
        .under(verdict.policy)
        .with(serde_json::json!({ "publish_at": at.to_rfc3339() }));
    service.tell(tx, told).await?;
    tx.wake_dispatchers();
    review::after(service, tx, person, id, &review.known).await
}

/// What can have another time gets it; what is out, in doubt or cancelled stays as it is.
fn retime(post: &PostState, before: &Delivery, at: DateTime<Utc>) -> Option<Delivery> {
    let approved = matches!(post, PostState::Approved { .. });
    let again = if approved && before.state.phase() != DeliveryPhase::Pending {
        before.clone().reschedule(at)
    } else {
        before.clone().replan(at)
    };
    again.ok()
}

fn may_reschedule(person: &Person, review: &Review) -> bool {
    let writes = access::writer_of(person, &review.accounts()).is_ok();
    writes
        || review
            .accounts()
            .iter()
            .all(|account| access::approves_for(person, account))
}

fn check_time(
    review: &Review,
    written: DateTime<FixedOffset>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let zones: Vec<_> = review.accounts().iter().map(|account| account.zone).collect();
    let mut errors = Vec::new();
    compose::check_written(written, &zones, "/publish_at", &mut errors);
    let at = written.with_timezone(&Utc);
    if at < now {
        errors.push(super::FieldError::at("/publish_at", "field-time-past"));
    }
    if !review.revision.content.range.contains(at) {
        errors.push(super::FieldError::at("/publish_at", "field-time-outside-range"));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(errors))
    }
}
