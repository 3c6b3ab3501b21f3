//! Where links stand: in what a reader reads, and in the QR codes of pictures.

use std::ops::Range;

use super::{Found, Reading, Report, RuleInfo};
use crate::{
    domain::{
        account::Account,
        finding::{Field, Message, Place},
        revision::Payload,
    },
    gate::{
        case::{Case, Target},
        reading,
    },
};

/// A text in which links may stand.
pub(super) struct Seen<'a> {
    /// Where it stands; in a QR code of a picture, it is the picture that is named.
    pub(super) field: Field,
    /// In which part, from 0.
    part: usize,
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
        let word = reading::word(self.field);
        let message = message.clone().with("place", word).with("account", &account.name);
        let read = self.reading.map(|reading| reading.at(place.clone()));
        Found::new(rule, message)
            .at(read.unwrap_or(Place::whole(self.part, self.field)))
            .evidence(format!("{word}/{what}"))
            .on(account.id)
    }
}

/// All texts in which links may stand, in a stable order.
pub(super) fn all<'a>(case: &Case<'a>, readings: &'a [Reading<'a>]) -> Vec<Seen<'a>> {
    let mut seen: Vec<Seen<'a>> = readings.iter().map(of_reading).collect();
    let read = seen.len();
    for Target { account, payload, .. } in &case.targets {
        for (part, field, text) in codes(case, payload) {
            let same = |known: &&mut Seen<'_>| (known.part, known.field, known.text) == (part, field, text);
            match seen[read..].iter_mut().find(same) {
                // One picture may show the same code twice.
                Some(known) if known.accounts.iter().any(|known| known.id == account.id) => {}
                Some(known) => known.accounts.push(account),
                None => seen.push(Seen {
                    field,
                    part,
                    text,
                    accounts: vec![account],
                    reading: None,
                }),
            }
        }
    }
    seen
}

/// What the QR codes of a post say, each with its part and its picture.
fn codes<'a>(case: &Case<'a>, payload: &'a Payload) -> impl Iterator<Item = (usize, Field, &'a str)> {
    let evidence = case.evidence;
    payload.media().flat_map(move |(part, number, medium)| {
        let look = evidence.pictures.get(&medium.digest);
        let codes = look.into_iter().flat_map(|look| &look.codes);
        codes.map(move |text| (part, Field::Medium(number), text.as_str()))
    })
}

fn of_reading<'a>(reading: &'a Reading<'a>) -> Seen<'a> {
    Seen {
        field: reading.field,
        part: reading.part,
        text: reading.text,
        accounts: reading.accounts.clone(),
        reading: Some(reading),
    }
}
