//! Where in the file the content of a track stands.

use std::ops::Range;

use super::{
    boxes::{Box4, first, long, number},
    track::Track,
};

/// The pieces of a track, in the order of its tables; none when they cannot be read.
pub(super) fn chunks(bytes: &[u8], tables: &[Box4]) -> Option<Vec<Range<u64>>> {
    let starts = starts(bytes, tables)?;
    let runs = runs(bytes, first(tables, *b"stsc")?)?;
    let sizes = Sizes::of(bytes, first(tables, *b"stsz")?)?;
    let mut found = Vec::with_capacity(starts.len());
    let (mut run, mut sample) = (0, 0_usize);
    for (index, start) in starts.into_iter().enumerate() {
        while runs.get(run + 1).is_some_and(|(chunk, _)| *chunk <= index + 1) {
            run += 1;
        }
        let count = runs.get(run)?.1;
        let next = sample.checked_add(count)?;
        let size = sizes.sum(bytes, sample..next)?;
        found.push(start..start.checked_add(size)?);
        sample = next;
    }
    Some(found)
}

/// How many entries a table has, if it has room for them.
fn entries(bytes: &[u8], table: &Box4, count_at: usize, width: usize) -> Option<usize> {
    let at = table.body.start.checked_add(count_at)?;
    let count = usize::try_from(number(bytes, at)?).ok()?;
    let end = at.checked_add(4)?.checked_add(count.checked_mul(width)?)?;
    (end <= table.body.end).then_some(count)
}

/// Where the pieces begin.
fn starts(bytes: &[u8], tables: &[Box4]) -> Option<Vec<u64>> {
    if let Some(table) = first(tables, *b"stco") {
        let count = entries(bytes, table, 4, 4)?;
        let at = |index: usize| number(bytes, table.body.start + 8 + index * 4).map(u64::from);
        return (0..count).map(at).collect();
    }
    let table = first(tables, *b"co64")?;
    let count = entries(bytes, table, 4, 8)?;
    let at = |index: usize| long(bytes, table.body.start + 8 + index * 8);
    (0..count).map(at).collect()
}

/// From which piece on, counted from 1, a piece has how many samples.
fn runs(bytes: &[u8], table: &Box4) -> Option<Vec<(usize, usize)>> {
    let count = entries(bytes, table, 4, 12)?;
    let run = |index: usize| {
        let at = table.body.start + 8 + index * 12;
        let (chunk, samples) = (number(bytes, at)?, number(bytes, at + 4)?);
        Some((usize::try_from(chunk).ok()?, usize::try_from(samples).ok()?))
    };
    (0..count).map(run).collect()
}

/// How long samples are.
enum Sizes {
    /// All the same.
    Equal(u64),
    /// Each as its entry says; the first entry's place, and how many there are.
    Listed(usize, usize),
}

impl Sizes {
    fn of(bytes: &[u8], table: &Box4) -> Option<Self> {
        match number(bytes, table.body.start + 4)? {
            0 => Some(Self::Listed(table.body.start + 12, entries(bytes, table, 8, 4)?)),
            equal => Some(Self::Equal(equal.into())),
        }
    }

    fn sum(&self, bytes: &[u8], samples: Range<usize>) -> Option<u64> {
        match self {
            Self::Equal(size) => size.checked_mul(samples.len() as u64),
            Self::Listed(_, count) if samples.end > *count => None,
            Self::Listed(first, _) => samples
                .map(|sample| number(bytes, first + sample * 4).map(u64::from))
                .sum(),
        }
    }
}

/// What belongs to data tracks alone; none when it overlaps with what is kept, or lies outside of the file.
pub(super) fn apart(data: &[Track], kept: &[Track], length: u64) -> Option<Vec<Range<u64>>> {
    let all = |tracks: &[Track]| -> Vec<Range<u64>> {
        let chunks = tracks.iter().flat_map(|track| track.chunks.iter().cloned());
        chunks.filter(|chunk| !chunk.is_empty()).collect()
    };
    let (unneeded, mut needed) = (all(data), all(kept));
    needed.sort_by_key(|chunk| chunk.start);
    // How far the pieces up to here reach.
    let mut reach = 0;
    let reaches: Vec<u64> = needed
        .iter()
        .map(|chunk| {
            reach = chunk.end.max(reach);
            reach
        })
        .collect();
    for chunk in &unneeded {
        let before = needed.partition_point(|other| other.start < chunk.end);
        let overlaps = before > 0 && reaches[before - 1] > chunk.start;
        if overlaps || chunk.end > length {
            return None;
        }
    }
    Some(unneeded)
}
