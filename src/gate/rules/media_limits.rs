//! How many pictures a post carries and how long their descriptions may be, platform by platform.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::domain::account::Platform;

/// What a platform's documents say of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MediaLimits {
    /// How many pictures one part carries.
    pub(super) pictures: Room,
    /// How long one description may be.
    pub(super) alt: AltLimit,
}

/// How pictures are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// So many pictures.
    Pictures(usize),
    /// So many messages; a text is one of them, and each picture is one.
    Messages(usize),
    /// No figure is documented.
    Undocumented,
}

impl Room {
    /// The most pictures beside a text; none when no figure is documented.
    pub(super) fn beside(self, text: &str) -> Option<usize> {
        match self {
            Self::Pictures(most) => Some(most),
            Self::Messages(most) => Some(most - usize::from(!text.trim().is_empty())),
            Self::Undocumented => None,
        }
    }
}

/// How long a description may be, in the platform's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AltLimit {
    /// In Unicode scalar values.
    Characters(usize),
    /// In grapheme clusters.
    Graphemes(usize),
    /// No figure is documented.
    Undocumented,
}

impl AltLimit {
    /// The length of a description and the limit, when it is too long.
    pub(super) fn exceeded_by(self, alt: &str) -> Option<(usize, usize)> {
        let (used, limit) = match self {
            Self::Characters(limit) => (alt.chars().count(), limit),
            Self::Graphemes(limit) => (alt.graphemes(true).count(), limit),
            Self::Undocumented => return None,
        };
        (used > limit).then_some((used, limit))
    }
}

/// Whether a platform has a place for the description of a film. Neither a page's videos nor a reel has.
pub(super) const fn describes_films(platform: Platform) -> bool {
    !matches!(platform, Platform::Facebook | Platform::Instagram)
}

/// The figures, each with the document that says so.
pub(super) const fn of(platform: Platform) -> MediaLimits {
    let (pictures, alt) = match platform {
        // X API v2: media best practices; POST /2/media/metadata.
        Platform::X => (Room::Pictures(4), AltLimit::Characters(1_000)),
        // Graph API: neither attached_media nor alt_text_custom has a documented maximum.
        Platform::Facebook => (Room::Undocumented, AltLimit::Undocumented),
        // Instagram content publishing: children of a carousel; alt_text of POST /media.
        Platform::Instagram => (Room::Pictures(10), AltLimit::Characters(1_000)),
        // Threads API: children of a carousel; alt_text of POST /threads.
        Platform::Threads => (Room::Pictures(20), AltLimit::Characters(1_000)),
        // LINE Messaging API: messages of one request; altText of a Flex message, since a message of type
        // image has none.
        Platform::Line => (Room::Messages(5), AltLimit::Characters(1_500)),
        // Lexicon app.bsky.embed.images. It does not limit alt; this is what the official app lets people type.
        Platform::Bluesky => (Room::Pictures(4), AltLimit::Graphemes(2_000)),
        // Defaults of GET /api/v2/instance: max_media_attachments, description_limit.
        Platform::Mastodon => (Room::Pictures(4), AltLimit::Characters(1_500)),
        // notes/create: fileIds; drive/files/create: comment.
        Platform::Misskey => (Room::Pictures(16), AltLimit::Characters(512)),
    };
    MediaLimits { pictures, alt }
}
