//! Telephone numbers. The organization's published ones and services for everybody are passed over; an
//! office's number and a person's weigh the same, as nobody can tell them apart by their digits.

mod plan;

use std::ops::Range;

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{before, before_on_line, has},
    number::Digits,
    view::{Group, Tie, View},
};
use crate::domain::{
    finding::Severity,
    records::{ContactKind, Records},
};
use plan::Line;

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.phone", Severity::Confirm, CLAUSES);

/// The digits of the longest number.
const MOST: usize = 11;

/// Words that end in a number of something else when its digits stand together.
const COUNTED: &[&str] = &[
    "受付番号",
    "伝票",
    "注文番号",
    "管理番号",
    "整理番号",
    "文書番号",
    "追跡番号",
    "isbn",
    "id:",
];

pub(super) fn find(view: &View<'_>, records: &Records, hits: &mut Vec<Hit>) {
    let mut index = 0;
    while index < view.groups.len() {
        let Some((last, phone)) = phone_at(view, index) else {
            index += 1;
            continue;
        };
        index = last + 1;
        if phone.line != Line::Service && !is_published(records, phone.digits.get()) {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-phone",
                at: phone.at,
            });
        }
    }
}

struct Phone {
    line: Line,
    digits: Digits,
    at: Range<usize>,
}

/// The telephone number that begins with a group, and its last group.
fn phone_at(view: &View<'_>, first: usize) -> Option<(usize, Phone)> {
    let group = &view.groups[first];
    let start = group.at.start;
    let country = country_code(view, group);
    if country.is_none() && (group.tie >= Tie::Dot || !may_begin(view.text, start)) {
        return None;
    }
    let mut digits = Digits::new();
    if country.is_some() {
        digits.extend("0");
    }
    for (last, group) in view.groups.iter().enumerate().skip(first).take(7) {
        if last > first && group.tie == Tie::Apart {
            break;
        }
        let part = match country {
            Some(length) if last == first => &view.digits(group)[length..],
            // `+81 (0)90 …`
            Some(_) if digits.get().len() == 1 => view.digits(group).trim_start_matches('0'),
            _ => view.digits(group),
        };
        if digits.get().len() + part.len() > MOST {
            break;
        }
        digits.extend(part);
        let is_end = view.tie_after(last) < Tie::Dot;
        if let Some(line) = plan::line(digits.get()).filter(|_| is_end)
            && (country.is_some() || is_shape(view, first..=last, digits.get()))
        {
            let at = start - usize::from(country.is_some())..group.at.end;
            return Some((last, Phone { line, digits, at }));
        }
    }
    None
}

/// The length of Japan's country code, where a group begins with it.
fn country_code(view: &View<'_>, group: &Group) -> Option<usize> {
    let is_japan = view.digits(group).starts_with("81");
    (is_japan && view.text[..group.at.start].ends_with('+')).then_some(2)
}

/// Whether a number may begin here: not within a word or a reference such as `id0312345678`.
fn may_begin(text: &str, start: usize) -> bool {
    let word = before(text, start, 8);
    let letters = word.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '_');
    let word = &word[letters.len()..];
    matches!(
        word,
        "" | "t" | "f" | "m" | "tel" | "fax" | "phone" | "mobile" | "telfax"
    )
}

/// Whether the groups are those of a telephone number.
fn is_shape(view: &View<'_>, range: std::ops::RangeInclusive<usize>, digits: &[u8]) -> bool {
    let groups = &view.groups[range];
    let lengths: Vec<usize> = groups.iter().map(|group| group.at.len()).collect();
    let is_spaced = groups[1..].iter().any(|group| group.tie == Tie::Space);
    match *lengths.as_slice() {
        [_] => !has(before_on_line(view.text, groups[0].at.start, 8), COUNTED),
        // Spaces tie much that is no number, so the parts have to be those of the plan.
        [area, .., 4] if is_spaced => is_prefix(&digits[..area]),
        [_, _] if is_spaced => is_prefix(&digits[..lengths[0]]),
        [.., 3 | 4] | [_, _] => lengths[0] > 1,
        _ => false,
    }
}

/// Whether a number may be parted after these digits.
fn is_prefix(digits: &[u8]) -> bool {
    match digits {
        [0, 5..=9, 0] | [0, 1, 2, 0] | [0, 8, 0, 0] | [0, 5, 7, 0] => true,
        [0, rest @ ..] => plan::is_area_code(rest),
        _ => false,
    }
}

/// Whether a number is among the contacts that the organization has published, however they are written.
fn is_published(records: &Records, digits: &[u8]) -> bool {
    records
        .contacts_of(ContactKind::Phone)
        .any(|contact| begins_with(&contact.value, digits))
}

/// Whether a contact is this number, an extension or a remark behind it left out.
fn begins_with(contact: &str, digits: &[u8]) -> bool {
    let mut known = contact.chars().filter_map(digit);
    if contact.starts_with(['+', '＋']) {
        let mut known = known.skip(2).skip_while(|digit| *digit == 0);
        return digits[1..].iter().all(|digit| known.next() == Some(*digit));
    }
    digits.iter().all(|digit| known.next() == Some(*digit))
}

fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => u8::try_from(u32::from(c) - u32::from('0')).ok(),
        '０'..='９' => u8::try_from(u32::from(c) - u32::from('０')).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
