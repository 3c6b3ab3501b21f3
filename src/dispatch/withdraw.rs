//! Takes back what was ordered to be taken back: claim, written down, permit, one call, recorded. Removing what is
//! gone already is done, so a call without an answer is made again.

use chrono::{DateTime, Duration, Utc};
use futures::{StreamExt as _, stream};

use super::{Dispatcher, credentials, machine::Settlement, record};
use crate::{
    domain::{
        account::Account,
        actor::Actor,
        attempt::Outcome,
        withdrawal::{InvalidWithdrawal, Withdrawal},
    },
    door::Authorised,
    gate::RemovalRefusal,
    service::{Service, ServiceError, Thing, told},
    store::{
        Committed, StoreError, Tx, accounts,
        withdrawals::{self, Removal},
    },
};

/// How many removals are under way at once.
const AT_ONCE: usize = 16;

/// How many one round takes.
const BATCH: i64 = 64;

/// What became of a removal.
enum Ended {
    /// It is gone.
    Withdrawn,
    /// Not now, or nobody knows.
    Later(DateTime<Utc>, String),
    /// The platform does not do it.
    Refused(String),
    /// It refuses the credential of this version.
    Unauthorised {
        due: DateTime<Utc>,
        outcome: Outcome,
        version: i64,
    },
}

impl Dispatcher {
    /// Takes back what is due to be. Tells how many orders were worked on.
    ///
    /// # Errors
    /// The database.
    pub async fn withdraw(&self) -> Result<usize, ServiceError> {
        let mut reader = self.service.store.read().await?;
        let due = withdrawals::due(&mut reader, self.service.now(), BATCH).await?;
        drop(reader);
        let count = due.len();
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, async |order| {
                let id = order.id;
                if let Err(why) = self.take_back(order).await {
                    tracing::warn!(withdrawal = %id, %why, "could not be taken back now");
                }
            })
            .await;
        Ok(count)
    }

    async fn take_back(&self, order: Withdrawal) -> Result<(), ServiceError> {
        let Some(removal) = self.begin(order).await? else {
            return Ok(());
        };
        let order = removal.order().clone();
        let ended = match self.remove(&order, removal).await {
            Ok((outcome, version)) => self.ended(&order, outcome, version),
            Err(RemoveError::Refused(RemovalRefusal::Impossible)) => {
                Ended::Refused(RemovalRefusal::Impossible.to_string())
            }
            Err(why) => Ended::Later(self.later(&order, None), why.to_string()),
        };
        self.record_removal(order, ended).await
    }

    /// Claims an order and writes down that its call is about to be made; none if somebody else has it.
    async fn begin(&self, order: Withdrawal) -> Result<Option<Committed<Removal>>, ServiceError> {
        let (service, worker, now) = (
            self.service.clone(),
            self.config.worker.clone(),
            self.service.now(),
        );
        let until = now + self.config.lease;
        let begun = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let claimed = order.clone().claim(worker, now, until)?;
                    let details = serde_json::json!({
                        "post": claimed.post.to_string(), "remote_id": claimed.remote_id, "fence": claimed.fence.0,
                    });
                    let (organization, id) = (claimed.organization, claimed.id);
                    let removal = withdrawals::begin(tx, &order, claimed).await?;
                    let told = told(organization, Actor::Dispatcher, "withdrawal.intended", id);
                    service.tell(tx, told.with(details)).await?;
                    Ok::<_, ServiceError>(removal)
                })
            })
            .await;
        match begun {
            Ok(removal) => Ok(Some(removal)),
            Err(ServiceError::Store(StoreError::Stale(_))) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// One request, under a permit and the committed removal. Tells which version of the credential it was made with.
    async fn remove(
        &self,
        order: &Withdrawal,
        removal: Committed<Removal>,
    ) -> Result<(Outcome, i64), RemoveError> {
        let account = self.account_of(order).await?;
        let now = self.service.now();
        let deadline = now + self.config.lease - self.pace.reserve;
        let permit = self.service.gate.permit_removal(order, &account, deadline, now)?;
        let opened = self.opened_for(&account).await?;
        let adapter = self
            .platforms
            .get(account.platform)
            .ok_or(RemoveError::NoAdapter)?;
        let authorised = Authorised::bind_removal(permit, removal)?;
        let reply = adapter.withdraw(authorised, &opened.credential).await;
        Ok((reply.outcome, opened.version))
    }

    async fn account_of(&self, order: &Withdrawal) -> Result<Account, ServiceError> {
        let mut reader = self.service.store.read().await?;
        accounts::find(&mut reader, order.organization, order.account)
            .await?
            .ok_or(ServiceError::NotFound(Thing::Account))
    }

    fn ended(&self, order: &Withdrawal, outcome: Outcome, version: i64) -> Ended {
        let why = outcome.why().to_owned();
        match outcome {
            Outcome::Published(_) => Ended::Withdrawn,
            Outcome::RejectedPermanent { .. } | Outcome::RejectedDuplicate { .. } => Ended::Refused(why),
            Outcome::RejectedTransient { again, .. } => Ended::Later(self.later(order, again), why),
            Outcome::NotSent { .. } | Outcome::Unknown { .. } => Ended::Later(self.later(order, None), why),
            Outcome::RejectedReauth { .. } => Ended::Unauthorised {
                due: self.later(order, None),
                outcome,
                version,
            },
        }
    }

    fn later(&self, order: &Withdrawal, again: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let spread = order.id.uuid().as_u64_pair().1;
        let pause = self.service.now() + self.pace.pause(order.fence.0 - 1, spread);
        again.map_or(pause, |again| again.max(pause).min(pause + Duration::days(1)))
    }

    async fn record_removal(&self, order: Withdrawal, ended: Ended) -> Result<(), ServiceError> {
        let (service, now) = (self.service.clone(), self.service.now());
        self.service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let Some(before) = withdrawals::find(tx, order.organization, order.id).await? else {
                        return Ok(());
                    };
                    let (after, verb, why) = after(&before, &order, &ended, now)?;
                    if after == before {
                        return Ok(());
                    }
                    withdrawals::update(tx, &before, &after).await?;
                    let details = serde_json::json!({ "post": after.post.to_string(), "why": why });
                    let told = told(after.organization, Actor::Dispatcher, verb, after.id);
                    service.tell(tx, told.with(details)).await?;
                    match ended {
                        Ended::Unauthorised { outcome, version, .. } => {
                            unauthorised(&service, tx, &order, (outcome, version), now).await
                        }
                        Ended::Withdrawn | Ended::Later(..) | Ended::Refused(_) => Ok(()),
                    }
                })
            })
            .await?;
        Ok(())
    }
}

