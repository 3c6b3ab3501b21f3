//! Whose a host is.

use std::collections::BTreeSet;

use crate::gate::{
    case::Case,
    hosts::{folded, lists::and_above},
};

/// Whose a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The organization's, or another public body's.
    Public,
    /// Somebody's who may be linked without a question.
    Trusted,
    /// Anybody's.
    Foreign,
}

/// Whether a host in lower-case ASCII is the organization's own.
pub(super) fn is_own(case: &Case<'_>, host: &str) -> bool {
    let own = &case.records.official_domains;
    and_above(host).any(|domain| own.contains(domain))
}

/// Whose a host in lower-case ASCII is.
pub(super) fn standing(case: &Case<'_>, host: &str) -> Standing {
    let sites = case.policy.sites();
    if sites.official.cover(host) || is_own(case, host) {
        Standing::Public
    } else if sites.trusted.cover(host) {
        Standing::Trusted
    } else {
        Standing::Foreign
    }
}

/// How much of a name is compared, in bytes: as much as a name can have (RFC 1035, 2.3.4).
const LONGEST_READ: usize = 253;

/// The public host that another one makes readers think of: spelled with other letters, with its name
/// in front of another (`www.city.example.lg.jp.example.com`), or with hyphens for dots.
pub(super) fn imitated(case: &Case<'_>, host: &str, looks_like: Option<&str>) -> Option<String> {
    // Not even below an official suffix is a name that looks like another one right.
    let is_public = |shown: &&str| shown.is_ascii() && standing(case, shown) == Standing::Public;
    if let Some(shown) = looks_like.filter(is_public) {
        return Some(shown.to_owned());
    }
    if standing(case, host) != Standing::Foreign {
        return None;
    }
    let shown = looks_like.unwrap_or(host);
    // Nobody reads further, and a longer text would be searched once for each of its dots.
    let shown = &shown[..shown.floor_char_boundary(LONGEST_READ)];
    let in_front = shown
        .rmatch_indices(['.', '-'])
        .map(|(end, _)| &shown[..end])
        .find(|front| standing(case, front) == Standing::Public);
    let own = &case.records.official_domains;
    in_front
        .map(str::to_owned)
        .or_else(|| spelled_alike(own, shown).cloned())
        .or_else(|| hyphenated(own, shown).cloned())
}

/// The own domain that a host equals, or lies below, once letters that look alike are made one.
fn spelled_alike<'a>(own: &'a BTreeSet<String>, shown: &str) -> Option<&'a String> {
    let shown = folded(shown);
    own.iter().find(|domain| {
        let rest = shown.strip_prefix(folded(domain).as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The own domain that stands in a host with hyphens for dots, as whole words.
fn hyphenated<'a>(own: &'a BTreeSet<String>, shown: &str) -> Option<&'a String> {
    let is_border = |c: Option<char>| c.is_none_or(|c| matches!(c, '-' | '.'));
    own.iter().find(|domain| {
        let words = domain.replace('.', "-");
        shown.match_indices(&words).any(|(start, _)| {
            is_border(shown[..start].chars().next_back())
                && is_border(shown[start + words.len()..].chars().next())
        })
    })
}
