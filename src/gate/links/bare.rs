//! Links without a scheme: names below a suffix under which names are registered.
//!
//! A dot between two words makes no link by itself: file names, abbreviations, products, mail addresses
//! and sentences without a space have one too.

use std::ops::Range;

use super::{
    Link, Scheme, User,
    scan::{Beginning, Scan, Step},
};
use crate::gate::hosts::{Cell, Face, Join, Style};

/// Suffixes that are more often something else: endings of files, words of a sentence, units. A name
/// below one is a link only if something else says so.
const AMBIGUOUS: &[&str] = &[
    "ad", "ai", "am", "as", "at", "bar", "be", "best", "by", "cab", "cc", "cm", "day", "do", "fm", "gg",
    "id", "in", "inc", "ink", "is", "it", "kg", "la", "ltd", "md", "me", "ml", "mm", "mov", "ms", "mu", "my",
    "name", "new", "no", "now", "one", "ph", "pl", "pm", "pn", "post", "pro", "ps", "pub", "py", "rs", "run",
    "sa", "sb", "sc", "sh", "so", "st", "tf", "to", "today", "us", "vi", "zip",
];

/// Products that are named like hosts.
const PRODUCTS: &[&str] = &["ado.net", "asp.net", "ml.net", "paint.net", "vb.net"];

/// A letter: does a link without a scheme begin here?
pub(super) fn step(scan: &Scan<'_>, at: usize) -> Step {
    let run = at..run_end(scan, at);
    // The server of a mailbox or of a handle; a hashtag.
    let is_marked = at > 0 && (scan.is(at - 1, '@') || scan.is(at - 1, '#'));
    if scan.is(run.end, '@') {
        return before_at(scan, run);
    }
    let next = run.end;
    let has_dot = scan.cells[run.clone()]
        .iter()
        .any(|cell| !matches!(cell.face, Face::Host(_)));
    if is_marked || !has_dot || follows_spelled_at(scan, at) {
        return Step { link: None, next };
    }
    let name = without_other_styles(scan, run);
    let link = is_link(scan, name.clone()).then(|| link(scan, name, User::Absent));
    Step {
        link: link.flatten(),
        next,
    }
}

fn link(scan: &Scan<'_>, name: Range<usize>, user: User) -> Option<Link> {
    scan.finish(Beginning {
        start: scan.cells.get(name.start)?.at.start,
        scheme: Scheme::Unsaid,
        user,
        name,
    })
}

/// Where labels and the dots between them end.
fn run_end(scan: &Scan<'_>, from: usize) -> usize {
    let mut end = from;
    loop {
        let goes_on = match scan.face(end) {
            Some(Face::Host(_) | Face::Join(Join::Spelled)) => true,
            Some(Face::Dot) => {
                let is_dot = scan.cells[end].style != Style::Cjk;
                is_dot && matches!(scan.face(end + 1), Some(Face::Host(_)))
            }
            _ => false,
        };
        if !goes_on {
            return end;
        }
        end += 1;
    }
}

/// What stands before an `@` is the name of a mailbox, unless it is a host and a path follows: then a
/// browser takes it for user information and opens what stands behind.
fn before_at(scan: &Scan<'_>, local: Range<usize>) -> Step {
    let from = local.end + 1;
    let name = from..run_end(scan, from);
    let deceives =
        scan.is(name.end, '/') && scan.is_complete(local.clone()) && scan.is_complete(name.clone());
    let next = name.end;
    let link = deceives.then(|| {
        let mut link = link(scan, name, User::Present)?;
        link.span.start = scan.cells[local.start].at.start;
        Some(link)
    });
    Step {
        link: link.flatten(),
        next,
    }
}

/// Whether `[at]` or `(at)` stands before a cell, as in a mail address that machines should not read.
fn follows_spelled_at(scan: &Scan<'_>, at: usize) -> bool {
    let Some(start) = at.checked_sub(4) else {
        return false;
    };
    matches!(scan.read(start..at).as_str(), "[at]" | "(at)")
}

/// Cuts off what is drawn in another style at either end: list marks, full-width words.
fn without_other_styles(scan: &Scan<'_>, run: Range<usize>) -> Range<usize> {
    let style = |at: usize| match scan.cells[at].style {
        // Letters that look like others are not another word.
        Style::Greek | Style::Cyrillic | Style::Foreign => Style::Plain,
        style => style,
    };
    let is_letter = |at: &usize| matches!(scan.face(*at), Some(Face::Host(_)));
    let changes = |at: &usize| style(*at) != style(at - 1);
    let first_label = (run.start + 1..run.end).take_while(is_letter);
    let start = first_label.filter(changes).last().unwrap_or(run.start);
    let last_label = (start + 1..run.end)
        .rev()
        .take_while(|at| is_letter(at) && is_letter(&(at - 1)));
    let end = last_label.filter(changes).last().unwrap_or(run.end);
    let is_hyphen = |at: &usize| scan.face(*at) == Some(Face::Host('-'));
    let start = start + (start..end).take_while(is_hyphen).count();
    let end = end - (start..end).rev().take_while(is_hyphen).count();
    start..end
}

fn is_link(scan: &Scan<'_>, name: Range<usize>) -> bool {
    let read = scan.read(name.clone());
    let goes_on = scan.is(name.end, '/') || has_port(scan, name.end);
    if read
        .split('.')
        .all(|label| label.bytes().all(|b| b.is_ascii_digit()))
    {
        return goes_on && read.parse::<std::net::Ipv4Addr>().is_ok();
    }
    let suffix = read.rsplit('.').next().map_or(0, str::len);
    // No suffix is written in flags or look-alikes where nothing else says that it is a link.
    let is_odd = |cell: &Cell| cell.look_alike || !matches!(cell.style, Style::Plain | Style::Wide);
    let imitates = scan.cells[name.clone()].iter().rev().take(suffix).any(is_odd);
    if imitates || !scan.is_complete(name.clone()) {
        return false;
    }
    goes_on || read.starts_with("www.") || !is_something_else(scan, name, &read)
}

fn has_port(scan: &Scan<'_>, colon: usize) -> bool {
    let is_digit = |at| matches!(scan.face(at), Some(Face::Host(c)) if c.is_ascii_digit());
    scan.is(colon, ':') && is_digit(colon + 1)
}

/// Whether a name with nothing around it is more likely no link.
fn is_something_else(scan: &Scan<'_>, name: Range<usize>, read: &str) -> bool {
    let mut labels = read.rsplit('.');
    let suffix = labels.next().unwrap_or_default();
    let before = labels.next().unwrap_or_default();
    let is_number = before.bytes().all(|b| b.is_ascii_digit()) && suffix.len() == 2;
    // Two sentences without a space between them: the second begins with a capital.
    let is_capital = |at: usize| {
        let letter = scan.cells.get(at).and_then(|cell| scan.text.get(cell.at.clone()));
        letter.is_some_and(|letter| letter.chars().any(char::is_uppercase))
    };
    let first = name.end - suffix.len();
    let begins_sentence = is_capital(first) && !is_capital(first + 1);
    AMBIGUOUS.binary_search(&suffix).is_ok() || PRODUCTS.contains(&read) || is_number || begins_sentence
}

#[cfg(test)]
mod tests {
    use super::AMBIGUOUS;

    #[test]
    fn the_suffixes_can_be_searched() {
        assert!(AMBIGUOUS.is_sorted());
        let is_known = |name: &str| psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known());
        let unknown = AMBIGUOUS.iter().find(|suffix| !is_known(&format!("a.{suffix}")));
        assert_eq!(unknown, None);
    }
}
