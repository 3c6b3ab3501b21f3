//! Where a host may begin and end, and what its dots ask of the text around it.

use super::{
    lookalike::Style,
    view::{self, Cell, Face, Join},
};

/// No label of the domain name system is longer (RFC 1035).
const LONGEST_LABEL: usize = 63;

/// What the dots of a host ask of its surroundings, so that two words of a sentence are not taken for one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asks {
    not_mid_sentence: bool,
    link: bool,
}

impl Asks {
    pub(super) const fn add(&mut self, face: Face) {
        match face {
            Face::Join(Join::SpaceAfter) => self.not_mid_sentence = true,
            Face::Middle => self.link = true,
            _ => {}
        }
    }

    pub(super) fn are_met(self, cells: &[Cell], start: usize, end: usize) -> bool {
        let face = |index: usize| cells.get(index).map(|cell| cell.face);
        let has_path = face(end) == Some(Face::Other('/'));
        let has_scheme = follows_scheme(&cells[..start]);
        let at_its_end = match face(end) {
            None | Some(Face::Break) => true,
            Some(Face::Other(c)) => !c.is_ascii() || matches!(c, '/' | '?' | '#' | ':'),
            Some(Face::Gap) => !matches!(face(end + 1), Some(Face::Host(_))) || has_scheme,
            Some(Face::Dot) => !matches!(face(end + 1), Some(Face::Host(_))),
            _ => false,
        };
        (!self.not_mid_sentence || at_its_end) && (!self.link || has_path || has_scheme)
    }
}

/// Whether a text ends in `://` and perhaps the first labels of a host.
fn follows_scheme(cells: &[Cell]) -> bool {
    let is_name = |cell: &&Cell| matches!(cell.face, Face::Host(_) | Face::Dot);
    let mut before = cells.iter().rev().skip_while(is_name).map(|cell| cell.face);
    ['/', '/', ':']
        .iter()
        .all(|c| before.next() == Some(Face::Other(*c)))
}

/// Whether a host may begin before each cell.
pub(super) fn starts(cells: &[Cell]) -> Vec<bool> {
    let mut starts: Vec<bool> = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        let here = matches!(cell.face, Face::Host(_))
            && match index
                .checked_sub(1)
                .map(|before| (&cells[before], starts[before]))
            {
                None => true,
                // A leading hyphen belongs to no label.
                Some((before, may_start)) => {
                    is_edge(before, cell) || (before.face == Face::Host('-') && may_start)
                }
            };
        starts.push(here);
    }
    starts
}

/// Whether a host may end before each cell, and at the end of the text.
pub(super) fn ends(cells: &[Cell]) -> Vec<bool> {
    let names_end = name_ends(cells);
    let mut ends = vec![false; cells.len() + 1];
    for end in (1..=cells.len()).rev() {
        let last = &cells[end - 1];
        if !matches!(last.face, Face::Host(_)) {
            continue;
        }
        ends[end] = match cells.get(end) {
            None => true,
            Some(next) if next.face == Face::Dot => {
                let continues = cells
                    .get(end + 1)
                    .is_some_and(|cell| matches!(cell.face, Face::Host(_)));
                // 。 ends a sentence at least as often as it imitates a dot.
                !continues || next.style == Style::Cjk || !names_end[end]
            }
            Some(next) => is_edge(last, next) || (next.face == Face::Host('-') && ends[end + 1]),
        };
    }
    ends
}

/// Whether one cell ends a word and the next begins another.
fn is_edge(left: &Cell, right: &Cell) -> bool {
    let is_letter = |cell: &Cell| match cell.face {
        Face::Host(_) => true,
        Face::Other(c) => c.is_alphanumeric(),
        _ => false,
    };
    !(is_letter(left) && is_letter(right)) || left.style != right.style || left.style == Style::Alone
}

/// For each cell, whether the name that it belongs to ends in a top-level domain that exists. Where it
/// does not (`bit.ly.Please`), platforms link the part before it.
fn name_ends(cells: &[Cell]) -> Vec<bool> {
    let mut known = vec![false; cells.len()];
    if cells.iter().all(|cell| cell.face != Face::Dot) {
        return known;
    }
    let is_name = |cell: &Cell| matches!(cell.face, Face::Host(_) | Face::Dot);
    let mut start = 0;
    for run in cells.chunk_by(|left, right| is_name(left) == is_name(right)) {
        let exists = run.first().is_some_and(is_name) && ends_in_known_suffix(run);
        known[start..start + run.len()].fill(exists);
        start += run.len();
    }
    known
}

/// Whether the last label of a name is a suffix under which names are registered.
fn ends_in_known_suffix(name: &[Cell]) -> bool {
    let letters = name
        .iter()
        .rev()
        .skip_while(|cell| matches!(cell.face, Face::Dot | Face::Host('-')))
        .map_while(|cell| match cell.face {
            Face::Host(c) => u8::try_from(c).ok(),
            _ => None,
        });
    // From the last letter to the first.
    let mut label = [0; LONGEST_LABEL];
    let mut start = LONGEST_LABEL;
    for letter in letters.take(LONGEST_LABEL) {
        start -= 1;
        label[start] = letter;
    }
    psl::suffix(&label[start..]).is_some_and(|suffix| suffix.is_known())
}

/// The cells with every `xn--` label as it would be displayed; none if there is no such label.
pub(super) fn with_decoded_labels(cells: &[Cell]) -> Option<Vec<Cell>> {
    let is = |cell: &Cell, c| cell.face == Face::Host(c);
    let is_encoded = |cells: &[Cell]| matches!(cells, [x, n, first, second] if is(x, 'x') && is(n, 'n') && is(first, '-') && is(second, '-'));
    if !cells.windows(4).any(is_encoded) {
        return None;
    }
    let mut decoded = Vec::with_capacity(cells.len());
    let mut any = false;
    for label in cells.chunk_by(|left, right| {
        matches!((left.face, right.face), (Face::Host(_), Face::Host(_))) && !is_edge(left, right)
    }) {
        let text: String = label
            .iter()
            .map_while(|cell| match cell.face {
                Face::Host(c) => Some(c),
                _ => None,
            })
            .collect();
        // No label of the domain name system is longer, and decoding costs the square of the length.
        let shown = text
            .strip_prefix("xn--")
            .filter(|rest| rest.len() <= 59)
            .and_then(idna::punycode::decode_to_string);
        match (shown, label.first(), label.last()) {
            (Some(shown), Some(first), Some(last)) => {
                any = true;
                for c in shown.chars() {
                    view::push(&mut decoded, c, first.at.start..last.at.end);
                }
            }
            _ => decoded.extend(label.iter().cloned()),
        }
    }
    any.then_some(decoded)
}
