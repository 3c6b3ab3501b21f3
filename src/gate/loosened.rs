//! What one version of a policy lets pass that another one blocks: such a version waits for two signatures.
//!
//! The comparison errs on the strict side: what may loosen a block counts as loosening it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Policy, PolicyDocument, PolicyError,
    policy::LinkChecks,
    rules,
    word_lists::{Context, WordList},
};
use crate::{
    domain::{
        finding::{Message, Severity},
        revision::Kind,
        seat::Seat,
    },
    vocabulary,
};

const POLICY_INCOMPLETE: &str = "account.policy_incomplete";
const FORBIDDEN_MENTION: &str = "form.forbidden_mention";

/// So many examples of one way are shown.
const EXAMPLES: usize = 10;

vocabulary! {
    /// How a version loosens a block.
    Way {
        /// A rule weighs less.
        Severity = "severity",
        /// A rule weighs less in an emergency.
        InEmergency = "in_emergency",
        /// Hosts are no longer on a list that blocks.
        Hosts = "hosts",
        /// Names may be called that might not.
        Mentions = "mentions",
        /// Hosts are spared a question that blocks here.
        SparedHosts = "spared_hosts",
        /// Words of a category that blocks are gone, or speak less often.
        Words = "words",
        /// Phrases make words of a category that blocks harmless.
        Harmless = "harmless",
        /// The office works at times at which it did not.
        Hours = "hours",
        /// A rule of the site's own that blocks is gone or differs.
        SiteRule = "site_rule",
        /// Links are looked at no more, or less often.
        LinkLooks = "link_looks",
        /// Credentials may become older.
        CredentialAge = "credential_age",
        /// The outside checker counts less.
        OutsideChecker = "outside_checker",
        /// A route may be shorter.
        Route = "route",
        /// Something is assured no more, or by fewer.
        Attestations = "attestations",
        /// An account's policy may leave more unsaid.
        PolicyFields = "policy_fields",
        /// The version before cannot be read by this program: what it blocked is not known.
        Unreadable = "unreadable",
    }
}

/// One way in which a version loosens a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loosened {
    /// How.
    pub way: Way,
    /// The rule that blocks less.
    pub rule: String,
    /// How many hosts, words or phrases; 1 where nothing is counted.
    pub count: usize,
    /// The first of them.
    pub examples: Vec<String>,
}

impl Loosened {
    /// What people read of it.
    #[must_use]
    pub fn message(&self) -> Message {
        let key = match self.way {
            Way::Severity => "loosened-severity",
            Way::InEmergency => "loosened-in-emergency",
            Way::Hosts => "loosened-hosts",
            Way::Mentions => "loosened-mentions",
            Way::SparedHosts => "loosened-spared-hosts",
            Way::Words => "loosened-words",
            Way::Harmless => "loosened-harmless",
            Way::Hours => "loosened-hours",
            Way::SiteRule => "loosened-site-rule",
            Way::LinkLooks => "loosened-link-looks",
            Way::CredentialAge => "loosened-credential-age",
            Way::OutsideChecker => "loosened-outside-checker",
            Way::Route => "loosened-route",
            Way::Attestations => "loosened-attestations",
            Way::PolicyFields => "loosened-policy-fields",
            Way::Unreadable => "loosened-unreadable",
        };
        Message::new(key)
            .with("rule", &self.rule)
            .with("count", self.count)
            .with("examples", self.examples.join(", "))
    }

    /// What a version that cannot be compiled blocked is not known.
    #[must_use]
    pub fn unreadable(why: &PolicyError) -> Self {
        Self {
            examples: vec![why.to_string()],
            ..Self::one(Way::Unreadable, "policy")
        }
    }

    fn one(way: Way, rule: &str) -> Self {
        Self {
            way,
            rule: rule.to_owned(),
            count: 1,
            examples: Vec::new(),
        }
    }

    fn some<'a>(way: Way, rule: &str, what: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let what: BTreeSet<&str> = what.into_iter().collect();
        (!what.is_empty()).then(|| Self {
            way,
            rule: rule.to_owned(),
            count: what.len(),
            examples: what.into_iter().take(EXAMPLES).map(str::to_owned).collect(),
        })
    }
}

/// Everything that `new` lets pass and `old` blocks, by kind and rule; nothing if it is as strict.
#[must_use]
pub fn loosened(old: &Policy, new: &Policy) -> Vec<Loosened> {
    let comparison = Comparison { old, new };
    let mut found = comparison.severities();
    found.extend(comparison.hosts());
    found.extend(comparison.mentions());
    found.extend(comparison.word_lists());
    found.extend(comparison.site_rules());
    found.extend(comparison.settings());
    found.extend(comparison.demands());
    found
}

