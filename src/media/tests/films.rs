//! Films: what plays stays where it is, and the rest is overwritten.

use std::io::Cursor;

use proptest::prelude::*;
use rstest::rstest;

use crate::{
    domain::media::{MediaKind, Motion, Removed, SoundCodec, VideoCodec},
    media::{Refused, TakenFilm, kind_of, take_in_film},
};

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap();
    [&length.to_be_bytes(), kind.as_slice(), body].concat()
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// One track with one piece of content.
struct Plan<'a> {
    handler: &'a [u8; 4],
    coding: &'a [u8; 4],
    at: u32,
    length: u32,
}

/// Not turned, and turned by a quarter.
const UPRIGHT: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
const TURNED: [u32; 9] = [0, 0x1_0000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];

fn track(plan: &Plan<'_>, matrix: [u32; 9]) -> Vec<u8> {
    let mut header = numbers(&[0, 111, 222, 1, 0, 9_000, 0, 0, 0, 0]);
    header.extend(numbers(&matrix));
    header.extend(numbers(&[640 << 16, 360 << 16]));
    let description = [numbers(&[0, 1, 16]), plan.coding.to_vec(), vec![0; 8]].concat();
    let tables = [
        boxed(b"stsd", &description),
        boxed(b"stsc", &numbers(&[0, 1, 1, 2, 1])),
        boxed(
            b"stsz",
            &numbers(&[0, 0, 2, plan.length / 2, plan.length - plan.length / 2]),
        ),
        boxed(b"stco", &numbers(&[0, 1, plan.at])),
    ];
    let handler = [numbers(&[0, 0]), plan.handler.to_vec(), vec![0; 13]].concat();
    let media = [
        boxed(b"mdhd", &numbers(&[0, 111, 222, 1_000, 9_000, 0])),
        boxed(b"hdlr", &handler),
        boxed(b"minf", &boxed(b"stbl", &tables.concat())),
    ];
    let parts = [
        boxed(b"tkhd", &header),
        boxed(b"mdia", &media.concat()),
        boxed(b"udta", &boxed(b"name", b"SECRET-NAME")),
    ];
    boxed(b"trak", &parts.concat())
}

const CONTENT: &[u8] = b"PICTURESsoundSECRET-TRACK";
const AT: u32 = 24 + 8;

/// A film: pictures, sound, a track of positions, and all that a telephone writes besides.
fn film(matrix: [u32; 9]) -> Vec<u8> {
    let tracks = [
        Plan {
            handler: b"vide",
            coding: b"avc1",
            at: AT,
            length: 8,
        },
        Plan {
            handler: b"soun",
            coding: b"mp4a",
            at: AT + 8,
            length: 5,
        },
        Plan {
            handler: b"meta",
            coding: b"mebx",
            at: AT + 13,
            length: 12,
        },
    ];
    let mut contents = boxed(b"mvhd", &numbers(&[0, 111, 222, 1_000, 8_500]));
    for plan in &tracks {
        contents.extend(track(plan, matrix));
    }
    contents.extend(boxed(b"udta", &boxed(b"\xa9xyz", b"SECRET+35.6+139.7/")));
    contents.extend(boxed(b"meta", b"com.apple.quicktime.make SECRET"));
    [
        boxed(b"ftyp", b"mp42\0\0\0\0mp42isom"),
        boxed(b"mdat", CONTENT),
        boxed(b"moov", &contents),
        boxed(b"uuid", b"SECRET-XMP"),
        boxed(b"free", b"SECRET-LEFTOVER"),
    ]
    .concat()
}

fn taken(mut bytes: Vec<u8>) -> (Vec<u8>, Result<TakenFilm, Refused>) {
    let taken = take_in_film(MediaKind::Mp4, &mut Cursor::new(&mut bytes));
    (bytes, taken)
}

#[test]
fn what_plays_stays_and_the_rest_is_gone() {
    let before = film(UPRIGHT);
    assert_eq!(kind_of(&before), Ok(MediaKind::Mp4));
    let (after, film) = taken(before.clone());
    let film = film.unwrap();
    assert_eq!(after.len(), before.len());
    assert!(!after.windows(6).any(|window| window == b"SECRET"));
    let content = AT as usize..AT as usize + 13;
    assert_eq!(after[content.clone()], before[content]);
    let facts = film.facts;
    assert_eq!((facts.width, facts.height), (640, 360));
    let expected = Motion::Film {
        milliseconds: 9_000,
        video: VideoCodec::H264,
        sound: SoundCodec::Aac,
    };
    assert_eq!(facts.motion, expected);
    for what in [
        Removed::Position,
        Removed::Device,
        Removed::Xmp,
        Removed::Comment,
        Removed::DataTrack,
        Removed::Time,
    ] {
        assert!(film.removed.contains(&what), "{what}");
    }
}

#[test]
fn taken_in_again_it_stays_as_it_is() {
    let (once, first) = taken(film(UPRIGHT));
    let (twice, second) = taken(once.clone());
    assert_eq!(once, twice);
    let second = second.unwrap();
    assert_eq!(second.facts, first.unwrap().facts);
    assert!(second.removed.is_empty(), "{:?}", second.removed);
}

#[test]
fn a_quarter_turn_exchanges_width_and_height() {
    let facts = taken(film(TURNED)).1.unwrap().facts;
    assert_eq!((facts.width, facts.height), (360, 640));
}

#[test]
fn positions_inside_of_the_pictures_are_not_torn_out() {
    let mut bytes = film(UPRIGHT);
    // The third track says that its content is where the pictures are.
    let third = (AT + 13).to_be_bytes();
    let at = bytes.windows(4).rposition(|window| window == third).unwrap();
    bytes[at..at + 4].copy_from_slice(&(AT + 2).to_be_bytes());
    assert!(matches!(taken(bytes).1, Err(Refused::Broken(_))));
}

#[rstest]
#[case::no_contents([boxed(b"ftyp", b"mp42"), boxed(b"mdat", CONTENT)].concat())]
#[case::two_contents([film(UPRIGHT), boxed(b"moov", b"")].concat())]
#[case::fragments([film(UPRIGHT), boxed(b"moof", b"")].concat())]
#[case::too_long([boxed(b"ftyp", b"mp42"), vec![0, 1, 0, 0], b"moov".to_vec()].concat())]
#[case::empty(Vec::new())]
fn a_broken_film_is_refused(#[case] bytes: Vec<u8>) {
    assert!(taken(bytes).1.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_films_panic_nobody(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = film(UPRIGHT);
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let length = bytes.len();
        let (after, _) = taken(bytes.clone());
        prop_assert_eq!(after.len(), length);
        bytes.truncate(cut.index(length));
        let _ = taken(bytes);
    }
}
