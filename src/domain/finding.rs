//! What a check has to say (指摘).

use std::ops::Range;

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
        let start = text.floor_char_boundary(bytes.start.min(text.len()));
        let end = text.ceil_char_boundary(bytes.end.min(text.len()));
        let before = text[..start].chars().count();
        let inside = text[start..end].chars().count();
        Self {
            bytes: start..end,
            chars: before..before + inside,
        }
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
    /// The place in the text of that account's first part, where there is one.
    pub span: Option<Span>,
    /// What to tell people.
    pub message: Message,
    /// The clauses that the rule keeps, such as `AKI-7.1b`.
    pub clauses: Vec<String>,
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
    }
}
