//! Deliveries of which it is not known whether they are out: looked up, repeated only where the platform's
//! key makes it safe, else given to a person. Never simply sent again.

use chrono::{DateTime, Duration, Utc};

use super::{Dispatcher, record};
use crate::{
    domain::{
        account::{Account, KeySupport},
        attempt::Sighting,
        delivery::{Delivery, DeliveryState},
        revision::Content,
    },
    platform::Sought,
    service::ServiceError,
    store::{attempts, attempts::PastAttempt, deliveries, posts},
};

/// How often a platform that cannot be read is asked before a person is.
const LOOKS: i32 = 8;

/// How long one look may take, all its requests together, before another one may begin.
const LOOK_LEASE: Duration = Duration::seconds(150);

/// What is to be done about a doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// The same call again under the same key, with a fresh permit.
    Repeat,
    /// Read the platform.
    Look,
    /// It is too early to look: the request may still land.
    Wait(DateTime<Utc>),
}

/// Everything that decides about a doubt.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// Whether the server honours keys, and for how long.
    pub keys: KeySupport,
    /// When the key was used first.
    pub key_since: DateTime<Utc>,
    /// From then on a request of the last attempt can no longer take effect.
    pub quiet_from: DateTime<Utc>,
    /// From then on the delivery would be late.
    pub miss_at: Option<DateTime<Utc>>,
    /// Whether the gate would let it pass now.
    pub gate: GateNow,
}

/// What the gate says at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateNow {
    /// It would consent.
    Open,
    /// It would not: only looking is left.
    Shut,
}

impl Doubt {
    /// Decides. A repetition needs the server's key inside its life, the window and the grace; everything
    /// else waits until no request can land any more, and looks.
    #[must_use]
    pub fn decide(&self, now: DateTime<Utc>) -> Move {
        let key_lives = match self.keys {
            KeySupport::Honoured { seconds } => now < self.key_since + Duration::seconds(i64::from(seconds)),
            KeySupport::NotHonoured => false,
        };
        let in_time = self.miss_at.is_some_and(|miss_at| now < miss_at);
        if key_lives && in_time && self.gate == GateNow::Open {
            return Move::Repeat;
        }
        if now < self.quiet_from {
            return Move::Wait(self.quiet_from);
        }
        Move::Look
    }
}

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
        for stored in due {
            let id = stored.delivery.id;
            if let Err(why) = self.settle_doubt(stored).await {
                tracing::warn!(delivery = %id, %why, "a doubt could not be settled now");
            }
        }
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
        let same_key = case
            .past
            .iter()
            .filter(|past| past.attempt.key == last.attempt.key);
        let latest_deadline = case.past.iter().map(|past| past.attempt.send_by).max();
        let doubt = Doubt {
            keys: case.account.keys,
            key_since: same_key
                .map(|past| past.attempt.intended_at)
                .min()
                .unwrap_or(last.attempt.intended_at),
            quiet_from: latest_deadline.unwrap_or(last.attempt.send_by) + self.pace.quiet,
            miss_at: case.stored.miss_at,
            gate: case.gate,
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
        match sighting {
            Sighting::Seen(remote) => {
                record::late_acceptance(&self.service, delivery, last.attempt.id, remote).await
            }
            Sighting::Absent => {
                self.change_now(delivery, "delivery.needs_human", move |d| d.call_human(now))
                    .await
            }
            Sighting::CannotTell { .. } if looks >= LOOKS => {
                self.change_now(delivery, "delivery.needs_human", move |d| d.call_human(now))
                    .await
            }
            Sighting::CannotTell { .. } => {
                let again = now + self.pace.pause(i64::from(looks), self.spread(delivery.id));
                self.change_now(delivery, "delivery.waiting_to_look", move |d| d.look_again(again))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    fn doubt() -> Doubt {
        Doubt {
            keys: KeySupport::Honoured { seconds: 3000 },
            key_since: at(0),
            quiet_from: at(90),
            miss_at: Some(at(600)),
            gate: GateNow::Open,
        }
    }

    #[rstest]
    #[case::key_window_and_grace(doubt(), 10, Move::Repeat)]
    #[case::window_closed(Doubt { gate: GateNow::Shut, ..doubt() }, 10, Move::Wait(at(90)))]
    #[case::window_closed_and_quiet(Doubt { gate: GateNow::Shut, ..doubt() }, 90, Move::Look)]
    #[case::no_key(Doubt { keys: KeySupport::NotHonoured, ..doubt() }, 10, Move::Wait(at(90)))]
    #[case::no_key_and_quiet(Doubt { keys: KeySupport::NotHonoured, ..doubt() }, 90, Move::Look)]
    #[case::grace_over(doubt(), 600, Move::Look)]
    #[case::key_over(Doubt { miss_at: Some(at(9999)), ..doubt() }, 3000, Move::Look)]
    fn a_doubt_is_repeated_only_where_it_is_safe(
        #[case] doubt: Doubt,
        #[case] now: i64,
        #[case] expected: Move,
    ) {
        assert_eq!(doubt.decide(at(now)), expected);
    }

    proptest! {
        #[test]
        fn never_twice_without_a_key_a_doubt_is_only_looked_at(
            now in -100i64..10_000, quiet in 0i64..5_000, miss in 0i64..10_000, open in any::<bool>()
        ) {
            let gate = if open { GateNow::Open } else { GateNow::Shut };
            let doubt = Doubt {
                keys: KeySupport::NotHonoured, key_since: at(0), quiet_from: at(quiet), miss_at: Some(at(miss)), gate,
            };
            prop_assert_ne!(doubt.decide(at(now)), Move::Repeat);
        }
    }
}
