//! The figures, platform by platform, each with the document that says so.

use super::{AnimationRoom, Aspect, FilmRoom, Form, MediaKind, MediaRoom, PictureRoom, VideoCodec};
use crate::domain::account::Platform;

/// LINE Messaging API, image message: `previewImageUrl`, at most 1 MB.
pub(super) const PREVIEW_BYTES: u64 = 1_000_000;
pub(super) const PREVIEW_EDGE: u32 = 1_024;

/// The longest edge that is kept of any picture: no platform shows more.
pub const LONGEST_EDGE: u32 = 4_096;

const JPEG_OR_PNG: &[MediaKind] = &[MediaKind::Jpeg, MediaKind::Png];
const MP4_OR_MOV: &[MediaKind] = &[MediaKind::Mp4, MediaKind::Quicktime];

/// Pictures of so many bytes, of any form.
const fn pictures(bytes: u64, edge: u32) -> PictureRoom {
    PictureRoom {
        bytes,
        edge,
        pixels: 16_777_216,
        least_width: 1,
        aspect: None,
        kinds: JPEG_OR_PNG,
    }
}

/// The forms that a platform asks for.
#[must_use]
pub const fn forms(platform: Platform) -> &'static [Form] {
    match platform {
        Platform::Line => &[Form::Full, Form::Preview],
        _ => &[Form::Full],
    }
}

/// What a platform's documents say. A server that tells its own figures may have less room.
#[must_use]
pub const fn room(platform: Platform) -> MediaRoom {
    match platform {
        Platform::X => X,
        Platform::Facebook => FACEBOOK,
        Platform::Instagram => INSTAGRAM,
        Platform::Threads => THREADS,
        Platform::Line => LINE,
        Platform::Bluesky => BLUESKY,
        Platform::Mastodon => MASTODON,
        Platform::Misskey => MISSKEY,
    }
}

/// X API v2, media best practices.
const X: MediaRoom = MediaRoom {
    pictures: pictures(5_000_000, LONGEST_EDGE),
    animations: Some(AnimationRoom {
        bytes: 15_000_000,
        width: 1_280,
        height: 1_080,
        frames: 350,
    }),
    films: Some(FilmRoom {
        bytes: 512_000_000,
        shortest: 500,
        longest: 140_000,
        edge: Some(1_280),
        aspect: Some(Aspect { least: 34, most: 300 }),
        kinds: MP4_OR_MOV,
        codecs: &[VideoCodec::H264],
    }),
};

/// Graph API, page photos: the documents say 10 MB, its error says 4. A film is fetched in one go: one gigabyte and
/// twenty minutes.
const FACEBOOK: MediaRoom = MediaRoom {
    pictures: PictureRoom {
        kinds: &[MediaKind::Jpeg],
        ..pictures(4_000_000, 2_048)
    },
    animations: None,
    films: Some(FilmRoom {
        bytes: 1_000_000_000,
        shortest: 0,
        longest: 1_200_000,
        edge: None,
        aspect: None,
        kinds: MP4_OR_MOV,
        codecs: &[VideoCodec::H264],
    }),
};

/// Instagram content publishing: JPEG, 4:5 to 1.91:1, 320 to 1440 wide; reels of 3 seconds to 15 minutes.
const INSTAGRAM: MediaRoom = MediaRoom {
    pictures: PictureRoom {
        least_width: 320,
        aspect: Some(Aspect { least: 80, most: 191 }),
        kinds: &[MediaKind::Jpeg],
        ..pictures(8_000_000, 1_440)
    },
    animations: None,
    films: Some(FilmRoom {
        bytes: 300_000_000,
        shortest: 3_000,
        longest: 900_000,
        edge: None,
        aspect: None,
        kinds: MP4_OR_MOV,
        codecs: &[VideoCodec::H264, VideoCodec::H265],
    }),
};

/// Threads API: 320 to 1440 wide, no more than ten times as long as high; films of five minutes.
const THREADS: MediaRoom = MediaRoom {
    pictures: PictureRoom {
        least_width: 320,
        aspect: Some(Aspect {
            least: 10,
            most: 1_000,
        }),
        ..pictures(8_000_000, 1_440)
    },
    animations: None,
    films: Some(FilmRoom {
        bytes: 1_000_000_000,
        shortest: 0,
        longest: 300_000,
        edge: None,
        aspect: None,
        kinds: MP4_OR_MOV,
        codecs: &[VideoCodec::H264, VideoCodec::H265],
    }),
};

/// LINE Messaging API: image and video messages, and Flex messages, which show pictures of 1024 by 1024 points. A
/// film is shown behind a picture of the same part.
const LINE: MediaRoom = MediaRoom {
    pictures: pictures(10_000_000, 1_024),
    animations: None,
    films: Some(FilmRoom {
        bytes: 200_000_000,
        shortest: 0,
        longest: u64::MAX,
        edge: None,
        aspect: None,
        kinds: &[MediaKind::Mp4],
        codecs: &[VideoCodec::H264],
    }),
};

/// `app.bsky.embed.images`: 2,000,000 bytes by the lexicon, half of it on servers that are behind.
/// `app.bsky.embed.video`: 300,000,000 by the newest lexicon, but servers take blobs of 50 MB; three minutes.
const BLUESKY: MediaRoom = MediaRoom {
    pictures: pictures(1_000_000, 2_000),
    animations: None,
    films: Some(FilmRoom {
        bytes: 50_000_000,
        shortest: 0,
        longest: 180_000,
        edge: None,
        aspect: None,
        kinds: &[MediaKind::Mp4],
        codecs: &[VideoCodec::H264],
    }),
};

/// Defaults of `GET /api/v2/instance`: `image_size_limit`, `image_matrix_limit`, `video_size_limit`.
const MASTODON: MediaRoom = MediaRoom {
    pictures: pictures(16_777_216, LONGEST_EDGE),
    animations: Some(AnimationRoom {
        bytes: 16_777_216,
        width: 1_280,
        height: 1_280,
        frames: 350,
    }),
    films: Some(FilmRoom {
        bytes: 103_809_024,
        shortest: 0,
        longest: 300_000,
        edge: Some(1_920),
        aspect: None,
        kinds: MP4_OR_MOV,
        codecs: &[VideoCodec::H264],
    }),
};

/// `POST /api/meta`: `maxFileSize`, which a server sets; so much is let in by all that are known.
const MISSKEY: MediaRoom = MediaRoom {
    pictures: pictures(10_000_000, LONGEST_EDGE),
    animations: Some(AnimationRoom {
        bytes: 10_000_000,
        width: 2_048,
        height: 2_048,
        frames: 350,
    }),
    films: Some(FilmRoom {
        bytes: 10_000_000,
        shortest: 0,
        longest: 300_000,
        edge: None,
        aspect: None,
        kinds: &[MediaKind::Mp4],
        codecs: &[VideoCodec::H264],
    }),
};
