//! The records themselves, built from what was signed and what was made ready: the same ones every time.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    plan::{Plan, Post},
    ready::Ready,
};
use crate::domain::{
    revision::{LinkCard, Media},
    text::facets::{Feature, facets},
};

/// A record by address and content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StrongRef {
    pub(super) uri: String,
    pub(super) cid: String,
}

/// What a post answers, and where its thread begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answers {
    pub(super) root: StrongRef,
    pub(super) parent: StrongRef,
}

/// A picture as the server keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Picture {
    /// The server's own words for it.
    pub(super) blob: Value,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A record.
#[derive(Debug, Serialize)]
#[serde(tag = "$type")]
pub(super) enum Record<'a> {
    #[serde(rename = "app.bsky.feed.post")]
    Post(NewPost<'a>),
    #[serde(rename = "app.bsky.feed.repost", rename_all = "camelCase")]
    Repost { subject: StrongRef, created_at: &'a str },
}

/// A post.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewPost<'a> {
    text: &'a str,
    created_at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    langs: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    facets: Vec<Facet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<Answers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embed: Option<Embed<'a>>,
}

#[derive(Debug, Serialize)]
struct Facet {
    index: Slice,
    features: [Under; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Slice {
    byte_start: usize,
    byte_end: usize,
}

impl From<Range<usize>> for Slice {
    fn from(bytes: Range<usize>) -> Self {
        Self {
            byte_start: bytes.start,
            byte_end: bytes.end,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "$type")]
enum Under {
    #[serde(rename = "app.bsky.richtext.facet#link")]
    Link { uri: String },
    #[serde(rename = "app.bsky.richtext.facet#tag")]
    Tag { tag: String },
    #[serde(rename = "app.bsky.richtext.facet#mention")]
    Mention { did: String },
}

/// What stands under the words.
#[derive(Debug, Serialize)]
#[serde(tag = "$type")]
enum Embed<'a> {
    #[serde(rename = "app.bsky.embed.images")]
    Images { images: Vec<Image<'a>> },
    #[serde(rename = "app.bsky.embed.video")]
    Video(Video<'a>),
    #[serde(rename = "app.bsky.embed.external")]
    External { external: External<'a> },
    #[serde(rename = "app.bsky.embed.record")]
    Record { record: StrongRef },
    #[serde(rename = "app.bsky.embed.recordWithMedia")]
    RecordWithMedia {
        record: Box<Embed<'a>>,
        media: Box<Embed<'a>>,
    },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Image<'a> {
    image: Value,
    alt: &'a str,
    aspect_ratio: AspectRatio,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Video<'a> {
    video: Value,
    alt: &'a str,
    aspect_ratio: AspectRatio,
}

#[derive(Debug, Serialize)]
struct AspectRatio {
    width: u32,
    height: u32,
}

#[derive(Debug, Serialize)]
struct External<'a> {
    uri: &'a str,
    title: &'a str,
    description: &'a str,
}

impl<'a> Record<'a> {
    /// The record of a plan; what was not made ready is named.
    pub(super) fn of(plan: &Plan<'a>, ready: &Ready<'a>) -> Result<Self, &'static str> {
        let created_at = ready.created_at()?;
        match plan {
            Plan::Repost(_) => Ok(Self::Repost {
                subject: ready.subject()?,
                created_at,
            }),
            Plan::Post(post) => Ok(Self::Post(NewPost {
                text: &post.part.text,
                created_at,
                langs: post.language.map(|language| [language]),
                facets: links(&post.part.text, ready)?,
                reply: post.answers.map(|_| ready.answers()).transpose()?,
                embed: embed(post, ready)?,
            })),
        }
    }
}

/// A mention of somebody whom nobody knows stays what it is: words.
fn links(text: &str, ready: &Ready<'_>) -> Result<Vec<Facet>, &'static str> {
    let mut links = Vec::new();
    for facet in facets(text) {
        let link = match facet.feature {
            Feature::Link(uri) => Some(Under::Link { uri }),
            Feature::Tag(tag) => Some(Under::Tag { tag }),
            Feature::Mention(handle) => ready.mentioned(&handle)?.map(|did| Under::Mention { did }),
        };
        links.extend(link.map(|link| Facet {
            index: facet.bytes.into(),
            features: [link],
        }));
    }
    Ok(links)
}

fn embed<'a>(post: &Post<'a>, ready: &Ready<'a>) -> Result<Option<Embed<'a>>, &'static str> {
    let media = match &post.part.link_card {
        Some(card) => Some(external(card)),
        None if post.part.media.is_empty() => None,
        None => Some(shown(&post.part.media, ready)?),
    };
    if post.quotes.is_none() {
        return Ok(media);
    }
    let record = Embed::Record {
        record: ready.subject()?,
    };
    Ok(Some(match media {
        None => record,
        Some(media) => Embed::RecordWithMedia {
            record: Box::new(record),
            media: Box::new(media),
        },
    }))
}

fn external(card: &LinkCard) -> Embed<'_> {
    Embed::External {
        external: External {
            uri: &card.uri,
            title: &card.title,
            description: &card.description,
        },
    }
}

/// A film, which goes alone, or pictures.
fn shown<'a>(media: &'a [Media], ready: &Ready<'a>) -> Result<Embed<'a>, &'static str> {
    if let [film] = media {
        let Picture { blob, width, height } = ready.picture(0)?;
        if blob["mimeType"]
            .as_str()
            .is_some_and(|kind| kind.starts_with("video/"))
        {
            return Ok(Embed::Video(Video {
                video: blob,
                alt: &film.alt,
                aspect_ratio: AspectRatio { width, height },
            }));
        }
    }
    images(media, ready)
}

fn images<'a>(media: &'a [Media], ready: &Ready<'a>) -> Result<Embed<'a>, &'static str> {
    let image = |(index, media): (usize, &'a Media)| {
        let Picture { blob, width, height } = ready.picture(index)?;
        Ok::<_, &'static str>(Image {
            image: blob,
            alt: &media.alt,
            aspect_ratio: AspectRatio { width, height },
        })
    };
    let images = media.iter().enumerate().map(image).collect::<Result<_, _>>()?;
    Ok(Embed::Images { images })
}
