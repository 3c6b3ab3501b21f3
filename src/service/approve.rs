//! A signer approves what they saw.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{
    Conflict, Decided, FieldError, LookFor, Service, ServiceError, Told, attest,
    review::{self, Review},
    submit,
};
use crate::{
    domain::{
        account::Account,
        actor::{Actor, Person},
        attestation::{Given, GivenAs},
        delivery::{Delivery, DeliveryPhase, DeliveryState},
        digest::{FindingId, RevisionDigest},
        hold::HoldReason,
        ids::PostId,
        post::Progress,
        revision::{Content, Kind},
        signoff::{Acknowledgement, Decision, SignOff},
        window::Window,
    },
    fault,
    gate::{Phase, Verdict},
    service::Snapshot,
    store::{StoreError, Tx, attestations::Occasion, deliveries, posts},
};

/// What a signer says yes to.
#[derive(Debug, Clone)]
pub struct Approval {
    /// The digest that was on their screen.
    pub seen: RevisionDigest,
    /// The `confirm` findings that they take responsibility for, each with a reason.
    pub acknowledgements: Vec<Acknowledgement>,
    /// What they assure, by the names in the policy.
    pub attestations: Vec<String>,
}

impl Service {
    /// Approves a post at the stage whose turn it is; after the last one its deliveries wait for their time.
    ///
    /// # Errors
    /// When the digest is stale, it is not this person's turn, the gate blocks, or a `confirm` finding is
    /// not acknowledged.
    pub async fn approve(
        &self,
        person: &Person,
        id: PostId,
        approval: Approval,
    ) -> Result<Decided, ServiceError> {
        self.look_at_post(person, id, LookFor::Leaving).await?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let decided = decide(&service, tx, &person, id, approval).await?;
                fault::point("approving");
                Ok(decided)
            })
        })
        .await
    }
}

async fn decide(
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
        Decision::Approve,
        None,
        approval.acknowledgements,
    )?;
    if review
        .deliveries
        .iter()
        .any(|stored| stored.delivery.state.phase() == DeliveryPhase::Missed)
    {
        return Err(ServiceError::Conflict(Conflict::RetimeFirst));
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
    let verdict = service
        .gate
        .evaluate(&snapshot.case(Phase::Approve, content, approval.seen, planned, now));
    check_findings(&verdict, &review, &snapshot, &sign_off.acknowledgements, now)?;
    match review::record(service, tx, person, &sign_off, None, Some(&verdict)).await {
        // Two approvals of one stage at once: the schema lets one through.
        Err(StoreError::Duplicate { .. }) => return Err(ServiceError::Conflict(Conflict::Changed)),
        other => other?,
    }
    attest::keep(
        service,
        tx,
        person,
        occasion(&review, &sign_off, &verdict),
        &given,
    )
    .await?;
    let (post, progress) = review.stored.post.clone().approve()?;
    posts::update(tx, &post, now).await?;
    if progress == Progress::Complete {
        release(service, tx, person, &review, &snapshot).await?;
    }
    let view = review::after(service, tx, person, id, &review.known).await?;
    Ok(Decided {
        view,
        verdict: Some(verdict),
    })
}

/// What a signer assures, which the gate counts from here on.
pub(super) fn assures(
    service: &Service,
    person: &Person,
    snapshot: &mut Snapshot,
    review: &Review,
    sign_off: &SignOff,
    names: &[String],
) -> Result<Vec<Given>, ServiceError> {
    let content = &review.revision.content;
    let planned = submit::planned(&review.stored.post);
    snapshot.signing = Some(sign_off.requirement);
    let case = snapshot.case(Phase::Approve, content, sign_off.revision, planned, sign_off.at);
    let given_as = GivenAs::Signer(sign_off.requirement);
    let given = attest::assured(service, &case, person, given_as, names)?;
    snapshot.attested.extend_from_slice(&given);
    Ok(given)
}

/// With what a signer's assurances are given.
pub(super) fn occasion(review: &Review, sign_off: &SignOff, verdict: &Verdict) -> Occasion {
    Occasion {
        post: sign_off.post,
        revision: review.revision.id,
        sign_off: Some(sign_off.id),
        policy: verdict.policy,
    }
}

