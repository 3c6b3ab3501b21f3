//! What the gate has to say.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::{
    digest::{FindingId, PolicyDigest},
    finding::{Finding, Severity},
    ids::AccountId,
    text::TextCount,
};

/// Used and allowed length of one part for one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetCount {
    /// The account.
    pub account: AccountId,
    /// Which part, from 0.
    pub part: usize,
    /// The length of its text.
    pub count: TextCount,
}

/// The result of all rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The policy version that judged.
    pub policy: PolicyDigest,
    /// Everything that was found, worst first.
    pub findings: Vec<Finding>,
    /// When the window is closed at the judged time: the next time at which all targets may speak.
    pub next_allowed: Option<DateTime<Utc>>,
    /// Lengths, per target and part.
    pub counts: Vec<TargetCount>,
}

impl Verdict {
    /// Findings that nobody can wave through.
    pub fn blocks(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Block)
    }

    /// Findings that need an acknowledgement and are not among those given.
    pub fn unacknowledged<'a>(&'a self, given: &'a BTreeSet<FindingId>) -> impl Iterator<Item = &'a Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Confirm && !given.contains(&finding.id))
    }

    /// Whether nothing blocks.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.blocks().next().is_none()
    }
}
