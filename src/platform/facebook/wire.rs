//! What is sent to a page.

use super::super::{meta::wire::is_id, order::Order};
use crate::domain::{
    preparation::Handles,
    revision::{Act, Part, Payload, Visibility},
};

/// A payload that this platform is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("a post on Facebook has one part")]
    Parts,
    #[error("this gateway answers, passes on and quotes nothing on Facebook")]
    Act,
    #[error("a correction, and nothing else, refers to a post, by its id on Facebook")]
    Reference,
    #[error("Facebook makes its previews itself; one of ours cannot be sent")]
    LinkCard,
    #[error("an empty text without a picture is not sent")]
    Empty,
    #[error("on a Facebook page everybody sees a post")]
    Visibility,
    #[error("Facebook finds out the language itself; ours cannot be sent")]
    Language,
    #[error("the account is not connected")]
    NoAccount,
    #[error("the pictures are not uploaded yet")]
    NotReady,
}

/// What a payload asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked<'a> {
    /// A post.
    Post(&'a Part),
    /// Other words in place of those of a post of ours. What it shows beside them stays.
    Edit(Edit<'a>),
}

impl<'a> Asked<'a> {
    /// What it is, if Facebook has a place for everything in it.
    pub(super) fn of(act: Act, payload: &'a Payload) -> Result<Self, Unfit> {
        let part = the_part(payload)?;
        match (act, payload.refers_to.as_deref()) {
            (Act::New, None) => Ok(Self::Post(part)),
            (Act::Correct, Some(id)) if is_id(id) => Edit::of(id, &part.text).map(Self::Edit),
            (Act::New | Act::Correct, _) => Err(Unfit::Reference),
            (Act::Reply | Act::Repost | Act::Quote, _) => Err(Unfit::Act),
        }
    }
}

fn the_part(payload: &Payload) -> Result<&Part, Unfit> {
    let [part] = payload.parts.as_slice() else {
        return Err(Unfit::Parts);
    };
    if payload.visibility != Visibility::Public {
        return Err(Unfit::Visibility);
    }
    if payload.language.is_some() {
        return Err(Unfit::Language);
    }
    if part.link_card.is_some() {
        return Err(Unfit::LinkCard);
    }
    if part.text.trim().is_empty() && part.media.is_empty() {
        return Err(Unfit::Empty);
    }
    Ok(part)
}

/// Words in place of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edit<'a> {
    pub(super) id: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Edit<'a> {
    /// Nothing in place of something would be no correction, and what it leaves is not documented.
    fn of(id: &'a str, text: &'a str) -> Result<Self, Unfit> {
        match text.trim() {
            "" => Err(Unfit::Empty),
            _ => Ok(Self { id, text }),
        }
    }

    /// The name of the words: an id with the page's in it is a post's, a bare one a film's.
    pub(super) fn words(&self) -> &'static str {
        match self.id.split_once('_') {
            Some(_) => MESSAGE,
            None => DESCRIPTION,
        }
    }
}

/// The names of the words of a post and of a film.
const MESSAGE: &str = "message";
const DESCRIPTION: &str = "description";

/// The name of an uploaded picture's id.
pub(super) fn photo(place: usize) -> String {
    format!("photo/{place}")
}

/// The name of a film's address, and of the time since when it is open.
pub(super) const FILM: &str = "film";
pub(super) const FILM_SINCE: &str = "film/since";

/// What is shown beside a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beside<'a> {
    /// Pictures, uploaded before; perhaps none.
    Photos(Vec<&'a str>),
    /// A film, which Facebook fetches.
    Film(&'a str),
}

impl<'a> Beside<'a> {
    /// What was made ready of so many pictures and films.
    pub(super) fn of(handles: &'a Handles, count: usize) -> Result<Self, Unfit> {
        match handles.get(FILM) {
            Some(address) if count == 1 => Ok(Self::Film(address)),
            _ => (0..count)
                .map(|place| handles.get(&photo(place)).ok_or(Unfit::NotReady))
                .collect::<Result<_, _>>()
                .map(Self::Photos),
        }
    }
}

/// One call that changes something in public.
#[derive(Debug)]
pub(super) enum Call<'a> {
    /// A post of a page.
    Post {
        page: &'a str,
        text: &'a str,
        beside: Beside<'a>,
    },
    /// Other words in place of those of one.
    Edit(Edit<'a>),
}

impl<'a> Call<'a> {
    /// Says the same as the payload, or nothing: nothing that was signed is dropped in silence.
    pub(super) fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        let asked = Asked::of(order.act, order.payload)?;
        if order.part != 0 {
            return Err(Unfit::Parts);
        }
        match asked {
            Asked::Edit(edit) => Ok(Self::Edit(edit)),
            Asked::Post(part) => Ok(Self::Post {
                page: order
                    .remote_account
                    .filter(|id| is_id(id))
                    .ok_or(Unfit::NoAccount)?,
                text: &part.text,
                beside: Beside::of(order.handles, part.media.len())?,
            }),
        }
    }

    /// Where it is sent.
    pub(super) fn path(&self) -> Vec<&'a str> {
        match self {
            Self::Post { page, beside, .. } => match beside {
                Beside::Photos(_) => vec![*page, "feed"],
                Beside::Film(_) => vec![*page, "videos"],
            },
            Self::Edit(edit) => vec![edit.id],
        }
    }

    /// The form.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match self {
            Self::Edit(edit) => vec![field(edit.words(), edit.text)],
            Self::Post { text, beside, .. } => match beside {
                Beside::Photos(ids) => {
                    let text = (!text.is_empty()).then(|| field(MESSAGE, text));
                    let attached = ids.iter().enumerate().map(|(place, id)| {
                        let media = serde_json::json!({ "media_fbid": id });
                        (format!("attached_media[{place}]"), media.to_string())
                    });
                    text.into_iter().chain(attached).collect()
                }
                Beside::Film(address) => vec![field(DESCRIPTION, text), field("file_url", address)],
            },
        }
    }
}
