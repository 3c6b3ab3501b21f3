//! One track of a film.

use std::{collections::BTreeSet, ops::Range};

use super::{
    boxes::{self, Box4, first, inside, long, number},
    samples, take_out,
};
use crate::domain::media::{Removed, SoundCodec, VideoCodec};

/// What a track is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackKind {
    /// Pictures, of this size as people see them.
    Pictures {
        codec: VideoCodec,
        width: u32,
        height: u32,
    },
    /// Sound.
    Sound(SoundCodec),
    /// Anything else: subtitles, positions, movements.
    Data,
}

/// What is known of a track.
pub(super) struct Track {
    pub(super) kind: TrackKind,
    pub(super) milliseconds: u64,
    /// Where in the file its content stands.
    pub(super) chunks: Vec<Range<u64>>,
}

impl Track {
    /// Reads a track, and takes out of it what no player needs.
    pub(super) fn cleaned(bytes: &mut [u8], track: &Box4, removed: &mut BTreeSet<Removed>) -> Option<Self> {
        let parts = inside(bytes, track.body.clone())?;
        for part in &parts {
            match &part.kind {
                b"tkhd" => zero_times(bytes, part, removed),
                b"edts" | b"mdia" | b"tapt" | b"load" | b"clef" => {}
                // Whatever it refers to may be gone.
                b"tref" => boxes::blank(bytes, part),
                _ => take_out(bytes, part, removed),
            }
        }
        let media = inside(bytes, first(&parts, *b"mdia")?.body.clone())?;
        let milliseconds = header_time(bytes, first(&media, *b"mdhd")?, removed)?;
        for part in &media {
            if !matches!(&part.kind, b"mdhd" | b"hdlr" | b"minf" | b"elng") {
                take_out(bytes, part, removed);
            }
        }
        let handler = first(&media, *b"hdlr")?.body.start;
        let inner = inside(bytes, first(&media, *b"minf")?.body.clone())?;
        let tables = inside(bytes, first(&inner, *b"stbl")?.body.clone())?;
        let kind = match bytes.get(handler + 8..handler + 12)? {
            b"vide" => {
                let (width, height) = size(bytes, first(&parts, *b"tkhd")?)?;
                let codec = video(&coding(bytes, &tables)?);
                TrackKind::Pictures { codec, width, height }
            }
            b"soun" => TrackKind::Sound(sound(&coding(bytes, &tables)?)),
            _ => TrackKind::Data,
        };
        Some(Self {
            kind,
            milliseconds,
            chunks: samples::chunks(bytes, &tables)?,
        })
    }
}

/// The name of the first coding that a track describes.
fn coding(bytes: &[u8], tables: &[Box4]) -> Option<[u8; 4]> {
    let at = first(tables, *b"stsd")?.body.start;
    bytes.get(at + 12..at + 16)?.try_into().ok()
}

const fn video(coding: &[u8; 4]) -> VideoCodec {
    match coding {
        b"avc1" | b"avc3" => VideoCodec::H264,
        b"hvc1" | b"hev1" => VideoCodec::H265,
        _ => VideoCodec::Other,
    }
}

const fn sound(coding: &[u8; 4]) -> SoundCodec {
    match coding {
        b"mp4a" => SoundCodec::Aac,
        _ => SoundCodec::Other,
    }
}

/// Where the fields behind the two times of a header begin.
fn after_times(bytes: &[u8], header: &Box4) -> Option<(bool, usize)> {
    let at = header.body.start;
    match *bytes.get(at)? {
        0 => Some((false, at + 12)),
        1 => Some((true, at + 20)),
        _ => None,
    }
}

/// Overwrites when something was made and changed.
fn zero_times(bytes: &mut [u8], header: &Box4, removed: &mut BTreeSet<Removed>) {
    let Some((_, end)) = after_times(bytes, header) else {
        return;
    };
    let Some(times) = bytes.get_mut(header.body.start + 4..end.min(header.body.end)) else {
        return;
    };
    if times.iter().any(|byte| *byte != 0) {
        removed.insert(Removed::Time);
        times.fill(0);
    }
}

/// How long a header (`mvhd`, `mdhd`) says that it is, in milliseconds; its times are overwritten.
pub(super) fn header_time(bytes: &mut [u8], header: &Box4, removed: &mut BTreeSet<Removed>) -> Option<u64> {
    zero_times(bytes, header, removed);
    let (is_long, at) = after_times(bytes, header)?;
    let scale = u64::from(number(bytes, at)?);
    let units = if is_long {
        long(bytes, at + 4)?
    } else {
        u64::from(number(bytes, at + 4)?)
    };
    // All ones stand for a length that nobody knows.
    let is_unknown = units == u64::MAX || (!is_long && units == u64::from(u32::MAX));
    if is_unknown || scale == 0 {
        return None;
    }
    u64::try_from(u128::from(units) * 1_000 / u128::from(scale)).ok()
}

/// Width and height of a track as people see them: a quarter turn exchanges them.
fn size(bytes: &[u8], header: &Box4) -> Option<(u32, u32)> {
    let (is_long, at) = after_times(bytes, header)?;
    // Track id, reserved, duration; then reserved, layer, group, volume, reserved.
    let matrix = at + if is_long { 16 } else { 12 } + 16;
    let (width, height) = (
        number(bytes, matrix + 36)? >> 16,
        number(bytes, matrix + 40)? >> 16,
    );
    let is_turned = number(bytes, matrix)? == 0 && number(bytes, matrix + 4)? != 0;
    Some(if is_turned {
        (height, width)
    } else {
        (width, height)
    })
}
