//! What an organization keeps so that the checks can tell its own things from foreign ones.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    account_policy::PolicyField,
    ids::{AccountId, DivisionId},
};
use crate::vocabulary;

vocabulary! {
    /// How people reach an office.
    ContactKind {
        /// A telephone or fax number.
        Phone = "phone",
        /// A mail address.
        Mail = "mail",
    }
}

/// A contact that the organization has published: no personal datum, whoever answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What it is.
    pub kind: ContactKind,
    /// The number or address, as the organization writes it.
    pub value: String,
    /// The division that answers; none for the organization as a whole.
    pub division: Option<DivisionId>,
}

/// A period in which words about politics weigh more: from the public notice (告示・公示) to polling day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElectionPeriod {
    /// What is elected, such as 町議会議員選挙.
    pub name: String,
    /// The day of the public notice.
    pub announced_on: NaiveDate,
    /// Polling day, the last day of the period.
    pub polling_on: NaiveDate,
}

impl ElectionPeriod {
    /// Whether a day lies in the period, both ends included.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.announced_on <= day && day <= self.polling_on
    }
}

/// Everything that is kept, as of one snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// The organization's own domains: ASCII, lower case; each covers the hosts below it.
    pub official_domains: BTreeSet<String>,
    /// Published contacts.
    pub contacts: Vec<Contact>,
    /// Election periods.
    pub elections: Vec<ElectionPeriod>,
    /// The line with which a division's texts end, such as 広報課.
    pub sign_off_lines: BTreeMap<DivisionId, String>,
    /// The hashtags without which an account does not speak, with their `#`.
    pub required_hashtags: BTreeMap<AccountId, BTreeSet<String>>,
    /// Which fields of an account's policy say something; read only where the policy in force asks for any.
    pub policy_fields: BTreeMap<AccountId, BTreeSet<PolicyField>>,
    /// When each account's credential was obtained; read only where the policy in force limits its age.
    pub credentials: BTreeMap<AccountId, DateTime<Utc>>,
}

impl Records {
    /// The election whose period a day lies in; of several the one that ends first.
    #[must_use]
    pub fn election_on(&self, day: NaiveDate) -> Option<&ElectionPeriod> {
        self.elections
            .iter()
            .filter(|election| election.covers(day))
            .min_by_key(|election| election.polling_on)
    }

    /// Published contacts of one kind.
    pub fn contacts_of(&self, kind: ContactKind) -> impl Iterator<Item = &Contact> {
        self.contacts.iter().filter(move |contact| contact.kind == kind)
    }
}

/// A domain name in the form that hosts are compared in: ASCII, lower case, at least one label below a
/// public suffix. None for every other text.
#[must_use]
pub fn domain_name(text: &str) -> Option<String> {
    let name = idna::domain_to_ascii_strict(text.trim()).ok()?;
    let domain = psl::domain(name.as_bytes())?;
    domain.suffix().is_known().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_somebodys() {
        let name = |text| domain_name(text);
        assert_eq!(name("City.Akebono.LG.jp").as_deref(), Some("city.akebono.lg.jp"));
        assert_eq!(name("日本語.jp").as_deref(), Some("xn--wgv71a119e.jp"));
        for text in [
            "jp",
            "lg.jp",
            "localhost",
            "https://example.jp",
            "example.jp/x",
            "example",
            "a b.jp",
            "",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn polling_day_itself_belongs_to_the_period() {
        let election = |name: &str, from, to| ElectionPeriod {
            name: name.into(),
            announced_on: day(from),
            polling_on: day(to),
        };
        let records = Records {
            elections: vec![
                election("知事選挙", "2026-11-01", "2026-11-29"),
                election("町長選挙", "2026-11-10", "2026-11-15"),
            ],
            ..Records::default()
        };
        let name = |on| {
            records
                .election_on(day(on))
                .map(|election| election.name.as_str())
        };
        assert_eq!(name("2026-10-31"), None);
        assert_eq!(name("2026-11-01"), Some("知事選挙"));
        assert_eq!(name("2026-11-15"), Some("町長選挙"));
        assert_eq!(name("2026-11-29"), Some("知事選挙"));
        assert_eq!(name("2026-11-30"), None);
    }
}
