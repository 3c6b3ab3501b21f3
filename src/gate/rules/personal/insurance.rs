//! Numbers of insured persons: health, nursing care, the late-stage elderly.

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{before_on_line, has},
    number::numbers,
    view::View,
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.insurance", Severity::Confirm, CLAUSES);

/// What the card or the scheme is called.
const SCHEMES: &[&str] = &[
    "被保険者",
    "保険証",
    "介護保険",
    "健康保険",
    "国民健康保険",
    "国保",
    "後期高齢",
    "資格確認書",
    "受給者",
];

/// Words that name another number of the same office.
const OTHERS: &[&str] = &[
    "電話",
    "tel",
    "fax",
    "内線",
    "問い合わせ",
    "問合せ",
    "連絡先",
    "郵便",
    "事業所番号",
];

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for number in numbers(view, 5..=11) {
        if !number.is_whole() {
            continue;
        }
        let near = before_on_line(view.text, number.at.start, 26);
        let is_labelled = has(before_on_line(view.text, number.at.start, 6), &["番号", "記号"]);
        if is_labelled && has(near, SCHEMES) && !has(near, OTHERS) {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-insurance",
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
    #[case("被保険者番号 1234567890", 1)]
    #[case("介護保険被保険者番号：００００１２３４５６", 1)]
    #[case("保険証の記号 123-45 番号 6789012", 2)]
    #[case("後期高齢者医療の被保険者番号は12345678です", 1)]
    #[case("介護保険課 電話番号 0942-30-9000", 0)]
    #[case("国民健康保険の保険税は12345円", 0)]
    #[case("介護保険事業所番号 4071234567", 0)]
    #[case("保険証番号は8桁です", 0)]
    #[case("被保険者は12345人", 0)]
    fn numbers_of_insured_persons(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(found(text, "personal.insurance"), expected, "{text}");
    }
}
