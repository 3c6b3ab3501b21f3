//! Addresses of listed hosts in every spelling that browsers fold into one (UTS 46, the URL standard).

use std::collections::BTreeMap;

use super::chance::Chance;

/// What browsers fold, asked of their own rules and not of ours.
pub(super) struct Folds {
    /// By the first letter that they become: characters, each with all its letters.
    letters: BTreeMap<char, Vec<(char, String)>>,
    /// Characters that leave no trace.
    nothing: Vec<char>,
}

impl Folds {
    /// Of all characters below the supplementary ideographs.
    pub(super) fn of_browsers() -> Self {
        let mut folds = Self {
            letters: BTreeMap::new(),
            nothing: Vec::new(),
        };
        for c in '\u{80}'..'\u{20000}' {
            let Ok(folded) = idna::domain_to_ascii(&format!("a{c}b")) else {
                continue;
            };
            let Some(letters) = folded.strip_prefix('a').and_then(|rest| rest.strip_suffix('b')) else {
                continue;
            };
            match letters.chars().next() {
                None => folds.nothing.push(c),
                // Such as ⒜: no host has a bracket.
                Some(_) if !letters.bytes().all(is_of_hosts) => {}
                Some(first) => folds
                    .letters
                    .entry(first)
                    .or_default()
                    .push((c, letters.to_owned())),
            }
        }
        let count = (folds.letters.len(), folds.nothing.len());
        assert!(count.0 >= 36 && count.1 > 10, "{count:?}");
        folds
    }

    /// Every character that browsers fold, with what becomes of it.
    pub(super) fn all(&self) -> impl Iterator<Item = (char, &str)> {
        let letters = self.letters.values().flatten();
        let nothing = self.nothing.iter().map(|c| (*c, ""));
        letters.map(|(c, letters)| (*c, letters.as_str())).chain(nothing)
    }

    /// The characters that become what a host goes on with, and how much of it.
    fn at(&self, rest: &str) -> Vec<(char, usize)> {
        let of_first = rest.chars().next().and_then(|first| self.letters.get(&first));
        let fitting = of_first
            .into_iter()
            .flatten()
            .filter(|(_, letters)| rest.starts_with(letters.as_str()));
        fitting.map(|(c, letters)| (*c, letters.len())).collect()
    }
}

const fn is_of_hosts(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')
}

/// An address of a host.
pub(super) fn address(chance: &mut Chance, folds: &Folds, host: &str) -> String {
    const SCHEMES: &[&str] = &[
        "https://",
        "http://",
        "HTTPS://",
        "https:\\\\",
        "https:/",
        "https:",
        "hTTp:///",
    ];
    const USERS: &[&str] = &[
        "",
        "",
        "",
        "www.city.example.lg.jp@",
        "a:b@",
        "%40@",
        "city.lg.jp%2Fa@",
        "a@b@",
    ];
    const ABOVE: &[&str] = &["", "", "www.", "a.b.", "city.lg.jp.", "ｗｗｗ．"];
    const PORTS: &[&str] = &["", "", "", ":443", ":80", ":8443", ":", "."];
    const TAILS: &[&str] = &[
        "",
        "/",
        "/3xYz",
        "?q=1",
        "#a",
        "\\a",
        "/a?u=https://www.city.lg.jp/",
    ];
    let host = shown(chance, host);
    let parts = [
        *chance.one(SCHEMES),
        *chance.one(USERS),
        *chance.one(ABOVE),
        &spelled(chance, folds, &host),
        *chance.one(PORTS),
        *chance.one(TAILS),
    ];
    parts.concat()
}

/// A host as it is registered, or as it is displayed.
fn shown(chance: &mut Chance, host: &str) -> String {
    if chance.once_in(2) {
        idna::domain_to_unicode(host).0
    } else {
        host.to_owned()
    }
}

/// How much of a host is disguised: a little of everything, or one letter.
fn spelled(chance: &mut Chance, folds: &Folds, host: &str) -> String {
    let rarely = 1 + chance.below(6);
    let mut spelled = String::new();
    let mut rest = host;
    while let Some(c) = rest.chars().next() {
        let fitting = folds.at(rest);
        let (letter, length) = match chance.below(4) {
            0 if !fitting.is_empty() => *chance.one(&fitting),
            1 => (c.to_ascii_uppercase(), c.len_utf8()),
            _ => (c, c.len_utf8()),
        };
        let (letter, length) = if chance.once_in(rarely) {
            (letter, length)
        } else {
            (c, c.len_utf8())
        };
        if chance.once_in(8 * rarely) {
            spelled.push(*chance.one(&folds.nothing));
        }
        if chance.once_in(4 * rarely) {
            spelled.push_str(&encoded(chance, letter));
        } else {
            spelled.push(letter);
        }
        rest = &rest[length..];
    }
    spelled
}

/// A character with its bytes as percent-encoded ones.
fn encoded(chance: &mut Chance, c: char) -> String {
    let mut buffer = [0; 4];
    let bytes = c.encode_utf8(&mut buffer).bytes();
    bytes
        .map(|byte| {
            if chance.once_in(2) {
                format!("%{byte:02x}")
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// A text that shows an address, set apart from what follows or glued to it.
pub(super) fn text(chance: &mut Chance, address: &str) -> String {
    const BEFORE: &[&str] = &[
        "",
        "",
        "詳しくは",
        "お申込みは、",
        "（",
        "「",
        "▶",
        "①",
        "案内: ",
        "あけぼの市です。\n",
    ];
    const BEHIND: &[&str] = &[
        "",
        "",
        " をご覧ください。",
        "\n続き",
        "」へ",
        "\u{3000}まで",
        "）",
        "、ほか",
        "からどうぞ",
        "をご覧ください。",
        "。以上",
    ];
    [*chance.one(BEFORE), address, *chance.one(BEHIND)].concat()
}
