//! What a post costs where a platform takes money for each: shown before anybody approves it. Prices change, so
//! they are parameters; facts and doubts: docs/PLATFORMS.md.

use std::fmt;

use serde::Deserialize;

use super::{
    account::Platform,
    revision::{Act, Part, Payload},
    text::links_on_x,
};

/// Millionths of a US dollar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct MicroDollars(pub u64);

impl fmt::Display for MicroDollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// What X takes of those who pay by use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct XPrices {
    /// A post without a link.
    pub post: MicroDollars,
    /// A post with one.
    pub post_with_link: MicroDollars,
    /// The description of a picture.
    pub description: MicroDollars,
}

impl Default for XPrices {
    /// The list of August 2026.
    fn default() -> Self {
        Self {
            post: MicroDollars(15_000),
            post_with_link: MicroDollars(200_000),
            description: MicroDollars(5_000),
        }
    }
}

/// What one payload costs at most, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// All of it.
    pub amount: MicroDollars,
    /// How many posts it makes.
    pub posts: u32,
    /// How many of them are dear because of a link.
    pub with_link: u32,
    /// How many descriptions of pictures are paid for besides.
    pub descriptions: u32,
}

/// What a payload costs; none where nothing is paid for single posts.
#[must_use]
pub fn of(platform: Platform, act: Act, payload: &Payload, x: &XPrices) -> Option<Cost> {
    if platform != Platform::X {
        return None;
    }
    let parts = payload.parts.iter().enumerate();
    Some(parts.fold(Cost::default(), |cost, (number, part)| {
        // Whether a quote counts as a link is not written anywhere: the dearer is shown.
        let quotes = act == Act::Quote && number == 0;
        cost.and(part, quotes || links_on_x(&part.text) > 0, x)
    }))
}

impl Cost {
    fn and(self, part: &Part, has_link: bool, x: &XPrices) -> Self {
        let described = part.media.iter().filter(|media| !media.alt.is_empty()).count();
        let described = u32::try_from(described).unwrap_or(u32::MAX);
        let post = if has_link { x.post_with_link } else { x.post };
        let descriptions = x.description.0.saturating_mul(described.into());
        let more = post.0.saturating_add(descriptions);
        Self {
            amount: MicroDollars(self.amount.0.saturating_add(more)),
            posts: self.posts + 1,
            with_link: self.with_link + u32::from(has_link),
            descriptions: self.descriptions.saturating_add(described),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        digest::MediaDigest,
        ids::AccountId,
        revision::{Media, Visibility},
    };

    fn payload(texts: &[&str]) -> Payload {
        let part = |text: &&str| Part {
            text: (*text).to_owned(),
            link_card: None,
            media: Vec::new(),
        };
        Payload {
            account: AccountId::new(Uuid::from_u128(1)),
            parts: texts.iter().map(part).collect(),
            language: None,
            visibility: Visibility::Public,
            refers_to: None,
            audience: None,
        }
    }

    fn cost(act: Act, payload: &Payload) -> (String, u32, u32) {
        let cost = of(Platform::X, act, payload, &XPrices::default()).unwrap();
        (cost.amount.to_string(), cost.posts, cost.with_link)
    }

    #[test]
    fn a_link_makes_a_post_dear() {
        assert_eq!(
            cost(Act::New, &payload(&["避難所を開設"])),
            ("0.015000".to_owned(), 1, 0)
        );
        let linked = payload(&["詳しくは https://www.city.example.lg.jp/"]);
        assert_eq!(cost(Act::New, &linked), ("0.200000".to_owned(), 1, 1));
        let bare = payload(&["続く", "city.example.lg.jp"]);
        assert_eq!(cost(Act::New, &bare), ("0.215000".to_owned(), 2, 1));
        assert_eq!(cost(Act::Quote, &payload(&["引用"])).0, "0.200000");
        assert_eq!(cost(Act::Repost, &payload(&[""])).0, "0.015000");
    }

    #[test]
    fn descriptions_cost_and_other_platforms_do_not() {
        let mut pictures = payload(&["写真"]);
        let media = |alt: &str| Media {
            digest: MediaDigest::new([1; 32]),
            alt: alt.to_owned(),
        };
        pictures.parts[0].media = vec![media("海"), media("")];
        assert_eq!(cost(Act::New, &pictures).0, "0.020000");
        let elsewhere = of(Platform::Line, Act::New, &pictures, &XPrices::default());
        assert_eq!(elsewhere, None);
    }
}
