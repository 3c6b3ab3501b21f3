//! Takes a picture in: its pixels are decoded and encoded anew, turned the right way up. Whatever else was in
//! the file is left behind, also what nobody knows of.

use std::{
    collections::BTreeSet,
    io::{BufRead, Cursor, Seek},
};

use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder as _, Limits,
    codecs::{
        gif::GifDecoder,
        jpeg::{JpegDecoder, JpegEncoder},
        png::{CompressionType, FilterType, PngDecoder, PngEncoder},
        webp::WebPDecoder,
    },
    imageops::FilterType as Scaling,
    metadata::Orientation,
};

use super::{Refused, TakenPicture, codes, colour, exif, gif, thumbnail};
use crate::domain::{
    evidence::{PictureLook, Position},
    media::{LONGEST_EDGE, MediaFacts, MediaKind, Motion, Removed},
};

/// The most pixels that are decoded: a telephone's 48 million, with a little room.
pub const MOST_PIXELS: u64 = 52_000_000;

/// The most memory that decoded pixels may take.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// As good as anybody can see, at half the size of the best.
const QUALITY: u8 = 90;

/// Takes a picture in.
///
/// # Errors
/// When it is broken, or larger than what is decoded.
pub fn take_in_picture(kind: MediaKind, bytes: &[u8]) -> Result<TakenPicture, Refused> {
    if kind == MediaKind::Gif && gif::moves(bytes)? {
        return gif::take_in(bytes);
    }
    let Decoded {
        picture,
        removed,
        kept_as,
    } = decode(kind, bytes)?;
    let picture = no_longer_than(picture, LONGEST_EDGE);
    let bytes = match kept_as {
        MediaKind::Png => to_png(&picture)?,
        _ => to_jpeg(&picture, QUALITY)?,
    };
    Ok(TakenPicture {
        look: PictureLook {
            codes: codes::read(&picture),
            position: Position::Absent,
            facts: facts(&picture, kept_as, &bytes),
        },
        removed,
        thumbnail: thumbnail::of(&picture)?,
        bytes,
    })
}

/// The facts of a picture that does not move.
pub(super) fn facts(picture: &DynamicImage, kind: MediaKind, bytes: &[u8]) -> MediaFacts {
    MediaFacts {
        kind,
        bytes: bytes.len() as u64,
        width: picture.width(),
        height: picture.height(),
        motion: Motion::Still,
    }
}

struct Decoded {
    picture: DynamicImage,
    removed: BTreeSet<Removed>,
    kept_as: MediaKind,
}

fn decode(kind: MediaKind, bytes: &[u8]) -> Result<Decoded, Refused> {
    match kind {
        MediaKind::Jpeg => {
            let decoded = pixels(JpegDecoder::new(Cursor::new(bytes)).map_err(broken)?)?;
            Ok(decoded.kept_as(MediaKind::Jpeg))
        }
        MediaKind::Png => {
            let decoder = png_decoder(bytes)?;
            if decoder.is_apng().map_err(broken)? {
                return Err(Refused::WouldStandStill);
            }
            Ok(pixels(decoder)?.kept_as(MediaKind::Png))
        }
        MediaKind::Webp => {
            let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(broken)?;
            if decoder.has_animation() {
                return Err(Refused::WouldStandStill);
            }
            // Without losses and with transparency it has to stay so; a photograph would grow manyfold.
            let is_exact = decoder.color_type().has_alpha() || bytes.get(12..16) == Some(b"VP8L");
            let kept_as = if is_exact { MediaKind::Png } else { MediaKind::Jpeg };
            Ok(pixels(decoder)?.kept_as(kept_as))
        }
        MediaKind::Gif => {
            let decoder = GifDecoder::new(Cursor::new(bytes)).map_err(broken)?;
            let mut decoded = pixels(decoder)?;
            decoded.removed.extend(gif::rewritten(bytes)?.removed);
            Ok(decoded.kept_as(MediaKind::Png))
        }
        MediaKind::Mp4 | MediaKind::Quicktime => Err(Refused::Unknown),
    }
}

