//! What a correction (訂正) refers to: named by our id or the platform's, looked up among our own posts.

use std::collections::BTreeMap;

use super::{Draft, DraftTarget, FieldError, Service, ServiceError, Told};
use crate::{
    domain::{
        actor::Actor,
        attempt::RemoteRef,
        correction::{CorrectedStanding, Original},
        delivery::Delivery,
        ids::{AccountId, DeliveryId, OrganizationId, PostId},
        revision::{Act, Content},
    },
    store::{Reader, StoreError, Tx, corrections, deliveries, posts},
};

impl Service {
    /// Puts the platform's ids in place of ours: what is signed is what leaves. Of a series, our id names its first
    /// part.
    ///
    /// # Errors
    /// When a delivery is not on that account, or not out.
    pub(super) async fn name_as_the_platform_does(
        &self,
        organization: OrganizationId,
        targets: &mut [DraftTarget],
    ) -> Result<(), ServiceError> {
        let ours = |target: &DraftTarget| target.refers_to.as_deref()?.parse::<DeliveryId>().ok();
        if targets.iter().all(|target| ours(target).is_none()) {
            return Ok(());
        }
        let mut reader = self.store.read().await?;
        let mut errors = Vec::new();
        for (index, target) in targets.iter_mut().enumerate() {
            let Some(id) = ours(target) else { continue };
            let found = deliveries::find(&mut reader, organization, id).await?;
            let found = found.filter(|stored| stored.delivery.account == target.account);
            match found.as_ref().and_then(|stored| stored.delivery.series.first()) {
                Some(remote) => target.refers_to = Some(remote.id.clone()),
                None => errors.push(at(index, "field-refers-to-not-out")),
            }
        }
        told(errors)
    }
}

fn told(errors: Vec<FieldError>) -> Result<(), ServiceError> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(errors))
    }
}

/// Tells at once what the gate would refuse in any case.
///
/// # Errors
/// When what a correction refers to is not ours, not there any more, or has no words of ours.
pub(super) async fn check_known(
    reader: &mut Reader,
    organization: OrganizationId,
    draft: &Draft,
) -> Result<(), ServiceError> {
    if draft.act != Act::Correct {
        return Ok(());
    }
    let mut errors = Vec::new();
    for (index, target) in draft.targets.iter().enumerate() {
        // That something is missing here is told with the other fields.
        let Some(remote_id) = target.refers_to.as_deref() else {
            continue;
        };
        match standing(reader, organization, target.account, remote_id, None).await? {
            Some(CorrectedStanding::Out(_) | CorrectedStanding::InDoubt(_)) => {}
            Some(CorrectedStanding::Withdrawn) => errors.push(at(index, "field-refers-to-withdrawn")),
            Some(CorrectedStanding::Wordless) | None => errors.push(at(index, "field-refers-to-not-ours")),
        }
    }
    told(errors)
}

fn at(index: usize, key: &'static str) -> FieldError {
    FieldError::at(format!("/targets/{index}/refers_to"), key)
}

/// How what a content corrects stands, for the gate; nothing for other acts.
///
/// # Errors
/// The database.
pub(super) async fn standings(
    reader: &mut Reader,
    organization: OrganizationId,
    content: &Content,
    post: PostId,
) -> Result<BTreeMap<AccountId, CorrectedStanding>, StoreError> {
    let mut standings = BTreeMap::new();
    if content.act != Act::Correct {
        return Ok(standings);
    }
    for payload in content.payloads() {
        let Some(remote_id) = &payload.refers_to else {
            continue;
        };
        let found = standing(reader, organization, payload.account, remote_id, Some(post)).await?;
        standings.extend(found.map(|standing| (payload.account, standing)));
    }
    Ok(standings)
}

/// How a part of ours stands, by the platform's id; none if it is not ours. Corrections of `post` itself do not
/// stand in its way.
async fn standing(
    reader: &mut Reader,
    organization: OrganizationId,
    account: AccountId,
    remote_id: &str,
    post: Option<PostId>,
) -> Result<Option<CorrectedStanding>, StoreError> {
    let Some(out) = corrections::original(reader, organization, account, remote_id).await? else {
        return Ok(None);
    };
    if corrections::is_withdrawn(reader, organization, &out).await? {
        return Ok(Some(CorrectedStanding::Withdrawn));
    }
    let Some(stored) = deliveries::find(reader, organization, out.delivery).await? else {
        return Ok(None);
    };
    let signed = stored.delivery.revision;
    let Some(revision) = posts::revision_by_digest(reader, organization, out.post, signed).await? else {
        return Ok(None);
    };
    let Some(payload) = revision.content.payload(account) else {
        return Ok(None);
    };
    if revision.content.act == Act::Repost {
        return Ok(Some(CorrectedStanding::Wordless));
    }
    let Some(part) = payload.parts.get(usize::from(out.part)) else {
        return Ok(None);
    };
    let original = Original {
        visibility: payload.visibility,
        media: part.media.clone(),
    };
    if let Some(post) = post
        && corrections::is_in_doubt(reader, organization, account, post, remote_id).await?
    {
        return Ok(Some(CorrectedStanding::InDoubt(original)));
    }
    Ok(Some(CorrectedStanding::Out(original)))
}

/// Tells of the corrected delivery, too, that it was corrected. Nothing for other acts.
///
/// # Errors
/// The database.
pub async fn tell_corrected(
    service: &Service,
    tx: &mut Tx,
    correction: &Delivery,
    act: Act,
    remote: &RemoteRef,
    by: Actor,
) -> Result<(), StoreError> {
    if act != Act::Correct {
        return Ok(());
    }
    let (organization, account) = (correction.organization, correction.account);
    let original = corrections::original(tx, organization, account, &remote.id).await?;
    let Some(out) = original.filter(|out| out.delivery != correction.id) else {
        return Ok(());
    };
    let details = serde_json::json!({
        "post": out.post.to_string(), "part": out.part, "remote_id": remote.id,
        "by_post": correction.post.to_string(), "by_delivery": correction.id.to_string(),
        "revision": correction.revision.to_string(),
    });
    let told = Told::new(organization, by, "delivery.corrected", out.delivery).with(details);
    service.tell(tx, told).await
}
