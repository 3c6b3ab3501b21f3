//! Intents that are ready at the same time share a transaction.

use std::collections::{BTreeMap, HashMap};

use super::Dispatcher;
use crate::{
    domain::{
        actor::Actor,
        attempt::Attempt,
        digest::{FindingId, PolicyDigest},
        ids::{EmergencyId, OrganizationId, PostId},
    },
    fault,
    service::{Service, Told, told},
    store::{
        Committed, StoreError, Together, Tx, all_or_each,
        attempts::{self, Intent, IntentError},
        emergencies::{self, Unseen},
    },
};

/// An attempt that is to be written down, with what goes into the ledger.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) organization: OrganizationId,
    pub(super) post: PostId,
    pub(super) attempt: Attempt,
    pub(super) policy: PolicyDigest,
    pub(super) emergency: Option<EmergencyId>,
    pub(super) debts: Vec<FindingId>,
}

type Written = Result<Committed<Intent>, IntentError>;

/// Attempts that wait for a COMMIT.
pub(super) type Intents = Together<Wish, Written>;

impl Dispatcher {
    /// Writes an attempt down, with those that wait for the same.
    ///
    /// # Errors
    /// See [`IntentError`]: then nothing is sent.
    pub(super) async fn commit_intent(&self, wish: Wish) -> Written {
        let written = self
            .intents
            .share(wish, |wishes| write_down(self.service.clone(), wishes));
        written.await.unwrap_or_else(|| Err(StoreError::Closed.into()))
    }
}

async fn write_down(service: Service, wishes: Vec<Wish>) -> Vec<Written> {
    let in_doubt = |why: &IntentError| match why {
        IntentError::Store(why @ StoreError::Commit(_)) => Some(why.clone()),
        _ => None,
    };
    let write = async |wishes| Ok(write_together(&service, wishes).await?.each().collect());
    all_or_each(wishes, in_doubt, write).await
}

async fn write_together(
    service: &Service,
    wishes: Vec<Wish>,
) -> Result<Committed<Vec<Result<Intent, IntentError>>>, StoreError> {
    let (store, service) = (&service.store, service.clone());
    store
        .write(move |tx| Box::pin(async move { write(&service, tx, wishes).await }))
        .await
}

/// Writes attempts down, each for itself: one whose claim is gone keeps no other from leaving.
async fn write(
    service: &Service,
    tx: &mut Tx,
    wishes: Vec<Wish>,
) -> Result<Vec<Result<Intent, IntentError>>, StoreError> {
    // In one order everywhere: nobody waits for somebody who waits for them.
    let mut organizations = BTreeMap::<_, Vec<&Wish>>::new();
    for wish in &wishes {
        organizations.entry(wish.organization).or_default().push(wish);
    }
    let mut answers = HashMap::with_capacity(wishes.len());
    for (organization, wishes) in organizations {
        let epoch = attempts::epoch(tx, organization).await?;
        let wanted = wishes.iter().map(|wish| wish.attempt.clone());
        let written = attempts::intend(tx, epoch, wanted.collect()).await?;
        let ids: Vec<_> = wishes.iter().map(|wish| wish.attempt.id).collect();
        let both = wishes.into_iter().zip(&written);
        let leaving: Vec<&Wish> = both
            .filter_map(|(wish, written)| written.as_ref().ok().map(|_| wish))
            .collect();
        emergencies::open_reviews_of(tx, organization, leaving.iter().filter_map(|wish| unseen(wish)))
            .await?;
        let tellings = leaving.into_iter().map(telling).collect();
        service.tell_all(tx, tellings).await?;
        answers.extend(ids.into_iter().zip(written));
    }
    fault::point("intending");
    let answer = |wish: &Wish| {
        answers
            .remove(&wish.attempt.id)
            .unwrap_or(Err(IntentError::ClaimLost))
    };
    Ok(wishes.iter().map(answer).collect())
}

/// What an emergency lets pass is looked at afterwards.
fn unseen(wish: &Wish) -> Option<Unseen<'_>> {
    Some(Unseen {
        delivery: wish.attempt.delivery,
        emergency: wish.emergency?,
        debts: &wish.debts,
        at: wish.attempt.intended_at,
    })
}

fn telling(wish: &Wish) -> Told {
    let attempt = &wish.attempt;
    let details = serde_json::json!({
        "attempt": attempt.id.to_string(), "fence": attempt.fence.0, "part": attempt.part, "key": attempt.key.uuid().to_string(),
        "revision": attempt.revision.to_string(), "authority": attempt.authority.as_str(),
        "gate_epoch": attempt.gate_epoch, "post": wish.post.to_string(),
        "emergency": wish.emergency.map(|id| id.to_string()),
        "debts": wish.debts.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    told(
        wish.organization,
        Actor::Dispatcher,
        "attempt.intended",
        attempt.delivery,
    )
    .under(wish.policy)
    .with(details)
}
