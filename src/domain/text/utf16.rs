//! Facebook, Instagram, LINE and Misskey count UTF-16 code units: an emoji is two or more.

use super::saturate;

pub(super) fn count(text: &str) -> u32 {
    saturate(text.encode_utf16().count())
}
