//! Takes a film in. Its pictures and its sound stay as they are, at their place: what is not needed to play it
//! is overwritten where it stands, so that every position in the file holds. What somebody filmed is not looked
//! into; nothing here decodes a film.

mod boxes;
mod samples;
mod track;

use std::{
    collections::BTreeSet,
    io::{Read, Seek, SeekFrom, Write},
    ops::Range,
};

use super::{Refused, picture::broken};
use crate::domain::media::{MediaFacts, MediaKind, Motion, Removed, SoundCodec, VideoCodec};
use boxes::{Box4, Header};
use track::{Track, TrackKind};

/// The longest table of contents that is read; that of an hour is a tenth.
const LONGEST_CONTENTS: u64 = 32 * 1024 * 1024;

/// The most boxes at the top of a file.
const MOST_BOXES: usize = 4_096;

/// How much is overwritten at once.
const PIECE: usize = 64 * 1024;

/// What is known of a film that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenFilm {
    /// What decides whether a platform takes it.
    pub facts: MediaFacts,
    /// What came along and is gone.
    pub removed: BTreeSet<Removed>,
}

/// Takes a film in: afterwards the file holds what is kept.
///
/// # Errors
/// When it is broken, or has no pictures, or cannot be written to.
pub fn take_in_film<F>(kind: MediaKind, file: &mut F) -> Result<TakenFilm, Refused>
where
    F: Read + Write + Seek,
{
    let length = file.seek(SeekFrom::End(0)).map_err(broken)?;
    let Layout { contents, blank } = layout(file, length)?;
    let mut removed: BTreeSet<Removed> = blank.iter().filter_map(|(_, what)| *what).collect();
    let mut bytes = read(file, &contents)?;
    let film = Film::cleaned(&mut bytes, length, &mut removed)?;
    file.seek(SeekFrom::Start(contents.start)).map_err(broken)?;
    file.write_all(&bytes).map_err(broken)?;
    for (range, _) in &blank {
        overwrite(file, range)?;
    }
    for range in &film.unneeded {
        overwrite(file, range)?;
    }
    file.flush().map_err(broken)?;
    Ok(TakenFilm {
        facts: MediaFacts {
            kind,
            bytes: length,
            width: film.width,
            height: film.height,
            motion: Motion::Film {
                milliseconds: film.milliseconds,
                video: film.video,
                sound: film.sound,
            },
        },
        removed,
    })
}

/// Where things stand in a file.
struct Layout {
    /// The whole box with the table of contents.
    contents: Range<u64>,
    /// Bodies of boxes that nobody needs, with what they tell; their names were overwritten already.
    blank: Vec<(Range<u64>, Option<Removed>)>,
}

fn layout<F: Read + Write + Seek>(file: &mut F, length: u64) -> Result<Layout, Refused> {
    let (mut at, mut contents, mut blank) = (0, None, Vec::new());
    for _ in 0..MOST_BOXES {
        if at >= length {
            break;
        }
        let Header { kind, body, end } = header(file, at, length)?;
        match &kind {
            b"ftyp" | b"mdat" | b"wide" => {}
            b"moov" if contents.is_none() => contents = Some(at..end),
            b"moof" | b"sidx" | b"mfra" | b"styp" => return Err(Refused::NotTaken("fragmented MP4")),
            b"moov" => return Err(broken("two tables of contents")),
            b"free" | b"skip" => blank.push((body..end, None)),
            _ => {
                file.seek(SeekFrom::Start(at + 4)).map_err(broken)?;
                file.write_all(b"free").map_err(broken)?;
                let what = if &kind == b"uuid" {
                    Removed::Xmp
                } else {
                    Removed::Comment
                };
                blank.push((body..end, Some(what)));
            }
        }
        at = end;
    }
    match contents {
        Some(contents) if at >= length => Ok(Layout { contents, blank }),
        Some(_) => Err(broken("too many boxes")),
        None => Err(broken("there is no table of contents")),
    }
}

fn header<F: Read + Seek>(file: &mut F, at: u64, length: u64) -> Result<Header, Refused> {
    let mut bytes = [0; 16];
    let there = usize::try_from(length - at).map_or(16, |there| there.min(16));
    file.seek(SeekFrom::Start(at)).map_err(broken)?;
    file.read_exact(&mut bytes[..there]).map_err(broken)?;
    Header::parse(&bytes[..there], at, length).ok_or_else(|| broken("a box is longer than the file"))
}

