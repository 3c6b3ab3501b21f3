//! A text as a sequence of cells: what each character contributes to a host.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;

use super::lookalike::{Style, ascii_of, boxed, is_mark, style_of};
use crate::gate::normalise::is_ignorable;

/// What a character is to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    /// A letter or digit in lower case, or a hyphen.
    Host(char),
    /// A full stop, in any script.
    Dot,
    /// A bullet or a dot in the middle of the line.
    Bullet,
    /// The Japanese middle dot, which separates words (Go・To) far more often than it imitates a full stop.
    Middle,
    /// What stands for a dot between two labels but is none.
    Join(Join),
    /// White space within a line.
    Gap,
    /// The end of a line.
    Break,
    /// Anything else.
    Other(char),
}

/// What stands for a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// Written in a way that no sentence has: `[.]`, ` dot `, ` .`.
    Spelled,
    /// A dot and a space, as after every sentence.
    SpaceAfter,
}

/// One cell, and the characters of the original that it came from.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) face: Face,
    pub(super) style: Style,
    /// Whether it only looks like what it is taken for.
    pub(super) look_alike: bool,
    pub(super) at: Range<usize>,
}

impl Cell {
    /// The character that a reader takes it for.
    const fn shown(&self) -> char {
        match self.face {
            Face::Host(c) | Face::Other(c) => c,
            Face::Dot | Face::Bullet | Face::Middle | Face::Join(_) => '.',
            Face::Gap => ' ',
            Face::Break => '\n',
        }
    }
}

