//! Drives one claimed delivery: gate, intent, call, outcome. The machine decides; this does.

use chrono::{DateTime, Duration, Utc};

use super::{
    Dispatcher,
    credentials::{Unopened, why_refused},
    doubt::{KEY_OVER, Repetition, repetition},
    glance::Seen,
    intents::Wish,
    machine::{Effect, Event, Machine, Settlement},
    outcomes::Ended,
    prepare::{self, follows},
    record,
};
use crate::{
    domain::{
        account::Account,
        attempt::{Attempt, IdempotencyKey, Outcome},
        correction::keys_for,
        delivery::{Delivery, DeliveryState},
        flow::Budget,
        hold::{HoldCause, HoldReason},
        ids::{AttemptId, DeliveryId},
        revision::Act,
    },
    door::{Authorised, Publication, Readiness},
    fault,
    gate::{Claim, Permit, TOO_LATE},
    platform::HandlesAfter,
    service::ServiceError,
    store::{StoreError, attempts::IntentError},
    vault::Credential,
};

/// What the shell carries from one effect to the next.
#[derive(Default)]
struct Carried {
    /// What was seen of it when it was claimed, until the gate is asked for the first time.
    seen: Option<Seen>,
    permit: Option<Permit>,
    /// A repetition only: until when its key makes it safe.
    key_ends: Option<DateTime<Utc>>,
    credential: Option<Credential>,
    /// Which version of it.
    version: Option<i64>,
    ready: Readiness,
    account: Option<Account>,
    authorised: Option<Authorised<Publication>>,
    attempt: Option<(AttemptId, Act, DateTime<Utc>)>,
    budget: Option<Budget>,
    handles: HandlesAfter,
}

impl Dispatcher {
    /// Takes one claimed delivery through to a recorded outcome.
    pub(super) async fn drive(&self, claimed: Delivery, seen: Option<Seen>) {
        let (mut machine, mut effect) =
            Machine::start(self.pace, claimed.fence.0 - 1, self.spread(claimed.id));
        let mut carried = Carried {
            seen,
            ..Carried::default()
        };
        loop {
            let event = match effect {
                Effect::Judge => self.judge(&claimed, &mut carried).await,
                Effect::Prepare => self.prepare(&claimed, &mut carried).await,
                Effect::Intend => self.intend(&claimed, &mut carried).await,
                Effect::Call => self.call(&claimed, &mut carried).await,
                Effect::Record(settlement) => self.record(&claimed, &carried, settlement).await,
                Effect::RecordAgain(settlement) => {
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    self.record(&claimed, &carried, settlement).await
                }
                Effect::Hold(reason) => self.hold(&claimed, reason).await,
                Effect::GiveBack { due } => self.give_back(&claimed, due).await,
                Effect::Finish => return,
            };
            (machine, effect) = machine.step(event, self.service.now());
        }
    }

    /// Asks the gate with what was seen at the claim, and from the second time on with a fresh snapshot; opens the
    /// credential while nothing is written down yet.
    async fn judge(&self, claimed: &Delivery, carried: &mut Carried) -> Event {
        match self.try_judge(claimed, carried).await {
            Ok(event) => event,
            Err(why) => {
                tracing::warn!(delivery = %claimed.id, %why, "the gate could not be asked: nothing leaves");
                Event::NotJudged
            }
        }
    }