struct Comparison<'a> {
    old: &'a Policy,
    new: &'a Policy,
}

/// The weight of each rule that has one in a policy, the words' included.
fn weights(policy: &Policy) -> BTreeMap<String, Severity> {
    let own = rules::all().map(|rule| (rule.id.to_owned(), rule.severity));
    let words = policy.document().words.iter();
    let words = words.map(|list| (rule_of(list), list.severity));
    own.chain(words)
        .map(|(rule, severity)| {
            let severity = policy.severity(&rule, severity);
            (rule, severity)
        })
        .collect()
}

fn rule_of(list: &WordList) -> String {
    format!("words.{}", list.category)
}

impl Comparison<'_> {
    fn documents(&self) -> (&PolicyDocument, &PolicyDocument) {
        (self.old.document(), self.new.document())
    }

    fn severities(&self) -> Vec<Loosened> {
        let after = weights(self.new);
        let mut found = Vec::new();
        let asks_no_fields = self.old.account_policy().is_empty();
        for (rule, before) in weights(self.old) {
            if rule == POLICY_INCOMPLETE && asks_no_fields {
                continue; // it found nothing
            }
            let Some(now) = after.get(&rule).copied() else {
                continue; // a list that is gone: told with its words
            };
            let in_emergency = |policy: &Policy, otherwise| {
                policy.severity_in_emergency(&rule).unwrap_or(otherwise) == Severity::Block
            };
            if before == Severity::Block && now != Severity::Block {
                found.push(Loosened::one(Way::Severity, &rule));
            } else if in_emergency(self.old, before) && !in_emergency(self.new, now) {
                found.push(Loosened::one(Way::InEmergency, &rule));
            }
        }
        found
    }

    fn hosts(&self) -> Vec<Loosened> {
        let (old, new) = self.documents();
        let gone = |rule: &str, before: &BTreeSet<String>, after: &BTreeSet<String>| {
            self.blocks(rule)
                .then(|| Loosened::some(Way::Hosts, rule, before.difference(after).map(String::as_str)))
                .flatten()
        };
        let paths = |document: &PolicyDocument| -> BTreeSet<String> {
            document
                .open_redirectors
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        let spared = |before: &BTreeSet<String>, after: &BTreeSet<String>| {
            let added = after.difference(before).map(String::as_str);
            self.blocks("link.foreign")
                .then(|| Loosened::some(Way::SparedHosts, "link.foreign", added))
                .flatten()
        };
        [
            gone("link.shortener", &old.shorteners, &new.shorteners),
            gone(
                "link.platform_short_host",
                &old.platform_short_hosts,
                &new.platform_short_hosts,
            ),
            gone("link.listed", &old.listed_hosts, &new.listed_hosts),
            gone("link.open_redirector", &paths(old), &paths(new)),
            spared(&old.official_suffixes, &new.official_suffixes),
            spared(&old.trusted_hosts, &new.trusted_hosts),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn mentions(&self) -> Option<Loosened> {
        let (old, new) = self.documents();
        let gone = old.forbidden_mentions.difference(&new.forbidden_mentions);
        let gone = self.blocks(FORBIDDEN_MENTION).then_some(gone)?;
        Loosened::some(Way::Mentions, FORBIDDEN_MENTION, gone.map(String::as_str))
    }

    fn blocks(&self, rule: &str) -> bool {
        rules::all()
            .find(|info| info.id == rule)
            .is_some_and(|info| self.old.severity(rule, info.severity) == Severity::Block)
    }

    fn word_lists(&self) -> Vec<Loosened> {
        let (old, new) = self.documents();
        let ever_blocks = |list: &&WordList| {
            list.in_election_period == Some(Severity::Block)
                || self.old.severity(&rule_of(list), list.severity) == Severity::Block
        };
        let mut found = Vec::new();
        for before in old.words.iter().filter(ever_blocks) {
            let rule = rule_of(before);
            match new.words.iter().find(|list| list.category == before.category) {
                None => found.extend(Loosened::some(Way::Words, &rule, entries(before))),
                Some(after) => {
                    found.extend(fewer_words(&rule, before, after));
                    let (known, now) = (harmless(old, before), harmless(new, after));
                    let harmless = now.difference(&known).copied();
                    found.extend(Loosened::some(Way::Harmless, &rule, harmless));
                }
            }
        }
        found
    }

    fn site_rules(&self) -> Vec<Loosened> {
        let (old, new) = self.documents();
        let kept = &new.profile.site_rules;
        let blocking = old
            .profile
            .site_rules
            .iter()
            .filter(|rule| rule.severity == Severity::Block);
        blocking
            .filter(|rule| {
                let same = kept
                    .iter()
                    .find(|now| now.name == rule.name && now.when == rule.when);
                same.is_none_or(|now| now.severity != Severity::Block)
            })
            .map(|rule| Loosened::one(Way::SiteRule, &format!("site.{}", rule.name)))
            .collect()
    }

    fn settings(&self) -> Vec<Loosened> {
        let (old, new) = self.documents();
        let (old, new) = (&old.profile, &new.profile);
        let live = old.link_checks == LinkChecks::Live;
        let looks_less =
            live && (new.link_checks != old.link_checks || new.link_look_hours > old.link_look_hours);
        let checker_less = old.outside_checker.stops() && new.outside_checker < old.outside_checker;
        let older_pass = match (old.credential_days, new.credential_days) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(before), Some(after)) => after > before,
        };
        let repeats_pass = new.duplicate_days < old.duplicate_days;
        let repeats = ["duplicate.recent", "duplicate.near"]
            .into_iter()
            .filter(|rule| repeats_pass && self.blocks(rule));
        let found = [
            (new.office.opens_beyond(&old.office), Way::Hours, "window.closed"),
            (looks_less, Way::LinkLooks, "link.unchecked"),
            (older_pass, Way::CredentialAge, "account.credential_overdue"),
            (checker_less, Way::OutsideChecker, "outside.unavailable"),
        ];
        found
            .into_iter()
            .filter(|(less, _, _)| *less)
            .map(|(_, way, rule)| Loosened::one(way, rule))
            .chain(repeats.map(|rule| Loosened::one(Way::Severity, rule)))
            .collect()
    }
}

