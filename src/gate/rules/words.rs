//! The word lists of the policy.

use std::{cmp::Reverse, ops::Range};

use super::{
    Found, Report,
    shown::{Place, texts},
};
use crate::{
    domain::finding::Message,
    gate::{
        normalise::Normalised,
        policy::{Pattern, Words},
    },
};

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    let Some(words) = case.policy.words() else { return };
    for target in &case.targets {
        for shown in texts(target.payload) {
            let Some(key) = key_of(shown.place) else { continue };
            let normalised = Normalised::of(shown.text);
            for (index, range) in matches(words, normalised.text()) {
                let list = &case.policy.document().words[index];
                let original = normalised.original(range.clone());
                let message = Message::new(key)
                    .with("account", &target.account.name)
                    .with("found", &shown.text[original.clone()])
                    .with("title_ja", &list.title.ja)
                    .with("title_en", &list.title.en)
                    .with("help_ja", &list.help.ja)
                    .with("help_en", &list.help.en);
                let evidence = format!("{}/{}", shown.place.word(), &normalised.text()[range]);
                report.add(
                    Found::listed(words.rules[index], list.severity, list.clauses.clone(), message)
                        .on(target.account.id)
                        .at(shown.span(original))
                        .evidence(evidence),
                );
            }
        }
    }
}

/// The reference to another post is an address, not words.
const fn key_of(place: Place) -> Option<&'static str> {
    match place {
        Place::Text => Some("finding-words"),
        Place::Card => Some("finding-words-card"),
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
