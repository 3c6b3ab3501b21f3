//! The rules, one topic a file, and the one function that runs them all.

mod account;
mod capability;
mod duplicate;
mod length;
mod links;
mod report;
mod route;
mod shown;
mod text;
mod time;
mod window;
mod words;

use super::{
    case::Case,
    verdict::{TargetCount, Verdict},
};
use crate::domain::{finding::Severity, text::TextCount};
use report::{Found, Report};

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

    /// A rule that blocks, whatever a profile says.
    const fn fixed(id: &'static str, clauses: &'static [&'static str]) -> Self {
        Self {
            id,
            severity: Severity::Block,
            floor: Floor::Fixed,
            clauses,
        }
    }

    /// A rule that weighs this much unless a profile says otherwise.
    const fn adjustable(id: &'static str, severity: Severity, clauses: &'static [&'static str]) -> Self {
        Self {
            id,
            severity,
            floor: Floor::Adjustable,
            clauses,
        }
    }
}

/// Every rule but the word lists, whose ids are `words.<category>`.
pub const RULES: &[RuleInfo] = &[
    account::NOT_ACTIVE,
    account::HELD,
    account::EMERGENCY_HOLD,
    account::PURPOSE,
    account::EMERGENCY_NOT_LIVE,
    account::EMERGENCY_NO_COVER,
    route::INCOMPLETE,
    route::OWN_HAND,
    route::SAME_PERSON,
    window::CLOSED,
    window::NO_OPENING,
    window::CALENDAR_UNKNOWN,
    window::GRID,
    time::RANGE,
    time::PAST,
    time::EARLY,
    capability::ACT,
    capability::PARTS,
    capability::MEDIA,
    length::EXCEEDED,
    text::EMPTY,
    text::CONTROL,
    links::SHORTENER,
    links::PLATFORM_SHORT_HOST,
    duplicate::RECENT,
    duplicate::EVIDENCE_MISSING,
];

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let mut report = Report::new(case);
    account::check(&mut report);
    route::check(&mut report);
    let next_allowed = window::check(&mut report);
    time::check(&mut report);
    capability::check(&mut report);
    let counts = length::check(&mut report);
    text::check(&mut report);
    links::check(&mut report);
    words::check(&mut report);
    duplicate::check(&mut report);
    Verdict {
        policy: case.policy.digest(),
        findings: report.into_findings(),
        next_allowed,
        counts,
    }
}

#[cfg(test)]
mod tests {
    use super::RULES;
    use std::collections::BTreeSet;

    const SOURCES: &[&str] = &[
        include_str!("account.rs"),
        include_str!("capability.rs"),
        include_str!("duplicate.rs"),
        include_str!("length.rs"),
        include_str!("links.rs"),
        include_str!("route.rs"),
        include_str!("text.rs"),
        include_str!("time.rs"),
        include_str!("window.rs"),
        include_str!("words.rs"),
    ];

    #[test]
    fn every_message_exists_in_both_languages_and_none_is_left_over() {
        let used: BTreeSet<&str> = SOURCES
            .iter()
            .flat_map(|source| source.split('"'))
            .filter(|literal| literal.starts_with("finding-"))
            .collect();
        let keys = |text: &'static str| -> BTreeSet<&str> {
            text.lines()
                .filter(|line| !line.starts_with('#'))
                .filter_map(|line| line.split_once(" = "))
                .map(|(key, _)| key)
                .collect()
        };
        let ja = keys(include_str!("../../../config/locales/ja/findings.ftl"));
        let en = keys(include_str!("../../../config/locales/en/findings.ftl"));
        assert_eq!(used, ja);
        assert_eq!(used, en);
    }

    #[test]
    fn every_rule_has_one_id_and_a_clause() {
        let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
        assert!(RULES.iter().all(|rule| !rule.clauses.is_empty()));
    }
}
