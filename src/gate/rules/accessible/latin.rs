//! Latin letters that a screen reader cannot divide into words, or spells out.

use std::ops::Range;

use super::super::{Found, Reading, RuleInfo, Severity};
use crate::domain::finding::Message;

pub(super) const HASHTAG_CASE: RuleInfo =
    RuleInfo::adjustable("readable.hashtag_case", Severity::Notice, &["KUR-6.2a"]);
pub(super) const CAPITALS: RuleInfo =
    RuleInfo::adjustable("readable.capitals", Severity::Notice, &["KUR-6.2a"]);

/// Hashtags with fewer letters are hardly several words.
const SEVERAL_WORDS: usize = 12;

/// Single words as long as that.
const ONE_WORD: &[&str] = &[
    "accessibility",
    "biodiversity",
    "championship",
    "communication",
    "congratulations",
    "construction",
    "consultation",
    "entertainment",
    "environmental",
    "infrastructure",
    "international",
    "introduction",
    "neighborhood",
    "neighbourhood",
    "photographer",
    "presentation",
    "professional",
    "refreshments",
    "registration",
    "relationship",
    "revitalization",
    "sustainability",
    "transportation",
    "volunteering",
];

/// Hashtags of several words in one case.
pub(super) fn hashtag_case(reading: &Reading<'_>) -> Vec<Found> {
    hashtags(reading.text)
        .filter(|range| has_no_humps(&reading.text[range.clone()]))
        .map(|range| {
            let tag = &reading.text[range.clone()];
            let message = Message::new("finding-readable-hashtag-case").with("found", tag);
            Found::new(&HASHTAG_CASE, message)
                .at(reading.at(range))
                .evidence(reading.evidence(&tag.to_lowercase()))
        })
        .collect()
}

/// Hashtags of Latin letters and digits, with their mark. A mark inside a link is none.
fn hashtags(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(['#', '＃']).filter_map(|(at, mark)| {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_ascii_graphic() && !matches!(c, '(' | '"' | '\'')) {
            return None;
        }
        let name = at + mark.len();
        let length = text[name..]
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(text.len() - name);
        let goes_on = text[name + length..]
            .chars()
            .next()
            .is_some_and(|c| c.is_alphanumeric() || c == '_');
        (!goes_on).then_some(at..name + length)
    })
}

fn has_no_humps(tag: &str) -> bool {
    let letters = |is: fn(&u8) -> bool| tag.bytes().filter(is).count();
    let (small, capital) = (letters(u8::is_ascii_lowercase), letters(u8::is_ascii_uppercase));
    let word = tag
        .trim_start_matches(['#', '＃'])
        .trim_end_matches(|c: char| c.is_ascii_digit());
    small + capital >= SEVERAL_WORDS
        && (small == 0 || capital == 0)
        && !ONE_WORD.contains(&word.to_ascii_lowercase().as_str())
}

/// So many capital words side by side are shouting.
const SHOUTED: usize = 3;

/// Shorter ones are abbreviations, or little words between the others.
const SHOUTED_LETTERS: usize = 4;

/// Names and abbreviations that are written so.
const NAMES: &[&str] = &[
    "LINE", "NISA", "IDECO", "JAXA", "ALERT", "UNESCO", "UNICEF", "COVID", "HTTP", "HTTPS", "HTML", "EMAIL",
    "NEXCO", "JICA", "JASSO", "JETRO", "JTCA", "SDGS", "MEXT", "ZOOM", "PASMO", "SUICA", "ICOCA", "NTTE",
    "ISBN", "FIFA",
];

/// Rows of words in capitals.
pub(super) fn capitals(reading: &Reading<'_>) -> Vec<Found> {
    let text = reading.text;
    let mut found = Vec::new();
    let mut row = Row::default();
    for word in words(text) {
        let divided = text[row.range.end..word.start]
            .chars()
            .any(|c| !matches!(c, ' ' | '　' | ',' | '-' | '&' | '\'' | '’'));
        if divided || !is_capital(&text[word.clone()]) {
            found.extend(row.told(reading));
            row = Row::default();
        }
        row.add(text, word);
    }
    found.extend(row.told(reading));
    found
}

/// Capital words side by side.
#[derive(Default)]
struct Row {
    range: Range<usize>,
    shouted: usize,
}

impl Row {
    fn add(&mut self, text: &str, word: Range<usize>) {
        let letters = &text[word.clone()];
        if self.shouted == 0 || !is_capital(letters) {
            self.range.start = word.start;
        }
        self.range.end = word.end;
        self.shouted += usize::from(is_shouted(letters));
    }

    fn told(&self, reading: &Reading<'_>) -> Option<Found> {
        if self.shouted < SHOUTED {
            return None;
        }
        let words = &reading.text[self.range.clone()];
        let message = Message::new("finding-readable-capitals").with("found", words);
        let found = Found::new(&CAPITALS, message).at(reading.at(self.range.clone()));
        Some(found.evidence(reading.evidence(words)))
    }
}

/// Stretches of Latin letters and digits, in either width.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_latin)?;
        let length = text[start..].find(|c| !is_latin(c)).unwrap_or(text.len() - start);
        at = start + length;
        Some(start..at)
    })
}

const fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '０'..='９')
}

/// Neither a small letter nor a digit in it.
fn is_capital(word: &str) -> bool {
    word.chars().all(|c| matches!(c, 'A'..='Z' | 'Ａ'..='Ｚ'))
}

fn is_shouted(word: &str) -> bool {
    is_capital(word) && word.chars().count() >= SHOUTED_LETTERS && !NAMES.contains(&word)
}
