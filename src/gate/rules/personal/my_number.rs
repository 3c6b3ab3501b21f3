//! Individual numbers (個人番号, マイナンバー): twelve digits, the last of which checks the others.

use std::sync::LazyLock;

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{Vocabulary, after, before, before_on_line},
    number::{Number, numbers},
    view::{Tie, View},
};

/// No profile may let one pass (番号法 forbids it to everybody).
pub(super) const RULE: RuleInfo = RuleInfo::fixed("personal.my_number", CLAUSES);

/// What numbers of business are called. One in eleven of them passes the check by chance.
static BUSINESS: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::of(
        "問い合わせ番号 問合せ番号 問合番号 伝票 文書番号 受付番号 受付no 追跡番号 送り状 整理番号 登録番号 管理番号 承認番号 許可番号 認可番号 \
         注文番号 会員番号 契約番号 通知書番号 納付番号 確認番号 機関番号 事件番号 製造番号 型番 シリアル ロット番号 商品コード 商品番号 \
         バーコード 品番 物件番号 資料番号 請求番号 請求書番号 図書番号 案件番号 公告番号 調達番号 申込番号 申請番号 予約番号 お客様番号 顧客番号 \
         供給地点 使用者番号 水栓番号 検針 免許 isbn issn janコード id番号 id: imei",
    )
});

/// Units that follow an amount, which is no name of anybody.
static UNITS: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::of("円 ドル ユーロ 元 ウォン 人 件 個 株 バイト byte %"));

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for number in numbers(view, 12..=12) {
        if checks(number.digits.get()) && stands_for_a_person(view.text, &number) {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-my-number",
                at: number.at,
            });
        }
    }
}

/// Whether the last digit is the check digit of the others.
pub(super) fn checks(digits: &[u8]) -> bool {
    let [base @ .., check] = digits else { return false };
    // Weights from the right: 2 to 7, then 2 to 6.
    let sum: u32 = base
        .iter()
        .rev()
        .zip((2..=7).chain(2..=6))
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum();
    let expected = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    base.len() == 11 && u32::from(*check) == expected && base.iter().any(|digit| *digit != base[0])
}

fn stands_for_a_person(text: &str, number: &Number<'_>) -> bool {
    let is_printed = number.is_grouped(&[4, 4, 4]);
    if is_called_so(text, number) {
        return is_printed || is_one(number);
    }
    is_one(number)
        && !number.is_tied_by(Tie::Dot)
        && !is_date(number)
        && !is_glued(text, number)
        && !is_business(text, number)
        && !UNITS.starts(text[number.at.end..].trim_start())
}

/// Whether it is written as one number: in one piece, or in groups that belong together.
fn is_one(number: &Number<'_>) -> bool {
    match number.groups.len() {
        1 => number.is_whole(),
        _ => number.is_even() || (number.is_whole() && number.is_uniform()),
    }
}

/// Whether a word for the number stands near; the card is also spoken of without it.
fn is_called_so(text: &str, number: &Number<'_>) -> bool {
    const WORDS: &[&str] = &["個人番号", "マイナンバー", "my number", "mynumber"];
    let speaks = |near: &str| {
        WORDS.iter().any(|word| {
            let mut behind = near
                .match_indices(word)
                .map(|(at, word)| &near[at + word.len()..]);
            behind.any(|behind| !behind.starts_with("カード") && !behind.starts_with(" card"))
        })
    };
    speaks(before(text, number.at.start, 24)) || speaks(after(text, number.at.end, 12))
}

/// Whether it begins as a date does: `2026-12-06 1030`.
fn is_date(number: &Number<'_>) -> bool {
    let [year, month, ..] = number.groups else {
        return false;
    };
    year.at.len() == 4 && month.at.len() <= 2 && matches!(number.digits.leading(2), 19 | 20)
}

