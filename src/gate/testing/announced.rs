//! Rules that shipped profiles and clauses name and that are still being written. A test fails for one
//! that exists, and this list must become empty.

const ANNOUNCED: &[&str] = &[
    "link.address",
    "link.certificate",
    "link.dead",
    "link.foreign",
    "link.insecure",
    "link.leaves_site",
    "link.listed",
    "link.lookalike",
    "link.open_redirector",
    "link.private",
    "link.redirector",
    "link.unchecked",
    "link.userinfo",
];

/// Whether a rule is announced.
pub(in crate::gate) fn is(rule: &str) -> bool {
    ANNOUNCED.contains(&rule)
}
