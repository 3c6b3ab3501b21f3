//! What a profile may say of rules, and what is wrong with one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    names,
    policy::{Bilingual, PolicyError, Profile},
    rules,
    word_lists::WordList,
};
use crate::{domain::finding::Severity, vocabulary};

/// The topics whose rules may weigh less in an emergency, and the rule on an account's papers.
const EMERGENCY_TOPICS: [&str; 4] = ["alt.", "readable.", "form.", "account.policy_incomplete"];

vocabulary! {
    /// What the answers of an outside checker count.
    #[derive(Default)]
    OutsideChecker {
        /// Nothing: it is not asked.
        Off = "off",
        /// Shown and acknowledged, never a stop; its silence stops nothing.
        Advisory = "advisory",
        /// Where the site has one, as [`Self::Required`]; where it has none, nothing.
        #[default]
        WhereThereIsOne = "where_there_is_one",
        /// As it says; without an answer nothing leaves, emergencies excepted.
        Required = "required",
    }
}

impl OutsideChecker {
    /// Whether it counts nothing.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }

    /// Whether nothing leaves without its answer, once there is one to be asked.
    #[must_use]
    pub const fn stops(&self) -> bool {
        matches!(self, Self::WhereThereIsOne | Self::Required)
    }

    /// Whether a document need not say it.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        matches!(self, Self::WhereThereIsOne)
    }
}

/// A rule of the site's own: an expression that is true of what it finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRule {
    /// Its name, of lower-case letters, digits and `_`; the rule is `site.<name>`.
    pub name: String,
    /// When it finds something: an expression in CEL over `post`, `account`, `author` and `time`.
    pub when: String,
    /// How much that weighs.
    pub severity: Severity,
    /// The clauses that it keeps.
    #[serde(default)]
    pub clauses: Vec<String>,
    /// What to tell people: what is wrong, and what to do.
    pub message: Bilingual,
}

/// Which table of a profile gives a rule a severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// Always.
    Severities,
    /// In emergencies.
    InEmergency,
}

impl Table {
    /// Its key in the file.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Severities => "severities",
            Self::InEmergency => "in_emergency",
        }
    }
}

/// Every entry of the two tables that cannot be, in the order of the tables.
pub(super) fn wrong_severities<'a>(
    profile: &'a Profile,
    words: &'a [WordList],
) -> impl Iterator<Item = ((Table, &'a str), PolicyError)> {
    let entries = |table, entries: &'a BTreeMap<String, Severity>| {
        entries
            .iter()
            .map(move |(rule, severity)| (table, rule.as_str(), *severity))
    };
    entries(Table::Severities, &profile.severities)
        .chain(entries(Table::InEmergency, &profile.in_emergency))
        .filter_map(|(table, rule, severity)| {
            let problem = wrong_severity(table, rule, severity, words)?;
            Some(((table, rule), problem))
        })
}

fn wrong_severity(table: Table, rule: &str, severity: Severity, words: &[WordList]) -> Option<PolicyError> {
    let known = rules::all().find(|info| info.id == rule);
    match known {
        None if !is_of_words(rule, words) && !is_of_outside(rule) => {
            Some(PolicyError::UnknownRule(rule.to_owned()))
        }
        Some(info) if info.is_floor() && severity != Severity::Block => {
            Some(PolicyError::FloorLoosened(rule.to_owned()))
        }
        _ if table == Table::InEmergency && !EMERGENCY_TOPICS.iter().any(|topic| rule.starts_with(topic)) => {
            Some(PolicyError::NotForEmergencies(rule.to_owned()))
        }
        _ => None,
    }
}

fn is_of_words(rule: &str, words: &[WordList]) -> bool {
    rule.strip_prefix("words.")
        .is_some_and(|category| words.iter().any(|list| list.category == category))
}

/// An outside checker names its rules as it likes.
fn is_of_outside(rule: &str) -> bool {
    rule.strip_prefix("outside.").is_some_and(names::is_name)
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