/// Whether it is a part of a word, such as the name of a file.
fn is_glued(text: &str, number: &Number<'_>) -> bool {
    let is_word = |c: char| c.is_ascii_alphabetic() || c == '_';
    text[..number.at.start].ends_with(is_word) || text[number.at.end..].starts_with(is_word)
}

/// Whether what stands right before it says that it counts business.
pub(super) fn is_business(text: &str, number: &Number<'_>) -> bool {
    let label = before_on_line(text, number.at.start, 14);
    BUSINESS.is_in(label.rsplit(['。', '、']).next().unwrap_or(label))
}

#[cfg(test)]
mod tests {
    use crate::gate::rules::personal::tests::found;
    use rstest::rstest;

    const RULE: &str = "personal.my_number";

    #[rstest]
    #[case("123456789018")]
    #[case("１２３４５６７８９０１８")]
    #[case("1234-5678-9018")]
    #[case("1234 5678 9018")]
    #[case("１２３４－５６７８－９０１８")]
    #[case("1234ー5678−9018")]
    #[case("個人番号 1234・5678・9018")]
    #[case("マイナンバーは12345-6789018")]
    #[case("123 456 789 018")]
    #[case("123456-789018")]
    #[case("12 34 56 78 90 18")]
    #[case("1 2 3 4 5 6 7 8 9 0 1 8")]
    #[case("12345-6789018")]
    #[case("①②③④⑤⑥⑦⑧⑨⓪①⑧")]
    #[case("1234\u{200B}56789018")]
    #[case("番号は1234 5678 9018 電話は090-1111-2222です")]
    #[case("個人番号：1234 5678 9018 2026年交付")]
    #[case("マイナンバー: 受付番号 123456789018")]
    #[case("山田（123456789018）")]
    #[case("123456789018 10時受付")]
    #[case("個人番号No123456789018")]
    fn twelve_digits_that_check_are_found(#[case] text: &str) {
        assert_eq!(found(text, RULE), 1, "{text}");
    }

    #[rstest]
    #[case("123456789012")]
    #[case("お問い合わせ番号：1234-5678-9018")]
    #[case("お問合せ番号 123456789018")]
    #[case("伝票番号は123456789018です")]
    #[case("受付番号（123456789018）")]
    #[case("文書番号 第123456789018号")]
    #[case("マイナンバーカードの受付番号 123456789018")]
    #[case("123456789018円")]
    #[case("0.123456789018")]
    #[case("123.456.789.018")]
    #[case("個人番号カードの受付番号 123456789018")]
    #[case("マイナンバーカードの予約は0942-12-3456 05時から")]
    #[case("2026-12-06 1234")]
    #[case("1234-5678-9018-0000")]
    #[case("1234 5678 9018 0000")]
    #[case("123,456,789,018円")]
    #[case("https://www.example.jp/123456789018.html")]
    #[case("img_123456789018.jpg")]
    #[case("000000000000")]
    #[case("1234567890180")]
    fn other_numbers_are_none(#[case] text: &str) {
        assert_eq!(found(text, RULE), 0, "{text}");
    }

    #[test]
    fn the_check_digit_is_that_of_the_ordinance() {
        for (number, expected) in [("123456789018", true), ("123456789010", false), ("", false)] {
            let digits: Vec<u8> = number.bytes().map(|b| b - b'0').collect();
            assert_eq!(super::checks(&digits), expected, "{number}");
        }
    }

    #[test]
    fn one_wrong_digit_is_always_noticed() {
        let right: Vec<u8> = "123456789018".bytes().map(|b| b - b'0').collect();
        let mut passes = 0;
        for place in 0..right.len() {
            for digit in (0..10).filter(|digit| *digit != right[place]) {
                let mut wrong = right.clone();
                wrong[place] = digit;
                passes += usize::from(super::checks(&wrong));
            }
        }
        // Remainders 0 and 1 share a check digit, so a few slips cannot be seen.
        assert!(passes <= 2, "{passes}");
    }
}
