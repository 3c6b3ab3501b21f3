//! The rules, one topic a file or folder, and the one function that runs them all.

mod accessible;
mod account;
mod accuracy;
mod allowance;
mod attestation;
mod capability;
mod correction;
mod duplicate;
mod form;
mod length;
mod links;
mod media;
mod media_limits;
mod outside;
mod personal;
mod report;
mod route;
pub(super) mod site;
mod text;
mod time;
mod window;
mod words;

use super::{
    case::Case,
    reading::{self, Reading},
    verdict::{TargetCount, Verdict},
};
use crate::domain::{
    finding::{Field, Severity},
    text::TextCount,
};
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

/// Every rule but those that a policy brings along: word lists (`words.<category>`), site rules
/// (`site.<name>`) and the answers of an outside checker (`outside.<rule>`).
pub fn all() -> impl Iterator<Item = &'static RuleInfo> {
    TOPICS.iter().copied().flatten()
}

const TOPICS: &[&[RuleInfo]] = &[
    account::RULES,
    route::RULES,
    attestation::RULES,
    window::RULES,
    time::RULES,
    capability::RULES,
    correction::RULES,
    media::RULES,
    length::RULES,
    allowance::RULES,
    text::RULES,
    links::RULES,
    personal::RULES,
    accuracy::RULES,
    accessible::RULES,
    form::RULES,
    duplicate::RULES,
    outside::RULES,
];

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let mut report = Report::new(case);
    let readings = reading::readings(case);
    account::check(&mut report);
    route::check(&mut report);
    attestation::check(&mut report);
    let next_allowed = window::check(&mut report);
    time::check(&mut report);
    capability::check(&mut report);
    correction::check(&mut report);
    media::check(&mut report);
    let counts = length::check(&mut report);
    allowance::check(&mut report);
    text::check(&mut report, &readings);
    links::check(&mut report, &readings);
    words::check(&mut report, &readings);
    personal::check(&mut report, &readings);
    accuracy::check(&mut report, &readings);
    accessible::check(&mut report, &readings);
    form::check(&mut report, &readings);
    duplicate::check(&mut report, &readings);
    outside::check(&mut report);
    site::check(&mut report);
    Verdict {
        policy: case.policy.digest(),
        findings: report.into_findings(),
        next_allowed,
        counts,
    }
}

#[cfg(test)]
mod tests {
    use super::all;
    use std::{collections::BTreeSet, fs, path::Path};

    const ROOT: &str = env!("CARGO_MANIFEST_DIR");
    const PREFIX: &str = "finding-";

    /// The texts of all files below a folder with this ending.
    fn texts(folder: &Path, ending: &str) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                found.extend(texts(&path, ending));
            } else if path.extension().is_some_and(|its| its == ending) {
                found.push(fs::read_to_string(&path).expect("a text"));
            }
        }
        found
    }

    /// The keys of findings in the texts of one language.
    fn keys(language: &str) -> BTreeSet<String> {
        texts(&Path::new(ROOT).join("config/locales").join(language), "ftl")
            .iter()
            .flat_map(|text| text.lines())
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key.to_owned())
            .filter(|key| key.starts_with(PREFIX))
            .collect()
    }

    #[test]
    fn every_message_exists_in_both_languages_and_none_is_left_over() {
        let sources = texts(&Path::new(ROOT).join("src/gate/rules"), "rs");
        let used: BTreeSet<String> = sources
            .iter()
            .flat_map(|source| source.split('"'))
            .filter(|literal| *literal != PREFIX && literal.starts_with(PREFIX))
            .map(str::to_owned)
            .collect();
        assert_eq!(used, keys("ja"));
        assert_eq!(used, keys("en"));
    }

    #[test]
    fn every_rule_has_one_id_and_a_clause() {
        let ids: BTreeSet<_> = all().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), all().count());
        assert!(all().all(|rule| !rule.clauses.is_empty()));
    }
}
