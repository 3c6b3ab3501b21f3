//! Whether an office number in a text is that of the divisions that speak.

use std::{collections::BTreeSet, ops::Range};

use super::{EXACT, teller::Teller};
use crate::{
    domain::{
        account::Account,
        finding::{Message, Severity},
        records::{ContactKind, Records},
    },
    gate::{reading::Reading, rules::RuleInfo},
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("accuracy.foreign_phone", Severity::Confirm, EXACT);

/// How many digits Japanese telephone numbers have, with the leading 0.
const LENGTH: std::ops::RangeInclusive<usize> = 10..=11;

pub(super) fn check(
    teller: &mut Teller<'_, '_>,
    reading: &Reading<'_>,
    records: &Records,
    account: &Account,
) {
    let Some(foreign) = foreign(records, account) else {
        return;
    };
    let text = reading.normalised.text();
    for (range, digits) in numbers(text) {
        if foreign.contains(&digits) {
            let typed = &reading.text[reading.original(range.clone())];
            let message = Message::new("finding-accuracy-foreign-phone").with("found", typed);
            teller.tell(&RULE, &message, &range, &digits);
        }
    }
}

/// The published numbers of other divisions; none if no number of the account's own divisions is kept.
fn foreign(records: &Records, account: &Account) -> Option<BTreeSet<String>> {
    let is_own = |division| account.divisions.contains(division);
    let has_own = records
        .contacts_of(ContactKind::Phone)
        .any(|contact| contact.division.as_ref().is_some_and(is_own));
    if !has_own {
        return None;
    }
    let (mut own, mut others) = (BTreeSet::new(), BTreeSet::new());
    for contact in records.contacts_of(ContactKind::Phone) {
        let list = match &contact.division {
            Some(division) if !is_own(division) => &mut others,
            _ => &mut own,
        };
        list.insert(digits_of(&contact.value));
    }
    others.retain(|number| !own.contains(number));
    (!others.is_empty()).then_some(others)
}

/// The digits of a kept number, as people dial them within the country.
fn digits_of(value: &str) -> String {
    let normalised = crate::gate::normalise::Normalised::of(value);
    let first = numbers(normalised.text()).next();
    first.map(|(_, digits)| digits).unwrap_or_default()
}

/// Telephone numbers in a normalised text, with their digits.
fn numbers(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let Some(start) = text[at..].find(|c: char| c.is_ascii_digit() || c == '+') else {
                at = text.len();
                break;
            };
            let (range, digits) = number(text, at + start);
            at = range.end;
            if digits.starts_with('0') && LENGTH.contains(&digits.len()) {
                return Some((range, digits));
            }
        }
        None
    })
}

/// A number with single signs between its digits.
fn number(text: &str, start: usize) -> (Range<usize>, String) {
    let mut digits = String::new();
    let mut end = start;
    let mut gap = 0;
    for (at, c) in text[start..].char_indices() {
        match c {
            '0'..='9' => {
                digits.push(c);
                (end, gap) = (start + at + 1, 0);
            }
            '+' if at == 0 => end = start + 1,
            '-' | '‐' | '–' | '—' | '―' | '−' | 'ー' | '(' | ')' | ' ' | '.' if gap < 2 => {
                gap += 1;
            }
            _ => break,
        }
        if digits.len() > *LENGTH.end() + 2 {
            break;
        }
    }
    if text[start..].starts_with("+81") {
        let rest = digits.split_off(2);
        digits = format!("0{}", rest.trim_start_matches('0'));
    }
    (start..end.max(start + 1), digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("電話0942-30-9000(内線123)", &["0942309000"])]
    #[case("(0942)30-9000", &["0942309000"])]
    #[case("tel.0942(30)9000 fax.0942(30)9001", &["0942309000", "0942309001"])]
    #[case("0942ー30−9000", &["0942309000"])]
    #[case("+81-942-30-9000", &["0942309000"])]
    #[case("090 1234 5678", &["09012345678"])]
    #[case("2026-11-21 10:00", &[])]
    #[case("10,000円", &[])]
    fn numbers_are_read_in_all_their_forms(#[case] text: &str, #[case] expected: &[&str]) {
        let found: Vec<String> = numbers(text).map(|(_, digits)| digits).collect();
        assert_eq!(found, expected);
    }
}
