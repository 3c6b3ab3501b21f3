//! The author hands the latest revision to the first stage of its route.

use super::{
    AttestationView, Decided, Service, ServiceError, Thing, Told, access, attest, look::LookFor, review,
    review::Review,
};
use crate::{
    domain::{
        abilities,
        account::Account,
        actor::{Actor, OrganizationRole, Person, Scope},
        attestation::GivenAs,
        delivery::{Delivery, DeliveryState, Fence, Series},
        flow::Priority,
        ids::{DeliveryId, PostId},
        post::{Post, PublishMode},
        revision::{Kind, Revision},
        route::{Requirement, Route, Stage},
    },
    gate::{Phase, Verdict, text_mark},
    store::{Tx, attestations::Occasion, deliveries, posts},
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
                let handed = hand_over(&service, tx, &person, &review, &assures).await?;
                let view = review::after(&service, tx, &person, id, &review.known).await?;
                Ok(Decided {
                    view,
                    verdict: Some(handed.verdict),
                })
            })
        })
        .await
    }
}

/// A post that was handed over, as it is now.
pub(super) struct HandedOver {
    pub(super) verdict: Verdict,
    pub(super) stored: posts::Stored,
    pub(super) deliveries: Vec<deliveries::Stored>,
    pub(super) attestations: Vec<AttestationView>,
}

/// Asks the gate, makes the deliveries and gives the post to the first stage.
pub(super) async fn hand_over(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    review: &Review,
    assures: &[String],
) -> Result<HandedOver, ServiceError> {
    let now = service.now();
    let organization = person.organization;
    let (post, revision) = (&review.stored.post, &review.revision);
    let route = route_for(revision, &review.accounts());
    let submitted = post.clone().submit(revision.digest, route)?;
    let mut snapshot = service
        .snapshot(tx, organization, &revision.content, review.subject(), now)
        .await?;
    let planned = planned(post);
    let case = snapshot.case(Phase::Submit, &revision.content, revision.digest, planned, now);
    let given = attest::assured(service, &case, person, GivenAs::Author, assures)?;
    snapshot.attested.extend_from_slice(&given);
    let case = snapshot.case(Phase::Submit, &revision.content, revision.digest, planned, now);
    let verdict = service.gate.evaluate(&case);
    if !verdict.passes() {
        return Err(ServiceError::Refused(Box::new(verdict)));
    }
    posts::update(tx, &submitted, now).await?;
    let deliveries = make_deliveries(service, tx, review, planned).await?;
    let occasion = Occasion {
        post: post.id,
        revision: revision.id,
        sign_off: None,
        policy: verdict.policy,
    };
    attest::keep(service, tx, person, occasion, &given).await?;
    let findings: Vec<serde_json::Value> = verdict
        .findings
        .iter()
        .map(|finding| serde_json::json!({ "rule": finding.rule, "finding": finding.id.to_string() }))
        .collect();
    let details = serde_json::json!({ "revision": revision.digest.to_string(), "findings": findings });
    let told = Told::new(organization, Actor::User(person.user), "post.submitted", post.id)
        .under(verdict.policy)
        .with(details);
    service.tell(tx, told).await?;
    let post = Post {
        version: submitted.version + 1,
        ..submitted
    };
    let stored = posts::Stored {
        post,
        created_at: review.stored.created_at,
        updated_at: now,
    };
    Ok(HandedOver {
        attestations: attest::of_post(&snapshot.policy, &stored.post, revision, &snapshot.attested),
        verdict,
        stored,
        deliveries,
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
pub(super) const fn planned(post: &Post) -> Option<chrono::DateTime<chrono::Utc>> {
    match post.publish {
        PublishMode::At(at) => Some(at),
        PublishMode::OnApproval => None,
    }
}

async fn make_deliveries(
    service: &Service,
    tx: &mut Tx,
    review: &Review,
    publish_at: Option<chrono::DateTime<chrono::Utc>>,
) -> Result<Vec<deliveries::Stored>, ServiceError> {
    let now = service.now();
    let (post, revision) = (&review.stored.post, &review.revision);
    let mut made = Vec::with_capacity(revision.content.payloads().len());
    let priority = match revision.content.kind {
        Kind::Emergency => Priority::Emergency,
        _ => Priority::Ordinary,
    };
    for payload in revision.content.payloads() {
        let account = review
            .known
            .get(&payload.account)
            .ok_or(ServiceError::NotFound(Thing::Account))?;
        let preparation = abilities::preparation(account.platform, payload);
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
        let grace = review::grace(&review.known, payload.account);
        deliveries::insert(tx, &delivery, priority, preparation, text_mark(text), grace, now).await?;
        made.push(deliveries::Stored {
            miss_at: publish_at.map(|publish_at| publish_at + grace),
            delivery,
            priority,
        });
    }
    Ok(made)
}
