//! What bytes are. A name and a declared type are somebody's word; the first bytes are not.

use super::Refused;
use crate::domain::media::MediaKind;

/// How many bytes from the beginning are enough to tell.
pub const HEAD: usize = 32;

/// Brands of MP4, as `ftyp` names them first.
const MP4_BRANDS: &[&[u8; 4]] = &[
    b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"mmp4",
    b"3gp4", b"3gp5", b"3gp6", b"XAVC", b"f4v ", b"dash",
];

/// Beginnings of what people upload by mistake, to be named in the answer.
const NOT_TAKEN: &[(&[u8], &str)] = &[
    (b"%PDF", "PDF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"<svg", "SVG"),
    (b"<?xml", "SVG"),
    (b"\x1aE\xdf\xa3", "WebM"),
    (b"PK\x03\x04", "Office / ZIP"),
    (b"8BPS", "Photoshop"),
];

/// What the bytes with this beginning are.
///
/// # Errors
/// When they are nothing that is taken in.
pub fn kind_of(head: &[u8]) -> Result<MediaKind, Refused> {
    if head.starts_with(&[0xff, 0xd8, 0xff]) {
        return Ok(MediaKind::Jpeg);
    }
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(MediaKind::Png);
    }
    if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        return Ok(MediaKind::Gif);
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Ok(MediaKind::Webp);
    }
    if head.get(4..8) == Some(b"ftyp") {
        return branded(head.get(8..12).unwrap_or_default());
    }
    // QuickTime files of old cameras begin with their content.
    if matches!(head.get(4..8), Some(b"moov" | b"mdat" | b"wide")) {
        return Ok(MediaKind::Quicktime);
    }
    match NOT_TAKEN
        .iter()
        .find(|(beginning, _)| head.starts_with(beginning))
    {
        Some((_, name)) => Err(Refused::NotTaken(name)),
        None => Err(Refused::Unknown),
    }
}

fn branded(brand: &[u8]) -> Result<MediaKind, Refused> {
    match brand {
        b"qt  " => Ok(MediaKind::Quicktime),
        b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" => Err(Refused::NotTaken("HEIC")),
        b"avif" | b"avis" => Err(Refused::NotTaken("AVIF")),
        _ if MP4_BRANDS.iter().any(|known| brand == known.as_slice()) => Ok(MediaKind::Mp4),
        _ => Err(Refused::Unknown),
    }
}
