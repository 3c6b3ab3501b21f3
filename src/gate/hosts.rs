//! Finds listed hosts in a text, however they are spelled.
//!
//! There is no attempt to recognise links: platforms disagree on what one is, and a reader types what
//! looks like a host. Every stretch that reads as a listed host or as a host below it is found: glued to
//! Japanese text, behind user information, in full-width, encoded, invisible-spaced, look-alike,
//! bracketed or spelled-out form.

mod edges;
mod islands;
pub(super) mod lists;
mod lookalike;
mod trie;
mod view;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use edges::Asks;
pub(super) use islands::FOREIGN_LETTERS;
pub(super) use lookalike::Style;
pub(super) use trie::Domains;
use trie::Trie;
pub(super) use view::{Cell, Face, Join, View};

/// Which list a host stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// A URL shortener.
    Shortener,
    /// A short host that a platform runs for its own pages.
    PlatformShort,
    /// A host that nobody should be sent to, by the site's own list.
    Refused,
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
#[derive(Debug)]
pub(super) struct HostList {
    entries: Vec<(String, Listing)>,
    exact: Trie,
    /// The same after letters that look alike were made one.
    folded: Trie,
    /// Internationalised entries as they are displayed.
    displayed: Vec<Displayed>,
}

/// An internationalised entry as it is displayed.
#[derive(Debug)]
struct Displayed {
    shown: Vec<char>,
    /// Where the first character stands that is not ASCII, and which it is.
    anchor: (usize, char),
    entry: u32,
}

/// An entry that is not a host.
#[derive(Debug)]
pub(super) struct NotAHost(pub(super) String);

impl HostList {
    /// Compiles the lists. A host in several counts as what comes last: a platform's, refused, a shortener.
    pub(super) fn compile(
        shorteners: &BTreeSet<String>,
        platform: &BTreeSet<String>,
        refused: &BTreeSet<String>,
    ) -> Result<Self, NotAHost> {
        let lists = [
            (platform, Listing::PlatformShort),
            (refused, Listing::Refused),
            (shorteners, Listing::Shortener),
        ];
        let (mut entries, mut displayed) = (Vec::new(), Vec::new());
        let (mut exact, mut folded) = (BTreeMap::new(), BTreeMap::new());
        let hosts = lists
            .into_iter()
            .flat_map(|(hosts, listing)| hosts.iter().map(move |host| (host, listing)));
        for ((host, listing), index) in hosts.zip(0..) {
            if !is_host(host) {
                return Err(NotAHost(host.clone()));
            }
            entries.push((host.clone(), listing));
            exact.insert(host.chars().rev().collect(), index);
            folded.insert(self::folded(host), index);
            displayed.extend(Displayed::of(host, index));
        }
        Ok(Self {
            entries,
            exact: Trie::new(&exact),
            folded: Trie::new(&folded),
            displayed,
        })
    }

    /// How much memory the two tries take, in bytes.
    pub(super) const fn heap_bytes(&self) -> usize {
        self.exact.heap_bytes() + self.folded.heap_bytes()
    }

    /// A text, made ready for [`Self::find`].
    pub(super) fn view(&self, text: &str) -> View {
        let shows_inert = |entry: &Displayed| entry.shown.iter().any(|c| islands::is_inert(*c));
        if self.displayed.iter().any(shows_inert) {
            View::whole(text)
        } else {
            View::of(text)
        }
    }

