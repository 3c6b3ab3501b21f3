//! One unambiguous byte form for everything that is hashed: what people sign and what the ledger seals.
//!
//! Every field carries its length, so no two different values share an encoding. The form is
//! deliberately not JSON: there is nothing to normalise and nothing to disagree about.

use sha2::{Digest as _, Sha256};

/// Most encodings, those of findings, are no longer than this.
const USUAL: usize = 192;

/// Appends length-prefixed fields; see the module documentation.
#[derive(Debug, Default)]
pub struct Canonical {
    bytes: Vec<u8>,
}

impl Canonical {
    /// Starts an encoding under a domain tag such as `sekisho/revision/v1`.
    #[must_use]
    pub fn tagged(tag: &str) -> Self {
        let mut canonical = Self {
            bytes: Vec::with_capacity(USUAL),
        };
        canonical.text(tag);
        canonical
    }

    /// A byte string: 8-byte big-endian length, then the bytes.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
        self.bytes.extend_from_slice(value);
        self
    }

    /// UTF-8 text, as [`Canonical::bytes`].
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// A signed number, 8 bytes big-endian, length-prefixed like any other field.
    pub fn number(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// How many items of a list follow.
    pub fn count(&mut self, items: usize) -> &mut Self {
        self.bytes(&(items as u64).to_be_bytes())
    }

    /// Absent is one zero byte; present is a one byte, then the value.
    pub fn optional(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            None => self.bytes(&[0]),
            Some(text) => self.bytes(&[1]).text(text),
        }
    }

    /// The encoded bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// SHA-256 of the encoded bytes.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_fields_cannot_trade_bytes() {
        let mut left = Canonical::tagged("t");
        left.text("ab").text("c");
        let mut right = Canonical::tagged("t");
        right.text("a").text("bc");
        assert_ne!(left.sha256(), right.sha256());
    }

    #[test]
    fn absent_is_not_empty() {
        let mut absent = Canonical::tagged("t");
        absent.optional(None);
        let mut empty = Canonical::tagged("t");
        empty.optional(Some(""));
        assert_ne!(absent.into_bytes(), empty.into_bytes());
    }
}
