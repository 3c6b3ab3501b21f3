//! Attempts: one call to a platform each.

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::{deliveries::RemoteJson, moment::Moment, words};
use crate::{
    domain::attempt::{Authority, OutcomeClass},
    service::PastAttempt,
};

/// One call to a platform, written down before it was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Attempt", as = Attempt)]
pub struct AttemptJson {
    id: String,
    /// The digest of what was sent.
    digest: String,
    /// The order to send that it obeyed.
    generation: i32,
    /// The key under which the platform recognises a repetition.
    idempotency_key: String,
    /// The version of the policy under which the gate consented.
    policy: String,
    /// On whose authority.
    #[schema(schema_with = words::authority)]
    authority: Authority,
    /// When it was written down.
    intended_at: Moment,
    /// The call did not start after this.
    send_by: Moment,
    /// What the answer proves; null while it is under way.
    #[schema(schema_with = words::outcome, nullable)]
    outcome: Option<OutcomeClass>,
    /// What was said.
    why: Option<String>,
    /// Where it is, if it is out.
    remote: Option<RemoteJson>,
    /// When it ended.
    ended_at: Option<Moment>,
}

impl AttemptJson {
    pub(super) fn new(past: &PastAttempt, zone: Tz) -> Self {
        let attempt = &past.attempt;
        Self {
            id: attempt.id.to_string(),
            digest: attempt.revision.to_string(),
            generation: attempt.generation,
            idempotency_key: attempt.key.uuid().to_string(),
            policy: attempt.policy.to_string(),
            authority: attempt.authority,
            intended_at: Moment::new(attempt.intended_at, zone),
            send_by: Moment::new(attempt.send_by, zone),
            outcome: past.outcome,
            why: past.why.clone(),
            remote: past.remote.as_ref().map(RemoteJson::from),
            ended_at: past.ended_at.map(|at| Moment::new(at, zone)),
        }
    }
}
