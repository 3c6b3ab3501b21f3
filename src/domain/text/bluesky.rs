//! Bluesky limits a text twice: in grapheme clusters, and in bytes of UTF-8.

use super::{TextCount, Unit, clusters, saturate};

/// How many bytes one text may have, whatever a server says of its characters.
const MOST_BYTES: u32 = 3_000;

pub(super) fn count(text: &str, limit: u32) -> TextCount {
    let characters = TextCount {
        used: saturate(clusters::count(text)),
        limit,
        unit: Unit::Graphemes,
    };
    characters.tighter(TextCount {
        used: saturate(text.len()),
        limit: MOST_BYTES,
        unit: Unit::Bytes,
    })
}
