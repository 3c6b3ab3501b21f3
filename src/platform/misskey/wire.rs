//! The API's shapes, as far as they are used.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    super::{caller::unfit, order::Order},
    media,
};
use crate::domain::{
    attempt::Outcome,
    revision::{Act, Part, Visibility},
    text::mfm::markup,
};

/// A payload that this platform is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the post has no such part")]
    Parts,
    #[error("a note that is out is not edited on this platform")]
    Correction,
    #[error("this platform makes its previews itself; one of ours cannot be sent")]
    LinkCard,
    #[error("an empty text is not sent")]
    Empty,
    #[error("the text has markup that can hide where a link leads")]
    Markup,
    #[error("passing on has no words, pictures or continuation of its own")]
    Repost,
    #[error("an answer, a quote and what is passed on, and nothing else, refer to another post")]
    Reference,
    #[error("a picture or film was not made ready")]
    Unready,
}

impl Unfit {
    /// Nothing was sent; whether trying again would help is what the two differ in.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Unready => Outcome::NotSent {
                why: self.to_string(),
            },
            _ => unfit(self),
        }
    }
}

/// The body of `notes/create`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewNote<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    visibility: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renote_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    file_ids: Vec<&'a str>,
}

impl<'a> NewNote<'a> {
    /// Says the same as the part that goes out, or nothing: nothing that was signed is dropped in silence. A
    /// language alone cannot be said here: the platform has no field for it.
    pub(super) fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        let part = order.the_part().ok_or(Unfit::Parts)?;
        check(order, part)?;
        let (reply_id, renote_id) = references(order)?;
        Ok(Self {
            text: Some(part.text.as_str()).filter(|text| !text.is_empty()),
            visibility: visibility(order.payload.visibility),
            reply_id,
            renote_id,
            file_ids: media::ids(order.handles, part.media.len()).ok_or(Unfit::Unready)?,
        })
    }
}

fn check(order: &Order<'_>, part: &Part) -> Result<(), Unfit> {
    let is_bare = part.text.is_empty() && part.media.is_empty();
    let is_one = order.follows.is_none() && order.payload.parts.len() == 1;
    match order.act {
        _ if part.link_card.is_some() => Err(Unfit::LinkCard),
        Act::Repost if !is_bare || !is_one => Err(Unfit::Repost),
        Act::Repost => Ok(()),
        Act::Correct => Err(Unfit::Correction),
        Act::New | Act::Reply | Act::Quote if part.text.trim().is_empty() && part.media.is_empty() => {
            Err(Unfit::Empty)
        }
        _ if !markup(&part.text).is_empty() => Err(Unfit::Markup),
        Act::New | Act::Reply | Act::Quote => Ok(()),
    }
}

/// What a note answers, and what it passes on or quotes. Further parts answer the one before; only the first
/// one quotes.
fn references<'a>(order: &Order<'a>) -> Result<(Option<&'a str>, Option<&'a str>), Unfit> {
    let refers_to = order.payload.refers_to.as_deref();
    if refers_to.is_some_and(|id| !is_id(id)) {
        return Err(Unfit::Reference);
    }
    match (order.act, order.follows, refers_to) {
        (Act::New, None, None) => Ok((None, None)),
        (Act::Reply, None, Some(id)) => Ok((Some(id), None)),
        (Act::Quote | Act::Repost, None, Some(id)) => Ok((None, Some(id))),
        (Act::New, Some(follows), None) | (Act::Reply | Act::Quote, Some(follows), Some(_))
            if is_id(&follows.before) =>
        {
            Ok((Some(follows.before.as_str()), None))
        }
        _ => Err(Unfit::Reference),
    }
}

const fn visibility(of: Visibility) -> &'static str {
    match of {
        Visibility::Public => "public",
        Visibility::Unlisted => "home",
        Visibility::Followers => "followers",
    }
}

/// Whether a text can be an id.
pub(super) fn is_id(id: &str) -> bool {
    (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Reads the id of a note that is out.
pub(super) fn created(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Created {
        created_note: Note,
    }
    #[derive(Deserialize)]
    struct Note {
        id: String,
    }
    let created: Created = serde_json::from_slice(body).ok()?;
    Some(created.created_note.id).filter(|id| is_id(id))
}

/// An error.
#[derive(Debug, Deserialize)]
pub(super) struct ApiError {
    pub(super) code: String,
    #[serde(default)]
    message: String,
}

/// Reads an error, if it is one of the API's.
pub(super) fn error(body: &[u8]) -> Option<ApiError> {
    #[derive(Deserialize)]
    struct Body {
        error: ApiError,
    }
    let body: Body = serde_json::from_slice(body).ok()?;
    Some(body.error)
}

/// Reads what an error says.
pub(super) fn error_text(body: &[u8]) -> Option<String> {
    error(body).map(|error| format!("{}: {}", error.code, error.message))
}

/// The body of `users/notes`. Servers read the names that they know: the last two are those of old ones.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListNotes<'a> {
    pub(super) user_id: &'a str,
    pub(super) limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until_id: Option<&'a str>,
    pub(super) with_replies: bool,
    pub(super) with_renotes: bool,
    pub(super) include_replies: bool,
    pub(super) include_my_renotes: bool,
}

/// A note in a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) text: Option<String>,
    pub(super) reply_id: Option<String>,
    pub(super) renote_id: Option<String>,
    #[serde(default)]
    pub(super) file_ids: Vec<String>,
    /// Only where notes can be edited.
    pub(super) updated_at: Option<Value>,
}

/// The account behind a credential.
#[derive(Debug, Deserialize)]
pub(super) struct OwnAccount {
    pub(super) id: String,
    pub(super) username: String,
}

/// `meta`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    pub(super) version: String,
    pub(super) max_note_text_length: u32,
}

/// The answer of a MiAuth session. It is not printed.
#[derive(Deserialize)]
pub(super) struct Checked {
    pub(super) ok: bool,
    pub(super) token: Option<String>,
}

/// A file in the drive.
#[derive(Debug, Deserialize)]
pub(super) struct DriveFile {
    pub(super) id: String,
    pub(super) comment: Option<String>,
}
