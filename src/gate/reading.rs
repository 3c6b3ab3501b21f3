//! What a reader sees of a post, read once: equal texts of several accounts are one reading.

use std::ops::Range;

use super::{
    case::{Case, Target},
    normalise::Normalised,
};
use crate::domain::{
    account::Account,
    finding::{Ruler, Span},
    revision::Payload,
};

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a part's text.
    Text,
    /// The address of a link preview.
    CardLink,
    /// The words of a link preview.
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
            Self::CardLink | Self::Card => "card",
            Self::Alt => "alt",
            Self::Reference => "reference",
        }
    }
}

/// One text that a reader sees.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// Where it stands.
    pub(super) place: Place,
    /// Which part it belongs to, from 0.
    pub(super) part: usize,
    /// What it says.
    pub(super) text: &'a str,
    /// What it says, in the form that rules compare.
    pub(super) normalised: Normalised,
    /// The accounts on which it will stand there.
    pub(super) accounts: Vec<&'a Account>,
    ruler: Ruler<'a>,
}

impl Reading<'_> {
    /// A place in the original, where findings can point to one: in the text of the first part.
    pub(super) fn span(&self, original: Range<usize>) -> Option<Span> {
        (self.place == Place::Text && self.part == 0).then(|| self.ruler.span(original))
    }

    /// The original characters from which a range of the normalised text came.
    pub(super) fn original(&self, normalised: Range<usize>) -> Range<usize> {
        self.normalised.original(normalised)
    }

    /// Evidence for something that stands here.
    pub(super) fn evidence(&self, what: &str) -> String {
        format!("{}/{what}", self.place.word())
    }
}

/// All texts of a case, in a stable order.
pub(super) fn readings<'a>(case: &Case<'a>) -> Vec<Reading<'a>> {
    let mut readings: Vec<Reading<'a>> = Vec::new();
    for Target { account, payload, .. } in &case.targets {
        for (place, part, text) in texts(payload) {
            let same = readings
                .iter_mut()
                .find(|known| known.place == place && known.part == part && known.text == text);
            match same {
                // One payload may show the same text twice, as two descriptions for instance.
                Some(known) if known.accounts.last().is_some_and(|last| last.id == account.id) => {}
                Some(known) => known.accounts.push(account),
                None => readings.push(Reading {
                    place,
                    part,
                    text,
                    normalised: Normalised::of(text),
                    accounts: vec![account],
                    ruler: Ruler::of(text),
                }),
            }
        }
    }
    readings
}

fn texts(payload: &Payload) -> Vec<(Place, usize, &str)> {
    let mut texts = Vec::new();
    for (index, part) in payload.parts.iter().enumerate() {
        texts.push((Place::Text, index, part.text.as_str()));
        if let Some(card) = &part.link_card {
            texts.push((Place::CardLink, index, card.uri.as_str()));
            texts.push((Place::Card, index, card.title.as_str()));
            texts.push((Place::Card, index, card.description.as_str()));
        }
        for media in &part.media {
            texts.push((Place::Alt, index, media.alt.as_str()));
        }
    }
    if let Some(reference) = &payload.refers_to {
        texts.push((Place::Reference, 0, reference.as_str()));
    }
    texts
}
