//! Pictures and films (画像・動画): what is known of one, and what each platform takes.

mod figures;
mod rooms;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{account::Limits, digest::MediaDigest};
use crate::vocabulary;

pub use rooms::{LONGEST_EDGE, forms, room};

impl MediaDigest {
    /// The digest of bytes: SHA-256.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::new(Sha256::digest(bytes).into())
    }
}

vocabulary! {
    /// What the bytes are, by themselves and not by a name.
    MediaKind {
        /// A JPEG picture.
        Jpeg = "jpeg",
        /// A PNG picture.
        Png = "png",
        /// A WebP picture: taken in, kept as JPEG or PNG.
        Webp = "webp",
        /// A GIF; kept as one only if it moves.
        Gif = "gif",
        /// A film in an MP4 container.
        Mp4 = "mp4",
        /// A film in a QuickTime container.
        Quicktime = "quicktime",
    }
}

impl MediaKind {
    /// What a server says of it.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Mp4 => "video/mp4",
            Self::Quicktime => "video/quicktime",
        }
    }

    /// What a name of such a file ends with.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Mp4 => "mp4",
            Self::Quicktime => "mov",
        }
    }

    /// Whether it is a picture or a film.
    #[must_use]
    pub const fn family(self) -> Family {
        match self {
            Self::Jpeg | Self::Png | Self::Webp | Self::Gif => Family::Picture,
            Self::Mp4 | Self::Quicktime => Family::Film,
        }
    }
}

/// How bytes are treated: a picture is decoded and encoded anew, a film keeps its pictures and its sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A picture, moving or not.
    Picture,
    /// A film.
    Film,
}

vocabulary! {
    /// How the pictures of a film are coded.
    VideoCodec {
        /// H.264: every platform takes it.
        H264 = "h264",
        /// H.265: some do.
        H265 = "h265",
        /// Anything else.
        Other = "other",
    }
}

vocabulary! {
    /// How the sound of a film is coded.
    SoundCodec {
        /// It is silent.
        Silent = "silent",
        /// AAC: every platform takes it.
        Aac = "aac",
        /// Anything else.
        Other = "other",
    }
}

/// Whether and how it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Motion {
    /// It does not.
    Still,
    /// Pictures one after the other, without sound.
    Animation {
        /// How many.
        frames: u32,
    },
    /// A film.
    Film {
        /// How long it is.
        milliseconds: u64,
        /// How its pictures are coded.
        video: VideoCodec,
        /// How its sound is.
        sound: SoundCodec,
    },
}

/// What decides whether a platform takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaFacts {
    /// What it is.
    pub kind: MediaKind,
    /// How many bytes.
    pub bytes: u64,
    /// Its width as people see it, in pixels.
    pub width: u32,
    /// Its height as people see it, in pixels.
    pub height: u32,
    /// Whether it moves.
    pub motion: Motion,
}

impl MediaFacts {
    /// Those of a JPEG.
    #[must_use]
    pub const fn of_jpeg(width: u32, height: u32, bytes: u64) -> Self {
        Self {
            kind: MediaKind::Jpeg,
            bytes,
            width,
            height,
            motion: Motion::Still,
        }
    }
}

vocabulary! {
    /// What came along with the pixels and was taken out.
    Removed {
        /// Where it was taken.
        Position = "position",
        /// Camera or telephone: make, model, serial number.
        Device = "device",
        /// A person: artist, owner, copyright.
        Person = "person",
        /// Any other data of the camera (EXIF).
        Exif = "exif",
        /// Adobe's data (XMP).
        Xmp = "xmp",
        /// An agency's data (IPTC).
        Iptc = "iptc",
        /// A colour profile; the colours were converted to sRGB.
        ColourProfile = "colour_profile",
        /// Comments, and data that only some program understands.
        Comment = "comment",
        /// Bytes behind the end, such as a second picture or a film.
        Trailer = "trailer",
        /// A track of a film that is neither pictures nor sound: subtitles, positions, movements.
        DataTrack = "data_track",
        /// When a film was taken.
        Time = "time",
    }
}

/// Which of the two forms of a picture a platform asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// What people look at.
    Full,
    /// What LINE shows in the talk before somebody taps on it.
    Preview,
}

impl Form {
    /// The stable word of this form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Preview => "preview",
        }
    }
}

/// A range of widths divided by heights, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aspect {
    /// The narrowest.
    pub least: u32,
    /// The widest.
    pub most: u32,
}

impl Aspect {
    const fn holds(self, width: u32, height: u32) -> bool {
        let (width, height) = (width as u64 * 100, height as u64);
        height * self.least as u64 <= width && width <= height * self.most as u64
    }
}

/// What a platform takes of pictures that do not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureRoom {
    /// How many bytes.
    pub bytes: u64,
    /// How long the longer edge may be.
    pub edge: u32,
    /// How many pixels there may be.
    pub pixels: u64,
    /// How wide it has to be.
    pub least_width: u32,
    /// Its form; none where any will do.
    pub aspect: Option<Aspect>,
    /// In which kinds; the first one is what others are made into.
    pub kinds: &'static [MediaKind],
}

/// What a platform takes of pictures that move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnimationRoom {
    /// How many bytes.
    pub bytes: u64,
    /// How wide.
    pub width: u32,
    /// How high.
    pub height: u32,
    /// How many pictures.
    pub frames: u32,
}

