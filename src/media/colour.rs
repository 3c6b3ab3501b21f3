//! Colours: a profile is applied and then gone, since some platforms show every picture as sRGB.

use image::{DynamicImage, RgbImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// The picture in sRGB, eight bits a channel. A profile that cannot be used is as if there were none.
pub(super) fn to_srgb(picture: DynamicImage, profile: Option<&[u8]>) -> DynamicImage {
    let profile = profile.and_then(|bytes| ColorProfile::new_from_slice(bytes).ok());
    let profile = profile.filter(|profile| profile.color_space == DataColorSpace::Rgb);
    if picture.color().has_alpha() {
        let picture = picture.into_rgba8();
        DynamicImage::ImageRgba8(converted_alpha(&picture, profile.as_ref()).unwrap_or(picture))
    } else {
        let picture = picture.into_rgb8();
        DynamicImage::ImageRgb8(converted(&picture, profile.as_ref()).unwrap_or(picture))
    }
}

fn converted(picture: &RgbImage, profile: Option<&ColorProfile>) -> Option<RgbImage> {
    let pixels = transformed(picture.as_raw(), Layout::Rgb, profile?)?;
    RgbImage::from_raw(picture.width(), picture.height(), pixels)
}

fn converted_alpha(picture: &RgbaImage, profile: Option<&ColorProfile>) -> Option<RgbaImage> {
    let pixels = transformed(picture.as_raw(), Layout::Rgba, profile?)?;
    RgbaImage::from_raw(picture.width(), picture.height(), pixels)
}

fn transformed(pixels: &[u8], layout: Layout, profile: &ColorProfile) -> Option<Vec<u8>> {
    let srgb = ColorProfile::new_srgb();
    let transform = profile
        .create_transform_8bit(layout, &srgb, layout, TransformOptions::default())
        .ok()?;
    let mut out = vec![0; pixels.len()];
    transform.transform(pixels, &mut out).ok()?;
    Some(out)
}
