//! Platform credentials at rest: every value is encrypted under a data key of its own, and the data key
//! under a key-encryption key that never enters the database.
//!
//! A stored secret is bound to its place (organization, account, name, version): copied to another row
//! it does not open. Rotating the key-encryption key re-wraps the data keys and touches no value.

mod break_glass;
mod credential;
mod envelope;
mod error;
pub mod file;
mod handover;
mod key_ring;
mod sealed;
mod secret;

pub use break_glass::{Keeper, disclose, enclose, new_keeper};
pub use credential::{Credential, NoCredential, SecretName};
pub use envelope::{MAX_SECRET_BYTES, Rewrapped, SecretRef, needs_rewrap, open, rewrap, seal};
pub use error::VaultError;
pub use handover::{Fingerprint, HandoverKey, HandoverRef, hand_over, handover_key, take_over};
pub use key_ring::{KeyId, KeyRing};
pub use sealed::Sealed;
pub use secret::Secret;

/// Where keys and nonces come from. A parameter everywhere, so that tests can fix it.
pub trait Entropy: Send + Sync {
    /// Fills the buffer with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// Fills the buffer from the operating system.
    ///
    /// # Panics
    /// When the operating system has no generator to offer: a key or a nonce that can be guessed is
    /// worse than a request that dies.
    fn fill(&self, bytes: &mut [u8]) {
        use rand::{RngCore as _, TryRngCore as _};
        rand::rngs::OsRng.unwrap_err().fill_bytes(bytes);
    }
}

/// Repeatable bytes for tests; two fills are never the same.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct CountingEntropy(std::sync::atomic::AtomicU64);

#[cfg(test)]
impl Entropy for CountingEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        use sha2::{Digest as _, Sha256};
        for chunk in bytes.chunks_mut(32) {
            let count = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let block: [u8; 32] = Sha256::digest(count.to_be_bytes()).into();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_generator_does_not_repeat() {
        let (mut one, mut two) = ([0; 32], [0; 32]);
        SystemEntropy.fill(&mut one);
        SystemEntropy.fill(&mut two);
        assert_ne!(one, [0; 32]);
        assert_ne!(one, two);
    }
}
