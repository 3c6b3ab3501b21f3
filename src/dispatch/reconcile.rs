//! Deliveries of which it is not known whether they are out: looked up, repeated only where the platform's
//! key makes it safe, else given to a person. Never simply sent again.

use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};

use super::{
    Dispatcher,
    doubt::{Doubt, GateNow, LOOK_LEASE, Looked, Move, first_of, looked},
    record,
};
use crate::{
    domain::{
        account::Account,
        attempt::Sighting,
        correction::keys_for,
        delivery::{Delivery, DeliveryState},
        ids::AttemptId,
        preparation::Handles,
        revision::Content,
    },
    platform::Sought,
    service::ServiceError,
    store::{attempts, attempts::PastAttempt, deliveries, posts, preparations},
};

/// How many doubts are looked after at once.
const AT_ONCE: usize = 16;

/// A doubtful delivery with what was read for it.
struct Case {
    stored: deliveries::Stored,
    account: Account,
    past: Vec<PastAttempt>,
    content: Content,
    handles: Handles,
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
        let (keys, quiet) = (keys_for(case.content.act, case.account.keys), self.pace.quiet);
        let doubt = Doubt::about(attempt, &case.past, keys, quiet, case.stored.miss_at, case.gate);
        let Some(mut doubt) = doubt else {
            return Ok(());
        };
        if case.handles.taken().is_some() {
            doubt = doubt.taken();
        }
        let now = self.service.now();
        match doubt.decide(now) {
            Move::Repeat => {
                self.change(&case, "delivery.repeated", "", move |d| d.repeat(now))
                    .await?;
            }
            Move::Wait(until) => {
                self.change(&case, "delivery.waiting_to_look", "", move |d| {
                    d.look_again(until)
                })
                .await?;
            }
            Move::Look => {
                let lease = now + LOOK_LEASE;
                let looking = self
                    .change(&case, "delivery.looked_up", "", move |d| d.look_again(lease))
                    .await?;
                if let Some(delivery) = looking {
                    let stored = deliveries::Stored {
                        delivery,
                        ..case.stored.clone()
                    };
                    self.look(&Case { stored, ..case }, attempt, looks).await?;
                }
            }
        }
        Ok(())
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
        let handles = preparations::handles(&mut reader, delivery, DateTime::UNIX_EPOCH).await?;
        Ok(Case {
            stored,
            account,
            past,
            content,
            handles,
            gate,
        })
    }

    async fn look(&self, case: &Case, attempt: AttemptId, looks: i32) -> Result<(), ServiceError> {
        let delivery = &case.stored.delivery;
        let Some(since) = first_of(attempt, &case.past) else {
            return Ok(());
        };
        let sighting = self.sight(delivery, &case.account, &case.content, since).await?;
        let now = self.service.now();
        tracing::info!(delivery = %delivery.id, ?sighting, "looked for a delivery in doubt");
        let again = now + self.pace.pause(i64::from(looks), self.spread(delivery.id));
        let seen = sighting.why().to_owned();
        match looked(sighting, looks, again) {
            Looked::Out(remote) => {
                let which = (attempt, case.content.act);
                record::late_acceptance(&self.service, &self.pace, delivery, which, remote).await?;
            }
            Looked::FellThrough(why) => record::fell_through(&self.service, delivery, why).await?,
            Looked::CallHuman => {
                self.change(case, "delivery.needs_human", &seen, move |d| d.call_human(now))
                    .await?;
            }
            Looked::Again(at) => {
                self.change(case, "delivery.waiting_to_look", &seen, move |d| d.look_again(at))
                    .await?;
            }
        }
        Ok(())
    }

    /// Reads the platform for a post that can have left since a time.
    pub(super) async fn sight(
        &self,
        delivery: &Delivery,
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
        let credential = match self.credential_of(account).await {
            Ok(credential) => credential,
            Err(why) => return cannot(&why.to_string()),
        };
        let mut reader = self.service.store.read().await?;
        let handles = preparations::handles(&mut reader, delivery, DateTime::UNIX_EPOCH).await?;
        drop(reader);
        let sought = Sought {
            instance: account.instance.clone(),
            remote_account,
            act: content.act,
            payload: payload.clone(),
            part: delivery.series.out(),
            handles,
            intended_at: since,
        };
        Ok(platform.look(&sought, &credential).await)
    }

    /// Applies a transition to the delivery, if it is still in the very doubt that was decided about: who was
    /// slow, or frozen, decided about one that is settled, and perhaps followed by another. The ledger is told
    /// what was seen, if something was. Tells what it became.
    async fn change<F>(
        &self,
        case: &Case,
        verb: &'static str,
        seen: &str,
        transition: F,
    ) -> Result<Option<Delivery>, ServiceError>
    where
        F: FnOnce(Delivery) -> Result<Delivery, crate::domain::delivery::InvalidTransition> + Send + 'static,
    {
        let service = self.service.clone();
        let decided = case.stored.delivery.clone();
        let details = match seen {
            "" => serde_json::json!({}),
            seen => serde_json::json!({ "seen": seen }),
        };
        let changed = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    posts::find_for_update(tx, decided.organization, decided.post).await?;
                    let stored = deliveries::find(tx, decided.organization, decided.id).await?;
                    let Some(before) = stored.map(|stored| stored.delivery) else {
                        return Ok(None);
                    };
                    if before.state != decided.state {
                        return Ok(None);
                    }
                    let after = transition(before.clone())?;
                    record::change(&service, tx, &before, &after, verb, details).await?;
                    tx.wake_dispatchers();
                    Ok::<_, ServiceError>(Some(after))
                })
            })
            .await?;
        Ok(changed.into_inner())
    }
}
