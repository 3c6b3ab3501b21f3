//! What a profile says of looks at links.

use crate::vocabulary;

vocabulary! {
    /// Whether links are looked at before they are published.
    #[derive(Default)]
    LinkChecks {
        /// They are, and what was not looked at does not leave.
        Live = "live",
        /// They are not: a closed network cannot.
        #[default]
        Off = "off",
    }
}

impl LinkChecks {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(in crate::gate) const fn are_off(&self) -> bool {
        matches!(self, Self::Off)
    }
}

/// How old a look at a link may be unless a profile says otherwise, in hours.
const ONE_DAY: u16 = 24;

pub(in crate::gate) const fn one_day() -> u16 {
    ONE_DAY
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(in crate::gate) const fn is_one_day(hours: &u16) -> bool {
    *hours == ONE_DAY
}

#[cfg(test)]
mod tests {
    use crate::gate::{Policy, PolicyDocument, policy::LinkChecks, testing::document};

    #[test]
    fn a_version_from_before_these_fields_keeps_its_digest() {
        let mut old = document();
        for hosts in [&mut old.official_suffixes, &mut old.trusted_hosts] {
            hosts.clear();
        }
        let stored = serde_json::to_value(&old).expect("a document");
        for field in [
            "open_redirectors",
            "official_suffixes",
            "trusted_hosts",
            "listed_hosts",
            "forbidden_mentions",
        ] {
            assert_eq!(stored.get(field), None);
        }
        assert_eq!(stored["profile"].get("link_checks"), None);
        assert_eq!(stored["profile"].get("link_look_hours"), None);
        let read: PolicyDocument = serde_json::from_value(stored).expect("a document");
        assert_eq!(
            (read.profile.link_checks, read.profile.link_look_hours),
            (LinkChecks::Off, 24)
        );
        assert_eq!(read.digest(), old.digest());
        old.profile.link_checks = LinkChecks::Live;
        assert_ne!(read.digest(), old.digest());
    }

    #[test]
    fn a_line_that_could_never_match_is_refused_in_every_list() {
        let wrong = || "https://example.com".to_owned();
        let changes: [fn(&mut PolicyDocument, String); 4] = [
            |document, line| _ = document.official_suffixes.insert(line),
            |document, line| _ = document.trusted_hosts.insert(line),
            |document, line| _ = document.listed_hosts.insert(line),
            |document, line| _ = document.forbidden_mentions.insert(line),
        ];
        for change in changes {
            let mut document = document();
            change(&mut document, wrong());
            assert!(Policy::compile(document).is_err());
        }
    }
}
