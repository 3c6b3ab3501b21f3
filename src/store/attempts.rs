//! Attempts: written down before the call, closed by what its answer proved.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{parse, parse_digest},
    sql::{fetch_all, fetch_optional, id, instant, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    attempt::{Attempt, IdempotencyKey, Outcome, OutcomeClass, RemoteRef},
    delivery::Fence,
    digest::{PolicyDigest, RevisionDigest},
    ids::{AttemptId, DeliveryId, OrganizationId},
};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, delivery_id, revision_digest, fence, generation, part, idempotency_key, policy_digest, authority, gate_epoch, intended_at, send_by, outcome, why, remote_id, remote_url, ended_at"
    };
}

statements! {
    /// Takes the organization's epoch under a share lock, so that a hold waits for open intents and
    /// every later intent sees the hold. One writer makes the lock needless on SQLite.
    EPOCH = each(
        "SELECT gate_epoch FROM organizations WHERE id = $1",
        "SELECT gate_epoch FROM organizations WHERE id = $1 FOR SHARE",
    );
    /// Claimed by us, the lease still runs: the delivery begins to be published, and the attempt is written down;
    /// else neither. SQLite runs two statements that share their values, PostgreSQL prepares only one.
    INTEND = each(
        "UPDATE deliveries SET state = 'publishing', attempt_id = unhex(meant.value ->> '$.id')
         FROM json_each($2) AS meant
         WHERE deliveries.id = unhex(meant.value ->> '$.delivery') AND +deliveries.organization_id = $1
           AND deliveries.fence = meant.value ->> '$.fence' AND +deliveries.state = 'claimed'
           AND +deliveries.lease_until > meant.value ->> '$.intended_at';
         INSERT INTO attempts (id, organization_id, delivery_id, revision_digest, fence, generation, part, idempotency_key,
                               policy_digest, authority, gate_epoch, intended_at, send_by)
         SELECT unhex(meant.value ->> '$.id'), $1, unhex(meant.value ->> '$.delivery'), unhex(meant.value ->> '$.revision'),
                meant.value ->> '$.fence', meant.value ->> '$.generation', meant.value ->> '$.part',
                unhex(meant.value ->> '$.key'), unhex(meant.value ->> '$.policy'), meant.value ->> '$.authority',
                meant.value ->> '$.gate_epoch', meant.value ->> '$.intended_at', meant.value ->> '$.send_by'
         FROM json_each($2) AS meant
         WHERE EXISTS (SELECT 1 FROM deliveries WHERE id = unhex(meant.value ->> '$.delivery')
                         AND +state = 'publishing' AND +attempt_id = unhex(meant.value ->> '$.id'))
         RETURNING id",
        "WITH meant AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS meant(id uuid, delivery uuid, revision text,
                fence bigint, generation bigint, part bigint, key uuid, policy text, authority text, gate_epoch bigint,
                intended_at timestamptz, send_by timestamptz)),
         mine AS (UPDATE deliveries SET state = 'publishing', attempt_id = meant.id FROM meant
             WHERE deliveries.id = meant.delivery AND deliveries.organization_id = $1 AND deliveries.fence = meant.fence
               AND deliveries.state = 'claimed' AND deliveries.lease_until > meant.intended_at
             RETURNING meant.id)
         INSERT INTO attempts (id, organization_id, delivery_id, revision_digest, fence, generation, part, idempotency_key,
                               policy_digest, authority, gate_epoch, intended_at, send_by)
         SELECT id, $1, delivery, decode(revision, 'hex'), fence, generation, part, key, decode(policy, 'hex'), authority,
                gate_epoch, intended_at, send_by
         FROM meant WHERE id IN (SELECT id FROM mine)
         RETURNING id",
    );
    /// Closes open attempts, or corrects those in doubt: a late answer is a fact.
    CLOSE = each(
        "UPDATE attempts SET outcome = ended.value ->> '$.outcome', why = ended.value ->> '$.why',
                remote_id = ended.value ->> '$.remote_id', remote_url = ended.value ->> '$.remote_url', ended_at = $3
         FROM json_each($2) AS ended
         WHERE attempts.id = unhex(ended.value ->> '$.id') AND +attempts.organization_id = $1
           AND (attempts.outcome IS NULL OR attempts.outcome = 'unknown')
         RETURNING id",
        "UPDATE attempts SET outcome = ended.outcome, why = ended.why,
                remote_id = ended.remote_id, remote_url = ended.remote_url, ended_at = $3
         FROM jsonb_to_recordset($2::jsonb) AS ended(id uuid, outcome text, why text, remote_id text, remote_url text)
         WHERE attempts.id = ended.id AND attempts.organization_id = $1
           AND (attempts.outcome IS NULL OR attempts.outcome = 'unknown')
         RETURNING attempts.id",
    );
    SELECT_BY_ID = same(
        concat!("SELECT ", columns!(), "
         FROM attempts WHERE id = $1 AND organization_id = $2"),
    );
    SELECT_BY_DELIVERY = same(
        concat!("SELECT ", columns!(), "
         FROM attempts WHERE delivery_id = $1 AND organization_id = $2 ORDER BY fence"),
    );
    SELECT_BY_DELIVERIES = each(
        concat!("SELECT ", columns!(), "
         FROM attempts WHERE organization_id = $1 AND delivery_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY fence"),
        concat!("SELECT ", columns!(), "
         FROM attempts WHERE organization_id = $1
           AND delivery_id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb)) ORDER BY fence"),
    );
}

/// An attempt that was inserted: [`intend`] alone makes one, and only a COMMIT turns it into the
/// `Committed<Intent>` that the door asks for.
#[derive(Debug)]
pub struct Intent {
    attempt: Attempt,
}

impl Intent {
    /// What was written down.
    #[must_use]
    pub const fn attempt(&self) -> &Attempt {
        &self.attempt
    }
}

/// Why an intent was not written.
#[derive(Debug, thiserror::Error)]
pub enum IntentError {
    /// A hold, policy, emergency or edit came between: ask the gate again.
    #[error("the gate's epoch moved from {evaluated} to {current}")]
    EpochMoved {
        /// What the permit was evaluated under.
        evaluated: i64,
        /// What it is now.
        current: i64,
    },
    /// The claim is gone: the lease ran out, or somebody cancelled or held the delivery.
    #[error("the claim on the delivery is gone")]
    ClaimLost,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The epoch of an organization's gate. It stays what it is until this transaction ends.
#[derive(Debug, Clone, Copy)]
pub struct Epoch {
    organization: OrganizationId,
    current: i64,
}

/// Reads the epoch and keeps it from moving.
///
/// # Errors
/// The database.
pub async fn epoch(tx: &mut Tx, organization: OrganizationId) -> Result<Epoch, StoreError> {
    let current: Option<(i64,)> = fetch_optional!(tx, (i64,), EPOCH, organization.uuid())?;
    Ok(Epoch {
        organization,
        current: current.map_or(-1, |(epoch,)| epoch),
    })
}

/// Writes attempts down, of deliveries that are publishing from here on; each for itself, in their order: one whose
/// claim is gone keeps no other from leaving.
///
/// # Errors
/// The database; nothing is to be kept then. For each see [`IntentError`]; nothing of it is written then.
pub async fn intend(
    tx: &mut Tx,
    epoch: Epoch,
    attempts: Vec<Attempt>,
) -> Result<Vec<Result<Intent, IntentError>>, StoreError> {
    let Epoch {
        organization,
        current,
    } = epoch;
    let of_now = attempts.iter().filter(|attempt| attempt.gate_epoch == current);
    let meant: serde_json::Value = of_now.map(row).collect();
    let rows = fetch_all!(tx, (Uuid,), INTEND, organization.uuid(), meant.to_string())?;
    tx.touched(2 * rows.len() as u64);
    let written: BTreeSet<_> = rows.into_iter().map(|(id,)| AttemptId::new(id)).collect();
    let each = |attempt: Attempt| {
        if attempt.gate_epoch != current {
            return Err(IntentError::EpochMoved {
                evaluated: attempt.gate_epoch,
                current,
            });
        }
        if !written.contains(&attempt.id) {
            return Err(IntentError::ClaimLost);
        }
        Ok(Intent { attempt })
    };
    Ok(attempts.into_iter().map(each).collect())
}

/// An attempt as [`INTEND`] reads it.
fn row(attempt: &Attempt) -> serde_json::Value {
    serde_json::json!({
        "id": id(attempt.id.uuid()),
        "delivery": id(attempt.delivery.uuid()),
        "revision": hex::encode(attempt.revision.as_bytes()),
        "fence": attempt.fence.0,
        "generation": attempt.generation,
        "part": attempt.part,
        "key": id(attempt.key.uuid()),
        "policy": hex::encode(attempt.policy.as_bytes()),
        "authority": attempt.authority.as_str(),
        "gate_epoch": attempt.gate_epoch,
        "intended_at": instant(attempt.intended_at),
        "send_by": instant(attempt.send_by),
    })
}

/// Records what an answer proved, by attempt id. Tells whether anything was recorded: an attempt that
/// was settled before keeps what it has.
///
/// # Errors
/// The database.
pub async fn close(
    tx: &mut Tx,
    organization: OrganizationId,
    attempt: AttemptId,
    outcome: &Outcome,
    at: DateTime<Utc>,
) -> Result<Recorded, StoreError> {
    let recorded = close_all(tx, organization, [(attempt, outcome)], at).await?;
    Ok(Recorded::of(&recorded, attempt))
}

/// The same of several attempts, each of which is named once. Tells of which anything was recorded.
///
/// # Errors
/// The database.
pub async fn close_all(
    tx: &mut Tx,
    organization: OrganizationId,
    ended: impl IntoIterator<Item = (AttemptId, &Outcome)>,
    at: DateTime<Utc>,
) -> Result<BTreeSet<AttemptId>, StoreError> {
    let ended: serde_json::Value = ended
        .into_iter()
        .map(|(id, outcome)| closing(id, outcome))
        .collect();
    let rows = fetch_all!(tx, (Uuid,), CLOSE, organization.uuid(), ended.to_string(), at)?;
    tx.touched(rows.len() as u64);
    Ok(rows.into_iter().map(|(id,)| AttemptId::new(id)).collect())
}

/// An attempt as [`CLOSE`] reads it.
fn closing(attempt: AttemptId, outcome: &Outcome) -> serde_json::Value {
    let remote = match outcome {
        Outcome::Published(remote) => Some(remote),
        _ => None,
    };
    serde_json::json!({
        "id": id(attempt.uuid()),
        "outcome": outcome.class().as_str(),
        "why": Some(outcome.why()).filter(|why| !why.is_empty()),
        "remote_id": remote.map(|remote| remote.id.as_str()),
        "remote_url": remote.and_then(|remote| remote.url.as_deref()),
    })
}

/// Whether an outcome was recorded now or an earlier one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Now.
    Now,
    /// An earlier one stands.
    Before,
}

impl Recorded {
    /// What became of one of the attempts that were closed together.
    #[must_use]
    pub fn of(recorded: &BTreeSet<AttemptId>, attempt: AttemptId) -> Self {
        if recorded.contains(&attempt) {
            Self::Now
        } else {
            Self::Before
        }
    }
}

/// An attempt with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAttempt {
    /// What was written down.
    pub attempt: Attempt,
    /// The class of its outcome, once it ended.
    pub outcome: Option<OutcomeClass>,
    /// What was said.
    pub why: Option<String>,
    /// Where it is, if it is out.
    pub remote: Option<RemoteRef>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// One attempt.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    attempt: AttemptId,
) -> Result<Option<PastAttempt>, StoreError> {
    fetch_optional!(reader, Row, SELECT_BY_ID, attempt.uuid(), organization.uuid())?
        .map(Row::parse)
        .transpose()
}

