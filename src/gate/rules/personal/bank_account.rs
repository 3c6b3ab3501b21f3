//! Bank accounts: seven digits behind the kind of account, and those of Japan Post Bank.

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{after, before, has},
    view::{Group, Tie, View},
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.bank_account", Severity::Confirm, CLAUSES);

const KINDS: &[&str] = &["普通", "当座", "貯蓄", "口座番号", "口座no"];

const BANKS: &[&str] = &[
    "銀行",
    "信用金庫",
    "信金",
    "信用組合",
    "信組",
    "農協",
    "農業協同組合",
    "ja",
    "労働金庫",
    "労金",
    "漁協",
    "支店",
    "本店",
    "出張所",
    "口座番号",
    "振込",
];

const POST_BANK: &[&str] = &["ゆうちょ", "郵便貯金", "郵便局", "振替", "記号"];

/// Holders that everybody knows and that publish their account so that people pay into it. Committees and
/// purposes (義援金) are none: anybody can take such a name, so somebody should compare the number.
const PUBLIC_HOLDERS: &[&str] = &[
    "会計管理者",
    "日本赤十字",
    "日赤",
    "共同募金",
    "社会福祉協議会",
    "市長",
    "町長",
    "村長",
    "知事",
    "教育委員会",
];

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for (index, group) in view.groups.iter().enumerate() {
        let end = match group.at.len() {
            7 => bank(view, index),
            5 => post_bank(view, index),
            _ => None,
        };
        if let Some(end) = end
            && !has(after(view.text, end, 50), PUBLIC_HOLDERS)
        {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-bank-account",
                at: group.at.start..end,
            });
        }
    }
}

fn bank(view: &View<'_>, index: usize) -> Option<usize> {
    let Group { at, tie } = &view.groups[index];
    let is_alone = *tie < Tie::Dot && view.tie_after(index) < Tie::Dot;
    let is_account = has(before(view.text, at.start, 12), KINDS);
    (is_alone && is_account && has(before(view.text, at.start, 45), BANKS)).then_some(at.end)
}

/// The number of a savings account (a symbol that begins with 1, and up to eight digits), or of a transfer
/// account (one that begins with 0, a check digit, and up to six digits).
fn post_bank(view: &View<'_>, index: usize) -> Option<usize> {
    let Group { at, tie } = &view.groups[index];
    let (mut last, next) = (index + 1, view.groups.get(index + 1)?);
    // A single digit in the middle is a check digit.
    if next.at.len() == 1 && view.tie_after(last) == Tie::Hyphen {
        last += 1;
    }
    let number = view.groups.get(last)?;
    let between = &view.text[at.end..number.at.start];
    let is_number = (2..=8).contains(&number.at.len())
        && (number.tie != Tie::Apart || between.contains("番号"))
        && between.len() <= 24;
    let symbol = view.digits(&view.groups[index]);
    let has_check = last > index + 1;
    // 01267-2-3456 is a telephone: its area code never begins with 00.
    let is_transfer =
        has_check && (symbol.starts_with("00") || symbol.starts_with('0') && number.at.len() > 4);
    let is_symbol = symbol.starts_with('1') || is_transfer;
    (is_number && is_symbol && *tie == Tie::Apart && has(before(view.text, at.start, 20), POST_BANK))
        .then_some(number.at.end)
}

#[cfg(test)]
mod tests {
    use crate::gate::rules::personal::tests::found;
    use rstest::rstest;

    #[rstest]
    #[case("筑後銀行 本店 普通 1234567", 1)]
    #[case("○○信用金庫△△支店（普）口座番号：１２３４５６７", 1)]
    #[case("みなと銀行中央支店\n普通預金 1234567\n山田太郎", 1)]
    #[case("ゆうちょ銀行 記号12340 番号12345671", 1)]
    #[case("ゆうちょ 12340-12345671", 1)]
    #[case("記号 12340-1-12345671", 1)]
    #[case("みなと銀行 本店 普通預金 7654321\n口座名義：港市水害義援金", 1)]
    #[case("郵便振替口座 00170-3-654321 加入者名 夏祭り実行委員会", 1)]
    #[case("振替口座 ０１７４０－５－９８７６５", 1)]
    #[case("郵便局 01267-2-3456", 0)]
    #[case("筑後銀行本店 普通 1234567 久留米市会計管理者", 0)]
    #[case("義援金口座 ゆうちょ銀行 00100-1-12345 日本赤十字社", 0)]
    #[case("普通救命講習 1234567", 0)]
    #[case("銀行で1234567円", 0)]
    #[case("普通車 12,345台", 0)]
    fn accounts_of_persons(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(found(text, "personal.bank_account"), expected, "{text}");
    }
}
