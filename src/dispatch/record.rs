//! Writing down changes of a delivery by the machine.

use std::collections::BTreeMap;

use super::{
    machine::{Pace, Settlement},
    outcomes::{self, Ended},
};
use crate::{
    domain::{
        account::AccountStatus,
        actor::Actor,
        attempt::{Outcome, RemoteRef},
        delivery::Delivery,
        ids::{AccountId, AttemptId, OrganizationId},
        revision::Act,
    },
    platform::HandlesAfter,
    service::{Service, ServiceError, Told, settle_post, told},
    store::{
        StoreError, Tx, accounts, attempts,
        deliveries::{self, Change},
        posts,
    },
};

/// A transition of a delivery, and what the ledger is told of it.
pub(super) struct Moved {
    /// As the row holds it.
    pub(super) before: Delivery,
    /// As it becomes.
    pub(super) after: Delivery,
    /// What happened.
    pub(super) verb: &'static str,
    /// More of it.
    pub(super) details: serde_json::Value,
}

/// Writes transitions, at most one of each delivery, and tells the ledger: all of them, or none.
pub(super) async fn changes(service: &Service, tx: &mut Tx, moved: Vec<Moved>) -> Result<(), StoreError> {
    // In one order everywhere: nobody waits for somebody who waits for them.
    let mut organizations = BTreeMap::<_, Vec<_>>::new();
    for moved in moved {
        organizations
            .entry(moved.before.organization)
            .or_default()
            .push(moved);
    }
    for (organization, moved) in organizations {
        let accounts = moved.iter().map(|moved| moved.before.account).collect();
        let graces = accounts::graces(tx, organization, &accounts).await?;
        let mut tellings = Vec::with_capacity(moved.len());
        let mut changes = Vec::with_capacity(moved.len());
        for moved in moved {
            let Moved {
                before,
                after,
                verb,
                details,
            } = moved;
            let grace = graces.get(&before.account).copied().unwrap_or_default();
            tellings.push(changed(&before, &after, verb, details));
            changes.push(Change { before, after, grace });
        }
        deliveries::update_all(tx, organization, &changes).await?;
        service.tell_all(tx, tellings).await?;
    }
    Ok(())
}

/// Writes a transition and tells the ledger.
pub(super) async fn change(
    service: &Service,
    tx: &mut Tx,
    before: &Delivery,
    after: &Delivery,
    verb: &'static str,
    details: serde_json::Value,
) -> Result<(), StoreError> {
    let (before, after) = (before.clone(), after.clone());
    let moved = Moved {
        before,
        after,
        verb,
        details,
    };
    changes(service, tx, vec![moved]).await
}

/// What the ledger is told of a transition.
pub(super) fn changed(
    before: &Delivery,
    after: &Delivery,
    verb: &'static str,
    mut details: serde_json::Value,
) -> Told {
    if let Some(object) = details.as_object_mut() {
        object.insert("post".to_owned(), before.post.to_string().into());
        object.insert("state".to_owned(), after.state.phase().as_str().into());
    }
    told(before.organization, Actor::Dispatcher, verb, before.id).with(details)
}

/// The platform refused the credential: the account is parked instead of failing post by post.
pub(super) async fn needs_reconnect(
    service: &Service,
    tx: &mut Tx,
    (organization, account): (OrganizationId, AccountId),
) -> Result<(), ServiceError> {
    let to = AccountStatus::NeedsReconnect;
    match accounts::set_status(tx, organization, account, AccountStatus::Active, to).await {
        Ok(()) => {
            let told = told(
                organization,
                Actor::Dispatcher,
                "account.needs_reconnect",
                account,
            );
            service.tell(tx, told).await?;
            Ok(())
        }
        // Somebody suspended or closed it, or an earlier attempt parked it already.
        Err(StoreError::Stale(_)) => Ok(()),
        Err(why) => Err(why.into()),
    }
}

/// Nobody is left who could tell what became of an attempt: its delivery is in doubt.
pub(super) async fn in_doubt(
    service: &Service,
    tx: &mut Tx,
    before: &Delivery,
    after: &Delivery,
    attempt: AttemptId,
    outcome: &Outcome,
) -> Result<(), ServiceError> {
    attempts::close(tx, before.organization, attempt, outcome, service.now()).await?;
    let details = serde_json::json!({ "attempt": attempt.to_string(), "why": outcome.why() });
    Ok(change(service, tx, before, after, "delivery.in_doubt", details).await?)
}

/// The platform took the call and did not carry it out: its delivery is in doubt no longer, if it still was.
pub(super) async fn fell_through(
    service: &Service,
    decided: &Delivery,
    why: String,
) -> Result<(), ServiceError> {
    let (service_, decided) = (service.clone(), decided.clone());
    service
        .store
        .write(move |tx| {
            Box::pin(async move {
                let (organization, now) = (decided.organization, service_.now());
                posts::find_for_update(tx, organization, decided.post).await?;
                let stored = deliveries::find(tx, organization, decided.id).await?;
                let Some(before) = stored.map(|stored| stored.delivery) else {
                    return Ok(());
                };
                if before.state != decided.state {
                    return Ok(());
                }
                let details = serde_json::json!({ "why": why });
                let after = before.clone().fall_through(why, now)?;
                change(&service_, tx, &before, &after, "delivery.fell_through", details).await?;
                settle_post(&service_, tx, organization, before.post, Actor::Dispatcher, now).await?;
                tx.wake_dispatchers();
                Ok::<_, ServiceError>(())
            })
        })
        .await?;
    Ok(())
}

/// A look found the post: its attempt was accepted after all.
pub(super) async fn late_acceptance(
    service: &Service,
    pace: &Pace,
    delivery: &Delivery,
    (attempt, act): (AttemptId, Act),
    remote: RemoteRef,
) -> Result<(), ServiceError> {
    let ended = Ended {
        claimed: delivery.clone(),
        attempt,
        act,
        settlement: Settlement::Published(remote),
        quiet_until: service.now(),
        budget: None,
        handles: HandlesAfter::Keep,
        version: None,
    };
    outcomes::record(service, pace, vec![ended]).await
}
