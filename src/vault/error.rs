//! Everything that can go wrong in the vault. No message ever contains key material or a secret.

use std::{io, path::PathBuf};

use super::key_ring::KeyId;

/// Why a key ring or a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A text that is no key of a keeper.
    #[error("a keeper's key is an age public key, such as age1…")]
    Keeper,
    /// An envelope that one person alone could open.
    #[error("an envelope is for two people at least: name two different keys with --to")]
    FewKeepers,
    /// A file without a key in it.
    #[error("there is no age identity (AGE-SECRET-KEY-1…) in the file")]
    Identity,
    /// The envelope does not open, or holds something else.
    #[error("the envelope does not open with this key, was altered, or is not this organization's")]
    Envelope,
    /// What was handed over does not open, or cannot be sealed.
    #[error(
        "what was handed to the dispatchers does not open: it was altered, or sealed to a key that is not theirs"
    )]
    Handover,
    /// A text that is no fingerprint.
    #[error("a fingerprint is 32 hexadecimal digits, as `sekisho vault status` shows it")]
    Fingerprint,
    /// What was opened is no credential.
    #[error(transparent)]
    Credential(#[from] super::NoCredential),
    /// A text that is not a key id.
    #[error(
        "a key id is 1 to 32 ASCII letters, digits, '.', '_' or '-' (for example k2026a), and not the word 'current'"
    )]
    KeyId,
    /// The first word of a key ring line is not a key id.
    #[error(
        "key ring, line {line}: the first word is not a key id (1 to 32 ASCII letters, digits, '.', '_' or '-', and not 'current')"
    )]
    KeyLineId {
        /// Counted from 1.
        line: usize,
    },
    /// A key ring line ends after the key id.
    #[error("key ring, line {line}: the key is missing; write `key-id base64-of-32-bytes`")]
    KeyLineIncomplete {
        /// Counted from 1.
        line: usize,
    },
    /// The second word of a key ring line is not Base64.
    #[error("key ring, line {line}: the key is not valid Base64 (standard alphabet)")]
    KeyLineEncoding {
        /// Counted from 1.
        line: usize,
    },
    /// A key of the wrong length.
    #[error("key ring, line {line}: the key is not exactly 32 bytes long")]
    KeyLineLength {
        /// Counted from 1.
        line: usize,
    },
    /// A key of 32 equal bytes.
    #[error(
        "key ring, line {line}: this is a placeholder, not a random key; generate one with `sekisho vault init`"
    )]
    KeyLinePlaceholder {
        /// Counted from 1.
        line: usize,
    },
    /// Something other than `current` follows the key.
    #[error("key ring, line {line}: only the word 'current' or a # comment may follow the key")]
    KeyLineTrailing {
        /// Counted from 1.
        line: usize,
    },
    /// Two lines with one key id.
    #[error("key ring, line {line}: the key id is already used on line {first}; give every key its own id")]
    KeyLineRepeatsId {
        /// Counted from 1.
        line: usize,
        /// Where the id stands already.
        first: usize,
    },
    /// Two lines with one key.
    #[error("key ring, line {line}: the key is the same as on line {first}; a rotation needs a new key")]
    KeyLineRepeatsKey {
        /// Counted from 1.
        line: usize,
        /// Where the key stands already.
        first: usize,
    },
    /// Two lines marked `current`.
    #[error("key ring, line {line}: line {first} is already marked 'current'; mark one key only")]
    KeyLineSecondCurrent {
        /// Counted from 1.
        line: usize,
        /// The line that is marked already.
        first: usize,
    },
    /// No key at all.
    #[error("the key ring holds no key; generate one with `sekisho vault init`")]
    NoKeys,
    /// A key with this id exists already.
    #[error("the key ring already has a key {key_id}; choose another id for the new key")]
    KeyExists {
        /// The id that is taken.
        key_id: KeyId,
    },
    /// A secret was encrypted under a key that is gone.
    #[error(
        "the secret is encrypted under key {key_id}, which is not in the key ring; put that key back or connect the account again"
    )]
    UnknownKey {
        /// The key that is needed.
        key_id: KeyId,
    },
    /// The data key does not unwrap.
    #[error(
        "the secret does not open: it was altered or moved from another place, or key {key_id} in the key ring is not the key that encrypted it"
    )]
    WrappedKeyRefused {
        /// The key that was tried.
        key_id: KeyId,
    },
    /// The data key unwraps, the value does not.
    #[error(
        "the secret does not open: its encrypted value was altered; restore it from a backup or connect the account again"
    )]
    ValueRefused,
    /// Stored bytes that are no sealed secret.
    #[error("the stored secret is damaged: {what}; restore it from a backup or connect the account again")]
    Damaged {
        /// What is wrong with the bytes.
        what: &'static str,
    },
    /// A value beyond the limit.
    #[error("the secret has {bytes} bytes; at most {limit} can be stored")]
    TooLarge {
        /// How many bytes it has.
        bytes: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The key file cannot be read.
    #[error("cannot read the key file {path}: {source}", path = path.display())]
    ReadFile {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The key file cannot be written.
    #[error("cannot write the key file {path}: {source}", path = path.display())]
    WriteFile {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A key file is never overwritten.
    #[error("the key file {path} exists already and is not overwritten: secrets may depend on it", path = path.display())]
    FileExists {
        /// Which file.
        path: PathBuf,
    },
    /// The path is a directory, a device or the like.
    #[error("the key file {path} is not a regular file", path = path.display())]
    NotAFile {
        /// Which path.
        path: PathBuf,
    },
    /// Group or others can get at the key file.
    #[error(
        "the key file {path} has mode {mode:04o}: group or others have access; run `chmod 600` on it",
        path = path.display()
    )]
    OpenToOthers {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file is no text, or far too long to be one.
    #[error("the key file {path} is not a key ring: {what}", path = path.display())]
    NotAKeyRing {
        /// Which file.
        path: PathBuf,
        /// Why not.
        what: &'static str,
    },
}
