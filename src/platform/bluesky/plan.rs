//! What one part of a payload becomes on this platform, or why it cannot.

use super::{super::Preparing, super::order::Order, uri::AtUri};
use crate::domain::{
    preparation::Follows,
    revision::{Act, Part, Payload, Visibility},
    text::facets::{Facet, Feature, facets},
};

/// The collection of posts.
pub(super) const POSTS: &str = "app.bsky.feed.post";
/// The collection of what is passed on.
pub(super) const REPOSTS: &str = "app.bsky.feed.repost";

/// How many pictures a post may have.
const PICTURES: usize = 4;

/// A payload that this platform is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the post has no such part")]
    Parts,
    #[error("every post on this platform is public")]
    Visibility,
    #[error("an empty text is not sent")]
    Empty,
    #[error("a post has at most four pictures")]
    Pictures,
    #[error("a post has pictures or a link card, not both")]
    CardAndPictures,
    #[error("a link card's address is none")]
    Card,
    #[error("passing on has no words, pictures or continuation of its own")]
    Repost,
    #[error("an answer, a quote and what is passed on, and nothing else, refer to another post")]
    Reference,
}

/// What a part becomes.
#[derive(Debug)]
pub(super) enum Plan<'a> {
    /// A post.
    Post(Post<'a>),
    /// Passing on this one.
    Repost(AtUri<'a>),
}

/// A post.
#[derive(Debug)]
pub(super) struct Post<'a> {
    pub(super) part: &'a Part,
    pub(super) language: Option<&'a str>,
    /// What it answers: another's post, or the part before it.
    pub(super) answers: Option<AtUri<'a>>,
    /// What it quotes.
    pub(super) quotes: Option<AtUri<'a>>,
}

/// What a plan is made from.
#[derive(Clone, Copy)]
pub(super) struct Draft<'a> {
    pub(super) act: Act,
    pub(super) payload: &'a Payload,
    pub(super) part: u16,
    pub(super) follows: Option<&'a Follows>,
}

impl<'a> From<&Preparing<'a>> for Draft<'a> {
    fn from(what: &Preparing<'a>) -> Self {
        Self {
            act: what.act,
            payload: what.payload,
            part: what.part,
            follows: what.follows,
        }
    }
}

impl<'a> From<&Order<'a>> for Draft<'a> {
    fn from(order: &Order<'a>) -> Self {
        Self {
            act: order.act,
            payload: order.payload,
            part: order.part,
            follows: order.follows,
        }
    }
}

impl<'a> Plan<'a> {
    /// Says the same as the part that goes out, or nothing: nothing that was signed is dropped in silence.
    pub(super) fn of(draft: Draft<'a>) -> Result<Self, Unfit> {
        let part = draft
            .payload
            .parts
            .get(usize::from(draft.part))
            .ok_or(Unfit::Parts)?;
        if draft.payload.visibility != Visibility::Public {
            return Err(Unfit::Visibility);
        }
        if draft.act == Act::Repost {
            return repost(draft, part);
        }
        let (answers, quotes) = references(draft)?;
        check(part)?;
        Ok(Self::Post(Post {
            part,
            language: draft.payload.language.as_deref(),
            answers,
            quotes,
        }))
    }

    /// Where the record stands.
    pub(super) const fn collection(&self) -> &'static str {
        match self {
            Self::Post(_) => POSTS,
            Self::Repost(_) => REPOSTS,
        }
    }

    /// Whom the text mentions, by handle.
    pub(super) fn mentions(&self) -> Vec<String> {
        let Self::Post(post) = self else {
            return Vec::new();
        };
        let handle = |facet: Facet| match facet.feature {
            Feature::Mention(handle) => Some(handle),
            Feature::Link(_) | Feature::Tag(_) => None,
        };
        facets(&post.part.text).into_iter().filter_map(handle).collect()
    }
}

fn check(part: &Part) -> Result<(), Unfit> {
    if part.text.trim().is_empty() && part.media.is_empty() {
        return Err(Unfit::Empty);
    }
    if part.media.len() > PICTURES {
        return Err(Unfit::Pictures);
    }
    match &part.link_card {
        Some(_) if !part.media.is_empty() => Err(Unfit::CardAndPictures),
        Some(card) if !is_web(&card.uri) => Err(Unfit::Card),
        _ => Ok(()),
    }
}

fn is_web(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

fn repost<'a>(draft: Draft<'a>, part: &Part) -> Result<Plan<'a>, Unfit> {
    let is_bare = part.text.is_empty() && part.media.is_empty() && part.link_card.is_none();
    if !is_bare || draft.follows.is_some() || draft.payload.parts.len() != 1 {
        return Err(Unfit::Repost);
    }
    let subject = draft.payload.refers_to.as_deref().and_then(post_at);
    Ok(Plan::Repost(subject.ok_or(Unfit::Reference)?))
}

/// What a post answers and what it quotes. Further parts answer the one before; only the first one quotes.
fn references<'a>(draft: Draft<'a>) -> Result<(Option<AtUri<'a>>, Option<AtUri<'a>>), Unfit> {
    let refers_to = match draft.payload.refers_to.as_deref() {
        Some(text) => Some(post_at(text).ok_or(Unfit::Reference)?),
        None => None,
    };
    match (draft.act, draft.follows, refers_to) {
        (Act::New, None, None) => Ok((None, None)),
        (Act::Reply, None, Some(other)) => Ok((Some(other), None)),
        (Act::Quote, None, Some(other)) => Ok((None, Some(other))),
        (Act::New, Some(follows), None) | (Act::Reply | Act::Quote, Some(follows), Some(_)) => {
            let before = post_at(&follows.before).ok_or(Unfit::Reference)?;
            Ok((Some(before), None))
        }
        _ => Err(Unfit::Reference),
    }
}

fn post_at(text: &str) -> Option<AtUri<'_>> {
    AtUri::parse(text).filter(|uri| uri.collection == POSTS)
}
