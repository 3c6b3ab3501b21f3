//! Everything of a payload that a reader sees.

use std::ops::Range;

use crate::domain::{finding::Span, revision::Payload};

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a part's text.
    Text,
    /// In a link preview.
    Card,
    /// In the description of a picture.
    Alt,
    /// In the name of the post that is answered.
    Reference,
}

impl Place {
    /// A stable word for evidence.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Card => "card",
            Self::Alt => "alt",
            Self::Reference => "reference",
        }
    }
}

/// One text that a reader sees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    /// Where it stands.
    pub(super) place: Place,
    /// What it says.
    pub(super) text: &'a str,
    is_first_part: bool,
}

impl Shown<'_> {
    /// A place in it, where findings can point to one: in the text of the first part.
    pub(super) fn span(&self, bytes: Range<usize>) -> Option<Span> {
        self.is_first_part.then(|| Span::of(self.text, bytes))
    }
}

/// All texts of a payload, in a stable order.
pub(super) fn texts(payload: &Payload) -> Vec<Shown<'_>> {
    let mut texts = Vec::new();
    let mut add = |place, text, is_first_part| {
        texts.push(Shown {
            place,
            text,
            is_first_part,
        });
    };
    for (index, part) in payload.parts.iter().enumerate() {
        add(Place::Text, part.text.as_str(), index == 0);
        if let Some(card) = &part.link_card {
            for text in [&card.uri, &card.title, &card.description] {
                add(Place::Card, text.as_str(), false);
            }
        }
        for media in &part.media {
            add(Place::Alt, media.alt.as_str(), false);
        }
    }
    if let Some(reference) = &payload.refers_to {
        add(Place::Reference, reference.as_str(), false);
    }
    texts
}
