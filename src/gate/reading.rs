//! What a reader sees of a post, read once: equal texts of several accounts are one reading.

use std::ops::Range;

use super::{
    case::{Case, Target},
    normalise::Normalised,
};
use crate::domain::{
    account::Account,
    finding::{Field, Place, Ruler},
    revision::Payload,
};

/// What a field is called in evidence and messages: what was acknowledged in a preview stays so wherever in it it stands.
pub(super) const fn word(field: Field) -> &'static str {
    match field {
        Field::Text => "text",
        Field::CardUri | Field::CardTitle | Field::CardDescription => "card",
        Field::Alt(_) => "alt",
        Field::Medium(_) => "code",
        Field::RefersTo => "reference",
    }
}

/// One text that a reader sees.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// Where it stands.
    pub(super) field: Field,
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
    /// All of it.
    pub(super) const fn whole(&self) -> Place {
        Place::whole(self.part, self.field)
    }

    /// A place in the original.
    pub(super) fn at(&self, original: Range<usize>) -> Place {
        Place {
            span: Some(self.ruler.span(original)),
            ..self.whole()
        }
    }

    /// The original characters from which a range of the normalised text came.
    pub(super) fn original(&self, normalised: Range<usize>) -> Range<usize> {
        self.normalised.original(normalised)
    }

    /// Evidence for something that stands here.
    pub(super) fn evidence(&self, what: &str) -> String {
        format!("{}/{what}", word(self.field))
    }
}

/// All texts of a case, in a stable order.
pub(super) fn readings<'a>(case: &Case<'a>) -> Vec<Reading<'a>> {
    let mut readings: Vec<Reading<'a>> = Vec::new();
    for Target { account, payload, .. } in &case.targets {
        for (field, part, text) in texts(payload) {
            let same = readings
                .iter_mut()
                .find(|known| known.field == field && known.part == part && known.text == text);
            match same {
                Some(known) => known.accounts.push(account),
                None => readings.push(Reading {
                    field,
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

fn texts(payload: &Payload) -> Vec<(Field, usize, &str)> {
    let mut texts = Vec::new();
    for (index, part) in payload.parts.iter().enumerate() {
        texts.push((Field::Text, index, part.text.as_str()));
        if let Some(card) = &part.link_card {
            texts.push((Field::CardUri, index, card.uri.as_str()));
            texts.push((Field::CardTitle, index, card.title.as_str()));
            texts.push((Field::CardDescription, index, card.description.as_str()));
        }
        for (number, media) in part.media.iter().enumerate() {
            texts.push((Field::Alt(number), index, media.alt.as_str()));
        }
    }
    if let Some(reference) = &payload.refers_to {
        texts.push((Field::RefersTo, 0, reference.as_str()));
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            digest::MediaDigest,
            evidence::{PictureLook, Position},
            media::MediaFacts,
            revision::{LinkCard, Media},
        },
        gate::testing::{World, part},
    };
    use rstest::rstest;

    const HOST: &str = "bit.ly";

    /// A world in which a shortener stands in one field of its second part alone.
    fn world(field: Field) -> World {
        let says = |of: Field, plain: &str| match of == field {
            true => format!("{plain} {HOST}"),
            false => plain.to_owned(),
        };
        let mut second = part(&says(Field::Text, "二つ目です。"));
        second.link_card = Some(LinkCard {
            uri: match field {
                Field::CardUri => format!("https://{HOST}/a"),
                _ => "https://www.example.jp/".into(),
            },
            title: says(Field::CardTitle, "題"),
            description: says(Field::CardDescription, "説明"),
        });
        let mut world = World::new();
        for number in 0..2 {
            let digest = MediaDigest::new([u8::try_from(number).unwrap_or_default(); 32]);
            let codes = match field {
                Field::Medium(index) if index == number => vec![format!("https://{HOST}/b")],
                _ => Vec::new(),
            };
            let facts = MediaFacts::of_jpeg(1_200, 800, 200_000);
            let position = Position::Absent;
            let look = PictureLook {
                codes,
                position,
                facts,
            };
            world.evidence.pictures.insert(digest, look);
            let alt = says(Field::Alt(number), "給水所の地図");
            second.media.push(Media { digest, alt });
        }
        world.parts = vec![part("一つ目です。"), second];
        world
    }

    #[rstest]
    #[case(Field::Text, Some(7..13))]
    #[case(Field::CardUri, Some(8..14))]
    #[case(Field::CardTitle, Some(2..8))]
    #[case(Field::CardDescription, Some(3..9))]
    #[case(Field::Alt(0), Some(7..13))]
    #[case(Field::Alt(1), Some(7..13))]
    #[case(Field::Medium(1), None)]
    fn wherever_it_stands_the_place_is_told(#[case] field: Field, #[case] span: Option<Range<usize>>) {
        let verdict = world(field).verdict();
        let mut found = verdict
            .findings
            .iter()
            .filter(|found| found.rule == "link.shortener");
        let place = found
            .next()
            .and_then(|found| found.place.clone())
            .expect("a place");
        assert_eq!((place.part, place.field), (1, field));
        assert_eq!(place.span.map(|span| span.chars), span);
        assert_eq!(found.count(), 0);
    }
}
