//! Reads QR codes, so that a link in a picture is checked like one in a text.

use std::collections::BTreeSet;

use image::{DynamicImage, GrayImage, imageops};
use rxing::{BarcodeFormat, DecodeHints, helpers::detect_multiple_in_luma_with_hints};

/// The texts of all codes in a picture, sorted.
pub(super) fn read(picture: &DynamicImage) -> Vec<String> {
    let mut found = BTreeSet::new();
    for shown in shown(picture) {
        read_into(&mut found, &shown);
        // A code that is large or noisy is easier to see from further away.
        let (width, height) = (shown.width() / 2, shown.height() / 2);
        if width.min(height) >= SMALLEST {
            let half = imageops::resize(&shown, width, height, imageops::FilterType::Triangle);
            read_into(&mut found, &half);
        }
    }
    found.into_iter().collect()
}

/// A code of fewer pixels cannot be told from noise.
const SMALLEST: u32 = 21;

/// What people see: what one can see through, before white and before black.
fn shown(picture: &DynamicImage) -> Vec<GrayImage> {
    let DynamicImage::ImageRgba8(pixels) = picture else {
        return vec![picture.to_luma8()];
    };
    let luma = picture.to_luma8();
    let before = |ground: u16| {
        let mut shown = luma.clone();
        for (to, from) in shown.pixels_mut().zip(pixels.pixels()) {
            let alpha = u16::from(from.0[3]);
            let mixed = (u16::from(to.0[0]) * alpha + ground * (255 - alpha)) / 255;
            to.0[0] = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
        shown
    };
    vec![before(255), before(0)]
}

fn read_into(found: &mut BTreeSet<String>, picture: &GrayImage) {
    let mut hints = DecodeHints {
        TryHarder: Some(true),
        AlsoInverted: Some(true),
        PossibleFormats: Some([BarcodeFormat::QR_CODE].into_iter().collect()),
        ..DecodeHints::default()
    };
    let (width, height) = picture.dimensions();
    let codes = detect_multiple_in_luma_with_hints(picture.as_raw().clone(), width, height, &mut hints);
    // No code is an error there.
    found.extend(codes.into_iter().flatten().map(|code| code.getText().to_owned()));
}
