//! Accounts, revisions and the stand-in for the gate.

use chrono::{DateTime, Duration, Utc};

use super::{Guard, server::Server};
use crate::domain::{
    account::KeySupport,
    delivery::Delivery,
    digest::RevisionDigest,
    hold::{HoldCause, HoldReason},
};

/// How long the window stays shut once it closes.
const SHUT: Duration = Duration::minutes(15);

/// One account, as the database has it, and its server.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) keys: KeySupport,
    pub(super) grace: Duration,
    pub(super) closes_at: DateTime<Utc>,
    pub(super) holds: u32,
    pub(super) connection: Connection,
    pub(super) server: Server,
}

/// Whether the credential is believed to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    Usable,
    NeedsReconnect,
}

/// A revision as it is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Revision {
    /// What it says now; another thing than what was signed, if somebody changed the row.
    pub(super) content: u64,
    pub(super) signed: Signed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    Yes,
    No,
}

/// The digest of a content: its number.
pub(super) fn digest(content: u64) -> RevisionDigest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&content.to_be_bytes());
    RevisionDigest::new(bytes)
}

/// What the simulated gate gives.
#[derive(Debug, Clone, Copy)]
pub(super) struct ModelPermit {
    pub(super) content: u64,
    pub(super) gate_epoch: i64,
    pub(super) send_by: DateTime<Utc>,
}

/// What the simulated gate says.
#[derive(Debug, Clone)]
pub(super) enum Judgement {
    Permit(ModelPermit),
    Refusal(HoldReason),
    /// Nothing is wrong, but the time is over.
    TooLate,
}

impl Account {
    pub(super) fn is_shut(&self, now: DateTime<Utc>) -> bool {
        self.closes_at <= now && now < self.closes_at + SHUT
    }

    /// Whether the gate would consent now, time left aside.
    pub(super) fn is_open_for(
        &self,
        delivery: &Delivery,
        revision: Revision,
        now: DateTime<Utc>,
        without: Option<Guard>,
    ) -> bool {
        let far = DateTime::<Utc>::MAX_UTC;
        let judgement = self.judge(delivery, revision, far, 0, now, without);
        !matches!(judgement, Judgement::Refusal(_))
    }

    /// Judges a delivery, as the gate does: holds, status, window, signatures, digest; and until when.
    pub(super) fn judge(
        &self,
        delivery: &Delivery,
        revision: Revision,
        lease_until: DateTime<Utc>,
        gate_epoch: i64,
        now: DateTime<Utc>,
        without: Option<Guard>,
    ) -> Judgement {
        let refusal = |cause, rule: &str| {
            Judgement::Refusal(HoldReason {
                cause,
                detail: rule.to_owned(),
            })
        };
        let is_what_was_signed = digest(revision.content) == delivery.revision;
        if without != Some(Guard::Digest) && !is_what_was_signed {
            return refusal(HoldCause::Gate, "gate.mismatch");
        }
        if revision.signed == Signed::No {
            return refusal(HoldCause::Gate, "route.incomplete");
        }
        if self.holds > 0 {
            return refusal(HoldCause::Hold, "account.held");
        }
        if self.connection == Connection::NeedsReconnect {
            return refusal(HoldCause::Account, "account.needs_reconnect");
        }
        if self.is_shut(now) {
            return refusal(HoldCause::Window, "window.closed");
        }
        let closes = (now < self.closes_at).then_some(self.closes_at);
        let missed = delivery.publish_at.map(|at| at + self.grace);
        let ends = [closes, missed].into_iter().flatten();
        let send_by = ends.fold(lease_until, DateTime::min);
        if send_by <= now {
            return Judgement::TooLate;
        }
        Judgement::Permit(ModelPermit {
            content: revision.content,
            gate_epoch,
            send_by,
        })
    }
}
