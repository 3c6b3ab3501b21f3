//! Too many emoji, and emoji that stand for words: a screen reader reads each by its long name.

use std::ops::Range;

use super::super::{Found, Reading, RuleInfo, Severity};
use crate::domain::finding::Message;

pub(super) const FLOOD: RuleInfo =
    RuleInfo::adjustable("readable.emoji_flood", Severity::Notice, &["KUR-6.2a"]);
pub(super) const ONLY: RuleInfo =
    RuleInfo::adjustable("readable.emoji_only", Severity::Confirm, &["KUR-6.2a"]);

/// The most emoji that stand side by side.
const IN_A_ROW: usize = 3;

/// A text with fewer emoji than this has not many of them, however short it is.
const MANY: usize = 8;

/// The most emoji among so many characters.
const AMONG: usize = 10;

/// Whether a character is or begins an emoji, or shows that the one before it is one.
pub(super) const fn is_sign(c: char) -> bool {
    is_pictograph(c) || matches!(c, VARIATION | '\u{20E3}' | '\u{1F1E6}'..='\u{1F1FF}')
}

/// Asks for the emoji form of the character before it.
const VARIATION: char = '\u{FE0F}';

const JOINER: char = '\u{200D}';

/// Characters that are drawn as emoji by themselves, or so often that people take them for one.
const fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{1F300}'..='\u{1FAFF}' | '\u{1F004}' | '\u{1F0CF}' | '\u{1F18E}' | '\u{1F191}'..='\u{1F19A}'
        | '\u{1F201}' | '\u{1F21A}' | '\u{1F22F}' | '\u{1F232}'..='\u{1F236}' | '\u{1F238}'..='\u{1F23A}'
        | '\u{1F250}' | '\u{1F251}'
        | '\u{231A}' | '\u{231B}' | '\u{23E9}'..='\u{23EC}' | '\u{23F0}' | '\u{23F3}' | '\u{25FD}' | '\u{25FE}'
        | '\u{2600}'..='\u{2604}' | '\u{260E}' | '\u{2614}' | '\u{2615}' | '\u{2648}'..='\u{2653}'
        | '\u{267F}' | '\u{2693}' | '\u{26A0}' | '\u{26A1}' | '\u{26AA}' | '\u{26AB}' | '\u{26BD}' | '\u{26BE}'
        | '\u{26C4}' | '\u{26C5}' | '\u{26CE}' | '\u{26D4}' | '\u{26EA}' | '\u{26F2}' | '\u{26F3}' | '\u{26F5}'
        | '\u{26FA}' | '\u{26FD}' | '\u{2705}' | '\u{2709}'..='\u{270B}' | '\u{2728}' | '\u{274C}' | '\u{274E}'
        | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2764}' | '\u{2795}'..='\u{2797}' | '\u{27B0}' | '\u{27BF}'
        | '\u{2B1B}' | '\u{2B1C}' | '\u{2B50}' | '\u{2B55}')
}

/// The bytes of the emoji with which a text begins; 0 when it begins with none.
fn leading(text: &str) -> usize {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return 0 };
    let second = chars.next();
    let is_flag = |c: char| matches!(c, '\u{1F1E6}'..='\u{1F1FF}');
    let mut length = first.len_utf8();
    match second {
        Some(next) if is_flag(first) && is_flag(next) => return length + next.len_utf8(),
        Some(VARIATION) => {}
        Some('\u{20E3}') if is_key(first) => {}
        _ if is_pictograph(first) || is_flag(first) => {}
        _ => return 0,
    }
    // What follows belongs to it: variation, keycap, skin, tags, and whatever a joiner ties to it.
    let mut joined = false;
    for c in text[length..].chars() {
        let goes_on = joined
            || matches!(c, VARIATION | JOINER | '\u{20E3}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}');
        if !goes_on {
            break;
        }
        joined = c == JOINER;
        length += c.len_utf8();
    }
    length
}

const fn is_key(c: char) -> bool {
    matches!(c, '0'..='9' | '#' | '*')
}

/// All emoji of a text, in order.
fn all(text: &str) -> Vec<Range<usize>> {
    let mut emoji = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match leading(&text[at..]) {
            0 => at += c.len_utf8(),
            length => {
                emoji.push(at..at + length);
                at += length;
            }
        }
    }
    emoji
}

