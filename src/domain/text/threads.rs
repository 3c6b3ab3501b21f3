//! Threads counts characters, and an emoji as many as it has bytes in UTF-8.
//!
//! Its documents do not say what a character is: here it is a UTF-16 code unit, which is never too little.

use std::collections::BTreeSet;

use unicode_properties::UnicodeEmoji as _;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    clusters::stands_alone,
    links::{Begins, Dialect, links},
    saturate, utf16,
};

pub(super) fn count(text: &str) -> u32 {
    if text.chars().all(stands_alone) {
        return utf16::count(text);
    }
    let of_cluster = |cluster: &str| {
        if is_emoji(cluster) {
            saturate(cluster.len())
        } else {
            utf16::count(cluster)
        }
    };
    text.graphemes(true).map(of_cluster).fold(0, u32::saturating_add)
}

/// Whether a cluster is drawn as a picture, or may be.
fn is_emoji(cluster: &str) -> bool {
    let may_be = |c: char| !c.is_ascii() && c.is_emoji_char_or_emoji_component();
    cluster.chars().any(may_be)
}

/// The different links of a text, of which Threads takes a certain number only.
#[must_use]
pub fn linked(text: &str) -> BTreeSet<&str> {
    links(text, Dialect::X)
        .into_iter()
        .filter(|link| link.begins == Begins::WithScheme)
        .map(|link| &text[link.at])
        .collect()
}
