//! Instagram takes a certain number of hashtags and of mentions in a caption only.

/// How many hashtags a text has.
#[must_use]
pub fn hashtags(text: &str) -> usize {
    marked(text, is_hash, |c| c.is_alphanumeric() || c == '_')
}

/// How many mentions a text has.
#[must_use]
pub fn mentions(text: &str) -> usize {
    marked(text, is_at, |c| c.is_ascii_alphanumeric() || c == '_')
}

const fn is_hash(c: char) -> bool {
    matches!(c, '#' | '＃')
}

const fn is_at(c: char) -> bool {
    matches!(c, '@' | '＠')
}

/// How many words follow a mark that stands behind no word.
fn marked(text: &str, is_mark: fn(char) -> bool, is_in_word: fn(char) -> bool) -> usize {
    let stands = |(at, mark): &(usize, &str)| {
        let is_glued =
            text[..*at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '&'));
        !is_glued && text[at + mark.len()..].starts_with(is_in_word)
    };
    text.match_indices(is_mark).filter(stands).count()
}
