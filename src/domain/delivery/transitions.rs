//! Every transition that a delivery may make; there is no other.

use chrono::{DateTime, Utc};

use super::{Delivery, DeliveryState, Fence, InvalidTransition, Lease, Resolution};
use crate::domain::{
    attempt::RemoteRef,
    hold::{HoldCause, HoldReason},
    ids::{AttemptId, UserId},
};

impl Delivery {
    fn refuse<T>(&self, event: &'static str) -> Result<T, InvalidTransition> {
        Err(InvalidTransition {
            from: self.state.phase(),
            event,
        })
    }

    fn become_(self, state: DeliveryState) -> Self {
        Self { state, ..self }
    }

    /// What may be out is neither held nor missed nor failed: it is looked up.
    fn look_up(self, attempt: AttemptId, now: DateTime<Utc>, look_at: DateTime<Utc>) -> Self {
        self.become_(DeliveryState::Unknown {
            attempt,
            since: now,
            looks: 0,
            look_at,
        })
    }

    /// The lease and the doubt of a delivery that is publishing under this fence.
    fn publishing(&self, fence: Fence) -> Option<Option<AttemptId>> {
        match &self.state {
            DeliveryState::Publishing { lease, doubt, .. } if lease.fence == fence => Some(*doubt),
            _ => None,
        }
    }

