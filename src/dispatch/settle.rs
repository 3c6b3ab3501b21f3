//! What an outcome, or the end of a lease, makes of a delivery. Decisions only: no I/O, no clock.

use chrono::{DateTime, Utc};

use super::machine::Settlement;
use crate::{
    domain::{
        attempt::Outcome,
        delivery::{Delivery, DeliveryState, Fence, InvalidTransition},
        hold::{HoldCause, HoldReason},
        ids::AttemptId,
    },
    store::attempts::Recorded,
};

/// Why a delivery is held whose account waits to be connected again.
pub const NEEDS_RECONNECT: &str = "needs_reconnect";

/// The delivery after the settlement of an attempt that began under `fence`; none where it goes on without
/// this attempt, which sent `part`. A late acceptance is a fact even when the claim is gone.
#[must_use]
pub fn settled(
    before: &Delivery,
    fence: Fence,
    attempt: AttemptId,
    part: u16,
    settlement: Settlement,
    now: DateTime<Utc>,
    quiet_until: DateTime<Utc>,
) -> Option<Delivery> {
    let delivery = before.clone();
    if let Settlement::Published(remote) = settlement {
        return Some(delivery.accepted(part, remote, now));
    }
    let ours = matches!(before.state, DeliveryState::Publishing { attempt: open, .. } if open == attempt);
    if !ours {
        return None;
    }
    let result: Result<Delivery, InvalidTransition> = match settlement {
        Settlement::Published(_) => return None,
        Settlement::Later { due, .. } => delivery.retry_later(fence, due),
        Settlement::Park { .. } => {
            let reason = HoldReason {
                cause: HoldCause::Account,
                detail: NEEDS_RECONNECT.to_owned(),
            };
            delivery.park(fence, reason, now, quiet_until)
        }
        Settlement::Fail { outcome } => delivery.fail(fence, outcome.why().to_owned(), now, quiet_until),
        // Looked at at once: whether the key allows a repetition is decided there, and if not, it waits.
        Settlement::Doubt { .. } => delivery.doubt(now, now),
    };
    result.ok()
}

/// Whether a settlement still says something new of a delivery. Of an attempt that was settled before, only
/// that the post is out: a look can find it although the platform refused the last attempt as a duplicate.
#[must_use]
pub fn is_news(recorded: Recorded, before: &Delivery, part: u16, settlement: &Settlement) -> bool {
    match recorded {
        Recorded::Now => true,
        Recorded::Before => matches!(settlement, Settlement::Published(_)) && part >= before.series.out(),
    }
}

/// What the end of a lease means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseOver {
    /// Nothing was sent: it waits again.
    GivenBack(Delivery),
    /// An intent is committed: it may be out.
    InDoubt {
        /// The attempt whose worker vanished.
        attempt: AttemptId,
        /// What is known of it.
        outcome: Outcome,
        /// The delivery, in doubt.
        after: Delivery,
    },
}

/// Ends the lease of a delivery; none where it has no lease.
#[must_use]
pub fn lease_over(before: &Delivery, now: DateTime<Utc>) -> Option<LeaseOver> {
    match before.state {
        DeliveryState::Claimed { .. } => before.clone().give_back(now).ok().map(LeaseOver::GivenBack),
        DeliveryState::Publishing { attempt, .. } => {
            let outcome = Outcome::Unknown {
                why: "the worker vanished after the intent".to_owned(),
            };
            let after = before.clone().doubt(now, now).ok()?;
            Some(LeaseOver::InDoubt {
                attempt,
                outcome,
                after,
            })
        }
        _ => None,
    }
}
