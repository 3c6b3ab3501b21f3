//! A film of 500 MB: taken in, opened for a platform, and fetched whole and piece by piece, without ever being in memory
//! whole, and hashed once and not for each piece.

use std::{fs, path::Path, process::Command};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode},
};
use futures::StreamExt as _;
use sekisho::{
    domain::{account::Platform, digest::MediaDigest, media::Form},
    store::renditions::RenditionKey,
    web::{self, WebConfig, WebState},
};
use tower::ServiceExt as _;

use crate::support::{Town, database::Kind, metrics};

/// What stands before the pictures: the two boxes' heads and what is in the first one.
const BEFORE: usize = 24 + 8;

/// How much is written and read at once, and how often.
const PIECE: usize = 1 << 20;
const PIECES: usize = 477;
const CONTENT: usize = PIECE * PIECES;

/// What the process may need besides, however long the film is.
const ROOM: u64 = 64 << 20;

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).expect("a short box");
    [&length.to_be_bytes(), kind.as_slice(), body].concat()
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// The table of contents of a silent film of nine seconds: one track, all of whose content stands in one piece.
fn contents() -> Vec<u8> {
    let content = u32::try_from(CONTENT).expect("below four gigabytes");
    let before = u32::try_from(BEFORE).expect("small");
    let mut header = numbers(&[0, 0, 0, 1, 0, 9_000, 0, 0, 0, 0]);
    header.extend(numbers(&[0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]));
    header.extend(numbers(&[640 << 16, 360 << 16]));
    let description = [numbers(&[0, 1, 16]), b"avc1".to_vec(), vec![0; 8]].concat();
    let tables = [
        boxed(b"stsd", &description),
        boxed(b"stsc", &numbers(&[0, 1, 1, 1, 1])),
        boxed(b"stsz", &numbers(&[0, 0, 1, content])),
        boxed(b"stco", &numbers(&[0, 1, before])),
    ];
    let handler = [numbers(&[0, 0]), b"vide".to_vec(), vec![0; 13]].concat();
    let media = [
        boxed(b"mdhd", &numbers(&[0, 0, 0, 1_000, 9_000, 0])),
        boxed(b"hdlr", &handler),
        boxed(b"minf", &boxed(b"stbl", &tables.concat())),
    ];
    let track = [boxed(b"tkhd", &header), boxed(b"mdia", &media.concat())];
    let all = [
        boxed(b"mvhd", &numbers(&[0, 0, 0, 1_000, 9_000])),
        boxed(b"trak", &track.concat()),
    ];
    boxed(b"moov", &all.concat())
}

/// The byte at a place among the pictures: no piece is like its neighbours.
const fn picture(at: usize) -> u8 {
    (at / PIECE % 251) as u8
}

/// What the process has in memory, in bytes, by its name in `/proc/self/status`.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("what the process is like");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.trim_start_matches(':').split_whitespace().next());
    kilobytes
        .and_then(|number| number.parse::<u64>().ok())
        .expect("a number")
        * 1_024
}

fn has_room(folder: &Path) -> bool {
    let df = Command::new("df")
        .args(["--output=avail", "-B1"])
        .arg(folder)
        .output();
    let said = df.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let free = said
        .ok()
        .and_then(|said| said.lines().last()?.trim().parse::<u64>().ok());
    free.is_some_and(|free| free > 2 * CONTENT as u64)
}

async fn taken_in(town: &Town) -> MediaDigest {
    let (service, author) = (&town.app.service, &town.people.clerk);
    let mut upload = service.begin_upload(author).await.expect("an upload");
    let length = u32::try_from(CONTENT + 8).expect("below four gigabytes");
    let head = [
        boxed(b"ftyp", b"mp42\0\0\0\0mp42isom"),
        numbers(&[length]),
        b"mdat".to_vec(),
    ]
    .concat();
    assert_eq!(head.len(), BEFORE);
    upload.write(&head).await.expect("room");
    for piece in 0..PIECES {
        upload
            .write(&vec![picture(piece * PIECE); PIECE])
            .await
            .expect("room");
    }
    upload.write(&contents()).await.expect("room");
    let film = service.finish_upload(author, upload).await.expect("a film");
    assert!(film.look.facts.bytes > CONTENT as u64);
    film.digest
}

async fn fetched(router: &Router, place: &str, range: Option<&str>) -> Response<Body> {
    let request = Request::builder().uri(place);
    let request = match range {
        Some(range) => request.header("range", range),
        None => request,
    };
    let request = request.body(Body::empty()).expect("a request");
    router.clone().oneshot(request).await.expect("an answer")
}

#[tokio::test]
async fn a_film_of_half_a_gigabyte_is_never_in_memory_whole() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    if !has_room(town.database.folder()) {
        eprintln!("skipped: the disk has no room for a film of 500 MB");
        return;
    }
    let before = memory("VmRSS");
    // From here on the peak counts; where the kernel does not forget, that of the town, which is small, counts too.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let key = RenditionKey {
        organization: town.organization,
        media: taken_in(&town).await,
        platform: Platform::X,
        form: Form::Full,
    };
    let address = town.app.service.open_to_platform(key).await.expect("an address");
    let place = &address[address.find("/m/").expect("a path")..];
    let state = WebState::new(town.app.service.clone(), WebConfig::default(), metrics());
    let router = web::router(state);

    let whole = fetched(&router, place, None).await;
    assert_eq!(whole.status(), StatusCode::OK);
    let mut pieces = whole.into_body().into_data_stream();
    let mut read = 0;
    while let Some(piece) = pieces.next().await {
        let piece = piece.expect("a piece");
        let last = read + piece.len() - 1;
        for at in [read.max(BEFORE), last]
            .into_iter()
            .filter(|at| (BEFORE..BEFORE + CONTENT).contains(at))
        {
            assert_eq!(piece[at - read], picture(at - BEFORE));
        }
        read += piece.len();
    }
    assert!(read > CONTENT);

    // As a player asks: many small parts, here and there.
    for number in 0..200 {
        let at = BEFORE + number * 7_919 * 313 % (CONTENT - 70_000);
        let range = format!("bytes={at}-{}", at + 65_535);
        let part = fetched(&router, place, Some(&range)).await;
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        let mut bytes = Vec::new();
        let mut pieces = part.into_body().into_data_stream();
        while let Some(piece) = pieces.next().await {
            bytes.extend_from_slice(&piece.expect("a piece"));
        }
        assert_eq!(bytes.len(), 65_536);
        assert_eq!(
            (bytes[0], bytes[65_535]),
            (picture(at - BEFORE), picture(at + 65_535 - BEFORE))
        );
    }

    let most = memory("VmHWM").saturating_sub(before);
    assert!(
        most < ROOM,
        "{} MB for a film of {} MB",
        most >> 20,
        CONTENT >> 20
    );
}
