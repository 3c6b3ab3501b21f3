//! What a platform needs before the call: uploads, containers, a record key. Nothing of it is in public, each
//! step may be taken twice, and what a step gave is stored before the next. Done ahead of the time, so that a
//! post with pictures leaves when it is due; whatever is missing then is done under the claim.

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt as _, stream};

use super::{
    Dispatcher, credentials,
    files::OwnFiles,
    machine::{Event, Settlement},
    record,
};
use crate::{
    domain::{
        abilities::{self, Preparation},
        account::Account,
        actor::Actor,
        attempt::{Outcome, OutcomeClass},
        delivery::Delivery,
        preparation::{Follows, Handles},
        revision::{Act, Payload},
    },
    platform::{Files, HandlesAfter, Platform, Prepared, Preparing},
    service::{ServiceError, told},
    store::{
        attempts::PastAttempt,
        deliveries, leases,
        preparations::{self, Taken, Turn, TurnEnd},
    },
    vault::Credential,
};

/// How long before their time posts are made ready.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// The pause between two rounds.
pub(super) const PAUSE: TimeDelta = TimeDelta::seconds(5);

/// How long one node keeps the right to prepare ahead: longer than a round and its pause.
const LEASE: TimeDelta = TimeDelta::minutes(3);

/// How long one turn at one delivery may take: a film over a slow line.
const TURN: TimeDelta = TimeDelta::minutes(2);

/// The pause after a step that took longer than there was time under a claim. In it the turn is taken ahead.
const CUT_OFF: TimeDelta = TimeDelta::seconds(10);

/// How many are made ready at once: a film keeps no picture waiting.
const AT_ONCE: usize = 4;

/// Platforms forget uploads and containers after a day; what is older is begun anew.
const LIFE: TimeDelta = TimeDelta::hours(20);

/// How many posts one round takes.
const POSTS: i64 = 32;

/// More steps than any post has.
const STEPS: usize = 64;

/// What is made ready.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) act: Act,
    pub(super) payload: &'a Payload,
    pub(super) account: &'a Account,
    pub(super) follows: Option<&'a Follows>,
}

/// What a turn led to.
#[derive(Debug)]
pub(super) enum Readied {
    /// All is there.
    Ready(Handles),
    /// Not before then.
    NotBefore(DateTime<Utc>),
    /// The platform does not take it.
    Refused(Outcome),
}

impl From<Readied> for Event {
    fn from(readied: Readied) -> Self {
        match readied {
            Readied::Ready(_) => Self::Prepared,
            Readied::NotBefore(again) => Self::NotYetPrepared { again },
            Readied::Refused(outcome) => Self::NotPrepared(outcome),
        }
    }
}

impl Dispatcher {
    /// Makes ready what leaves soon, if this node has the turn. Tells how many deliveries were worked on.
    ///
    /// # Errors
    /// The database.
    pub async fn prepare_ahead(&self) -> Result<usize, ServiceError> {
        let now = self.service.now();
        let mut reader = self.service.store.read().await?;
        let soon = deliveries::to_prepare(&mut reader, now, now + AHEAD, POSTS).await?;
        drop(reader);
        if soon.is_empty() || self.take_turn("preparations", LEASE).await? == leases::Taken::Theirs {
            return Ok(0);
        }
        let count = soon.len();
        stream::iter(soon)
            .for_each_concurrent(AT_ONCE, async |stored| {
                if let Err(why) = self.prepare_early(&stored.delivery).await {
                    tracing::warn!(delivery = %stored.delivery.id, %why, "could not be made ready ahead of its time");
                }
            })
            .await;
        Ok(count)
    }

    /// Only for what the gate would let pass at its time; the rest never reaches a platform.
    async fn prepare_early(&self, delivery: &Delivery) -> Result<(), ServiceError> {
        let now = self.service.now();
        let at = delivery.publish_at.map_or(now, |planned| planned.max(now));
        let mut reader = self.service.store.read().await?;
        let judged = self.snapshot_of(&mut reader, delivery, at).await?;
        let past =
            crate::store::attempts::of_delivery(&mut reader, delivery.organization, delivery.id).await?;
        drop(reader);
        let content = &judged.revision.content;
        let case = judged.snapshot.dispatch_case(
            content,
            delivery.revision,
            delivery.account,
            delivery.publish_at,
            at,
        );
        if !self.service.gate.evaluate(&case).passes() {
            return Ok(());
        }
        let account = judged.account(delivery.account)?;
        let Some(payload) = content.payload(delivery.account) else {
            return Ok(());
        };
        let follows = follows(delivery, &past);
        let subject = Subject {
            act: content.act,
            payload,
            account,
            follows: follows.as_ref(),
        };
        let opened = self.opened_for(account).await?;
        let with = (&opened.credential, Some(opened.version));
        let readied = self.make_ready(delivery, subject, with, now + TURN).await?;
        if let Readied::Refused(outcome) = readied {
            tracing::warn!(delivery = %delivery.id, why = outcome.why(), "the platform does not take what it needs");
        }
        Ok(())
    }

