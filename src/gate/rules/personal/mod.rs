//! Personal data (個人情報): what tells who somebody is, where they live, or how to reach them.
//!
//! Each kind has its file and starts from a few characters that the one pass of [`view`] has noted. A
//! value never leaves this folder: messages and evidence hold it masked.

mod address;
mod bank_account;
mod birth_date;
mod card;
mod context;
mod corporate_number;
mod driving_licence;
mod insurance;
mod letters;
mod location;
mod mail;
mod mask;
mod my_number;
mod name;
mod number;
mod pension;
mod phone;
mod vehicle_plate;
mod view;

use std::ops::Range;

use super::{Field, Found, Reading, Report, RuleInfo, reading};
use crate::domain::{finding::Message, records::Records};
use view::View;

/// The clauses of the five guidelines that ask for personal data to be kept.
const CLAUSES: &[&str] = &[
    "KUR-4.3",
    "KUR-7.5",
    "YAM-5.3",
    "AKI-4.3",
    "AKI-4.5.9",
    "MIS-3.7.2",
    "TOW-3.4",
    "TOW-4.9",
];

/// The rules of this folder.
pub(super) const RULES: &[RuleInfo] = &[
    my_number::RULE,
    card::RULE,
    bank_account::RULE,
    driving_licence::RULE,
    letters::PASSPORT,
    letters::RESIDENCE_CARD,
    pension::RULE,
    insurance::RULE,
    vehicle_plate::RULE,
    phone::RULE,
    mail::RULE,
    address::RULE,
    birth_date::RULE,
    name::RULE,
    corporate_number::RULE,
    location::RULE,
];

/// Something personal in a normalised text.
#[derive(Debug, Clone)]
struct Hit {
    rule: RuleInfo,
    key: &'static str,
    at: Range<usize>,
}

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    for reading in readings {
        if !matches!(reading.field, Field::CardUri | Field::RefersTo) {
            for hit in find(reading.normalised.text(), report.case.records) {
                tell(report, reading, &hit);
            }
        }
    }
    location::check(report);
}

/// Everything personal in a normalised text, in its order; what two kinds claim belongs to the kind that
/// was asked first.
fn find(text: &str, records: &Records) -> Vec<Hit> {
    let view = View::of(text);
    let mut hits = Vec::new();
    if !view.groups.is_empty() {
        my_number::find(&view, &mut hits);
        card::find(&view, &mut hits);
        driving_licence::find(&view, &mut hits);
        letters::find(&view, &mut hits);
        pension::find(&view, &mut hits);
        insurance::find(&view, &mut hits);
        bank_account::find(&view, &mut hits);
        corporate_number::find(&view, &mut hits);
        vehicle_plate::find(&view, &mut hits);
    }
    mail::find(&view, records, &mut hits);
    phone::find(&view, records, &mut hits);
    birth_date::find(&view, &mut hits);
    name::find(&view, &mut hits);
    address::find(&view, &mut hits);
    without_overlaps(hits)
}

fn without_overlaps(hits: Vec<Hit>) -> Vec<Hit> {
    if hits.len() < 2 {
        return hits;
    }
    let mut ranked: Vec<(usize, Hit)> = hits.into_iter().enumerate().collect();
    ranked.sort_by_key(|(rank, hit)| (hit.at.start, *rank));
    let mut kept: Vec<(usize, Hit)> = Vec::with_capacity(ranked.len());
    for (rank, hit) in ranked {
        match kept.last_mut() {
            Some((last_rank, last)) if hit.at.start < last.at.end => {
                if rank < *last_rank {
                    (*last_rank, *last) = (rank, hit);
                }
            }
            _ => kept.push((rank, hit)),
        }
    }
    kept.into_iter().map(|(_, hit)| hit).collect()
}

fn tell(report: &mut Report<'_>, reading: &Reading<'_>, hit: &Hit) {
    let masked = mask::mask(&reading.normalised.text()[hit.at.clone()]);
    let message = Message::new(hit.key)
        .with("place", reading::word(reading.field))
        .with("value", &masked);
    let found = Found::new(&hit.rule, message)
        .at(reading.at(reading.original(hit.at.clone())))
        .evidence(reading.evidence(&masked));
    report.add_on_each(reading, found);
}

#[cfg(test)]
mod tests;
