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
    let Some(stored) = posts::find_for_update(tx, organization, id).await? else {
        return Ok(());
    };
    let live = deliveries::of_post(tx, organization, id).await?;
    let of_it: Vec<_> = live
        .into_iter()
        .filter(|stored_delivery| {
            // Deliveries of earlier revisions were cancelled by the edit and say nothing of this one.
            let revision = match &stored.post.state {
                PostState::Approved { revision, .. } | PostState::Completed { revision, .. } => *revision,
                _ => return true,
            };
            stored_delivery.delivery.revision == revision
        })
        .map(|stored| stored.delivery)
        .collect();
    let settled = stored.post.clone().settle(&of_it);
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
