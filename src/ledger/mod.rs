//! The ledger (台帳): what happened, in a form that cannot be changed without a trace.
//!
//! An [`Entry`] is written in the transaction of what it reports. Later a [`Chain`] seals the entries of an
//! organization one after the other: every [`Seal`] carries the hash of the one before. A [`Verifier`]
//! recomputes all of it and compares the plain columns with the hashed bytes. Whoever can rewrite the whole
//! database can also rewrite the whole chain; that is found only against a [`Head`] noted elsewhere. An entry
//! that is not sealed yet can be replaced or removed unseen: seal often.

mod entry;
mod form;
mod problem;
mod seal;
mod verify;

pub use entry::{Columns, Entry};
pub use problem::Problem;
pub use seal::{Chain, Head, Seal, genesis, seal_hash};
pub use verify::{EntryRow, Report, SealRow, Verifier};

/// Why something is no ledger entry or no head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Actor, verb or subject is empty or has control characters.
    #[error("the {column} of a ledger entry must be a text without control characters, and not empty")]
    Text {
        /// Which one.
        column: &'static str,
    },
    /// A number without an exact form.
    #[error(
        "the details of a ledger entry hold a number that is not a 64-bit integer at {path:?}; write it as text"
    )]
    Number {
        /// A JSON pointer to it.
        path: String,
    },
    /// Lists in objects in lists…
    #[error("the details of a ledger entry are nested more than {limit} levels deep at {path:?}")]
    TooDeep {
        /// A JSON pointer to the level too many.
        path: String,
        /// How many levels are allowed.
        limit: usize,
    },
    /// A time that the database cannot hold.
    #[error("the time of a ledger entry is outside of the calendar")]
    Time,
    /// Bytes that are not the canonical form of an entry.
    #[error("not a ledger entry: {what}")]
    Malformed {
        /// What is wrong with the bytes.
        what: &'static str,
    },
    /// A text that is no head.
    #[error("expected a ledger head of the form <number>:<64 hexadecimal digits>")]
    Head,
}
