//! Walks over the cells of a text from link to link.

use std::{net::IpAddr, ops::Range};

use super::{HostName, Link, Scheme, User, bare, tail::tail};
use crate::gate::hosts::{Cell, FOREIGN_LETTERS, Face, Join, Style};

/// No host is longer (RFC 1035), nor the user information before it that anybody would write.
const LONGEST_NAME: usize = 253;

/// Words for a scheme, clickable or not; of two that a word ends in, the longer comes first.
const SCHEMES: &[(&str, Scheme)] = &[
    ("https", Scheme::Https),
    ("hxxps", Scheme::Https),
    ("ttps", Scheme::Https),
    ("http", Scheme::Http),
    ("hxxp", Scheme::Http),
    ("ttp", Scheme::Http),
];

/// The links in one stretch of a text.
pub(super) fn links(text: &str, cells: &[Cell]) -> Vec<Link> {
    let scan = Scan { text, cells };
    let mut links = Vec::new();
    let mut at = 0;
    while at < cells.len() {
        let step = scan.step(at);
        at = step.next.max(at + 1);
        if let Some(link) = step.link {
            let rest = cells[at..].iter();
            let end = at + rest.take_while(|cell| cell.at.start < link.span.end).count();
            links.push(link);
            links.extend(in_brackets(text, &cells[at..end]));
            at = end;
        }
    }
    links
}

/// The links that begin inside another one, behind a bracket. Platforms end a link before a bracket that nothing
/// closes, and begin another one behind it. Each piece is read once and for itself, so that brackets cost no more
/// than letters.
fn in_brackets(text: &str, cells: &[Cell]) -> Vec<Link> {
    let opens = |cell: &Cell| matches!(cell.face, Face::Other('(' | '[' | '{'));
    let pieces = cells.split(opens).skip(1);
    let found = pieces.filter_map(|piece| {
        let end = piece.last()?.at.end;
        Some(links(&text[..end], piece))
    });
    found.flatten().collect()
}

/// What stands at a cell, and where to go on.
pub(super) struct Step {
    pub(super) link: Option<Link>,
    pub(super) next: usize,
}

/// One stretch of a text.
pub(super) struct Scan<'a> {
    pub(super) text: &'a str,
    pub(super) cells: &'a [Cell],
}

/// A host in the making: everything of a link but what stands behind it.
pub(super) struct Beginning {
    /// Where the link begins in the text.
    pub(super) start: usize,
    pub(super) scheme: Scheme,
    pub(super) user: User,
    /// The cells of the host.
    pub(super) name: Range<usize>,
}

