//! How long a sentence is.

use std::ops::Range;

use super::super::{Found, Reading, RuleInfo, Severity};
use crate::{domain::finding::Message, gate::fingerprint};

pub(super) const LONG_SENTENCE: RuleInfo = RuleInfo::adjustable(
    "readable.long_sentence",
    Severity::Notice,
    &["KUR-4.5", "KUR-6.2a"],
);

/// The most characters that a Japanese sentence should have.
const LONGEST: usize = 100;

/// Counts the sentences of a text as they go by. Latin letters count for nothing: they are the words of
/// another language, or a link.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Length {
    current: usize,
    longest: usize,
}

impl Length {
    pub(super) fn count(&mut self, c: char) {
        if ends_sentence(c) {
            self.current = 0;
        } else if !c.is_ascii() || c.is_ascii_digit() {
            self.add_letter();
        }
    }

    pub(super) const fn add_letter(&mut self) {
        self.current += 1;
        if self.current > self.longest {
            self.longest = self.current;
        }
    }

    pub(super) const fn was_too_long(self) -> bool {
        self.longest > LONGEST
    }
}

/// Full stops and their like, and the marks with which lists begin a new line of thought.
const fn ends_sentence(c: char) -> bool {
    matches!(
        c,
        '。' | '．'
            | '｡'
            | '！'
            | '？'
            | '!'
            | '?'
            | '\n'
            | '■'
            | '□'
            | '◆'
            | '◇'
            | '●'
            | '◎'
            | '▼'
            | '▽'
            | '▶'
            | '★'
            | '☆'
    )
}

/// Sentences that are too long.
pub(super) fn long_sentence(reading: &Reading<'_>) -> Vec<Found> {
    sentences(reading.text)
        .into_iter()
        .filter_map(|range| {
            let mut length = Length::default();
            reading.text[range.clone()].chars().for_each(|c| length.count(c));
            length
                .was_too_long()
                .then(|| told(reading, range, length.longest))
        })
        .collect()
}

fn told(reading: &Reading<'_>, range: Range<usize>, length: usize) -> Found {
    let mark = fingerprint(&reading.text[range.clone()]).to_string();
    let message = Message::new("finding-readable-long-sentence")
        .with("length", length)
        .with("most", LONGEST);
    Found::new(&LONG_SENTENCE, message)
        .at(reading.at(range))
        .evidence(reading.evidence(&mark))
}

fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut sentences = Vec::new();
    for (at, mark) in text.match_indices(ends_sentence) {
        sentences.push(start..at);
        start = at + mark.len();
    }
    sentences.push(start..text.len());
    sentences
}
