//! A clerk queues a post.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{
    AttestationView, Draft, Once, PostView, Service, ServiceError, Submission, Told, access, attest, compose,
    corrections, review, submit, take_media, views,
};
use crate::{
    domain::{
        actor::{Actor, Person, Scope},
        ids::{PostId, RevisionId},
        post::{Post, PostState},
        revision::Revision,
    },
    fault,
    store::{Tx, deliveries, posts},
};

impl Service {
    /// Queues a post as a draft, and submits it at once if the draft says so.
    ///
    /// # Errors
    /// When fields are wrong, the person may not write for an account, or the gate refuses the submission.
    pub async fn create_post(
        &self,
        person: &Person,
        mut draft: Draft,
        once: Once<PostView>,
    ) -> Result<PostView, ServiceError> {
        access::scope(person, Scope::Write)?;
        // One time for both: a draft that leaves when approved has it in its range, and so in its digest.
        let now = self.now();
        self.name_as_the_platform_does(person.organization, &mut draft.targets)
            .await?;
        self.look_at_draft(person, &draft, now).await?;
        let (service, person) = (self.clone(), person.clone());
        let view = self
            .write(move |tx| {
                Box::pin(async move {
                    let view = create(&service, tx, &person, draft, now).await?;
                    once.complete(&service, tx, &view).await?;
                    fault::point("accepting");
                    Ok(view)
                })
            })
            .await?;
        fault::point("accepted");
        Ok(view)
    }
}

async fn create(
    service: &Service,
    tx: &mut Tx,
    person: &Person,
    draft: Draft,
    now: DateTime<Utc>,
) -> Result<PostView, ServiceError> {
    let organization = person.organization;
    let targets = draft.targets.iter().map(|target| target.account);
    let known = views::accounts_of(tx, organization, targets).await?;
    take_media::check_known(tx, organization, &draft).await?;
    corrections::check_known(tx, organization, &draft).await?;
    let composed = compose::compose(&draft, &known, now)?;
    let accounts: Vec<_> = composed
        .content
        .payloads()
        .iter()
        .filter_map(|payload| known.get(&payload.account))
        .collect();
    access::writer_of(person, &accounts)?;
    let post = Post {
        id: PostId::new(service.ids.next()),
        organization,
        author: person.user,
        document_number: draft.document_number,
        publish: composed.publish,
        version: 1,
        state: PostState::Draft,
    };
    let revision = Revision {
        id: RevisionId::new(service.ids.next()),
        post: post.id,
        number: 1,
        editor: person.user,
        created_at: now,
        digest: composed.content.digest(organization),
        content: composed.content,
    };
    posts::insert(tx, &post, now).await?;
    posts::insert_revision(tx, organization, &revision).await?;
    let details = serde_json::json!({
        "revision": revision.digest.to_string(), "kind": revision.content.kind.as_str(),
        "document_number": post.document_number,
    });
    let told = Told::new(organization, Actor::User(person.user), "post.created", post.id).with(details);
    service.tell(tx, told).await?;
    let stored = posts::Stored {
        post,
        created_at: now,
        updated_at: now,
    };
    // Nobody else knows of it before the COMMIT: what was written need not be read again.
    let review = review::Review {
        stored,
        revision,
        hands: BTreeSet::from([person.user]),
        sign_offs: Vec::new(),
        known,
        deliveries: Vec::new(),
    };
    let (stored, deliveries, attestations) = match &draft.submission {
        Submission::Later => {
            let attestations = attest::view(service, tx, &review.stored.post, &review.revision).await?;
            (review.stored.clone(), Vec::new(), attestations)
        }
        Submission::Now(assures) => {
            let handed = submit::hand_over(service, tx, person, &review, assures).await?;
            (handed.stored, handed.deliveries, handed.attestations)
        }
    };
    let costs = views::costs(&review.revision.content, &review.known, &service.prices);
    Ok(PostView {
        costs,
        ..view(stored, deliveries, attestations, review)
    })
}

/// A new post, as it was just written.
fn view(
    stored: posts::Stored,
    deliveries: Vec<deliveries::Stored>,
    attestations: Vec<AttestationView>,
    review: review::Review,
) -> PostView {
    let zone = review
        .accounts()
        .first()
        .map_or(chrono_tz::UTC, |account| account.zone);
    PostView {
        deliveries: views::delivery_views(deliveries, &review.known, &[]),
        sign_offs: Vec::new(),
        attestations,
        costs: views::Costs::new(),
        zone,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
        post: stored.post,
        revision: review.revision,
    }
}
