//! What a verification can find.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Head, LedgerError};
use crate::domain::ids::{EntryId, OrganizationId};

/// One finding. Every one of them means that somebody or something changed the ledger outside of Sekisho,
/// except [`Problem::UnsealedTooOld`], which may also mean that sealing has stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Problem {
    /// Seals were removed, or numbers changed.
    #[error("seal {found} stands where seal {expected} should: seals were removed or renumbered")]
    GapInSequence {
        /// The number that is due.
        expected: i64,
        /// The number that is there.
        found: i64,
    },
    /// A seal does not continue the seal before it.
    #[error(
        "seal {seq} (entry {entry}) does not continue the seal before it: one of the two was changed or replaced"
    )]
    WrongPrevious {
        /// The later of the two.
        seq: i64,
        /// What it seals.
        entry: EntryId,
    },
    /// The hash of a seal is not the hash of what it seals.
    #[error("the hash of seal {seq} does not match: the seal or its entry {entry} was changed")]
    WrongHash {
        /// Which seal.
        seq: i64,
        /// What it seals.
        entry: EntryId,
    },
    /// There is a seal, but no entry.
    #[error("entry {entry}, sealed as number {seq}, is missing")]
    EntryMissing {
        /// Its seal.
        seq: i64,
        /// Which entry.
        entry: EntryId,
    },
    /// The hashed bytes of an entry no longer have the digest they were stored with.
    #[error("entry {entry} was altered: its content no longer has the digest it was written with")]
    EntryAltered {
        /// Its seal, when it has one.
        seq: Option<i64>,
        /// Which entry.
        entry: EntryId,
    },
    /// The hashed bytes of an entry cannot be read.
    #[error("the sealed content of entry {entry} cannot be read: {reason}")]
    EntryUnreadable {
        /// Its seal, when it has one.
        seq: Option<i64>,
        /// Which entry.
        entry: EntryId,
        /// Why not.
        #[serde(serialize_with = "as_text")]
        reason: LedgerError,
    },
    /// A plain column shows something else than the hashed bytes.
    #[error("the column '{column}' of entry {entry} shows something else than its sealed content")]
    ColumnsDisagree {
        /// Its seal, when it has one.
        seq: Option<i64>,
        /// Which entry.
        entry: EntryId,
        /// Which column.
        column: &'static str,
    },
    /// Two seals for one entry.
    #[error("seal {seq} seals entry {entry} a second time")]
    SealDuplicatesEntry {
        /// The later seal.
        seq: i64,
        /// Which entry.
        entry: EntryId,
    },
    /// An entry of another organization.
    #[error("entry {entry} belongs to another organization ({organization})")]
    ForeignOrganization {
        /// Its seal, when it has one.
        seq: Option<i64>,
        /// Which entry.
        entry: EntryId,
        /// Whose it is.
        organization: OrganizationId,
    },
    /// The stored head is before the end of the chain.
    #[error(
        "the stored head is at seal {stored}, but the chain goes on to seal {chain}: seals were added or the head was set back"
    )]
    HeadBehind {
        /// Where the stored head is; 0 when there is none.
        stored: i64,
        /// Where the chain ends.
        chain: i64,
    },
    /// The stored head is after the end of the chain.
    #[error("the stored head is at seal {stored}, but the chain ends at seal {chain}: its end was cut off")]
    HeadAhead {
        /// Where the stored head is.
        stored: i64,
        /// Where the chain ends; 0 when it is empty.
        chain: i64,
    },
    /// The stored head has another hash than the last seal.
    #[error(
        "the stored head and the last seal (number {seq}) have different hashes: one of the two was changed"
    )]
    HeadDiffers {
        /// The number that both have.
        seq: i64,
    },
    /// A head that was noted elsewhere is not in the chain.
    #[error("the noted head {expected} is not in the chain: what was sealed up to number {seq} was rewritten or removed", seq = expected.seq)]
    ExpectedHeadNotFound {
        /// What was noted.
        expected: Head,
    },
    /// An entry waits for its seal for too long.
    #[error(
        "entry {entry} of {at} is still not sealed: sealing has stopped, or the entry was added outside of Sekisho"
    )]
    UnsealedTooOld {
        /// Which entry.
        entry: EntryId,
        /// When it was written.
        at: DateTime<Utc>,
    },
}

fn as_text<S: serde::Serializer>(error: &LedgerError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(error)
}
