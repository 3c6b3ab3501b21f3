//! Writing down what became of an attempt, and every other change of a delivery by the machine.

use chrono::{DateTime, Utc};

use super::{
    credentials,
    machine::{Pace, Settlement},
    prepare::handles_after,
    settle::{is_news, settled},
};
use crate::{
    domain::{
        account::AccountStatus,
        actor::Actor,
        attempt::{Outcome, RemoteRef},
        delivery::Delivery,
        flow::Budget,
        ids::{AccountId, AttemptId, OrganizationId},
        revision::Act,
    },
    fault,
    platform::HandlesAfter,
    service::{Service, ServiceError, settle, settle_post, tell_corrected, told},
    store::{StoreError, Tx, accounts, attempts, deliveries, flows, posts, preparations},
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

/// How an attempt ended.
pub(super) struct Ended {
    /// Which one.
    pub(super) attempt: AttemptId,
    /// What it did.
    pub(super) act: Act,
    /// What that means.
    pub(super) settlement: Settlement,
    /// From then on a request of it can no longer take effect.
    pub(super) quiet_until: DateTime<Utc>,
    /// What the platform said of how many more requests it takes.
    pub(super) budget: Option<Budget>,
    /// What becomes of what was prepared.
    pub(super) handles: HandlesAfter,
    /// Which version of the credential it was made with.
    pub(super) version: Option<i64>,
}

/// Records a settlement by attempt id. A late acceptance is a fact even when the claim is gone; everything
/// else changes the delivery only while the fence is still ours.
pub(super) async fn settlement(
    service: &Service,
    pace: &Pace,
    claimed: &Delivery,
    ended: Ended,
) -> Result<(), ServiceError> {
    let (service_, pace, claimed) = (service.clone(), *pace, claimed.clone());
    service
        .store
        .write(move |tx| {
            Box::pin(async move {
                let result = write(&service_, &pace, tx, &claimed, ended).await;
                fault::point("recording");
                result
            })
        })
        .await?;
    Ok(())
}

async fn write(
    service: &Service,
    pace: &Pace,
    tx: &mut Tx,
    claimed: &Delivery,
    ended: Ended,
) -> Result<(), ServiceError> {
    let now = service.now();
    let (organization, attempt) = (claimed.organization, ended.attempt);
    let post = posts::find_for_update(tx, organization, claimed.post).await?;
    let outcome = ended.settlement.outcome();
    let recorded = attempts::close(tx, organization, attempt, &outcome, now).await?;
    let Some(stored) = deliveries::find(tx, organization, claimed.id).await? else {
        return Ok(());
    };
    let before = stored.delivery;
    if !is_news(recorded, &before, claimed.series.out(), &ended.settlement) {
        return Ok(());
    }
    let details = serde_json::json!({
        "attempt": attempt.to_string(), "outcome": outcome.class().as_str(), "why": outcome.why(),
        "remote_id": remote_id(&outcome),
    });
    let handles = handles_after(&before, ended.handles);
    match handles.clone() {
        HandlesAfter::Keep => {}
        HandlesAfter::Forget => preparations::forget(tx, claimed).await?,
        HandlesAfter::Taken(id) => preparations::taken(tx, claimed, id).await?,
    }
    let mut settlement = ended.settlement;
    if let Settlement::Park { outcome } = settlement {
        let of = (organization, before.account);
        settlement = credentials::refused(tx, of, ended.version, outcome, now).await?;
    }
    if let Settlement::Published(remote) = &settlement {
        tell_corrected(service, tx, claimed, ended.act, remote, Actor::Dispatcher).await?;
    }
    let park = matches!(settlement, Settlement::Park { .. });
    match settled(
        &before,
        claimed.fence,
        attempt,
        claimed.series.out(),
        settlement,
        now,
        ended.quiet_until,
    ) {
        Some(after) if after != before => {
            change(service, tx, &before, &after, "attempt.ended", details).await?;
            if !after.state.phase().is_final() {
                tx.wake_dispatchers();
            }
        }
        _ => {
            // The delivery went on without this attempt; the attempt itself is still told of.
            let told = told(organization, Actor::Dispatcher, "attempt.ended", claimed.id).with(details);
            service.tell(tx, told).await?;
        }
    }
    if park {
        needs_reconnect(service, tx, (organization, before.account)).await?;
    }
    if let Some(post) = post {
        settle(service, tx, &post, Actor::Dispatcher, now).await?;
    }
    match handles {
        // Nothing is wrong with an account whose platform takes its time.
        HandlesAfter::Taken(_) => Ok(()),
        _ => flow(service, pace, tx, claimed, &outcome, ended.budget).await,
    }
}

/// What the answer says of the account's flow, for all nodes.
async fn flow(
    service: &Service,
    pace: &Pace,
    tx: &mut Tx,
    claimed: &Delivery,
    outcome: &Outcome,
    budget: Option<Budget>,
) -> Result<(), ServiceError> {
    let now = service.now();
    let (organization, account) = (claimed.organization, claimed.account);
    let spread = claimed.account.uuid().as_u64_pair().1;
    let pause = |failures: u32| now + pace.pause(i64::from(failures), spread);
    let known = flows::of(tx, organization, account).await?;
    // Where all is well, nobody waits for a lock.
    if known.clone().after(outcome, budget, now, pause) == known {
        return Ok(());
    }
    let before = flows::take(tx, organization, account).await?;
    let after = before.clone().after(outcome, budget, now, pause);
    flows::keep(tx, &after).await?;
    let verb = match (before.is_broken(), after.is_broken()) {
        (false, true) => "account.paused",
        (true, false) => "account.resumed",
        _ => return Ok(()),
    };
    // What waits for the account is due at once, or not any more.
    tx.wake_dispatchers();
    let details = serde_json::json!({
        "failures": after.failures, "until": after.open_until.map(|until| until.to_rfc3339()), "why": outcome.why(),
    });
    let told = told(organization, Actor::Dispatcher, verb, account);
    Ok(service.tell(tx, told.with(details)).await?)
}

fn remote_id(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Published(remote) => Some(&remote.id),
        _ => None,
    }
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
        attempt,
        act,
        settlement: Settlement::Published(remote),
        quiet_until: service.now(),
        budget: None,
        handles: HandlesAfter::Keep,
        version: None,
    };
    settlement(service, pace, delivery, ended).await
}
