//! Writing down what became of an attempt, and every other change of a delivery by the machine.

use super::{
    machine::Settlement,
    settle::{is_news, settled},
};
use crate::{
    domain::{
        account::AccountStatus,
        actor::Actor,
        attempt::{Outcome, RemoteRef},
        delivery::Delivery,
        ids::AttemptId,
    },
    fault,
    service::{Service, ServiceError, settle_post, told},
    store::{StoreError, Tx, accounts, attempts, deliveries, posts},
};

/// Writes a transition and tells the ledger.
pub(super) async fn change(
    service: &Service,
    tx: &mut Tx,
    before: &Delivery,
    after: &Delivery,
    verb: &'static str,
    details: serde_json::Value,
) -> Result<(), StoreError> {
    let account = accounts::find(tx, before.organization, before.account).await?;
    let grace = account.map_or_else(chrono::Duration::zero, |account| account.grace);
    deliveries::update(tx, before, after, grace).await?;
    let mut details = details;
    if let Some(object) = details.as_object_mut() {
        object.insert("post".to_owned(), before.post.to_string().into());
        object.insert("state".to_owned(), after.state.phase().as_str().into());
    }
    let told = told(before.organization, Actor::Dispatcher, verb, before.id).with(details);
    service.tell(tx, told).await
}

/// Records a settlement by attempt id. A late acceptance is a fact even when the claim is gone; everything
/// else changes the delivery only while the fence is still ours.
pub(super) async fn settlement(
    service: &Service,
    claimed: &Delivery,
    attempt: AttemptId,
    settlement: Settlement,
    quiet_until: chrono::DateTime<chrono::Utc>,
) -> Result<(), ServiceError> {
    let (service_, claimed) = (service.clone(), claimed.clone());
    service
        .store
        .write(move |tx| {
            Box::pin(async move {
                let result = write(&service_, tx, &claimed, attempt, settlement, quiet_until).await;
                fault::point("recording");
                result
            })
        })
        .await?;
    Ok(())
}

async fn write(
    service: &Service,
    tx: &mut Tx,
    claimed: &Delivery,
    attempt: AttemptId,
    settlement: Settlement,
    quiet_until: chrono::DateTime<chrono::Utc>,
) -> Result<(), ServiceError> {
    let now = service.now();
    let organization = claimed.organization;
    posts::find_for_update(tx, organization, claimed.post).await?;
    let outcome = settlement.outcome();
    let recorded = attempts::close(tx, organization, attempt, &outcome, now).await?;
    let Some(stored) = deliveries::find(tx, organization, claimed.id).await? else {
        return Ok(());
    };
    let before = stored.delivery;
    if !is_news(recorded, &before, &settlement) {
        return Ok(());
    }
    let details = serde_json::json!({
        "attempt": attempt.to_string(), "outcome": outcome.class().as_str(), "why": outcome.why(),
        "remote_id": remote_id(&outcome),
    });
    let park = matches!(settlement, Settlement::Park { .. });
    match settled(&before, claimed.fence, attempt, settlement, now, quiet_until) {
        Some(after) if after != before => {
            change(service, tx, &before, &after, "attempt.ended", details).await?;
        }
        _ => {
            // The delivery went on without this attempt; the attempt itself is still told of.
            let told = told(organization, Actor::Dispatcher, "attempt.ended", claimed.id).with(details);
            service.tell(tx, told).await?;
        }
    }
    if park {
        needs_reconnect(service, tx, &before).await?;
    }
    settle_post(service, tx, organization, before.post, Actor::Dispatcher, now).await?;
    tx.wake_dispatchers();
    Ok(())
}

fn remote_id(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Published(remote) => Some(&remote.id),
        _ => None,
    }
}

/// The platform refused the credential: the account is parked instead of failing post by post.
async fn needs_reconnect(service: &Service, tx: &mut Tx, delivery: &Delivery) -> Result<(), ServiceError> {
    let (organization, account) = (delivery.organization, delivery.account);
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

/// A look found the post: its attempt was accepted after all.
pub(super) async fn late_acceptance(
    service: &Service,
    delivery: &Delivery,
    attempt: AttemptId,
    remote: RemoteRef,
) -> Result<(), ServiceError> {
    let now = service.now();
    settlement(service, delivery, attempt, Settlement::Published(remote), now).await
}
