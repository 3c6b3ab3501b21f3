//! Finds listed hosts in a text, however they are spelled.
//!
//! There is no attempt to recognise links: platforms disagree on what one is, and a reader types what
//! looks like a host. Every stretch that reads as a listed host or as a host below it is found: glued to
//! Japanese text, behind user information, in full-width, encoded, invisible-spaced, look-alike,
//! bracketed or spelled-out form.

mod lookalike;
mod view;

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
};

use lookalike::Style;
use view::{Cell, Face, Join};

/// Which list a host stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// A URL shortener.
    Shortener,
    /// A short host that a platform runs for its own pages.
    PlatformShort,
}

/// A listed host that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// The entry of the list, ASCII.
    pub(super) ascii: String,
    /// Its list.
    pub(super) listing: Listing,
    /// Where it stands, on character boundaries.
    pub(super) span: Range<usize>,
}

/// The lists, ready to search. An entry covers the host and every host below it; of several entries the
/// longest decides.
#[derive(Debug, Default)]
pub(super) struct HostList {
    entries: Vec<(String, Listing)>,
    /// By the host's letters from last to first, as a text is searched backwards from where a host ends.
    exact: HashMap<String, usize>,
    /// The same after letters that look alike were made one.
    folded: HashMap<String, usize>,
    /// Internationalised entries as they are displayed.
    displayed: Vec<(Vec<char>, usize)>,
    longest: usize,
}

/// An entry that is not a host.
#[derive(Debug)]
pub(super) struct NotAHost(pub(super) String);

impl HostList {
    /// Compiles the two lists. A host in both counts as a shortener.
    pub(super) fn compile(
        shorteners: &BTreeSet<String>,
        platform: &BTreeSet<String>,
    ) -> Result<Self, NotAHost> {
        let mut list = Self::default();
        let platform = platform.iter().map(|host| (host, Listing::PlatformShort));
        let shorteners = shorteners.iter().map(|host| (host, Listing::Shortener));
        for (host, listing) in platform.chain(shorteners) {
            if !is_host(host) {
                return Err(NotAHost(host.clone()));
            }
            let index = list.entries.len();
            list.entries.push((host.clone(), listing));
            list.exact.insert(host.chars().rev().collect(), index);
            let mut folded = String::new();
            host.chars().rev().for_each(|c| fold(&mut folded, c));
            list.longest = list.longest.max(folded.len());
            list.folded.insert(folded, index);
            if let Some(displayed) = displayed(host) {
                list.displayed.push((displayed, index));
            }
        }
        Ok(list)
    }

    /// Every listed host in a text, in the order in which they stand there.
    pub(super) fn find(&self, text: &str) -> Vec<Host> {
        let cells = view::cells(text);
        let mut found = self.search(&cells);
        if let Some(decoded) = with_decoded_labels(&cells) {
            found.extend(self.search(&decoded));
        }
        found.sort_by_key(|host| (host.span.start, std::cmp::Reverse(host.span.end)));
        let mut outer: Vec<Host> = Vec::new();
        for host in found {
            let is_inside = outer.last().is_some_and(|last| host.span.end <= last.span.end);
            if !is_inside {
                outer.push(host);
            }
        }
        outer
    }

    fn search(&self, cells: &[Cell]) -> Vec<Host> {
        let starts = starts(cells);
        let ends = ends(cells);
        let mut found: Vec<Host> = (1..=cells.len())
            .filter(|end| ends[*end])
            .filter_map(|end| {
                let (start, index) = self.longest_before(cells, &starts, end)?;
                Some(self.host(cells, start..end, index))
            })
            .collect();
        for (displayed, index) in &self.displayed {
            let last = cells.len().saturating_sub(displayed.len() - 1);
            let here = |start: &usize| {
                let shown = cells[*start..].iter().map(|cell| match cell.face {
                    Face::Host(c) | Face::Other(c) => c,
                    Face::Dot => '.',
                    _ => ' ',
                });
                ends[start + displayed.len()] && shown.take(displayed.len()).eq(displayed.iter().copied())
            };
            found.extend(
                (0..last)
                    .filter(here)
                    .map(|start| self.host(cells, start..start + displayed.len(), *index)),
            );
        }
        found
    }