    /// All stages approved: it waits for `due`.
    ///
    /// # Errors
    /// Unless it is pending.
    pub fn approve(self, due: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Pending => {
                let state = DeliveryState::Waiting { due, doubt: None };
                Ok(Self {
                    publish_at: Some(due),
                    state,
                    ..self
                })
            }
            _ => self.refuse("be approved"),
        }
    }

    /// A worker takes it; the fence grows.
    ///
    /// # Errors
    /// Unless it waits and is due.
    pub fn claim(
        self,
        owner: String,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Waiting { due, doubt } if due <= now => {
                let fence = Fence(self.fence.0 + 1);
                let lease = Lease { owner, fence, until };
                Ok(Self {
                    fence,
                    state: DeliveryState::Claimed { lease, doubt },
                    ..self
                })
            }
            _ => self.refuse("be claimed"),
        }
    }

    /// An attempt is written down.
    ///
    /// # Errors
    /// Unless it is claimed under this fence and the lease still runs.
    pub fn intend(
        self,
        fence: Fence,
        attempt: AttemptId,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Claimed { ref lease, doubt } if lease.fence == fence && now < lease.until => {
                let lease = lease.clone();
                Ok(self.become_(DeliveryState::Publishing {
                    lease,
                    attempt,
                    doubt,
                }))
            }
            _ => self.refuse("begin an attempt"),
        }
    }

    /// The gate is shut. What may be out is not held but looked up at `look_at`.
    ///
    /// # Errors
    /// Unless it is pending, waits or is claimed.
    pub fn hold(
        self,
        reason: HoldReason,
        now: DateTime<Utc>,
        look_at: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Waiting {
                doubt: Some(attempt), ..
            }
            | DeliveryState::Claimed {
                doubt: Some(attempt), ..
            } => Ok(self.look_up(attempt, now, look_at)),
            DeliveryState::Pending | DeliveryState::Waiting { .. } | DeliveryState::Claimed { .. } => {
                Ok(self.become_(DeliveryState::Held { reason, since: now }))
            }
            _ => self.refuse("be held"),
        }
    }

    /// The lease of a claim ran out, or its worker gives it back: nothing was sent.
    ///
    /// # Errors
    /// Unless it is claimed.
    pub fn give_back(self, due: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Claimed { doubt, .. } => Ok(self.become_(DeliveryState::Waiting { due, doubt })),
            _ => self.refuse("be given back"),
        }
    }

    /// The platform confirmed a part, perhaps late: a fact beats every state. The next part, if there is one,
    /// goes at once, under a permit of its own.
    #[must_use]
    pub fn accepted(self, part: u16, remote: RemoteRef, now: DateTime<Utc>) -> Self {
        match self.state {
            DeliveryState::Published { .. } => self,
            _ if part < self.series.out() => self,
            _ => self.one_more(remote, now, now),
        }
    }

    /// One part more is out; what is left waits for `due`.
    fn one_more(self, remote: RemoteRef, due: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let series = self.series.clone().grown(remote.clone());
        let state = match series.first() {
            first if series.is_whole() => DeliveryState::Published {
                remote: first.cloned().unwrap_or(remote),
                at: now,
            },
            _ => DeliveryState::Waiting { due, doubt: None },
        };
        Self {
            publish_at: self.publish_at.or(Some(now)),
            series,
            state,
            ..self
        }
    }

    /// This attempt was certainly not sent, or refused for now: later again.
    ///
    /// # Errors
    /// Unless it is publishing under this fence.
    pub fn retry_later(self, fence: Fence, due: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.publishing(fence) {
            Some(doubt) => Ok(self.become_(DeliveryState::Waiting { due, doubt })),
            None => self.refuse("wait again"),
        }
    }

    /// The credential was refused: parked until the account is connected again.
    ///
    /// # Errors
    /// Unless it is publishing under this fence.
    pub fn park(
        self,
        fence: Fence,
        reason: HoldReason,
        now: DateTime<Utc>,
        look_at: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        match self.publishing(fence) {
            Some(Some(attempt)) => Ok(self.look_up(attempt, now, look_at)),
            Some(None) => Ok(self.become_(DeliveryState::Held { reason, since: now })),
            None => self.refuse("be parked"),
        }
    }

    /// Refused for good.
    ///
    /// # Errors
    /// Unless it is publishing under this fence.
    pub fn fail(
        self,
        fence: Fence,
        why: String,
        now: DateTime<Utc>,
        look_at: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        match self.publishing(fence) {
            Some(Some(attempt)) => Ok(self.look_up(attempt, now, look_at)),
            Some(None) => Ok(self.become_(DeliveryState::Failed { why, at: now })),
            None => self.refuse("fail"),
        }
    }

    /// No readable answer, or the worker vanished after the intent.
    ///
    /// # Errors
    /// Unless it is publishing.
    pub fn doubt(self, now: DateTime<Utc>, look_at: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Publishing { attempt, .. } => Ok(self.look_up(attempt, now, look_at)),
            _ => self.refuse("become unknown"),
        }
    }

    /// A look settled nothing: look again later.
    ///
    /// # Errors
    /// Unless it is unknown.
    pub fn look_again(self, look_at: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Unknown {
                attempt,
                since,
                looks,
                ..
            } => Ok(self.become_(DeliveryState::Unknown {
                attempt,
                since,
                looks: looks + 1,
                look_at,
            })),
            _ => self.refuse("be looked up"),
        }
    }

    /// The platform's key makes the same call safe: it waits for a fresh permit, with the same key, and
    /// does not forget that it may be out.
    ///
    /// # Errors
    /// Unless it is unknown.
    pub fn repeat(self, due: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Unknown { attempt, .. } => Ok(self.become_(DeliveryState::Waiting {
                due,
                doubt: Some(attempt),
            })),
            _ => self.refuse("be repeated"),
        }
    }

    /// The machine cannot settle it.
    ///
    /// # Errors
    /// Unless it is unknown.
    pub fn call_human(self, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Unknown { attempt, .. } => {
                Ok(self.become_(DeliveryState::NeedsHuman { attempt, since: now }))
            }
            _ => self.refuse("need a person"),
        }
    }

    /// The platform took the call, and says now that it went to nobody.
    ///
    /// # Errors
    /// Unless it is unknown.
    pub fn fall_through(self, why: String, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Unknown { .. } => Ok(self.become_(DeliveryState::Failed { why, at: now })),
            _ => self.refuse("fall through"),
        }
    }

    /// It was held because the database was restored, and the platform does not have it: it did not leave,
    /// and is held like any other.
    ///
    /// # Errors
    /// Unless it is held for that reason.
    pub fn not_found(self, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Held { ref reason, .. } if reason.cause == HoldCause::Restored => {
                let reason = HoldReason {
                    cause: HoldCause::Hold,
                    detail: reason.detail.clone(),
                };
                Ok(self.become_(DeliveryState::Held { reason, since: now }))
            }
            _ => self.refuse("be held as not found"),
        }
    }

    /// A person looked and says what is the case. "Not out" is a new order to send: a new generation. After
    /// a restoration it is the order that was given before, and its key still protects.
    ///
    /// # Errors
    /// Unless it needs a person, or is held because the database was restored, and the attempt in doubt is the
    /// one that the person saw.
    pub fn resolve(
        self,
        seen: Option<AttemptId>,
        resolution: Resolution,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidTransition> {
        match (&self.state, resolution) {
            (state, _) if state.in_doubt() != seen => {
                self.refuse("be resolved by what was seen of another attempt")
            }
            (DeliveryState::NeedsHuman { .. }, Resolution::IsOut(remote)) => {
                let due = self.publish_at.unwrap_or(now);
                Ok(self.one_more(remote, due, now))
            }
            (DeliveryState::Held { reason, .. }, resolution) if reason.cause == HoldCause::Restored => {
                let due = self.publish_at.unwrap_or(now);
                match resolution {
                    Resolution::IsOut(remote) => Ok(self.one_more(remote, due, now)),
                    Resolution::IsNotOut => Ok(Self {
                        publish_at: Some(due),
                        state: DeliveryState::Waiting { due, doubt: None },
                        ..self
                    }),
                }
            }
            (DeliveryState::NeedsHuman { .. }, Resolution::IsNotOut) => {
                let due = self.publish_at.unwrap_or(now);
                let state = DeliveryState::Waiting { due, doubt: None };
                Ok(Self {
                    generation: self.generation + 1,
                    state,
                    ..self
                })
            }
            _ => self.refuse("be resolved"),
        }
    }

    /// Its time and the grace are over. What may be out is not missed but looked up.
    ///
    /// # Errors
    /// Unless it is pending, waiting or held, and cannot be out.
    pub fn miss(self, now: DateTime<Utc>, look_at: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Waiting {
                doubt: Some(attempt), ..
            } => Ok(self.look_up(attempt, now, look_at)),
            DeliveryState::Held { .. } if self.state.may_be_out() => self.refuse("be missed"),
            DeliveryState::Pending | DeliveryState::Waiting { .. } | DeliveryState::Held { .. } => {
                Ok(self.become_(DeliveryState::Missed { at: now }))
            }
            _ => self.refuse("be missed"),
        }
    }

    /// A person gives an approved delivery another time; after a refusal that is a new order to send.
    ///
    /// # Errors
    /// Unless it waits without doubt, is held, was missed or failed.
    pub fn reschedule(self, publish_at: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        let generation = match self.state {
            DeliveryState::Held { .. } if self.state.may_be_out() => {
                return self.refuse("be given another time");
            }
            DeliveryState::Waiting { doubt: None, .. }
            | DeliveryState::Held { .. }
            | DeliveryState::Missed { .. } => self.generation,
            DeliveryState::Failed { .. } => self.generation + 1,
            _ => return self.refuse("be given another time"),
        };
        let state = DeliveryState::Waiting {
            due: publish_at,
            doubt: None,
        };
        Ok(Self {
            publish_at: Some(publish_at),
            generation,
            state,
            ..self
        })
    }

    /// A person gives a delivery that still needs sign-offs another time.
    ///
    /// # Errors
    /// Unless it is pending, held or missed.
    pub fn replan(self, publish_at: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        match self.state {
            DeliveryState::Held { .. } if self.state.may_be_out() => self.refuse("be planned anew"),
            DeliveryState::Pending | DeliveryState::Held { .. } | DeliveryState::Missed { .. } => Ok(Self {
                publish_at: Some(publish_at),
                state: DeliveryState::Pending,
                ..self
            }),
            _ => self.refuse("be planned anew"),
        }
    }

    /// Taken back. Wins unless an intent is committed. Of a series that has begun, the rest is.
    ///
    /// # Errors
    /// When what it is about may be out, or it is final.
    pub fn cancel(self, by: UserId, now: DateTime<Utc>) -> Result<Self, InvalidTransition> {
        if self.state.may_be_out() || self.state.phase().is_final() {
            return self.refuse("be cancelled");
        }
        if self.series.out() > 0 {
            let why = "the rest of the series was taken back".to_owned();
            return Ok(self.become_(DeliveryState::Failed { why, at: now }));
        }
        Ok(self.become_(DeliveryState::Cancelled { by, at: now }))
    }
}
