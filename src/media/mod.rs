//! Pictures and films: what they are, what comes along with them, and how they become what a platform
//! takes. Bytes go in and bytes come out; nothing here knows a file, a database or a platform's API.

mod codes;
mod colour;
mod exif;
mod film;
mod fit;
mod gif;
mod kind;
mod picture;
#[cfg(test)]
pub(crate) mod tests;
mod thumbnail;

use std::collections::BTreeSet;

use crate::domain::{
    digest::MediaDigest,
    evidence::PictureLook,
    media::{MediaFacts, Removed},
};

pub use film::{TakenFilm, take_in_film};
pub use fit::rendition;
pub use kind::{HEAD, kind_of};
pub use picture::{MOST_PIXELS, take_in_picture};
pub use thumbnail::THUMBNAIL_EDGE;

/// A picture that was taken in: its pixels encoded anew, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenPicture {
    /// What is kept.
    pub bytes: Vec<u8>,
    /// What is known of it.
    pub look: PictureLook,
    /// What came along and is gone.
    pub removed: BTreeSet<Removed>,
    /// A small JPEG of it, for lists.
    pub thumbnail: Vec<u8>,
}

/// A medium as a platform takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// What leaves.
    pub bytes: Vec<u8>,
    /// What is known of it.
    pub facts: MediaFacts,
}

impl Rendition {
    /// The digest of its bytes.
    #[must_use]
    pub fn digest(&self) -> MediaDigest {
        MediaDigest::of(&self.bytes)
    }
}

/// Why bytes are not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not one of the kinds.
    #[error("neither JPEG, PNG, WebP, GIF, MP4 nor QuickTime")]
    Unknown,
    /// A kind that is known and not taken.
    #[error("{0} is not taken")]
    NotTaken(&'static str),
    /// It cannot be read to its end.
    #[error("it cannot be read: {0}")]
    Broken(String),
    /// More pixels than are decoded.
    #[error("{width} by {height} pixels are too many")]
    TooManyPixels {
        /// How wide it says it is.
        width: u32,
        /// How high it says it is.
        height: u32,
    },
    /// More pictures than are decoded.
    #[error("too many pictures one after the other")]
    TooManyFrames,
    /// It moves, and would stand still.
    #[error("a moving picture of this kind would stand still")]
    WouldStandStill,
}

/// Why there is no rendition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// What is kept cannot be read any more.
    #[error(transparent)]
    Unreadable(#[from] Refused),
    /// It cannot be made small enough and still be looked at.
    #[error("it cannot be made small enough")]
    TooSmall,
}
