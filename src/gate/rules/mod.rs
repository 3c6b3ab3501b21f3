//! The rules, one file each, and the one function that runs them all.

use super::{case::Case, verdict::Verdict};
use crate::domain::finding::Severity;

/// Whether a profile may make a rule weaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// Never.
    Fixed,
    /// A profile decides.
    Adjustable,
}

/// What is known of a rule without running it.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo {
    /// Its stable id.
    pub id: &'static str,
    /// How much it weighs unless a profile says otherwise.
    pub severity: Severity,
    /// Whether a profile may make it weaker.
    pub floor: Floor,
    /// The clauses that it keeps.
    pub clauses: &'static [&'static str],
}

impl RuleInfo {
    /// Whether no profile can make it weaker.
    #[must_use]
    pub const fn is_floor(&self) -> bool {
        matches!(self.floor, Floor::Fixed)
    }
}

/// Every rule but the word lists, whose ids are `words.<category>`.
pub const RULES: &[RuleInfo] = &[];

pub(super) fn run(case: &Case<'_>) -> Verdict {
    Verdict {
        policy: case.policy.digest(),
        findings: Vec::new(),
        next_allowed: None,
        counts: Vec::new(),
    }
}
