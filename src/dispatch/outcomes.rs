//! What became of attempts: outcomes that are known at the same time share a transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};

use super::{
    Dispatcher, credentials,
    machine::{Pace, Settlement},
    prepare::handles_after,
    record::{changed, needs_reconnect},
    settle::{is_news, settled},
};
use crate::{
    domain::{
        actor::Actor,
        attempt::Outcome,
        delivery::Delivery,
        flow::{Budget, Flow},
        ids::{AccountId, AttemptId, DeliveryId, OrganizationId},
        post::Post,
        revision::Act,
    },
    fault,
    platform::HandlesAfter,
    service::{Service, ServiceError, Told, settle_all, tell_corrected, told},
    store::{
        StoreError, Together, Tx, accounts,
        attempts::{self, Recorded},
        deliveries::{self, Change},
        flows, posts, preparations,
    },
};

/// How an attempt ended.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    /// The delivery as it was claimed for it.
    pub(super) claimed: Delivery,
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

/// Outcomes that wait to be recorded.
pub(super) type Outcomes = Together<Ended, Result<(), ServiceError>>;

impl Dispatcher {
    /// Records what became of an attempt, with those that wait for the same.
    ///
    /// # Errors
    /// The database; then it is not known whether it is recorded, and recording it again does no harm.
    pub(super) async fn record_outcome(&self, ended: Ended) -> Result<(), ServiceError> {
        let recorded = self.outcomes.share(ended, |ended| {
            record_together(self.service.clone(), self.pace, ended)
        });
        recorded.await.unwrap_or_else(|| Err(StoreError::Closed.into()))
    }
}

async fn record_together(service: Service, pace: Pace, ended: Vec<Ended>) -> Vec<Result<(), ServiceError>> {
    if ended.len() > 1 && record(&service, &pace, ended.clone()).await.is_ok() {
        return ended.iter().map(|_| Ok(())).collect();
    }
    // What is wrong with one of them must not keep the others from being recorded.
    let mut each = Vec::with_capacity(ended.len());
    for ended in ended {
        each.push(record(&service, &pace, vec![ended]).await);
    }
    each
}

/// Records settlements by attempt id. A late acceptance is a fact even when the claim is gone; everything
/// else changes the delivery only while the fence is still ours.
///
/// # Errors
/// The database; nothing is recorded then, or it is not known.
pub(super) async fn record(service: &Service, pace: &Pace, ended: Vec<Ended>) -> Result<(), ServiceError> {
    let (service_, pace) = (service.clone(), *pace);
    service
        .store
        .write(move |tx| {
            Box::pin(async move {
                let result = write(&service_, &pace, tx, ended).await;
                fault::point("recording");
                result
            })
        })
        .await?;
    Ok(())
}

async fn write(service: &Service, pace: &Pace, tx: &mut Tx, ended: Vec<Ended>) -> Result<(), ServiceError> {
    // In one order everywhere: nobody waits for somebody who waits for them.
    let mut organizations = BTreeMap::<_, Vec<_>>::new();
    for ended in ended {
        let organization = ended.claimed.organization;
        organizations.entry(organization).or_default().push(ended);
    }
    for (organization, mut ended) in organizations {
        ended.sort_by_key(|ended| ended.claimed.account);
        let now = service.now();
        let posts = ended.iter().map(|ended| ended.claimed.post);
        let posts = posts::these_for_update(tx, organization, posts).await?;
        let posts: Vec<Post> = posts.into_iter().map(|stored| stored.post).collect();
        let mut recording = Recording::begin(service, tx, organization, &ended, now).await?;
        for ended in ended {
            recording.one(tx, ended).await?;
        }
        recording.write(tx).await?;
        let Recording { tellings, parked, .. } = &mut recording;
        service.tell_all(tx, std::mem::take(tellings)).await?;
        for account in std::mem::take(parked) {
            needs_reconnect(service, tx, (organization, account)).await?;
        }
        settle_all(service, tx, organization, &posts, Actor::Dispatcher, now).await?;
        // The last locks.
        recording.flow(pace, tx).await?;
    }
    Ok(())
}

/// What is known of an organization's outcomes, and what follows from them.
struct Recording<'a> {
    service: &'a Service,
    organization: OrganizationId,
    now: DateTime<Utc>,
    /// The attempts of which something was recorded now.
    recorded: BTreeSet<AttemptId>,
    /// As they are stored.
    before: BTreeMap<DeliveryId, Delivery>,
    /// As they become.
    after: BTreeMap<DeliveryId, Delivery>,
    graces: BTreeMap<AccountId, Duration>,
    tellings: Vec<Told>,
    /// Accounts whose credential was refused.
    parked: BTreeSet<AccountId>,
    /// What the answers say of how freely posts flow.
    answers: Vec<(AccountId, Outcome, Option<Budget>)>,
}

