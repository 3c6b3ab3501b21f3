//! What X takes for a link in a text: with `https://` before it, or a bare host name. Either counts the same,
//! however long it is. After X's own rules (twitter-text, version 3); facts: docs/PLATFORMS.md.

use std::ops::Range;

/// The name system takes no longer label.
const LONGEST_LABEL: usize = 63;

/// The links of a text, in order, as places in it.
#[must_use]
pub fn links(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if !text.contains('.') {
        return found;
    }
    let (mut before, mut free_from) = (None, 0);
    for (at, c) in text.char_indices() {
        if at >= free_from
            && c.is_alphanumeric()
            && let Some(length) = link(&text[at..], before)
        {
            free_from = at + length;
            found.push(at..free_from);
        }
        before = Some(c);
    }
    found
}

/// The length of the link that begins a text, if one does.
fn link(text: &str, before: Option<char>) -> Option<usize> {
    let stuck = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '＠' | '$' | '#' | '＃');
    if before.is_some_and(stuck) {
        return None;
    }
    let bare = !before.is_some_and(|c| matches!(c, '-' | '_' | '.' | '/'));
    let start = match scheme(text) {
        Some(scheme) => scheme + host(&text[scheme..], is_wide)?,
        None if bare => host(text, is_narrow)?,
        None => return None,
    };
    let start = start + port(&text[start..]);
    let start = start + path(&text[start..]);
    Some(start + query(&text[start..]))
}

fn scheme(text: &str) -> Option<usize> {
    ["https://", "http://"].into_iter().map(str::len).find(|length| {
        text.get(..*length)
            .is_some_and(|start| matches!(start.to_ascii_lowercase().as_str(), "https://" | "http://"))
    })
}

/// What stands in the host of a link with a scheme.
fn is_wide(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// What stands in a bare host.
fn is_narrow(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.') || is_accented(c)
}

const fn is_accented(c: char) -> bool {
    matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ')
}

/// The length of a host with a known top-level domain; the last one that fits ends it.
fn host(text: &str, part: fn(char) -> bool) -> Option<usize> {
    let run = text.find(|c| !part(c)).unwrap_or(text.len());
    let dots = text[..run].match_indices('.').map(|(at, _)| at);
    dots.take_while(|dot| is_name(&text[..*dot]))
        .filter_map(|dot| end_of_top_level(text, dot + 1))
        .last()
}

/// Whether what stands before a dot can be the rest of a host: labels without a hyphen at their ends that are not
/// too long for the name system.
fn is_name(name: &str) -> bool {
    let odd = |label: &str| {
        let cut = |c: char| matches!(c, '-' | '_');
        let foreign_code = label.starts_with("xn--") && !label.is_ascii();
        let too_long = || coded_length(label).is_none_or(|length| length > LONGEST_LABEL);
        label.is_empty() || label.starts_with(cut) || label.ends_with(cut) || foreign_code || too_long()
    };
    !name.split('.').any(odd)
}

/// The length of a label as the name system has it.
fn coded_length(label: &str) -> Option<usize> {
    if label.is_ascii() {
        return Some(label.len());
    }
    idna::punycode::encode_str(label).map(|code| "xn--".len() + code.len())
}

/// Where the top-level domain that begins at a place of a host ends, if one does.
fn end_of_top_level(host: &str, at: usize) -> Option<usize> {
    let text = &host[at..];
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .unwrap_or(text.len());
    // The name before it has no underscore; only what stands before that may have one.
    let named = host[..at - 1]
        .rsplit('.')
        .next()
        .is_some_and(|name| !name.contains('_'));
    // A mail address goes on behind its name.
    let goes_on = text[end..].starts_with(['@', '+']) || text[..end].ends_with('-');
    let known = || is_top_level(&text[..end]) || is_top_level(ascii_end(&host[..at + end]));
    (named && !goes_on && known()).then_some(at + end)
}

/// The labels at the end of a host that are plain.
fn ascii_end(host: &str) -> &str {
    let wide = host.char_indices().rfind(|(_, c)| !c.is_ascii());
    let start = wide.map_or(0, |(at, c)| at + c.len_utf8());
    host[start..].trim_start_matches(['.', '-'])
}

/// Whether the public knows a suffix of this name: a few countries have no names directly below them.
fn is_top_level(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.len() > 1
        && !name.bytes().last().is_some_and(|b| b.is_ascii_digit())
        && psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

fn port(text: &str) -> usize {
    let Some(digits) = text.strip_prefix(':') else {
        return 0;
    };
    match digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len()) {
        0 => 0,
        length => 1 + length,
    }
}

/// The length of a path. What stands at its end must not be a sentence's own punctuation.
fn path(text: &str) -> usize {
    if !text.starts_with('/') {
        return 0;
    }
    let (mut at, mut end) = (1, 1);
    while let Some(c) = text[at..].chars().next() {
        let length = match c {
            '(' => match balanced(&text[at..]) {
                0 => return end,
                length => {
                    end = at + length;
                    length
                }
            },
            _ if is_path(c) => c.len_utf8(),
            _ => return end,
        };
        at += length;
        if ends_path(c) {
            end = at;
        }
    }
    end
}

/// The length of parentheses with something of a path in them, one pair inside another at most.
fn balanced(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' if depth < 2 => depth += 1,
            ')' if at > 1 && depth == 1 => return at + 1,
            ')' if depth == 2 => depth = 1,
            _ if is_path(c) => {}
            _ => return 0,
        }
    }
    0
}