    async fn try_judge(&self, claimed: &Delivery, carried: &mut Carried) -> Result<Event, ServiceError> {
        let DeliveryState::Claimed { lease, .. } = &claimed.state else {
            return Ok(Event::ClaimLost);
        };
        let Seen {
            judged,
            past,
            versions,
            care,
        } = match carried.seen.take() {
            Some(seen) => seen,
            None => self.glance(claimed).await?,
        };
        let now = self.service.now();
        let case = judged.snapshot.dispatch_case(
            &judged.revision.content,
            claimed.revision,
            claimed.account,
            claimed.publish_at,
            now,
        );
        let claim = Claim {
            delivery: claimed.id,
            account: claimed.account,
            revision: claimed.revision,
            part: claimed.series.out(),
            fence: claimed.fence,
            lease_until: lease.until,
        };
        let permit = match self.service.gate.permit(&case, &claim) {
            Ok(permit) => permit,
            // A busy worker comes too late for its own claim: no case for a person. The next claim, or the
            // sweep, tells what there is to tell.
            Err(refusal) if refusal.rule == TOO_LATE => return Ok(Event::NotJudged),
            Err(refusal) => {
                // A delivery that was tampered with goes to an account that nobody read.
                let account = judged.account(claimed.account);
                let rule = account.map_or(refusal.rule, |account| why_refused(&refusal, account));
                return Ok(Event::Refused {
                    cause: refusal.cause,
                    rule: rule.to_owned(),
                });
            }
        };
        let account = judged.account(claimed.account)?;
        let keys = keys_for(judged.revision.content.act, account.keys);
        carried.key_ends = match repetition(claimed, &past, keys, now) {
            Repetition::None => None,
            Repetition::SafeUntil(key_ends) => Some(key_ends),
            Repetition::Unsafe => {
                return Ok(Event::Refused {
                    cause: HoldCause::Gate,
                    rule: KEY_OVER.to_owned(),
                });
            }
        };
        let unusable = |detail: &str| Event::Refused {
            cause: HoldCause::Account,
            rule: detail.to_owned(),
        };
        if self.platforms.get(account.platform).is_none() {
            return Ok(unusable("no_adapter"));
        }
        let follows = follows(claimed, &past);
        if claimed.series.out() > 0 && follows.is_none() {
            return Ok(unusable("series_broken"));
        }
        carried.ready = Readiness {
            follows,
            ..Readiness::default()
        };
        match self.open(account, &versions, care) {
            Ok(opened) => {
                carried.credential = Some(opened.credential);
                carried.version = Some(opened.version);
            }
            Err(Unopened::Renewing) => return Ok(Event::NotJudged),
            Err(Unopened::Unread(why)) => return Err(why),
            Err(Unopened::Unusable) => return Ok(unusable("no_credential")),
        }
        carried.account = Some(account.clone());
        carried.permit = Some(permit);
        fault::point("permitted");
        Ok(Event::Permitted)
    }

    /// Makes ready what the platform needs beforehand, as long as the lease leaves time for the call.
    async fn prepare(&self, claimed: &Delivery, carried: &mut Carried) -> Event {
        let (Some(permit), Some(account), Some(credential)) =
            (&carried.permit, &carried.account, &carried.credential)
        else {
            return Event::ClaimLost;
        };
        let DeliveryState::Claimed { lease, .. } = &claimed.state else {
            return Event::ClaimLost;
        };
        let subject = prepare::Subject {
            act: permit.act(),
            payload: permit.payload(),
            account,
            follows: carried.ready.follows.as_ref(),
        };
        let until = lease.until - self.pace.reserve - self.pace.reserve;
        let with = (credential, carried.version);
        match self.make_ready(claimed, subject, with, until).await {
            Ok(readied) => {
                if let prepare::Readied::Ready(handles) = &readied {
                    carried.ready.handles = handles.clone();
                }
                readied.into()
            }
            Err(why) => {
                tracing::warn!(delivery = %claimed.id, %why, "nothing could be made ready: nothing leaves");
                Event::NotYetPrepared {
                    again: self.service.now() + self.pace.first_pause,
                }
            }
        }
    }

    /// Writes the attempt down; only its COMMIT opens the door.
    async fn intend(&self, claimed: &Delivery, carried: &mut Carried) -> Event {
        let Some(permit) = carried.permit.take() else {
            return Event::ClaimLost;
        };
        let now = self.service.now();
        let DeliveryState::Claimed { lease, .. } = &claimed.state else {
            return Event::ClaimLost;
        };
        let permitted = permit.send_by();
        let permitted = carried.key_ends.map_or(permitted, |ends| permitted.min(ends));
        let Some(send_by) = self.pace.send_by(lease.until, permitted, now) else {
            return Event::EpochMoved;
        };
        let attempt = Attempt {
            id: AttemptId::new(self.service.ids.next()),
            delivery: claimed.id,
            revision: claimed.revision,
            fence: claimed.fence,
            generation: claimed.generation,
            part: claimed.series.out(),
            key: IdempotencyKey::derive(
                claimed.id,
                claimed.revision,
                claimed.generation,
                claimed.series.out(),
            ),
            policy: permit.policy(),
            authority: permit.authority(),
            gate_epoch: permit.gate_epoch(),
            intended_at: now,
            send_by,
        };
        let id = attempt.id;
        let wish = Wish {
            organization: claimed.organization,
            post: claimed.post,
            attempt,
            policy: permit.policy(),
            emergency: permit.emergency(),
            debts: permit.debts().to_vec(),
        };
        match self.commit_intent(wish).await {
            Ok(intent) => {
                fault::point("intended");
                carried.attempt = Some((id, permit.act(), send_by));
                match Authorised::bind(permit, intent, std::mem::take(&mut carried.ready)) {
                    Ok(authorised) => {
                        carried.authorised = Some(authorised);
                        Event::Intended
                    }
                    Err(why) => {
                        tracing::error!(delivery = %claimed.id, %why, "the door stays shut");
                        Event::IntentInDoubt
                    }
                }
            }
            Err(IntentError::EpochMoved { .. }) => Event::EpochMoved,
            Err(IntentError::ClaimLost) => Event::ClaimLost,
            Err(IntentError::Store(why)) => {
                tracing::warn!(delivery = %claimed.id, %why, "the intent could not be committed: nothing is sent");
                Event::IntentInDoubt
            }
        }
    }

