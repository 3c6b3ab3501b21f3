//! What a process without a key ring hands to those that have one: sealed to their public key (HPKE, RFC 9180,
//! with X25519), so that it can write a credential and never read one.
//!
//! The private key is derived from a key of the ring. So every dispatcher has it, a rotation changes it, and what
//! was sealed before the rotation still opens, as long as the old key is in the ring.

use std::fmt;

use aws_lc_rs::agreement::{PrivateKey, X25519};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rustls::crypto::{
    aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_256 as SUITE,
    hpke::{EncapsulatedSecret, Hpke as _, HpkePrivateKey, HpkePublicKey},
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{KeyId, KeyRing, Secret, VaultError, key_ring::Key};
use crate::domain::{
    canonical::Canonical,
    ids::{AccountId, HandoverId, OrganizationId},
};

/// What separates this use of a ring's key from the wrapping of data keys.
const LABEL: &[u8] = b"sekisho/handover/v1";

const KEY_BYTES: usize = 32;

/// What the dispatchers publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandoverKey([u8; KEY_BYTES]);

impl HandoverKey {
    /// Reads a published key.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when it is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        let key = bytes.try_into().map_err(|_| VaultError::Damaged {
            what: "a dispatchers' public key has 32 bytes",
        })?;
        Ok(Self(key))
    }

    /// The form for the database.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What people compare, and what a node's settings may pin.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let digest: [u8; 32] = Sha256::digest(self.0).into();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        Fingerprint(short)
    }
}

/// The first half of a public key's SHA-256, as eight groups of four hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 16]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, pair) in self.0.chunks(2).enumerate() {
            let dash = if at == 0 { "" } else { "-" };
            write!(f, "{dash}{}", hex::encode(pair))?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|c| !matches!(c, '-' | ':' | ' ')).collect();
        let bytes = hex::decode(digits).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(VaultError::Fingerprint)
    }
}

/// What a handover is bound to: opened anywhere else, it does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandoverRef {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The account that it is about.
    pub account: AccountId,
    /// Which one.
    pub handover: HandoverId,
}

impl HandoverRef {
    fn bytes(&self) -> Vec<u8> {
        let mut place = Canonical::tagged("sekisho/handover/v1");
        place
            .text(&self.organization.to_string())
            .text(&self.account.to_string())
            .text(&self.handover.to_string());
        place.into_bytes()
    }
}

/// The public key that belongs to the ring's current key, and that key's id.
///
/// # Errors
/// [`VaultError::Handover`] when no key can be derived.
pub fn handover_key(ring: &KeyRing) -> Result<(KeyId, HandoverKey), VaultError> {
    let key = ring.current();
    let private = PrivateKey::from_private_key(&X25519, &*derived(key)?).map_err(|_| VaultError::Handover)?;
    let public = private.compute_public_key().map_err(|_| VaultError::Handover)?;
    Ok((key.id().clone(), HandoverKey::from_bytes(public.as_ref())?))
}

/// Seals something that only a holder of the ring opens.
///
/// # Errors
/// [`VaultError::Handover`] when the public key is none.
pub fn hand_over(to: &HandoverKey, place: &HandoverRef, secret: &Secret) -> Result<Vec<u8>, VaultError> {
    let public = HpkePublicKey(to.0.to_vec());
    let text = secret.expose().as_bytes();
    let (enclosed, ciphertext) = SUITE
        .seal(LABEL, &place.bytes(), text, &public)
        .map_err(|_| VaultError::Handover)?;
    Ok([enclosed.0, ciphertext].concat())
}

/// Opens what was sealed by [`hand_over`].
///
/// # Errors
/// [`VaultError::UnknownKey`] when its key is no longer in the ring; [`VaultError::Handover`] when it was altered,
/// belongs elsewhere, or was sealed to somebody else.
pub fn take_over(
    ring: &KeyRing,
    key_id: &KeyId,
    place: &HandoverRef,
    sealed: &[u8],
) -> Result<Secret, VaultError> {
    let (enclosed, ciphertext) = sealed.split_at_checked(KEY_BYTES).ok_or(VaultError::Handover)?;
    let private = HpkePrivateKey::from(derived(ring.key(key_id)?)?.to_vec());
    let opened = SUITE.open(
        &EncapsulatedSecret(enclosed.to_vec()),
        LABEL,
        &place.bytes(),
        ciphertext,
        &private,
    );
    let opened = Zeroizing::new(opened.map_err(|_| VaultError::Handover)?);
    let text = std::str::from_utf8(&opened).map_err(|_| VaultError::Handover)?;
    Ok(Secret::new(text.to_owned()))
}

fn derived(key: &Key) -> Result<Zeroizing<[u8; KEY_BYTES]>, VaultError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).map_err(|_| VaultError::Handover)?;
    mac.update(LABEL);
    Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::vault::CountingEntropy;

    fn ring() -> KeyRing {
        KeyRing::generate("k1".parse().unwrap(), &CountingEntropy::default())
    }

    fn place(handover: u128) -> HandoverRef {
        HandoverRef {
            organization: OrganizationId::new(Uuid::from_u128(1)),
            account: AccountId::new(Uuid::from_u128(2)),
            handover: HandoverId::new(Uuid::from_u128(handover)),
        }
    }

    fn secret() -> Secret {
        Secret::new("canary".to_owned())
    }

    #[test]
    fn what_is_handed_over_opens_with_the_ring_and_in_its_place_alone() {
        let ring = ring();
        let (id, public) = handover_key(&ring).unwrap();
        let sealed = hand_over(&public, &place(3), &secret()).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"canary"));
        assert_eq!(
            take_over(&ring, &id, &place(3), &sealed).unwrap().expose(),
            "canary"
        );
        let other = KeyRing::generate("k1".parse().unwrap(), &crate::vault::SystemEntropy);
        let mut altered = sealed.clone();
        altered[40] ^= 1;
        for (ring, place, sealed) in [
            (&other, place(3), sealed.as_slice()),
            (&ring, place(4), &sealed),
            (&ring, place(3), &altered),
            (&ring, place(3), &sealed[..20]),
        ] {
            let refused = take_over(ring, &id, &place, sealed).unwrap_err();
            assert!(matches!(refused, VaultError::Handover), "{refused}");
        }
    }

    #[test]
    fn after_a_rotation_the_old_ones_still_open_and_new_ones_are_for_the_new_key() {
        let mut ring = ring();
        let (old, public) = handover_key(&ring).unwrap();
        let sealed = hand_over(&public, &place(3), &secret()).unwrap();
        ring.add_key("k2".parse().unwrap(), &crate::vault::SystemEntropy)
            .unwrap();
        let (new, other) = handover_key(&ring).unwrap();
        assert_ne!((old.clone(), public), (new, other));
        assert_eq!(
            take_over(&ring, &old, &place(3), &sealed).unwrap().expose(),
            "canary"
        );
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_shown() {
        let (_, public) = handover_key(&ring()).unwrap();
        let shown = public.fingerprint().to_string();
        assert_eq!(shown.len(), 39, "{shown}");
        assert_eq!(shown.parse::<Fingerprint>().unwrap(), public.fingerprint());
        assert_eq!(
            shown
                .to_uppercase()
                .replace('-', "")
                .parse::<Fingerprint>()
                .unwrap(),
            public.fingerprint()
        );
        assert!("1234".parse::<Fingerprint>().is_err());
    }
}
