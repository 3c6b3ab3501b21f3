//! Record keys that are times: 53 bits of microseconds, 10 bits that keep apart what happens at once.

use chrono::{DateTime, Utc};

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";

/// So many characters of five bits each.
const LENGTH: usize = 13;

/// The key of a time. Only the lowest ten bits of `apart` count.
pub(super) fn tid(at: DateTime<Utc>, apart: u16) -> String {
    let micros = u64::try_from(at.timestamp_micros()).unwrap_or_default() & ((1 << 53) - 1);
    let number = (micros << 10) | u64::from(apart & 0x3ff);
    let digit = |place: usize| char::from(ALPHABET[(number >> (5 * place)) as usize & 31]);
    (0..LENGTH).rev().map(digit).collect()
}

/// Whether a text is such a key.
#[cfg(test)]
pub(super) fn is_tid(text: &str) -> bool {
    let first = text.bytes().next();
    text.len() == LENGTH
        && text.bytes().all(|b| ALPHABET.contains(&b))
        && first.is_some_and(|b| ALPHABET[..16].contains(&b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(1_767_225_600_000_000, 0, "3mbd3542k2222")]
    #[case(1_767_225_600_000_000, 31, "3mbd3542k222z")]
    #[case(1_692_911_999_999_000, 7, "3k5qb7aer2s2b")]
    fn as_the_official_library_writes_them(#[case] micros: i64, #[case] apart: u16, #[case] expected: &str) {
        let at = DateTime::from_timestamp_micros(micros).unwrap();
        assert_eq!(tid(at, apart), expected);
        assert_eq!(tid(at, apart | 0x400), expected);
    }

    proptest! {
        #[test]
        fn later_keys_sort_later(micros in 0i64..4_000_000_000_000_000, apart in any::<u16>()) {
            let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
            let (earlier, later) = (tid(at(micros), apart), tid(at(micros + 1), !apart));
            prop_assert!(is_tid(&earlier) && is_tid(&later));
            prop_assert!(earlier < later);
        }
    }
}
