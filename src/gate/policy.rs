//! An organization's policy: an immutable document, and the form that the rules use.
//!
//! The document holds everything that judges, its lists included, so that a version stands on its own
//! for ever: an upgraded binary with newer lists proposes a new version and changes none.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU16,
};

use serde::{Deserialize, Serialize};

use super::{
    called,
    demands::{self, Attestation, LeastRoute, PolicyFields},
    hosts::{
        HostList, Listing, NotAHost,
        lists::{Sites, hosts_of, redirectors_of},
    },
    links::checks,
    profile::{self, OutsideChecker, SiteRule},
    rules::site,
    word_lists::{self, Exception, WordList, Words},
};
pub use super::{
    hosts::lists::{HostTexts, OpenRedirector},
    links::checks::LinkChecks,
    policy_error::PolicyError,
};
use crate::domain::{
    canonical::Canonical, credential::CredentialAges, digest::PolicyDigest, finding::Severity,
    window::OfficeHours,
};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
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
    // What is left out of a profile stays out of its stored form: a version that was imported before a
    // field existed keeps its digest.
    /// The guideline that it follows (config/clauses.toml); none if it follows no single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guideline: Option<String>,
    /// Severities that hold instead where a live emergency covers an emergency post: a missing description
    /// must not stop a warning. For accessibility, sentences and form only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub in_emergency: BTreeMap<String, Severity>,
    /// What the answers of an outside checker count.
    #[serde(default, skip_serializing_if = "OutsideChecker::is_default")]
    pub outside_checker: OutsideChecker,
    /// The site's own rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub site_rules: Vec<SiteRule>,
    /// Exceptions of the word lists that it adopts, by name.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub exceptions: BTreeSet<String>,
    /// Whether links are looked at before they are published.
    #[serde(default, skip_serializing_if = "LinkChecks::are_off")]
    pub link_checks: LinkChecks,
    /// How old a look at a link may be, in hours.
    #[serde(default = "checks::one_day", skip_serializing_if = "checks::is_one_day")]
    pub link_look_hours: u16,
    /// How many days old a credential may become: with an older one an account has no ordinary posts (KUR-5.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_days: Option<NonZeroU16>,
    /// How many days before a credential ends people are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_warning_days: Option<u16>,
    /// The seats that routes must have at least.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<LeastRoute>,
    /// What people have to assure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<Attestation>,
    /// The fields that an account's policy must have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub account_policy: PolicyFields,
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
    /// Exceptions that a profile may adopt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
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
    /// Names that no post may call, by the site's own list: lower case, without their mark.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub forbidden_mentions: BTreeSet<String>,
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
        let words = words
            .iter()
            .map(|(file, text)| toml::from_str(text).map_err(|why| unreadable(file, &why)))
            .collect::<Result<Vec<WordList>, _>>()?;
        Ok(Self {
            profile: toml::from_str(profile).map_err(|why| unreadable("profile", &why))?,
            shorteners: hosts_of(hosts.shorteners),
            platform_short_hosts: hosts_of(hosts.platform_short_hosts),
            words,
            exceptions: Vec::new(),
            open_redirectors: redirectors_of(hosts.open_redirectors)
                .map_err(|why| unreadable("open-redirectors", &why))?,
            official_suffixes: hosts_of(hosts.official_suffixes),
            trusted_hosts: hosts_of(hosts.trusted_hosts),
            listed_hosts: hosts_of(hosts.listed_hosts),
            forbidden_mentions: called::names_of(hosts.forbidden_mentions),
        })
    }

    /// The same with lists of a site's own. They add and take nothing away: more words for a category that is
    /// there, and categories, hosts and suffixes besides. Hosts that are trusted spare a question, no block.
    ///
    /// # Errors
    /// Names the file that is wrong.
    pub fn with_site_lists(
        mut self,
        hosts: &HostTexts<'_>,
        words: &[(&str, &str)],
    ) -> Result<Self, PolicyError> {
        self.shorteners.extend(hosts_of(hosts.shorteners));
        self.platform_short_hosts
            .extend(hosts_of(hosts.platform_short_hosts));
        self.official_suffixes.extend(hosts_of(hosts.official_suffixes));
        self.trusted_hosts.extend(hosts_of(hosts.trusted_hosts));
        self.listed_hosts.extend(hosts_of(hosts.listed_hosts));
        self.forbidden_mentions
            .extend(called::names_of(hosts.forbidden_mentions));
        let redirectors = redirectors_of(hosts.open_redirectors);
        self.open_redirectors
            .extend(redirectors.map_err(|why| unreadable("open-redirectors", &why))?);
        for (file, text) in words {
            let own: WordList = toml::from_str(text).map_err(|why| unreadable(file, &why))?;
            match self.words.iter_mut().find(|list| list.category == own.category) {
                Some(list) => list.add(own)?,
                None => self.words.push(own),
            }
        }
        Ok(self)
    }

    /// The same with the exceptions that a profile may adopt.
    ///
    /// # Errors
    /// Names the file that is wrong.
    pub fn with_exceptions(mut self, files: &[(&str, &str)]) -> Result<Self, PolicyError> {
        self.exceptions = files
            .iter()
            .map(|(file, text)| toml::from_str(text).map_err(|why| unreadable(file, &why)))
            .collect::<Result<_, _>>()?;
        Ok(self)
    }
}

