//! A delivery's row, and the columns of its state.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::Stored;
use crate::{
    domain::{
        attempt::RemoteRef,
        delivery::{Delivery, DeliveryPhase, DeliveryState, Fence, Lease, Series},
        digest::RevisionDigest,
        flow::Priority,
        hold::HoldReason,
        ids::{AccountId, AttemptId, DeliveryId, OrganizationId, PostId, UserId},
    },
    store::{
        StoreError,
        error::{inconsistent, parse, parse_digest, present},
    },
};

#[derive(Debug, FromRow)]
pub(in crate::store) struct Row {
    id: Uuid,
    organization_id: Uuid,
    post_id: Uuid,
    account_id: Uuid,
    revision_digest: Vec<u8>,
    publish_at: Option<DateTime<Utc>>,
    miss_at: Option<DateTime<Utc>>,
    generation: i64,
    parts: i64,
    parts_out: i64,
    fence: i64,
    state: String,
    due_at: Option<DateTime<Utc>>,
    lease_owner: Option<String>,
    lease_until: Option<DateTime<Utc>>,
    attempt_id: Option<Uuid>,
    since: Option<DateTime<Utc>>,
    looks: Option<i64>,
    look_at: Option<DateTime<Utc>>,
    hold_cause: Option<String>,
    hold_detail: Option<String>,
    remote_id: Option<String>,
    remote_url: Option<String>,
    why: Option<String>,
    cancelled_by: Option<Uuid>,
    priority: i64,
    doubt_id: Option<Uuid>,
}

pub(super) const TABLE: &str = "deliveries";

impl Row {
    pub(in crate::store) fn parse(self) -> Result<Stored, StoreError> {
        let id = DeliveryId::new(self.id);
        let priority = if self.priority == 1 {
            Priority::Emergency
        } else {
            Priority::Ordinary
        };
        let miss_at = self.miss_at;
        let generation =
            i32::try_from(self.generation).map_err(|why| inconsistent(TABLE, "generation", id, why))?;
        let delivery = Delivery {
            id,
            organization: OrganizationId::new(self.organization_id),
            post: PostId::new(self.post_id),
            account: AccountId::new(self.account_id),
            revision: RevisionDigest::new(parse_digest(&self.revision_digest, TABLE, "revision_digest", id)?),
            publish_at: self.publish_at,
            generation,
            series: self.series(id)?,
            fence: Fence(self.fence),
            state: self.state(id)?,
        };
        Ok(Stored {
            delivery,
            priority,
            miss_at,
        })
    }

    fn series(&self, id: DeliveryId) -> Result<Series, StoreError> {
        let count =
            |parts: i64, column| u16::try_from(parts).map_err(|why| inconsistent(TABLE, column, id, why));
        let first = self.remote_id.clone().map(|id| RemoteRef {
            id,
            url: self.remote_url.clone(),
        });
        let (of, out) = (count(self.parts, "parts")?, count(self.parts_out, "parts_out")?);
        let series = Series::stored(of, out, first);
        present(series, TABLE, "remote_id", id)
    }

