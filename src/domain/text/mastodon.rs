//! Mastodon counts grapheme clusters; a link with a scheme counts a fixed number, a mention only its name.

use std::borrow::Cow;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::{
    clusters,
    links::{Begins, Dialect, links},
    saturate,
};

/// What a link counts unless the server says otherwise.
pub(super) const PER_LINK: u32 = 23;

pub(super) fn count(text: &str, per_link: u32) -> u32 {
    if text.trim().is_empty() {
        return 0;
    }
    saturate(clusters::count(&as_counted(text, per_link)))
}

/// The text with something of the right length in place of each link, and without the servers of mentions.
fn as_counted(text: &str, per_link: u32) -> Cow<'_, str> {
    let mut links = links(text, Dialect::Mastodon);
    links.retain(|link| link.begins == Begins::WithScheme);
    if links.is_empty() && !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let link = "x".repeat(usize::try_from(per_link).unwrap_or_default());
    let mut written = String::with_capacity(text.len());
    let mut from = 0;
    for found in links {
        without_servers(text, from, found.at.start, &mut written);
        written.push_str(&link);
        from = found.at.end;
    }
    without_servers(text, from, text.len(), &mut written);
    Cow::Owned(written)
}

/// Copies what stands between two bytes, of each `@name@server` only the name.
fn without_servers(text: &str, from: usize, to: usize, written: &mut String) {
    let mut copied = from;
    for (at, _) in text[from..to]
        .match_indices('@')
        .map(|(at, mark)| (from + at, mark))
    {
        let is_glued = text[..at].ends_with(|c: char| matches!(c, '=' | '/') || is_word(c));
        if at < copied || is_glued {
            continue;
        }
        let name = at + 1 + length(&text[at + 1..to], |c| c.is_ascii_alphanumeric() || c == '_');
        if name == at + 1 || !text[name..to].starts_with('@') {
            continue;
        }
        let server = name + 1 + length(&text[name + 1..to], is_word);
        let goes_on = text[server..].starts_with(['@', '＠']) || text[server..].starts_with("://");
        if server > name + 1 && !goes_on {
            written.push_str(&text[copied..name]);
            copied = server;
        }
    }
    written.push_str(&text[copied..to]);
}

/// How long words with dots and hyphens between them are at the start of a text.
fn length(text: &str, is_in_word: impl Fn(char) -> bool) -> usize {
    let whole = text
        .find(|c: char| !is_in_word(c) && !matches!(c, '.' | '-'))
        .unwrap_or(text.len());
    let words = text[..whole].trim_end_matches(['.', '-']);
    if words.starts_with(['.', '-']) {
        0
    } else {
        words.len()
    }
}

/// Whether a character belongs to a word: letters, marks, digits, underscores of any script.
fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let is_letter = matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark
    );
    let category = c.general_category();
    is_letter
        || matches!(
            category,
            GeneralCategory::DecimalNumber | GeneralCategory::ConnectorPunctuation
        )
}
