//! Makes of a picture what a platform takes. The same picture and the same room give the same bytes.

use std::borrow::Cow;

use image::DynamicImage;

use super::{
    FitError, Refused, Rendition,
    picture::{facts, no_longer_than, reopen, to_jpeg, to_png},
};
use crate::domain::media::{MediaFacts, MediaKind, PictureRoom, Plan};

/// From good to just good enough, before it is made smaller.
const QUALITIES: [u8; 4] = [90, 82, 74, 66];

/// No picture is made smaller than this to become light enough.
const SHORTEST_EDGE: u32 = 256;

/// A medium as planned. `bytes` are what is kept of it.
///
/// # Errors
/// When the bytes are not what was kept, or cannot become light enough.
pub fn rendition(bytes: &[u8], of: &MediaFacts, plan: Plan) -> Result<Rendition, FitError> {
    match plan {
        Plan::AsItIs => Ok(Rendition {
            bytes: bytes.to_vec(),
            facts: *of,
        }),
        Plan::Made(room) => made(&reopen(of.kind, bytes)?, of.kind, room),
    }
}

fn made(picture: &DynamicImage, kind: MediaKind, room: PictureRoom) -> Result<Rendition, FitError> {
    let mut edge = edge(picture, room);
    while edge >= SHORTEST_EDGE.min(picture.width().max(picture.height())) {
        let small = if edge < picture.width().max(picture.height()) {
            Cow::Owned(no_longer_than(picture.clone(), edge))
        } else {
            Cow::Borrowed(picture)
        };
        if let Some(found) = light_enough(&small, kind, room)? {
            return Ok(found);
        }
        edge = edge / 5 * 4;
    }
    Err(FitError::TooSmall)
}

/// The longer edge of the largest picture that there is room for.
fn edge(picture: &DynamicImage, room: PictureRoom) -> u32 {
    let (width, height) = (picture.width(), picture.height());
    let mut edge = width.max(height).min(room.edge);
    let pixels = |edge: u32| {
        let shorter = u64::from(width.min(height)) * u64::from(edge) / u64::from(width.max(height)).max(1);
        u64::from(edge) * shorter.max(1)
    };
    while pixels(edge) > room.pixels {
        edge = edge / 5 * 4;
    }
    edge
}

/// The first way of encoding that is light enough; what was exact stays exact where that is possible.
fn light_enough(
    picture: &DynamicImage,
    kind: MediaKind,
    room: PictureRoom,
) -> Result<Option<Rendition>, Refused> {
    if kind == MediaKind::Png && room.kinds.contains(&MediaKind::Png) {
        let bytes = to_png(picture)?;
        if bytes.len() as u64 <= room.bytes {
            return Ok(Some(found(picture, MediaKind::Png, bytes)));
        }
    }
    for quality in QUALITIES {
        let bytes = to_jpeg(picture, quality)?;
        if bytes.len() as u64 <= room.bytes {
            return Ok(Some(found(picture, MediaKind::Jpeg, bytes)));
        }
    }
    Ok(None)
}

fn found(picture: &DynamicImage, kind: MediaKind, bytes: Vec<u8>) -> Rendition {
    Rendition {
        facts: facts(picture, kind, &bytes),
        bytes,
    }
}
