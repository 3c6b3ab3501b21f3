//! The API's shapes, as far as they are used.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    super::{caller::unfit, order::Order},
    media,
};
use crate::domain::{
    attempt::Outcome,
    revision::{Act, Part, Visibility},
};

/// A payload that this platform is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the post has no such part")]
    Parts,
    #[error("this platform makes its previews itself; one of ours cannot be sent")]
    LinkCard,
    #[error("an empty text is not sent")]
    Empty,
    #[error("quoting is not known to all servers of this platform")]
    Quote,
    #[error("passing on has no words, pictures or continuation of its own")]
    Repost,
    #[error("a correction is one edit: it continues nothing")]
    Correction,
    #[error("an answer, what is passed on and what is corrected, and nothing else, refer to another post")]
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

/// The one call that publishes.
#[derive(Debug)]
pub(super) enum Call<'a> {
    /// A status of one's own.
    Status(NewStatus<'a>),
    /// Passing on a status: doing it twice is the same as once.
    Reblog {
        /// Its id.
        id: &'a str,
        /// To whom it is passed on.
        body: NewReblog,
    },
    /// Putting other words, pictures and films in place of those of a status of ours.
    Edit {
        /// Its id.
        id: &'a str,
        /// What stands there then.
        body: EditedStatus<'a>,
    },
}

impl<'a> Call<'a> {
    /// Says the same as the part that goes out, or nothing: nothing that was signed is dropped in silence.
    pub(super) fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        match order.act {
            Act::New | Act::Reply => Ok(Self::Status(NewStatus::of(order)?)),
            Act::Repost => reblog(order),
            Act::Quote => Err(Unfit::Quote),
            Act::Correct => edit(order),
        }
    }
}

fn reblog<'a>(order: &Order<'a>) -> Result<Call<'a>, Unfit> {
    let part = order.the_part().ok_or(Unfit::Parts)?;
    let is_bare = part.text.is_empty() && part.media.is_empty() && part.link_card.is_none();
    if !is_bare || order.follows.is_some() || order.payload.parts.len() != 1 {
        return Err(Unfit::Repost);
    }
    let visibility = visibility(order.payload.visibility);
    match order.payload.refers_to.as_deref() {
        Some(id) if is_id(id) => Ok(Call::Reblog {
            id,
            body: NewReblog { visibility },
        }),
        _ => Err(Unfit::Reference),
    }
}

/// The body of `POST /api/v1/statuses/{id}/reblog`.
#[derive(Debug, Serialize)]
pub(super) struct NewReblog {
    visibility: &'static str,
}

fn edit<'a>(order: &Order<'a>) -> Result<Call<'a>, Unfit> {
    if order.follows.is_some() || order.payload.parts.len() != 1 {
        return Err(Unfit::Correction);
    }
    let body = EditedStatus::of(order)?;
    match order.payload.refers_to.as_deref() {
        Some(id) if is_id(id) => Ok(Call::Edit { id, body }),
        _ => Err(Unfit::Reference),
    }
}

/// The body of `PUT /api/v1/statuses/{id}`. It has no place for who can see the status: that stays.
///
/// The ids of pictures are always there, and an empty list too: those before are replaced, or taken away.
#[derive(Debug, Serialize)]
pub(super) struct EditedStatus<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    media_ids: Vec<&'a str>,
}

impl<'a> EditedStatus<'a> {
    fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        let part = the_part(order)?;
        Ok(Self {
            status: &part.text,
            language: order.payload.language.as_deref(),
            media_ids: media::ids(order.handles, part.media.len()).ok_or(Unfit::Unready)?,
        })
    }
}

/// The part that goes out, if it can be said at all.
fn the_part<'a>(order: &Order<'a>) -> Result<&'a Part, Unfit> {
    let part = order.the_part().ok_or(Unfit::Parts)?;
    if part.link_card.is_some() {
        return Err(Unfit::LinkCard);
    }
    if part.text.trim().is_empty() && part.media.is_empty() {
        return Err(Unfit::Empty);
    }
    Ok(part)
}

/// The body of `POST /api/v1/statuses`.
#[derive(Debug, Serialize)]
pub(super) struct NewStatus<'a> {
    status: &'a str,
    visibility: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    media_ids: Vec<&'a str>,
}