impl Comparison<'_> {
    /// Least routes, attestations and fields that are gone or ask for less.
    fn demands(&self) -> Vec<Loosened> {
        let (old, new) = self.documents();
        let (old, new) = (&old.profile, &new.profile);
        let shorter: Vec<String> = Kind::ALL
            .iter()
            .filter(|kind| !is_among(old.seats(**kind), new.seats(**kind)))
            .map(ToString::to_string)
            .collect();
        let gone: Vec<&str> = old
            .attestations
            .iter()
            .filter(|before| !new.attestations.iter().any(|after| after.covers(before)))
            .map(|before| before.name.as_str())
            .collect();
        let fields = old.account_policy.keys();
        let unsaid = fields
            .filter(|field| self.blocks(POLICY_INCOMPLETE) && !new.account_policy.contains_key(field))
            .map(|field| field.as_str());
        [
            Loosened::some(
                Way::Route,
                "route.below_policy",
                shorter.iter().map(String::as_str),
            ),
            Loosened::some(Way::Attestations, "attestation.missing", gone),
            Loosened::some(Way::PolicyFields, POLICY_INCOMPLETE, unsaid),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Whether each of the seats, as often as it stands there, is among the others.
fn is_among(seats: Vec<Seat>, mut others: Vec<Seat>) -> bool {
    seats.into_iter().all(|seat| {
        let found = others.iter().position(|other| *other == seat);
        found.map(|position| others.swap_remove(position)).is_some()
    })
}

fn entries(list: &WordList) -> impl Iterator<Item = &str> {
    list.ja
        .iter()
        .chain(&list.en)
        .chain(&list.patterns)
        .map(String::as_str)
}

/// Words that are gone; all of them where the list speaks less often.
fn fewer_words(rule: &str, before: &WordList, after: &WordList) -> Option<Loosened> {
    let less_often = (before.only.is_none() && after.only.is_some())
        || (before.in_election_period == Some(Severity::Block)
            && after.in_election_period != Some(Severity::Block)
            && after.severity != Severity::Block);
    let kept: BTreeSet<&str> = entries(after).collect();
    let gone = entries(before).filter(|entry| less_often || !kept.contains(entry));
    Loosened::some(Way::Words, rule, gone)
}

/// The phrases that make a match of the list less than a block: its own, and those of adopted exceptions.
fn harmless<'a>(document: &'a PolicyDocument, list: &'a WordList) -> BTreeSet<&'a str> {
    let weighs_less = |context: &&Context| context.severity != Severity::Block;
    let contexts = list.context.iter().filter(weighs_less);
    let adopted = document.exceptions.iter().filter(|exception| {
        exception.lifts == list.category && document.profile.exceptions.contains(&exception.exception)
    });
    let lifting = adopted.flat_map(|exception| exception.ja.iter().chain(&exception.en));
    contexts
        .flat_map(|context| &context.phrases)
        .chain(&list.except)
        .chain(lifting)
        .map(String::as_str)
        .collect()
}

#[cfg(test)]
#[path = "loosened_tests.rs"]
mod tests;
