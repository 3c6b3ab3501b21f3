//! Codes are found however they stand.

use image::{DynamicImage, Rgba, RgbaImage, imageops};
use rstest::rstest;

use super::paint::{code, gif, jpeg, pasted, png, scene};
use crate::{domain::media::MediaKind, media::take_in_picture};

const SHORT: &str = "https://bit.ly/3xYzAbC";

fn read(picture: &image::RgbImage) -> Vec<String> {
    take_in_picture(MediaKind::Jpeg, &jpeg(picture, None))
        .unwrap()
        .look
        .codes
}

#[rstest]
fn a_code_is_read_at_any_angle(#[values(0, 15, 45, 100, 170, 222, 301)] degrees: u32) {
    let mut picture = scene(500, 500);
    pasted(
        &mut picture,
        &code(SHORT, 6),
        (250.0, 260.0),
        f64::from(degrees).to_radians(),
    );
    assert_eq!(read(&picture), [SHORT]);
}

#[rstest]
fn a_code_is_read_in_any_size(#[values(3, 5, 12, 30)] module: u32) {
    let mut picture = scene(1_200, 1_200);
    pasted(&mut picture, &code(SHORT, module), (600.0, 600.0), 0.1);
    assert_eq!(read(&picture), [SHORT]);
}

#[test]
fn an_inverted_code_is_read() {
    let mut inverted = code(SHORT, 6);
    imageops::invert(&mut inverted);
    let mut picture = scene(500, 500);
    pasted(&mut picture, &inverted, (250.0, 250.0), 0.2);
    assert_eq!(read(&picture), [SHORT]);
}

#[test]
fn every_code_of_a_picture_is_read() {
    let texts: Vec<String> = (0..4)
        .map(|number| format!("https://h{number}.example.jp/"))
        .collect();
    let mut picture = scene(1_000, 1_000);
    for (number, text) in (0_u32..).zip(&texts) {
        let middle = (
            250.0 + 500.0 * f64::from(number % 2),
            250.0 + 500.0 * f64::from(number / 2),
        );
        pasted(&mut picture, &code(text, 6), middle, f64::from(number) * 0.3);
    }
    assert_eq!(read(&picture), texts);
}

#[test]
fn a_code_in_japanese_is_read() {
    let text = "避難所はこちら https://bit.ly/hinan";
    assert_eq!(read(&code(text, 6)), [text]);
}

/// Light on nothing: a page in dark mode shows it.
#[test]
fn a_code_that_one_sees_on_black_only_is_read() {
    let code = code(SHORT, 6);
    let picture = RgbaImage::from_fn(code.width(), code.height(), |x, y| {
        match code.get_pixel(x, y).0[0] {
            0 => Rgba([255, 255, 255, 0]),
            _ => Rgba([255, 255, 255, 255]),
        }
    });
    let bytes = png(&DynamicImage::ImageRgba8(picture), None, None);
    assert_eq!(
        take_in_picture(MediaKind::Png, &bytes).unwrap().look.codes,
        [SHORT]
    );
}

#[test]
fn a_code_in_a_later_picture_of_a_gif_is_read() {
    let with = DynamicImage::ImageRgb8(code(SHORT, 4)).to_rgba8();
    let without = RgbaImage::from_pixel(with.width(), with.height(), Rgba([200, 220, 240, 255]));
    let taken = take_in_picture(MediaKind::Gif, &gif(&[without.clone(), without, with])).unwrap();
    assert_eq!(taken.look.codes, [SHORT]);
}

#[test]
fn a_picture_without_a_code_has_none() {
    assert!(read(&scene(400, 300)).is_empty());
}