    fn state(self, id: DeliveryId) -> Result<DeliveryState, StoreError> {
        let phase: DeliveryPhase = parse(&self.state, TABLE, "state", id)?;
        let doubt = self.doubt_id.map(AttemptId::new);
        let since = || present(self.since, TABLE, "since", id);
        let attempt = || present(self.attempt_id, TABLE, "attempt_id", id).map(AttemptId::new);
        let lease = || {
            Ok::<_, StoreError>(Lease {
                owner: present(self.lease_owner.clone(), TABLE, "lease_owner", id)?,
                fence: Fence(self.fence),
                until: present(self.lease_until, TABLE, "lease_until", id)?,
            })
        };
        Ok(match phase {
            DeliveryPhase::Pending => DeliveryState::Pending,
            DeliveryPhase::Waiting => DeliveryState::Waiting {
                due: present(self.due_at, TABLE, "due_at", id)?,
                doubt,
            },
            DeliveryPhase::Claimed => DeliveryState::Claimed {
                lease: lease()?,
                doubt,
            },
            DeliveryPhase::Publishing => DeliveryState::Publishing {
                lease: lease()?,
                attempt: attempt()?,
                doubt,
            },
            DeliveryPhase::Unknown => DeliveryState::Unknown {
                attempt: attempt()?,
                since: since()?,
                looks: i32::try_from(present(self.looks, TABLE, "looks", id)?)
                    .map_err(|why| inconsistent(TABLE, "looks", id, why))?,
                look_at: present(self.look_at, TABLE, "look_at", id)?,
            },
            DeliveryPhase::NeedsHuman => DeliveryState::NeedsHuman {
                attempt: attempt()?,
                since: since()?,
            },
            DeliveryPhase::Held => DeliveryState::Held {
                reason: HoldReason {
                    cause: parse(
                        present(self.hold_cause.as_deref(), TABLE, "hold_cause", id)?,
                        TABLE,
                        "hold_cause",
                        id,
                    )?,
                    detail: present(self.hold_detail, TABLE, "hold_detail", id)?,
                },
                since: present(self.since, TABLE, "since", id)?,
            },
            DeliveryPhase::Missed => DeliveryState::Missed { at: since()? },
            DeliveryPhase::Published => DeliveryState::Published {
                at: since()?,
                remote: RemoteRef {
                    id: present(self.remote_id, TABLE, "remote_id", id)?,
                    url: self.remote_url,
                },
            },
            DeliveryPhase::Failed => DeliveryState::Failed {
                at: since()?,
                why: present(self.why, TABLE, "why", id)?,
            },
            DeliveryPhase::Cancelled => DeliveryState::Cancelled {
                at: since()?,
                by: UserId::new(present(self.cancelled_by, TABLE, "cancelled_by", id)?),
            },
        })
    }
}

/// The columns of a state and of where the first part is; what does not belong to it is NULL.
#[derive(Debug, Default)]
pub(super) struct Columns<'a> {
    pub(super) due_at: Option<DateTime<Utc>>,
    pub(super) lease: Option<&'a Lease>,
    pub(super) attempt: Option<AttemptId>,
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) looks: Option<i32>,
    pub(super) look_at: Option<DateTime<Utc>>,
    pub(super) reason: Option<&'a HoldReason>,
    pub(super) remote: Option<&'a RemoteRef>,
    pub(super) why: Option<&'a str>,
    pub(super) cancelled_by: Option<UserId>,
    pub(super) doubt: Option<AttemptId>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(delivery: &'a Delivery) -> Self {
        let state = &delivery.state;
        let none = Self {
            doubt: state.doubt(),
            remote: delivery.series.first(),
            ..Self::default()
        };
        match state {
            DeliveryState::Pending => none,
            DeliveryState::Waiting { due, .. } => Self {
                due_at: Some(*due),
                ..none
            },
            DeliveryState::Claimed { lease, .. } => Self {
                lease: Some(lease),
                ..none
            },
            DeliveryState::Publishing { lease, attempt, .. } => Self {
                lease: Some(lease),
                attempt: Some(*attempt),
                ..none
            },
            DeliveryState::Unknown {
                attempt,
                since,
                looks,
                look_at,
            } => Self {
                attempt: Some(*attempt),
                since: Some(*since),
                looks: Some(*looks),
                look_at: Some(*look_at),
                ..none
            },
            DeliveryState::NeedsHuman { attempt, since } => Self {
                attempt: Some(*attempt),
                since: Some(*since),
                ..none
            },
            DeliveryState::Held { reason, since } => Self {
                reason: Some(reason),
                since: Some(*since),
                ..none
            },
            DeliveryState::Missed { at } => Self {
                since: Some(*at),
                ..none
            },
            DeliveryState::Published { at, .. } => Self {
                since: Some(*at),
                ..none
            },
            DeliveryState::Failed { why, at } => Self {
                why: Some(why),
                since: Some(*at),
                ..none
            },
            DeliveryState::Cancelled { by, at } => Self {
                cancelled_by: Some(*by),
                since: Some(*at),
                ..none
            },
        }
    }
}