/// Blocks stop; `confirm` findings need this signer's word or an earlier signer's, unless a live emergency
/// lets them pass as debts.
pub(super) fn check_findings(
    verdict: &Verdict,
    review: &Review,
    snapshot: &Snapshot,
    given: &[Acknowledgement],
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let first_block = verdict.blocks().next().map(|finding| finding.rule);
    match first_block {
        Some("time.past") => return Err(ServiceError::Conflict(Conflict::RetimeFirst)),
        Some(_) => return Err(ServiceError::Refused(Box::new(verdict.clone()))),
        None => {}
    }
    let mut errors = Vec::new();
    for (index, acknowledgement) in given.iter().enumerate() {
        if acknowledgement.reason.trim().is_empty() {
            errors.push(FieldError::at(
                format!("/acknowledgements/{index}/reason"),
                "field-required",
            ));
        }
        if !verdict
            .findings
            .iter()
            .any(|finding| finding.id == acknowledgement.finding)
        {
            errors.push(FieldError::at(
                format!("/acknowledgements/{index}/finding"),
                "field-finding-unknown",
            ));
        }
    }
    if !errors.is_empty() {
        return Err(ServiceError::Invalid(errors));
    }
    let emergency = review.revision.content.kind == Kind::Emergency
        && review.accounts().iter().all(|account| {
            snapshot
                .emergencies
                .iter()
                .any(|emergency| emergency.covers(account.id, now))
        });
    let before = review
        .sign_offs
        .iter()
        .filter(|earlier| earlier.revision == review.revision.digest);
    let acknowledged: BTreeSet<FindingId> = before
        .flat_map(|earlier| &earlier.acknowledgements)
        .chain(given)
        .map(|acknowledgement| acknowledgement.finding)
        .collect();
    if !emergency && verdict.unacknowledged(&acknowledged).next().is_some() {
        return Err(ServiceError::Unacknowledged(Box::new(verdict.clone())));
    }
    Ok(())
}

/// The last stage approved: every delivery gets its time, or is held by an emergency that is not its own.
async fn release(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    review: &Review,
    snapshot: &Snapshot,
) -> Result<(), ServiceError> {
    let now = service.now();
    let mut tellings = Vec::with_capacity(review.deliveries.len());
    for stored in &review.deliveries {
        let before = &stored.delivery;
        if before.state.phase() != DeliveryPhase::Pending {
            continue;
        }
        let Some(account) = snapshot.accounts.get(&before.account) else {
            continue;
        };
        let due = due(&review.revision.content, snapshot, account, before, now)?;
        let approved = before.clone().approve(due)?;
        let covering = snapshot
            .emergencies
            .iter()
            .find(|emergency| emergency.covers(account.id, now));
        let after = match covering {
            Some(emergency) if review.revision.content.kind != Kind::Emergency => {
                approved.hold(HoldReason::emergency(emergency.id), now, now)?
            }
            _ => approved,
        };
        deliveries::update(tx, before, &after, account.grace).await?;
        let details = serde_json::json!({
            "state": after.state.phase().as_str(), "due": due.to_rfc3339(), "post": before.post.to_string(),
        });
        let actor = Actor::User(person.user);
        tellings.push(Told::new(person.organization, actor, "delivery.approved", before.id).with(details));
        if matches!(after.state, DeliveryState::Waiting { .. }) {
            tx.wake_dispatchers();
        }
    }
    Ok(service.tell_all(tx, tellings).await?)
}

/// When an approved delivery leaves: at its planned time, or now, or when the window opens next.
fn due(
    content: &Content,
    snapshot: &Snapshot,
    account: &Account,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, ServiceError> {
    if let Some(planned) = delivery.publish_at {
        return Ok(planned);
    }
    let covered = snapshot
        .emergencies
        .iter()
        .any(|emergency| emergency.covers(account.id, now));
    if content.kind == Kind::Emergency && covered {
        return Ok(now);
    }
    let window = Window {
        office: snapshot.policy.office(),
        account: &account.hours,
        zone: account.zone,
        calendar: &snapshot.calendar,
    };
    window
        .next_open(now.max(content.range.earliest))
        .filter(|opening| *opening <= content.range.latest)
        .ok_or(ServiceError::Conflict(Conflict::RetimeFirst))
}
