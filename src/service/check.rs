//! A dry run: the same gate, nothing is kept.

use std::collections::BTreeSet;

use super::{
    Costs, Draft, Service, ServiceError, Submission, access, attest, compose, corrections,
    snapshot::{Subject, Targets},
    submit, take_media, views,
};
use crate::{
    domain::{
        actor::{Person, Scope},
        attestation::GivenAs,
        ids::PostId,
        post::{Post, PostState},
    },
    gate::{Phase, Verdict},
};

/// What is said of a draft.
#[derive(Debug)]
pub struct Checked {
    /// What the gate says.
    pub verdict: Verdict,
    /// What it would cost.
    pub costs: Costs,
}

impl Service {
    /// Judges a draft as if it were submitted.
    ///
    /// # Errors
    /// When fields are wrong or the person may not write for an account.
    pub async fn check(&self, person: &Person, mut draft: Draft) -> Result<Checked, ServiceError> {
        access::any_scope(person, &[Scope::Read, Scope::Write])?;
        let now = self.now();
        let organization = person.organization;
        self.name_as_the_platform_does(organization, &mut draft.targets)
            .await?;
        let mut reader = self.store.read().await?;
        let targets = draft.targets.iter().map(|target| target.account);
        let known = views::accounts_of(&mut reader, organization, targets).await?;
        take_media::check_known(&mut reader, organization, &draft).await?;
        corrections::check_known(&mut reader, organization, &draft).await?;
        let composed = compose::compose(&draft, &known, now)?;
        let accounts: Vec<_> = composed
            .content
            .payloads()
            .iter()
            .filter_map(|payload| known.get(&payload.account))
            .collect();
        access::writer_of(person, &accounts)?;
        let post = Post {
            id: PostId::new(self.ids.next()),
            organization,
            author: person.user,
            document_number: None,
            publish: composed.publish,
            version: 1,
            state: PostState::Draft,
        };
        let subject = Subject {
            post: post.id,
            hands: BTreeSet::from([person.user]),
            sign_offs: Vec::new(),
            targets: Targets::All,
        };
        let mut snapshot = self
            .snapshot(&mut reader, organization, &composed.content, subject, now)
            .await?;
        let digest = composed.content.digest(organization);
        let planned = submit::planned(&post);
        if let Submission::Now(assures) = &draft.submission {
            let case = snapshot.case(Phase::Check, &composed.content, digest, planned, now);
            let given = attest::assured(self, &case, person, GivenAs::Author, assures)?;
            snapshot.attested.extend(given);
        }
        let case = snapshot.case(Phase::Check, &composed.content, digest, planned, now);
        Ok(Checked {
            verdict: self.gate.evaluate(&case),
            costs: views::costs(&composed.content, &known, &self.prices),
        })
    }
}
