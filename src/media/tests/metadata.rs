//! What came along with the pixels is gone, and the picture is the right way up.

use image::{DynamicImage, ImageDecoder as _, codecs::jpeg::JpegDecoder, codecs::png::PngDecoder};
use moxcms::ColorProfile;
use rstest::rstest;
use std::{collections::BTreeSet, io::Cursor};

use super::paint::{exif, jpeg, png, scene, webp};
use crate::{
    domain::{
        evidence::Position,
        media::{LONGEST_EDGE, MediaKind, Motion, Removed},
    },
    media::{Refused, kind_of, take_in_picture},
};

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

fn is_dark(picture: &DynamicImage, x: u32, y: u32) -> bool {
    picture.to_luma8().get_pixel(x, y).0[0] < 40
}

#[test]
fn nothing_of_a_telephones_data_is_left_in_a_jpeg() {
    let mut bytes = jpeg(&scene(64, 48), Some(exif(1)));
    bytes.extend_from_slice(b"a film of the moment before");
    assert!(holds(&bytes, b"SECRET-POSITION"));
    let taken = take_in_picture(MediaKind::Jpeg, &bytes).unwrap();
    let expected = [Removed::Position, Removed::Device, Removed::Exif];
    assert!(
        expected.iter().all(|what| taken.removed.contains(what)),
        "{:?}",
        taken.removed
    );
    assert_eq!(taken.look.position, Position::Absent);
    for kept in [&taken.bytes, &taken.thumbnail] {
        assert!(!holds(kept, b"SECRET-POSITION") && !holds(kept, b"Exif") && !holds(kept, b"a film"));
        let mut decoder = JpegDecoder::new(Cursor::new(kept)).unwrap();
        assert_eq!(decoder.exif_metadata().unwrap(), None);
        assert_eq!(decoder.xmp_metadata().unwrap(), None);
        assert_eq!(decoder.iptc_metadata().unwrap(), None);
        assert_eq!(decoder.icc_profile().unwrap(), None);
    }
}

#[test]
fn a_png_is_as_clean_and_stays_exact() {
    let picture = DynamicImage::ImageRgb8(scene(64, 48));
    let bytes = png(&picture, Some(exif(1)), None);
    assert!(holds(&bytes, b"SECRET-POSITION"));
    let taken = take_in_picture(MediaKind::Png, &bytes).unwrap();
    assert!(taken.removed.contains(&Removed::Position));
    assert!(!holds(&taken.bytes, b"SECRET-POSITION") && !holds(&taken.bytes, b"eXIf"));
    let mut decoder = PngDecoder::new(Cursor::new(&taken.bytes)).unwrap();
    assert_eq!(decoder.exif_metadata().unwrap(), None);
    assert_eq!(image::load_from_memory(&taken.bytes).unwrap(), picture);
}

#[test]
fn a_picture_without_anything_has_lost_nothing() {
    let taken = take_in_picture(MediaKind::Jpeg, &jpeg(&scene(40, 30), None)).unwrap();
    assert_eq!(taken.removed, BTreeSet::new());
    assert_eq!((taken.look.facts.width, taken.look.facts.height), (40, 30));
    assert_eq!(taken.look.facts.motion, Motion::Still);
    assert_eq!(taken.look.facts.bytes, taken.bytes.len() as u64);
}

/// The dark corner of the file is where the orientation says that it belongs.
#[rstest]
#[case(1, (0, 0), (80, 40))]
#[case(2, (1, 0), (80, 40))]
#[case(3, (1, 1), (80, 40))]
#[case(4, (0, 1), (80, 40))]
#[case(5, (0, 0), (40, 80))]
#[case(6, (1, 0), (40, 80))]
#[case(7, (1, 1), (40, 80))]
#[case(8, (0, 1), (40, 80))]
fn a_picture_is_the_right_way_up(
    #[case] orientation: u32,
    #[case] corner: (u32, u32),
    #[case] size: (u32, u32),
) {
    let taken = take_in_picture(MediaKind::Jpeg, &jpeg(&scene(80, 40), Some(exif(orientation)))).unwrap();
    let facts = taken.look.facts;
    assert_eq!((facts.width, facts.height), size);
    let picture = image::load_from_memory(&taken.bytes).unwrap();
    for x in [0, 1] {
        for y in [0, 1] {
            let at = (x * (size.0 - 5) + 2, y * (size.1 - 5) + 2);
            assert_eq!(is_dark(&picture, at.0, at.1), (x, y) == corner, "{x} {y}");
        }
    }
}

#[test]
fn colours_of_another_space_are_converted() {
    let mut green = image::RgbImage::new(8, 8);
    green.pixels_mut().for_each(|pixel| pixel.0 = [60, 200, 60]);
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let bytes = png(&DynamicImage::ImageRgb8(green), None, Some(profile));
    let taken = take_in_picture(MediaKind::Png, &bytes).unwrap();
    assert!(taken.removed.contains(&Removed::ColourProfile));
    let [red, shown, _] = image::load_from_memory(&taken.bytes)
        .unwrap()
        .to_rgb8()
        .get_pixel(3, 3)
        .0;
    // The same green needs less red and more green in the smaller space.
    assert!(red < 40 && shown > 200, "{red} {shown}");
}

#[test]
fn the_same_bytes_become_the_same_bytes() {
    let bytes = jpeg(&scene(300, 200), Some(exif(6)));
    let first = take_in_picture(MediaKind::Jpeg, &bytes).unwrap();
    assert_eq!(first, take_in_picture(MediaKind::Jpeg, &bytes).unwrap());
}

#[test]
fn what_no_platform_shows_is_not_kept() {
    let taken = take_in_picture(MediaKind::Jpeg, &jpeg(&scene(5_000, 100), None)).unwrap();
    assert_eq!(
        (taken.look.facts.width, taken.look.facts.height),
        (LONGEST_EDGE, 82)
    );
}

#[test]
fn other_kinds_become_jpeg_or_png() {
    let bytes = webp(&scene(50, 40));
    assert_eq!(kind_of(&bytes), Ok(MediaKind::Webp));
    let taken = take_in_picture(MediaKind::Webp, &bytes).unwrap();
    assert_eq!(taken.look.facts.kind, MediaKind::Png);
    assert_eq!(kind_of(&taken.bytes), Ok(MediaKind::Png));
    assert_eq!(
        image::load_from_memory(&taken.bytes).unwrap().to_rgb8(),
        scene(50, 40)
    );
}

#[test]
fn a_name_does_not_say_what_bytes_are() {
    let bytes = jpeg(&scene(20, 20), None);
    assert!(matches!(
        take_in_picture(MediaKind::Png, &bytes),
        Err(Refused::Broken(_))
    ));
}
