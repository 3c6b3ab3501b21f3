//! The stored form of a secret: one column of bytes.

use std::fmt;

use super::{KeyId, VaultError};

pub(super) const KEY_BYTES: usize = 32;
pub(super) const NONCE_BYTES: usize = 12;
pub(super) const TAG_BYTES: usize = 16;
const FORM: u8 = 1;

/// An encrypted secret: the value under its own data key, and that data key under a key of the ring.
///
/// As bytes: form (1), length of the key id, key id, wrap nonce (12), wrapped key (32), its tag (16),
/// value nonce (12), value tag (16), encrypted value (the rest).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    pub(super) wrapped: Wrapped,
    pub(super) nonce: [u8; NONCE_BYTES],
    pub(super) tag: [u8; TAG_BYTES],
    pub(super) ciphertext: Vec<u8>,
}

/// A data key under a key-encryption key: all that a rotation replaces.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Wrapped {
    pub(super) key_id: KeyId,
    pub(super) nonce: [u8; NONCE_BYTES],
    pub(super) key: [u8; KEY_BYTES],
    pub(super) tag: [u8; TAG_BYTES],
}

impl Sealed {
    /// The key-encryption key that opens this secret.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.wrapped.key_id
    }

    /// The form for the database.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let id = self.wrapped.key_id.as_str().as_bytes();
        let fixed = 2 + 2 * NONCE_BYTES + KEY_BYTES + 2 * TAG_BYTES;
        let mut bytes = Vec::with_capacity(fixed + id.len() + self.ciphertext.len());
        bytes.push(FORM);
        // An id has at most 32 bytes.
        bytes.push(u8::try_from(id.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(id);
        bytes.extend_from_slice(&self.wrapped.nonce);
        bytes.extend_from_slice(&self.wrapped.key);
        bytes.extend_from_slice(&self.wrapped.tag);
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.tag);
        bytes.extend_from_slice(&self.ciphertext);
        bytes
    }

    /// Reads what [`Sealed::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when the bytes are too short, of an unknown form, or carry no valid key id.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        let mut rest = bytes;
        let [form, id_length] = take(&mut rest)?;
        if form != FORM {
            return Err(VaultError::Damaged {
                what: "it has a form that this version does not know",
            });
        }
        let (id, after) = rest.split_at_checked(usize::from(id_length)).ok_or(TOO_SHORT)?;
        rest = after;
        let key_id = std::str::from_utf8(id)
            .ok()
            .and_then(|id| id.parse().ok())
            .ok_or(VaultError::Damaged {
                what: "its key id is not one",
            })?;
        let wrapped = Wrapped {
            key_id,
            nonce: take(&mut rest)?,
            key: take(&mut rest)?,
            tag: take(&mut rest)?,
        };
        Ok(Self {
            wrapped,
            nonce: take(&mut rest)?,
            tag: take(&mut rest)?,
            ciphertext: rest.to_vec(),
        })
    }
}

const TOO_SHORT: VaultError = VaultError::Damaged {
    what: "it is too short",
};

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], VaultError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(TOO_SHORT)?;
    *rest = tail;
    Ok(*head)
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("key_id", &self.wrapped.key_id)
            .field("bytes", &self.ciphertext.len())
            .finish_non_exhaustive()
    }
}
