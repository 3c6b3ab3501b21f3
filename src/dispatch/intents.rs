//! Intents that are ready at the same time share a transaction: a thousand emergency posts do not wait for a thousand
//! COMMITs. Nobody waits for company: whoever comes first writes down what is there, and those who come meanwhile are
//! the next ones.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{
    Mutex as Turn,
    oneshot::{self, error::TryRecvError},
};

use super::Dispatcher;
use crate::{
    domain::{
        actor::Actor,
        attempt::Attempt,
        digest::{FindingId, PolicyDigest},
        ids::{EmergencyId, OrganizationId, PostId},
    },
    fault,
    service::{Service, Told, told},
    store::{
        Committed, StoreError, Tx,
        attempts::{self, Intent, IntentError},
        emergencies,
    },
};

/// How many share a transaction at most.
const TOGETHER: usize = 64;

/// An attempt that is to be written down, with what goes into the ledger.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) organization: OrganizationId,
    pub(super) post: PostId,
    pub(super) attempt: Attempt,
    pub(super) policy: PolicyDigest,
    pub(super) emergency: Option<EmergencyId>,
    pub(super) debts: Vec<FindingId>,
}

type Written = Result<Committed<Intent>, IntentError>;

/// Somebody who waits for a COMMIT.
struct Waiting {
    wish: Wish,
    answer: oneshot::Sender<Written>,
}

/// Who waits.
#[derive(Clone, Default)]
pub(super) struct Intents {
    waiting: Arc<Mutex<VecDeque<Waiting>>>,
    turn: Arc<Turn<()>>,
}

impl Intents {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, wish: Wish) -> oneshot::Receiver<Written> {
        let (answer, written) = oneshot::channel();
        self.waiting().push_back(Waiting { wish, answer });
        written
    }

    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let count = waiting.len().min(TOGETHER);
        waiting.drain(..count).collect()
    }
}

impl Dispatcher {
    /// Writes an attempt down, with those that wait for the same.
    ///
    /// # Errors
    /// See [`IntentError`]: then nothing is sent.
    pub(super) async fn commit_intent(&self, wish: Wish) -> Written {
        let mut written = self.intents.add(wish);
        loop {
            let _turn = self.intents.turn.lock().await;
            match written.try_recv() {
                Ok(written) => return written,
                // Whoever wrote it down was stopped in the middle of it.
                Err(TryRecvError::Closed) => return Err(StoreError::Closed.into()),
                Err(TryRecvError::Empty) => self.write_down(self.intents.take()).await,
            }
        }
    }

    async fn write_down(&self, waiting: Vec<Waiting>) {
        let wishes: Vec<Wish> = waiting.iter().map(|waiting| waiting.wish.clone()).collect();
        match self.write_together(wishes).await {
            Ok(written) => {
                for (waiting, written) in waiting.into_iter().zip(written.each()) {
                    // Who waited may have been stopped; then the sweep finds the intent.
                    let _ = waiting.answer.send(written);
                }
            }
            Err(why) if waiting.len() == 1 || matches!(why, StoreError::Commit(_)) => {
                for waiting in waiting {
                    let _ = waiting.answer.send(Err(why.clone().into()));
                }
            }
            // Nothing is written. What is wrong with one of them must not stop the others.
            Err(_) => {
                for waiting in waiting {
                    let written = self.write_together(vec![waiting.wish]).await;
                    let alone = written.map_err(IntentError::from);
                    let alone = alone
                        .and_then(|written| written.each().next().unwrap_or(Err(IntentError::ClaimLost)));
                    let _ = waiting.answer.send(alone);
                }
            }
        }
    }

    async fn write_together(
        &self,
        wishes: Vec<Wish>,
    ) -> Result<Committed<Vec<Result<Intent, IntentError>>>, StoreError> {
        let service = self.service.clone();
        self.service
            .store
            .write(move |tx| Box::pin(async move { write(&service, tx, wishes).await }))
            .await
    }
}

/// Writes attempts down, each for itself: one whose claim is gone keeps no other from leaving.
async fn write(
    service: &Service,
    tx: &mut Tx,
    wishes: Vec<Wish>,
) -> Result<Vec<Result<Intent, IntentError>>, StoreError> {
    let mut epochs = BTreeMap::new();
    let mut intents = Vec::with_capacity(wishes.len());
    let mut tellings = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let organization = wish.organization;
        let epoch = match epochs.get(&organization) {
            Some(epoch) => *epoch,
            None => {
                let epoch = attempts::epoch(tx, organization).await?;
                epochs.insert(organization, epoch);
                epoch
            }
        };
        match attempts::intend(tx, epoch, wish.attempt.clone()).await {
            Ok(intent) => {
                open_review(tx, &wish).await?;
                tellings.push(telling(&wish));
                intents.push(Ok(intent));
            }
            Err(IntentError::Store(why)) => return Err(why),
            Err(why) => intents.push(Err(why)),
        }
    }
    service.tell_all(tx, tellings).await?;
    fault::point("intending");
    Ok(intents)
}

/// What an emergency lets pass is looked at afterwards.
async fn open_review(tx: &mut Tx, wish: &Wish) -> Result<(), StoreError> {
    let Some(emergency) = wish.emergency else {
        return Ok(());
    };
    let (delivery, now) = (wish.attempt.delivery, wish.attempt.intended_at);
    emergencies::open_review(tx, wish.organization, delivery, emergency, &wish.debts, now).await
}

fn telling(wish: &Wish) -> Told {
    let attempt = &wish.attempt;
    let details = serde_json::json!({
        "attempt": attempt.id.to_string(), "fence": attempt.fence.0, "part": attempt.part, "key": attempt.key.uuid().to_string(),
        "revision": attempt.revision.to_string(), "authority": attempt.authority.as_str(),
        "gate_epoch": attempt.gate_epoch, "post": wish.post.to_string(),
        "emergency": wish.emergency.map(|id| id.to_string()),
        "debts": wish.debts.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    told(
        wish.organization,
        Actor::Dispatcher,
        "attempt.intended",
        attempt.delivery,
    )
    .under(wish.policy)
    .with(details)
}
