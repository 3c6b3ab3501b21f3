//! What the words around a place say: whether something is announced, reported or quoted.

use std::ops::Range;

/// How far a sentence is read on each side, in bytes.
const REACH: usize = 240;

/// Words of a report: what happened is over, and rightly so.
const REPORT: &[&str] = &[
    "した",
    "でした",
    "された",
    "済み",
    "終了",
    "前回",
    "昨年",
    "去年",
    "先日",
    "過日",
    "現在",
    "時点",
    "以前",
    "以降",
    "以来",
    "生まれ",
    "基準日",
    "住民登録",
    "実績",
    "累計",
    "集計",
    "結果",
    "様子",
    "報告",
    "振り返",
    " was ",
    " were ",
    "took place",
];

/// Words that call people to something.
const ANNOUNCEMENT: &[&str] = &[
    "開催します",
    "開催いたします",
    "開催予定",
    "開催!",
    "開催。",
    "実施します",
    "実施いたします",
    "実施予定",
    "行います",
    "行われます",
    "予定です",
    "予定して",
    "予定!",
    "お越し",
    "ご参加",
    "ご来場",
    "お待ちして",
    "募集します",
    "募集中",
    "募集して",
    "受付します",
    "受け付けます",
    "受付中",
    "申込受付",
    "お申し込み",
    "お申込み",
    "始まります",
    "開きます",
    "あります",
    "実施されます",
    "開催されます",
    "開会",
    "開演",
    "will ",
    "join us",
    "join our",
    "please join",
    "please come",
    "come and",
    "sign up",
    "takes place",
    "scheduled",
];

/// Labels after which the time of something to come stands.
const EVENT_LABELS: &[&str] = &[
    "日時",
    "とき",
    "日程",
    "期日",
    "開催日",
    "実施日",
    "日にち",
    "when:",
    "date:",
];

/// Labels after which a deadline stands.
const DEADLINE_LABELS: &[&str] = &[
    "締切",
    "〆切",
    "締め切り",
    "しめきり",
    "期限",
    "締切日",
    "〆切日",
    "締め切り日",
    "募集期間",
    "申込期間",
    "受付期間",
    "申請期間",
    "応募期間",
    "deadline",
    "due",
    "by ",
    "until ",
    "no later than",
];

/// What has the same ending and is no deadline of the reader's.
const OTHER_LABELS: &[&str] = &["賞味期限", "消費期限", "使用期限", "有効期限", "保存期限"];

/// Words before and behind a date that comes again each year.
const EACH_YEAR: (&[&str], &[&str]) = (
    &["毎年", "例年"],
    &["every year", "each year", "annually", "of each year"],
);

/// Words that make a deadline of the date before them.
const DEADLINE_ENDS: &[&str] = &[
    "まで",
    "必着",
    "消印",
    "締切",
    "〆切",
    "締め切り",
    "が期限",
    "が締切",
    "が締め切り",
];

/// What follows 日まで where it tells of a span that was looked at.
const NOT_A_DEADLINE: &[&str] = &[
    "の実績",
    "の累計",
    "の集計",
    "の件数",
    "の間に",
    "に生まれ",
    "の状況",
    "の人口",
];

/// The sentence in which a range stands, or as much of it as matters.
pub(super) fn sentence(text: &str, range: &Range<usize>) -> Range<usize> {
    let from = text.floor_char_boundary(range.start.saturating_sub(REACH));
    let to = text.ceil_char_boundary((range.end + REACH).min(text.len()));
    let before = text.get(from..range.start).unwrap_or_default();
    let after = text.get(range.end..to).unwrap_or_default();
    let start = before
        .char_indices()
        .rev()
        .find(|(_, c)| ends_sentence(*c))
        .map_or(from, |(at, c)| from + at + c.len_utf8());
    let end = after
        .char_indices()
        .find(|(_, c)| ends_sentence(*c))
        .map_or(to, |(at, c)| range.end + at + c.len_utf8());
    start..end
}

const fn ends_sentence(c: char) -> bool {
    matches!(c, '。' | '\n' | '!' | '?')
}

/// Whether the sentence around a range reports.
pub(super) fn reports(text: &str, range: &Range<usize>) -> bool {
    contains_any(&text[sentence(text, range)], REPORT)
}

/// Whether the words around a date announce what happens on it.
pub(super) fn announces(text: &str, range: &Range<usize>) -> bool {
    let sentence = sentence(text, range);
    let (before, after) = (&text[sentence.start..range.start], &text[range.end..sentence.end]);
    if contains_any(before, REPORT) || contains_any(after, REPORT) {
        return false;
    }
    if contains_any(after, ANNOUNCEMENT) || contains_any(before, ANNOUNCEMENT) {
        return true;
    }
    // A list of facts says nothing of its tense itself: the rest of the text does.
    is_labelled(before, EVENT_LABELS) && !contains_any(text, &["ました", "でした", "の様子", "の結果"])
}

/// Whether the words around a date make it a deadline.
pub(super) fn is_deadline(text: &str, range: &Range<usize>) -> bool {
    let sentence = sentence(text, range);
    let (before, after) = (&text[sentence.start..range.start], &text[range.end..sentence.end]);
    if contains_any(before, REPORT) || contains_any(after, REPORT) {
        return false;
    }
    let next = after.trim_start_matches([' ', '(', 'に', '頃', ':']);
    let ends = DEADLINE_ENDS.iter().any(|word| next.starts_with(word));
    let is_other = next
        .strip_prefix("まで")
        .is_some_and(|rest| NOT_A_DEADLINE.iter().any(|word| rest.starts_with(word)));
    (ends && !is_other) || is_labelled(before, DEADLINE_LABELS)
}

/// Whether a date comes again each year.
pub(super) fn recurs(text: &str, range: &Range<usize>) -> bool {
    let (before, after) = (&text[..range.start], text[range.end..].trim_start());
    EACH_YEAR.0.iter().any(|word| before.ends_with(word))
        || EACH_YEAR.1.iter().any(|word| after.starts_with(word))
}

/// Whether a label stands at the end of some words, with nothing but signs or a day between.
fn is_labelled(before: &str, labels: &[&str]) -> bool {
    let before = before.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ':' | '、' | '】' | ']' | '」' | '・' | '■' | '●' | '○' | '◆' | '/' | 'は' | '|' | ')'
            )
    });
    !OTHER_LABELS.iter().any(|label| before.ends_with(label))
        && labels.iter().any(|label| before.ends_with(label.trim_end()))
}

/// Whether a place stands inside quotation marks.
pub(super) fn is_quoted(text: &str, at: usize) -> bool {
    let from = text.floor_char_boundary(at.saturating_sub(REACH));
    text.get(from..at)
        .unwrap_or_default()
        .chars()
        .rev()
        .find(|c| matches!(c, '「' | '『' | '“' | '」' | '』' | '”' | '\n'))
        .is_some_and(|c| matches!(c, '「' | '『' | '“'))
}

/// Whether a text contains one of several phrases.
pub(super) fn contains_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| text.contains(phrase))
}
