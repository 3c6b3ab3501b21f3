//! The API's shapes, as far as they are used.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;

use super::super::order::Order;
use crate::domain::{
    preparation::Handles,
    revision::{Act, Media, Payload, Visibility},
};

/// The most messages that one call takes.
const MOST_MESSAGES: usize = 5;

/// The longest description of a message, in UTF-16 code units.
const LONGEST_ALT: usize = 1_500;

/// The longest label of an action, in grapheme clusters.
const LONGEST_LABEL: usize = 20;

/// A payload that this platform is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("on LINE a post is of its own: it neither answers, quotes nor passes on")]
    Act,
    #[error("all parts of a post go to LINE in one call")]
    Parts,
    #[error("a post on LINE has five messages at most: each text is one and each picture is one")]
    TooManyMessages,
    #[error("LINE makes its previews itself; one of ours cannot be sent")]
    LinkCard,
    #[error("a part without text and pictures is not sent")]
    Empty,
    #[error("on LINE a post has no timeline that it could be kept out of")]
    Visibility,
    #[error("LINE has no place for a language")]
    Language,
    #[error("LINE takes 1,500 characters of description for a picture")]
    LongAlt,
    #[error("LINE shows a film behind a picture: each needs one in the same part")]
    NoCover,
    #[error("the pictures have no address yet")]
    NotReady,
}

/// What goes into one call, as the dispatcher has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) act: Act,
    pub(super) payload: &'a Payload,
    pub(super) handles: &'a Handles,
}

impl<'a> Content<'a> {
    /// What an order sends: all parts at once.
    pub(super) fn of(order: &Order<'a>) -> Result<Self, Unfit> {
        if order.part != 0 || order.follows.is_some() {
            return Err(Unfit::Parts);
        }
        Ok(Self {
            act: order.act,
            payload: order.payload,
            handles: order.handles,
        })
    }
}

/// What a broadcast, a narrowcast and their dry runs say.
#[derive(Debug, Serialize)]
pub(super) struct Messages<'a> {
    messages: Vec<Message<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Message<'a> {
    Text {
        text: &'a str,
    },
    /// A picture without a description.
    Image {
        original_content_url: &'a str,
        preview_image_url: &'a str,
    },
    /// A film without a description.
    Video {
        original_content_url: &'a str,
        preview_image_url: &'a str,
    },
    /// A picture or film with one: only this kind of message has a place for it.
    Flex {
        alt_text: &'a str,
        contents: Bubble<'a>,
    },
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "bubble")]
struct Bubble<'a> {
    hero: Hero<'a>,
}

/// What the message shows.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Hero<'a> {
    Picture(Picture<'a>),
    Film(Film<'a>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "video", rename_all = "camelCase")]
struct Film<'a> {
    url: &'a str,
    preview_url: &'a str,
    /// Where films are not played.
    alt_content: Picture<'a>,
    aspect_ratio: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "image", rename_all = "camelCase")]
struct Picture<'a> {
    url: &'a str,
    size: &'static str,
    aspect_ratio: &'a str,
    aspect_mode: &'static str,
    action: OpenPicture<'a>,
}

/// Opens the picture; its label is what a screen reader says of it.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "uri")]
struct OpenPicture<'a> {
    label: String,
    uri: &'a str,
}

impl<'a> Messages<'a> {
    /// Says the same as the payload, or nothing: nothing that was signed is dropped in silence.
    pub(super) fn of(content: &Content<'a>) -> Result<Self, Unfit> {
        let payload = content.payload;
        if content.act != Act::New || payload.refers_to.is_some() {
            return Err(Unfit::Act);
        }
        if payload.visibility != Visibility::Public {
            return Err(Unfit::Visibility);
        }
        if payload.language.is_some() {
            return Err(Unfit::Language);
        }
        let mut messages = Vec::new();
        for (number, part) in payload.parts.iter().enumerate() {
            let silent = part.text.trim().is_empty();
            match (&part.link_card, silent, part.media.is_empty()) {
                (Some(_), ..) => return Err(Unfit::LinkCard),
                (None, true, true) => return Err(Unfit::Empty),
                (None, true, false) => {}
                (None, false, _) => messages.push(Message::Text { text: &part.text }),
            }
            shown(content.handles, number, &part.media, &mut messages)?;
        }
        match messages.len() {
            0 => Err(Unfit::Empty),
            1..=MOST_MESSAGES => Ok(Self { messages }),
            _ => Err(Unfit::TooManyMessages),
        }
    }
}

/// The names under which the address and the shape of a picture or film are kept.
pub(super) fn names((part, place): (usize, usize)) -> (String, String) {
    (format!("address/{part}/{place}"), format!("shape/{part}/{place}"))
}

