//! What the word lists find in one text.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::boundary::Boundary;
use crate::gate::word_lists::{Pattern, Words};

/// A list, by its index, and a place in the normalised text.
type Place = (usize, Range<usize>);

/// What was found in a normalised text.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// Entries: of overlapping ones of one list the longest, none inside a phrase that makes it harmless.
    pub(super) entries: Vec<Place>,
    /// Lists that a phrase silences.
    pub(super) lifts: BTreeSet<usize>,
    /// By list and sentence, the context that stands there.
    contexts: BTreeMap<(usize, usize), usize>,
    /// Where sentences end.
    ends: Vec<usize>,
}

/// Everything that the automaton saw, before it is weighed.
#[derive(Default)]
struct Seen {
    entries: Vec<Place>,
    short: Vec<Place>,
    harmless: Vec<Place>,
    contexts: Vec<(usize, usize, usize)>,
    lifts: BTreeSet<usize>,
}

impl Matches {
    pub(super) fn of(words: &Words, text: &str) -> Self {
        let Seen {
            mut entries,
            mut short,
            harmless,
            contexts,
            lifts,
        } = Seen::of(words, text);
        if !short.is_empty() || !entries.is_empty() {
            let harmless = Harmless::of(harmless);
            entries.retain(|place| !harmless.hides(place));
            short.retain(|place| !harmless.hides(place));
            let mut boundary = Boundary::in_text(text);
            entries.extend(short.into_iter().filter(|(_, range)| boundary.admits(range)));
        }
        let mut matches = Self {
            entries: longest(entries),
            lifts,
            ..Self::default()
        };
        if !matches.entries.is_empty() && !contexts.is_empty() {
            matches.place(&contexts, text);
        }
        matches
    }

    /// The context that stands in the sentence of an entry; of several the first of the list's file.
    pub(super) fn context(&self, list: usize, range: &Range<usize>) -> Option<usize> {
        self.contexts.get(&(list, self.sentence(range.start))).copied()
    }

    fn place(&mut self, contexts: &[(usize, usize, usize)], text: &str) {
        self.ends = text
            .match_indices(['。', '!', '?', '\n'])
            .map(|(at, _)| at)
            .collect();
        for (list, context, at) in contexts {
            let sentence = self.sentence(*at);
            let kept = self.contexts.entry((*list, sentence)).or_insert(*context);
            *kept = (*kept).min(*context);
        }
    }

    fn sentence(&self, at: usize) -> usize {
        self.ends.partition_point(|end| *end < at)
    }
}

impl Seen {
    fn of(words: &Words, text: &str) -> Self {
        let mut seen = Self::default();
        for hit in words.automaton.find_overlapping_iter(text) {
            let range = hit.start()..hit.end();
            let patterns = usize::try_from(hit.value())
                .ok()
                .and_then(|index| words.patterns.get(index));
            for pattern in patterns.into_iter().flatten() {
                seen.add(words, *pattern, text, range.clone());
            }
        }
        seen
    }

    fn add(&mut self, words: &Words, pattern: Pattern, text: &str, range: Range<usize>) {
        match pattern {
            Pattern::Harmless(list) => self.harmless.push((list, range)),
            Pattern::Anywhere(list) => self.entries.push((list, range)),
            Pattern::Begins { list, expression } => {
                let end = words.expressions[expression].end_at(text, range.start);
                let found = end.map(|end| range.start..end);
                let whole = |range: &Range<usize>| is_whole_word(text, range) && !is_inside_name(text, range);
                self.entries
                    .extend(found.filter(whole).map(|range| (list, range)));
            }
            Pattern::Short(list) => self.short.push((list, range)),
            _ if !is_whole_word(text, &range) => {}
            Pattern::Word(list) => self.entries.push((list, range)),
            Pattern::Context { list, context } => self.contexts.push((list, context, range.start)),
            Pattern::Lift(list) => {
                self.lifts.insert(list);
            }
        }
    }
}

/// Phrases that hide entries, by list and start, each with the end of the farthest one up to it.
struct Harmless(Vec<(usize, usize, usize)>);

impl Harmless {
    fn of(mut phrases: Vec<Place>) -> Self {
        phrases.sort_by_key(|(list, range)| (*list, range.start));
        let mut reach: Vec<(usize, usize, usize)> = Vec::with_capacity(phrases.len());
        for (list, range) in phrases {
            let before = reach
                .last()
                .filter(|last| last.0 == list)
                .map_or(0, |last| last.2);
            reach.push((list, range.start, before.max(range.end)));
        }
        Self(reach)
    }

    /// Whether one phrase of the same list contains the place.
    fn hides(&self, (list, range): &Place) -> bool {
        let following = self
            .0
            .partition_point(|(of, start, _)| (*of, *start) <= (*list, range.start));
        following
            .checked_sub(1)
            .and_then(|last| self.0.get(last))
            .is_some_and(|(of, _, end)| of == list && range.end <= *end)
    }
}

fn longest(mut found: Vec<Place>) -> Vec<Place> {
    found.sort_by_key(|(list, range)| (*list, range.start, Reverse(range.end)));
    let mut kept: Vec<Place> = Vec::new();
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

/// Whether a place is only a piece of a longer name or number with dots: 0.1.2.3 in 10.0.1.2.3.
fn is_inside_name(text: &str, range: &Range<usize>) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let (before, found, after) = (&text[..range.start], &text[range.clone()], &text[range.end..]);
    let begins_after_dot = found.starts_with(is_letter)
        && before
            .strip_suffix('.')
            .is_some_and(|before| before.ends_with(is_letter));
    let goes_on = after
        .strip_prefix('.')
        .is_some_and(|after| after.starts_with(is_letter));
    begins_after_dot || goes_on
}

/// Whether no Latin letter or digit goes on beyond an end that is one itself.
fn is_whole_word(text: &str, range: &Range<usize>) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let (before, found, after) = (&text[..range.start], &text[range.clone()], &text[range.end..]);
    let open = |inside: Option<char>, outside: Option<char>| {
        inside.is_some_and(is_letter) && outside.is_some_and(is_letter)
    };
    !open(found.chars().next(), before.chars().next_back())
        && !open(found.chars().next_back(), after.chars().next())
}
