//! A dry run: the same gate, nothing is kept.

use std::collections::BTreeSet;

use super::{
    Draft, Service, ServiceError, access, compose,
    snapshot::{Subject, Targets},
    submit, views,
};
use crate::{
    domain::{
        actor::{Person, Scope},
        ids::PostId,
        post::{Post, PostState},
    },
    gate::{Phase, Verdict},
};

impl Service {
    /// Judges a draft as if it were submitted.
    ///
    /// # Errors
    /// When fields are wrong or the person may not write for an account.
    pub async fn check(&self, person: &Person, draft: Draft) -> Result<Verdict, ServiceError> {
        access::any_scope(person, &[Scope::Read, Scope::Write])?;
        let now = self.now();
        let organization = person.organization;
        let mut reader = self.store.read().await?;
        let targets = draft.targets.iter().map(|target| target.account);
        let known = views::accounts_of(&mut reader, organization, targets).await?;
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
        let snapshot = self
            .snapshot(&mut reader, organization, &composed.content, subject, now)
            .await?;
        let digest = composed.content.digest(organization);
        let planned = submit::planned(&post);
        Ok(self
            .gate
            .evaluate(&snapshot.case(Phase::Check, &composed.content, digest, planned, now)))
    }
}
