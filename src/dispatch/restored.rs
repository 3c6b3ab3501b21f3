//! A database that was set back does not know what left since: whatever was approved in it is held, nothing
//! leaves before a person lifts the hold, and the platforms are asked what is out.
//!
//! It is noticed when a node starts on a copy that is marked as one, when no node has lived for longer than
//! [`LONGEST_SILENCE`], when a running node does not find its own sign of life as it left it, and when the database
//! lacks what was once seen in it, or is part of another history: after a fail-over.

use std::sync::PoisonError;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Dispatcher, record};
use crate::{
    domain::{
        actor::Actor,
        attempt::{Outcome, Sighting},
        delivery::{Delivery, DeliveryState},
        hold::{Hold, HoldCause, HoldReason, HoldScope},
        ids::{HoldId, OrganizationId, RestorationId},
        revision::Act,
    },
    service::{Service, ServiceError, tell_corrected, told},
    store::{
        StoreError, Tx,
        deliveries::{self, Stored},
        histories, holds, leases, nodes, organizations, posts,
        restorations::{self, Restoration},
    },
};

/// How often a node says that it lives.
pub(super) const BEAT: TimeDelta = TimeDelta::seconds(20);

/// Without any sign of life for this long, the database may be an old one.
pub const LONGEST_SILENCE: TimeDelta = TimeDelta::minutes(15);

/// How long one node keeps the turn to look for what may have left.
const LEASE: TimeDelta = TimeDelta::minutes(3);

/// How many deliveries are looked for in one round.
const LOOKS: i64 = 1000;

/// Why somebody asks whether the database was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// The node begins.
    Starting,
    /// The node slept too long, or its sign of life is not as it left it then.
    SignOfLifeLost {
        /// What it wrote last.
        left: DateTime<Utc>,
    },
    /// A connection led to a database of another history.
    OtherHistory,
}

/// What a fail-over of PostgreSQL may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOver {
    /// The standby may lack the last commits: whatever was to leave is looked for first.
    MayLose,
    /// The standby commits with the primary, so a fail-over means nothing.
    LosesNothing,
}

/// What is known of a time that is missing from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    /// Somebody said so: the database is a copy.
    Copy(Restoration),
    /// Nobody lived for a while.
    Silence(Restoration),
}

impl Past {
    const fn restoration(self) -> Restoration {
        match self {
            Self::Copy(restoration) | Self::Silence(restoration) => restoration,
        }
    }

    fn reason(self) -> String {
        let as_of = self.restoration().as_of.format("%Y-%m-%d %H:%M:%SZ");
        match self {
            Self::Copy(_) => format!(
                "{as_of} 時点の控えから復元されたデータベースです。その後の投稿状況を確認してから解除してください \
                 / restored from a copy as of {as_of}: check what left since, then lift"
            ),
            Self::Silence(_) => format!(
                "{as_of} 以降、稼働の記録がありません。その間の投稿状況を確認してから解除してください \
                 / no sign of life since {as_of}: check what left since, then lift"
            ),
        }
    }
}

