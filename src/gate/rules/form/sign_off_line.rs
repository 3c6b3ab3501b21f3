//! Whether a text ends with the line of the division that speaks.

use std::collections::BTreeSet;

use super::super::{Found, Report, RuleInfo, Severity};
use crate::{
    domain::{finding::Message, revision::Payload},
    gate::normalise::Normalised,
};

pub(super) const SIGN_OFF_LINE: RuleInfo = RuleInfo::adjustable(
    "form.sign_off_line",
    Severity::Confirm,
    &["KUR-4.1", "AKI-4.2", "MIS-3.4a", "TOW-3.1"],
);

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        let account = target.account;
        let lines: BTreeSet<&str> = account
            .divisions
            .iter()
            .filter_map(|division| case.records.sign_off_lines.get(division))
            .map(String::as_str)
            .collect();
        if lines.is_empty() || ends_with_one_of(target.payload, &lines) {
            continue;
        }
        let lines = Vec::from_iter(lines).join("」「");
        let message = Message::new("finding-form-sign-off-line")
            .with("account", &account.name)
            .with("lines", &lines);
        let found = Found::new(&SIGN_OFF_LINE, message).on(account.id);
        report.add(found.evidence(lines));
    }
}

/// Whether the last line says who speaks. Hashtags may stand below it.
fn ends_with_one_of(payload: &Payload, lines: &BTreeSet<&str>) -> bool {
    let Some(part) = payload.parts.last() else {
        return false;
    };
    let text = Normalised::of(&part.text);
    let last = text
        .text()
        .lines()
        .map(str::trim)
        .rfind(|line| !line.split_whitespace().all(|word| word.starts_with('#')));
    last.is_some_and(|last| lines.iter().any(|line| closes_with(last, line)))
}

/// Whether a normalised line is the sign-off line, or ends with it as with words of their own. Brackets and
/// dashes around it, and blanks in it, make no difference.
fn closes_with(last: &str, line: &str) -> bool {
    let line = Normalised::of(line);
    let mut from_its_end = last.trim_end_matches(is_frame).chars().rev();
    let mut is_next = |wanted| from_its_end.find(|c| !c.is_whitespace()) == Some(wanted);
    let wanted = line.text().trim_matches(is_frame).chars().rev();
    wanted.filter(|c| !c.is_whitespace()).all(&mut is_next)
        && !from_its_end.next().is_some_and(char::is_alphanumeric)
}

/// What people set around a signature.
fn is_frame(c: char) -> bool {
    !c.is_alphanumeric()
}
