//! What the data of a camera tell: only so much as to say what was taken out. Values are not read.

use std::collections::BTreeSet;

use crate::domain::media::Removed;

/// Entries of one directory that are looked at; no camera writes more.
const MOST_ENTRIES: usize = 512;

const EXIF_DIRECTORY: u16 = 0x8769;
const POSITION_DIRECTORY: u16 = 0x8825;

/// What a block of EXIF data holds. A block that cannot be read still counts as one.
pub(super) fn holds(block: &[u8]) -> BTreeSet<Removed> {
    let mut found = BTreeSet::from([Removed::Exif]);
    let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    if let Some(tiff) = Tiff::of(block) {
        let first = tiff.number(4);
        let inner = first.and_then(|at| tiff.directory(at, &mut found));
        inner.and_then(|at| tiff.directory(at, &mut found));
    }
    found
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

/// A TIFF structure, which EXIF data are.
struct Tiff<'a> {
    bytes: &'a [u8],
    order: Order,
}

impl<'a> Tiff<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let order = match bytes.get(..4)? {
            b"II*\0" => Order::Little,
            b"MM\0*" => Order::Big,
            _ => return None,
        };
        Some(Self { bytes, order })
    }

    fn number(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let number = match self.order {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        };
        usize::try_from(number).ok()
    }

    fn short(&self, at: usize) -> Option<u16> {
        let bytes = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self.order {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        })
    }

    /// Notes what a directory holds; tells where the inner one begins.
    fn directory(&self, at: usize, found: &mut BTreeSet<Removed>) -> Option<usize> {
        let mut inner = None;
        let count = usize::from(self.short(at)?).min(MOST_ENTRIES);
        for index in 0..count {
            let entry = at.checked_add(2 + index * 12)?;
            let Some(tag) = self.short(entry) else { break };
            found.extend(removed(tag));
            if tag == EXIF_DIRECTORY {
                inner = self.number(entry + 8);
            }
        }
        inner
    }
}

/// What a tag tells, if it tells something that people ask about.
const fn removed(tag: u16) -> Option<Removed> {
    match tag {
        POSITION_DIRECTORY => Some(Removed::Position),
        // Make, Model, MakerNote, body and lens: make, model, serial number.
        0x010f | 0x0110 | 0x927c | 0xa431 | 0xa433..=0xa435 => Some(Removed::Device),
        // Artist, Copyright, owner of the camera.
        0x013b | 0x8298 | 0xa430 => Some(Removed::Person),
        _ => None,
    }
}
