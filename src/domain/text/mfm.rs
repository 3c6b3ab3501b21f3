//! Markup of Misskey (MFM), in which a text is not what it looks like: a link under another name, moving or
//! shrunken words, what stands in tags. Gate and signers see the marks, a citizen sees none of them.

use std::ops::Range;

/// Tags that change how words look. Between `<plain>` and `</plain>` nothing is markup.
const TAGS: &[&str] = &["b", "i", "s", "small", "center"];

/// Where markup stands: the label of a link with what follows it, the name of a function, a tag.
#[must_use]
pub fn markup(text: &str) -> Vec<Range<usize>> {
    // A `<plain>` that nobody closes is a word like any other.
    let last_plain = text.rfind("</plain>").unwrap_or(0);
    let mut found = Vec::new();
    let mut bracket = None;
    let mut at = 0;
    while let Some(next) = text[at..].find(['[', ']', '<', '\n']).map(|next| at + next) {
        let rest = &text[next..];
        at = next + 1;
        match rest.as_bytes()[0] {
            b'[' => {
                let name = function(rest).filter(|_| text[..next].ends_with('$'));
                found.extend(name.map(|length| next - 1..next + length));
                bracket = Some(next);
            }
            b']' => {
                let link = bracket.and_then(|open| Some(open..next + target(rest)?));
                if let Some(link) = link {
                    (at, bracket) = (link.end, None);
                    found.push(link);
                }
            }
            b'<' if rest.starts_with("<plain>") && next < last_plain => {
                at = rest.find("</plain>").map_or(text.len(), |end| next + end);
            }
            b'<' => found.extend(tag(rest).map(|length| next..next + length)),
            _ => bracket = None,
        }
    }
    found
}

/// How long a bracket and the name of a function are, behind which its arguments or its text stand.
fn function(rest: &str) -> Option<usize> {
    let name = rest[1..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let length = rest.len() - name.len();
    (length > 1 && name.starts_with([' ', '.'])).then_some(length)
}

/// How long a bracket and the address behind it are, if it closes the label of a link.
fn target(rest: &str) -> Option<usize> {
    let address = rest.strip_prefix("](")?.trim_start_matches('<');
    let has_scheme = ["https://", "http://"].iter().any(|scheme| {
        address
            .get(..scheme.len())
            .is_some_and(|read| read.eq_ignore_ascii_case(scheme))
    });
    let end = address
        .find(|c: char| c.is_whitespace() || c == ')')
        .unwrap_or(address.len());
    has_scheme.then_some(rest.len() - address.len() + end)
}

/// How long a tag is.
fn tag(rest: &str) -> Option<usize> {
    TAGS.iter().find_map(|name| {
        let behind = rest[1..].strip_prefix(name)?.strip_prefix('>')?;
        Some(rest.len() - behind.len())
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("[市役所](https://example.com/a)です", &["[市役所](https://example.com/a"])]
    #[case("?[市役所](<HTTP://example.com/a>)", &["[市役所](<HTTP://example.com/a>"])]
    #[case("[[重要]市](https://example.com)", &["[重要]市](https://example.com"])]
    #[case("$[x2 大きく] $[spin.speed=1s 回る]", &["$[x2", "$[spin"])]
    #[case("<small>小さく</small>と<center>中央</center>", &["<small>", "<center>"])]
    #[case("<plain>[a](https://example.com)</plain><b>太く</b>", &["<b>"])]
    #[case("<plain>[a](https://example.com)", &["[a](https://example.com"])]
    #[case("[重要]避難所を開設（https://www.city.example.lg.jp/）", &[])]
    #[case("【重要】「断水」[訂正](12月3日)", &[])]
    #[case("費用は$[500]、a<b、<お知らせ>", &[])]
    #[case("[改行\n](https://example.com)", &[])]
    #[case("](https://example.com)", &[])]
    #[case("https://example.com/a[1](b)", &[])]
    fn what_changes_a_text_is_found(#[case] text: &str, #[case] expected: &[&str]) {
        let found: Vec<&str> = markup(text).into_iter().map(|at| &text[at]).collect();
        assert_eq!(found, expected);
    }
}
