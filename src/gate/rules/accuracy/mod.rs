//! Whether what is said can be true: dates, times, numbers, marks.
//!
//! One pass ([`Scan`]) finds what there is; each rule then looks at its share of it.

mod blank;
mod brackets;
mod clocks;
mod cursor;
mod dates;
mod drill;
mod english;
mod era;
mod impossible;
mod leftover;
mod measures;
mod moment;
mod order;
mod past;
mod phone;
mod relative;
mod scan;
mod spoken;
mod teller;
mod units;
mod view;
mod weekday;
mod weekday_of;
mod wording;
mod years;

use chrono_tz::Tz;

use super::{Field, Reading, Report, RuleInfo};
use crate::domain::account::Account;
use scan::Scan;
use teller::Teller;
use view::View;

/// Be exact, and unambiguous.
const EXACT: &[&str] = &["KUR-4.5", "YAM-5.4", "AKI-4.4", "TOW-3.6"];

/// Be exact, and do not mislead.
const MISLEADS: &[&str] = &["KUR-4.5", "YAM-5.4", "AKI-4.4", "MIS-3.7.4", "TOW-3.6"];

/// The rules of this folder.
pub(super) const RULES: &[RuleInfo] = &[
    weekday::RULE,
    impossible::RULE,
    era::RULE,
    past::EVENT,
    past::DEADLINE,
    order::RULE,
    relative::DAY,
    relative::WORD,
    phone::RULE,
    units::RULE,
    brackets::RULE,
    leftover::LEFTOVER,
    leftover::PLACEHOLDER,
    drill::RULE,
];

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    for reading in readings {
        match reading.field {
            Field::CardUri | Field::Medium(_) | Field::RefersTo => {}
            Field::Text | Field::CardTitle | Field::CardDescription | Field::Alt(_) => {
                check_reading(report, reading)
            }
        }
    }
}

fn check_reading(report: &mut Report<'_>, reading: &Reading<'_>) {
    let case = report.case;
    let scan = Scan::of(reading);
    let mut teller = Teller::new(report, reading, &reading.accounts);
    check_words(&mut teller, &scan);
    drill::check(&mut teller, &scan, reading, case.content.kind);
    if !case.records.contacts.is_empty() {
        for account in &reading.accounts {
            let mut teller = Teller::new(report, reading, std::slice::from_ref(account));
            phone::check(&mut teller, reading, case.records, account);
        }
    }
    if !scan.moments.is_empty() || !scan.spoken.is_empty() {
        check_days(report, &scan, reading);
    }
}

/// What depends on the day on which the text is read: another one in another zone, perhaps.
fn check_days(report: &mut Report<'_>, scan: &Scan<'_>, reading: &Reading<'_>) {
    let case = report.case;
    for (zone, accounts) in by_zone(&reading.accounts) {
        let view = View::new(case.speaks_at(), case.now, zone);
        let mut teller = Teller::new(report, reading, &accounts);
        weekday::check(&mut teller, scan, view);
        order::check_dates(&mut teller, scan, view);
        past::check(&mut teller, scan, view);
        relative::check(&mut teller, scan, view);
    }
}

/// What holds on every day.
fn check_words(teller: &mut Teller<'_, '_>, scan: &Scan<'_>) {
    impossible::check(teller, scan);
    era::check(teller, scan);
    order::check_times(teller, scan);
    units::check(teller, scan);
    measures::check(teller, scan);
    brackets::check(teller, scan);
    leftover::check(teller, scan);
    blank::check(teller, scan);
}

/// The accounts of each zone.
fn by_zone<'a>(accounts: &[&'a Account]) -> Vec<(Tz, Vec<&'a Account>)> {
    let mut zones: Vec<(Tz, Vec<&Account>)> = Vec::new();
    for account in accounts {
        match zones.iter_mut().find(|(zone, _)| *zone == account.zone) {
            Some((_, members)) => members.push(account),
            None => zones.push((account.zone, vec![account])),
        }
    }
    zones
}

#[cfg(test)]
mod tests;
