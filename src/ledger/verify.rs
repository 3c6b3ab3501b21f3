//! The verifier: one pass over the seals in order, then the entries that wait for theirs.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{Columns, Entry, Head, Problem, entry::digest_of, genesis, seal_hash};
use crate::domain::ids::{EntryId, OrganizationId};

/// A stored seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealRow {
    /// Its number.
    pub seq: i64,
    /// What it seals.
    pub entry_id: EntryId,
    /// The hash of the seal before.
    pub prev: [u8; 32],
    /// Its own hash.
    pub hash: [u8; 32],
}

/// A stored entry, nothing of it trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// The plain columns.
    pub columns: Columns,
    /// The stored canonical bytes.
    pub canonical: Vec<u8>,
    /// The stored digest.
    pub digest: [u8; 32],
}

impl From<Entry> for EntryRow {
    fn from(entry: Entry) -> Self {
        let (columns, canonical, digest) = entry.into_parts();
        Self {
            columns,
            canonical,
            digest,
        }
    }
}

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whose ledger.
    pub organization: OrganizationId,
    /// How many seals there are.
    pub sealed: u64,
    /// How many entries wait for a seal.
    pub unsealed: u64,
    /// Where the chain ends: the head to note for the next time.
    pub head: Head,
    /// Everything that was found, in the order of the ledger. Empty when all is well.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Checks the ledger of one organization.
///
/// Feed it every seal in the order of the numbers, each with its entry, then [`Verifier::finish`]. It keeps
/// the ids of the entries it has seen (16 bytes each) and nothing else of them.
#[derive(Debug)]
pub struct Verifier {
    organization: OrganizationId,
    head: Head,
    sealed: u64,
    seen: HashSet<EntryId>,
    /// Noted heads that were not met yet.
    expected: Vec<Head>,
    problems: Vec<Problem>,
}

impl Verifier {
    /// A verifier that has seen nothing.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            head: Head {
                seq: 0,
                hash: genesis(organization),
            },
            sealed: 0,
            seen: HashSet::new(),
            expected: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Adds a head that was noted earlier, outside of the database; the chain must contain it. To be called
    /// before the first seal is fed.
    #[must_use]
    pub fn expecting(mut self, noted: Head) -> Self {
        if noted != self.head {
            self.expected.push(noted);
        }
        self
    }

    /// Checks the next seal and its entry, `None` when there is no such entry.
    pub fn feed(&mut self, seal: &SealRow, entry: Option<&EntryRow>) {
        let SealRow {
            seq,
            entry_id,
            prev,
            hash,
        } = *seal;
        let due = self.head.seq.saturating_add(1);
        if seq != due {
            self.problems.push(Problem::GapInSequence {
                expected: due,
                found: seq,
            });
        }
        if prev != self.head.hash {
            self.problems
                .push(Problem::WrongPrevious { seq, entry: entry_id });
        }
        if !self.seen.insert(entry_id) {
            self.problems
                .push(Problem::SealDuplicatesEntry { seq, entry: entry_id });
        }
        match entry {
            None => self.problems.push(Problem::EntryMissing { seq, entry: entry_id }),
            Some(row) => {
                let digest = digest_of(&row.canonical);
                let seals = |digest| seal_hash(self.organization, seq, entry_id, digest, &prev) == hash;
                // A seal that fits the stored digest is intact: only the content was altered, which is
                // reported as such below.
                if !seals(&digest) && !seals(&row.digest) {
                    self.problems.push(Problem::WrongHash { seq, entry: entry_id });
                }
                self.check(Some(seq), entry_id, row, digest);
            }
        }
        // Going on from what is stored reports one change once, and not in every seal after it.
        self.head = Head { seq, hash };
        self.sealed += 1;
        let met = self.head;
        self.expected.retain(|noted| *noted != met);
    }

    /// Checks the stored head and the entries without a seal, and reports.
    ///
    /// `stored_head` is what the database holds as the end of the chain; `None` is the same as number 0.
    /// An unsealed entry may be at most `max_unsealed_age` old.
    #[must_use]
    pub fn finish(
        mut self,
        stored_head: Option<Head>,
        unsealed: impl IntoIterator<Item = EntryRow>,
        now: DateTime<Utc>,
        max_unsealed_age: TimeDelta,
    ) -> Report {
        self.check_head(stored_head);
        let lost = std::mem::take(&mut self.expected);
        self.problems.extend(
            lost.into_iter()
                .map(|expected| Problem::ExpectedHeadNotFound { expected }),
        );
        let mut waiting = 0;
        for row in unsealed {
            waiting += 1;
            let Columns { id, at, .. } = row.columns;
            self.check(None, id, &row, digest_of(&row.canonical));
            if now.signed_duration_since(at) > max_unsealed_age {
                self.problems.push(Problem::UnsealedTooOld { entry: id, at });
            }
        }
        Report {
            organization: self.organization,
            sealed: self.sealed,
            unsealed: waiting,
            head: self.head,
            problems: self.problems,
        }
    }

    fn check_head(&mut self, stored: Option<Head>) {
        let empty = Head {
            seq: 0,
            hash: genesis(self.organization),
        };
        let stored = stored.unwrap_or(empty);
        let chain = self.head.seq;
        if stored.seq < chain {
            self.problems.push(Problem::HeadBehind {
                stored: stored.seq,
                chain,
            });
        } else if stored.seq > chain {
            self.problems.push(Problem::HeadAhead {
                stored: stored.seq,
                chain,
            });
        } else if stored.hash != self.head.hash {
            self.problems.push(Problem::HeadDiffers { seq: chain });
        }
    }

    /// Compares the three forms of an entry: bytes, digest, columns.
    fn check(&mut self, seq: Option<i64>, entry: EntryId, row: &EntryRow, digest: [u8; 32]) {
        if digest != row.digest {
            self.problems.push(Problem::EntryAltered { seq, entry });
        }
        let content = match Entry::from_canonical(&row.canonical) {
            Ok(content) => content,
            Err(reason) => {
                return self
                    .problems
                    .push(Problem::EntryUnreadable { seq, entry, reason });
            }
        };
        let (sealed, shown) = (content.columns(), &row.columns);
        if sealed.organization != self.organization {
            let organization = sealed.organization;
            self.problems.push(Problem::ForeignOrganization {
                seq,
                entry,
                organization,
            });
        }
        let agreements = [
            // The seal names an entry, the row has an id, the content has one: all the same.
            ("id", sealed.id == entry && shown.id == entry),
            ("organization", sealed.organization == shown.organization),
            ("at", sealed.at == shown.at),
            ("actor", sealed.actor == shown.actor),
            ("verb", sealed.verb == shown.verb),
            ("subject", sealed.subject == shown.subject),
            ("policy", sealed.policy == shown.policy),
            ("details", sealed.details == shown.details),
        ];
        for (column, agrees) in agreements {
            if !agrees {
                self.problems
                    .push(Problem::ColumnsDisagree { seq, entry, column });
            }
        }
    }
}

#[cfg(test)]
mod tests;