impl Scan<'_> {
    fn step(&self, at: usize) -> Step {
        if self.is_slash(at) && self.is_slash(at + 1) {
            return self.after_slashes(at);
        }
        match self.face(at) {
            Some(Face::Host(_)) => bare::step(self, at),
            _ => Step {
                link: None,
                next: at + 1,
            },
        }
    }

    pub(super) fn face(&self, at: usize) -> Option<Face> {
        self.cells.get(at).map(|cell| cell.face)
    }

    pub(super) fn is(&self, at: usize, c: char) -> bool {
        self.face(at) == Some(Face::Other(c))
    }

    fn is_slash(&self, at: usize) -> bool {
        self.is(at, '/') || self.is(at, '\\')
    }

    fn is_letter(&self, at: usize) -> bool {
        matches!(self.face(at), Some(Face::Host(_)))
    }

    /// Two slashes: what stands before and behind them?
    fn after_slashes(&self, at: usize) -> Step {
        let nothing = Step {
            link: None,
            next: at + 2,
        };
        let Some((scheme, first)) = self.scheme_before(at) else {
            return nothing;
        };
        // `C:\\` begins no link.
        if scheme == Scheme::Other && self.is(at, '\\') {
            return nothing;
        }
        let from = at + 2;
        let host = self.after_user(from);
        let user = if host > from { User::Present } else { User::Absent };
        let name = host..self.name_end(host);
        if name.is_empty() && !self.is(host, '[') {
            return nothing;
        }
        // Without a scheme only what is known to be a host makes a link.
        if scheme == Scheme::Unsaid && !self.is_complete(name.clone()) {
            return nothing;
        }
        let start = self.cells[first].at.start;
        let beginning = Beginning {
            start,
            scheme,
            user,
            name,
        };
        let link = self.finish(beginning);
        Step { link, next: from }
    }

    /// The scheme that two slashes end, and its first cell; none for slashes that begin no link.
    fn scheme_before(&self, slashes: usize) -> Option<(Scheme, usize)> {
        let before = |index: usize, back: usize| index.checked_sub(back);
        let colon = before(slashes, 1).filter(|at| self.is(*at, ':'));
        let bracketed =
            before(slashes, 3).filter(|at| self.is(*at, '[') && self.is(at + 1, ':') && self.is(at + 2, ']'));
        let Some(end) = colon.or(bracketed) else {
            let is_alone = before(slashes, 1).is_none_or(|at| match self.cells[at].face {
                Face::Gap | Face::Break => true,
                Face::Other(c) => !matches!(c, ':' | '/' | '\\' | '.'),
                _ => false,
            });
            return is_alone.then_some((Scheme::Unsaid, slashes));
        };
        let letters: Vec<char> = (0..end)
            .rev()
            .map_while(|at| match self.cells[at].face {
                Face::Host(c) => Some(c),
                _ => None,
            })
            .take(LONGEST_NAME)
            .collect();
        let ends_in = |word: &str| {
            word.len() <= letters.len() && word.chars().rev().eq(letters[..word.len()].iter().copied())
        };
        let known = SCHEMES.iter().find(|(word, _)| ends_in(word));
        Some(match known {
            Some((word, scheme)) => (*scheme, end - word.len()),
            None if letters.is_empty() => (Scheme::Unsaid, end),
            None => (Scheme::Other, end - letters.len()),
        })
    }

    /// Where the host begins behind user information; at the same cell if there is none.
    fn after_user(&self, from: usize) -> usize {
        let ends_user = |c: char| matches!(c, '/' | '\\' | '?' | '#' | '"' | '<' | '>');
        let is_user = |cell: &&Cell| match cell.face {
            Face::Host(_) | Face::Dot | Face::Bullet | Face::Join(Join::Spelled) => true,
            // An encoded slash ends nothing.
            Face::Other(c) => c.is_ascii_graphic() && (!ends_user(c) || self.is_encoded(cell)),
            _ => false,
        };
        let cells = self.cells[from..].iter().take(LONGEST_NAME).take_while(is_user);
        let last = cells
            .enumerate()
            .filter(|(_, cell)| cell.face == Face::Other('@'))
            .last();
        last.map_or(from, |(index, _)| from + index + 1)
    }

    fn is_encoded(&self, cell: &Cell) -> bool {
        self.text
            .get(cell.at.clone())
            .is_some_and(|text| text.starts_with('%'))
    }

    /// Where a name behind slashes ends. It may have letters of every script, and Japanese text may
    /// follow it without a space.
    fn name_end(&self, from: usize) -> usize {
        let is_in_name = |at: usize| match self.face(at) {
            Some(Face::Host(_) | Face::Other('_')) => true,
            Some(Face::Other(c)) => c.is_alphanumeric(),
            _ => false,
        };
        let mut end = from;
        let mut foreign = 0;
        while end < from + LONGEST_NAME && foreign <= FOREIGN_LETTERS {
            let goes_on = match self.face(end) {
                Some(Face::Other(c)) if c.is_alphanumeric() => {
                    foreign += 1;
                    // Only where ASCII ends may the text around the link begin.
                    let is_border = end > from && self.is_letter(end - 1);
                    !(is_border && self.is_complete(from..end))
                }
                Some(Face::Dot) if self.cells[end].style != Style::Cjk => end > from && is_in_name(end + 1),
                // A line that begins with a dot goes on with the host before it.
                Some(Face::Host(_) | Face::Other('_') | Face::Join(Join::SpaceBefore)) => true,
                Some(Face::Dot | Face::Bullet | Face::Middle | Face::Join(_)) => {
                    end > from && is_in_name(end + 1) && !self.is_complete(from..end)
                }
                _ => false,
            };
            if !goes_on {
                break;
            }
            end += 1;
        }
        self.without_glued_text(from..end)
    }

    /// Cuts a name whose last label goes over into another script, unless it is complete that way.
    fn without_glued_text(&self, name: Range<usize>) -> usize {
        if name.is_empty() || self.is_complete(name.clone()) {
            return name.end;
        }
        let cells = &self.cells[name.clone()];
        let is_dot =
            |cell: &Cell| matches!(cell.face, Face::Dot | Face::Bullet | Face::Middle | Face::Join(_));
        let label = name.start + cells.iter().rposition(is_dot).map_or(0, |dot| dot + 1);
        let letters = (label..name.end).take_while(|at| self.is_letter(*at)).count();
        if letters > 0 { label + letters } else { name.end }
    }

    /// Whether cells read as a host below a suffix under which names are registered.
    pub(super) fn is_complete(&self, name: Range<usize>) -> bool {
        // No suffix is longer than this, with a label before it.
        let start = name.start.max(name.end.saturating_sub(64));
        let read = self.read(start..name.end);
        let suffix = psl::suffix(read.as_bytes()).is_some_and(|suffix| suffix.is_known());
        suffix && psl::domain_str(&read).is_some()
    }

    /// What cells read as.
    pub(super) fn read(&self, name: Range<usize>) -> String {
        self.cells[name].iter().map(Cell::shown).collect()
    }

    /// Reads what stands behind the host, and puts the link together.
    pub(super) fn finish(&self, beginning: Beginning) -> Option<Link> {
        let Beginning {
            start,
            scheme,
            user,
            name,
        } = beginning;
        let (host, end) = if self.is(name.start, '[') {
            self.bracketed(name.start)?
        } else {
            (self.host(name.clone())?, name.end)
        };
        let style = self.cells[end - 1].style;
        // The dot of the root (`example.jp./`) is part of the host if the link goes on behind it.
        let root = self.face(end) == Some(Face::Dot) && (self.is(end + 1, '/') || self.is(end + 1, ':'));
        let end = if root { end + 1 } else { end };
        let (port, end) = self.port(end);
        let tail = tail(self.text, self.cells[end - 1].at.end, style);
        Some(Link {
            span: start..tail.end,
            scheme,
            user,
            host,
            port,
            path: tail.path,
        })
    }

    /// The host that cells say, as a browser understands it.
    fn host(&self, name: Range<usize>) -> Option<HostName> {
        let cells = &self.cells[name.clone()];
        let mut written = String::with_capacity(cells.len());
        let mut before = None;
        for cell in cells {
            match cell.face {
                Face::Dot | Face::Bullet | Face::Middle | Face::Join(_) => written.push('.'),
                // One character may have several cells.
                _ if before == Some(&cell.at) => {}
                _ => written.push_str(self.text.get(cell.at.clone())?),
            }
            before = Some(&cell.at);
        }
        if is_plain(&written) {
            written.make_ascii_lowercase();
            return Some(HostName::Domain(written));
        }
        Some(match url::Host::parse(&written) {
            Ok(url::Host::Domain(domain)) => HostName::Domain(domain.trim_end_matches('.').to_owned()),
            Ok(url::Host::Ipv4(address)) => HostName::Address(address.into()),
            Ok(url::Host::Ipv6(address)) => HostName::Address(address.into()),
            // No browser opens it; readers type what they see.
            Err(_) => HostName::Domain(self.read(name)),
        })
    }

    /// An address in brackets, and the cell behind it.
    fn bracketed(&self, open: usize) -> Option<(HostName, usize)> {
        let faces = self.cells[open + 1..].iter().take(64);
        let length = faces.take_while(|cell| cell.face != Face::Other(']')).count();
        let close = open + 1 + length;
        let inside = self.read(open + 1..close.min(self.cells.len()));
        let address: IpAddr = inside.parse::<std::net::Ipv6Addr>().ok()?.into();
        self.is(close, ']')
            .then_some((HostName::Address(address), close + 1))
    }

    /// The port that is said behind a host, and the cell behind it.
    fn port(&self, colon: usize) -> (Option<u16>, usize) {
        let digits = |face: &Face| match face {
            Face::Host(c) if c.is_ascii_digit() => Some(*c),
            _ => None,
        };
        if !self.is(colon, ':') {
            return (None, colon);
        }
        let faces = self.cells[colon + 1..].iter().take(6);
        let read: String = faces.map_while(|cell| digits(&cell.face)).collect();
        match read.parse() {
            Ok(port) => (Some(port), colon + 1 + read.len()),
            Err(_) => (None, colon),
        }
    }
}

/// Whether a name in ASCII is what it seems: neither encoded nor a number in disguise.
fn is_plain(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    name.bytes().all(is_plain) && !last.starts_with(|c: char| c.is_ascii_digit())
}
