//! Numbers of driving licences: twelve digits behind a word for the licence.

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{before_on_line, has},
    number::numbers,
    view::View,
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo =
    RuleInfo::adjustable("personal.driving_licence", Severity::Confirm, CLAUSES);

/// Licence and license, with either apostrophe.
const WORDS: &[&str] = &[
    "免許",
    "driver's licen",
    "driver’s licen",
    "driver licen",
    "driving licen",
];

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for number in numbers(view, 12..=12) {
        let is_one = number.is_whole() && number.is_uniform();
        if is_one && has(before_on_line(view.text, number.at.start, 30), WORDS) {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-driving-licence",
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
    #[case("運転免許証の番号は309812345670です", 1)]
    #[case("免許証番号：第３０９８１２３４５６７０号", 1)]
    #[case("免許 3098-1234-5670", 1)]
    #[case("免許証番号 123456789018", 1)]
    #[case("Driver's licence No. 309812345670", 1)]
    #[case("Driver’s license number: 309812345670", 1)]
    #[case("driving license 309812345670", 1)]
    #[case("309812345670", 0)]
    #[case("免許更新は12月6日10時から", 0)]
    #[case("免許センター 0942-12-3456 12", 0)]
    fn twelve_digits_behind_the_word_are_found(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(found(text, "personal.driving_licence"), expected, "{text}");
        assert_eq!(found(text, "personal.my_number"), 0);
    }
}
