//! What leaves is what the platform takes.

use image::DynamicImage;
use rstest::rstest;

use super::paint::{jpeg, noise, png, scene};
use crate::{
    domain::{
        account::Platform,
        digest::MediaDigest,
        media::{Form, MediaFacts, MediaKind, Plan, Unfit, forms, room},
    },
    media::{Rendition, kind_of, rendition, take_in_picture},
};

fn fitted(platform: Platform, form: Form, bytes: &[u8], facts: &MediaFacts) -> Result<Rendition, Unfit> {
    let plan = room(platform).plan(form, facts)?;
    Ok(rendition(bytes, facts, plan).unwrap())
}

fn all() -> impl Iterator<Item = (Platform, Form)> {
    let platforms = Platform::ALL.iter();
    platforms.flat_map(|platform| forms(*platform).iter().map(|form| (*platform, *form)))
}

/// A picture that nothing makes small, in a form that every platform takes.
#[test]
fn every_platform_gets_what_it_takes() {
    for bytes in [
        jpeg(&noise(1_900, 1_300), None),
        png(&DynamicImage::ImageRgb8(noise(800, 700)), None, None),
    ] {
        let kind = kind_of(&bytes).unwrap();
        let taken = take_in_picture(kind, &bytes).unwrap();
        for (platform, form) in all() {
            let found = fitted(platform, form, &taken.bytes, &taken.look.facts).unwrap();
            let room = room(platform);
            assert!(found.bytes.len() as u64 <= room.pictures.bytes, "{platform}");
            assert_eq!(found.bytes.len() as u64, found.facts.bytes);
            assert_eq!(kind_of(&found.bytes), Ok(found.facts.kind));
            // What leaves is not changed once more, and nothing says otherwise of its size.
            assert_eq!(
                room.plan(form, &found.facts),
                Ok(Plan::AsItIs),
                "{platform} {form:?}"
            );
            let shown = image::load_from_memory(&found.bytes).unwrap();
            assert_eq!(
                (shown.width(), shown.height()),
                (found.facts.width, found.facts.height)
            );
        }
    }
}

#[test]
fn a_preview_is_lighter_than_the_picture() {
    let taken = take_in_picture(MediaKind::Jpeg, &jpeg(&noise(1_000, 900), None)).unwrap();
    let preview = fitted(Platform::Line, Form::Preview, &taken.bytes, &taken.look.facts).unwrap();
    assert!(preview.facts.bytes <= 1_000_000 && preview.facts.width <= 1_024);
    let full = fitted(Platform::Line, Form::Full, &taken.bytes, &taken.look.facts).unwrap();
    assert_eq!(full.digest(), MediaDigest::of(&taken.bytes));
}

#[test]
fn what_fits_leaves_as_it_was_signed() {
    let taken = take_in_picture(MediaKind::Jpeg, &jpeg(&scene(1_000, 750), None)).unwrap();
    for (platform, form) in all().filter(|(_, form)| *form == Form::Full) {
        let found = fitted(platform, form, &taken.bytes, &taken.look.facts).unwrap();
        assert_eq!(found.digest(), MediaDigest::of(&taken.bytes), "{platform}");
    }
}

#[rstest]
#[case(Platform::Instagram)]
#[case(Platform::Facebook)]
fn some_take_jpeg_only(#[case] platform: Platform) {
    let bytes = png(&DynamicImage::ImageRgb8(scene(800, 800)), None, None);
    let taken = take_in_picture(MediaKind::Png, &bytes).unwrap();
    let found = fitted(platform, Form::Full, &taken.bytes, &taken.look.facts).unwrap();
    assert_eq!(found.facts.kind, MediaKind::Jpeg);
}

#[test]
fn the_same_picture_becomes_the_same_rendition() {
    let taken = take_in_picture(MediaKind::Jpeg, &jpeg(&noise(1600, 1600), None)).unwrap();
    let once = || fitted(Platform::Bluesky, Form::Full, &taken.bytes, &taken.look.facts).unwrap();
    assert_eq!(once(), once());
    assert_ne!(once().digest(), MediaDigest::of(&taken.bytes));
}

#[test]
fn what_one_can_see_through_stands_on_white() {
    let clear = image::RgbaImage::from_pixel(400, 400, image::Rgba([0, 0, 0, 0]));
    let bytes = png(&DynamicImage::ImageRgba8(clear), None, None);
    let taken = take_in_picture(MediaKind::Png, &bytes).unwrap();
    let found = fitted(Platform::Instagram, Form::Full, &taken.bytes, &taken.look.facts).unwrap();
    let shown = image::load_from_memory(&found.bytes).unwrap().to_rgb8();
    assert!(shown.get_pixel(200, 200).0.iter().all(|value| *value > 250));
}