impl<'a> NewStatus<'a> {
    fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        let (payload, part) = (order.payload, the_part(order)?);
        Ok(Self {
            status: &part.text,
            visibility: visibility(payload.visibility),
            language: payload.language.as_deref(),
            in_reply_to_id: answered(order)?,
            media_ids: media::ids(order.handles, part.media.len()).ok_or(Unfit::Unready)?,
        })
    }
}

/// What the part is an answer to: the part before it, or what the first one answers.
fn answered<'a>(order: &Order<'a>) -> Result<Option<&'a str>, Unfit> {
    match (order.act, order.follows, order.payload.refers_to.as_deref()) {
        (Act::New, None, None) => Ok(None),
        (Act::New, Some(follows), None) | (Act::Reply, Some(follows), Some(_)) if is_id(&follows.before) => {
            Ok(Some(follows.before.as_str()))
        }
        (Act::Reply, None, Some(id)) if is_id(id) => Ok(Some(id)),
        _ => Err(Unfit::Reference),
    }
}

const fn visibility(of: Visibility) -> &'static str {
    match of {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Followers => "private",
    }
}

/// Whether a text can be an id: numbers on Mastodon, letters too on its relatives.
pub(super) fn is_id(id: &str) -> bool {
    (1..=100).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The answer to a publication.
#[derive(Debug, Deserialize)]
struct Created {
    id: String,
    url: Option<String>,
    /// Only a status that was put off has these: it is not out.
    scheduled_at: Option<serde_json::Value>,
    params: Option<serde_json::Value>,
}

/// Reads the id and the address of a status that is out.
pub(super) fn created(body: &[u8]) -> Option<(String, Option<String>)> {
    let created: Created = serde_json::from_slice(body).ok()?;
    let out = created.scheduled_at.is_none() && created.params.is_none() && is_id(&created.id);
    out.then_some((created.id, created.url))
}

/// Whether a body is the entity with this id.
pub(super) fn is_entity(body: &[u8], id: &str) -> bool {
    #[derive(Deserialize)]
    struct Entity {
        id: String,
    }
    serde_json::from_slice::<Entity>(body).is_ok_and(|entity| entity.id == id)
}

/// Reads what an error says, if it is one of the API's.
pub(super) fn error_text(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Error {
        error: String,
        error_description: Option<String>,
    }
    let said: Error = serde_json::from_slice(body).ok()?;
    Some(match said.error_description {
        Some(description) => format!("{}: {description}", said.error),
        None => said.error,
    })
}

/// A status in a list.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) content: String,
    pub(super) edited_at: Option<serde_json::Value>,
    pub(super) language: Option<String>,
    /// What it passes on, if it does nothing else.
    pub(super) reblog: Option<Attached>,
    #[serde(default)]
    pub(super) media_attachments: Vec<Attached>,
}

/// Something that stands inside a status.
#[derive(Debug, Deserialize)]
pub(super) struct Attached {
    pub(super) id: String,
}

/// The text of a status as it was sent.
#[derive(Debug, Deserialize)]
pub(super) struct Source {
    pub(super) text: String,
}

/// The account behind a credential.
#[derive(Debug, Deserialize)]
pub(super) struct OwnAccount {
    pub(super) id: String,
    pub(super) username: String,
}

/// `/api/v1/instance` and `/api/v2/instance`: the limits stand in the same place.
#[derive(Debug, Deserialize)]
pub(super) struct Instance {
    pub(super) configuration: Option<Configuration>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Configuration {
    pub(super) statuses: Option<StatusLimits>,
    pub(super) media_attachments: Option<MediaLimits>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MediaLimits {
    pub(super) video_size_limit: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StatusLimits {
    pub(super) max_characters: u32,
    pub(super) characters_reserved_per_url: u32,
}

/// `/.well-known/nodeinfo`.
#[derive(Debug, Deserialize)]
pub(super) struct NodeInfoLinks {
    pub(super) links: Vec<NodeInfoLink>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NodeInfoLink {
    pub(super) rel: String,
    pub(super) href: String,
}

/// The document that it leads to.
#[derive(Debug, Deserialize)]
pub(super) struct NodeInfo {
    pub(super) software: Software,
}

#[derive(Debug, Deserialize)]
pub(super) struct Software {
    pub(super) name: String,
    pub(super) version: String,
}
