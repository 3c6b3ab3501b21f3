//! Seals: one a ledger entry, each with the hash of the one before.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use super::LedgerError;
use crate::domain::{
    canonical::Canonical,
    ids::{EntryId, OrganizationId},
};

/// What the first seal of an organization refers to as the one before.
#[must_use]
pub fn genesis(organization: OrganizationId) -> [u8; 32] {
    let mut canonical = Canonical::tagged("sekisho/ledger-genesis/v1");
    canonical.text(&organization.to_string());
    canonical.sha256()
}

/// The hash of a seal: SHA-256 over organization, number, entry, digest of the entry, hash of the seal before.
#[must_use]
pub fn seal_hash(
    organization: OrganizationId,
    seq: i64,
    entry: EntryId,
    entry_digest: &[u8; 32],
    prev: &[u8; 32],
) -> [u8; 32] {
    let mut canonical = Canonical::tagged("sekisho/ledger-seal/v1");
    canonical
        .text(&organization.to_string())
        .number(seq)
        .text(&entry.to_string())
        .bytes(entry_digest)
        .bytes(prev);
    canonical.sha256()
}

/// The seal of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// Whose ledger.
    pub organization: OrganizationId,
    /// Its number in that ledger, from 1, without gaps.
    pub seq: i64,
    /// What is sealed.
    pub entry: EntryId,
    /// The hash of the seal before, or [`genesis`].
    pub prev: [u8; 32],
    /// See [`seal_hash`].
    pub hash: [u8; 32],
}

/// Where a chain ends. As text `<number>:<hash>`, short enough to be printed and filed on paper: everything
/// up to there is fixed from then on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the last seal; 0 before the first.
    pub seq: i64,
    /// Its hash; [`genesis`] before the first.
    pub hash: [u8; 32],
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, hex::encode(self.hash))
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Head {
    type Err = LedgerError;

    /// Reads `<number>:<64 hexadecimal digits>`; space around it and upper case are accepted, since people
    /// copy it by hand.
    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let (seq, hash) = text.trim().split_once(':').ok_or(LedgerError::Head)?;
        // `parse` alone would take a sign.
        if !seq.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(LedgerError::Head);
        }
        let seq = seq.parse().map_err(|_| LedgerError::Head)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(hash, &mut bytes).map_err(|_| LedgerError::Head)?;
        Ok(Self { seq, hash: bytes })
    }
}

impl Serialize for Head {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The writing end of an organization's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    organization: OrganizationId,
    head: Head,
}

impl Chain {
    /// An empty chain.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            head: Head {
                seq: 0,
                hash: genesis(organization),
            },
        }
    }

    /// The continuation of a stored chain.
    #[must_use]
    pub fn continuing(organization: OrganizationId, head: Head) -> Self {
        Self { organization, head }
    }

    /// Where the chain ends now.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Seals the next entry.
    pub fn next(&mut self, entry: EntryId, entry_digest: [u8; 32]) -> Seal {
        let Head { seq, hash: prev } = self.head;
        // Never reached by counting; a forged head at the very end gets a repeated number, which the
        // database refuses.
        let seq = seq.saturating_add(1);
        let hash = seal_hash(self.organization, seq, entry, &entry_digest, &prev);
        self.head = Head { seq, hash };
        Seal {
            organization: self.organization,
            seq,
            entry,
            prev,
            hash,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn organization(number: u128) -> OrganizationId {
        OrganizationId::new(Uuid::from_u128(number))
    }

    fn entry(number: u128) -> EntryId {
        EntryId::new(Uuid::from_u128(number))
    }

    #[test]
    fn every_seal_refers_to_the_one_before() {
        let mut chain = Chain::new(organization(1));
        let one = chain.next(entry(1), [1; 32]);
        let mut again = Chain::continuing(organization(1), chain.head());
        let two = again.next(entry(2), [2; 32]);
        assert_eq!((one.seq, one.prev), (1, genesis(organization(1))));
        assert_eq!((two.seq, two.prev), (2, one.hash));
        assert_eq!(
            again.head(),
            Head {
                seq: 2,
                hash: two.hash
            }
        );
        assert_eq!(two, chain.next(entry(2), [2; 32]));
    }

    #[test]
    fn the_form_is_pinned() {
        let seal = Chain::new(organization(1)).next(entry(2), [3; 32]);
        // Another value here means that every ledger in existence no longer verifies.
        assert_eq!(
            Head {
                seq: seal.seq,
                hash: seal.hash
            }
            .to_string(),
            "1:9baf7ffc04d892a8007efa39792bb3913c57ababbd54ec1249db538ae58f5ce6"
        );
    }

    #[test]
    fn every_part_enters_the_hash() {
        let base = seal_hash(organization(1), 1, entry(1), &[1; 32], &[2; 32]);
        for other in [
            seal_hash(organization(2), 1, entry(1), &[1; 32], &[2; 32]),
            seal_hash(organization(1), 2, entry(1), &[1; 32], &[2; 32]),
            seal_hash(organization(1), 1, entry(2), &[1; 32], &[2; 32]),
            seal_hash(organization(1), 1, entry(1), &[2; 32], &[2; 32]),
            seal_hash(organization(1), 1, entry(1), &[1; 32], &[1; 32]),
        ] {
            assert_ne!(base, other);
        }
        assert_ne!(genesis(organization(1)), genesis(organization(2)));
    }

    #[test]
    fn what_is_no_head_is_refused() {
        let hash = "ab".repeat(32);
        let long = format!("99999999999999999999:{hash}");
        for text in [
            "",
            ":",
            "1",
            "1:ab",
            &format!(":{hash}"),
            &format!("-1:{hash}"),
            &format!("+1:{hash}"),
            &long,
        ] {
            assert!(text.parse::<Head>().is_err(), "{text}");
        }
        let copied = format!(" 7:{}\n", hash.to_uppercase());
        assert_eq!(
            copied.parse(),
            Ok(Head {
                seq: 7,
                hash: [0xab; 32]
            })
        );
    }

    proptest! {
        #[test]
        fn a_head_comes_back_from_its_text(seq in 0..i64::MAX, hash in any::<[u8; 32]>()) {
            let head = Head { seq, hash };
            prop_assert_eq!(head.to_string().parse(), Ok(head));
        }
    }
}
