//! A text as a sequence of cells: what each character contributes to a host.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;

use super::{
    islands::{is_inert, islands},
    lookalike::{Style, ascii_of, boxed, is_mark, is_two_letters, style_of},
};
use crate::gate::normalise::is_ignorable;

/// What a character is to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gate) enum Face {
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
pub(in crate::gate) enum Join {
    /// Written in a way that no sentence has: `[.]`, ` dot `.
    Spelled,
    /// A space and a dot, as before `.NET`.
    SpaceBefore,
    /// A dot and a space, as after every sentence.
    SpaceAfter,
}

/// One cell, and the characters of the original that it came from.
#[derive(Debug, Clone)]
pub(in crate::gate) struct Cell {
    pub(in crate::gate) face: Face,
    pub(in crate::gate) style: Style,
    /// Whether it only looks like what it is taken for.
    pub(in crate::gate) look_alike: bool,
    pub(in crate::gate) at: Range<usize>,
}

impl Cell {
    /// The cells of one character.
    #[cfg(test)]
    pub(super) fn all_of(c: char) -> Vec<Self> {
        let mut cells = Vec::new();
        push(&mut cells, c, 0..c.len_utf8());
        cells
    }

    /// The character that a reader takes it for.
    pub(in crate::gate) const fn shown(&self) -> char {
        match self.face {
            Face::Host(c) | Face::Other(c) => c,
            Face::Dot | Face::Bullet | Face::Middle | Face::Join(_) => '.',
            Face::Gap => ' ',
            Face::Break => '\n',
        }
    }
}

/// A text as the search for hosts sees it: the cells of each stretch in which a host may stand.
#[derive(Debug)]
pub(in crate::gate) struct View {
    pub(in crate::gate) stretches: Vec<Vec<Cell>>,
}

impl View {
    /// What matters of a text.
    pub(in crate::gate) fn of(text: &str) -> Self {
        let stretches = islands(text).into_iter();
        Self {
            stretches: stretches.map(|island| cells(text, island)).collect(),
        }
    }

    /// All of a text.
    pub(in crate::gate) fn whole(text: &str) -> Self {
        Self {
            stretches: vec![cells(text, 0..text.len())],
        }
    }
}

/// The cells of a stretch of a text.
pub(super) fn cells(text: &str, stretch: Range<usize>) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(stretch.len());
    let mut at = stretch.start;
    while let Some(c) = text[at..stretch.end].chars().next() {
        let rest = &text[at..stretch.end];
        at += match percent(rest) {
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
    }
    with_joins(cells)
}

/// The cells of one character, all at the same place.
pub(super) fn push(cells: &mut Vec<Cell>, c: char, at: Range<usize>) {
    let is_shown = if c.is_ascii() {
        !c.is_ascii_control() || c.is_whitespace()
    } else {
        !is_ignorable(c) && (!c.is_control() || c.is_whitespace())
    };
    if !is_shown {
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
    if let Some(face) = at_once(c) {
        return add(face, false);
    }
    if let Some(letter) = boxed(c) {
        return add(Face::Host(letter), false);
    }
    if is_two_letters(c) {
        add(Face::Host('s'), false);
        return add(Face::Host('s'), false);
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

/// The face of a character that needs no look into Unicode's tables.
fn at_once(c: char) -> Option<Face> {
    match c {
        '\0'..='\u{7F}' => known(c),
        '\u{FF01}'..='\u{FF5E}' => known(char::from_u32(u32::from(c) - 0xFEE0)?),
        _ => is_inert(c).then_some(Face::Other(c)),
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
    let mut decoded = Vec::new();
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
fn with_joins(mut cells: Vec<Cell>) -> Vec<Cell> {
    // Where the next cell goes: joined ones leave room behind.
    let mut kept = 0;
    let mut index = 0;
    while index < cells.len() {
        let after_label = kept > 0 && matches!(cells[kept - 1].face, Face::Host(_));
        let join = (after_label && may_join(cells[index].face))
            .then(|| join_at(&cells, index))
            .flatten()
            .filter(|(_, end)| matches!(cells.get(*end).map(|cell| cell.face), Some(Face::Host(_))));
        if let Some((join, end)) = join {
            cells[kept] = Cell {
                face: Face::Join(join),
                style: Style::Alone,
                look_alike: false,
                at: cells[index].at.start..cells[end - 1].at.end,
            };
            index = end;
        } else {
            cells.swap(kept, index);
            index += 1;
        }
        kept += 1;
    }
    cells.truncate(kept);
    cells
}

/// Whether a join may begin with a face.
const fn may_join(face: Face) -> bool {
    match face {
        Face::Gap | Face::Break | Face::Dot => true,
        Face::Other(c) => is_open(c) || matches!(c, '&' | 'ト' | 'と'),
        Face::Host(_) | Face::Bullet | Face::Middle | Face::Join(_) => false,
    }
}

const fn is_open(c: char) -> bool {
    matches!(c, '[' | '(' | '{' | '<' | '「' | '【' | '〔')
}

/// The kind of join that begins at a cell, and where it ends.
fn join_at(cells: &[Cell], start: usize) -> Option<(Join, usize)> {
    let first = skip_space(cells, start);
    let spaced = first > start;
    let cell = cells.get(first)?;
    if matches!(cell.face, Face::Other(c) if is_open(c)) {
        let inside = skip_space(cells, first + 1);
        let end = skip_space(cells, inside + dot_or_word(cells, inside)?);
        let closed = matches!(
            cells.get(end)?.face,
            Face::Other(']' | ')' | '}' | '>' | '」' | '】' | '〕')
        );
        return closed.then(|| (Join::Spelled, skip_space(cells, end + 1)));
    }
    if cell.face == Face::Other('&') {
        let mut entities = ["&#46;", "&#x2e;", "&period;"].iter();
        let entity = entities.find(|entity| shows(cells, first, entity))?;
        return Some((Join::Spelled, first + entity.len()));
    }
    if cell.face == Face::Dot {
        let end = skip_space(cells, first + 1);
        return match (spaced, end > first + 1) {
            (true, _) => Some((Join::SpaceBefore, end)),
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