impl<'a> Recording<'a> {
    async fn begin(
        service: &'a Service,
        tx: &mut Tx,
        organization: OrganizationId,
        ended: &[Ended],
        now: DateTime<Utc>,
    ) -> Result<Self, ServiceError> {
        let outcomes: BTreeMap<_, _> = ended
            .iter()
            .map(|ended| (ended.attempt, ended.settlement.outcome()))
            .collect();
        let closed = outcomes.iter().map(|(attempt, outcome)| (*attempt, outcome));
        let recorded = attempts::close_all(tx, organization, closed, now).await?;
        let ids = ended.iter().map(|ended| ended.claimed.id);
        let stored = deliveries::these(tx, organization, ids).await?.into_iter();
        let before: BTreeMap<_, _> = stored
            .map(|stored| (stored.delivery.id, stored.delivery))
            .collect();
        let accounts = ended.iter().map(|ended| ended.claimed.account).collect();
        Ok(Self {
            service,
            organization,
            now,
            recorded,
            after: before.clone(),
            before,
            graces: accounts::graces(tx, organization, &accounts).await?,
            tellings: Vec::new(),
            parked: BTreeSet::new(),
            answers: Vec::new(),
        })
    }

    /// What one outcome makes of its delivery.
    async fn one(&mut self, tx: &mut Tx, ended: Ended) -> Result<(), ServiceError> {
        let Some(before) = self.after.get(&ended.claimed.id).cloned() else {
            return Ok(());
        };
        let (claimed, now, part) = (&ended.claimed, self.now, ended.claimed.series.out());
        let recorded = Recorded::of(&self.recorded, ended.attempt);
        if !is_news(recorded, &before, part, &ended.settlement) {
            return Ok(());
        }
        let outcome = ended.settlement.outcome();
        let handles = handles_after(&before, ended.handles);
        // Nothing is wrong with an account whose platform takes its time.
        if !matches!(handles, HandlesAfter::Taken(_)) {
            self.answers.push((before.account, outcome.clone(), ended.budget));
        }
        match handles {
            HandlesAfter::Keep => {}
            HandlesAfter::Forget => preparations::forget(tx, claimed).await?,
            HandlesAfter::Taken(id) => preparations::taken(tx, claimed, id).await?,
        }
        let mut settlement = ended.settlement;
        if let Settlement::Park { outcome } = settlement {
            let of = (self.organization, before.account);
            settlement = credentials::refused(tx, of, ended.version, outcome, now).await?;
        }
        if let Settlement::Published(remote) = &settlement {
            tell_corrected(self.service, tx, claimed, ended.act, remote, Actor::Dispatcher).await?;
        }
        if matches!(settlement, Settlement::Park { .. }) {
            self.parked.insert(before.account);
        }
        let details = details(ended.attempt, &outcome);
        let (fence, quiet) = (claimed.fence, ended.quiet_until);
        let after = settled(&before, fence, ended.attempt, part, settlement, now, quiet);
        self.become_(tx, &before, after, details);
        Ok(())
    }

    /// Takes a transition, and tells of the attempt even where the delivery went on without it.
    fn become_(
        &mut self,
        tx: &mut Tx,
        before: &Delivery,
        after: Option<Delivery>,
        details: serde_json::Value,
    ) {
        const VERB: &str = "attempt.ended";
        let Some(after) = after.filter(|after| after != before) else {
            let told = told(self.organization, Actor::Dispatcher, VERB, before.id);
            self.tellings.push(told.with(details));
            return;
        };
        self.tellings.push(changed(before, &after, VERB, details));
        if !after.state.phase().is_final() {
            tx.wake_dispatchers();
        }
        self.after.insert(after.id, after);
    }

    /// Writes what changed.
    async fn write(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let changes = self.before.values().filter_map(|before| {
            let after = self.after.get(&before.id).filter(|after| *after != before)?;
            Some(Change {
                before: before.clone(),
                after: after.clone(),
                grace: self.graces.get(&before.account).copied().unwrap_or_default(),
            })
        });
        deliveries::update_all(tx, self.organization, &changes.collect::<Vec<_>>()).await
    }

    /// What the answers say of the accounts' flow, for all nodes.
    async fn flow(self, pace: &Pace, tx: &mut Tx) -> Result<(), ServiceError> {
        let accounts = self.answers.iter().map(|(account, ..)| *account).collect();
        let mut known = flows::these(tx, self.organization, &accounts).await?;
        for (account, outcome, budget) in &self.answers {
            let free = || Flow::free(self.organization, *account);
            let of_account = known.entry(*account).or_insert_with(free);
            let spread = account.uuid().as_u64_pair().1;
            let pause = |failures: u32| self.now + pace.pause(i64::from(failures), spread);
            // Where all is well, nobody waits for a lock.
            if of_account.clone().after(outcome, *budget, self.now, pause) == *of_account {
                continue;
            }
            let before = flows::take(tx, self.organization, *account).await?;
            let after = before.clone().after(outcome, *budget, self.now, pause);
            flows::keep(tx, &after).await?;
            self.tell_of_flow(tx, &before, &after, outcome).await?;
            *of_account = after;
        }
        Ok(())
    }

    async fn tell_of_flow(
        &self,
        tx: &mut Tx,
        before: &Flow,
        after: &Flow,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
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
        let told = told(self.organization, Actor::Dispatcher, verb, after.account);
        self.service.tell(tx, told.with(details)).await
    }
}

fn details(attempt: AttemptId, outcome: &Outcome) -> serde_json::Value {
    let remote_id = match outcome {
        Outcome::Published(remote) => Some(&remote.id),
        _ => None,
    };
    serde_json::json!({
        "attempt": attempt.to_string(), "outcome": outcome.class().as_str(), "why": outcome.why(), "remote_id": remote_id,
    })
}
