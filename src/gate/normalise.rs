//! A normalised view of a text that maps every place back to the original.
//!
//! Rules compare what a reader sees, not how it was typed: full-width and half-width forms, capitals,
//! invisible characters and kinds of white space make no difference here.

use std::ops::Range;

use unicode_normalization::{
    IsNormalized, UnicodeNormalization as _, char::canonical_combining_class, is_nfc_quick, is_nfkc_quick,
};

use crate::domain::{canonical::Canonical, digest::TextFingerprint};

/// A text in the form that rules compare, with the way back.
#[derive(Debug, Clone)]
pub struct Normalised {
    text: String,
    pieces: Vec<Piece>,
}

/// A stretch of normalised text, and what it came from.
#[derive(Debug, Clone)]
struct Piece {
    at: usize,
    original: Range<usize>,
    grain: Grain,
}

/// How finely the way back from a piece leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grain {
    /// Each letter came from the one that stands as far from the beginning.
    Letters,
    /// All of it came from all of the original.
    Whole,
}

/// The character that is next to be written, with what belongs to it: more may follow.
#[derive(Debug)]
enum Open {
    Nothing,
    /// One that stands for itself, and what it becomes.
    Plain(char, Range<usize>),
    /// A character with its marks: what becomes of them is not known yet.
    Run(Range<usize>),
}

impl Normalised {
    /// Normalises a text: compatibility forms, lower case, nothing invisible, one kind of space.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut normalised = Self {
            text: String::with_capacity(text.len()),
            pieces: Vec::new(),
        };
        let mut open = Open::Nothing;
        for (start, c) in text.char_indices() {
            let at = start..start + c.len_utf8();
            if let Some(plain) = plain(c) {
                normalised.close(text, open);
                open = Open::Plain(plain, at);
            } else if !is_ignorable(c) {
                open = match open {
                    Open::Plain(_, run) | Open::Run(run) if joins_the_one_before(c) => {
                        Open::Run(run.start..at.end)
                    }
                    before => {
                        normalised.close(text, before);
                        Open::Run(at)
                    }
                };
            }
        }
        normalised.close(text, open);
        normalised
    }

    /// The normalised text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The normalised text without its white space.
    pub(super) fn letters(&self) -> String {
        let mut letters = String::with_capacity(self.text.len());
        letters.extend(self.text.split(is_blank));
        letters
    }

    /// The original text's byte range from which a range of the normalised text came; its ends lie on
    /// character boundaries of the original.
    #[must_use]
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let last = range.end.saturating_sub(1).max(range.start);
        match (self.origin(range.start), self.origin(last)) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }

    /// What the letter at a place of the normalised text came from; behind its end, what the last one did.
    fn origin(&self, at: usize) -> Option<Range<usize>> {
        let index = self.pieces.partition_point(|piece| piece.at <= at);
        let piece = self.pieces.get(index.saturating_sub(1))?;
        Some(match piece.grain {
            Grain::Whole => piece.original.clone(),
            Grain::Letters => {
                let start = self.text.floor_char_boundary(at.min(self.text.len() - 1));
                let end = self.text.ceil_char_boundary(start + 1);
                let shift = |place: usize| place - piece.at + piece.original.start;
                shift(start)..shift(end)
            }
        })
    }

    /// Writes what is open.
    fn close(&mut self, text: &str, open: Open) {
        match open {
            Open::Nothing => {}
            Open::Plain(plain, original) => self.push_plain(plain, original),
            Open::Run(original) => self.push_run(&text[original.clone()], original),
        }
    }

    fn push_plain(&mut self, plain: char, original: Range<usize>) {
        let at = self.text.len();
        self.text.push(plain);
        let grain = if plain.len_utf8() == original.len() {
            Grain::Letters
        } else {
            Grain::Whole
        };
        match self.pieces.last_mut() {
            Some(last)
                if (last.grain, grain) == (Grain::Letters, Grain::Letters)
                    && last.original.end == original.start =>
            {
                last.original.end = original.end;
            }
            _ => self.pieces.push(Piece { at, original, grain }),
        }
    }

    fn extend(&mut self, folded: impl Iterator<Item = char>) {
        self.text
            .extend(folded.filter(|c| !is_ignorable(*c)).map(fold_space));
    }

    /// One run: a character with the marks that belong to it, and what is invisible between them.
    fn push_run(&mut self, run: &str, original: Range<usize>) {
        let at = self.text.len();
        let grain = Grain::Whole;
        if let Some(only) = stable(run) {
            self.text.push(fold_space(only));
            return self.pieces.push(Piece { at, original, grain });
        }
        let visible = run.chars().filter(|c| !is_ignorable(*c));
        let composed: String = visible.nfkc().collect();
        if composed.chars().all(is_lower) {
            self.extend(composed.chars());
        } else {
            // Lower-casing may take a character apart again, hence the second pass.
            self.extend(composed.chars().flat_map(char::to_lowercase).nfkc());
        }
        if self.text.len() > at {
            self.pieces.push(Piece { at, original, grain });
        }
    }
}

/// What a letter becomes that stands for itself and never melts into the one before it: nearly all letters
/// of an ordinary text. Must agree with the long way, of which it is a short cut.
const fn plain(c: char) -> Option<char> {
    match c {
        ' '..='~' | '\n' => Some(c.to_ascii_lowercase()),
        'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '一'..='\u{9FFF}' | '、'..='】' => Some(c),
        '\u{3000}' => Some(' '),
        '！'..='～' => match char::from_u32(c as u32 - ('！' as u32 - '!' as u32)) {
            Some(narrow) => Some(narrow.to_ascii_lowercase()),
            None => None,
        },
        _ => None,
    }
}

