//! GIFs: moving ones stay so, without what stands between their pictures.

use image::{AnimationDecoder as _, Rgba, RgbaImage, codecs::gif::GifDecoder};
use std::io::Cursor;

use super::paint::gif;
use crate::{
    domain::media::{MediaKind, Motion, Removed},
    media::take_in_picture,
};

fn pictures() -> Vec<RgbaImage> {
    [40, 120, 200]
        .map(|grey| RgbaImage::from_pixel(30, 20, Rgba([grey, grey, grey, 255])))
        .to_vec()
}

/// Puts blocks behind the header, its colour table included if it has one.
fn with_blocks(bytes: &[u8], blocks: &[u8]) -> Vec<u8> {
    let table = if bytes[10] & 0x80 == 0 {
        0
    } else {
        3 << ((bytes[10] & 7) + 1)
    };
    let mut all = bytes[..13 + table].to_vec();
    all.extend_from_slice(blocks);
    all.extend_from_slice(&bytes[13 + table..]);
    all
}

#[test]
fn a_moving_gif_keeps_its_pictures_and_nothing_else() {
    let blocks = b"\x21\xfe\x0dSECRET-REMARK\x00\x21\xff\x0bXMP DataXMP\x06SECRET\x00";
    let mut bytes = with_blocks(&gif(&pictures()), blocks);
    bytes.extend_from_slice(b"SECRET behind the end");
    let taken = take_in_picture(MediaKind::Gif, &bytes).unwrap();
    assert!(!taken.bytes.windows(6).any(|window| window == b"SECRET"));
    let expected = [Removed::Xmp, Removed::Comment, Removed::Trailer];
    assert!(taken.removed.iter().eq(expected.iter()), "{:?}", taken.removed);
    assert_eq!(taken.look.facts.motion, Motion::Animation { frames: 3 });
    let decoder = GifDecoder::new(Cursor::new(&taken.bytes)).unwrap();
    let shown: Vec<u8> = decoder
        .into_frames()
        .map(|frame| frame.unwrap().buffer().get_pixel(5, 5).0[0])
        .collect();
    assert_eq!(shown, [40, 120, 200]);
}

#[test]
fn a_gif_of_one_picture_becomes_a_png() {
    let taken = take_in_picture(MediaKind::Gif, &gif(&pictures()[..1])).unwrap();
    assert_eq!(
        (taken.look.facts.kind, taken.look.facts.motion),
        (MediaKind::Png, Motion::Still)
    );
}

#[test]
fn a_gif_whose_picture_is_broken_is_refused() {
    let mut bytes = gif(&pictures());
    let end = bytes.len();
    // Takes the last picture's end and the file's; the blocks still end where they say.
    bytes.truncate(end - 3);
    assert!(take_in_picture(MediaKind::Gif, &bytes).is_err());
}
