//! Deliveries of which it is not known whether they are out: looked up, repeated only where the platform's
//! key makes it safe, else given to a person. Never simply sent again.

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};

use super::{
    Dispatcher,
    doubt::{Doubt, GateNow, LOOK_LEASE, Looked, Move, looked},
    record,
};
use crate::{
    domain::{
        account::Account,
        attempt::Sighting,
        delivery::{Delivery, DeliveryState},
        revision::Content,
    },
    platform::Sought,
    service::ServiceError,
    store::{attempts, attempts::PastAttempt, deliveries, posts},
};

/// How many doubts are looked after at once.
const AT_ONCE: usize = 16;

/// A doubtful delivery with what was read for it.
struct Case {
    stored: deliveries::Stored,
    account: Account,
    past: Vec<PastAttempt>,
    content: Content,
    gate: GateNow,
}

impl Dispatcher {
    /// Looks after every delivery in doubt whose time has come. Tells how many there were.
    ///
    /// # Errors
    /// The database.
    pub async fn reconcile(&self) -> Result<usize, ServiceError> {
        let mut reader = self.service.store.read().await?;
        let due = deliveries::to_look_up(&mut reader, self.service.now(), 32).await?;
        drop(reader);
        let count = due.len();
        // A slow platform keeps no doubt about another one waiting.
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, async |stored| {
                let id = stored.delivery.id;
                if let Err(why) = self.settle_doubt(stored).await {
                    tracing::warn!(delivery = %id, %why, "a doubt could not be settled now");
                }
            })
            .await;
        Ok(count)
    }

    async fn settle_doubt(&self, stored: deliveries::Stored) -> Result<(), ServiceError> {
        let case = self.read_doubt(stored).await?;
        let DeliveryState::Unknown { attempt, looks, .. } = case.stored.delivery.state else {
            return Ok(());
        };
        let Some(last) = case.past.iter().find(|past| past.attempt.id == attempt) else {
            return Ok(());
        };
        let (keys, quiet) = (case.account.keys, self.pace.quiet);
        let doubt = Doubt::about(attempt, &case.past, keys, quiet, case.stored.miss_at, case.gate);
        let Some(doubt) = doubt else {
            return Ok(());
        };
        let now = self.service.now();
        match doubt.decide(now) {
            Move::Repeat => {
                self.change(&case, "delivery.repeated", move |d| d.repeat(now))
                    .await
            }
            Move::Wait(until) => {
                self.change(&case, "delivery.waiting_to_look", move |d| d.look_again(until))
                    .await
            }
            Move::Look => {
                let lease = now + LOOK_LEASE;
                self.change(&case, "delivery.looked_up", move |d| d.look_again(lease))
                    .await?;
                self.look(&case, last, looks).await
            }
        }
    }

    async fn read_doubt(&self, stored: deliveries::Stored) -> Result<Case, ServiceError> {
        let now = self.service.now();
        let delivery = &stored.delivery;
        let mut reader = self.service.store.read().await?;
        let judged = self.snapshot_of(&mut reader, delivery, now).await?;
        let content = judged.revision.content.clone();
        let case = judged.snapshot.dispatch_case(
            &content,
            delivery.revision,
            delivery.account,
            delivery.publish_at,
            now,
        );
        let gate = if self.service.gate.evaluate(&case).passes() {
            GateNow::Open
        } else {
            GateNow::Shut
        };
        let account = judged.account(delivery.account)?.clone();
        let past = attempts::of_delivery(&mut reader, delivery.organization, delivery.id).await?;
        Ok(Case {
            stored,
            account,
            past,
            content,
            gate,
        })
    }

    async fn look(&self, case: &Case, last: &PastAttempt, looks: i32) -> Result<(), ServiceError> {
        let delivery = &case.stored.delivery;
        let sighting = self
            .sight(&case.account, &case.content, last.attempt.intended_at)
            .await?;
        let now = self.service.now();
        tracing::info!(delivery = %delivery.id, ?sighting, "looked for a delivery in doubt");
        let again = now + self.pace.pause(i64::from(looks), self.spread(delivery.id));
        match looked(sighting, looks, again) {
            Looked::Out(remote) => {
                record::late_acceptance(&self.service, &self.pace, delivery, last.attempt.id, remote).await
            }
            Looked::CallHuman => {
                self.change_now(delivery, "delivery.needs_human", move |d| d.call_human(now))
                    .await
            }
            Looked::Again(at) => {
                self.change_now(delivery, "delivery.waiting_to_look", move |d| d.look_again(at))
                    .await
            }
        }
    }

    /// Reads the platform for a post that can have left since a time.
    pub(super) async fn sight(
        &self,
        account: &Account,
        content: &Content,
        since: DateTime<Utc>,
    ) -> Result<Sighting, ServiceError> {
        let cannot = |why: &str| Ok(Sighting::CannotTell { why: why.to_owned() });
        let Some(platform) = self.platforms.get(account.platform) else {
            return cannot("no adapter for the platform");
        };
        let (Some(remote_account), Some(payload)) = (account.remote_id.clone(), content.payload(account.id))
        else {
            return cannot("the account is not connected");
        };
        let secret = match self.secret_of(account).await {
            Ok(secret) => secret,
            Err(why) => return cannot(&why.to_string()),
        };
        let sought = Sought {
            instance: account.instance.clone(),
            remote_account,
            payload: payload.clone(),
            intended_at: since,
        };
        Ok(platform.look(&sought, &secret).await)
    }

    async fn change<F>(&self, case: &Case, verb: &'static str, transition: F) -> Result<(), ServiceError>
    where
        F: FnOnce(Delivery) -> Result<Delivery, crate::domain::delivery::InvalidTransition> + Send + 'static,
    {
        self.change_now(&case.stored.delivery, verb, transition).await
    }

    /// Applies a transition to the delivery as it is now, if it is still in doubt.
    async fn change_now<F>(
        &self,
        delivery: &Delivery,
        verb: &'static str,
        transition: F,
    ) -> Result<(), ServiceError>
    where
        F: FnOnce(Delivery) -> Result<Delivery, crate::domain::delivery::InvalidTransition> + Send + 'static,
    {
        let service = self.service.clone();
        let (organization, id, post) = (delivery.organization, delivery.id, delivery.post);
        self.service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    posts::find_for_update(tx, organization, post).await?;
                    let Some(stored) = deliveries::find(tx, organization, id).await? else {
                        return Ok(());
                    };
                    if !matches!(stored.delivery.state, DeliveryState::Unknown { .. }) {
                        return Ok(());
                    }
                    let after = transition(stored.delivery.clone())?;
                    record::change(
                        &service,
                        tx,
                        &stored.delivery,
                        &after,
                        verb,
                        serde_json::json!({}),
                    )
                    .await?;
                    tx.wake_dispatchers();
                    Ok::<_, ServiceError>(())
                })
            })
            .await?;
        Ok(())
    }
}