impl Dispatcher {
    /// Enters this node, or says that it still lives; before that, holds what a database that was set back
    /// would let go. Answers when the next sign of life counts from.
    ///
    /// # Errors
    /// The database; nothing may leave then.
    pub(super) async fn live(&self, last: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, ServiceError> {
        let now = self.service.now();
        let Some(last) = last else {
            return self.recover(Occasion::Starting, now).await;
        };
        if self.is_elsewhere() {
            return self.recover(Occasion::OtherHistory, now).await;
        }
        if now - last < BEAT {
            return Ok(last);
        }
        if now - last > LONGEST_SILENCE {
            return self.recover(Occasion::SignOfLifeLost { left: last }, now).await;
        }
        let name = self.lease_owner();
        let beaten = self
            .service
            .store
            .write(move |tx| Box::pin(async move { nodes::beat(tx, &name, last, now).await }))
            .await;
        match beaten {
            Ok(_) => {
                self.service.store.note_its_past().await?;
                Ok(now)
            }
            Err(StoreError::Stale(_)) => self.recover(Occasion::SignOfLifeLost { left: last }, now).await,
            Err(why) => Err(why.into()),
        }
    }

    /// Whether the database is part of another history than when this node registered.
    pub(super) fn is_elsewhere(&self) -> bool {
        let known = self.registered_in.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = known
            .as_ref()
            .is_some_and(|known| *known != self.service.store.history());
        moved && self.config.fail_over == FailOver::MayLose
    }

    /// This node stops as it should: that no sign of life follows means nothing.
    pub(super) async fn leave(&self) -> Result<usize, ServiceError> {
        let name = self.lease_owner();
        self.service.store.note_its_past().await?;
        let left = self
            .service
            .store
            .write(move |tx| Box::pin(async move { nodes::remove(tx, &name).await }))
            .await;
        left.map(|_| 0).map_err(ServiceError::from)
    }

    async fn recover(&self, occasion: Occasion, now: DateTime<Utc>) -> Result<DateTime<Utc>, ServiceError> {
        let (service, name) = (self.service.clone(), self.lease_owner());
        let (quiet, fail_over) = (now + self.pace.quiet, self.config.fail_over);
        let (held, history) = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    // Whoever else starts at the same time waits here, and then finds us alive.
                    leases::take(tx, "restoration", &name, now, now).await?;
                    let mut held = 0;
                    let history = service.store.history();
                    let lacks = fail_over == FailOver::MayLose && service.store.lacks_its_past(tx).await?;
                    let past = match restorations::open(tx).await? {
                        Some(marked) => Some(Past::Copy(marked)),
                        None if lacks || is_missing(tx, &name, occasion, now).await? => {
                            silence(&service, tx).await?
                        }
                        None => None,
                    };
                    if let Some(past) = past {
                        for organization in organizations::all(tx).await? {
                            held += hold_all(&service, tx, organization.id, past, now, quiet).await?;
                        }
                        restorations::handle(tx, now).await?;
                    }
                    nodes::forget(tx, now - LONGEST_SILENCE).await?;
                    nodes::register(tx, &name, now).await?;
                    histories::keep(tx, &history).await?;
                    Ok::<_, ServiceError>((held, history))
                })
            })
            .await?
            .into_inner();
        *self.registered_in.lock().unwrap_or_else(PoisonError::into_inner) = Some(history);
        self.service.store.note_its_past().await?;
        if held > 0 {
            tracing::error!(
                held,
                "the database was set back or left alone: all of it is held until somebody lifts the hold"
            );
        }
        Ok(now)
    }

    /// Looks for what may have left before the database was restored, if this node has the turn. Tells how
    /// many it settled.
    ///
    /// # Errors
    /// The database.
    pub async fn look_for_restored(&self) -> Result<usize, ServiceError> {
        let mut reader = self.service.store.read().await?;
        let held = restorations::to_look_for(&mut reader, LOOKS).await?;
        drop(reader);
        if held.is_empty() || self.take_turn("restored", LEASE).await? == leases::Taken::Theirs {
            return Ok(0);
        }
        let mut settled = 0;
        for stored in held {
            let id = stored.delivery.id;
            match self.look_for(&stored.delivery).await {
                Ok(count) => settled += count,
                Err(why) => tracing::warn!(delivery = %id, %why, "it could not be looked for now"),
            }
        }
        Ok(settled)
    }

    async fn look_for(&self, delivery: &Delivery) -> Result<usize, ServiceError> {
        let now = self.service.now();
        let mut reader = self.service.store.read().await?;
        let Some(restoration) = restoration_of(&delivery.state) else {
            return Ok(0);
        };
        let Some(Restoration { as_of, .. }) = restorations::find(&mut reader, restoration).await? else {
            return Ok(0);
        };
        let judged = self.snapshot_of(&mut reader, delivery, now).await?;
        drop(reader);
        let account = judged.account(delivery.account)?;
        let content = &judged.revision.content;
        let act = content.act;
        let sighting = self.sight(delivery, account, content, as_of).await?;
        tracing::info!(delivery = %delivery.id, ?sighting, "looked for what may have left before the restoration");
        match sighting {
            Sighting::Seen(remote) => {
                self.change_restored(delivery, act, "delivery.found", move |d| {
                    Ok(d.clone().accepted(d.series.out(), remote, now))
                })
                .await
            }
            Sighting::Absent | Sighting::FellThrough { .. } => {
                self.change_restored(delivery, act, "delivery.not_found", move |d| d.not_found(now))
                    .await
            }
            Sighting::Underway { .. } | Sighting::CannotTell { .. } => Ok(0),
        }
    }

    /// Applies a transition to a delivery that is still held because of the restoration.
    async fn change_restored<F>(
        &self,
        delivery: &Delivery,
        act: Act,
        verb: &'static str,
        transition: F,
    ) -> Result<usize, ServiceError>
    where
        F: FnOnce(Delivery) -> Result<Delivery, crate::domain::delivery::InvalidTransition> + Send + 'static,
    {
        let service = self.service.clone();
        let (organization, id, post) = (delivery.organization, delivery.id, delivery.post);
        let settled = self
            .service
            .store
            .write(move |tx| {
                Box::pin(async move {
                    posts::find_for_update(tx, organization, post).await?;
                    let Some(Stored { delivery, .. }) = deliveries::find(tx, organization, id).await? else {
                        return Ok(0);
                    };
                    if restoration_of(&delivery.state).is_none() {
                        return Ok(0);
                    }
                    let after = transition(delivery.clone())?;
                    record::change(&service, tx, &delivery, &after, verb, serde_json::json!({})).await?;
                    let by = Actor::Dispatcher;
                    if let DeliveryState::Published { remote, .. } = &after.state {
                        tell_corrected(&service, tx, &after, act, remote, by).await?;
                    }
                    crate::service::settle_post(&service, tx, organization, post, by, service.now()).await?;
                    Ok::<_, ServiceError>(1)
                })
            })
            .await?;
        Ok(settled.into_inner())
    }
}

