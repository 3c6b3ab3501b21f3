//! What follows from a change of a delivery: a post whose deliveries are all final is completed.

use chrono::{DateTime, Utc};

use super::{Service, ServiceError, Told};
use crate::{
    domain::{
        actor::Actor,
        ids::{OrganizationId, PostId},
        post::PostState,
    },
    store::{Tx, deliveries, posts},
};

/// Completes an approved post once all its deliveries are final. The caller has the post's lock, or takes
/// it here before it changes a delivery.
///
/// # Errors
/// The database.
pub async fn settle_post(
    service: &Service,
    tx: &mut Tx,
    organization: OrganizationId,
    id: PostId,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    match posts::find_for_update(tx, organization, id).await? {
        Some(stored) => settle(service, tx, &stored, by, now).await,
        None => Ok(()),
    }
}

/// The same for a post that this transaction has under its lock.
///
/// # Errors
/// The database.
pub(crate) async fn settle(
    service: &Service,
    tx: &mut Tx,
    stored: &posts::Stored,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let (organization, id) = (stored.post.organization, stored.post.id);
    let revision = match &stored.post.state {
        PostState::Approved { revision, .. } | PostState::Completed { revision, .. } => *revision,
        _ => return Ok(()),
    };
    // Of a post to hundreds of accounts not all of them are read again for each that arrives.
    if deliveries::is_one_open(tx, organization, id, revision).await? {
        return Ok(());
    }
    let of_post = deliveries::of_post(tx, organization, id).await?.into_iter();
    // Deliveries of earlier revisions were cancelled by the edit and say nothing of this one.
    let of_it = of_post
        .map(|stored| stored.delivery)
        .filter(|delivery| delivery.revision == revision);
    let settled = stored.post.clone().settle(&of_it.collect::<Vec<_>>());
    if settled != stored.post {
        posts::update(tx, &settled, now).await?;
        if let PostState::Completed { summary, .. } = settled.state {
            let details = serde_json::json!({ "summary": summary.as_str() });
            let told = Told::new(organization, by, "post.completed", id).with(details);
            service.tell(tx, told).await?;
        }
    }
    Ok(())
}