/// What a platform takes of films.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilmRoom {
    /// How many bytes.
    pub bytes: u64,
    /// How short it may be, in milliseconds.
    pub shortest: u64,
    /// How long it may be, in milliseconds.
    pub longest: u64,
    /// The longest edge; none where it is not said.
    pub edge: Option<u32>,
    /// Its form; none where any will do.
    pub aspect: Option<Aspect>,
    /// In which containers.
    pub kinds: &'static [MediaKind],
    /// How its pictures may be coded.
    pub codecs: &'static [VideoCodec],
}

/// What a platform takes. What stands in no document of the platform is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaRoom {
    /// Of pictures.
    pub pictures: PictureRoom,
    /// Of moving pictures.
    pub animations: Option<AnimationRoom>,
    /// Of films.
    pub films: Option<FilmRoom>,
}

/// How a medium comes to be what a platform takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// It is.
    AsItIs,
    /// It is made smaller, or into another kind.
    Made(PictureRoom),
}

vocabulary! {
    /// Why a platform does not take a medium, whatever is done to it.
    Unfit {
        /// Not this kind of medium.
        Kind = "kind",
        /// Too many bytes.
        Bytes = "bytes",
        /// Too wide or too high.
        Size = "size",
        /// Not wide enough.
        Small = "small",
        /// Too wide for its height, or too high for its width; nobody but its author may crop it.
        Aspect = "aspect",
        /// Too many pictures.
        Frames = "frames",
        /// Too short.
        Short = "short",
        /// Too long.
        Long = "long",
        /// Pictures or sound coded in a way that it does not play.
        Codec = "codec",
    }
}

impl MediaRoom {
    /// The same, with no larger films than the account's server said that it takes.
    #[must_use]
    pub fn as_told(self, limits: Option<&Limits>) -> Self {
        let told = limits.and_then(|limits| limits.film_bytes);
        let films = self.films.map(|room| FilmRoom {
            bytes: told.map_or(room.bytes, |told| told.min(room.bytes)),
            ..room
        });
        Self { films, ..self }
    }

    /// How a medium comes to be what there is room for.
    ///
    /// # Errors
    /// When nothing that may be done to it helps.
    pub fn plan(&self, form: Form, facts: &MediaFacts) -> Result<Plan, Unfit> {
        match facts.motion {
            Motion::Still => self.pictures.in_form(form).plan(facts),
            Motion::Animation { frames } => match self.animations {
                Some(room) => room.holds(facts, frames).map(|()| Plan::AsItIs),
                None => Err(Unfit::Kind),
            },
            Motion::Film {
                milliseconds,
                video,
                sound,
            } => match self.films {
                Some(room) => room
                    .holds(facts, milliseconds, video, sound)
                    .map(|()| Plan::AsItIs),
                None => Err(Unfit::Kind),
            },
        }
    }
}

impl PictureRoom {
    /// A preview is a small copy.
    const fn in_form(self, form: Form) -> Self {
        match form {
            Form::Full => self,
            Form::Preview => Self {
                bytes: rooms::PREVIEW_BYTES,
                edge: rooms::PREVIEW_EDGE,
                ..self
            },
        }
    }

    fn plan(self, facts: &MediaFacts) -> Result<Plan, Unfit> {
        let (width, height) = (facts.width, facts.height);
        if self.aspect.is_some_and(|aspect| !aspect.holds(width, height)) {
            return Err(Unfit::Aspect);
        }
        if width < self.least_width {
            return Err(Unfit::Small);
        }
        let longer = width.max(height);
        // Made smaller it would be too narrow.
        if u64::from(width) * u64::from(self.edge) < u64::from(self.least_width) * u64::from(longer) {
            return Err(Unfit::Small);
        }
        let fits = facts.bytes <= self.bytes
            && longer <= self.edge
            && u64::from(width) * u64::from(height) <= self.pixels
            && self.kinds.contains(&facts.kind);
        Ok(if fits { Plan::AsItIs } else { Plan::Made(self) })
    }
}

impl AnimationRoom {
    fn holds(self, facts: &MediaFacts, frames: u32) -> Result<(), Unfit> {
        if facts.bytes > self.bytes {
            Err(Unfit::Bytes)
        } else if facts.width > self.width || facts.height > self.height {
            Err(Unfit::Size)
        } else if frames > self.frames {
            Err(Unfit::Frames)
        } else {
            Ok(())
        }
    }
}

impl FilmRoom {
    fn holds(
        self,
        facts: &MediaFacts,
        milliseconds: u64,
        video: VideoCodec,
        sound: SoundCodec,
    ) -> Result<(), Unfit> {
        let (width, height) = (facts.width, facts.height);
        if !self.kinds.contains(&facts.kind) {
            Err(Unfit::Kind)
        } else if !self.codecs.contains(&video) || sound == SoundCodec::Other {
            Err(Unfit::Codec)
        } else if facts.bytes > self.bytes {
            Err(Unfit::Bytes)
        } else if milliseconds < self.shortest {
            Err(Unfit::Short)
        } else if milliseconds > self.longest {
            Err(Unfit::Long)
        } else if self.edge.is_some_and(|edge| width.max(height) > edge) {
            Err(Unfit::Size)
        } else if self.aspect.is_some_and(|aspect| !aspect.holds(width, height)) {
            Err(Unfit::Aspect)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
