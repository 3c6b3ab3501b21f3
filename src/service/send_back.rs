//! 差戻し: back to the author, with a reason and perhaps a wording.

use super::{
    Decided, FieldError, Service, ServiceError,
    review::{self, Review},
};
use crate::{
    domain::{actor::Person, digest::RevisionDigest, ids::PostId, signoff::Decision, text::MAX_TEXT_BYTES},
    store::{organizations, posts, sign_offs},
};

impl Service {
    /// Returns a post. A chief's wording is a suggestion: the author may accept it as their own.
    ///
    /// # Errors
    /// When the digest is stale, it is not this person's turn, or the reason is missing.
    pub async fn send_back(
        &self,
        person: &Person,
        id: PostId,
        seen: RevisionDigest,
        reason: String,
        suggested_text: Option<String>,
    ) -> Result<Decided, ServiceError> {
        review::check_reason(&reason)?;
        if suggested_text
            .as_ref()
            .is_some_and(|text| text.len() > MAX_TEXT_BYTES)
        {
            return Err(ServiceError::Invalid(vec![FieldError::at(
                "/suggested_text",
                "field-too-long",
            )]));
        }
        let (service, person) = (self.clone(), person.clone());
        self.write(move |tx| {
            Box::pin(async move {
                organizations::bump_epoch(tx, person.organization).await?;
                let review = Review::of(tx, &person, id).await?;
                let sign_off = review.sign(
                    &service,
                    &person,
                    seen,
                    Decision::Return,
                    Some(reason),
                    Vec::new(),
                )?;
                let post = review.stored.post.clone().send_back()?;
                review::record(&service, tx, &person, &sign_off, suggested_text.as_deref(), None).await?;
                sign_offs::void(tx, person.organization, id, service.now()).await?;
                review::withdraw_deliveries(&service, tx, &person, &review).await?;
                posts::update(tx, &post, service.now()).await?;
                let view = review::after(&service, tx, &person, id, &review.known).await?;
                Ok(Decided { view, verdict: None })
            })
        })
        .await
    }
}