    /// One request, under the permit and the committed intent. Whatever happens is an outcome.
    async fn call(&self, claimed: &Delivery, carried: &mut Carried) -> Event {
        let (Some(authorised), Some(credential)) = (carried.authorised.take(), carried.credential.take())
        else {
            return Event::Answered(Outcome::NotSent {
                why: "the door was not opened".to_owned(),
            });
        };
        let Some(platform) = self.platforms.get(authorised.subject().platform()) else {
            return Event::Answered(Outcome::NotSent {
                why: "no adapter for the platform".to_owned(),
            });
        };
        self.observe_lateness(claimed);
        let reply = platform.publish(authorised, &credential).await;
        (carried.budget, carried.handles) = (reply.budget, reply.handles);
        let outcome = reply.outcome;
        fault::point("answered");
        tracing::info!(delivery = %claimed.id, class = outcome.class().as_str(), why = outcome.why(), "the platform answered");
        metrics::counter!("sekisho_attempts_total", "outcome" => outcome.class().as_str()).increment(1);
        Event::Answered(outcome)
    }

    fn observe_lateness(&self, claimed: &Delivery) {
        if let Some(planned) = claimed.publish_at {
            let late: Duration = self.service.now() - planned;
            let seconds = late
                .num_microseconds()
                .and_then(|micros| u32::try_from(micros / 1000).ok());
            metrics::histogram!("sekisho_lateness_seconds")
                .record(f64::from(seconds.unwrap_or(u32::MAX)) / 1000.0);
        }
    }

    async fn record(&self, claimed: &Delivery, carried: &Carried, settlement: Settlement) -> Event {
        let Some((attempt, act, send_by)) = carried.attempt else {
            return Event::PutAside;
        };
        let quiet_until = send_by + self.pace.quiet;
        let ended = Ended {
            claimed: claimed.clone(),
            attempt,
            act,
            settlement,
            quiet_until,
            budget: carried.budget,
            version: carried.version,
            handles: carried.handles.clone(),
        };
        match self.record_outcome(ended).await {
            Ok(()) => {
                fault::point("recorded");
                Event::Recorded
            }
            Err(why) => {
                tracing::error!(delivery = %claimed.id, %why, "an outcome could not be recorded yet");
                Event::NotRecorded
            }
        }
    }

    async fn hold(&self, claimed: &Delivery, reason: HoldReason) -> Event {
        let now = self.service.now();
        let details = serde_json::json!({ "cause": reason.cause.as_str(), "detail": reason.detail });
        let quiet = now + self.pace.quiet;
        self.put_aside(claimed, "delivery.held", details, move |d| {
            d.hold(reason, now, quiet)
        })
        .await
    }

    async fn give_back(&self, claimed: &Delivery, due: DateTime<Utc>) -> Event {
        let details = serde_json::json!({ "due": due.to_rfc3339() });
        self.put_aside(claimed, "delivery.given_back", details, move |d| d.give_back(due))
            .await
    }

    /// Changes a delivery that is still claimed under our fence; else somebody else has it.
    async fn put_aside<F>(
        &self,
        claimed: &Delivery,
        verb: &'static str,
        details: serde_json::Value,
        transition: F,
    ) -> Event
    where
        F: FnOnce(Delivery) -> Result<Delivery, crate::domain::delivery::InvalidTransition> + Send + 'static,
    {
        let (service, claimed) = (self.service.clone(), claimed.clone());
        let result = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let after = transition(claimed.clone())?;
                    match record::change(&service, tx, &claimed, &after, verb, details).await {
                        Err(StoreError::Stale(_)) => Ok(()),
                        other => other.map_err(ServiceError::from),
                    }
                })
            })
            .await;
        if let Err(why) = result {
            tracing::warn!(%why, verb, "a claim is left to the sweep");
        }
        Event::PutAside
    }

    /// Spreads pauses without randomness: by the delivery's own id.
    pub(super) fn spread(&self, id: DeliveryId) -> u64 {
        id.uuid().as_u64_pair().1
    }
}
