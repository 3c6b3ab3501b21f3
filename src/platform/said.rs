//! What a server said, made fit to be kept and shown.

/// The longest text that is kept of what a server said.
const LONGEST: usize = 200;

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";

/// Cleans a foreign text: no secret that the server echoed, no control characters (those that turn the
/// writing direction included), one line, at most 200 characters.
pub(super) fn said(text: &str, secrets: &[&str]) -> String {
    // Secrets go first: a cut or a fold could leave a half of one that is no longer recognised.
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, REDACTED);
    }
    let plain: String = text
        .chars()
        .map(|c| if is_disruptive(c) { ' ' } else { c })
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some(_) => line.chars().take(LONGEST - 1).chain(['…']).collect(),
    }
}

fn is_disruptive(c: char) -> bool {
    let formats =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    c.is_control() || formats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_is_one_clean_line() {
        let secret = "canary";
        assert_eq!(said("a\r\n\u{1b}[31m  b\u{202e}c", &[secret]), "a [31m b c");
        assert_eq!(
            said("token canary, canarycanary", &[secret]),
            "token [redacted], [redacted][redacted]"
        );
        assert_eq!(said("a", &[""]), "a");
        let long = format!("{}canary", "あ".repeat(198));
        let said = said(&long, &[secret]);
        assert_eq!(said.chars().count(), 200);
        assert!(said.ends_with("あ[…"), "{said}");
    }
}
