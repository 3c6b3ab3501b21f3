//! Payment cards: 13 to 19 digits with the prefix of an issuer and the Luhn check digit (ISO/IEC 7812).

use super::{
    CLAUSES, Hit, RuleInfo, corporate_number,
    my_number::is_business,
    number::{Digits, Number, numbers},
    view::View,
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.card", Severity::Block, CLAUSES);

/// How the numbers are printed on cards.
const PRINTED: &[&[usize]] = &[&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3], &[6, 13]];

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for number in numbers(view, 13..=19) {
        if is_issued(&number.digits) && luhn(number.digits.get()) && is_written_alone(view.text, &number) {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-card",
                at: number.at,
            });
        }
    }
}

fn is_written_alone(text: &str, number: &Number<'_>) -> bool {
    let is_printed = PRINTED.iter().any(|lengths| number.is_grouped(lengths));
    let is_plain = number.is_whole() && number.is_uniform();
    let is_glued = text[..number.at.start].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (is_printed || is_plain)
        && !is_glued
        && !is_business(text, number)
        && !corporate_number::is_trade_item(number.digits.get())
}

/// Whether an issuer gives numbers with this beginning and length.
fn is_issued(digits: &Digits) -> bool {
    match digits.get().len() {
        13 => matches!(digits.leading(1), 4),
        14 => matches!(digits.leading(2), 36 | 38 | 39) || matches!(digits.leading(3), 300..=305 | 309),
        15 => matches!(digits.leading(2), 34 | 37),
        16 => {
            matches!(digits.leading(1), 4)
                || matches!(digits.leading(2), 51..=55 | 62 | 65 | 36 | 38 | 39)
                || matches!(digits.leading(3), 300..=305 | 309 | 644..=649)
                || matches!(digits.leading(4), 2221..=2720 | 3528..=3589 | 6011)
        }
        17 | 18 => matches!(digits.leading(2), 62) || matches!(digits.leading(4), 3528..=3589),
        19 => matches!(digits.leading(1), 4) || matches!(digits.leading(2), 62),
        _ => false,
    }
}

/// Whether the last digit is the Luhn check digit of the others.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (1, digit) if digit > 4 => digit * 2 - 9,
            (1, digit) => digit * 2,
            (_, digit) => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use crate::gate::rules::personal::tests::found;
    use rstest::rstest;

    #[rstest]
    #[case("4111111111111111")]
    #[case("4111-1111-1111-1111")]
    #[case("４１１１　１１１１　１１１１　１１１１")]
    #[case("5555 5555 5555 4444")]
    #[case("カード番号は3530-1113-3330-0000、期限は")]
    #[case("3782-822463-10005")]
    #[case("3056 930902 5904")]
    #[case("6011111111111117")]
    #[case("2223003122003222")]
    fn cards_are_found(#[case] text: &str) {
        assert_eq!(found(text, "personal.card"), 1, "{text}");
    }

    #[rstest]
    #[case("4111111111111112")]
    #[case("1234567890123452")]
    #[case("追跡番号 4111111111111111")]
    #[case("https://x.example.com/status/4111111111111111")]
    #[case("JAN 4901234567894")]
    #[case("4901234567894")]
    fn other_numbers_are_none(#[case] text: &str) {
        assert_eq!(found(text, "personal.card"), 0, "{text}");
    }
}
