//! One entry: who did what to which thing, when, under which policy.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    LedgerError,
    form::{self, Reader},
};
use crate::domain::{
    canonical::Canonical,
    ids::{EntryId, OrganizationId},
};

const TAG: &str = "sekisho/ledger-entry/v1";

/// The plain columns of an entry, as people query them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Which entry.
    pub id: EntryId,
    /// Whose ledger.
    pub organization: OrganizationId,
    /// When, to the microsecond.
    pub at: DateTime<Utc>,
    /// Who: `user:usr_…`, `system:dispatcher`.
    pub actor: String,
    /// What: `post.submitted`.
    pub verb: String,
    /// To which thing: `pst_…`.
    pub subject: String,
    /// The digest of the policy that was in force, where one mattered.
    pub policy: Option<[u8; 32]>,
    /// Everything else. Integers only; other numbers have no exact form and go in as text.
    pub details: Value,
}

/// An entry with its canonical bytes and their digest. Immutable, so that the three always agree.
///
/// The bytes are, as fields of [`Canonical`]: the tag `sekisho/ledger-entry/v1`, id, organization,
/// microseconds since 1970 (number), actor, verb, subject, policy (one byte 0, or one byte 1 and the
/// digest), details (see `form.rs`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    columns: Columns,
    canonical: Vec<u8>,
    digest: [u8; 32],
}

impl Entry {
    /// Checks the columns and encodes them. The time is cut to microseconds, which is what databases keep.
    ///
    /// # Errors
    /// [`LedgerError::Text`] for an empty or unprintable actor, verb or subject; [`LedgerError::Number`] or
    /// [`LedgerError::TooDeep`] for details without a canonical form; [`LedgerError::Time`].
    pub fn new(columns: Columns) -> Result<Self, LedgerError> {
        let micros = columns.at.timestamp_micros();
        let at = DateTime::from_timestamp_micros(micros).ok_or(LedgerError::Time)?;
        let columns = Columns { at, ..columns };
        let mut canonical = Canonical::tagged(TAG);
        canonical
            .text(&columns.id.to_string())
            .text(&columns.organization.to_string())
            .number(micros);
        for (column, text) in [
            ("actor", &columns.actor),
            ("verb", &columns.verb),
            ("subject", &columns.subject),
        ] {
            if text.is_empty() || text.chars().any(char::is_control) {
                return Err(LedgerError::Text { column });
            }
            canonical.text(text);
        }
        match &columns.policy {
            None => canonical.bytes(&[0]),
            Some(policy) => canonical.bytes(&[1]).bytes(policy),
        };
        form::write(&mut canonical, &columns.details, "", 0)?;
        let digest = canonical.sha256();
        Ok(Self {
            columns,
            canonical: canonical.into_bytes(),
            digest,
        })
    }

    /// Reads an entry back from its canonical bytes: the exact inverse of [`Entry::canonical`].
    ///
    /// # Errors
    /// [`LedgerError::Malformed`] for bytes that no entry has, however small the difference.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, LedgerError> {
        let mut reader = Reader::new(bytes);
        if reader.text()? != TAG {
            return Err(LedgerError::Malformed {
                what: "it has a form that this version does not know",
            });
        }
        let id = reader.text()?.parse();
        let organization = reader.text()?.parse();
        let columns = Columns {
            id: id.map_err(|_| LedgerError::Malformed {
                what: "its id is not one",
            })?,
            organization: organization.map_err(|_| LedgerError::Malformed {
                what: "its organization is not one",
            })?,
            at: DateTime::from_timestamp_micros(reader.number()?).ok_or(LedgerError::Time)?,
            actor: reader.text()?.to_owned(),
            verb: reader.text()?.to_owned(),
            subject: reader.text()?.to_owned(),
            policy: match reader.mark()? {
                0 => None,
                1 => Some(reader.array()?),
                _ => {
                    return Err(LedgerError::Malformed {
                        what: "its policy is neither absent nor present",
                    });
                }
            },
            details: reader.value(0)?,
        };
        reader.end()?;
        let entry = Self::new(columns)?;
        // Unsorted or repeated keys, upper-case ids: readable, but not what an entry encodes to.
        if entry.canonical != bytes {
            return Err(LedgerError::Malformed {
                what: "it is not in its canonical form",
            });
        }
        Ok(entry)
    }

    /// The plain columns.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The bytes that are hashed; to be stored beside the columns.
    #[must_use]
    pub fn canonical(&self) -> &[u8] {
        &self.canonical
    }

    /// SHA-256 of [`Entry::canonical`].
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Takes the entry apart: columns, canonical bytes, digest.
    #[must_use]
    pub fn into_parts(self) -> (Columns, Vec<u8>, [u8; 32]) {
        (self.columns, self.canonical, self.digest)
    }
}

/// SHA-256 of the canonical bytes of an entry, read or not.
pub(super) fn digest_of(canonical: &[u8]) -> [u8; 32] {
    Sha256::digest(canonical).into()
}

#[cfg(test)]
mod tests;
