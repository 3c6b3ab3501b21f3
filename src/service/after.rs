//! What follows from a change of a delivery: a post whose deliveries are all final is completed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Service, ServiceError, Told};
use crate::{
    domain::{
        actor::Actor,
        digest::RevisionDigest,
        ids::{OrganizationId, PostId},
        post::{Post, PostState},
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
        Some(stored) => settle_all(service, tx, organization, &[stored.post], by, now).await,
        None => Ok(()),
    }
}

/// The same for posts that this transaction has under its locks.
///
/// # Errors
/// The database.
pub(crate) async fn settle_all(
    service: &Service,
    tx: &mut Tx,
    organization: OrganizationId,
    posts: &[Post],
    by: Actor,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let mut revisions: BTreeMap<_, _> = posts
        .iter()
        .filter_map(|post| Some((post.id, revision(post)?)))
        .collect();
    if revisions.is_empty() {
        return Ok(());
    }
    // Of a post to hundreds of accounts not all of them are read again for each that arrives.
    for open in deliveries::open_among(tx, organization, &revisions).await? {
        revisions.remove(&open);
    }
    if revisions.is_empty() {
        return Ok(());
    }
    let mut ended = BTreeMap::<_, Vec<_>>::new();
    for stored in deliveries::of_posts(tx, organization, revisions.keys().copied()).await? {
        let delivery = stored.delivery;
        // Deliveries of earlier revisions were cancelled by the edit and say nothing of this one.
        if revisions.get(&delivery.post) == Some(&delivery.revision) {
            ended.entry(delivery.post).or_default().push(delivery);
        }
    }
    let (mut completed, mut tellings) = (Vec::new(), Vec::new());
    for post in posts {
        let Some(of_it) = ended.get(&post.id) else {
            continue;
        };
        let settled = post.clone().settle(of_it);
        if settled == *post {
            continue;
        }
        if let PostState::Completed { summary, .. } = settled.state {
            let details = serde_json::json!({ "summary": summary.as_str() });
            tellings.push(Told::new(organization, by, "post.completed", post.id).with(details));
        }
        completed.push(settled);
    }
    posts::update_all(tx, organization, &completed, now).await?;
    Ok(service.tell_all(tx, tellings).await?)
}

/// What of an approved post is on its way, or was.
const fn revision(post: &Post) -> Option<RevisionDigest> {
    match &post.state {
        PostState::Approved { revision, .. } | PostState::Completed { revision, .. } => Some(*revision),
        _ => None,
    }
}
