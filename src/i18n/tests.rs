use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;

use super::*;
use crate::web::ProblemType;

#[rstest]
#[case(None, Language::Ja)]
#[case(Some(""), Language::Ja)]
#[case(Some("*"), Language::Ja)]
#[case(Some("en"), Language::En)]
#[case(Some("en-GB"), Language::En)]
#[case(Some("EN-us"), Language::En)]
#[case(Some("fr"), Language::Ja)]
#[case(Some("fr, en;q=0.3"), Language::En)]
#[case(Some("en;q=0.5, ja;q=0.9"), Language::Ja)]
#[case(Some("ja;q=0.5, en;q=0.9"), Language::En)]
#[case(Some("en, ja"), Language::En)]
#[case(Some("ja, en"), Language::Ja)]
#[case(Some("en;q=0, ja;q=0.1"), Language::Ja)]
#[case(Some("en;q=0"), Language::Ja)]
#[case(Some("en;q=abc"), Language::Ja)]
#[case(Some("en;q=9, ja;q=0.1"), Language::Ja)]
#[case(Some("english"), Language::Ja)]
fn the_reader_chooses(#[case] header: Option<&str>, #[case] language: Language) {
    assert_eq!(Language::negotiate(header), language);
}

/// Keys with the variables that they use.
fn keys(sources: Sources) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    let mut current = String::new();
    for line in sources.iter().flat_map(|(_, text)| text.lines()) {
        if let Some((key, _)) = line.split_once(" =")
            && key.starts_with(|c: char| c.is_ascii_lowercase())
        {
            key.clone_into(&mut current);
            let twice = keys.insert(current.clone(), BTreeSet::new());
            assert!(twice.is_none(), "{current} is there twice");
        }
        for part in line.split('$').skip(1) {
            let name: String = part
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            // A finding brings texts of its own in both languages, each for one of them.
            let name = name
                .strip_suffix("_ja")
                .or(name.strip_suffix("_en"))
                .unwrap_or(&name);
            keys.get_mut(&current).unwrap().insert(name.to_owned());
        }
    }
    keys
}

#[test]
fn both_languages_say_the_same_things() {
    let (ja, en) = (keys(JA), keys(EN));
    for (one, other) in [(&ja, &en), (&en, &ja)] {
        let only: Vec<_> = one
            .iter()
            .filter(|(key, uses)| other.get(*key) != Some(*uses))
            .collect();
        assert!(only.is_empty(), "{only:?}");
    }
}

#[test]
fn every_file_can_be_read() {
    for (file, text) in JA.iter().chain(EN) {
        assert!(FluentResource::try_new((*text).to_owned()).is_ok(), "{file}");
    }
}

#[test]
fn every_key_in_the_source_has_a_text() {
    let known = keys(JA);
    let mut wanted = BTreeSet::new();
    collect(
        std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut wanted,
    );
    assert!(wanted.len() > 20, "the search finds too little: {wanted:?}");
    let missing: Vec<_> = wanted.iter().filter(|key| !known.contains_key(*key)).collect();
    assert!(missing.is_empty(), "no text for {missing:?}");
}

/// Text literals that look like keys.
fn collect(directory: &std::path::Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for literal in text.split('"').filter(|literal| {
                ["field-", "finding-", "thing-", "callback-"]
                    .iter()
                    .any(|start| literal.starts_with(start))
            }) {
                let is_key = literal
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'0'..=b'9'));
                if is_key && !literal.ends_with('-') {
                    found.insert(literal.to_owned());
                }
            }
        }
    }
}

#[test]
fn every_problem_has_texts() {
    let known = keys(EN);
    for kind in ProblemType::ALL {
        assert!(known.contains_key(kind.title_key()), "{}", kind.title_key());
        assert!(known.contains_key(kind.detail_key()), "{}", kind.detail_key());
    }
}

#[test]
fn variables_are_filled_in_without_invisible_marks() {
    let message = Message::new("field-text-too-long").with("limit", 100_000);
    let text = I18n::get().message(Language::En, &message);
    assert_eq!(text, "The text is longer than 100000 bytes. Shorten it.");
}

#[test]
fn a_missing_text_is_its_key() {
    assert_eq!(
        I18n::get().text(Language::Ja, "no-such-text", &[]),
        "no-such-text"
    );
}