/// As for a publication: a newer credential is used, or had, and else the account waits for a person. The order waits
/// as long.
async fn unauthorised(
    service: &Service,
    tx: &mut Tx,
    order: &Withdrawal,
    (outcome, version): (Outcome, i64),
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let of = (order.organization, order.account);
    match credentials::refused(tx, of, Some(version), outcome, now).await? {
        Settlement::Park { .. } => record::needs_reconnect(service, tx, of).await,
        _ => Ok(()),
    }
}

fn after<'a>(
    before: &Withdrawal,
    claimed: &Withdrawal,
    ended: &'a Ended,
    now: DateTime<Utc>,
) -> Result<(Withdrawal, &'static str, &'a str), InvalidWithdrawal> {
    let order = before.clone();
    let fence = claimed.fence;
    Ok(match ended {
        Ended::Withdrawn => (order.withdrawn(now), "withdrawal.done", ""),
        Ended::Later(due, why) => (order.later(fence, *due)?, "withdrawal.put_off", why.as_str()),
        Ended::Unauthorised { due, outcome, .. } => {
            (order.later(fence, *due)?, "withdrawal.put_off", outcome.why())
        }
        Ended::Refused(why) => (
            order.refused(fence, why.clone(), now)?,
            "withdrawal.refused",
            why.as_str(),
        ),
    })
}

/// Why no call was made.
#[derive(Debug, thiserror::Error)]
enum RemoveError {
    #[error(transparent)]
    Refused(#[from] RemovalRefusal),
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error("no adapter for the platform")]
    NoAdapter,
    #[error(transparent)]
    Mismatch(#[from] crate::door::Mismatch),
}
