//! Reads words that lean on the reader's day: 明日, 来週, tomorrow.

use std::ops::Range;

use super::cursor::Cursor;

/// What such a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// So many days after the reader's.
    Day(i64),
    /// So many weeks after the reader's.
    Week(i64),
}

/// A word that leans on the reader's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spoken {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// What it means.
    pub(super) meaning: Meaning,
}

const WORDS: &[(&str, Meaning)] = &[
    ("本日", Meaning::Day(0)),
    ("今日", Meaning::Day(0)),
    ("今朝", Meaning::Day(0)),
    ("今夜", Meaning::Day(0)),
    ("今晩", Meaning::Day(0)),
    ("明日", Meaning::Day(1)),
    ("明朝", Meaning::Day(1)),
    ("明晩", Meaning::Day(1)),
    ("明後日", Meaning::Day(2)),
    ("あさって", Meaning::Day(2)),
    ("昨日", Meaning::Day(-1)),
    ("昨夜", Meaning::Day(-1)),
    ("昨晩", Meaning::Day(-1)),
    ("今週", Meaning::Week(0)),
    ("来週", Meaning::Week(1)),
    ("先週", Meaning::Week(-1)),
];

/// Words in kana, which as easily are parts of others.
const KANA: &[(&str, Meaning)] = &[
    ("あす", Meaning::Day(1)),
    ("あした", Meaning::Day(1)),
    ("きょう", Meaning::Day(0)),
    ("きのう", Meaning::Day(-1)),
];

/// What follows a word in kana: あす4日, きょうは.
const AFTER_KANA: &[&str] = &["は", "の", "、", "("];

const ENGLISH: &[(&str, Meaning)] = &[
    ("today", Meaning::Day(0)),
    ("tonight", Meaning::Day(0)),
    ("tomorrow", Meaning::Day(1)),
    ("yesterday", Meaning::Day(-1)),
];

/// Words that only begin like one of them: 今日的, 明日香, 明日葉.
const OTHERS: &[&str] = &["的", "香", "葉"];

/// A Japanese word that begins here.
pub(super) fn japanese(cursor: Cursor<'_>) -> Option<Spoken> {
    in_kanji(cursor).or_else(|| in_kana(cursor))
}

fn in_kana(cursor: Cursor<'_>) -> Option<Spoken> {
    let (word, meaning) = KANA.iter().find(|(word, _)| cursor.looks_at(word))?;
    let before = cursor.before().chars().next_back();
    let is_inside = before.is_some_and(|c| matches!(c, '\u{3041}'..='\u{309F}') && !"はとのも".contains(c));
    let range = cursor.at()..cursor.at() + word.len();
    let after = Cursor::new(cursor.rest(), word.len());
    let stands_alone = after.peek().is_some_and(|c| c.is_ascii_digit()) || after.looks_at_any(AFTER_KANA);
    (stands_alone && !is_inside).then_some(Spoken {
        range,
        meaning: *meaning,
    })
}

fn in_kanji(cursor: Cursor<'_>) -> Option<Spoken> {
    let (word, meaning) = WORDS.iter().find(|(word, _)| cursor.looks_at(word))?;
    let before = cursor.before().chars().next_back();
    let (start, meaning) = match (before, *meaning) {
        (Some(c @ '一'), Meaning::Day(-1)) => (cursor.at() - c.len_utf8(), Meaning::Day(-2)),
        (Some(c @ '再'), Meaning::Week(1)) => (cursor.at() - c.len_utf8(), Meaning::Week(2)),
        // 説明日, 基本日程, 優先週: the first character belongs to the word before.
        (Some(c), _) if is_kanji(c) => return None,
        (_, meaning) => (cursor.at(), meaning),
    };
    let end = cursor.at() + word.len();
    let after = Cursor::new(cursor.rest(), word.len());
    (!after.looks_at_any(OTHERS)).then_some(Spoken {
        range: start..end,
        meaning,
    })
}

/// The English word that stands in a range.
pub(super) fn english(word: &str, range: Range<usize>) -> Option<Spoken> {
    let (_, meaning) = ENGLISH.iter().find(|(known, _)| *known == word)?;
    Some(Spoken {
        range,
        meaning: *meaning,
    })
}

const fn is_kanji(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '々')
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("は明日", "明日", Some(Meaning::Day(1)))]
    #[case("は明後日", "明後日", Some(Meaning::Day(2)))]
    #[case("再来週", "来週", Some(Meaning::Week(2)))]
    #[case("一昨日", "昨日", Some(Meaning::Day(-2)))]
    #[case("説明日", "明日", None)]
    #[case("明日香村", "明日", None)]
    #[case("基本日程", "本日", None)]
    #[case("あす4日", "あす", Some(Meaning::Day(1)))]
    #[case("きょうは", "きょう", Some(Meaning::Day(0)))]
    #[case("あすなろ園", "あす", None)]
    #[case("らいきょうの", "きょう", None)]
    #[case("きょうと", "きょう", None)]
    fn words_are_told_from_parts_of_words(
        #[case] text: &str,
        #[case] word: &str,
        #[case] meaning: Option<Meaning>,
    ) {
        let at = text.find(word).expect("inside");
        let spoken = japanese(Cursor::new(text, at));
        assert_eq!(spoken.map(|spoken| spoken.meaning), meaning);
    }
}