    /// Every listed host in a text, in the order in which they stand there.
    pub(super) fn find(&self, view: &View) -> Vec<Host> {
        let mut found = Vec::new();
        for cells in &view.stretches {
            self.search(cells, &mut found);
            if let Some(decoded) = edges::with_decoded_labels(cells) {
                self.search(&decoded, &mut found);
            }
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

    /// The entry that a host in lower-case ASCII is or lies below.
    pub(super) fn listing(&self, host: &str) -> Option<(&str, Listing)> {
        let (entry, listing) = self.entries.get(self.exact.covering(host)? as usize)?;
        Some((entry, *listing))
    }

    fn search(&self, cells: &[Cell], found: &mut Vec<Host>) {
        let starts = edges::starts(cells);
        let ends = edges::ends(cells);
        let imitates = cells.iter().any(|cell| cell.look_alike);
        for end in (1..=cells.len()).filter(|end| ends[*end]) {
            let longest = self.longest_before(cells, &starts, end, imitates);
            found.extend(longest.and_then(|(start, entry)| self.host(cells, start..end, entry)));
        }
        for (index, cell) in cells.iter().enumerate() {
            let Face::Other(c) = cell.face else { continue };
            if c.is_ascii() {
                continue;
            }
            for entry in self.displayed.iter().filter(|entry| entry.anchor.1 == c) {
                let Some(start) = index.checked_sub(entry.anchor.0) else {
                    continue;
                };
                let range = start..start + entry.shown.len();
                if ends.get(range.end) == Some(&true) && entry.is_shown_by(&cells[range.clone()]) {
                    found.extend(self.host(cells, range, entry.entry));
                }
            }
        }
    }

    fn host(&self, cells: &[Cell], range: Range<usize>, entry: u32) -> Option<Host> {
        let (ascii, listing) = self.entries.get(entry as usize)?.clone();
        Some(Host {
            ascii,
            listing,
            span: cells[range.start].at.start..cells[range.end - 1].at.end,
        })
    }

    /// The longest entry that ends before cell `end`: where it starts, and which it is.
    fn longest_before(
        &self,
        cells: &[Cell],
        starts: &[bool],
        end: usize,
        imitates: bool,
    ) -> Option<(usize, u32)> {
        let (mut exact, mut folded) = (Some(Trie::root()), imitates.then(Trie::root));
        let (mut look_alike, mut asks) = (false, Asks::default());
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
            exact = exact.and_then(|place| self.exact.step(place, c));
            folded = folded.and_then(|place| fold(c).try_fold(place, |place, c| self.folded.step(place, c)));
            if exact.is_none() && folded.is_none() {
                break;
            }
            if !starts[start] {
                continue;
            }
            let exactly = exact.and_then(|place| self.exact.entry(place));
            let alike = folded
                .filter(|_| look_alike)
                .and_then(|place| self.folded.entry(place));
            if let Some(entry) = exactly.or(alike).filter(|_| asks.are_met(cells, start, end)) {
                best = Some((start, entry));
            }
        }
        best
    }
}

impl Displayed {
    /// None for a host without encoded labels.
    fn of(host: &str, entry: u32) -> Option<Self> {
        let labels: Option<Vec<String>> = host
            .split('.')
            .map(|label| match label.strip_prefix("xn--") {
                Some(rest) => idna::punycode::decode_to_string(rest),
                None => Some(label.to_owned()),
            })
            .collect();
        let text = labels?.join(".");
        let shown: Vec<char> = view::cells(&text, 0..text.len())
            .iter()
            .map(Cell::shown)
            .collect();
        let anchor = shown.iter().position(|c| !c.is_ascii())?;
        Some(Self {
            anchor: (anchor, shown[anchor]),
            shown,
            entry,
        })
    }

    fn is_shown_by(&self, cells: &[Cell]) -> bool {
        let may_show = |face| matches!(face, Face::Host(_) | Face::Other(_) | Face::Dot);
        cells.iter().all(|cell| may_show(cell.face))
            && cells.iter().map(Cell::shown).eq(self.shown.iter().copied())
    }
}

/// A host from last to first letter, made one with those that look like it.
pub(super) fn folded(host: &str) -> String {
    host.chars().rev().flat_map(fold).collect()
}

/// A letter of a reversed host, made one with those that look like it.
fn fold(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'i' | '1' => ('l', None),
        '0' => ('o', None),
        'm' => ('n', Some('r')),
        _ => (c, None),
    };
    std::iter::once(first).chain(second)
}

pub(in crate::gate) fn is_host(text: &str) -> bool {
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
