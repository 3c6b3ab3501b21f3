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

/// The part that is sent, if Facebook has a place for everything in it.
pub(super) fn the_part(act: Act, payload: &Payload) -> Result<&Part, Unfit> {
    let [part] = payload.parts.as_slice() else {
        return Err(Unfit::Parts);
    };
    if act != Act::New || payload.refers_to.is_some() {
        return Err(Unfit::Act);
    }
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

/// One call that makes something public.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) page: &'a str,
    text: &'a str,
    beside: Beside<'a>,
}

impl<'a> Call<'a> {
    /// Says the same as the payload, or nothing: nothing that was signed is dropped in silence.
    pub(super) fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        let part = the_part(order.act, order.payload)?;
        if order.part != 0 {
            return Err(Unfit::Parts);
        }
        Ok(Self {
            page: order
                .remote_account
                .filter(|id| is_id(id))
                .ok_or(Unfit::NoAccount)?,
            text: &part.text,
            beside: Beside::of(order.handles, part.media.len())?,
        })
    }

    /// Where it is sent.
    pub(super) const fn edge(&self) -> &'static str {
        match self.beside {
            Beside::Photos(_) => "feed",
            Beside::Film(_) => "videos",
        }
    }

    /// The form.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match &self.beside {
            Beside::Photos(ids) => {
                let text = (!self.text.is_empty()).then(|| field("message", self.text));
                let attached = ids.iter().enumerate().map(|(place, id)| {
                    let media = serde_json::json!({ "media_fbid": id });
                    (format!("attached_media[{place}]"), media.to_string())
                });
                text.into_iter().chain(attached).collect()
            }
            Beside::Film(address) => vec![field("description", self.text), field("file_url", address)],
        }
    }
}
