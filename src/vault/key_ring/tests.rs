use proptest::prelude::*;
use rstest::rstest;

use super::super::CountingEntropy;
use super::*;

const ONE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const TWO: &str = "EBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn id(text: &str) -> KeyId {
    text.parse().unwrap()
}

#[test]
fn the_first_key_is_current_unless_another_is_marked() {
    let ring = KeyRing::parse(&format!(
        "\u{feff}# two keys\r\n\r\nk1 {ONE} # old\r\n  k2\t{TWO}\r\n"
    ))
    .unwrap();
    assert_eq!(ring.current_id(), &id("k1"));
    let ring = KeyRing::parse(&format!("k1 {ONE}\nk2 {TWO} current # since May")).unwrap();
    assert_eq!(ring.ids().map(KeyId::as_str).collect::<Vec<_>>(), ["k2", "k1"]);
}

#[rstest]
#[case("", "no key")]
#[case("# nothing\n\n", "no key")]
#[case("k1", "line 1: the key is missing")]
#[case("\nk/1 {1}", "line 2: the first word")]
#[case("current {1}", "line 1: the first word")]
#[case("{1} k1", "line 1: the first word")]
#[case("k1 ?{1}", "line 1: the key is not valid Base64")]
#[case("k1 AAECAwQF", "line 1: the key is not exactly")]
#[case("k1 {1}{1}{1}", "line 1: the key is not")]
#[case(
    "k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "line 1: this is a placeholder"
)]
#[case("k1 {1} active", "line 1: only the word")]
#[case("k1 {1} current now", "line 1: only the word")]
#[case("k1 {1}\n#\nk1 {2}", "line 3: the key id is already used on line 1")]
#[case("k1 {1}\nk2 {1}", "line 2: the key is the same as on line 1")]
#[case("k1 {1} current\nk2 {2} current", "line 2: line 1 is already marked")]
fn a_bad_line_is_named_and_not_repeated(#[case] text: &str, #[case] message: &str) {
    let error = KeyRing::parse(&text.replace("{1}", ONE).replace("{2}", TWO)).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains(message), "{shown}");
    for leak in ["AAEC", "EBEC", "AAAA"] {
        assert!(!shown.contains(leak), "{shown}");
    }
}

#[test]
fn padding_may_be_missing() {
    assert!(KeyRing::parse(&format!("k1 {}", ONE.trim_end_matches('='))).is_ok());
}

#[test]
fn the_text_form_comes_back() {
    let entropy = CountingEntropy::default();
    let mut ring = KeyRing::generate(id("k2026a"), &entropy);
    ring.add_key(id("k2026b"), &entropy).unwrap();
    ring.add_key(id("k2026c"), &entropy).unwrap();
    let again = KeyRing::parse(ring.to_text().expose_secret()).unwrap();
    assert_eq!(again.current_id(), &id("k2026c"));
    for key in ring.keys() {
        assert_eq!(again.key(key.id()).unwrap().expose(), key.expose());
    }
}

#[test]
fn a_new_key_needs_a_new_id() {
    let entropy = CountingEntropy::default();
    let mut ring = KeyRing::generate(id("k1"), &entropy);
    assert!(matches!(
        ring.add_key(id("k1"), &entropy),
        Err(VaultError::KeyExists { .. })
    ));
    assert_eq!(ring.ids().count(), 1);
}

#[test]
fn no_key_shows_in_debug() {
    let ring = KeyRing::parse(&format!("k1 {ONE}\nk2 {TWO}")).unwrap();
    let shown = format!("{ring:?} {ring:#?} {:?}", ring.to_text());
    assert!(shown.contains("k1"));
    // As text, and as the first bytes of the key in decimal.
    for leak in ["AAEC", "EBEC", "0, 1, 2", "00010203"] {
        assert!(!shown.contains(leak), "{shown}");
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC*|([a-z0-9 #\\n=+/]*)") {
        let _ = KeyRing::parse(&text);
    }
}
