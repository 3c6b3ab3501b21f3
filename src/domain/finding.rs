//! What a check has to say (指摘).

use std::{fmt, ops::Range, sync::Arc};

use serde::{Serialize, Serializer};

use super::{digest::FindingId, ids::AccountId};
use crate::vocabulary;

vocabulary! {
    /// How much a finding weighs.
    Severity {
        /// Shown, never stops.
        Notice = "notice",
        /// The approver acknowledges it with a reason.
        Confirm = "confirm",
        /// Nobody can wave it through; an emergency neither.
        Block = "block",
    }
}

/// A place in the original text: half-open, both ends on character boundaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// In bytes of UTF-8.
    pub bytes: Range<usize>,
    /// In Unicode scalar values.
    pub chars: Range<usize>,
}

impl Span {
    /// The span of a byte range of a text; ends inside a character move outwards to its borders.
    #[must_use]
    pub fn of(text: &str, bytes: Range<usize>) -> Self {
        Self::counted(text, bytes, |at| text[..at].chars().count())
    }

    /// The same, with the number of characters before a byte from elsewhere.
    fn counted(text: &str, bytes: Range<usize>, before: impl Fn(usize) -> usize) -> Self {
        let start = text.floor_char_boundary(bytes.start.min(text.len()));
        let end = text.ceil_char_boundary(bytes.end.min(text.len()));
        Self {
            bytes: start..end,
            chars: before(start)..before(end),
        }
    }
}

/// A text of which many places are asked: its characters are counted once, not once for each place.
#[derive(Debug)]
pub struct Ruler<'a> {
    text: &'a str,
    /// How many characters begin before each mark.
    marks: Vec<usize>,
}

impl<'a> Ruler<'a> {
    /// So many bytes lie between two marks.
    const STEP: usize = 64;

    /// Measures a text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        let steps = text.as_bytes().chunks_exact(Self::STEP);
        let sums = steps.scan(0, |before, step| {
            *before += characters(step);
            Some(*before)
        });
        let marks = std::iter::once(0).chain(sums).collect();
        Self { text, marks }
    }

    /// The span of a byte range of the text; see [`Span::of`].
    #[must_use]
    pub fn span(&self, bytes: Range<usize>) -> Span {
        Span::counted(self.text, bytes, |at| self.before(at))
    }

    /// How many characters begin before a byte.
    fn before(&self, at: usize) -> usize {
        let step = at / Self::STEP;
        self.marks[step] + characters(&self.text.as_bytes()[step * Self::STEP..at])
    }
}

/// How many characters begin in bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// One of the fields of a payload in which something can stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// A part's text.
    Text,
    /// The address of its link preview.
    CardUri,
    /// The title of its link preview.
    CardTitle,
    /// The description of its link preview.
    CardDescription,
    /// One of its pictures or films, from 0.
    Medium(usize),
    /// The description of one of its pictures or films, from 0.
    Alt(usize),
    /// The name of the post that is answered, passed on, quoted or corrected.
    RefersTo,
}

impl Field {
    /// A word for each, whichever picture is meant.
    pub const WORDS: [&str; 7] = [
        "text",
        "card_uri",
        "card_title",
        "card_description",
        "medium",
        "alt",
        "refers_to",
    ];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        let index = match self {
            Self::Text => 0,
            Self::CardUri => 1,
            Self::CardTitle => 2,
            Self::CardDescription => 3,
            Self::Medium(_) => 4,
            Self::Alt(_) => 5,
            Self::RefersTo => 6,
        };
        Self::WORDS[index]
    }

    /// Which picture or film of its part is meant, from 0.
    #[must_use]
    pub const fn medium(self) -> Option<usize> {
        match self {
            Self::Medium(index) | Self::Alt(index) => Some(index),
            _ => None,
        }
    }
}

/// Where something stands in what goes to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which part, from 0.
    pub part: usize,
    /// Which of its fields.
    pub field: Field,
    /// Where in that field; none when all of it is meant.
    pub span: Option<Span>,
}

impl Place {
    /// A field as a whole.
    #[must_use]
    pub const fn whole(part: usize, field: Field) -> Self {
        Self {
            part,
            field,
            span: None,
        }
    }
}

/// The clauses that a rule keeps. All findings of a rule share them.
#[derive(Clone)]
pub enum Clauses {
    /// Of a rule of the program.
    OfRule(&'static [&'static str]),
    /// Of a rule that a policy brings along.
    OfPolicy(Arc<[String]>),
}

impl Clauses {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (fixed, own): (&[&str], &[String]) = match self {
            Self::OfRule(clauses) => (clauses, &[]),
            Self::OfPolicy(clauses) => (&[], clauses),
        };
        fixed.iter().copied().chain(own.iter().map(String::as_str))
    }
}

impl From<&[String]> for Clauses {
    fn from(clauses: &[String]) -> Self {
        Self::OfPolicy(clauses.into())
    }
}

impl fmt::Debug for Clauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Clauses {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Clauses {}

impl<const N: usize> PartialEq<[&str; N]> for Clauses {
    fn eq(&self, other: &[&str; N]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

impl Serialize for Clauses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// A message that is rendered in the reader's language; the key is in every locale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The key in config/locales.
    pub key: &'static str,
    /// Its variables. Never a personal value: those are masked before they come here.
    pub arguments: Vec<(&'static str, String)>,
}

impl Message {
    /// A message without variables.
    #[must_use]
    pub const fn new(key: &'static str) -> Self {
        Self {
            key,
            arguments: Vec::new(),
        }
    }

    /// Adds a variable.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }
}

/// One result of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Hash of rule, target and normalised evidence.
    pub id: FindingId,
    /// The rule, such as `link.shortener`.
    pub rule: &'static str,
    /// How much it weighs under the policy.
    pub severity: Severity,
    /// The account that it concerns; none when it concerns the whole post.
    pub account: Option<AccountId>,
    /// Where it stands in what goes to that account; none when it stands nowhere.
    pub place: Option<Place>,
    /// What to tell people.
    pub message: Message,
    /// The clauses that the rule keeps, such as `AKI-7.1b`.
    pub clauses: Clauses,
}

impl Finding {
    /// The characters that are meant, in the field where it stands.
    #[must_use]
    pub fn span(&self) -> Option<&Span> {
        self.place.as_ref()?.span.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn spans_lie_on_character_boundaries(text in "\\PC{0,40}", a in 0usize..200, b in 0usize..200) {
            let span = Span::of(&text, a.min(b)..a.max(b));
            prop_assert!(text.is_char_boundary(span.bytes.start));
            prop_assert!(text.is_char_boundary(span.bytes.end));
            prop_assert_eq!(text[span.bytes.clone()].chars().count(), span.chars.len());
        }

        #[test]
        fn a_ruler_counts_the_same(text in "[aあ𠮷]{0,400}", a in 0usize..1_700, b in 0usize..1_700) {
            let range = a.min(b)..a.max(b);
            prop_assert_eq!(Ruler::of(&text).span(range.clone()), Span::of(&text, range));
        }
    }
}