    /// Takes the steps that are left, until `until` at the latest, with a credential of this version.
    ///
    /// # Errors
    /// The database.
    pub(super) async fn make_ready(
        &self,
        delivery: &Delivery,
        subject: Subject<'_>,
        (credential, version): (&Credential, Option<i64>),
        until: DateTime<Utc>,
    ) -> Result<Readied, ServiceError> {
        let platform = subject.account.platform;
        if abilities::preparation(platform, subject.payload) == Preparation::Needless {
            return Ok(Readied::Ready(Handles::default()));
        }
        let Some(adapter) = self.platforms.get(platform) else {
            let why = "no adapter for the platform".to_owned();
            return Ok(Readied::Refused(Outcome::RejectedPermanent { why }));
        };
        let Some(handles) = self.take_preparation(delivery, until).await? else {
            return Ok(Readied::NotBefore(self.service.now() + TimeDelta::seconds(1)));
        };
        let readied = self
            .take_steps(delivery, subject, adapter, credential, handles, until)
            .await?;
        self.end_turn(delivery, &readied).await?;
        match readied {
            Readied::Refused(outcome @ Outcome::RejectedReauth { .. }) => {
                self.unauthorised(delivery, version, outcome).await
            }
            readied => Ok(readied),
        }
    }

    async fn take_steps(
        &self,
        delivery: &Delivery,
        subject: Subject<'_>,
        adapter: &dyn Platform,
        credential: &Credential,
        mut handles: Handles,
        until: DateTime<Utc>,
    ) -> Result<Readied, ServiceError> {
        let own = OwnFiles {
            service: &self.service,
            organization: delivery.organization,
        };
        let files: &dyn Files = self.files.as_deref().unwrap_or(&own);
        for _ in 0..STEPS {
            let now = self.service.now();
            if now >= until {
                return Ok(Readied::NotBefore(now));
            }
            let what = Preparing {
                instance: &subject.account.instance,
                remote_account: subject.account.remote_id.as_deref().unwrap_or_default(),
                act: subject.act,
                payload: subject.payload,
                part: delivery.series.out(),
                follows: subject.follows,
                handles: &handles,
                files,
            };
            let left = (until - now).to_std().unwrap_or_default();
            let Ok(prepared) = tokio::time::timeout(left, adapter.prepare(what, credential)).await else {
                // Half a step gave nothing, and may be taken again: ahead of the time there is more of it.
                return Ok(Readied::NotBefore(self.service.now() + CUT_OFF));
            };
            match prepared {
                Prepared::Ready => return Ok(Readied::Ready(handles)),
                Prepared::Step(now) => handles = self.keep_handles(delivery, now).await?,
                Prepared::Later { handles, again } => {
                    self.keep_handles(delivery, handles).await?;
                    return Ok(Readied::NotBefore(again));
                }
                Prepared::Refused(outcome) => return Ok(Readied::Refused(outcome)),
            }
        }
        let why = "the preparation does not come to an end".to_owned();
        Ok(Readied::Refused(Outcome::RejectedTransient { why, again: None }))
    }

