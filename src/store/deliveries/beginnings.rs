//! Deliveries begin their life, several by one statement.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    domain::{
        abilities::Preparation, delivery::Delivery, digest::TextMark, flow::Priority, ids::OrganizationId,
    },
    store::{
        StoreError,
        sql::{execute, id, instant, on, statements},
        tx::Tx,
    },
};

statements! {
    INSERT = each(
        "INSERT INTO deliveries (id, organization_id, post_id, account_id, revision_digest, priority, fingerprint,
                                 sketch, publish_at, miss_at, generation, parts, parts_out, fence, state, created_at, prepares)
         SELECT unhex(new.value ->> '$.id'), $1, unhex(new.value ->> '$.post'), unhex(new.value ->> '$.account'),
                unhex(new.value ->> '$.revision'), new.value ->> '$.priority', unhex(new.value ->> '$.fingerprint'),
                new.value ->> '$.sketch', new.value ->> '$.publish_at', new.value ->> '$.miss_at', 0,
                new.value ->> '$.parts', 0, 0, 'pending', $3, new.value ->> '$.prepares'
         FROM json_each($2) AS new",
        "INSERT INTO deliveries (id, organization_id, post_id, account_id, revision_digest, priority, fingerprint,
                                 sketch, publish_at, miss_at, generation, parts, parts_out, fence, state, created_at, prepares)
         SELECT id, $1, post, account, decode(revision, 'hex'), priority, decode(fingerprint, 'hex'),
                sketch, publish_at, miss_at, 0, parts, 0, 0, 'pending', $3, prepares
         FROM jsonb_to_recordset($2::jsonb) AS new(id uuid, post uuid, account uuid, revision text, priority bigint,
                fingerprint text, sketch bigint, publish_at timestamptz, miss_at timestamptz, parts bigint, prepares bigint)",
    );
}

/// A delivery that begins its life: pending.
#[derive(Debug, Clone)]
pub struct New {
    /// The delivery.
    pub delivery: Delivery,
    /// Whether it goes before others.
    pub priority: Priority,
    /// Whether it has to be made ready beforehand.
    pub preparation: Preparation,
    /// What tells its text from others.
    pub mark: TextMark,
    /// How long after its time the account may still be served.
    pub grace: Duration,
}

impl New {
    /// From then on it is missed.
    #[must_use]
    pub fn miss_at(&self) -> Option<DateTime<Utc>> {
        self.delivery.publish_at.map(|publish_at| publish_at + self.grace)
    }

    /// As [`INSERT`] reads it.
    fn row(&self) -> Value {
        let delivery = &self.delivery;
        json!({
            "id": id(delivery.id.uuid()),
            "post": id(delivery.post.uuid()),
            "account": id(delivery.account.uuid()),
            "revision": hex::encode(delivery.revision.as_bytes()),
            "priority": i64::from(self.priority == Priority::Emergency),
            "fingerprint": hex::encode(self.mark.fingerprint.as_bytes()),
            "sketch": self.mark.sketch.cast_signed(),
            "publish_at": delivery.publish_at.map(instant),
            "miss_at": self.miss_at().map(instant),
            "parts": delivery.series.parts(),
            "prepares": i64::from(self.preparation == Preparation::Needed),
        })
    }
}

/// Stores deliveries of an organization that begin their life.
///
/// # Errors
/// [`StoreError::Duplicate`] when a post has a live delivery to its account already; the database.
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    new: &[New],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let rows: Value = new.iter().map(New::row).collect();
    execute!(tx, INSERT, organization.uuid(), rows.to_string(), at).map(drop)
}