fn is_path(c: char) -> bool {
    ends_path(c) || "!*';:,.$%[]–~@|&".contains(c)
}

fn ends_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || "=_#/+-".contains(c) || is_accented(c) || matches!(c, '\u{400}'..='\u{4ff}')
}

fn query(text: &str) -> usize {
    if !text.starts_with('?') {
        return 0;
    }
    let inside = |c: char| c.is_ascii_alphanumeric() || "!?*'@();:&=+$/%#[]-_.,~|".contains(c);
    let at_end = |c: char| c.is_ascii_alphanumeric() || "-_&=#/".contains(c);
    let run = text.find(|c| !inside(c)).unwrap_or(text.len());
    text[1..run].rfind(at_end).map_or(0, |last| last + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        links(text).into_iter().map(|place| &text[place]).collect()
    }

    #[test]
    fn links_are_found_as_x_does() {
        for (text, expected) in [
            (
                "詳しくはhttps://www.city.example.lg.jp/bousai/をご覧ください",
                vec!["https://www.city.example.lg.jp/bousai/"],
            ),
            ("見て（https://example.jp/a）。", vec!["https://example.jp/a"]),
            ("https://例え.jp/防災", vec!["https://例え.jp/"]),
            ("https://example.jp/?q=防災", vec!["https://example.jp/?q="]),
            ("city.example.lg.jp を見て", vec!["city.example.lg.jp"]),
            ("readme.md と info.zip", vec!["readme.md", "info.zip"]),
            ("資料.pdf、2026.04.01、bosai@city.example.lg.jp", vec![]),
            ("HTTPS://EXAMPLE.JP/A.", vec!["HTTPS://EXAMPLE.JP/A"]),
            (
                "https://example.jp:8080/a(b)c, https://example.com",
                vec!["https://example.jp:8080/a(b)c", "https://example.com"],
            ),
            ("#example.jp @example.jp $example.jp a-.example.jp", vec![]),
            ("https:// https://nowhere", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    /// What X's own tests of its library say, where `SEKISHO_SPECS` names a folder that has them.
    #[test]
    fn links_are_found_as_twitter_text_says() {
        // Hosts of pictures, top-level domains in Japanese, X's own short links.
        const OTHERWISE: [&str; 5] = [
            "Extract valid URL: http://✪df.ws/ejp",
            "Extract domain followed by Japanese characters",
            "Extract a t.co URL with a trailing apostrophe",
            "Extract a t.co URL with a trailing hyphen",
            "DO NOT extract URLs with > 40 characters in a t.co slug",
        ];
        let Some(folder) = std::env::var_os("SEKISHO_SPECS") else {
            eprintln!("skipped: SEKISHO_SPECS is not set");
            return;
        };
        let file = std::path::Path::new(&folder).join("twitter-text/conformance/extract.yml");
        let cases: serde_json::Value =
            serde_norway::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let cases = cases["tests"]["urls"].as_array().unwrap();
        assert!(cases.len() > 80, "{} cases", cases.len());
        for case in cases {
            let description = case["description"].as_str().unwrap();
            if OTHERWISE.iter().any(|known| description.starts_with(known)) {
                continue;
            }
            let expected: Vec<String> = serde_json::from_value(case["expected"].clone()).unwrap();
            assert_eq!(found(case["text"].as_str().unwrap()), expected, "{description}");
        }
    }
}