/// All attempts of a delivery, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of_delivery(
    reader: &mut Reader,
    organization: OrganizationId,
    delivery: DeliveryId,
) -> Result<Vec<PastAttempt>, StoreError> {
    fetch_all!(
        reader,
        Row,
        SELECT_BY_DELIVERY,
        delivery.uuid(),
        organization.uuid()
    )?
    .into_iter()
    .map(Row::parse)
    .collect()
}

/// All attempts of some deliveries, of each the oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of_deliveries(
    reader: &mut Reader,
    organization: OrganizationId,
    deliveries: impl Iterator<Item = DeliveryId>,
) -> Result<BTreeMap<DeliveryId, Vec<PastAttempt>>, StoreError> {
    let ids = listed(deliveries.map(|id| id.uuid()));
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for row in fetch_all!(reader, Row, SELECT_BY_DELIVERIES, organization.uuid(), ids)? {
        let past = row.parse()?;
        found.entry(past.attempt.delivery).or_default().push(past);
    }
    Ok(found)
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    delivery_id: Uuid,
    revision_digest: Vec<u8>,
    fence: i64,
    generation: i64,
    part: i64,
    idempotency_key: Uuid,
    policy_digest: Vec<u8>,
    authority: String,
    gate_epoch: i64,
    intended_at: DateTime<Utc>,
    send_by: DateTime<Utc>,
    outcome: Option<String>,
    why: Option<String>,
    remote_id: Option<String>,
    remote_url: Option<String>,
    ended_at: Option<DateTime<Utc>>,
}

