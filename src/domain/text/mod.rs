//! How long a text is, as each platform counts it. Facts and doubts: docs/PLATFORMS.md.

mod bluesky;
mod clusters;
mod domains;
mod emoji;
pub mod facets;
mod instagram;
mod links;
mod mastodon;
pub mod mfm;
mod threads;
mod utf16;
mod x;

use super::account::{Limits, Platform};
use crate::vocabulary;

pub use instagram::{hashtags, mentions};
pub use threads::linked;
pub use x::{links_on_x, refuses};

/// The largest text that the gateway itself accepts, in bytes: above every platform's own limit.
pub const MAX_TEXT_BYTES: usize = 100_000;

vocabulary! {
    /// What is counted.
    Unit {
        /// Characters, some of which count more than one.
        Weighted = "weighted",
        /// Grapheme clusters: what a reader takes for one character.
        Graphemes = "graphemes",
        /// UTF-16 code units.
        Utf16 = "utf16",
        /// Bytes of UTF-8.
        Bytes = "bytes",
    }
}

/// Used and allowed length of one text on one platform, in that platform's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextCount {
    /// What the text takes.
    pub used: u32,
    /// What the platform allows.
    pub limit: u32,
    /// In what both are counted.
    pub unit: Unit,
}

impl TextCount {
    /// Counts a text as the platform does; `limits`, where the server told them, win over the defaults.
    /// Where a platform counts in two ways, the answer is the one of which more is used up.
    #[must_use]
    pub fn of(text: &str, platform: Platform, limits: Option<&Limits>) -> Self {
        let limit = limits.map_or_else(|| default_limit(platform), |limits| limits.max_characters);
        let count = |used, unit| Self { used, limit, unit };
        match platform {
            Platform::X => count(x::count(text), Unit::Weighted),
            Platform::Mastodon => {
                let per_link = limits.map_or(mastodon::PER_LINK, |limits| limits.characters_per_url);
                count(mastodon::count(text, per_link), Unit::Graphemes)
            }
            Platform::Bluesky => bluesky::count(text, limit),
            Platform::Threads => count(threads::count(text), Unit::Weighted),
            Platform::Facebook | Platform::Instagram | Platform::Line | Platform::Misskey => {
                count(utf16::count(text), Unit::Utf16)
            }
        }
    }

    /// Whether the text is longer than the platform allows.
    #[must_use]
    pub const fn exceeds(self) -> bool {
        self.used > self.limit
    }

    /// What is left; negative when the text is too long.
    #[must_use]
    pub fn left(self) -> i64 {
        i64::from(self.limit) - i64::from(self.used)
    }

    /// The one of two of which more is used up.
    fn tighter(self, other: Self) -> Self {
        let share = |one: Self, limit: u32| u64::from(one.used) * u64::from(limit);
        if share(other, self.limit) > share(self, other.limit) {
            other
        } else {
            self
        }
    }
}

/// Documented defaults, used until the server itself was asked.
const fn default_limit(platform: Platform) -> u32 {
    match platform {
        Platform::X => 280,
        Platform::Facebook => 63_206,
        Platform::Instagram => 2_200,
        Platform::Threads | Platform::Mastodon => 500,
        Platform::Line => 5_000,
        Platform::Bluesky => 300,
        Platform::Misskey => 3_000,
    }
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod conformance_tests;
#[cfg(test)]
mod tests;
