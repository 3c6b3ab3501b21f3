//! Basic pension numbers (基礎年金番号): four and six digits.

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{before_on_line, has},
    number::numbers,
    view::View,
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.pension", Severity::Confirm, CLAUSES);

/// Words after which a number is that of a person.
const NUMBER_WORDS: &[&str] = &["年金番号", "年金手帳", "年金証書", "pension number", "pension no"];

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for number in numbers(view, 10..=10) {
        let is_form = number.is_whole() && (number.groups.len() == 1 || number.is_grouped(&[4, 6]));
        if !is_form {
            continue;
        }
        let near = before_on_line(view.text, number.at.start, 20);
        // A pension office has a telephone, whose number begins with 0.
        let is_phone = number.digits.leading(1) == 0;
        if has(near, NUMBER_WORDS) || (near.contains("年金") && !is_phone) {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-pension",
                at: number.at,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::gate::rules::personal::tests::found;
    use rstest::rstest;

    #[rstest]
    #[case("基礎年金番号 1234-567890", 1)]
    #[case("基礎年金番号：０１２３－４５６７８９", 1)]
    #[case("年金手帳の番号は1234567890", 1)]
    #[case("年金 1234-567890", 1)]
    #[case("Basic Pension Number: 1234-567890", 1)]
    #[case("pension no. 1234567890", 1)]
    #[case("pension office 0942-336192", 0)]
    #[case("1234-567890", 0)]
    #[case("年金事務所 0942-336192", 0)]
    #[case("年金事務所 0942-33-6192", 0)]
    #[case("ねんきんダイヤル 0570-05-1165", 0)]
    #[case("年金額は1234567円", 0)]
    fn four_and_six_digits_behind_the_word(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(found(text, "personal.pension"), expected, "{text}");
    }
}
