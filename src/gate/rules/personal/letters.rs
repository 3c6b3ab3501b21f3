//! Numbers with letters: passports (two letters, seven digits) and residence cards (two, eight, two).

use std::ops::Range;

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{before_on_line, has},
    view::{Group, Tie, View},
};
use crate::domain::finding::Severity;

pub(super) const PASSPORT: RuleInfo = RuleInfo::adjustable("personal.passport", Severity::Confirm, CLAUSES);
pub(super) const RESIDENCE_CARD: RuleInfo =
    RuleInfo::adjustable("personal.residence_card", Severity::Confirm, CLAUSES);

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for (index, group) in view.groups.iter().enumerate() {
        match (group.at.len(), view.groups.get(index + 1)) {
            (7, _) => hits.extend(passport(view.text, group)),
            (8, _) => hits.extend(residence_card(view.text, &group.at)),
            (4, Some(next)) if next.at.len() == 4 && matches!(next.tie, Tie::Space | Tie::Hyphen) => {
                hits.extend(residence_card(view.text, &(group.at.start..next.at.end)));
            }
            _ => {}
        }
    }
}

fn passport(text: &str, group: &Group) -> Option<Hit> {
    let start = two_letters_before(text, group.at.start)?;
    let is_closed = letters(&text[group.at.end..]) == 0;
    let is_named = has(
        before_on_line(text, start, 24),
        &["旅券", "パスポート", "passport"],
    );
    (is_closed && is_named).then_some(Hit {
        rule: PASSPORT,
        key: "finding-personal-passport",
        at: start..group.at.end,
    })
}

/// A residence card whose eight digits, in one or two groups, stand here.
fn residence_card(text: &str, digits: &Range<usize>) -> Option<Hit> {
    let start = two_letters_before(text, digits.start)?;
    let tail = &text[digits.end..];
    let tail = tail.strip_prefix([' ', '-']).unwrap_or(tail);
    let is_closed = letters(tail) == 2;
    let words = ["在留", "特別永住", "外国人登録", "residence card"];
    (is_closed && has(before_on_line(text, start, 30), &words)).then_some(Hit {
        rule: RESIDENCE_CARD,
        key: "finding-personal-residence-card",
        at: start..text.len() - tail.len() + 2,
    })
}

/// Where two letters begin that stand right before a place, or a space before it.
fn two_letters_before(text: &str, at: usize) -> Option<usize> {
    let head = &text[..at];
    let head = head.strip_suffix([' ', '-']).unwrap_or(head);
    let count = head
        .bytes()
        .rev()
        .take(3)
        .take_while(u8::is_ascii_alphabetic)
        .count();
    (count == 2).then(|| head.len() - 2)
}

/// How many letters, up to three, a text begins with.
fn letters(text: &str) -> usize {
    text.bytes().take(3).take_while(u8::is_ascii_alphabetic).count()
}

#[cfg(test)]
mod tests {
    use crate::gate::rules::personal::tests::found;
    use rstest::rstest;

    #[rstest]
    #[case("旅券番号 TK1234567", 1)]
    #[case("パスポートの番号はＭＺ１２３４５６７です", 1)]
    #[case("passport no. TR 1234567", 1)]
    #[case("TK1234567", 0)]
    #[case("旅券の申請 ABC1234567", 0)]
    #[case("旅券窓口 0942-12-3456", 0)]
    fn passports(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(found(text, "personal.passport"), expected, "{text}");
    }

    #[rstest]
    #[case("在留カード番号：AB12345678CD", 1)]
    #[case("在留カードの番号ＡＢ１２３４５６７８ＣＤを", 1)]
    #[case("在留カード「AB 1234 5678 CD」", 1)]
    #[case("在留カード ＡＢ－１２３４－５６７８－ＣＤ", 1)]
    #[case("在留カード AB12345678 CD", 1)]
    #[case("在留カード 1234 5678", 0)]
    #[case("在留カードの窓口 A 1234 5678 B", 0)]
    #[case("AB 1234 5678 CD", 0)]
    #[case("AB12345678CD", 0)]
    #[case("在留カード AB12345678", 0)]
    #[case("在留カード AB12345678CDE", 0)]
    fn residence_cards(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(found(text, "personal.residence_card"), expected, "{text}");
    }
}
