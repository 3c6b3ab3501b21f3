//! Corporate numbers (法人番号): public, but worth a look where a person's number was meant.

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{before_on_line, has},
    my_number::is_business,
    number::{Number, numbers},
    view::{Tie, View},
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo =
    RuleInfo::adjustable("personal.corporate_number", Severity::Notice, CLAUSES);

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for number in numbers(view, 13..=13) {
        let digits = number.digits.get();
        let is_one = match number.groups.len() {
            1 => true,
            _ => number.is_grouped(&[1, 4, 4, 4]) && number.is_uniform() && !number.is_tied_by(Tie::Dot),
        };
        if is_one
            && number.is_whole()
            && checks(digits)
            && !is_trade_item(digits)
            && (is_of_invoices(view.text, &number) || !is_business(view.text, &number))
        {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-corporate-number",
                at: number.at,
            });
        }
    }
}

/// Whether it is told as the number of an issuer of invoices, which is T and the corporate number.
fn is_of_invoices(text: &str, number: &Number<'_>) -> bool {
    let label = before_on_line(text, number.at.start, 24);
    label.ends_with('t') && has(label, &["適格請求書", "インボイス", "invoice"])
}

/// Whether the first digit is the check digit of the others.
fn checks(digits: &[u8]) -> bool {
    let [check, base @ ..] = digits else { return false };
    let sum: u32 = weighted(base, [1, 2]);
    u32::from(*check) == 9 - sum % 9
}

/// Whether a number of 13 digits is that of a book or of goods in a Japanese shop (JIS X 0507).
pub(super) fn is_trade_item(digits: &[u8]) -> bool {
    let [base @ .., check] = digits else { return false };
    let is_range = matches!(base, [9, 7, 8 | 9, ..] | [4, 5 | 9, ..]);
    digits.len() == 13 && is_range && (weighted(base, [3, 1]) + u32::from(*check)).is_multiple_of(10)
}

/// The sum of the digits, weighted in turn from the right.
fn weighted(digits: &[u8], weights: [u32; 2]) -> u32 {
    let weights = weights.into_iter().cycle();
    digits
        .iter()
        .rev()
        .zip(weights)
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum()
}

#[cfg(test)]
mod tests {
    use crate::gate::rules::personal::tests::found;
    use rstest::rstest;

    #[rstest]
    // The check digit of the National Tax Agency's own example, 700110005901.
    #[case("8700110005901", 1)]
    #[case("法人番号8-7001-1000-5901", 1)]
    #[case("登録番号はT8700110005901", 0)]
    #[case("T8700110005901", 1)]
    #[case("インボイスの登録番号：T8700110005901", 1)]
    #[case("適格請求書発行事業者 登録番号 Ｔ８７００１１０００５９０１", 1)]
    #[case("インボイスの登録番号：T7700110005901", 0)]
    #[case("7700110005901", 0)]
    #[case("9784123456789", 0)]
    #[case("ISBN 978-4-12-345678-7", 0)]
    #[case("8 7001 1000 5901 0000", 0)]
    fn thirteen_digits_that_check_are_shown(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(found(text, "personal.corporate_number"), expected, "{text}");
    }
}
