//! Where links stand: in what a reader reads, and in the QR codes of pictures.

use std::ops::Range;

use super::{Found, Reading, Report, RuleInfo};
use crate::{
    domain::{account::Account, finding::Message},
    gate::{
        case::{Case, Target},
        reading::Place,
    },
};

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    Text,
    CardLink,
    Card,
    Alt,
    Reference,
    /// In a QR code of a picture.
    Code,
}

impl Spot {
    /// A stable word for evidence and messages.
    const fn word(self) -> &'static str {
        match self {
            Self::Text => Place::Text.word(),
            Self::CardLink => Place::CardLink.word(),
            Self::Card => Place::Card.word(),
            Self::Alt => Place::Alt.word(),
            Self::Reference => Place::Reference.word(),
            Self::Code => "code",
        }
    }
}

/// A text in which links may stand.
pub(super) struct Seen<'a> {
    pub(super) spot: Spot,
    pub(super) text: &'a str,
    /// The accounts that show it.
    pub(super) accounts: Vec<&'a Account>,
    reading: Option<&'a Reading<'a>>,
}

impl Seen<'_> {
    /// Tells what was found at a place, once for each account; the message may name the account, and the
    /// place in a word.
    pub(super) fn tell(
        &self,
        report: &mut Report<'_>,
        rule: &RuleInfo,
        message: &Message,
        what: &str,
        place: &Range<usize>,
    ) {
        for account in &self.accounts {
            report.add(self.found(rule, message, what, place, account));
        }
    }

    /// What [`Self::tell`] tells for one account.
    pub(super) fn found(
        &self,
        rule: &RuleInfo,
        message: &Message,
        what: &str,
        place: &Range<usize>,
        account: &Account,
    ) -> Found {
        let message = message
            .clone()
            .with("place", self.spot.word())
            .with("account", &account.name);
        let span = self.reading.and_then(|reading| reading.span(place.clone()));
        Found::new(rule, message)
            .at(span)
            .evidence(format!("{}/{what}", self.spot.word()))
            .on(account.id)
    }
}

/// All texts in which links may stand, in a stable order.
pub(super) fn all<'a>(case: &Case<'a>, readings: &'a [Reading<'a>]) -> Vec<Seen<'a>> {
    let mut seen: Vec<Seen<'a>> = readings.iter().map(of_reading).collect();
    let read = seen.len();
    for Target { account, payload, .. } in &case.targets {
        let media = payload.parts.iter().flat_map(|part| &part.media);
        let looks = media.filter_map(|media| case.evidence.pictures.get(&media.digest));
        for text in looks.flat_map(|look| &look.codes) {
            match seen[read..].iter_mut().find(|known| known.text == text) {
                Some(known) if known.accounts.iter().any(|known| known.id == account.id) => {}
                Some(known) => known.accounts.push(account),
                None => seen.push(Seen {
                    spot: Spot::Code,
                    text,
                    accounts: vec![account],
                    reading: None,
                }),
            }
        }
    }
    seen
}

fn of_reading<'a>(reading: &'a Reading<'a>) -> Seen<'a> {
    Seen {
        spot: match reading.place {
            Place::Text => Spot::Text,
            Place::CardLink => Spot::CardLink,
            Place::Card => Spot::Card,
            Place::Alt => Spot::Alt,
            Place::Reference => Spot::Reference,
        },
        text: reading.text,
        accounts: reading.accounts.clone(),
        reading: Some(reading),
    }
}
