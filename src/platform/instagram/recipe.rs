//! What is put into a container.

use super::super::meta::container::{Fields, Recipe, Said, Shown, Whole};
use crate::domain::{
    media::Family,
    revision::{Act, Media, Visibility},
};

/// The most pictures and films in one post, and the longest description of one.
const MOST_MEDIA: usize = 10;
const LONGEST_ALT: usize = 1_000;

/// A payload that this platform is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("a post on Instagram has one part")]
    Parts,
    #[error("on Instagram there are neither answers nor quotes nor reposts by this API")]
    Act,
    #[error("Instagram shows no previews of links")]
    LinkCard,
    #[error("a post on Instagram has one to ten pictures or films")]
    Media,
    #[error("Instagram takes 1,000 characters of description for a picture")]
    Alt,
    #[error("on Instagram everybody sees a post")]
    Visibility,
    #[error("Instagram finds out the language itself; ours cannot be sent")]
    Language,
}

/// A post, if Instagram has a place for everything in it.
#[derive(Debug)]
pub(super) struct Caption<'a> {
    text: &'a str,
    media: &'a [Media],
}

impl<'a> Caption<'a> {
    /// Says the same as the payload, or nothing: nothing that was signed is dropped in silence. That a film's
    /// description has no place here, the gate tells whoever signs.
    pub(super) fn of(said: Said<'a>) -> Result<Self, Unfit> {
        let payload = said.payload;
        let ([only], 0) = (payload.parts.as_slice(), said.part) else {
            return Err(Unfit::Parts);
        };
        if said.act != Act::New || payload.refers_to.is_some() {
            return Err(Unfit::Act);
        }
        if payload.visibility != Visibility::Public {
            return Err(Unfit::Visibility);
        }
        if payload.language.is_some() {
            return Err(Unfit::Language);
        }
        if only.link_card.is_some() {
            return Err(Unfit::LinkCard);
        }
        if !(1..=MOST_MEDIA).contains(&only.media.len()) {
            return Err(Unfit::Media);
        }
        if only
            .media
            .iter()
            .any(|media| media.alt.chars().count() > LONGEST_ALT)
        {
            return Err(Unfit::Alt);
        }
        Ok(Self {
            text: &only.text,
            media: &only.media,
        })
    }

    fn caption(&self) -> Option<(&'static str, String)> {
        (!self.text.is_empty()).then(|| ("caption", self.text.to_owned()))
    }
}

/// One picture or film, where the platform fetches it. Only pictures can be described.
fn source(shown: &Shown<'_>) -> Fields {
    match shown.family {
        Family::Film => vec![("video_url", shown.address.to_string())],
        Family::Picture => {
            let address = ("image_url", shown.address.to_string());
            let alt = (!shown.alt.is_empty()).then(|| ("alt_text", shown.alt.to_owned()));
            [address].into_iter().chain(alt).collect()
        }
    }
}

impl Recipe for Caption<'_> {
    fn media(&self) -> &[Media] {
        self.media
    }

    fn child(&self, shown: &Shown<'_>) -> Fields {
        let kind = (shown.family == Family::Film).then(|| ("media_type", "VIDEO".to_owned()));
        let mark = ("is_carousel_item", "true".to_owned());
        source(shown).into_iter().chain(kind).chain([mark]).collect()
    }

    fn whole(&self, whole: &Whole<'_>) -> Fields {
        let fields = match whole {
            // Never asked for: a post without pictures is refused above.
            Whole::Words => Fields::new(),
            Whole::One(shown) => {
                let kind = (shown.family == Family::Film).then(|| ("media_type", "REELS".to_owned()));
                source(shown).into_iter().chain(kind).collect()
            }
            Whole::Several(ids) => vec![("media_type", "CAROUSEL".to_owned()), ("children", ids.join(","))],
        };
        fields.into_iter().chain(self.caption()).collect()
    }
}
