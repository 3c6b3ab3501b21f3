//! 上申: who is in doubt stops and asks the superior (TOW-5.3b, YAM-4).

use super::{
    Decided, Service, ServiceError,
    review::{self, Review},
};
use crate::{
    domain::{
        actor::{OrganizationRole, Person},
        digest::RevisionDigest,
        ids::PostId,
        route::{Requirement, Stage},
        signoff::Decision,
    },
    store::posts,
};

impl Service {
    /// Hands a post one stage higher; beyond the last stage the publicity division answers.
    ///
    /// # Errors
    /// When the digest is stale, it is not this person's turn, or the reason is missing.
    pub async fn escalate(
        &self,
        person: &Person,
        id: PostId,
        seen: RevisionDigest,
        reason: String,
    ) -> Result<Decided, ServiceError> {
        review::check_reason(&reason)?;
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let review = Review::of(tx, &person, id).await?;
                let sign_off = review.sign(
                    &service,
                    &person,
                    seen,
                    Decision::Escalate,
                    Some(reason),
                    Vec::new(),
                )?;
                let beyond = Stage {
                    title: "広報課".to_owned(),
                    requirement: Requirement::Holder(OrganizationRole::Publicity),
                };
                let post = review.stored.post.clone().escalate(beyond)?;
                review::record(&service, tx, &person, &sign_off, None, None).await?;
                posts::update(tx, &post, service.now()).await?;
                let view = review::after(&service, tx, &person, id, &review.known).await?;
                Ok(Decided { view, verdict: None })
            })
        })
        .await
    }
}
