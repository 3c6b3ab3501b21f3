//! Pictures, on both databases: what is brought, what is judged, what platforms get.

use image::{ExtendedColorType, ImageEncoder as _, Rgb, RgbImage, codecs::png::PngEncoder};
use rstest::rstest;
use sekisho::{
    domain::{
        account::Platform,
        digest::MediaDigest,
        media::{Form, MediaKind, Removed},
        revision::Media,
    },
    service::{Once, ServiceError, StoredMedia},
    store::renditions::RenditionKey,
};

use crate::support::{Town, database::Kind};

/// A picture without anything.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(&RgbImage::from_pixel(width, height, Rgb([90, 140, 200])), None)
}

fn encoded(picture: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).expect("EXIF data");
    }
    encoder
        .write_image(
            picture,
            picture.width(),
            picture.height(),
            ExtendedColorType::Rgb8,
        )
        .expect("a picture");
    bytes
}

/// A poster with a code, from a telephone that knows where it is.
fn poster(link: &str) -> Vec<u8> {
    let code = qrcode::QrCode::new(link).expect("a code");
    let width = u32::try_from(code.width()).expect("a width");
    let picture = RgbImage::from_fn((width + 8) * 8, (width + 8) * 8, |x, y| {
        let (x, y) = ((x / 8).wrapping_sub(4), (y / 8).wrapping_sub(4));
        let is_dark = x < width && y < width && code[(x as usize, y as usize)] == qrcode::Color::Dark;
        if is_dark { Rgb([0; 3]) } else { Rgb([255; 3]) }
    });
    // One entry: the directory of the position.
    let exif = b"II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0\0\0HERE-WE-ARE";
    encoded(&picture, Some(exif.to_vec()))
}

impl Town {
    /// What the author brings.
    pub async fn upload(&self, bytes: &[u8]) -> StoredMedia {
        let (service, author) = (&self.app.service, &self.people.clerk);
        let mut upload = service.begin_upload(author).await.expect("an upload");
        for piece in bytes.chunks(1_000) {
            upload.write(piece).await.expect("room");
        }
        service.finish_upload(author, upload).await.expect("a medium")
    }
}

fn shown(media: MediaDigest) -> Vec<Media> {
    vec![Media {
        digest: media,
        alt: "給水所の案内図".to_owned(),
    }]
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_shortener_in_a_picture_stops_a_post(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let bytes = poster("https://bit.ly/3xYzAbC");
    let media = town.upload(&bytes).await;
    assert!(media.removed.contains(&Removed::Position));
    let kept = town
        .app
        .service
        .media_file(&town.people.clerk, media.digest)
        .await;
    let kept = std::fs::read(town.database.folder().join("media").join(format!(
        "{}/{}/{}",
        town.organization,
        &media.digest.to_string()[..2],
        kept.expect("a file").digest
    )))
    .expect("the bytes");
    let holds = |bytes: &[u8]| bytes.windows(11).any(|window| window == b"HERE-WE-ARE");
    assert!(holds(&bytes) && !holds(&kept));
    let mut draft = town.draft("給水所はこちらです。");
    draft.media = shown(media.digest);
    let clerk = &town.people.clerk;
    let created = town.app.service.create_post(clerk, draft, Once::unkeyed()).await;
    let Err(ServiceError::Refused(verdict)) = created else {
        panic!("{created:?}")
    };
    assert!(
        verdict
            .findings
            .iter()
            .any(|finding| finding.rule == "link.shortener")
    );
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
#[tokio::test]
async fn a_platform_gets_the_same_bytes_every_time(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let media = town.upload(&png(3_000, 2_000)).await;
    let key = RenditionKey {
        organization: town.organization,
        media: media.digest,
        platform: Platform::Instagram,
        form: Form::Full,
    };
    let service = &town.app.service;
    let first = service.rendition(key).await.expect("a rendition");
    let facts = first.rendition.facts;
    assert_eq!(
        (facts.kind, facts.width, facts.height),
        (MediaKind::Jpeg, 1_440, 960)
    );
    let again = service.rendition(key).await.expect("a rendition");
    assert_eq!((again.rendition, &again.bytes), (first.rendition, &first.bytes));
    // Lost, it is made once more; the same picture gives the same bytes.
    let name = first.rendition.digest.to_string();
    let folder = town
        .database
        .folder()
        .join("media")
        .join(town.organization.to_string());
    std::fs::remove_file(folder.join(&name[..2]).join(&name)).expect("the bytes");
    let made = service.rendition(key).await.expect("a rendition");
    assert_eq!((made.rendition, made.bytes), (first.rendition, first.bytes));
    let shown = image::load_from_memory(&again.bytes).expect("a picture");
    assert_eq!(shown.width(), 1_440);
}
