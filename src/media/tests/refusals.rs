//! What is not taken in, and what no bytes may do.

use std::io::Cursor;

use image::DynamicImage;
use proptest::prelude::*;
use rstest::rstest;

use super::paint::{exif, gif, jpeg, png, scene, webp};
use crate::{
    domain::media::MediaKind,
    media::{Refused, kind_of, take_in_film, take_in_picture},
};

#[rstest]
#[case(b"%PDF-1.7", Refused::NotTaken("PDF"))]
#[case(b"<svg xmlns='http://www.w3.org/2000/svg'>", Refused::NotTaken("SVG"))]
#[case(b"\0\0\0\x18ftypheic", Refused::NotTaken("HEIC"))]
#[case(b"\0\0\0\x18ftypavif", Refused::NotTaken("AVIF"))]
#[case(b"\0\0\0\x18ftypnone", Refused::Unknown)]
#[case(b"MZ", Refused::Unknown)]
#[case(b"", Refused::Unknown)]
#[case(b"RIFF\0\0\0\0WAVE", Refused::Unknown)]
fn only_pictures_and_films_are_taken(#[case] head: &[u8], #[case] why: Refused) {
    assert_eq!(kind_of(head), Err(why));
}

/// A PNG that says it is this large; its content is a few bytes.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(&DynamicImage::ImageRgb8(scene(2, 2)), None, None);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

/// The checksum of PNG, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let low = crc & 1;
            crc = (crc >> 1) ^ (0xedb8_8320 * low);
        }
    }
    !crc
}

#[test]
fn a_bomb_is_refused_before_there_is_room_for_it() {
    for (width, height) in [
        (40_000, 40_000),
        (u32::MAX >> 1, 1),
        (60_000, 60_000),
        (8_000, 7_000),
    ] {
        let refused = take_in_picture(MediaKind::Png, &bomb(width, height));
        assert!(
            matches!(refused, Err(Refused::TooManyPixels { .. } | Refused::Broken(_))),
            "{width} {height} {refused:?}"
        );
    }
    let refused = take_in_picture(MediaKind::Png, &bomb(40_000, 40_000));
    let (width, height) = (40_000, 40_000);
    assert_eq!(refused, Err(Refused::TooManyPixels { width, height }));
}

#[test]
fn a_gif_of_too_many_pictures_is_refused() {
    let frame = image::RgbaImage::new(2, 2);
    let refused = take_in_picture(MediaKind::Gif, &gif(&vec![frame; 501]));
    assert_eq!(refused, Err(Refused::TooManyFrames));
}

#[rstest]
#[case(MediaKind::Jpeg, jpeg(&scene(60, 40), Some(exif(1))))]
#[case(MediaKind::Png, png(&DynamicImage::ImageRgb8(scene(60, 40)), Some(exif(3)), None))]
#[case(MediaKind::Webp, webp(&scene(60, 40)))]
#[case(MediaKind::Gif, gif(&vec![DynamicImage::ImageRgb8(scene(30, 20)).to_rgba8(); 3]))]
fn a_file_that_was_cut_off_panics_nobody(#[case] kind: MediaKind, #[case] bytes: Vec<u8>) {
    assert!(take_in_picture(kind, &bytes).is_ok());
    let step = (bytes.len() / 60).max(1);
    for length in (0..bytes.len()).step_by(step) {
        let cut = take_in_picture(kind, &bytes[..length]);
        assert!(length > bytes.len() / 4 || cut.is_err(), "{length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_panic_nobody(bytes in prop::collection::vec(any::<u8>(), 0..2_000), kind in 0..6_usize) {
        let kind = MediaKind::ALL[kind];
        let _ = kind_of(&bytes);
        let _ = take_in_picture(kind, &bytes);
        let _ = take_in_film(kind, &mut Cursor::new(bytes));
    }

    /// Most of it is right, and a few bytes are not.
    #[test]
    fn damaged_pictures_panic_nobody(
        which in 0..4_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let (kind, mut bytes) = match which {
            0 => (MediaKind::Jpeg, jpeg(&scene(48, 32), Some(exif(5)))),
            1 => (MediaKind::Png, png(&DynamicImage::ImageRgb8(scene(48, 32)), Some(exif(5)), None)),
            2 => (MediaKind::Webp, webp(&scene(48, 32))),
            _ => (MediaKind::Gif, gif(&vec![DynamicImage::ImageRgb8(scene(24, 16)).to_rgba8(); 3])),
        };
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(taken) = take_in_picture(kind, &bytes) {
            prop_assert!(take_in_picture(taken.look.facts.kind, &taken.bytes).is_ok());
        }
    }
}
