//! The API's shapes, as far as they are used.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    super::order::Order,
    remote::{Remote, is_id},
    upload,
};
use crate::domain::revision::{Act, Part, Payload, Visibility};

/// The most pictures that one post takes.
pub(super) const MOST_MEDIA: usize = 4;

/// A payload that this platform is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the post has no such part")]
    Parts,
    #[error("a post on X has four pictures at most")]
    TooManyMedia,
    #[error("X makes its previews itself; one of ours cannot be sent")]
    LinkCard,
    #[error("an empty text without a picture is not sent")]
    Empty,
    #[error("on X everybody sees a post")]
    Visibility,
    #[error("X finds out the language itself; ours cannot be sent")]
    Language,
    #[error("a post that quotes cannot have pictures on X")]
    QuoteWithMedia,
    #[error("what is passed on has no words and pictures of its own; that would be a quote")]
    RepostWithContent,
    #[error("the account is not connected")]
    NoAccount,
    #[error("an answer, a quote and a repost refer to another post, by its id on X, and nothing else does")]
    Reference,
    #[error("what is out on X is not edited: an edit there is a new post")]
    Correction,
    #[error("the pictures are not uploaded yet")]
    NotReady,
}

/// One call that makes something public.
#[derive(Debug)]
pub(super) enum Call<'a> {
    /// `POST /2/tweets`.
    Post(NewPost<'a>),
    /// `POST /2/users/{by}/retweets`.
    Repost { by: &'a str, of: &'a str },
}

impl<'a> Call<'a> {
    /// Says the same as the part that goes out, or nothing: nothing that was signed is dropped in silence.
    pub(super) fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        let part = order.the_part().ok_or(Unfit::Parts)?;
        fits(order.payload, part)?;
        match order.act {
            Act::Repost => repost(order, part),
            Act::New | Act::Reply | Act::Quote => NewPost::of(order, part).map(Self::Post),
            Act::Correct => Err(Unfit::Correction),
        }
    }

    /// What is out once an answer gave `id`.
    pub(super) const fn remote<'b>(&'b self, id: &'b str) -> Remote<'b> {
        match self {
            Self::Post(_) => Remote::Post(id),
            Self::Repost { by, of } => Remote::Repost { by, of },
        }
    }
}

/// What X has no place for, whatever the act.
pub(super) fn fits(payload: &Payload, part: &Part) -> Result<(), Unfit> {
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
    Ok(())
}

fn repost<'a>(order: &Order<'a>, part: &Part) -> Result<Call<'a>, Unfit> {
    if !part.text.trim().is_empty() || !part.media.is_empty() || order.payload.parts.len() > 1 {
        return Err(Unfit::RepostWithContent);
    }
    let by = order
        .remote_account
        .filter(|id| is_id(id))
        .ok_or(Unfit::NoAccount)?;
    match (order.follows, order.payload.refers_to.as_deref()) {
        (None, Some(of)) if is_id(of) => Ok(Call::Repost { by, of }),
        _ => Err(Unfit::Reference),
    }
}

/// The body of `POST /2/tweets`. X refuses fields that it does not know.
#[derive(Debug, Serialize)]
pub(super) struct NewPost<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Uploaded<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<ReplyTo<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_tweet_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Uploaded<'a> {
    media_ids: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct ReplyTo<'a> {
    in_reply_to_tweet_id: &'a str,
}

/// How a post stands to another one.
enum Relation<'a> {
    Alone,
    Answers(&'a str),
    Quotes(&'a str),
}

impl<'a> NewPost<'a> {
    fn of(order: &Order<'a>, part: &'a Part) -> Result<Self, Unfit> {
        if part.text.trim().is_empty() && part.media.is_empty() {
            return Err(Unfit::Empty);
        }
        let (answers, quotes) = match Relation::of(order)? {
            Relation::Alone => (None, None),
            Relation::Answers(id) => (Some(id), None),
            Relation::Quotes(_) if !part.media.is_empty() => return Err(Unfit::QuoteWithMedia),
            Relation::Quotes(id) => (None, Some(id)),
        };
        let media_ids: Vec<&str> = (0..part.media.len())
            .map(|place| upload::uploaded(order.handles, place).ok_or(Unfit::NotReady))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: &part.text,
            media: (!media_ids.is_empty()).then_some(Uploaded { media_ids }),
            reply: answers.map(|in_reply_to_tweet_id| ReplyTo { in_reply_to_tweet_id }),
            quote_tweet_id: quotes,
        })
    }
}

