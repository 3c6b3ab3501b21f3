//! How house numbers are written.

use crate::gate::rules::personal::view::{is_hyphen, numeral};

/// How a house number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// With the block and what is in it (1丁目2番3号, 1丁目2-3).
    Block,
    /// In words (2番3号, 15番地), or as three numbers.
    Clear,
    /// As two numbers with a hyphen, like much else.
    Pair,
    /// As one number, behind a postal code.
    Bare,
}

/// A house number, and where it ends.
pub(super) struct House {
    pub(super) form: Form,
    pub(super) end: usize,
}

/// The house number that begins at a place.
pub(super) fn house(text: &str, start: usize) -> Option<House> {
    let rest = number(&text[start..]).filter(|_| !is_other(&text[start..]))?;
    let end = |rest: &str| text.len() - rest.len();
    if let Some(rest) = rest.strip_prefix("丁目") {
        let behind = number(rest.trim_start_matches([' ', 'の']))?;
        let behind = lot(behind).or_else(|| hyphened(behind).map(|(_, behind)| behind))?;
        return Some(House {
            form: Form::Block,
            end: end(behind),
        });
    }
    if let Some(behind) = lot(rest) {
        return Some(House {
            form: Form::Clear,
            end: end(behind),
        });
    }
    let (numbers, behind) = hyphened(rest)?;
    let form = if numbers >= 2 { Form::Clear } else { Form::Pair };
    (numbers <= 4 && !counts(behind)).then(|| House {
        form,
        end: end(behind),
    })
}

/// Whether digits are those of a telephone number or a year, which no house has.
fn is_other(text: &str) -> bool {
    let is_year = |c| is_hyphen(c) || c == '年';
    let has_four =
        text.starts_with(['1', '2']) && text.get(4..).is_some_and(|rest| rest.starts_with(is_year));
    text.starts_with('0') || has_four
}

/// What follows 番地, or 番 and a number, with all that belongs to it.
fn lot(rest: &str) -> Option<&str> {
    if let Some(behind) = rest.strip_prefix("番地") {
        let sub = behind.trim_start_matches(['の', ' ']);
        let sub = sub.strip_prefix(is_hyphen).unwrap_or(sub);
        return Some(number(sub).filter(|behind| !counts(behind)).unwrap_or(behind));
    }
    let behind = number(rest.strip_prefix('番')?.trim_start_matches(['の', ' ']))?;
    let behind = hyphened(behind).map_or(behind, |(_, behind)| behind);
    match behind.strip_prefix('号') {
        Some(behind) if !behind.starts_with(['車', '線', '館']) => Some(behind),
        Some(_) => None,
        None => (!counts(behind)).then_some(behind),
    }
}

/// How many numbers follow, each behind a hyphen or の, and what follows them.
fn hyphened(rest: &str) -> Option<(usize, &str)> {
    let (mut count, mut rest) = (0, rest);
    while let Some(behind) = rest.strip_prefix(|c| is_hyphen(c) || c == 'の').and_then(number) {
        count += 1;
        rest = behind;
    }
    (count > 0).then_some((count, rest))
}

/// What follows a number of up to five digits, or one in Chinese characters.
fn number(text: &str) -> Option<&str> {
    let digits = text.bytes().take(6).take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return (digits <= 5).then(|| &text[digits..]);
    }
    let letters = text.chars().take(6).take_while(|c| numeral(*c).is_some()).count();
    (1..=5)
        .contains(&letters)
        .then(|| &text[letters * '一'.len_utf8()..])
}

/// Whether what follows makes an amount or a date of the numbers.
fn counts(rest: &str) -> bool {
    const UNITS: &[&str] = &[
        "月",
        "日",
        "年",
        "時",
        "分",
        "秒",
        "回",
        "人",
        "名",
        "位",
        "勝",
        "敗",
        "点",
        "組",
        "班",
        "階",
        "歳",
        "才",
        "週",
        "円",
        "%",
        "℃",
        "度",
        "m",
        "c",
        "k",
        "g",
        "t",
        "mm",
        "ミリ",
        "センチ",
        "キロ",
        "メートル",
        "トン",
        "本",
        "個",
        "台",
        "件",
        "枚",
        "冊",
        "校",
        "世帯",
        "区間",
        "地区",
        "か所",
        "カ所",
        "ヶ所",
        "箇所",
        "か月",
        "ヶ月",
        "カ月",
        "メ",
        "号線",
        "車線",
        "セット",
        "部",
        "で勝",
        "で敗",
        "で引",
        "と",
        "~",
        "〜",
        "/",
        ":",
        ".",
        "期",
        "級",
        "種",
        "倍",
        "割",
        "泊",
        "便",
        "号車",
        "番線",
        "丁目",
        "年度",
        "学期",
        "限",
        "コース",
        "コート",
    ];
    UNITS.iter().any(|unit| rest.starts_with(unit))
}

/// Where the numeral begins that stands before a sign.
pub(super) fn start_of_numeral(text: &str, at: usize) -> usize {
    let letters = text[..at]
        .chars()
        .rev()
        .take(5)
        .take_while(|c| numeral(*c).is_some())
        .count();
    at - letters * '一'.len_utf8()
}
