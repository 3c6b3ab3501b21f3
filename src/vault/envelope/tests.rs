use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

use super::super::CountingEntropy;
use super::*;

const CANARY: &str = "canary-秘密-7f3a";

fn place() -> SecretRef<'static> {
    SecretRef {
        organization: OrganizationId::new(Uuid::from_u128(1)),
        account: AccountId::new(Uuid::from_u128(2)),
        name: "access_token",
        version: 3,
    }
}

fn ring(entropy: &CountingEntropy) -> KeyRing {
    KeyRing::generate("k2026a".parse().unwrap(), entropy)
}

fn sealed_canary() -> (CountingEntropy, KeyRing, Sealed) {
    let entropy = CountingEntropy::default();
    let ring = ring(&entropy);
    let sealed = seal(&ring, &place(), &Secret::new(CANARY.to_owned()), &entropy).unwrap();
    (entropy, ring, sealed)
}

#[test]
fn what_is_sealed_opens() {
    let (_, ring, sealed) = sealed_canary();
    let stored = Sealed::from_bytes(&sealed.to_bytes()).unwrap();
    assert_eq!(stored, sealed);
    assert_eq!(open(&ring, &place(), &stored).unwrap().expose(), CANARY);
}

#[test]
fn every_write_has_its_own_key_and_nonces() {
    let (entropy, ring, one) = sealed_canary();
    let two = seal(&ring, &place(), &Secret::new(CANARY.to_owned()), &entropy).unwrap();
    assert_ne!(one.nonce, two.nonce);
    assert_ne!(one.wrapped.nonce, two.wrapped.nonce);
    assert_ne!(one.wrapped.nonce, one.nonce);
    assert_ne!(one.ciphertext, two.ciphertext);
    let data_key = |sealed: &Sealed| *unwrap_key(&ring, &place(), &sealed.wrapped).unwrap();
    assert_ne!(data_key(&one), data_key(&two));
}

#[rstest]
#[case::organization(SecretRef { organization: OrganizationId::new(Uuid::from_u128(9)), ..place() })]
#[case::account(SecretRef { account: AccountId::new(Uuid::from_u128(9)), ..place() })]
#[case::name(SecretRef { name: "refresh_token", ..place() })]
#[case::version(SecretRef { version: 4, ..place() })]
fn in_another_place_it_does_not_open(#[case] elsewhere: SecretRef<'_>) {
    let (entropy, ring, sealed) = sealed_canary();
    let refused = |result| matches!(result, Err(VaultError::WrappedKeyRefused { .. }));
    assert!(refused(open(&ring, &elsewhere, &sealed).map(drop)));
    assert!(refused(rewrap(&ring, &elsewhere, &sealed, &entropy).map(drop)));
    // The value is bound on its own account too, not only through its data key.
    let data_key = unwrap_key(&ring, &place(), &sealed.wrapped).unwrap();
    let grafted = Sealed {
        wrapped: wrap(ring.current(), &elsewhere, &data_key, &entropy).unwrap(),
        ..sealed
    };
    assert!(matches!(
        open(&ring, &elsewhere, &grafted),
        Err(VaultError::ValueRefused)
    ));
}

#[test]
fn a_rotation_keeps_the_value_and_changes_the_key() {
    let (entropy, mut ring, old) = sealed_canary();
    assert!(!needs_rewrap(&ring, &old));
    ring.add_key("k2026b".parse().unwrap(), &entropy).unwrap();
    assert!(needs_rewrap(&ring, &old));
    assert_eq!(open(&ring, &place(), &old).unwrap().expose(), CANARY);
    let Rewrapped { sealed, from, to } = rewrap(&ring, &place(), &old, &entropy).unwrap();
    assert_eq!(
        (from.as_str(), to.as_str(), sealed.key_id().as_str()),
        ("k2026a", "k2026b", "k2026b")
    );
    assert!(!needs_rewrap(&ring, &sealed));
    assert_eq!(
        (&sealed.ciphertext, sealed.nonce, sealed.tag),
        (&old.ciphertext, old.nonce, old.tag)
    );
    assert_ne!(
        (sealed.wrapped.key, sealed.wrapped.nonce),
        (old.wrapped.key, old.wrapped.nonce)
    );
    assert_eq!(open(&ring, &place(), &sealed).unwrap().expose(), CANARY);
}

