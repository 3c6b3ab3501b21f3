//! A picture for a post of the demo: drawn here, since no photograph may be in the program.

use std::io::Cursor;

use anyhow::Context as _;
use image::{ImageFormat, Rgb, RgbImage};

/// What it shows, for who cannot see it.
pub const ALT: &str = "夜の市役所のイラスト。三階建ての建物の窓に、黄色い明かりがともっている。";

const SKY: Rgb<u8> = Rgb([16, 24, 64]);
const WALL: Rgb<u8> = Rgb([88, 96, 120]);
const LIGHT: Rgb<u8> = Rgb([255, 208, 96]);
const GROUND: Rgb<u8> = Rgb([32, 40, 32]);

/// A town hall at night, as PNG.
///
/// # Errors
/// When it cannot be encoded.
pub fn town_hall() -> anyhow::Result<Vec<u8>> {
    let picture = RgbImage::from_fn(640, 400, |x, y| match (x, y) {
        (_, 340..) => GROUND,
        (120..520, 120..) if is_window(x - 120, y - 120) => LIGHT,
        (120..520, 120..) => WALL,
        _ => SKY,
    });
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .context("the demo's picture")?;
    Ok(bytes.into_inner())
}

/// Three rows of five windows, counted from the corner of the building.
const fn is_window(x: u32, y: u32) -> bool {
    x % 80 >= 24 && x % 80 < 60 && y % 70 >= 20 && y % 70 < 54
}