/// Whether lower-casing changes nothing about a character.
fn is_lower(c: char) -> bool {
    c.to_lowercase().eq([c])
}

/// The only character of a run, if neither form nor case changes anything about it: emoji and most signs.
fn stable(run: &str) -> Option<char> {
    let mut letters = run.chars();
    let only = letters.next().filter(|_| letters.next().is_none())?;
    let is_stable = is_nfkc_quick(std::iter::once(only)) == IsNormalized::Yes && is_lower(only);
    is_stable.then_some(only)
}

/// Equal for texts that a reader would call the same: white space counts for nothing.
#[must_use]
pub fn fingerprint(text: &str) -> TextFingerprint {
    fingerprint_of(&Normalised::of(text).letters())
}

/// The same for the letters of a normalised text.
pub(super) fn fingerprint_of(letters: &str) -> TextFingerprint {
    let mut bytes = Canonical::tagged("sekisho/text/v1");
    bytes.text(letters);
    TextFingerprint::new(bytes.sha256())
}

/// Whether this is white space: there is no other in a normalised text.
pub(super) const fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\n')
}

/// Whether a text shows anything at all.
pub(super) fn shows_something(text: &Normalised) -> bool {
    // The empty Braille pattern is no white space by its properties, only by its looks.
    text.text.chars().any(|c| !c.is_whitespace() && c != '\u{2800}')
}

/// Characters that show nothing: Unicode's Default_Ignorable_Code_Point.
pub(super) const fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Whether a character may melt into the one before it: marks, half-width voicing signs, parts of Hangul.
fn joins_the_one_before(c: char) -> bool {
    std::iter::once(c).nfkd().next().is_some_and(|first| {
        canonical_combining_class(first) != 0 || is_nfc_quick(std::iter::once(first)) == IsNormalized::Maybe
    })
}

const fn fold_space(c: char) -> char {
    if c.is_whitespace() && c != '\n' { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("ＡＢＣ　１２３", "abc 123")]
    #[case("ﾊﾟﾊﾟとｶﾞｽ", "パパとガス")]
    #[case("か\u{3099}", "が")]
    #[case("bit\u{200B}.\u{FEFF}ly", "bit.ly")]
    #[case("か\u{200B}\u{3099}", "が")]
    #[case("㍿", "株式会社")]
    #[case("a\tb\u{A0}c\nd", "a b c\nd")]
    #[case("İ", "i\u{307}")]
    #[case("각", "각")]
    #[case("\u{1100}\u{1161}\u{11A8}", "각")]
    fn differences_that_nobody_sees_are_gone(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Normalised::of(text).text(), expected);
    }

    #[test]
    fn a_place_leads_back_to_the_original() {
        let text = "ｶﾞス㍿です";
        let normalised = Normalised::of(text);
        assert_eq!(normalised.text(), "ガス株式会社です");
        let company = normalised.text().find("式会").expect("inside");
        let back = normalised.original(company..company + "式会".len());
        assert_eq!(&text[back], "㍿");
        assert_eq!(&text[normalised.original(0.."ガ".len())], "ｶﾞ");
    }

    #[test]
    fn what_is_ignorable_agrees_with_unicode() {
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            let nothing = unicode_security::skeleton(&text).next().is_none();
            assert_eq!(nothing, is_ignorable(c), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn the_short_cut_agrees_with_the_long_way() {
        for c in '\0'..=char::MAX {
            let Some(short) = plain(c) else { continue };
            let long: String = c
                .nfkc()
                .flat_map(char::to_lowercase)
                .nfkc()
                .map(fold_space)
                .collect();
            assert_eq!(long, short.to_string(), "{:x}", u32::from(c));
            assert!(!is_ignorable(c) && !joins_the_one_before(c), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn what_is_stable_agrees_with_the_long_way() {
        for c in ('\0'..=char::MAX).filter(|c| !is_ignorable(*c)) {
            if let Some(short) = stable(&c.to_string()) {
                let long: String = c.nfkc().flat_map(char::to_lowercase).nfkc().collect();
                assert_eq!(long, short.to_string(), "{:x}", u32::from(c));
            }
        }
    }

    #[test]
    fn equal_texts_have_equal_fingerprints() {
        let one = fingerprint("大雨警報が\n発表されました。");
        assert_eq!(one, fingerprint("大雨警報が発表\u{200B}されました｡ "));
        assert_ne!(one, fingerprint("大雨警報が解除されました。"));
    }

    #[test]
    fn blanks_show_nothing() {
        assert!(!shows_something(&Normalised::of(
            " \n\u{3000}\u{200B}\u{3164}\u{2800}"
        )));
        assert!(shows_something(&Normalised::of("・")));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in any::<String>(), a in 0usize..60, b in 0usize..60) {
            let normalised = Normalised::of(&text);
            let back = normalised.original(a.min(b)..a.max(b));
            prop_assert!(text.is_char_boundary(back.start) && text.is_char_boundary(back.end));
            prop_assert!(back.start <= back.end);
        }

        #[test]
        fn runs_are_cut_where_nothing_melts(text in any::<String>()) {
            let visible: String = text.chars().filter(|c| !is_ignorable(*c)).collect();
            let whole: String = visible.nfkc().flat_map(char::to_lowercase).nfkc()
                .filter(|c| !is_ignorable(*c)).map(fold_space).collect();
            let normalised = Normalised::of(&text);
            prop_assert_eq!(normalised.text(), whole);
        }
    }
}