impl Row {
    fn parse(self) -> Result<PastAttempt, StoreError> {
        const TABLE: &str = "attempts";
        let id = AttemptId::new(self.id);
        let attempt = Attempt {
            id,
            delivery: DeliveryId::new(self.delivery_id),
            revision: RevisionDigest::new(parse_digest(&self.revision_digest, TABLE, "revision_digest", id)?),
            fence: Fence(self.fence),
            generation: parse(&self.generation.to_string(), TABLE, "generation", id)?,
            part: parse(&self.part.to_string(), TABLE, "part", id)?,
            key: IdempotencyKey::new(self.idempotency_key),
            policy: PolicyDigest::new(parse_digest(&self.policy_digest, TABLE, "policy_digest", id)?),
            authority: parse(&self.authority, TABLE, "authority", id)?,
            gate_epoch: self.gate_epoch,
            intended_at: self.intended_at,
            send_by: self.send_by,
        };
        let outcome = self
            .outcome
            .map(|class| parse(&class, TABLE, "outcome", id))
            .transpose()?;
        let remote = self.remote_id.map(|remote| RemoteRef {
            id: remote,
            url: self.remote_url,
        });
        Ok(PastAttempt {
            attempt,
            outcome,
            why: self.why,
            remote,
            ended_at: self.ended_at,
        })
    }
}
