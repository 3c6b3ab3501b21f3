//! What stands behind a host: path, query, fragment.

use crate::gate::{hosts::Style, normalise::is_ignorable};

/// Most paths have no more characters.
const USUAL: usize = 32;

/// What was read behind a host.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// Path and query.
    pub(super) path: String,
    /// Where in the text it ends, the fragment included.
    pub(super) end: usize,
}

/// Reads on behind a host that ends at a byte of the text and is drawn in a style.
pub(super) fn tail(text: &str, from: usize, style: Style) -> Tail {
    let mut read: Vec<(char, usize)> = Vec::with_capacity(USUAL);
    for (at, c) in text[from..].char_indices().filter(|(_, c)| !is_ignorable(*c)) {
        let Some(plain) = plain(c, style) else { break };
        if read.is_empty() && !matches!(plain, '/' | '?' | '#') {
            break;
        }
        read.push((plain, from + at + c.len_utf8()));
    }
    let count = |wanted| read.iter().filter(|(c, _)| *c == wanted).count();
    // How many closing brackets belong to no opening one, and so to the text around the link.
    let mut round = count(')').saturating_sub(count('('));
    let mut square = count(']').saturating_sub(count('['));
    while let Some((last, _)) = read.last() {
        match last {
            ')' if round > 0 => round -= 1,
            ']' if square > 0 => square -= 1,
            c if ends_a_sentence(*c) => {}
            _ => break,
        }
        read.pop();
    }
    let end = read.last().map_or(from, |(_, end)| *end);
    let mut path = String::with_capacity(read.len());
    path.extend(read.iter().map(|(c, _)| *c).take_while(|c| *c != '#'));
    Tail { path, end }
}

/// The ASCII character that one stands for in an address; none if it ends the address.
fn plain(c: char, style: Style) -> Option<char> {
    let c = match c {
        '\u{FF01}'..='\u{FF5E}' if style == Style::Wide => {
            let narrow = char::from_u32(u32::from(c) - 0xFEE0)?;
            (!matches!(narrow, '(' | ')' | '[' | ']' | ',' | '!')).then_some(narrow)?
        }
        '\\' => '/',
        _ => c,
    };
    let is_part = c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}');
    is_part.then_some(c)
}

/// Whether a character at the end belongs to the sentence around the link.
const fn ends_a_sentence(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '~' | '&')
}
