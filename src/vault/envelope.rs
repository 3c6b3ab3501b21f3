//! Sealing, opening and re-wrapping: AES-256-GCM twice, once for the value and once for its data key.

use aes_gcm::{AeadInOut as _, Aes256Gcm, KeyInit as _};
use zeroize::Zeroizing;

use super::{
    Entropy, KeyId, KeyRing, Secret, VaultError,
    key_ring::Key,
    sealed::{KEY_BYTES, NONCE_BYTES, Sealed, TAG_BYTES, Wrapped},
};
use crate::domain::{
    canonical::Canonical,
    ids::{AccountId, OrganizationId},
};

/// The longest secret in bytes: far beyond any token or private key, far below what would hurt the database.
pub const MAX_SECRET_BYTES: usize = 64 * 1024;

type DataKey = Zeroizing<[u8; KEY_BYTES]>;

/// The place of a secret. A sealed secret opens in the place it was sealed for and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretRef<'a> {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The account it belongs to.
    pub account: AccountId,
    /// Which of the account's secrets, for example `access_token`.
    pub name: &'a str,
    /// Which write of it.
    pub version: i64,
}

impl SecretRef<'_> {
    fn place(&self) -> Canonical {
        let mut place = Canonical::tagged("sekisho/vault/v1");
        place
            .text(&self.organization.to_string())
            .text(&self.account.to_string())
            .text(self.name)
            .number(self.version);
        place
    }

    /// What the value is bound to. Without the key id: a rotation must not touch the value.
    fn of_value(&self) -> Vec<u8> {
        let mut place = self.place();
        place.text("value");
        place.into_bytes()
    }

    /// What the wrapped data key is bound to.
    fn of_key(&self, key_id: &KeyId) -> Vec<u8> {
        let mut place = self.place();
        place.text("key").text(key_id.as_str());
        place.into_bytes()
    }
}

/// The outcome of [`rewrap`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrapped {
    /// To be stored in place of the old one.
    pub sealed: Sealed,
    /// The key it was under.
    pub from: KeyId,
    /// The key it is under now.
    pub to: KeyId,
}

/// Encrypts a secret for its place, under a fresh data key and the ring's current key.
///
/// # Errors
/// [`VaultError::TooLarge`] beyond [`MAX_SECRET_BYTES`].
pub fn seal(
    ring: &KeyRing,
    place: &SecretRef<'_>,
    secret: &Secret,
    entropy: &dyn Entropy,
) -> Result<Sealed, VaultError> {
    let text = secret.expose().as_bytes();
    if text.len() > MAX_SECRET_BYTES {
        return Err(VaultError::TooLarge {
            bytes: text.len(),
            limit: MAX_SECRET_BYTES,
        });
    }
    let mut data_key = DataKey::default();
    entropy.fill(&mut *data_key);
    let wrapped = wrap(ring.current(), place, &data_key, entropy)?;
    let nonce = fresh_nonce(entropy);
    let mut ciphertext = text.to_vec();
    let tag = encrypt(&data_key, &nonce, &place.of_value(), &mut ciphertext)?;
    Ok(Sealed {
        wrapped,
        nonce,
        tag,
        ciphertext,
    })
}

/// Decrypts a secret in its place.
///
/// # Errors
/// [`VaultError::UnknownKey`] when its key is no longer in the ring; [`VaultError::WrappedKeyRefused`] or
/// [`VaultError::ValueRefused`] when it was altered or belongs elsewhere.
pub fn open(ring: &KeyRing, place: &SecretRef<'_>, sealed: &Sealed) -> Result<Secret, VaultError> {
    let data_key = unwrap_key(ring, place, &sealed.wrapped)?;
    let mut text = Zeroizing::new(sealed.ciphertext.clone());
    decrypt(
        &data_key,
        &sealed.nonce,
        &place.of_value(),
        &mut text,
        &sealed.tag,
    )
    .ok_or(VaultError::ValueRefused)?;
    let text = std::str::from_utf8(&text).map_err(|_| VaultError::Damaged {
        what: "its value is not text",
    })?;
    Ok(Secret::new(text.to_owned()))
}

/// Whether the secret is under another key than the ring's current one.
#[must_use]
pub fn needs_rewrap(ring: &KeyRing, sealed: &Sealed) -> bool {
    sealed.key_id() != ring.current_id()
}

/// Moves a secret to the ring's current key. The value is neither decrypted nor changed.
///
/// # Errors
/// [`VaultError::UnknownKey`] or [`VaultError::WrappedKeyRefused`], as in [`open`].
pub fn rewrap(
    ring: &KeyRing,
    place: &SecretRef<'_>,
    sealed: &Sealed,
    entropy: &dyn Entropy,
) -> Result<Rewrapped, VaultError> {
    let data_key = unwrap_key(ring, place, &sealed.wrapped)?;
    let wrapped = wrap(ring.current(), place, &data_key, entropy)?;
    Ok(Rewrapped {
        from: sealed.key_id().clone(),
        to: wrapped.key_id.clone(),
        sealed: Sealed {
            wrapped,
            ..sealed.clone()
        },
    })
}

fn wrap(
    with: &Key,
    place: &SecretRef<'_>,
    data_key: &DataKey,
    entropy: &dyn Entropy,
) -> Result<Wrapped, VaultError> {
    let nonce = fresh_nonce(entropy);
    let mut key = **data_key;
    let tag = encrypt(with.expose(), &nonce, &place.of_key(with.id()), &mut key)?;
    Ok(Wrapped {
        key_id: with.id().clone(),
        nonce,
        key,
        tag,
    })
}

fn unwrap_key(ring: &KeyRing, place: &SecretRef<'_>, wrapped: &Wrapped) -> Result<DataKey, VaultError> {
    let with = ring.key(&wrapped.key_id)?;
    let mut key = Zeroizing::new(wrapped.key);
    decrypt(
        with.expose(),
        &wrapped.nonce,
        &place.of_key(with.id()),
        &mut *key,
        &wrapped.tag,
    )
    .ok_or_else(|| VaultError::WrappedKeyRefused {
        key_id: with.id().clone(),
    })?;
    Ok(key)
}

fn fresh_nonce(entropy: &dyn Entropy) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce);
    nonce
}

/// In place.
fn encrypt(
    key: &[u8; KEY_BYTES],
    nonce: &[u8; NONCE_BYTES],
    bound_to: &[u8],
    text: &mut [u8],
) -> Result<[u8; TAG_BYTES], VaultError> {
    // The length is the only thing that the cipher can refuse.
    let bytes = text.len();
    Aes256Gcm::new(key.into())
        .encrypt_inout_detached(nonce.into(), bound_to, text.into())
        .map(Into::into)
        .map_err(|_| VaultError::TooLarge {
            bytes,
            limit: MAX_SECRET_BYTES,
        })
}

/// In place; `None` when the tag does not fit.
fn decrypt(
    key: &[u8; KEY_BYTES],
    nonce: &[u8; NONCE_BYTES],
    bound_to: &[u8],
    text: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> Option<()> {
    let cipher = Aes256Gcm::new(key.into());
    cipher
        .decrypt_inout_detached(nonce.into(), bound_to, text.into(), tag.into())
        .ok()
}

#[cfg(test)]
mod tests;
