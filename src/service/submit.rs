//! The author hands the latest revision to the first stage of its route.

use chrono::{DateTime, Utc};

use super::{
    AttestationView, Decided, Service, ServiceError, Snapshot, Thing, Told, access, attest, look::LookFor,
    review, review::Review,
};
use crate::{
    domain::{
        abilities,
        account::Account,
        actor::{Actor, OrganizationRole, Person, Scope},
        attestation::{Given, GivenAs},
        delivery::{Delivery, DeliveryState, Fence, Series},
        flow::Priority,
        ids::{DeliveryId, PostId},
        post::{Post, PublishMode},
        revision::{Kind, Payload, Revision},
        route::{Requirement, Route, Stage},
    },
    gate::{Phase, Verdict, text_mark},
    store::{
        Tx,
        attestations::Occasion,
        deliveries::{self, New},
        posts,
    },
};

impl Service {
    /// Submits a post's latest revision, with what the caller assures by these names.
    ///
    /// # Errors
    /// When it is not a draft, something is assured that nobody asks, or the gate refuses.
    pub async fn submit(
        &self,
        person: &Person,
        id: PostId,
        assures: Vec<String>,
    ) -> Result<Decided, ServiceError> {
        access::scope(person, Scope::Write)?;
        self.look_at_post(person, id, LookFor::Submission).await?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let review = Review::of(tx, &person, id).await?;
                access::writer_of(&person, &review.accounts())?;
                let verdict = hand_over(&service, tx, &person, &review, &assures).await?;
                let view = review::after(&service, tx, &person, id, &review.known).await?;
                Ok(Decided {
                    view,
                    verdict: Some(verdict),
                })
            })
        })
        .await
    }
}

/// A post that the gate let pass on to its first stage, and what is to be written for that.
pub(super) struct Handed {
    pub(super) verdict: Verdict,
    /// The post as it becomes; its version is still the one that was read.
    pub(super) post: Post,
    pub(super) deliveries: Vec<New>,
    pub(super) given: Vec<Given>,
    pub(super) attestations: Vec<AttestationView>,
    pub(super) telling: Told,
}

impl Handed {
    /// When and on what its author assured what they did.
    pub(super) fn occasion(&self, revision: &Revision) -> Occasion {
        Occasion {
            post: self.post.id,
            revision: revision.id,
            sign_off: None,
            policy: self.verdict.policy,
        }
    }
}

/// Asks the gate, makes the deliveries and gives the post to the first stage.
pub(super) async fn hand_over(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    review: &Review,
    assures: &[String],
) -> Result<Verdict, ServiceError> {
    let now = service.now();
    let content = &review.revision.content;
    let snapshot = service
        .snapshot(tx, person.organization, content, review.subject(), now)
        .await?;
    let handed = judge(service, person, review, assures, snapshot, now)?;
    posts::update(tx, &handed.post, now).await?;
    deliveries::insert(tx, person.organization, &handed.deliveries, now).await?;
    let occasion = handed.occasion(&review.revision);
    attest::keep(service, tx, person, occasion, &handed.given).await?;
    service.tell(tx, handed.telling).await?;
    Ok(handed.verdict)
}

/// Asks the gate about a post that is to be handed to the first stage of its route.
pub(super) fn judge(
    service: &Service,
    person: &Person,
    review: &Review,
    assures: &[String],
    mut snapshot: Snapshot,
    now: DateTime<Utc>,
) -> Result<Handed, ServiceError> {
    let (post, revision) = (&review.stored.post, &review.revision);
    let route = route_for(revision, &review.accounts());
    let submitted = post.clone().submit(revision.digest, route)?;
    let planned = planned(post);
    let case = snapshot.case(Phase::Submit, &revision.content, revision.digest, planned, now);
    let given = attest::assured(service, &case, person, GivenAs::Author, assures)?;
    snapshot.attested.extend_from_slice(&given);
    let case = snapshot.case(Phase::Submit, &revision.content, revision.digest, planned, now);
    let verdict = service.gate.evaluate(&case);
    if !verdict.passes() {
        return Err(ServiceError::Refused(Box::new(verdict)));
    }
    let findings = verdict
        .findings
        .iter()
        .map(|finding| serde_json::json!({ "rule": finding.rule, "finding": finding.id.to_string() }));
    let details = serde_json::json!({
        "revision": revision.digest.to_string(), "findings": findings.collect::<Vec<_>>(),
    });
    let telling = Told::new(
        post.organization,
        Actor::User(person.user),
        "post.submitted",
        post.id,
    );
    Ok(Handed {
        deliveries: deliveries_of(service, review, planned)?,
        attestations: attest::of_post(&snapshot.policy, &submitted, revision, &snapshot.attested),
        telling: telling.under(verdict.policy).with(details),
        verdict,
        post: submitted,
        given,
    })
}

/// An emergency post needs one duty officer; every other post what its accounts ask for.
fn route_for(revision: &Revision, accounts: &[&Account]) -> Route {
    if revision.content.kind == Kind::Emergency {
        return Route::new(vec![Stage {
            title: "危機管理当番".to_owned(),
            requirement: Requirement::Holder(OrganizationRole::DutyOfficer),
        }]);
    }
    Route::combine(accounts.iter().map(|account| &account.route))
}

/// The planned time of a post, where it has one.
pub(super) const fn planned(post: &Post) -> Option<DateTime<Utc>> {
    match post.publish {
        PublishMode::At(at) => Some(at),
        PublishMode::OnApproval => None,
    }
}

fn deliveries_of(
    service: &Service,
    review: &Review,
    publish_at: Option<DateTime<Utc>>,
) -> Result<Vec<New>, ServiceError> {
    let (post, revision) = (&review.stored.post, &review.revision);
    let priority = match revision.content.kind {
        Kind::Emergency => Priority::Emergency,
        _ => Priority::Ordinary,
    };
    let new = |payload: &Payload| {
        let account = review
            .known
            .get(&payload.account)
            .ok_or(ServiceError::NotFound(Thing::Account))?;
        let delivery = Delivery {
            id: DeliveryId::new(service.ids.next()),
            organization: post.organization,
            post: post.id,
            account: payload.account,
            revision: revision.digest,
            publish_at,
            generation: 0,
            series: Series::of(abilities::calls(account.platform, payload)),
            fence: Fence::default(),
            state: DeliveryState::Pending,
        };
        let text = payload.parts.first().map_or("", |part| part.text.as_str());
        Ok(New {
            delivery,
            priority,
            preparation: abilities::preparation(account.platform, payload),
            mark: text_mark(text),
            grace: review::grace(&review.known, payload.account),
        })
    };
    revision.content.payloads().iter().map(new).collect()
}
