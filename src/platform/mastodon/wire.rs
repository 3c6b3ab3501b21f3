//! The API's shapes, as far as they are used.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::order::Order;
use crate::domain::revision::{Act, Visibility};

/// A payload that this platform is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the post has no such part")]
    Parts,
    #[error("pictures and films cannot be sent to this platform yet")]
    Media,
    #[error("this platform makes its previews itself; one of ours cannot be sent")]
    LinkCard,
    #[error("an empty text is not sent")]
    Empty,
    #[error("passing on and quoting cannot be done on this platform yet")]
    Act,
    #[error("an answer, and nothing else, refers to another post")]
    Reference,
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
}

impl<'a> NewStatus<'a> {
    /// Says the same as the part that goes out, or nothing: nothing that was signed is dropped in silence.
    pub(super) fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        let payload = order.payload;
        let part = order.the_part().ok_or(Unfit::Parts)?;
        if !part.media.is_empty() {
            return Err(Unfit::Media);
        }
        if part.link_card.is_some() {
            return Err(Unfit::LinkCard);
        }
        if part.text.trim().is_empty() {
            return Err(Unfit::Empty);
        }
        let in_reply_to_id = match (order.act, order.follows, payload.refers_to.as_deref()) {
            (Act::Repost | Act::Quote, ..) => return Err(Unfit::Act),
            (Act::New, None, None) => None,
            (Act::New, Some(follows), None) | (Act::Reply, Some(follows), Some(_))
                if is_id(&follows.before) =>
            {
                Some(follows.before.as_str())
            }
            (Act::Reply, None, Some(id)) if is_id(id) => Some(id),
            (Act::New | Act::Reply, ..) => return Err(Unfit::Reference),
        };
        let visibility = match payload.visibility {
            Visibility::Public => "public",
            Visibility::Unlisted => "unlisted",
            Visibility::Followers => "private",
        };
        let language = payload.language.as_deref();
        Ok(Self {
            status: &part.text,
            visibility,
            language,
            in_reply_to_id,
        })
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
    pub(super) reblog: Option<serde_json::Value>,
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
