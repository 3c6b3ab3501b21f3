//! The word lists of the policy.

use std::{cmp::Reverse, ops::Range};

use super::{Found, Place, Reading, Report};
use crate::{
    domain::finding::Message,
    gate::policy::{Pattern, Words},
};

pub(super) fn check(report: &mut Report<'_>, readings: &[Reading<'_>]) {
    let policy = report.case.policy;
    let Some(words) = policy.words() else { return };
    for reading in readings {
        let Some(key) = key_of(reading.place) else {
            continue;
        };
        let text = reading.normalised.text();
        for (index, range) in matches(words, text) {
            let list = &policy.document().words[index];
            let original = reading.original(range.clone());
            let message = Message::new(key)
                .with("found", &reading.text[original.clone()])
                .with("title_ja", &list.title.ja)
                .with("title_en", &list.title.en)
                .with("help_ja", &list.help.ja)
                .with("help_en", &list.help.en);
            let found = Found::listed(words.rules[index], list.severity, list.clauses.clone(), message)
                .at(reading.span(original))
                .evidence(reading.evidence(&text[range]));
            report.add_on_each(reading, &found);
        }
    }
}

/// The reference to another post is an address, not words.
const fn key_of(place: Place) -> Option<&'static str> {
    match place {
        Place::Text => Some("finding-words"),
        Place::CardLink | Place::Card => Some("finding-words-card"),
        Place::Alt => Some("finding-words-alt"),
        Place::Reference => None,
    }
}

/// Which lists match where in a normalised text: of overlapping matches of one list the longest, and
/// none inside a phrase that makes it harmless in that list.
fn matches(words: &Words, text: &str) -> Vec<(usize, Range<usize>)> {
    let mut harmless: Vec<(usize, Range<usize>)> = Vec::new();
    let mut found: Vec<(usize, Range<usize>)> = Vec::new();
    for hit in words.automaton.find_overlapping_iter(text) {
        let range = hit.start()..hit.end();
        let patterns = usize::try_from(hit.value())
            .ok()
            .and_then(|index| words.patterns.get(index));
        for pattern in patterns.into_iter().flatten() {
            match pattern {
                Pattern::Harmless(list) => harmless.push((*list, range.clone())),
                Pattern::Anywhere(list) => found.push((*list, range.clone())),
                Pattern::Word(list) if is_whole_word(text, &range) => found.push((*list, range.clone())),
                Pattern::Word(_) => {}
            }
        }
    }
    found.retain(|(list, range)| {
        !harmless
            .iter()
            .any(|(of, phrase)| of == list && phrase.start <= range.start && range.end <= phrase.end)
    });
    longest(found)
}

fn longest(mut found: Vec<(usize, Range<usize>)>) -> Vec<(usize, Range<usize>)> {
    found.sort_by_key(|(list, range)| (*list, range.start, Reverse(range.end)));
    let mut kept: Vec<(usize, Range<usize>)> = Vec::new();
    for (list, range) in found {
        match kept.last_mut() {
            Some((last_list, last)) if *last_list == list && range.start < last.end => {
                if range.len() > last.len() {
                    *last = range;
                }
            }
            _ => kept.push((list, range)),
        }
    }
    kept
}

fn is_whole_word(text: &str, range: &Range<usize>) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    !text[..range.start].chars().next_back().is_some_and(is_letter)
        && !text[range.end..].chars().next().is_some_and(is_letter)
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
