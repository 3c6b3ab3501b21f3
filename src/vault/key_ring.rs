//! The key-encryption keys: one encrypts, the others still open what they once encrypted.

use std::{fmt, str::FromStr};

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::{ExposeSecret as _, ExposeSecretMut as _, SecretBox, SecretString};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Entropy, VaultError};

const KEY_BYTES: usize = 32;
/// Base64 of 32 bytes, with padding.
const KEY_TEXT: usize = 44;
const CURRENT: &str = "current";
const HEADER: &str = "# Sekisho key ring. Without these keys no stored credential can be opened: keep a copy apart\n\
                      # from the database backups. Remove a key only after every secret was re-wrapped.\n";

/// People copy keys by hand and lose the padding; that harms nothing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The name of a key-encryption key, such as `k2026a`. Not secret; stored with every secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = VaultError;

    /// Accepts 1 to 32 ASCII letters, digits, `.`, `_` and `-`. A key in Base64 is longer than that, so
    /// swapped columns cannot turn a key into an id that is printed later.
    fn from_str(text: &str) -> Result<Self, VaultError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if (1..=32).contains(&text.len()) && text.bytes().all(plain) && text != CURRENT {
            Ok(Self(text.to_owned()))
        } else {
            Err(VaultError::KeyId)
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One key-encryption key. The bytes stay in one place on the heap, so that moving the ring leaves no copies.
#[derive(Debug)]
pub(super) struct Key {
    id: KeyId,
    bytes: SecretBox<[u8; KEY_BYTES]>,
}

impl Key {
    fn generate(id: KeyId, entropy: &dyn Entropy) -> Self {
        let bytes = SecretBox::init_with_mut(|bytes: &mut [u8; KEY_BYTES]| entropy.fill(bytes));
        Self { id, bytes }
    }

    pub(super) fn id(&self) -> &KeyId {
        &self.id
    }

    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.bytes.expose_secret()
    }

    fn same_bytes(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}

/// The key-encryption keys of an installation; never in the database.
///
/// As text it is one key a line, `key-id base64-of-32-bytes`, optionally followed by `current`; without
/// that mark the first key is the current one. `#` begins a comment.
#[derive(Debug)]
pub struct KeyRing {
    current: Key,
    others: Vec<Key>,
}

impl KeyRing {
    /// A ring with one fresh key.
    #[must_use]
    pub fn generate(id: KeyId, entropy: &dyn Entropy) -> Self {
        Self {
            current: Key::generate(id, entropy),
            others: Vec::new(),
        }
    }

    /// Reads the text form: the content of a key file or of an environment variable.
    ///
    /// # Errors
    /// A `KeyLine…` variant with the number of the offending line, or [`VaultError::NoKeys`]. The text
    /// itself is never repeated in an error.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let mut keys: Vec<(usize, Key)> = Vec::new();
        let mut marked: Option<(usize, usize)> = None;
        // Some editors put a byte order mark in front.
        for (index, content) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = index + 1;
            let content = content.split('#').next().unwrap_or_default();
            let mut words = content.split_whitespace();
            let Some(id) = words.next() else { continue };
            let id = id.parse().map_err(|_| VaultError::KeyLineId { line })?;
            let bytes = parse_key(words.next().ok_or(VaultError::KeyLineIncomplete { line })?, line)?;
            let key = Key { id, bytes };
            if let Some((first, _)) = keys.iter().find(|(_, known)| known.id == key.id) {
                return Err(VaultError::KeyLineRepeatsId { line, first: *first });
            }
            if let Some((first, _)) = keys.iter().find(|(_, known)| known.same_bytes(&key)) {
                return Err(VaultError::KeyLineRepeatsKey { line, first: *first });
            }
            match words.next() {
                None => {}
                Some(CURRENT) => match marked {
                    Some((_, first)) => {
                        return Err(VaultError::KeyLineSecondCurrent { line, first });
                    }
                    None => marked = Some((keys.len(), line)),
                },
                Some(_) => return Err(VaultError::KeyLineTrailing { line }),
            }
            if words.next().is_some() {
                return Err(VaultError::KeyLineTrailing { line });
            }
            keys.push((line, key));
        }
        if keys.is_empty() {
            return Err(VaultError::NoKeys);
        }
        let (_, current) = keys.remove(marked.map_or(0, |(index, _)| index));
        Ok(Self {
            current,
            others: keys.into_iter().map(|(_, key)| key).collect(),
        })
    }

    /// The text form, with a comment on top: what [`KeyRing::parse`] reads.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        // Reserved in full, so that growing leaves no key behind in freed memory.
        let longest_line = 32 + 1 + KEY_TEXT + 1 + CURRENT.len() + 1;
        let mut text = Zeroizing::new(String::with_capacity(
            HEADER.len() + longest_line * (1 + self.others.len()),
        ));
        text.push_str(HEADER);
        for key in self.keys() {
            text.push_str(key.id.as_str());
            text.push(' ');
            BASE64.encode_string(key.expose(), &mut text);
            if key.id == self.current.id {
                text.push(' ');
                text.push_str(CURRENT);
            }
            text.push('\n');
        }
        SecretString::from(text.as_str())
    }

    /// Adds a fresh key and makes it the current one; the others stay, to open what they encrypted.
    ///
    /// # Errors
    /// [`VaultError::KeyExists`] when the ring has a key of that id.
    pub fn add_key(&mut self, id: KeyId, entropy: &dyn Entropy) -> Result<(), VaultError> {
        if self.contains(&id) {
            return Err(VaultError::KeyExists { key_id: id });
        }
        let previous = std::mem::replace(&mut self.current, Key::generate(id, entropy));
        self.others.insert(0, previous);
        Ok(())
    }

    /// The id of the key that encrypts.
    #[must_use]
    pub fn current_id(&self) -> &KeyId {
        &self.current.id
    }

    /// The ids of all keys, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.keys().map(Key::id)
    }

    /// Whether a key of that id is there.
    #[must_use]
    pub fn contains(&self, id: &KeyId) -> bool {
        self.ids().any(|known| known == id)
    }

    pub(super) fn current(&self) -> &Key {
        &self.current
    }

    pub(super) fn key(&self, id: &KeyId) -> Result<&Key, VaultError> {
        self.keys()
            .find(|key| key.id == *id)
            .ok_or_else(|| VaultError::UnknownKey { key_id: id.clone() })
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.others)
    }
}

fn parse_key(word: &str, line: usize) -> Result<SecretBox<[u8; KEY_BYTES]>, VaultError> {
    use base64::DecodeSliceError::{DecodeError, OutputSliceTooSmall};

    // A little more than a key, so that one of 33 bytes is told from one of 32.
    let mut buffer = Zeroizing::new([0_u8; 2 * KEY_BYTES]);
    let length = BASE64
        .decode_slice(word, &mut *buffer)
        .map_err(|error| match error {
            DecodeError(_) => VaultError::KeyLineEncoding { line },
            OutputSliceTooSmall => VaultError::KeyLineLength { line },
        })?;
    if length != KEY_BYTES {
        return Err(VaultError::KeyLineLength { line });
    }
    let mut key = SecretBox::new(Box::new([0_u8; KEY_BYTES]));
    key.expose_secret_mut().copy_from_slice(&buffer[..KEY_BYTES]);
    let bytes = key.expose_secret();
    if bytes.iter().all(|byte| *byte == bytes[0]) {
        return Err(VaultError::KeyLinePlaceholder { line });
    }
    Ok(key)
}

#[cfg(test)]
mod tests;
