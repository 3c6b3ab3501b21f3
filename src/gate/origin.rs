//! What a version of a policy was made from, so that a newer program can make its successor.

use serde::{Deserialize, Serialize};

use super::policy::HostTexts;

/// Where a version comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyOrigin {
    /// Its profile.
    pub profile: ProfileOrigin,
    /// The site's own lists, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lists: Option<OwnLists>,
}

/// Where a profile comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileOrigin {
    /// It is shipped under this name.
    Shipped(String),
    /// It is the site's own; its text.
    Own(String),
}

/// The texts of a site's own lists, which add to the shipped ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnLists {
    /// URL shorteners.
    pub shorteners: String,
    /// Short hosts that platforms run.
    pub platform_short_hosts: String,
    /// Hosts that nobody is sent to.
    pub listed_hosts: String,
    // What a version was made from before there was such a list is read as it is.
    /// Names that nobody is to call.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub forbidden_mentions: String,
    /// Hosts of others that may be linked.
    pub trusted_hosts: String,
    /// Suffixes of public bodies.
    pub official_suffixes: String,
    /// Pages that lead on to any site.
    pub open_redirectors: String,
    /// Word lists: the file's name and its text.
    pub words: Vec<(String, String)>,
}

impl OwnLists {
    /// The lists of hosts and names.
    #[must_use]
    pub fn hosts(&self) -> HostTexts<'_> {
        HostTexts {
            shorteners: &self.shorteners,
            platform_short_hosts: &self.platform_short_hosts,
            listed_hosts: &self.listed_hosts,
            forbidden_mentions: &self.forbidden_mentions,
            trusted_hosts: &self.trusted_hosts,
            official_suffixes: &self.official_suffixes,
            open_redirectors: &self.open_redirectors,
        }
    }

    /// The lists of words.
    #[must_use]
    pub fn words(&self) -> Vec<(&str, &str)> {
        self.words
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect()
    }
}
