//! X counts weights (twitter-text, configuration 3): most of the world's letters 1, Japanese and all else 2,
//! an emoji 2, a link 23. Whether there is a scheme or not.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::{
    clusters::stands_alone,
    emoji,
    links::{Dialect, links},
};

/// What a link counts, however long it is.
const PER_LINK: u32 = 23;

/// What an emoji counts, of however many characters it is made.
const PER_EMOJI: u32 = 2;

pub(super) fn count(text: &str) -> u32 {
    let text = composed(text);
    let mut used: u32 = 0;
    let mut from = 0;
    for link in links(&text, Dialect::X) {
        let before = weight_of(&text[from..link.at.start]);
        used = used.saturating_add(before).saturating_add(PER_LINK);
        from = link.at.end;
    }
    used.saturating_add(weight_of(&text[from..]))
}

/// How many links X finds in a text, with a scheme or without one.
#[must_use]
pub fn links_on_x(text: &str) -> usize {
    links(&composed(text), Dialect::X).len()
}

/// Whether X takes no text in which a character stands.
#[must_use]
pub const fn refuses(c: char) -> bool {
    matches!(c, '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}')
}

/// The text in the form in which X counts it (NFC).
fn composed(text: &str) -> Cow<'_, str> {
    let is_composed = text.chars().all(stands_alone) || is_nfc_quick(text.chars()) == IsNormalized::Yes;
    if is_composed {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// The weight of a text without links.
fn weight_of(text: &str) -> u32 {
    let mut used: u32 = 0;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (weight, length) = match emoji::sequence(rest) {
            Some(length) => (PER_EMOJI, length),
            None => (weight(c), c.len_utf8()),
        };
        used = used.saturating_add(weight);
        rest = &rest[length..];
    }
    used
}

const fn weight(c: char) -> u32 {
    match c {
        '\0'..='\u{10FF}' | '\u{2000}'..='\u{200D}' | '\u{2010}'..='\u{201F}' | '\u{2032}'..='\u{2037}' => 1,
        _ => 2,
    }
}
