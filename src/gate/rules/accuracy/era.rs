//! Whether a year says the same in both counts (令和8年(2025年)).

use super::{
    EXACT,
    moment::{Date, Month, Year},
    scan::Scan,
    teller::Teller,
};
use crate::{
    domain::finding::{Message, Severity},
    gate::rules::RuleInfo,
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("accuracy.era", Severity::Block, EXACT);

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>) {
    for clash in &scan.clashes {
        let message = Message::new("finding-accuracy-era")
            .with("found", scan.typed(&clash.range))
            .with("era", scan.typed(&clash.era))
            .with("year", clash.year);
        teller.tell(&RULE, &message, &clash.range, scan.words(&clash.range));
    }
    for (first, second) in scan.dates().zip(scan.dates().skip(1)) {
        if !is_the_same_day(scan, first, second) || first.year == second.year {
            continue;
        }
        let range = scan.closed(first.range.start..second.range.end);
        let message = Message::new("finding-accuracy-era-dates").with("found", scan.typed(&range));
        teller.tell(&RULE, &message, &range, scan.words(&range));
    }
}

/// Whether the second of two dates repeats the first in another count: 令和8年11月21日(2026年11月21日).
fn is_the_same_day(scan: &Scan<'_>, first: &Date, second: &Date) -> bool {
    let are_written = matches!(
        (first.year, second.year, first.month),
        (Year::Written(_), Year::Written(_), Month::Written(_))
    );
    let is_of_era = |date: &Date| !scan.words(&date.range).starts_with(|c: char| c.is_ascii_digit());
    are_written
        && (first.month, first.day) == (second.month, second.day)
        && is_of_era(first) != is_of_era(second)
        && scan.text.get(first.range.end..second.range.start) == Some("(")
        && scan.text[second.range.end..].starts_with(')')
}