    /// Takes the turn, with what was given so far; none if it is somebody else's.
    async fn take_preparation(
        &self,
        delivery: &Delivery,
        until: DateTime<Utc>,
    ) -> Result<Option<Handles>, ServiceError> {
        let (worker, of, now) = (self.config.worker.clone(), delivery.clone(), self.service.now());
        let taken = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let since = begun_since(&of, now);
                    let turn = Turn {
                        worker: &worker,
                        now,
                        until,
                        since,
                    };
                    if preparations::take(tx, &of, &turn).await? == Taken::Theirs {
                        return Ok(None);
                    }
                    Ok::<_, ServiceError>(Some(preparations::handles(tx, &of, since).await?))
                })
            })
            .await?;
        Ok(taken.into_inner())
    }

    /// Stores what a step gave, and tells of it: it exists on a platform.
    async fn keep_handles(&self, delivery: &Delivery, handles: Handles) -> Result<Handles, ServiceError> {
        let (service, worker, of) = (self.service.clone(), self.config.worker.clone(), delivery.clone());
        let kept = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    preparations::keep(tx, &of, &worker, &handles).await?;
                    let details = serde_json::json!({ "part": of.series.out(), "handles": &handles });
                    let told = told(of.organization, Actor::Dispatcher, "delivery.prepared", of.id);
                    service.tell(tx, told.with(details)).await?;
                    Ok::<_, ServiceError>(handles)
                })
            })
            .await?;
        Ok(kept.into_inner())
    }

    async fn end_turn(&self, delivery: &Delivery, readied: &Readied) -> Result<(), ServiceError> {
        let now = self.service.now();
        let end = match readied {
            Readied::Ready(_) => TurnEnd::Ready(now),
            Readied::NotBefore(again) => TurnEnd::Until(*again),
            Readied::Refused(_) => TurnEnd::Until(now),
        };
        let (worker, of) = (self.config.worker.clone(), delivery.clone());
        self.service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    preparations::release(tx, &of, &worker, end).await?;
                    Ok::<_, ServiceError>(())
                })
            })
            .await?;
        Ok(())
    }

    /// As for a publication: a newer credential is used, or had, and else the account waits for a person.
    async fn unauthorised(
        &self,
        delivery: &Delivery,
        version: Option<i64>,
        outcome: Outcome,
    ) -> Result<Readied, ServiceError> {
        let (service, of) = (self.service.clone(), (delivery.organization, delivery.account));
        let again = self.service.now() + self.pace.first_pause;
        let readied = self.service.store.write(move |tx| {
            Box::pin(async move {
                match credentials::refused(tx, of, version, outcome, service.now()).await? {
                    Settlement::Park { outcome } => {
                        record::needs_reconnect(&service, tx, of).await?;
                        Ok(Readied::Refused(outcome))
                    }
                    _ => Ok::<_, ServiceError>(Readied::NotBefore(again)),
                }
            })
        });
        Ok(readied.await?.into_inner())
    }
}

/// What began before that is begun anew. A record key by which an earlier call is recognised never is.
fn begun_since(delivery: &Delivery, now: DateTime<Utc>) -> DateTime<Utc> {
    match delivery.state.doubt() {
        Some(_) => DateTime::UNIX_EPOCH,
        None => now - LIFE,
    }
}

/// What is left of what was prepared after an answer. While an earlier call is in doubt all of it is kept, whatever
/// the platform says of it.
pub(super) fn handles_after(delivery: &Delivery, said: HandlesAfter) -> HandlesAfter {
    match (delivery.state.doubt(), said) {
        (Some(_), HandlesAfter::Forget) => HandlesAfter::Keep,
        (_, said) => said,
    }
}

/// The parts that are out already, as their attempts tell; none for the first part, or where they do not.
pub(super) fn follows(delivery: &Delivery, past: &[PastAttempt]) -> Option<Follows> {
    let last = delivery.series.out().checked_sub(1)?;
    let of_part = |part: u16| {
        past.iter()
            .rev()
            .filter(|one| one.attempt.part == part && one.outcome == Some(OutcomeClass::Published))
            .find_map(|one| one.remote.as_ref().map(|remote| remote.id.clone()))
    };
    Some(Follows {
        first: delivery.series.first()?.id.clone(),
        before: of_part(last)?,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        delivery::{DeliveryState, Fence, Lease, Series},
        digest::RevisionDigest,
        ids::{AccountId, AttemptId, DeliveryId, OrganizationId, PostId},
    };

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
    }

    /// Claimed, after a call of which nobody knows whether it is out, or without one.
    fn claimed(doubt: Option<AttemptId>) -> Delivery {
        let lease = Lease {
            owner: "w".to_owned(),
            fence: Fence(2),
            until: now() + TimeDelta::seconds(60),
        };
        Delivery {
            id: DeliveryId::new(Uuid::from_u128(1)),
            organization: OrganizationId::new(Uuid::from_u128(2)),
            post: PostId::new(Uuid::from_u128(3)),
            account: AccountId::new(Uuid::from_u128(4)),
            revision: RevisionDigest::new([1; 32]),
            publish_at: Some(now()),
            generation: 0,
            series: Series::of(1),
            fence: Fence(2),
            state: DeliveryState::Claimed { lease, doubt },
        }
    }

    #[test]
    fn an_attempt_in_doubt_keeps_the_stored_handles() {
        let doubtful = claimed(Some(AttemptId::new(Uuid::from_u128(5))));
        assert_eq!(begun_since(&doubtful, now()), DateTime::UNIX_EPOCH);
        assert_eq!(handles_after(&doubtful, HandlesAfter::Forget), HandlesAfter::Keep);
        let sure = claimed(None);
        assert_eq!(begun_since(&sure, now()), now() - LIFE);
        assert_eq!(handles_after(&sure, HandlesAfter::Forget), HandlesAfter::Forget);
        assert_eq!(handles_after(&sure, HandlesAfter::Keep), HandlesAfter::Keep);
        let taken = HandlesAfter::Taken("r-1".to_owned());
        assert_eq!(handles_after(&doubtful, taken.clone()), taken);
    }
}