fn read<F: Read + Seek>(file: &mut F, range: &Range<u64>) -> Result<Vec<u8>, Refused> {
    let length = range.end - range.start;
    if length > LONGEST_CONTENTS {
        return Err(broken("the table of contents is too long"));
    }
    file.seek(SeekFrom::Start(range.start)).map_err(broken)?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(broken)?;
    Ok(bytes)
}

fn overwrite<F: Write + Seek>(file: &mut F, range: &Range<u64>) -> Result<(), Refused> {
    file.seek(SeekFrom::Start(range.start)).map_err(broken)?;
    let nothing = [0; PIECE];
    let mut left = range.end - range.start;
    while left > 0 {
        let piece = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        file.write_all(&nothing[..piece]).map_err(broken)?;
        left -= piece as u64;
    }
    Ok(())
}

/// What the table of contents says.
struct Film {
    width: u32,
    height: u32,
    milliseconds: u64,
    video: VideoCodec,
    sound: SoundCodec,
    /// What of the file belongs to tracks that were taken out.
    unneeded: Vec<Range<u64>>,
}

impl Film {
    /// Reads the table of contents, and takes out of it what no player needs.
    fn cleaned(bytes: &mut [u8], length: u64, removed: &mut BTreeSet<Removed>) -> Result<Self, Refused> {
        let (mut tracks, mut data, mut longest) = (Vec::new(), Vec::new(), 0);
        for found in boxes::inside_first(bytes).ok_or_else(|| broken("the table of contents"))? {
            match &found.kind {
                b"mvhd" => longest = track::header_time(bytes, &found, removed).unwrap_or(0),
                b"iods" => {}
                b"mvex" => return Err(Refused::NotTaken("fragmented MP4")),
                b"trak" => {
                    let track = Track::cleaned(bytes, &found, removed)
                        .ok_or_else(|| broken("a track cannot be read"))?;
                    if track.kind == TrackKind::Data {
                        removed.insert(Removed::DataTrack);
                        boxes::blank(bytes, &found);
                        data.push(track);
                    } else {
                        tracks.push(track);
                    }
                }
                _ => take_out(bytes, &found, removed),
            }
        }
        let unneeded = samples::apart(&data, &tracks, length)
            .ok_or_else(|| broken("a data track shares its place with pictures or sound"))?;
        Self::of(&tracks, longest, unneeded)
    }

    fn of(tracks: &[Track], longest: u64, unneeded: Vec<Range<u64>>) -> Result<Self, Refused> {
        let mut found = None;
        let mut sound = SoundCodec::Silent;
        let mut milliseconds = longest;
        for track in tracks {
            milliseconds = milliseconds.max(track.milliseconds);
            match track.kind {
                TrackKind::Pictures { .. } if found.is_some() => {
                    return Err(broken("there is more than one track of pictures"));
                }
                TrackKind::Pictures { codec, width, height } => found = Some((codec, width, height)),
                TrackKind::Sound(SoundCodec::Other) => sound = SoundCodec::Other,
                TrackKind::Sound(codec) if sound == SoundCodec::Silent => sound = codec,
                TrackKind::Sound(_) | TrackKind::Data => {}
            }
        }
        let (video, width, height) = found.ok_or_else(|| broken("there are no pictures in it"))?;
        if width == 0 || height == 0 {
            return Err(broken("it has no size"));
        }
        Ok(Self {
            width,
            height,
            milliseconds,
            video,
            sound,
            unneeded,
        })
    }
}

/// Overwrites a box, and notes what it told.
fn take_out(bytes: &mut [u8], found: &Box4, removed: &mut BTreeSet<Removed>) {
    let body = &bytes[found.body.clone()];
    let mentions = |needle: &[u8]| body.windows(needle.len()).any(|window| window == needle);
    match &found.kind {
        b"free" | b"skip" => {}
        b"uuid" => drop(removed.insert(Removed::Xmp)),
        _ => drop(removed.insert(Removed::Comment)),
    }
    if mentions(b"\xa9xyz") || mentions(b"loci") || mentions(b"ISO6709") || mentions(b"GPSLatitude") {
        removed.insert(Removed::Position);
    }
    if mentions(b"\xa9mak") || mentions(b"\xa9mod") || mentions(b"quicktime.make") || mentions(b"manu") {
        removed.insert(Removed::Device);
    }
    boxes::blank(bytes, found);
}
