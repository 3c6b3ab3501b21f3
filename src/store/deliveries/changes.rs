//! Transitions, several of which one statement can write.

use chrono::Duration;
use serde_json::{Value, json};

use super::row::Columns;
use crate::{
    domain::{
        delivery::Delivery,
        ids::{AttemptId, OrganizationId, UserId},
    },
    store::{
        StoreError,
        sql::{execute, id, instant, on, statements},
        tx::Tx,
    },
};

statements! {
    /// Writes whole states; the state, the fence and the times that were read must still be there: a
    /// delivery that waits can be given another time without either of the first two changing.
    UPDATE = each(
        "UPDATE deliveries SET
                publish_at = c.value ->> '$.publish_at', miss_at = c.value ->> '$.miss_at',
                generation = c.value ->> '$.generation', fence = c.value ->> '$.fence',
                state = c.value ->> '$.state', due_at = c.value ->> '$.due_at',
                lease_owner = c.value ->> '$.lease_owner', lease_until = c.value ->> '$.lease_until',
                attempt_id = unhex(c.value ->> '$.attempt_id'), since = c.value ->> '$.since',
                looks = c.value ->> '$.looks', look_at = c.value ->> '$.look_at',
                hold_cause = c.value ->> '$.hold_cause', hold_detail = c.value ->> '$.hold_detail',
                remote_id = c.value ->> '$.remote_id', remote_url = c.value ->> '$.remote_url',
                why = c.value ->> '$.why', cancelled_by = unhex(c.value ->> '$.cancelled_by'),
                doubt_id = unhex(c.value ->> '$.doubt_id'), parts_out = c.value ->> '$.parts_out'
         FROM json_each($2) AS c
         WHERE deliveries.id = unhex(c.value ->> '$.id') AND +deliveries.organization_id = $1
           AND +deliveries.state = c.value ->> '$.was_state' AND deliveries.fence = c.value ->> '$.was_fence'
           AND +deliveries.publish_at IS NOT DISTINCT FROM c.value ->> '$.was_publish_at'
           AND +deliveries.due_at IS NOT DISTINCT FROM c.value ->> '$.was_due_at'
           AND +deliveries.look_at IS NOT DISTINCT FROM c.value ->> '$.was_look_at'",
        "UPDATE deliveries SET
                publish_at = c.publish_at, miss_at = c.miss_at, generation = c.generation, fence = c.fence,
                state = c.state, due_at = c.due_at, lease_owner = c.lease_owner, lease_until = c.lease_until,
                attempt_id = c.attempt_id, since = c.since, looks = c.looks, look_at = c.look_at,
                hold_cause = c.hold_cause, hold_detail = c.hold_detail, remote_id = c.remote_id,
                remote_url = c.remote_url, why = c.why, cancelled_by = c.cancelled_by, doubt_id = c.doubt_id,
                parts_out = c.parts_out
         FROM jsonb_to_recordset($2::jsonb) AS c(
                id uuid, publish_at timestamptz, miss_at timestamptz, generation bigint, fence bigint, state text,
                due_at timestamptz, lease_owner text, lease_until timestamptz, attempt_id uuid, since timestamptz,
                looks bigint, look_at timestamptz, hold_cause text, hold_detail text, remote_id text,
                remote_url text, why text, cancelled_by uuid, doubt_id uuid, parts_out bigint, was_state text,
                was_fence bigint, was_publish_at timestamptz, was_due_at timestamptz, was_look_at timestamptz)
         WHERE deliveries.id = c.id AND deliveries.organization_id = $1
           AND deliveries.state = c.was_state AND deliveries.fence = c.was_fence
           AND deliveries.publish_at IS NOT DISTINCT FROM c.was_publish_at
           AND deliveries.due_at IS NOT DISTINCT FROM c.was_due_at
           AND deliveries.look_at IS NOT DISTINCT FROM c.was_look_at",
    );
}

/// A transition of a delivery.
#[derive(Debug, Clone)]
pub struct Change {
    /// What the row must still hold, by state, fence and times.
    pub before: Delivery,
    /// What it holds then.
    pub after: Delivery,
    /// How long after its time the account may still be served.
    pub grace: Duration,
}

impl Change {
    /// As [`UPDATE`] reads it.
    fn row(&self) -> Value {
        let (before, after) = (&self.before, &self.after);
        let (columns, expected) = (Columns::of(after), Columns::of(before));
        json!({
            "id": id(before.id.uuid()),
            "publish_at": after.publish_at.map(instant),
            "miss_at": after.publish_at.map(|publish_at| instant(publish_at + self.grace)),
            "generation": after.generation,
            "fence": after.fence.0,
            "state": after.state.phase().as_str(),
            "due_at": columns.due_at.map(instant),
            "lease_owner": columns.lease.map(|lease| &lease.owner),
            "lease_until": columns.lease.map(|lease| instant(lease.until)),
            "attempt_id": columns.attempt.map(AttemptId::uuid).map(id),
            "since": columns.since.map(instant),
            "looks": columns.looks,
            "look_at": columns.look_at.map(instant),
            "hold_cause": columns.reason.map(|reason| reason.cause.as_str()),
            "hold_detail": columns.reason.map(|reason| &reason.detail),
            "remote_id": columns.remote.map(|remote| &remote.id),
            "remote_url": columns.remote.and_then(|remote| remote.url.as_ref()),
            "why": columns.why,
            "cancelled_by": columns.cancelled_by.map(UserId::uuid).map(id),
            "doubt_id": columns.doubt.map(AttemptId::uuid).map(id),
            "parts_out": after.series.out(),
            "was_state": before.state.phase().as_str(),
            "was_fence": before.fence.0,
            "was_publish_at": before.publish_at.map(instant),
            "was_due_at": expected.due_at.map(instant),
            "was_look_at": expected.look_at.map(instant),
        })
    }
}

/// Writes a transition: `before` must still be what the row holds, by state, fence and times.
///
/// # Errors
/// [`StoreError::Stale`] when it is not; the database.
pub async fn update(
    tx: &mut Tx,
    before: &Delivery,
    after: &Delivery,
    grace: Duration,
) -> Result<(), StoreError> {
    let change = Change {
        before: before.clone(),
        after: after.clone(),
        grace,
    };
    update_all(tx, before.organization, &[change]).await
}

/// Writes transitions of an organization's deliveries, at most one of each: all of them, or none.
///
/// # Errors
/// [`StoreError::Stale`] when a row is not what it was, and the transaction must not be kept then; the database.
pub async fn update_all(
    tx: &mut Tx,
    organization: OrganizationId,
    changes: &[Change],
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let rows: Value = changes.iter().map(Change::row).collect();
    let written = execute!(tx, UPDATE, organization.uuid(), rows.to_string())?;
    if usize::try_from(written) == Ok(changes.len()) {
        Ok(())
    } else {
        Err(StoreError::Stale(UPDATE.name))
    }
}
