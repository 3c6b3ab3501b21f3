//! An organization's policy: an immutable document, and the form that the rules use.
//!
//! The document holds everything that judges, its lists included, so that a version stands on its own
//! for ever: an upgraded binary with newer lists proposes a new version and changes none.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use daachorse::CharwiseDoubleArrayAhoCorasick;
use serde::{Deserialize, Serialize};

pub use super::{
    hosts::lists::{HostTexts, OpenRedirector},
    links::checks::LinkChecks,
};
use super::{
    hosts::{
        HostList, NotAHost,
        lists::{Sites, hosts_of, redirectors_of},
    },
    links::checks,
    normalise::Normalised,
    rules,
};
use crate::domain::{canonical::Canonical, digest::PolicyDigest, finding::Severity, window::OfficeHours};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

/// One category of words (config/lists/words).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordList {
    /// Its stable id; the rule is `words.<category>`.
    pub category: String,
    /// The clauses that it keeps.
    pub clauses: Vec<String>,
    /// How much a match weighs.
    pub severity: Severity,
    /// What people call it.
    pub title: Bilingual,
    /// What to do about a match.
    pub help: Bilingual,
    /// Japanese entries, matched anywhere.
    #[serde(default)]
    pub ja: Vec<String>,
    /// English entries, matched as whole words.
    #[serde(default)]
    pub en: Vec<String>,
    /// Longer phrases in which an entry is harmless.
    #[serde(default)]
    pub except: Vec<String>,
}

/// What a profile file says (config/profiles).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its short name.
    pub name: String,
    /// What people call it.
    pub title: Bilingual,
    /// The organization's working hours.
    pub office: OfficeHours,
    /// How many days back an equal text counts as a repetition.
    pub duplicate_days: u16,
    /// Severities that differ from the rules' own.
    #[serde(default)]
    pub severities: BTreeMap<String, Severity>,
    /// Whether links are looked at before they are published.
    #[serde(default, skip_serializing_if = "LinkChecks::are_off")]
    pub link_checks: LinkChecks,
    /// How old a look at a link may be, in hours.
    #[serde(default = "checks::one_day", skip_serializing_if = "checks::is_one_day")]
    pub link_look_hours: u16,
}

/// A version of a policy as it is stored: profile and lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyDocument {
    /// The profile.
    pub profile: Profile,
    /// URL shorteners: hosts, ASCII, lower case.
    pub shorteners: BTreeSet<String>,
    /// Short hosts that platforms run for their own pages.
    pub platform_short_hosts: BTreeSet<String>,
    /// Word lists.
    pub words: Vec<WordList>,
    /// Pages of large sites that lead on to any other site.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub open_redirectors: BTreeSet<OpenRedirector>,
    /// Suffixes under which only public bodies have hosts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub official_suffixes: BTreeSet<String>,
    /// Hosts of others that may be linked without a question.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub trusted_hosts: BTreeSet<String>,
    /// Hosts that nobody is sent to, by the site's own list.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub listed_hosts: BTreeSet<String>,
}

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file of it cannot be read.
    #[error("{file}: {why}")]
    Unreadable {
        /// Which file.
        file: String,
        /// What is wrong, with the line where it is known.
        why: String,
    },
    /// A severity for a rule that does not exist.
    #[error("the profile names the rule {0:?}, which does not exist")]
    UnknownRule(String),
    /// A floor rule that is loosened: these hold for everybody, always.
    #[error("{0} is a floor rule: no profile can make it weaker than `block`")]
    FloorLoosened(String),
    /// Without a list the rule against shorteners would hold in name only.
    #[error("the list of URL shorteners is empty: the rule against them is a floor rule")]
    NoShorteners,
    /// The word lists cannot be compiled.
    #[error("the word lists cannot be compiled: {0}")]
    Words(String),
    /// A line of a host list that could never match.
    #[error("{0:?} in a host list is not a host such as `example.com`")]
    Host(String),
}

impl PolicyDocument {
    /// The digest that names this version.
    #[must_use]
    pub fn digest(&self) -> PolicyDigest {
        let mut bytes = Canonical::tagged("sekisho/policy/v1");
        // Field order of the structs and the sorted collections make this form stable.
        bytes.bytes(&serde_json::to_vec(self).unwrap_or_default());
        PolicyDigest::new(bytes.sha256())
    }

    /// Reads a document from its files' texts.
    ///
    /// # Errors
    /// Names the file that is wrong.
    pub fn from_texts(
        profile: &str,
        hosts: &HostTexts<'_>,
        words: &[(&str, &str)],
    ) -> Result<Self, PolicyError> {
        let unreadable = |file: &str, why: &dyn std::fmt::Display| PolicyError::Unreadable {
            file: file.to_owned(),
            why: why.to_string(),
        };
        let words = words
            .iter()
            .map(|(file, text)| toml::from_str(text).map_err(|why| unreadable(file, &why)))
            .collect::<Result<Vec<WordList>, _>>()?;
        Ok(Self {
            profile: toml::from_str(profile).map_err(|why| unreadable("profile", &why))?,
            shorteners: hosts_of(hosts.shorteners),
            platform_short_hosts: hosts_of(hosts.platform_short_hosts),
            words,
            open_redirectors: redirectors_of(hosts.open_redirectors)
                .map_err(|why| unreadable("open-redirectors", &why))?,
            official_suffixes: hosts_of(hosts.official_suffixes),
            trusted_hosts: hosts_of(hosts.trusted_hosts),
            listed_hosts: hosts_of(hosts.listed_hosts),
        })
    }
}

