//! What somebody has to look at afterwards, whatever brought it out: one list.

use chrono::{DateTime, Utc};

use super::{AdoptedPost, AfterReview, Service, ServiceError, access};
use crate::{
    domain::actor::{Person, Scope},
    store::{adopted_posts, emergencies},
};

/// Something that nobody else has looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToReview {
    /// A post that left under an emergency.
    Emergency(AfterReview),
    /// A post that was made past the gateway.
    Adopted(AdoptedPost),
}

impl ToReview {
    /// Since when it waits.
    #[must_use]
    pub const fn since(&self) -> DateTime<Utc> {
        match self {
            Self::Emergency(open) => open.opened_at,
            Self::Adopted(post) => post.adopted_at,
        }
    }
}

impl Service {
    /// Everything that waits for a look afterwards, what waits longest first.
    ///
    /// # Errors
    /// When the token does not allow reading.
    pub async fn to_review(&self, person: &Person) -> Result<Vec<ToReview>, ServiceError> {
        access::scope(person, Scope::Read)?;
        let mut reader = self.store.read().await?;
        let emergencies = emergencies::open_reviews(&mut reader, person.organization).await?;
        let adopted = adopted_posts::open(&mut reader, person.organization).await?;
        let emergencies = emergencies.into_iter().map(ToReview::Emergency);
        let mut all: Vec<ToReview> = emergencies
            .chain(adopted.into_iter().map(ToReview::Adopted))
            .collect();
        all.sort_by_key(ToReview::since);
        Ok(all)
    }
}