fn unreadable(file: &str, why: &dyn std::fmt::Display) -> PolicyError {
    PolicyError::Unreadable {
        file: file.to_owned(),
        why: why.to_string(),
    }
}

/// A policy, ready to judge.
pub struct Policy {
    digest: PolicyDigest,
    document: PolicyDocument,
    words: Option<Words>,
    site_rules: Vec<site::Rule>,
    sites: Sites,
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
        if document.shorteners.is_empty() {
            return Err(PolicyError::NoShorteners);
        }
        if let Some((_, problem)) = profile::wrong_severities(&document.profile, &document.words).next() {
            return Err(problem);
        }
        if let Some((_, problem)) = demands::wrong_demands(&document.profile).into_iter().next() {
            return Err(problem);
        }
        if let Some(line) = called::no_name(&document.forbidden_mentions) {
            return Err(PolicyError::NoName(line.to_owned()));
        }
        let site_rules = site::Rule::compile_all(&document.profile.site_rules)?;
        let words = word_lists::compile(&document)?;
        let sites = compile_sites(&document).map_err(|NotAHost(line)| PolicyError::Host(line))?;
        Ok(Self {
            digest: document.digest(),
            document,
            words,
            site_rules,
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

    /// How old credentials may become, and how early people are told.
    #[must_use]
    pub fn credential_ages(&self) -> CredentialAges {
        let profile = &self.document.profile;
        let longest = profile.credential_days.map(NonZeroU16::get);
        CredentialAges::of_days(longest, profile.credential_warning_days)
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

    /// How much a rule weighs where a live emergency covers the post, if the profile says so.
    #[must_use]
    pub fn severity_in_emergency(&self, rule: &str) -> Option<Severity> {
        self.document.profile.in_emergency.get(rule).copied()
    }

    /// How much memory each automaton of this policy takes, in bytes.
    #[must_use]
    pub fn automata(&self) -> [(&'static str, usize); 4] {
        let words = self.words.as_ref();
        [
            ("words", words.map_or(0, |words| words.automaton.heap_bytes())),
            ("listed hosts", self.sites.listed.heap_bytes()),
            ("official suffixes", self.sites.official.heap_bytes()),
            ("trusted hosts", self.sites.trusted.heap_bytes()),
        ]
    }

    /// The first host in a text to which no post may lead, as its list names it: a shortener, or one that the site
    /// refuses. For texts that are read beside posts, such as what an account says of itself.
    #[must_use]
    pub fn closed_host(&self, text: &str) -> Option<String> {
        let listed = &self.sites.listed;
        let mut found = listed.find(&listed.view(text)).into_iter();
        found
            .find(|host| host.listing != Listing::PlatformShort)
            .map(|host| host.ascii)
    }

    pub(super) fn site_rules(&self) -> &[site::Rule] {
        &self.site_rules
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
