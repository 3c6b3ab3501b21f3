//! GIFs that move: their pictures stay as they are, and what stands between them goes.

use std::{collections::BTreeSet, io::Cursor};

use image::{AnimationDecoder as _, DynamicImage, ImageDecoder as _, codecs::gif::GifDecoder};

use super::{
    Refused, TakenPicture, codes,
    picture::{broken, check_size, limits},
    thumbnail,
};
use crate::domain::{
    evidence::{PictureLook, Position},
    media::{MediaFacts, MediaKind, Motion, Removed},
};

/// The most pictures that are looked through.
const MOST_FRAMES: u32 = 500;

/// The most pixels of all pictures together.
const MOST_PIXELS: u64 = 300_000_000;

/// In how many pictures QR codes are looked for; more of them are spread over the whole.
const LOOKED_INTO: u32 = 24;

/// A GIF without what its pictures do not need.
pub(super) struct Rewritten {
    pub(super) bytes: Vec<u8>,
    pub(super) frames: u32,
    pub(super) removed: BTreeSet<Removed>,
}

/// Whether it has more than one picture.
pub(super) fn moves(bytes: &[u8]) -> Result<bool, Refused> {
    Ok(rewritten(bytes)?.frames > 1)
}

/// Takes a moving GIF in: each of its pictures is decoded once, so that nothing broken is kept.
pub(super) fn take_in(bytes: &[u8]) -> Result<TakenPicture, Refused> {
    let Rewritten {
        bytes,
        frames,
        removed,
    } = rewritten(bytes)?;
    if frames > MOST_FRAMES {
        return Err(Refused::TooManyFrames);
    }
    let mut decoder = GifDecoder::new(Cursor::new(&bytes)).map_err(broken)?;
    check_size(&decoder)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) * u64::from(frames) > MOST_PIXELS {
        return Err(Refused::TooManyPixels { width, height });
    }
    decoder.set_limits(limits()).map_err(broken)?;
    let every = frames.div_ceil(LOOKED_INTO);
    let (mut seen, mut first, mut found) = (0, None, BTreeSet::new());
    for frame in decoder.into_frames() {
        let picture = DynamicImage::ImageRgba8(frame.map_err(broken)?.into_buffer());
        if seen % every == 0 || seen + 1 == frames {
            found.extend(codes::read(&picture));
        }
        if first.is_none() {
            first = Some(thumbnail::of(&picture)?);
        }
        seen += 1;
    }
    let thumbnail = first.filter(|_| seen == frames);
    Ok(TakenPicture {
        look: PictureLook {
            codes: found.into_iter().collect(),
            position: Position::Absent,
            facts: MediaFacts {
                kind: MediaKind::Gif,
                bytes: bytes.len() as u64,
                width,
                height,
                motion: Motion::Animation { frames },
            },
        },
        removed,
        thumbnail: thumbnail.ok_or_else(|| broken("a picture is missing"))?,
        bytes,
    })
}

/// Copies pictures and what is needed to show them, and counts.
pub(super) fn rewritten(bytes: &[u8]) -> Result<Rewritten, Refused> {
    let mut walk = Walk { bytes, at: 0 };
    walk.copy_blocks()
        .ok_or_else(|| broken("the file ends too early"))
}

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const END: u8 = 0x3b;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    fn copy_blocks(&mut self) -> Option<Rewritten> {
        let head = self.take(13)?;
        let mut copy = Rewritten {
            bytes: head.to_vec(),
            frames: 0,
            removed: BTreeSet::new(),
        };
        copy.bytes.extend_from_slice(self.take(table(head[10]))?);
        loop {
            let from = self.at;
            match self.take(1)?[0] {
                IMAGE => {
                    let flags = self.take(9)?[8];
                    self.take(table(flags) + 1)?;
                    self.skip_data()?;
                    copy.bytes.extend_from_slice(&self.bytes[from..self.at]);
                    copy.frames += 1;
                }
                EXTENSION => {
                    let label = self.take(1)?[0];
                    let content = self.at;
                    self.skip_data()?;
                    match removed(label, &self.bytes[content..self.at]) {
                        None => copy.bytes.extend_from_slice(&self.bytes[from..self.at]),
                        Some(what) => drop(copy.removed.insert(what)),
                    }
                }
                END => break,
                _ => return None,
            }
        }
        copy.bytes.push(END);
        if self.at < self.bytes.len() {
            copy.removed.insert(Removed::Trailer);
        }
        Some(copy)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// Blocks, each behind its length, up to an empty one.
    fn skip_data(&mut self) -> Option<()> {
        loop {
            match self.take(1)?[0] {
                0 => return Some(()),
                length => drop(self.take(length.into())?),
            }
        }
    }
}

/// How long the colour table is that these flags announce.
const fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

/// What an extension is, if no picture needs it.
fn removed(label: u8, content: &[u8]) -> Option<Removed> {
    match (label, content.get(1..12)) {
        (CONTROL, _) | (APPLICATION, Some(b"NETSCAPE2.0" | b"ANIMEXTS1.0")) => None,
        (APPLICATION, Some(b"XMP DataXMP")) => Some(Removed::Xmp),
        (APPLICATION, Some(b"ICCRGBG1012")) => Some(Removed::ColourProfile),
        _ => Some(Removed::Comment),
    }
}
