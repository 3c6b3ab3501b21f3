//! Everything that the gate looks at: a snapshot, read in one transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::policy::Policy;
use crate::{
    domain::{
        account::Account,
        attestation::Given,
        calendar::Calendar,
        digest::{RevisionDigest, TextMark},
        emergency::Emergency,
        evidence::Evidence,
        hold::Hold,
        ids::{OrganizationId, UserId},
        records::Records,
        revision::{Content, Payload},
        route::Requirement,
        signoff::SignOff,
    },
    vocabulary,
};

vocabulary! {
    /// At which moment the gate is asked. `check`, `submit` and `approve` judge the planned time,
    /// `dispatch` judges now; an incomplete route is a finding only at dispatch.
    Phase {
        /// A dry run.
        Check = "check",
        /// The author hands it over.
        Submit = "submit",
        /// A signer approves.
        Approve = "approve",
        /// It is about to leave.
        Dispatch = "dispatch",
    }
}

/// One account that the post goes to, with what was read for it.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The account.
    pub account: &'a Account,
    /// What would leave for it.
    pub payload: &'a Payload,
    /// Marks of what the account published or queued in the last days, this post left out.
    /// `None` means that it could not be read, which fails closed.
    pub recent: Option<&'a BTreeSet<TextMark>>,
}

/// What is judged.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The moment.
    pub phase: Phase,
    /// Now.
    pub now: DateTime<Utc>,
    /// The planned time; none for a post that leaves when approved and has no time yet.
    pub planned: Option<DateTime<Utc>>,
    /// The organization.
    pub organization: OrganizationId,
    /// The organization's gate epoch in this snapshot.
    pub gate_epoch: i64,
    /// What is judged, for all its targets.
    pub content: &'a Content,
    /// Its digest.
    pub digest: RevisionDigest,
    /// The targets that are judged: all of them, or the one that is dispatched.
    pub targets: Vec<Target<'a>>,
    /// The author and everybody who edited any revision of the post.
    pub hands: &'a BTreeSet<UserId>,
    /// Standing sign-offs on any revision of the post.
    pub sign_offs: &'a [SignOff],
    /// What people assured of the latest revision, with a submission or a sign-off that stands.
    pub attested: &'a [Given],
    /// In which role the signer signs, at [`Phase::Approve`].
    pub signing: Option<Requirement>,
    /// Holds in force in the organization.
    pub holds: &'a [Hold],
    /// Emergencies of the organization that were not ended.
    pub emergencies: &'a [Emergency],
    /// The policy in force.
    pub policy: &'a Policy,
    /// National holidays.
    pub calendar: &'a Calendar,
    /// What the organization keeps for the checks.
    pub records: &'a Records,
    /// What was seen outside.
    pub evidence: &'a Evidence,
}

impl Case<'_> {
    /// The time at which citizens will read it, as far as it is known: now at dispatch, else the planned
    /// time, but never one that has passed.
    #[must_use]
    pub fn speaks_at(&self) -> DateTime<Utc> {
        match (self.phase, self.planned) {
            (Phase::Dispatch, _) | (_, None) => self.now,
            (_, Some(planned)) => planned.max(self.now),
        }
    }

    /// The live emergency that covers an account, if the content is an emergency post; of several the
    /// one that lasts longest.
    #[must_use]
    pub fn emergency_for(&self, account: &Account) -> Option<&Emergency> {
        use crate::domain::{account::EmergencyCover, revision::Kind};
        if self.content.kind != Kind::Emergency || account.emergency_cover != EmergencyCover::Covered {
            return None;
        }
        self.emergencies
            .iter()
            .filter(|emergency| emergency.covers(account.id, self.now))
            .max_by_key(|emergency| (emergency.expires_at, emergency.id))
    }
}