/// Rows of emoji, or too many of them among the words.
pub(super) fn flood(reading: &Reading<'_>) -> Vec<Found> {
    let text = reading.text;
    let emoji = all(text);
    let told = |key, range: Range<usize>, count: usize| {
        let message = Message::new(key).with("count", count);
        let found = Found::new(&FLOOD, message).at(reading.at(range));
        vec![found.evidence(reading.evidence("emoji"))]
    };
    let (row, count) = longest_row(text, &emoji);
    if count > IN_A_ROW {
        return told("finding-readable-emoji-row", row, count);
    }
    let (Some(first), Some(last)) = (emoji.first(), emoji.last()) else {
        return Vec::new();
    };
    let visible = text.chars().filter(|c| !c.is_whitespace()).count();
    if emoji.len() >= MANY && emoji.len() * AMONG > visible {
        return told("finding-readable-emoji-flood", first.start..last.end, emoji.len());
    }
    Vec::new()
}

/// The longest row of emoji with nothing but blanks between them, and how many they are.
fn longest_row(text: &str, emoji: &[Range<usize>]) -> (Range<usize>, usize) {
    let mut longest = (0..0, 0);
    let mut row = (0..0, 0);
    for one in emoji {
        let between = text.get(row.0.end..one.start).unwrap_or_default();
        let goes_on = row.1 > 0 && between.chars().all(|c| c.is_whitespace() && c != '\n');
        row = if goes_on {
            (row.0.start..one.end, row.1 + 1)
        } else {
            (one.clone(), 1)
        };
        if row.1 > longest.1 {
            longest = row.clone();
        }
    }
    longest
}

/// Emoji that carry the meaning alone.
pub(super) fn only(reading: &Reading<'_>) -> Vec<Found> {
    let text = reading.text;
    let emoji = all(text);
    if emoji.is_empty() {
        return Vec::new();
    }
    let told = |key, range: Range<usize>| {
        let what = &text[range.clone()];
        let message = Message::new(key).with("found", what);
        Found::new(&ONLY, message)
            .at(reading.at(range.clone()))
            .evidence(reading.evidence(what))
    };
    if has_no_word(text, &emoji) {
        return vec![told("finding-readable-emoji-only", emoji[0].clone())];
    }
    emoji
        .iter()
        .filter(|one| stands_for_a_noun(text, one))
        .map(|one| told("finding-readable-emoji-noun", one.clone()))
        .collect()
}

fn has_no_word(text: &str, emoji: &[Range<usize>]) -> bool {
    let mut from = 0;
    let has_none = |range: Range<usize>| {
        let words = text[range].split_whitespace();
        words
            .filter(|word| !is_reference(word))
            .all(|word| !word.chars().any(char::is_alphanumeric))
    };
    for one in emoji {
        if !has_none(from..one.start) {
            return false;
        }
        from = one.end;
    }
    has_none(from..text.len())
}

/// A hashtag or a link files a text and leads on; it does not say what the emoji mean.
fn is_reference(word: &str) -> bool {
    ["#", "＃", "http://", "https://", "www."]
        .iter()
        .any(|beginning| word.starts_with(beginning))
}

/// 「📞は0123-…」: nothing stands before it that it could decorate, and a particle with more behind it does
/// not begin a word (as in ✨はじめての).
fn stands_for_a_noun(text: &str, emoji: &Range<usize>) -> bool {
    let opens = text[..emoji.start].chars().next_back().is_none_or(|c| {
        c.is_whitespace() || matches!(c, '。' | '、' | '！' | '？' | '!' | '?' | '「' | '（' | '(')
    });
    let mut after = text[emoji.end..].chars();
    let is_particle = after
        .next()
        .is_some_and(|c| matches!(c, 'は' | 'が' | 'を' | 'に' | 'で' | 'へ'));
    let goes_on = after
        .next()
        .is_some_and(|c| c.is_alphanumeric() && !matches!(c, '\u{3041}'..='\u{309F}' | 'ー'));
    opens && is_particle && goes_on
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("👨‍👩‍👧です", "👨‍👩‍👧")]
    #[case("👍🏽", "👍🏽")]
    #[case("🇯🇵🇯🇵", "🇯🇵")]
    #[case("1️⃣番", "1️⃣")]
    #[case("☎️", "☎️")]
    #[case("❤", "❤")]
    #[case("★", "")]
    #[case("1番", "")]
    #[case("", "")]
    #[case("🏴\u{E0067}\u{E0062}\u{E007F}旗", "🏴\u{E0067}\u{E0062}\u{E007F}")]
    fn an_emoji_is_taken_whole(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(&text[..leading(text)], expected);
    }
}
