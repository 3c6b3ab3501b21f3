//! X's own cases of twitter-text, in the folder that `SEKISHO_SPECS` names. Ours are in the tests beside this
//! file; these are not part of the repository.

use std::{fs, path::PathBuf};

use super::{links::Dialect, x};

/// One case: what is counted or searched, and what should come out, as it is written.
struct Case {
    text: String,
    expected: String,
}

/// The file of cases; none, and a word about it, where there is no folder.
fn file(name: &str, test: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("SEKISHO_SPECS") else {
        println!("{test} skipped: SEKISHO_SPECS is not set");
        return None;
    };
    let path = PathBuf::from(folder).join("twitter-text/conformance").join(name);
    Some(fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The cases of one section. The files are YAML; this reads as much of it as they use.
fn cases(file: &str, section: &str) -> Vec<Case> {
    let heading = format!("  {section}:");
    let lines = file.lines().skip_while(|line| line.trim_end() != heading).skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with("   "));
    let mut cases: Vec<Case> = Vec::new();
    for line in lines.filter(|line| !line.trim_start().starts_with('#')) {
        if let Some(text) = line.strip_prefix("      text: ") {
            cases.push(Case {
                text: string(text),
                expected: String::new(),
            });
        } else if let Some(case) = cases.last_mut().filter(|_| !line.starts_with("    - ")) {
            let value = line.trim_start();
            case.expected
                .push_str(value.strip_prefix("expected:").unwrap_or(value).trim());
            case.expected.push('\n');
        }
    }
    assert!(!cases.is_empty(), "no case in {section}");
    cases
}

/// What is written in quotes.
fn string(written: &str) -> String {
    let written = written.trim();
    if let Some(inner) = written.strip_prefix('\'') {
        return inner.strip_suffix('\'').expect("a quote").replace("''", "'");
    }
    let mut plain = String::new();
    let mut rest = written;
    while let Some((before, escaped)) = rest.split_once("\\U") {
        let (code, behind) = escaped.split_at(8);
        let code = u32::from_str_radix(code, 16).expect("a number");
        plain.push_str(before);
        plain.push(char::from_u32(code).expect("a character"));
        rest = behind;
    }
    plain.push_str(rest);
    serde_json::from_str(&plain).unwrap_or_else(|error| panic!("{written}: {error}"))
}

/// A number that a case names.
fn number(case: &Case, name: &str) -> u32 {
    let prefix = format!("{name}: ");
    let line = case.expected.lines().find_map(|line| line.strip_prefix(&prefix));
    line.and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("{}", case.expected))
}

fn is_valid(text: &str) -> bool {
    let used = x::count(text);
    used > 0 && used <= 280 && !text.contains(x::refuses)
}

#[test]
fn weights_are_those_of_x() {
    let Some(file) = file("validate.yml", "weights_are_those_of_x") else {
        return;
    };
    for section in [
        "WeightedTweetsWithDiscountedEmojiCounterTest",
        "UnicodeDirectionalMarkerCounterTest",
    ] {
        for case in cases(&file, section) {
            let weight = number(&case, "weightedLength");
            assert_eq!(x::count(&case.text), weight, "{}", case.text);
            let valid = case.expected.lines().any(|line| line == "valid: true");
            assert_eq!(is_valid(&case.text), valid, "{}", case.text);
            assert_eq!(number(&case, "permillage"), weight * 1_000 / 280, "{}", case.text);
        }
    }
}

/// What X finds in a text: each link, with where it begins and ends in characters.
fn found(text: &str) -> Vec<(String, usize, usize)> {
    let place = |at: usize| text[..at].chars().count();
    let links = super::links::links(text, Dialect::X).into_iter();
    links
        .map(|link| {
            (
                text[link.at.clone()].to_owned(),
                place(link.at.start),
                place(link.at.end),
            )
        })
        .collect()
}

#[test]
fn links_are_those_of_x() {
    let Some(file) = file("extract.yml", "links_are_those_of_x") else {
        return;
    };
    for section in ["urls", "tco_urls_with_params"] {
        for case in cases(&file, section) {
            let expected: Vec<String> = strings(&case.expected);
            let found: Vec<String> = found(&case.text).into_iter().map(|(link, ..)| link).collect();
            assert_eq!(found, expected, "{section}: {}", case.text);
        }
    }
}

/// The strings of a list, whether it stands in brackets or line by line.
fn strings(list: &str) -> Vec<String> {
    let list = list.trim();
    if list.starts_with('[') {
        return serde_json::from_str(list).unwrap_or_else(|error| panic!("{list}: {error}"));
    }
    list.lines()
        .map(|line| string(line.trim_start_matches("- ")))
        .collect()
}

#[test]
fn links_are_where_x_finds_them() {
    let Some(file) = file("extract.yml", "links_are_where_x_finds_them") else {
        return;
    };
    let sections = ["urls_with_indices", "urls_with_directional_markers"];
    for case in sections.into_iter().flat_map(|section| cases(&file, section)) {
        let lines: Vec<&str> = case.expected.lines().filter(|line| !line.is_empty()).collect();
        let expected: Vec<(String, usize, usize)> = lines
            .chunks(2)
            .map(|two| {
                let link = two[0].trim_start_matches("- ").trim_start_matches("url: ");
                let places: [usize; 2] =
                    serde_json::from_str(two[1].trim_start_matches("indices: ")).expect("two numbers");
                (string(link), places[0], places[1])
            })
            .collect();
        assert_eq!(found(&case.text), expected, "{}", case.text);
    }
}