impl<'a> Relation<'a> {
    /// A later part of a series answers the one before it, whatever the first one does.
    fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        let before = order.follows.map(|follows| follows.before.as_str());
        let relation = match (order.act, before, order.payload.refers_to.as_deref()) {
            (Act::New, None, None) => return Ok(Self::Alone),
            (Act::New, Some(before), None) | (Act::Reply | Act::Quote, Some(before), Some(_)) => {
                Self::Answers(before)
            }
            (Act::Reply, None, Some(id)) => Self::Answers(id),
            (Act::Quote, None, Some(id)) => Self::Quotes(id),
            _ => return Err(Unfit::Reference),
        };
        match relation {
            Self::Answers(id) | Self::Quotes(id) if !is_id(id) => Err(Unfit::Reference),
            relation => Ok(relation),
        }
    }
}

/// The body of `POST /2/users/{id}/retweets`.
#[derive(Debug, Serialize)]
pub(super) struct NewRepost<'a> {
    pub(super) tweet_id: &'a str,
}

/// The body of `POST /2/media/metadata`.
#[derive(Debug, Serialize)]
pub(super) struct Description<'a> {
    id: &'a str,
    metadata: Metadata<'a>,
}

#[derive(Debug, Serialize)]
struct Metadata<'a> {
    alt_text: AltText<'a>,
}

#[derive(Debug, Serialize)]
struct AltText<'a> {
    text: &'a str,
}

impl<'a> Description<'a> {
    /// The alternative text of an upload.
    pub(super) const fn new(id: &'a str, text: &'a str) -> Self {
        Self {
            id,
            metadata: Metadata {
                alt_text: AltText { text },
            },
        }
    }
}

/// What most answers wrap their content in.
#[derive(Debug, Deserialize)]
pub(super) struct Data<T> {
    pub(super) data: T,
}

/// Reads what a successful answer is about.
pub(super) fn data<T: serde::de::DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice::<Data<T>>(body)
        .ok()
        .map(|wrapped| wrapped.data)
}

/// Something with an id: a post, an upload.
#[derive(Debug, Deserialize)]
pub(super) struct Entity {
    pub(super) id: String,
}

/// Reads the id of what was made.
pub(super) fn created(body: &[u8]) -> Option<String> {
    data::<Entity>(body).map(|made| made.id).filter(|id| is_id(id))
}

/// The answer to a removal.
#[derive(Debug, Deserialize)]
pub(super) struct Removed {
    pub(super) deleted: bool,
}

/// The answer to a repost and to its removal: whether it is there now.
#[derive(Debug, Deserialize)]
pub(super) struct Reposted {
    pub(super) retweeted: bool,
}

/// An error, in the newer or the older form.
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    title: Option<String>,
    detail: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    errors: Vec<Complaint>,
}

#[derive(Debug, Deserialize)]
struct Complaint {
    message: Option<String>,
}

impl Problem {
    /// Reads one, if the body says anything that X says.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        let problem: Self = serde_json::from_slice(body).ok()?;
        let told = problem.title.is_some() || problem.detail.is_some() || !problem.errors.is_empty();
        told.then_some(problem)
    }

    /// The last word of its type: `client-forbidden` and the like.
    pub(super) fn name(&self) -> &str {
        let kind = self.kind.as_deref().unwrap_or_default();
        kind.rsplit('/').next().unwrap_or_default()
    }

    /// Everything that it says.
    pub(super) fn text(&self) -> String {
        let told = [self.title.as_deref(), self.detail.as_deref()];
        let complaints = self.errors.iter().map(|complaint| complaint.message.as_deref());
        let texts: Vec<&str> = told.into_iter().chain(complaints).flatten().collect();
        texts.join(": ")
    }
}

/// Reads what an error says, if it is one of the API's.
pub(super) fn error_text(body: &[u8]) -> Option<String> {
    Problem::of(body).map(|problem| problem.text())
}

/// The account behind a credential.
#[derive(Debug, Deserialize)]
pub(super) struct OwnAccount {
    pub(super) id: String,
    pub(super) username: String,
}

/// One page of an account's posts.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) data: Vec<Listed>,
    pub(super) meta: Meta,
    /// Something could not be shown: the page is not whole.
    #[serde(default)]
    pub(super) errors: Vec<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Meta {
    pub(super) result_count: usize,
    pub(super) next_token: Option<String>,
}

/// A post in a list. X is renaming some of its fields; both names are read.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) created_at: DateTime<Utc>,
    #[serde(default)]
    pub(super) text: String,
    #[serde(default)]
    pub(super) entities: Entities,
    #[serde(default, alias = "referenced_posts")]
    pub(super) referenced_tweets: Vec<Referenced>,
    #[serde(default, alias = "edit_history_post_ids")]
    pub(super) edit_history_tweet_ids: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Entities {
    #[serde(default)]
    pub(super) urls: Vec<ShortLink>,
}

/// What stands behind one of X's own short links.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ShortLink {
    pub(super) url: String,
    pub(super) expanded_url: Option<String>,
    pub(super) media_key: Option<String>,
}

/// What a listed post has to do with another one.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Referenced {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: String,
}