/// The cells of a text.
pub(super) fn cells(text: &str) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        let taken = match percent(rest) {
            Some((decoded, length)) => {
                push(&mut cells, decoded, at..at + length);
                length
            }
            // The digits of a sequence that means nothing may be the beginning of a host, or not.
            None if is_triplet(rest) => {
                push(&mut cells, c, at..at + 1);
                for (index, digit) in rest.char_indices().skip(1).take(2) {
                    push(&mut cells, digit, at + index..at + index + 1);
                }
                let length = cells.len();
                for cell in &mut cells[length.saturating_sub(2)..] {
                    cell.style = Style::Alone;
                }
                3
            }
            None => {
                push(&mut cells, c, at..at + c.len_utf8());
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    with_joins(&cells)
}

/// The cells of one character, all at the same place.
pub(super) fn push(cells: &mut Vec<Cell>, c: char, at: Range<usize>) {
    if is_ignorable(c) || (c.is_control() && !c.is_whitespace()) {
        return;
    }
    let style = style_of(c);
    let mut add = |face, look_alike| {
        cells.push(Cell {
            face,
            style,
            look_alike,
            at: at.clone(),
        });
    };
    if let Some(letter) = boxed(c) {
        return add(Face::Host(letter), false);
    }
    for plain in std::iter::once(c)
        .nfkd()
        .filter(|c| !is_mark(*c) && !is_ignorable(*c))
    {
        if let Some(face) = known(plain) {
            add(face, false);
        } else if let Some(ascii) = imitated(plain).or_else(|| imitated(c)) {
            for letter in ascii.chars() {
                add(known(letter).unwrap_or(Face::Other(letter)), true);
            }
        } else {
            add(Face::Other(plain), false);
        }
    }
}

/// Japanese, Chinese and Korean letters imitate nothing: they are the text around a host.
fn imitated(c: char) -> Option<String> {
    (style_of(c) != Style::Cjk).then(|| ascii_of(c)).flatten()
}

fn known(c: char) -> Option<Face> {
    Some(match c {
        '.' | '。' | '\u{2024}' | '\u{6D4}' => Face::Dot,
        '·' | '•' | '‧' | '∙' | '⋅' | '⸱' | '\u{387}' | '᛫' | '\u{2E33}' => Face::Bullet,
        '・' => Face::Middle,
        '‐' | '–' | '−' | '⁃' => Face::Host('-'),
        '\n' => Face::Break,
        _ if c.is_whitespace() => Face::Gap,
        _ if c.is_ascii_alphanumeric() || c == '-' => Face::Host(c.to_ascii_lowercase()),
        _ if c.is_ascii() => Face::Other(c),
        _ => return None,
    })
}

/// The first character of a text that begins with a valid percent-encoded one, and its length there.
fn percent(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(4);
    for triplet in bytes.chunks_exact(3).take(4) {
        if triplet[0] != b'%' {
            return None;
        }
        decoded.push(hex::decode(&triplet[1..]).ok()?.pop()?);
        if let Ok(character) = std::str::from_utf8(&decoded) {
            let c = character.chars().next().filter(|c| !c.is_control())?;
            return Some((c, decoded.len() * 3));
        }
    }
    None
}

fn is_triplet(text: &str) -> bool {
    matches!(text.as_bytes(), [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Puts one cell in place of everything between two labels that stands for a dot.
fn with_joins(cells: &[Cell]) -> Vec<Cell> {
    let mut joined: Vec<Cell> = Vec::with_capacity(cells.len());
    let mut index = 0;
    while let Some(cell) = cells.get(index) {
        let after_label = joined
            .last()
            .is_some_and(|last| matches!(last.face, Face::Host(_)));
        let found = after_label
            .then(|| join_at(cells, index))
            .flatten()
            .filter(|(_, end)| matches!(cells.get(*end).map(|cell| cell.face), Some(Face::Host(_))));
        match found {
            Some((join, end)) => {
                joined.push(Cell {
                    face: Face::Join(join),
                    style: Style::Alone,
                    look_alike: false,
                    at: cell.at.start..cells[end - 1].at.end,
                });
                index = end;
            }
            None => {
                joined.push(cell.clone());
                index += 1;
            }
        }
    }
    joined
}

/// The kind of join that begins at a cell, and where it ends.
fn join_at(cells: &[Cell], start: usize) -> Option<(Join, usize)> {
    let first = skip_space(cells, start);
    let spaced = first > start;
    let cell = cells.get(first)?;
    if matches!(cell.face, Face::Other('[' | '(' | '{' | '<' | '「' | '【' | '〔')) {
        let inside = skip_space(cells, first + 1);
        let end = skip_space(cells, inside + dot_or_word(cells, inside)?);
        let closed = matches!(
            cells.get(end)?.face,
            Face::Other(']' | ')' | '}' | '>' | '」' | '】' | '〕')
        );
        return closed.then(|| (Join::Spelled, skip_space(cells, end + 1)));
    }
    for entity in ["&#46;", "&#x2e;", "&period;"] {
        if shows(cells, first, entity) {
            return Some((Join::Spelled, first + entity.len()));
        }
    }
    if cell.face == Face::Dot {
        let end = skip_space(cells, first + 1);
        return match (spaced, end > first + 1) {
            (true, _) => Some((Join::Spelled, end)),
            (false, true) => Some((Join::SpaceAfter, end)),
            (false, false) => None,
        };
    }
    let length = dot_word(cells, first)?;
    let end = skip_space(cells, first + length);
    let is_japanese = cell.style == Style::Cjk;
    (is_japanese || (spaced && end > first + length)).then_some((Join::Spelled, end))
}

/// How many cells a dot takes, or a word for it.
fn dot_or_word(cells: &[Cell], at: usize) -> Option<usize> {
    match cells.get(at)?.face {
        Face::Dot | Face::Bullet | Face::Middle => Some(1),
        _ => dot_word(cells, at),
    }
}

/// How many cells a word for a dot takes.
fn dot_word(cells: &[Cell], at: usize) -> Option<usize> {
    // ドット and どっと, their marks taken off.
    ["dot", "トット", "とっと"]
        .iter()
        .any(|word| shows(cells, at, word))
        .then_some(3)
}

fn shows(cells: &[Cell], at: usize, text: &str) -> bool {
    let mut shown = cells[at.min(cells.len())..].iter().map(Cell::shown);
    text.chars().all(|c| shown.next() == Some(c))
}

/// Skips a little white space: not more than one would put around a dot, and no empty line.
fn skip_space(cells: &[Cell], start: usize) -> usize {
    let mut breaks = 0;
    let mut end = start;
    while end < start + 4 {
        match cells.get(end).map(|cell| cell.face) {
            Some(Face::Gap) => {}
            Some(Face::Break) if breaks == 0 => breaks += 1,
            _ => break,
        }
        end += 1;
    }
    end
}
