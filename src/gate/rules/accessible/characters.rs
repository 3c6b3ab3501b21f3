//! Characters that some devices show as something else, or that a screen reader spells out or leaves out.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;

use super::super::{Found, Reading, RuleInfo, Severity};
use crate::domain::finding::Message;

pub(super) const PLATFORM: RuleInfo =
    RuleInfo::adjustable("readable.platform_characters", Severity::Confirm, &["KUR-6.2a"]);
pub(super) const DECORATIVE: RuleInfo =
    RuleInfo::adjustable("readable.decorative", Severity::Confirm, &["KUR-6.2a"]);

/// How many different places a message quotes.
const QUOTED: usize = 8;

/// Characters of vendors' sets (機種依存文字), half-width kana, and private ones. Not ordinary emoji.
pub(super) const fn depends_on_platform(c: char) -> bool {
    is_private(c) || is_of_a_vendor(c) && !is_common(c)
}

/// №, ℡, Roman numerals; enclosed digits, letters and words (①, ㈱, ㊤); squared words (㍉, ㎡, ㋿); half-width
/// kana and their marks; compatibility ideographs.
const fn is_of_a_vendor(c: char) -> bool {
    matches!(c,
        '№' | '℡' | '\u{2160}'..='\u{217F}' | '\u{2460}'..='\u{24FF}' | '\u{2776}'..='\u{2793}'
        | '\u{3200}'..='\u{33FF}' | '\u{FF61}'..='\u{FF9F}'
        | '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}')
}

/// Three emoji among the enclosed characters, and the twelve among the compatibility ideographs that are
/// ordinary ones, which names are written with (山﨑).
const fn is_common(c: char) -> bool {
    matches!(
        c,
        'Ⓜ' | '㊗'
            | '㊙'
            | '\u{FA0E}'
            | '\u{FA0F}'
            | '\u{FA11}'
            | '\u{FA13}'
            | '\u{FA14}'
            | '\u{FA1F}'
            | '\u{FA21}'
            | '\u{FA23}'
            | '\u{FA24}'
            | '\u{FA27}'..='\u{FA29}'
    )
}

/// Private use: characters that exist on the machines of one vendor or one town hall only (外字).
const fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Letters that are other letters in disguise: 𝐇, 𝓗, Ⓗ, 🅷, ᴴ.
pub(super) const fn is_decorated(c: char) -> bool {
    matches!(c,
        '\u{1D400}'..='\u{1D7FF}'
        | '\u{249C}'..='\u{24E9}'
        | '\u{1F110}'..='\u{1F129}' | '\u{1F130}'..='\u{1F149}'
        | '\u{1F150}'..='\u{1F169}' | '\u{1F170}'..='\u{1F189}'
        | '\u{1D00}'..='\u{1D6A}'
        | 'ℂ' | 'ℊ'..='ℓ' | 'ℕ' | 'ℙ'..='ℝ' | 'ℤ' | 'ℨ' | 'ℬ' | 'ℭ' | 'ℯ'..='ℱ' | 'ℳ' | 'ℴ')
}

/// Characters that depend on the platform; those that spell a word in disguise are another rule's.
pub(super) fn platform(reading: &Reading<'_>) -> Vec<Found> {
    let disguised = decorated_words(reading.text);
    let runs = runs(reading.text, depends_on_platform);
    let is_disguised = |run: &Range<usize>| {
        let before = disguised.partition_point(|word| word.end < run.end);
        disguised.get(before).is_some_and(|word| word.start <= run.start)
    };
    let (private, known): (Vec<_>, Vec<_>) = runs
        .into_iter()
        .filter(|run| !is_disguised(run))
        .partition(|run| reading.text[run.clone()].chars().any(is_private));
    let shown = [
        (known, "finding-readable-platform-characters"),
        (private, "finding-readable-private-characters"),
    ];
    shown
        .into_iter()
        .filter_map(|(runs, key)| told(&PLATFORM, key, reading, &runs))
        .collect()
}

/// Words in decorative alphabets.
pub(super) fn decorative(reading: &Reading<'_>) -> Vec<Found> {
    let words = decorated_words(reading.text);
    let key = "finding-readable-decorative";
    told(&DECORATIVE, key, reading, &words).into_iter().collect()
}

/// A letter in disguise that stands alone is a mark (🅿, Ⓐ) or mathematics; two side by side are a word.
fn decorated_words(text: &str) -> Vec<Range<usize>> {
    let mut words = runs(text, is_decorated);
    words.retain(|word| text[word.clone()].chars().nth(1).is_some());
    words
}

/// The longest stretches of such characters. What is invisible does not divide them.
fn runs(text: &str, belongs: fn(char) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| belongs(*c)) {
        let end = at + c.len_utf8();
        match runs.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => runs.push(at..end),
        }
    }
    runs
}

/// One finding for all places, which quotes each once and says how to write it instead.
fn told(rule: &RuleInfo, key: &'static str, reading: &Reading<'_>, runs: &[Range<usize>]) -> Option<Found> {
    let first = runs.first()?;
    let mut different: Vec<&str> = Vec::new();
    for run in runs {
        let run = &reading.text[run.clone()];
        if different.len() < QUOTED && !different.contains(&run) {
            different.push(run);
        }
    }
    let instead: Vec<String> = different.iter().map(|run| plain(run)).collect();
    let found = different.join("、");
    let message = Message::new(key)
        .with("found", &found)
        .with("instead", instead.join("、"));
    Some(
        Found::new(rule, message)
            .at(reading.at(first.clone()))
            .evidence(reading.evidence(&found)),
    )
}

/// The ordinary form of a text.
fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        '\u{1F150}'..='\u{1F169}' => nth_letter(c, '\u{1F150}'),
        '\u{1F170}'..='\u{1F189}' => nth_letter(c, '\u{1F170}'),
        other => other,
    };
    text.chars().map(letter).nfkc().collect()
}

/// The Latin capital of an alphabet that has no ordinary form in Unicode's tables.
fn nth_letter(c: char, first: char) -> char {
    let nth = u32::from(c).saturating_sub(u32::from(first));
    char::from_u32(u32::from('A') + nth).unwrap_or(c)
}
