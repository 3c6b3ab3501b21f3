//! Makes pictures to test with.

use std::io::Cursor;

use image::{
    Delay, DynamicImage, ExtendedColorType, Frame, ImageEncoder as _, Rgb, RgbImage, RgbaImage,
    codecs::{gif::GifEncoder, jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
};

/// Colours that run into each other, and a dark corner at the top left.
pub(crate) fn scene(width: u32, height: u32) -> RgbImage {
    let share = |value: u32, of: u32| u8::try_from(255 * value / of.max(1)).unwrap();
    RgbImage::from_fn(width, height, |x, y| {
        if x < width / 4 && y < height / 4 {
            Rgb([0, 0, 0])
        } else {
            Rgb([share(x, width), share(y, height), 160])
        }
    })
}

/// Noise: nothing makes it small.
pub(crate) fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 0x9e37_79b9_u32;
    RgbImage::from_fn(width, height, |_, _| {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[0]
        };
        Rgb([next(), next(), next()])
    })
}

/// A JPEG, with EXIF data if there are any.
pub(crate) fn jpeg(picture: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 92);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    let (width, height) = picture.dimensions();
    encoder
        .write_image(picture, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// A PNG, with EXIF data and a colour profile if there are any.
pub(crate) fn png(picture: &DynamicImage, exif: Option<Vec<u8>>, profile: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile).unwrap();
    }
    let (width, height) = (picture.width(), picture.height());
    encoder
        .write_image(picture.as_bytes(), width, height, picture.color().into())
        .unwrap();
    bytes
}

/// A WebP without losses.
pub(crate) fn webp(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = picture.dimensions();
    WebPEncoder::new_lossless(&mut bytes)
        .encode(picture, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// A GIF of these pictures.
pub(crate) fn gif(pictures: &[RgbaImage]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    {
        let mut encoder = GifEncoder::new_with_speed(&mut bytes, 30);
        let frames = pictures
            .iter()
            .map(|picture| Frame::from_parts(picture.clone(), 0, 0, Delay::from_numer_denom_ms(100, 1)));
        encoder.encode_frames(frames).unwrap();
    }
    bytes.into_inner()
}

/// One entry of EXIF data that fits into its four bytes.
struct Entry(u16, u32);

/// EXIF data of a telephone: orientation, make, serial number and position, values as plain numbers.
pub(crate) fn exif(orientation: u32) -> Vec<u8> {
    let first = [
        Entry(0x010f, 8),
        Entry(0x0112, orientation),
        Entry(0x8769, 80),
        Entry(0x8825, 110),
    ];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    directory(&mut bytes, &first);
    bytes.resize(80, 0);
    directory(&mut bytes, &[Entry(0xa431, 12)]);
    bytes.resize(110, 0);
    directory(&mut bytes, &[Entry(1, 78), Entry(2, 35)]);
    bytes.extend_from_slice(b"SECRET-POSITION");
    bytes
}

fn directory(bytes: &mut Vec<u8>, entries: &[Entry]) {
    bytes.extend_from_slice(&u16::try_from(entries.len()).unwrap().to_le_bytes());
    for Entry(tag, value) in entries {
        bytes.extend_from_slice(&tag.to_le_bytes());
        // Orientation is a short one; the others are long.
        let kind: u16 = if *tag == 0x0112 { 3 } else { 4 };
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes.extend_from_slice(&[0; 4]);
}

/// A QR code with so many pixels a module, and its quiet zone.
pub(crate) fn code(text: &str, module: u32) -> RgbImage {
    let code = qrcode::QrCode::new(text).unwrap();
    let width = u32::try_from(code.width()).unwrap();
    RgbImage::from_fn((width + 8) * module, (width + 8) * module, |x, y| {
        let (x, y) = ((x / module).wrapping_sub(4), (y / module).wrapping_sub(4));
        let is_dark = x < width && y < width && code[(x as usize, y as usize)] == qrcode::Color::Dark;
        if is_dark { Rgb([0; 3]) } else { Rgb([255; 3]) }
    })
}

/// A picture in front of another one, turned by an angle around its middle.
pub(crate) fn pasted(on: &mut RgbImage, picture: &RgbImage, middle: (f64, f64), angle: f64) {
    let (sine, cosine) = angle.sin_cos();
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    for (x, y, pixel) in on.enumerate_pixels_mut() {
        let (dx, dy) = (f64::from(x) - middle.0, f64::from(y) - middle.1);
        let (u, v) = (
            cosine * dx + sine * dy + width / 2.0,
            cosine * dy - sine * dx + height / 2.0,
        );
        if u >= 0.0 && v >= 0.0 && u < width && v < height {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "inside of the picture"
            )]
            let place = (u as u32, v as u32);
            *pixel = *picture.get_pixel(place.0, place.1);
        }
    }
}