/// What a pattern of the automaton stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    /// An entry of a list, matched anywhere.
    Anywhere(usize),
    /// An entry of a list, matched as a whole word.
    Word(usize),
    /// A phrase that hides entries of the same list inside it.
    Harmless(usize),
}

/// A policy, ready to judge.
pub struct Policy {
    digest: PolicyDigest,
    document: PolicyDocument,
    words: Option<Words>,
    sites: Sites,
}

/// The word lists, ready to search.
pub(super) struct Words {
    /// Finds all phrases at once; a value is an index into `patterns`.
    pub(super) automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    /// What each phrase stands for; the same phrase may stand in several lists.
    pub(super) patterns: Vec<Vec<Pattern>>,
    /// The rule of each list.
    pub(super) rules: Vec<&'static str>,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl Policy {
    /// Compiles a document.
    ///
    /// # Errors
    /// See [`PolicyError`]; a policy that cannot be compiled lets nothing pass.
    pub fn compile(document: PolicyDocument) -> Result<Self, PolicyError> {
        check_severities(&document)?;
        let words = compile_words(&document.words)?;
        let sites = compile_sites(&document).map_err(|NotAHost(line)| PolicyError::Host(line))?;
        Ok(Self {
            digest: document.digest(),
            document,
            words,
            sites,
        })
    }

    /// The digest that names this version.
    #[must_use]
    pub const fn digest(&self) -> PolicyDigest {
        self.digest
    }

    /// The organization's working hours.
    #[must_use]
    pub const fn office(&self) -> &OfficeHours {
        &self.document.profile.office
    }

    /// How many days back an equal text counts as a repetition.
    #[must_use]
    pub const fn duplicate_days(&self) -> u16 {
        self.document.profile.duplicate_days
    }

    /// Whether links are looked at before they are published.
    #[must_use]
    pub const fn link_checks(&self) -> LinkChecks {
        self.document.profile.link_checks
    }

    /// How old a look at a link may be, in hours.
    #[must_use]
    pub const fn link_look_hours(&self) -> u16 {
        self.document.profile.link_look_hours
    }

    /// The document that it was compiled from.
    #[must_use]
    pub const fn document(&self) -> &PolicyDocument {
        &self.document
    }

    /// How much a rule weighs here.
    #[must_use]
    pub fn severity(&self, rule: &str, otherwise: Severity) -> Severity {
        self.document
            .profile
            .severities
            .get(rule)
            .copied()
            .unwrap_or(otherwise)
    }

    pub(super) const fn words(&self) -> Option<&Words> {
        self.words.as_ref()
    }

    pub(super) const fn sites(&self) -> &Sites {
        &self.sites
    }
}

fn compile_sites(document: &PolicyDocument) -> Result<Sites, NotAHost> {
    let listed = HostList::compile(
        &document.shorteners,
        &document.platform_short_hosts,
        &document.listed_hosts,
    )?;
    Sites::compile(
        listed,
        &document.official_suffixes,
        &document.trusted_hosts,
        &document.open_redirectors,
    )
}

fn check_severities(document: &PolicyDocument) -> Result<(), PolicyError> {
    if document.shorteners.is_empty() {
        return Err(PolicyError::NoShorteners);
    }
    for (rule, severity) in &document.profile.severities {
        let known = rules::all().find(|info| info.id == rule);
        let is_words = document
            .words
            .iter()
            .any(|list| format!("words.{}", list.category) == *rule);
        match known {
            None if !is_words => return Err(PolicyError::UnknownRule(rule.clone())),
            Some(info) if info.is_floor() && *severity != Severity::Block => {
                return Err(PolicyError::FloorLoosened(rule.clone()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn compile_words(lists: &[WordList]) -> Result<Option<Words>, PolicyError> {
    let mut phrases: BTreeMap<String, Vec<Pattern>> = BTreeMap::new();
    let mut rules = Vec::with_capacity(lists.len());
    for (index, list) in lists.iter().enumerate() {
        rules.push(rule_of(&list.category)?);
        let harmless = list
            .except
            .iter()
            .map(|phrase| (phrase, Pattern::Harmless(index)));
        let anywhere = list.ja.iter().map(|phrase| (phrase, Pattern::Anywhere(index)));
        let whole = list.en.iter().map(|phrase| (phrase, Pattern::Word(index)));
        for (phrase, pattern) in harmless.chain(anywhere).chain(whole) {
            // Texts are searched in their normalised form, where another form would never be found.
            let normalised = Normalised::of(phrase);
            if normalised.text().trim().is_empty() {
                return Err(PolicyError::Words(format!("{}: an empty entry", list.category)));
            }
            phrases
                .entry(normalised.text().to_owned())
                .or_default()
                .push(pattern);
        }
    }
    if phrases.is_empty() {
        return Ok(None);
    }
    let automaton = daachorse::CharwiseDoubleArrayAhoCorasickBuilder::new()
        .match_kind(daachorse::MatchKind::Standard)
        .build(phrases.keys())
        .map_err(|why| PolicyError::Words(why.to_string()))?;
    Ok(Some(Words {
        automaton,
        patterns: phrases.into_values().collect(),
        rules,
    }))
}

/// The rule of a category. Findings name their rule by a static text, so each is kept for ever, once.
fn rule_of(category: &str) -> Result<&'static str, PolicyError> {
    static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if category.is_empty() || category.len() > 64 || !category.bytes().all(is_name) {
        return Err(PolicyError::Words(format!("{category:?} is not a category id")));
    }
    let rule = format!("words.{category}");
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(rule) = known.get(rule.as_str()) {
        return Ok(rule);
    }
    let rule: &'static str = Box::leak(rule.into_boxed_str());
    known.insert(rule);
    Ok(rule)
}
