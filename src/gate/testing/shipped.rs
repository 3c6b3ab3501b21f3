//! What is shipped in config/, as tests read it.

use std::{fs, path::PathBuf, sync::LazyLock};

use crate::gate::{PolicyDocument, coverage::Catalogue, policy::HostTexts};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config")
}

fn text(path: &str) -> String {
    fs::read_to_string(folder().join(path)).expect("a shipped file")
}

/// The text of a profile.
pub(in crate::gate) fn profile(name: &str) -> String {
    text(&format!("profiles/{name}.toml"))
}

/// The names of all profiles.
pub(in crate::gate) fn profiles() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder().join("profiles"))
        .expect("a folder")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// The names and texts of all files of a folder.
fn texts(path: &str) -> Vec<(String, String)> {
    fs::read_dir(folder().join(path))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a list");
            (path.display().to_string(), text)
        })
        .collect()
}

/// A profile with the shipped lists.
pub(in crate::gate) fn document(name: &str) -> PolicyDocument {
    let (words, exceptions) = (texts("lists/words"), texts("lists/exceptions"));
    let hosts = HostTexts {
        shorteners: &text("lists/shorteners.txt"),
        platform_short_hosts: &text("lists/platform-short-hosts.txt"),
        open_redirectors: &text("lists/open-redirectors.txt"),
        official_suffixes: &text("lists/official-suffixes.txt"),
        trusted_hosts: &text("lists/trusted-hosts.txt"),
        listed_hosts: "",
        forbidden_mentions: "",
    };
    PolicyDocument::from_texts(&profile(name), &hosts, &borrow(&words))
        .and_then(|document| document.with_exceptions(&borrow(&exceptions)))
        .expect("a document")
}

fn borrow(texts: &[(String, String)]) -> Vec<(&str, &str)> {
    texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect()
}

/// The clauses.
pub(in crate::gate) fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> =
        LazyLock::new(|| Catalogue::parse(&text("clauses.toml")).expect("a catalogue"));
    &CATALOGUE
}
