//! 却下: it will not leave.

use super::{
    Decided, Service, ServiceError,
    review::{self, Review},
};
use crate::{
    domain::{actor::Person, digest::RevisionDigest, ids::PostId, signoff::Decision},
    store::{organizations, posts},
};

impl Service {
    /// Rejects a post for good.
    ///
    /// # Errors
    /// When the digest is stale, it is not this person's turn, or the reason is missing.
    pub async fn reject(
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
                organizations::bump_epoch(tx, person.organization).await?;
                let review = Review::of(tx, &person, id).await?;
                let sign_off = review.sign(
                    &service,
                    &person,
                    seen,
                    Decision::Reject,
                    Some(reason),
                    Vec::new(),
                )?;
                let post = review.stored.post.clone().reject()?;
                review::record(&service, tx, &person, &sign_off, None, None).await?;
                review::withdraw_deliveries(&service, tx, &person, &review).await?;
                posts::update(tx, &post, service.now()).await?;
                let view = review::after(&service, tx, &person, id, &review.known).await?;
                Ok(Decided { view, verdict: None })
            })
        })
        .await
    }
}