/// The restoration for which a delivery is held.
fn restoration_of(state: &DeliveryState) -> Option<RestorationId> {
    match state {
        DeliveryState::Held { reason, .. } if reason.cause == HoldCause::Restored => {
            reason.detail.parse().ok()
        }
        _ => None,
    }
}

/// Marks the time after the newest thing that the database knows of, if it knows of any.
async fn silence(service: &Service, tx: &mut Tx) -> Result<Option<Past>, StoreError> {
    let Some(as_of) = restorations::newest_entry(tx).await? else {
        return Ok(None);
    };
    let restoration = Restoration {
        id: RestorationId::new(service.ids.next()),
        as_of,
    };
    restorations::mark(tx, restoration).await?;
    Ok(Some(Past::Silence(restoration)))
}

/// Whether nobody lived for too long, or this node's row is older than the node left it. A node that slept
/// while others lived missed nothing, nor does one begin where all others stopped as they should.
async fn is_missing(
    tx: &mut Tx,
    name: &str,
    occasion: Occasion,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if let Occasion::SignOfLifeLost { left } = occasion
        && nodes::seen(tx, name).await?.is_some_and(|seen| seen != left)
    {
        return Ok(true);
    }
    Ok(match nodes::last_seen(tx).await? {
        Some(last) => now - last > LONGEST_SILENCE,
        None => matches!(occasion, Occasion::SignOfLifeLost { .. }),
    })
}

/// Holds an organization and everything in it that was approved and has not come to an end.
async fn hold_all(
    service: &Service,
    tx: &mut Tx,
    organization: OrganizationId,
    past: Past,
    now: DateTime<Utc>,
    quiet: DateTime<Utc>,
) -> Result<usize, ServiceError> {
    organizations::bump_epoch(tx, organization).await?;
    let moving = restorations::in_motion(tx, organization).await?;
    if moving.is_empty() && matches!(past, Past::Silence(_)) {
        return Ok(0);
    }
    let restoration = past.restoration();
    let hold = Hold {
        id: HoldId::new(service.ids.next()),
        scope: HoldScope::Organization,
        reason: past.reason(),
        set_by: None,
        set_at: now,
        lifted: None,
    };
    holds::insert(tx, organization, &hold).await?;
    let details = serde_json::json!({
        "scope": "organization", "reason": hold.reason, "as_of": restoration.as_of.to_rfc3339(),
        "restoration": restoration.id.to_string(), "deliveries": moving.len(),
    });
    let told = told(organization, Actor::Dispatcher, "hold.set", hold.id).with(details);
    service.tell(tx, told).await?;
    let count = moving.len();
    for stored in moving {
        put_away(service, tx, stored.delivery, restoration, now, quiet).await?;
    }
    Ok(count + 1)
}

/// What was being published is in doubt, as after a crash; what waited may have left.
async fn put_away(
    service: &Service,
    tx: &mut Tx,
    before: Delivery,
    restoration: Restoration,
    now: DateTime<Utc>,
    quiet: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if let DeliveryState::Publishing { attempt, .. } = before.state {
        let outcome = Outcome::Unknown {
            why: "the database was restored while it was being published".to_owned(),
        };
        let after = before.clone().doubt(now, now)?;
        return record::in_doubt(service, tx, &before, &after, attempt, &outcome).await;
    }
    let after = before
        .clone()
        .hold(HoldReason::restored(restoration.id), now, quiet)?;
    let details = serde_json::json!({ "restoration": restoration.id.to_string() });
    Ok(record::change(service, tx, &before, &after, "delivery.held", details).await?)
}