/// The name under which the address is kept of what is shown first.
pub(super) fn preview_name((part, place): (usize, usize)) -> String {
    format!("preview/{part}/{place}")
}

/// The name under which it is kept that something is a film.
pub(super) fn film_name((part, place): (usize, usize)) -> String {
    format!("film/{part}/{place}")
}

/// The places of the films among media, each with that of the picture that covers it: the first picture covers the
/// first film, and so on. What covers a film is no message of its own.
pub(super) fn covers(are_films: &[bool]) -> Result<Vec<(usize, usize)>, Unfit> {
    let of = |kind: bool| {
        let places = are_films.iter().enumerate();
        places
            .filter(move |(_, is_film)| **is_film == kind)
            .map(|(place, _)| place)
    };
    let pairs: Vec<_> = of(true).zip(of(false)).collect();
    if pairs.len() < of(true).count() {
        return Err(Unfit::NoCover);
    }
    Ok(pairs)
}

/// The messages of a part's pictures and films.
fn shown<'a>(
    handles: &'a Handles,
    part: usize,
    media: &'a [Media],
    messages: &mut Vec<Message<'a>>,
) -> Result<(), Unfit> {
    let are_films: Vec<bool> = (0..media.len())
        .map(|place| handles.get(&film_name((part, place))).is_some())
        .collect();
    let covers = covers(&are_films)?;
    for (place, medium) in media.iter().enumerate() {
        if covers.iter().any(|(_, cover)| *cover == place) {
            continue;
        }
        let of = |name: String| handles.get(&name).ok_or(Unfit::NotReady);
        let (address, shape) = names((part, place));
        let (url, aspect_ratio) = (of(address)?, of(shape)?);
        if medium.alt.encode_utf16().count() > LONGEST_ALT {
            return Err(Unfit::LongAlt);
        }
        let cover = covers.iter().find(|(film, _)| *film == place);
        let preview = match cover {
            Some((_, cover)) => of(preview_name((part, *cover)))?,
            // A picture that is small enough is its own preview.
            None => handles.get(&preview_name((part, place))).unwrap_or(url),
        };
        let described = !medium.alt.trim().is_empty();
        let picture = |url, alt: &str| Picture {
            url,
            size: "full",
            aspect_ratio,
            aspect_mode: "fit",
            action: OpenPicture {
                label: label(alt),
                uri: url,
            },
        };
        messages.push(match (cover, described) {
            (None, false) => Message::Image {
                original_content_url: url,
                preview_image_url: preview,
            },
            (Some(_), false) => Message::Video {
                original_content_url: url,
                preview_image_url: preview,
            },
            (None, true) => Message::Flex {
                alt_text: &medium.alt,
                contents: Bubble {
                    hero: Hero::Picture(picture(url, &medium.alt)),
                },
            },
            (Some((_, cover)), true) => Message::Flex {
                alt_text: &medium.alt,
                contents: Bubble {
                    hero: Hero::Film(Film {
                        url,
                        preview_url: preview,
                        alt_content: picture(preview, &media[*cover].alt),
                        aspect_ratio,
                    }),
                },
            },
        });
    }
    Ok(())
}

/// The beginning of a description; the whole of it is the message's own.
fn label(alt: &str) -> String {
    let clusters: Vec<&str> = alt.graphemes(true).take(LONGEST_LABEL + 1).collect();
    match clusters.len() {
        ..=LONGEST_LABEL => clusters.concat(),
        _ => format!("{}…", clusters[..LONGEST_LABEL - 1].concat()),
    }
}

/// An error.
#[derive(Debug, Deserialize)]
struct Complaint {
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
struct Detail {
    message: Option<String>,
    property: Option<String>,
}

/// Reads what an error says, if it is one of the API's.
pub(super) fn error_text(body: &[u8]) -> Option<String> {
    let complaint: Complaint = serde_json::from_slice(body).ok()?;
    let details = complaint.details.iter().map(|detail| {
        let (place, what) = (detail.property.as_deref(), detail.message.as_deref());
        format!(" {}: {};", place.unwrap_or_default(), what.unwrap_or_default())
    });
    Some(details.fold(complaint.message.clone(), |text, detail| text + &detail))
}

/// Whether a body is a JSON object, as every success of the API is.
pub(super) fn is_object(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body).is_ok()
}

/// The account behind a token.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bot {
    pub(super) user_id: String,
    pub(super) basic_id: String,
    pub(super) premium_id: Option<String>,
}

/// How many messages may be sent in this month.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(super) enum Quota {
    Limited { value: u64 },
    None,
}

/// How many were.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Consumption {
    pub(super) total_usage: u64,
}

/// How many messages all broadcasts of a day made.
#[derive(Debug, Deserialize)]
pub(super) struct Delivered {
    pub(super) status: String,
    pub(super) success: Option<u64>,
}
