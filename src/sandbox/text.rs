//! How a server of the Mastodon family counts a text and turns it into HTML.

use unicode_segmentation::UnicodeSegmentation;

use super::html::Markup;

/// What every URL counts for, whatever its real length.
pub(super) const CHARACTERS_PER_URL: usize = 23;

/// The counted length: graphemes, after each http(s) URL became 23 characters and each `@user@host` became `@user`.
///
/// A URL ends at the first character outside ASCII, so Japanese text may follow it with no space between.
pub(super) fn counted_length(text: &str) -> usize {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        if let Some(length) = url_at(rest) {
            plain.extend(std::iter::repeat_n('x', CHARACTERS_PER_URL));
            rest = &rest[length..];
        } else if let Some((kept, length)) = mention_at(rest).filter(|_| !ends_in_word(&plain)) {
            plain.push_str(&rest[..kept]);
            rest = &rest[length..];
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    plain.graphemes(true).count()
}

fn ends_in_word(text: &str) -> bool {
    text.chars()
        .next_back()
        .is_some_and(|last| last.is_ascii_alphanumeric() || matches!(last, '_' | '/' | '@'))
}

/// The length in bytes of the URL the text starts with.
fn url_at(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let after = &text[scheme.len()..];
    let end = after
        .find(|c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '"'))
        .unwrap_or(after.len());
    let address = after[..end].trim_end_matches(['.', ',', ':', ';', '!', '?', '\'', ')', ']']);
    address
        .starts_with(|c: char| c.is_ascii_alphanumeric())
        .then(|| scheme.len() + address.len())
}

/// For a text that starts with `@user@host`: the length of `@user`, and of the whole.
fn mention_at(text: &str) -> Option<(usize, usize)> {
    let name = text.strip_prefix('@')?;
    let name_length = run(name, |c| c.is_ascii_alphanumeric() || c == '_')?;
    let host = name[name_length..].strip_prefix('@')?;
    let host_length = run(host, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))?;
    Some((1 + name_length, 2 + name_length + host_length))
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> Option<usize> {
    let length = text.find(|c| !belongs(c)).unwrap_or(text.len());
    (length > 0).then_some(length)
}

/// The `content` of a status: paragraphs at blank lines, `<br />` at line ends, everything else escaped.
pub(super) fn to_markup(text: &str) -> Markup {
    let text = text.replace("\r\n", "\n");
    let mut html = Markup::new();
    let paragraphs = text
        .split("\n\n")
        .map(|paragraph| paragraph.trim_matches('\n'))
        .filter(|paragraph| !paragraph.is_empty());
    for paragraph in paragraphs {
        html.raw("<p>");
        for (index, line) in paragraph.split('\n').enumerate() {
            if index > 0 {
                html.raw("<br />");
            }
            html.text(line);
        }
        html.raw("</p>");
    }
    html
}

/// The same as a string, for JSON.
pub(super) fn to_html(text: &str) -> String {
    to_markup(text).into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_a_reader_sees() {
        assert_eq!(counted_length("こんにちは"), 5);
        assert_eq!(counted_length("👨‍👩‍👧‍👦"), 1);
        assert_eq!(counted_length(""), 0);
    }

    #[test]
    fn urls_count_as_23_and_end_where_japanese_begins() {
        assert_eq!(counted_length("https://a.jp/"), 23);
        let long = format!("https://example.jp/{}", "a".repeat(300));
        assert_eq!(counted_length(&long), 23);
        assert_eq!(counted_length("詳細はhttps://a.jpへ。"), 3 + 23 + 2);
        assert_eq!(counted_length("(https://a.jp/x)."), 1 + 23 + 2);
        assert_eq!(counted_length("example.jp/long"), 15);
        assert_eq!(counted_length("http://"), 7);
    }

    #[test]
    fn remote_mentions_count_without_their_host() {
        assert_eq!(counted_length("@town@social.example.jp です"), 5 + 3);
        assert_eq!(counted_length("mail a@b@c"), 10);
    }

    #[test]
    fn html_is_escaped_and_broken_into_lines() {
        assert_eq!(
            to_html("a <b> & \"c\"\nd\r\n\r\ne\n\n\n"),
            "<p>a &lt;b&gt; &amp; &quot;c&quot;<br />d</p><p>e</p>"
        );
    }
}
