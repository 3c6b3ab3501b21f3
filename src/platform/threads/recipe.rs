//! What is put into a container.

use super::super::meta::{
    container::{Fields, Recipe, Said, Shown, Whole},
    wire::is_id,
};
use crate::domain::{
    media::Family,
    revision::{Act, Media, Visibility},
};

/// The most pictures and films in one post, and the longest description of one.
const MOST_MEDIA: usize = 20;
const LONGEST_ALT: usize = 1_000;

/// A payload that this platform is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the post has no such part")]
    Parts,
    #[error("this gateway passes nothing on at Threads")]
    Repost,
    #[error("Threads makes its previews itself; one of ours cannot be sent")]
    LinkCard,
    #[error("a post on Threads has twenty pictures and films at most")]
    TooManyMedia,
    #[error("Threads takes 1,000 characters of description for a picture or film")]
    Alt,
    #[error("an empty text without a picture is not sent")]
    Empty,
    #[error("on Threads everybody sees a post")]
    Visibility,
    #[error("Threads finds out the language itself; ours cannot be sent")]
    Language,
    #[error("an answer and a quote refer to another post, by its id on Threads, and nothing else does")]
    Reference,
}

/// One part, if Threads has a place for everything in it.
#[derive(Debug)]
pub(super) struct Content<'a> {
    text: &'a str,
    media: &'a [Media],
    relation: Option<(&'static str, &'a str)>,
}

impl<'a> Content<'a> {
    /// Says the same as the part, or nothing: nothing that was signed is dropped in silence.
    pub(super) fn of(said: Said<'a>) -> Result<Self, Unfit> {
        let payload = said.payload;
        let part = payload.parts.get(usize::from(said.part)).ok_or(Unfit::Parts)?;
        if payload.visibility != Visibility::Public {
            return Err(Unfit::Visibility);
        }
        if payload.language.is_some() {
            return Err(Unfit::Language);
        }
        if part.link_card.is_some() {
            return Err(Unfit::LinkCard);
        }
        if part.media.len() > MOST_MEDIA {
            return Err(Unfit::TooManyMedia);
        }
        if part
            .media
            .iter()
            .any(|media| media.alt.chars().count() > LONGEST_ALT)
        {
            return Err(Unfit::Alt);
        }
        if part.text.trim().is_empty() && part.media.is_empty() {
            return Err(Unfit::Empty);
        }
        Ok(Self {
            text: &part.text,
            media: &part.media,
            relation: relation(said)?,
        })
    }

    fn words(&self) -> impl Iterator<Item = (&'static str, String)> {
        let text = (!self.text.is_empty()).then(|| ("text", self.text.to_owned()));
        let relation = self.relation.map(|(name, id)| (name, id.to_owned()));
        text.into_iter().chain(relation)
    }
}

/// A later part of a series answers the one before it, whatever the first one does.
fn relation(said: Said<'_>) -> Result<Option<(&'static str, &str)>, Unfit> {
    let (number, before) = (said.part, said.follows.map(|follows| follows.before.as_str()));
    let relation = match (said.act, said.payload.refers_to.as_deref(), before) {
        (Act::Repost, ..) => return Err(Unfit::Repost),
        (Act::New, None, None) if number == 0 => return Ok(None),
        (Act::Reply, Some(id), None) if number == 0 => ("reply_to_id", id),
        (Act::Quote, Some(id), None) if number == 0 => ("quote_post_id", id),
        (Act::New, None, Some(before)) | (Act::Reply | Act::Quote, Some(_), Some(before)) if number > 0 => {
            ("reply_to_id", before)
        }
        _ => return Err(Unfit::Reference),
    };
    if is_id(relation.1) {
        Ok(Some(relation))
    } else {
        Err(Unfit::Reference)
    }
}

/// One picture or film, where the platform fetches it, with its description.
fn source(shown: &Shown<'_>) -> impl Iterator<Item = (&'static str, String)> {
    let (kind, name) = match shown.family {
        Family::Picture => ("IMAGE", "image_url"),
        Family::Film => ("VIDEO", "video_url"),
    };
    let alt = (!shown.alt.is_empty()).then(|| ("alt_text", shown.alt.to_owned()));
    [("media_type", kind.to_owned()), (name, shown.address.to_string())]
        .into_iter()
        .chain(alt)
}

impl Recipe for Content<'_> {
    fn media(&self) -> &[Media] {
        self.media
    }

    fn child(&self, shown: &Shown<'_>) -> Fields {
        source(shown)
            .chain([("is_carousel_item", "true".to_owned())])
            .collect()
    }

    fn whole(&self, whole: &Whole<'_>) -> Fields {
        match whole {
            Whole::Words => [("media_type", "TEXT".to_owned())]
                .into_iter()
                .chain(self.words())
                .collect(),
            Whole::One(shown) => source(shown).chain(self.words()).collect(),
            Whole::Several(ids) => {
                let children = [("media_type", "CAROUSEL".to_owned()), ("children", ids.join(","))];
                children.into_iter().chain(self.words()).collect()
            }
        }
    }
}