#[test]
fn a_removed_key_is_named() {
    let (entropy, _, sealed) = sealed_canary();
    let other = KeyRing::generate("k2027a".parse().unwrap(), &entropy);
    let error = open(&other, &place(), &sealed).unwrap_err();
    assert!(error.to_string().contains("k2026a"), "{error}");
    assert!(matches!(error, VaultError::UnknownKey { .. }));
}

#[test]
fn another_key_of_the_same_id_is_refused_with_its_id() {
    let (entropy, _, sealed) = sealed_canary();
    let error = open(&ring(&entropy), &place(), &sealed).unwrap_err();
    assert!(matches!(&error, VaultError::WrappedKeyRefused { key_id } if key_id.as_str() == "k2026a"));
}

#[test]
fn the_limit_is_a_limit() {
    let entropy = CountingEntropy::default();
    let ring = ring(&entropy);
    let seal = |bytes| seal(&ring, &place(), &Secret::new("x".repeat(bytes)), &entropy);
    let sealed = seal(MAX_SECRET_BYTES).unwrap();
    assert_eq!(
        open(&ring, &place(), &sealed).unwrap().expose().len(),
        MAX_SECRET_BYTES
    );
    assert!(matches!(
        seal(MAX_SECRET_BYTES + 1),
        Err(VaultError::TooLarge { .. })
    ));
}

#[test]
fn the_secret_shows_nowhere() {
    let (entropy, ring, sealed) = sealed_canary();
    let secret = open(&ring, &place(), &sealed).unwrap();
    let rewrapped = rewrap(&ring, &place(), &sealed, &entropy).unwrap();
    let mut other = SecretRef {
        version: 4,
        ..place()
    };
    let refused = open(&ring, &other, &sealed).unwrap_err();
    other.name = "x";
    let shown = format!(
        "{secret:?} {secret:#?} {sealed:?} {sealed:#?} {rewrapped:?} {other:?} {ring:?} {refused:?} {refused}"
    );
    assert!(shown.contains("k2026a"));
    let data_key = *unwrap_key(&ring, &place(), &sealed.wrapped).unwrap();
    for hidden in [CANARY.as_bytes(), &data_key, ring.current().expose()] {
        let decimal = hidden[..8]
            .iter()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        for form in [
            String::from_utf8_lossy(hidden).into_owned(),
            hex::encode(hidden),
            decimal,
        ] {
            assert!(!shown.contains(&form), "{shown}");
        }
    }
    let stored = sealed.to_bytes();
    for hidden in [CANARY.as_bytes(), &data_key, ring.current().expose()] {
        assert!(!stored.windows(hidden.len()).any(|window| window == hidden));
    }
}

proptest! {
    #[test]
    fn any_text_comes_back(text in any::<String>(), name in any::<String>(), version in any::<i64>()) {
        let entropy = CountingEntropy::default();
        let ring = ring(&entropy);
        let place = SecretRef { name: &name, version, ..place() };
        let sealed = seal(&ring, &place, &Secret::new(text.clone()), &entropy).unwrap();
        let stored = Sealed::from_bytes(&sealed.to_bytes()).unwrap();
        let opened = open(&ring, &place, &stored).unwrap();
        prop_assert_eq!(opened.expose(), text);
    }

    #[test]
    fn with_any_bit_flipped_it_does_not_open(position in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let (_, ring, sealed) = sealed_canary();
        let mut bytes = sealed.to_bytes();
        let at = position.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let opened = Sealed::from_bytes(&bytes).and_then(|sealed| open(&ring, &place(), &sealed));
        prop_assert!(opened.is_err());
    }

    #[test]
    fn cut_short_or_prolonged_it_does_not_open(
        cut in any::<prop::sample::Index>(),
        more in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        let (_, ring, sealed) = sealed_canary();
        let bytes = sealed.to_bytes();
        let longer = [bytes.as_slice(), more.as_slice()].concat();
        for bytes in [&bytes[..cut.index(bytes.len())], &longer] {
            let opened = Sealed::from_bytes(bytes).and_then(|sealed| open(&ring, &place(), &sealed));
            prop_assert!(opened.is_err());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), honest in any::<bool>()) {
        let mut bytes = bytes;
        if honest && bytes.len() > 3 {
            bytes[..3].copy_from_slice(&[1, 1, b'k']);
        }
        if let Ok(sealed) = Sealed::from_bytes(&bytes) {
            prop_assert_eq!(sealed.to_bytes(), bytes);
        }
    }
}
