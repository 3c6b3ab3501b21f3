//! A small copy for lists.

use image::DynamicImage;

use super::{Refused, picture};

/// Its longer edge, in pixels.
pub const THUMBNAIL_EDGE: u32 = 320;

const QUALITY: u8 = 80;

/// The small copy of a picture, a JPEG.
pub(super) fn of(picture: &DynamicImage) -> Result<Vec<u8>, Refused> {
    let is_small = picture.width().max(picture.height()) <= THUMBNAIL_EDGE;
    let small = if is_small {
        picture.clone()
    } else {
        picture.thumbnail(THUMBNAIL_EDGE, THUMBNAIL_EDGE)
    };
    picture::to_jpeg(&small, QUALITY)
}