    fn host(&self, cells: &[Cell], range: Range<usize>, index: usize) -> Host {
        let (ascii, listing) = self.entries[index].clone();
        Host {
            ascii,
            listing,
            span: cells[range.start].at.start..cells[range.end - 1].at.end,
        }
    }

    /// The longest entry that ends before cell `end`: where it starts, and which it is.
    fn longest_before(&self, cells: &[Cell], starts: &[bool], end: usize) -> Option<(usize, usize)> {
        let (mut exact, mut folded) = (String::new(), String::new());
        let (mut look_alike, mut dots, mut asks) = (false, 0, Asks::default());
        let mut best = None;
        for start in (0..end).rev() {
            let cell = &cells[start];
            let c = match cell.face {
                Face::Host(c) => c,
                Face::Dot | Face::Bullet | Face::Middle | Face::Join(_) => '.',
                Face::Gap | Face::Break | Face::Other(_) => break,
            };
            asks.add(cell.face);
            look_alike |= cell.look_alike;
            dots += usize::from(c == '.');
            exact.push(c);
            fold(&mut folded, c);
            if folded.len() > self.longest {
                break;
            }
            if dots == 0 || !starts[start] {
                continue;
            }
            let hit = self
                .exact
                .get(&exact)
                .or_else(|| self.folded.get(&folded).filter(|_| look_alike));
            if let Some(index) = hit.filter(|_| asks.are_met(cells, start, end)) {
                best = Some((start, *index));
            }
        }
        best
    }
}

/// What the dots of a host ask of its surroundings, so that two words of a sentence are not taken for one.
#[derive(Debug, Clone, Copy, Default)]
struct Asks {
    not_mid_sentence: bool,
    link: bool,
}

impl Asks {
    const fn add(&mut self, face: Face) {
        match face {
            Face::Join(Join::SpaceAfter) => self.not_mid_sentence = true,
            Face::Middle => self.link = true,
            _ => {}
        }
    }

    fn are_met(self, cells: &[Cell], start: usize, end: usize) -> bool {
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
fn starts(cells: &[Cell]) -> Vec<bool> {
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
fn ends(cells: &[Cell]) -> Vec<bool> {
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
    let is_name = |cell: &Cell| matches!(cell.face, Face::Host(_) | Face::Dot);
    let mut start = 0;
    for run in cells.chunk_by(|left, right| is_name(left) == is_name(right)) {
        let label: String = run
            .iter()
            .rev()
            .skip_while(|cell| matches!(cell.face, Face::Dot | Face::Host('-')))
            .map_while(|cell| match cell.face {
                Face::Host(c) => Some(c),
                _ => None,
            })
            .take(63)
            .collect();
        let label: String = label.chars().rev().collect();
        let exists = psl::suffix(label.as_bytes()).is_some_and(|suffix| suffix.is_known());
        known[start..start + run.len()].fill(exists);
        start += run.len();
    }
    known
}

/// The cells with every `xn--` label as it would be displayed; none if there is no such label.
fn with_decoded_labels(cells: &[Cell]) -> Option<Vec<Cell>> {
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

/// How an internationalised host is displayed; none for every other.
fn displayed(host: &str) -> Option<Vec<char>> {
    let labels: Option<Vec<String>> = host
        .split('.')
        .map(|label| match label.strip_prefix("xn--") {
            Some(rest) => idna::punycode::decode_to_string(rest),
            None => Some(label.to_owned()),
        })
        .collect();
    let text = labels?.join(".");
    (!text.is_ascii()).then(|| text.chars().collect())
}

/// Appends a letter of a reversed host, made one with those that look like it.
fn fold(reversed: &mut String, c: char) {
    match c {
        'i' | '1' => reversed.push('l'),
        '0' => reversed.push('o'),
        'm' => reversed.push_str("nr"),
        _ => reversed.push(c),
    }
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
#[path = "hosts_tests.rs"]
mod tests;
