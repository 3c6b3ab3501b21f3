//! The boxes that MP4 and QuickTime files are made of: a length, a name, a body.

use std::ops::Range;

/// The beginning of a box in a file.
pub(super) struct Header {
    pub(super) kind: [u8; 4],
    pub(super) body: u64,
    pub(super) end: u64,
}

impl Header {
    /// The header that stands at a place, if the box ends inside of what holds it.
    pub(super) fn parse(bytes: &[u8], at: u64, limit: u64) -> Option<Self> {
        let kind = bytes.get(4..8)?.try_into().ok()?;
        let short = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
        let (size, head) = match short {
            0 => (limit.checked_sub(at)?, 8),
            1 => (u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?), 16),
            size => (u64::from(size), 8),
        };
        let end = at.checked_add(size)?;
        (size >= head && end <= limit).then_some(Self {
            kind,
            body: at + head,
            end,
        })
    }
}

/// A box in memory.
#[derive(Debug, Clone)]
pub(super) struct Box4 {
    pub(super) kind: [u8; 4],
    /// Where it begins, its header included.
    pub(super) start: usize,
    /// What it holds.
    pub(super) body: Range<usize>,
}

/// The boxes of a range; none when it is not made of boxes. A few zeros may stand at its end.
pub(super) fn inside(bytes: &[u8], range: Range<usize>) -> Option<Vec<Box4>> {
    let mut found = Vec::new();
    let mut at = range.start;
    while range.end.checked_sub(at)? >= 8 {
        let rest = bytes.get(at..range.end)?;
        let header = Header::parse(&rest[..rest.len().min(16)], at as u64, range.end as u64)?;
        let end = usize::try_from(header.end).ok()?;
        found.push(Box4 {
            kind: header.kind,
            start: at,
            body: usize::try_from(header.body).ok()?..end,
        });
        at = end;
    }
    bytes
        .get(at..range.end)?
        .iter()
        .all(|byte| *byte == 0)
        .then_some(found)
}

/// The boxes of the one that the bytes are.
pub(super) fn inside_first(bytes: &[u8]) -> Option<Vec<Box4>> {
    let outer = inside(bytes, 0..bytes.len())?;
    inside(bytes, outer.first()?.body.clone())
}

/// The first box of a kind.
pub(super) fn first(found: &[Box4], kind: [u8; 4]) -> Option<&Box4> {
    found.iter().find(|one| one.kind == kind)
}

/// Makes a box one of free space.
pub(super) fn blank(bytes: &mut [u8], found: &Box4) {
    bytes[found.start + 4..found.start + 8].copy_from_slice(b"free");
    bytes[found.body.clone()].fill(0);
}

/// A number of four bytes.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// A number of eight bytes.
pub(super) fn long(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}
