//! The protocol's own test files: keys, times, addresses.

use std::path::{Path, PathBuf};

use super::*;

/// The folder of specifications, if there is one.
pub(super) fn specs() -> Option<PathBuf> {
    let folder = std::env::var_os("SEKISHO_SPECS").map(|folder| Path::new(&folder).join("atproto"));
    if folder.is_none() {
        eprintln!("skipped: SEKISHO_SPECS is not set");
    }
    folder
}

/// The lines of one of the test files.
fn lines(folder: &Path, name: &str) -> Vec<String> {
    let file = folder.join("interop-test-files/syntax").join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// Whether the files' valid texts are taken and the others are not.
fn holds(folder: &Path, syntax: &str, is_one: impl Fn(&str) -> bool) {
    for valid in lines(folder, &format!("{syntax}_syntax_valid.txt")) {
        assert!(is_one(&valid), "{syntax}: {valid}");
    }
    for invalid in lines(folder, &format!("{syntax}_syntax_invalid.txt")) {
        assert!(!is_one(&invalid), "{syntax}: {invalid}");
    }
}

#[test]
fn keys_and_names_are_those_of_the_protocol() {
    let Some(folder) = specs() else { return };
    holds(&folder, "tid", tid::is_tid);
    holds(&folder, "recordkey", uri::is_record_key);
    holds(&folder, "did", uri::is_did);
    holds(&folder, "handle", uri::is_handle);
    for uri in lines(&folder, "aturi_syntax_invalid.txt") {
        assert!(AtUri::parse(&uri).is_none(), "{uri}");
    }
}

#[test]
fn times_are_written_as_the_protocol_wants_them() {
    let Some(folder) = specs() else { return };
    let written = ready::written(start());
    let valid = lines(&folder, "datetime_syntax_valid.txt");
    let shape = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
    assert!(valid.iter().any(|one| shape(one) == shape(&written)), "{written}");
    assert!(super::lexicon::is_datetime(&written));
    for odd in lines(&folder, "datetime_syntax_invalid.txt") {
        assert!(!super::lexicon::is_datetime(&odd), "{odd}");
    }
}