impl Decoded {
    fn kept_as(mut self, kind: MediaKind) -> Self {
        self.kept_as = kind;
        self
    }
}

/// Decodes what is not larger than it may be, turned the right way up and in sRGB.
fn pixels(mut decoder: impl ImageDecoder) -> Result<Decoded, Refused> {
    check_size(&decoder)?;
    decoder.set_limits(limits()).map_err(broken)?;
    let mut removed = BTreeSet::new();
    let profile = decoder.icc_profile().ok().flatten();
    if profile.is_some() {
        removed.insert(Removed::ColourProfile);
    }
    if let Some(block) = decoder.exif_metadata().ok().flatten() {
        removed.extend(exif::holds(&block));
    }
    if let Some(packet) = decoder.xmp_metadata().ok().flatten() {
        removed.insert(Removed::Xmp);
        if mentions(&packet, b"GPSLatitude") {
            removed.insert(Removed::Position);
        }
    }
    if decoder.iptc_metadata().ok().flatten().is_some() {
        removed.insert(Removed::Iptc);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(Decoded {
        picture: without_empty_alpha(colour::to_srgb(picture, profile.as_deref())),
        removed,
        kept_as: MediaKind::Png,
    })
}

/// What a file says of its size is checked before there is room for it.
pub(super) fn check_size(decoder: &impl ImageDecoder) -> Result<(), Refused> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // Eight bits a channel, four channels: what the work is done in.
    let most = decoder.total_bytes().max(pixels.saturating_mul(4));
    if pixels == 0 || pixels > MOST_PIXELS || most > MOST_MEMORY {
        return Err(Refused::TooManyPixels { width, height });
    }
    Ok(())
}

pub(super) fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(2 * MOST_MEMORY);
    limits
}

fn png_decoder(bytes: &[u8]) -> Result<PngDecoder<impl BufRead + Seek>, Refused> {
    PngDecoder::with_limits(Cursor::new(bytes), limits()).map_err(broken)
}

fn mentions(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// A channel that says nothing would keep a photograph from being a JPEG.
fn without_empty_alpha(picture: DynamicImage) -> DynamicImage {
    match &picture {
        DynamicImage::ImageRgba8(pixels) if pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX) => {
            DynamicImage::ImageRgb8(picture.to_rgb8())
        }
        _ => picture,
    }
}

/// The picture, or a smaller copy.
pub(super) fn no_longer_than(picture: DynamicImage, edge: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= edge {
        return picture;
    }
    picture.resize(edge, edge, Scaling::CatmullRom)
}

/// Decodes what was encoded here.
pub(super) fn reopen(kind: MediaKind, bytes: &[u8]) -> Result<DynamicImage, Refused> {
    decode(kind, bytes).map(|decoded| decoded.picture)
}

pub(super) fn to_jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let flat = on_white(picture);
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(
            flat.as_raw(),
            flat.width(),
            flat.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(broken)?;
    Ok(bytes)
}

pub(super) fn to_png(picture: &DynamicImage) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(
            picture.as_bytes(),
            picture.width(),
            picture.height(),
            picture.color().into(),
        )
        .map_err(broken)?;
    Ok(bytes)
}

/// What a page shows behind a picture that one can see through.
fn on_white(picture: &DynamicImage) -> image::RgbImage {
    let DynamicImage::ImageRgba8(pixels) = picture else {
        return picture.to_rgb8();
    };
    let mut flat = image::RgbImage::new(pixels.width(), pixels.height());
    for (from, to) in pixels.pixels().zip(flat.pixels_mut()) {
        let alpha = u16::from(from.0[3]);
        for channel in 0..3 {
            let mixed = u16::from(from.0[channel]) * alpha + 255 * (255 - alpha);
            to.0[channel] = u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX);
        }
    }
    flat
}

pub(super) fn broken(why: impl std::fmt::Display) -> Refused {
    Refused::Broken(why.to_string())
}
