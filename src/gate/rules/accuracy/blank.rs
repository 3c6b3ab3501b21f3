//! Drawn signs in the place of a name or a number that nobody has filled in (〇〇課, ○月○日, 12月〇日).

use std::ops::Range;

use super::{
    cursor::Cursor,
    leftover::{LEFTOVER, PLACEHOLDER},
    scan::{Scan, Sign},
    teller::Teller,
    wording,
};
use crate::domain::finding::Message;

/// What follows a row of circles that stands for a name or number.
const NOUNS: &[&str] = &[
    "市",
    "町",
    "村",
    "区",
    "地区",
    "県",
    "課",
    "係",
    "局",
    "室",
    "様",
    "氏",
    "年",
    "月",
    "日",
    "時",
    "分",
    "円",
    "名",
    "人",
    "館",
    "校",
    "園",
    "号",
    "会場",
    "会館",
    "公民館",
    "センター",
    "株式会社",
    "警察",
    "小学",
    "中学",
    "高校",
    "丁目",
    "番地",
    "駅",
    "銀行",
    "さん",
];

/// What follows them where they only adorn a heading: ■■日時■■.
const HEADINGS: &[&str] = &[
    "日時", "日程", "年間", "月間", "日付", "人権", "市民", "町民", "村民", "区民", "県民",
];

/// Texts that show what deceivers say, or how to fill in a form.
const EXAMPLES: &[&str] = &[
    "詐欺",
    "不審",
    "なりすま",
    "装",
    "名乗",
    "騙",
    "かたる",
    "だまし",
    "偽",
    "例)",
    "例:",
    "記入例",
    "クイズ",
    "注意喚起",
    "例えば",
];

/// Signs that stand for a blank; the others mostly adorn.
const CIRCLES: &[char] = &['〇', '○', '◯', '△', '×'];

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>) {
    let mut end = 0;
    for at in scan.signs(Sign::Blank) {
        if at < end {
            continue;
        }
        let row = row(scan.text, at);
        end = row.end;
        let half_filled = half_filled(scan.text, &row);
        let is_half_filled = half_filled.is_some();
        let Some(range) = half_filled.or_else(|| blank(scan.text, &row)) else {
            continue;
        };
        end = range.end.max(end);
        let is_example = wording::is_quoted(scan.text, at) || wording::contains_any(scan.text, EXAMPLES);
        if is_example {
            return;
        }
        let (rule, key) = if is_half_filled {
            (&LEFTOVER, "finding-accuracy-leftover")
        } else {
            (&PLACEHOLDER, "finding-accuracy-placeholder")
        };
        let message = Message::new(key).with("found", scan.typed(&range));
        teller.tell(rule, &message, &range, scan.words(&range));
    }
}

const fn is_sign(c: char) -> bool {
    matches!(
        c,
        '〇' | '○' | '◯' | '△' | '×' | '●' | '■' | '□' | '◇' | '◎' | '☆' | '◆' | '▲' | '✕'
    )
}

/// A row of signs.
fn row(text: &str, at: usize) -> Range<usize> {
    let rest = &text[at..];
    let length = rest.find(|c: char| !is_sign(c)).unwrap_or(rest.len());
    at..at + length
}

/// 12月〇日, 10時○分, 午後〇時: a date or time of which one half is there cannot be meant.
fn half_filled(text: &str, row: &Range<usize>) -> Option<Range<usize>> {
    let mut cursor = Cursor::new(text, row.end);
    let unit = cursor.eat_if(|c| matches!(c, '日' | '時' | '分'))?;
    let before = &text[..row.start];
    let filled = match unit {
        '日' => before.strip_suffix('月')?,
        '分' => before.strip_suffix('時')?,
        _ => {
            let half = ["午前", "午後"].iter().find(|half| before.ends_with(**half))?;
            return Some(row.start - half.len()..cursor.at());
        }
    };
    let number = filled.trim_end_matches(|c: char| c.is_ascii_digit());
    (number.len() < filled.len() && filled.len() - number.len() <= 2).then(|| number.len()..cursor.at())
}

/// What the row stands for, if it stands for anything.
fn blank(text: &str, row: &Range<usize>) -> Option<Range<usize>> {
    let mut cursor = Cursor::new(text, row.end);
    let before = text[..row.start].chars().next_back();
    let is_number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百千万".contains(c);
    // 二〇二六年, 一〇〇円, 3×4m.
    if before.is_some_and(is_number) || cursor.peek().is_some_and(is_number) {
        return None;
    }
    let is_circles = text[row.clone()].chars().all(|c| CIRCLES.contains(&c));
    if text[row.clone()].chars().count() == 1 {
        return single(text, row, cursor).filter(|_| is_circles);
    }
    if stands_for_noun(text, row) {
        return Some(row.clone());
    }
    if cursor.looks_at_any(HEADINGS) || !cursor.eat_any(NOUNS) {
        return None;
    }
    let is_word = cursor
        .peek()
        .is_some_and(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
    let adorns = cursor.peek().is_some_and(is_sign) || is_word;
    (is_circles || !adorns).then(|| row.start..cursor.at())
}

/// 給食は●●●●です: a longer row in the middle of a sentence, where only a noun can stand.
fn stands_for_noun(text: &str, row: &Range<usize>) -> bool {
    let is_long = text[row.clone()].chars().nth(2).is_some();
    let follows = text[..row.start].ends_with(['は', 'が', 'を', 'に', 'で', 'の', 'と']);
    let goes_on =
        Cursor::new(text, row.end).looks_at_any(&["です", "でし", "を", "が", "は", "に", "で", "へ"]);
    is_long && follows && goes_on
}

/// One sign is a blank only in the company of others: ○月○日, ○時○分, 第○回.
fn single(text: &str, row: &Range<usize>, mut cursor: Cursor<'_>) -> Option<Range<usize>> {
    let sign = text[row.clone()].chars().next()?;
    if text[..row.start].ends_with('第') && cursor.eat_any(&["回", "号", "期"]) {
        return Some(row.start..cursor.at());
    }
    let second = if cursor.eat("月") {
        "日"
    } else if cursor.eat("時") {
        "分"
    } else {
        return None;
    };
    cursor.eat_if(|c| c == sign)?;
    cursor.eat(second).then(|| row.start..cursor.at())
}
