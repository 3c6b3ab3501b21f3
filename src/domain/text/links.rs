//! Where X and Mastodon see links in a text, which they count by a fixed number.
//!
//! Both look for them by one expression of the library twitter-text, and Mastodon with wider paths; here is
//! what it takes, in time that grows with the text only. What leads where is another question, which the
//! gate answers with a reader of its own, that finds far more.

use std::ops::Range;

use super::domains::{Name, Run};

/// No link is longer, in UTF-16 code units.
const LONGEST: usize = 4_096;

/// How much of what follows a host belongs to a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// ASCII, and letters that people in Europe write.
    X,
    /// Nearly everything up to the next space.
    Mastodon,
}

/// How a link begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    /// With `http://` or `https://`.
    WithScheme,
    /// With its host.
    WithHost,
}

/// A link, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) at: Range<usize>,
    pub(super) begins: Begins,
}

/// All links of a text, in their order.
pub(super) fn links(text: &str, dialect: Dialect) -> Vec<Link> {
    let mut found = Vec::new();
    // Where the last candidate ends, and where the search goes on: a scheme may stand between the two.
    let (mut from, mut at) = (0, 0);
    // A host has a dot.
    while let Some(dot) = text[at..].find('.').map(|dot| at + dot) {
        let run = Run::around(text, dot, from);
        while let Some(candidate) = candidate(text, &run, from) {
            let ends = behind_host(text, candidate.name.end, dialect);
            from = ends.whole;
            take(text, &run, &candidate, &ends, &mut found);
        }
        at = from.max(run.end());
    }
    found
}

/// What may be a link: where it begins, how, and its host.
struct Candidate {
    start: usize,
    begins: Begins,
    /// Whether the character before it forbids a link without a scheme.
    is_barred: bool,
    name: Name,
}

/// The first candidate of a run of letters and dots, that begins behind a byte.
fn candidate(text: &str, run: &Run<'_>, from: usize) -> Option<Candidate> {
    let schemed = scheme_before(text, run.start())
        .filter(|start| may_begin(text, *start, from))
        .and_then(|start| {
            Some(Candidate {
                start,
                begins: Begins::WithScheme,
                is_barred: false,
                name: run.name_at(run.start())?,
            })
        });
    schemed.or_else(|| {
        let may_begin = |at| may_begin(text, at, from);
        let name = run.first_name(from, may_begin)?;
        // The first character of a text is rather what stands before a link than a part of it.
        let second = text.ceil_char_boundary(1);
        let shorter = (name.start == 0 && may_begin(second)).then(|| run.name_at(second));
        let name = shorter.flatten().unwrap_or(name);
        let before = text[..name.start].chars().next_back();
        Some(Candidate {
            start: name.start,
            begins: Begins::WithHost,
            is_barred: matches!(before, Some('-' | '_' | '.' | '/')),
            name,
        })
    })
}

/// Where `http://` or `https://` begins, if one stands there.
fn scheme_before(text: &str, end: usize) -> Option<usize> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let start = end.checked_sub(scheme.len())?;
        text.get(start..end)
            .is_some_and(|read| read.eq_ignore_ascii_case(scheme))
            .then_some(start)
    })
}

/// Whether a link may begin at a byte: at the beginning of the text, or behind a character that is no
/// letter and no mark, and belongs to no link before it.
fn may_begin(text: &str, at: usize, from: usize) -> bool {
    let Some(before) = text[..at].chars().next_back() else {
        return from == 0;
    };
    let is_letter = before.is_ascii_alphanumeric();
    let is_mark = matches!(
        before,
        '@' | '＠' | '$' | '#' | '＃' | '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}'
    );
    at - before.len_utf8() >= from && !is_letter && !is_mark
}

/// Puts down the links that a candidate makes: one, or without a scheme one for each host in ASCII.
fn take(text: &str, run: &Run<'_>, candidate: &Candidate, ends: &Ends, found: &mut Vec<Link>) {
    let whole = candidate.start..ends.whole;
    if !is_sound(text, run, candidate, &whole) {
        return;
    }
    match candidate.begins {
        Begins::WithScheme => found.extend(without_tail(text, whole).map(|at| Link {
            at,
            begins: Begins::WithScheme,
        })),
        Begins::WithHost if candidate.is_barred => {}
        Begins::WithHost => {
            let before = found.len();
            found.extend(run.ascii_names(&candidate.name).into_iter().map(|at| Link {
                at,
                begins: Begins::WithHost,
            }));
            if let (Some(last), true) = (found[before..].last_mut(), ends.has_path) {
                last.at.end = whole.end;
            }
        }
    }
}

/// Whether a host can be encoded and the whole is not too long.
fn is_sound(text: &str, run: &Run<'_>, candidate: &Candidate, whole: &Range<usize>) -> bool {
    let scheme = match candidate.begins {
        Begins::WithScheme => text[candidate.start..candidate.name.start].len(),
        Begins::WithHost => "https://".len(),
    };
    run.can_be_encoded(&candidate.name)
        && (whole.len() < LONGEST / 2 || scheme + text[whole.clone()].encode_utf16().count() <= LONGEST)
}

/// X's own short links have nothing but one word behind the host; none is longer than forty letters.
fn without_tail(text: &str, whole: Range<usize>) -> Option<Range<usize>> {
    let link = &text[whole.clone()];
    let behind = ["https://t.co/", "http://t.co/"].into_iter().find_map(|host| {
        link.get(..host.len())
            .filter(|read| read.eq_ignore_ascii_case(host))
            .map(|_| host.len())
    });
    let Some(behind) = behind else { return Some(whole) };
    let word = link[behind..]
        .bytes()
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    match word {
        0 => Some(whole),
        1..=40 => {
            let end = whole.start + behind + word;
            Some(whole.start..query(text, end, Dialect::X).unwrap_or(end))
        }
        _ => None,
    }
}

/// Where what stands behind a host ends.
struct Ends {
    has_path: bool,
    whole: usize,
}

/// Reads port, path and query.
fn behind_host(text: &str, host: usize, dialect: Dialect) -> Ends {
    let port = port(text, host);
    let path = path(text, port, dialect);
    let query_from = path.unwrap_or(port);
    Ends {
        has_path: path.is_some(),
        whole: query(text, query_from, dialect).unwrap_or(query_from),
    }
}

fn port(text: &str, from: usize) -> usize {
    let digits = text[from..]
        .strip_prefix(':')
        .map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if digits > 0 { from + 1 + digits } else { from }
}

/// A slash, and what may follow it up to the last character that may end a path.
fn path(text: &str, from: usize, dialect: Dialect) -> Option<usize> {
    let slash = text[from..].strip_prefix('/').map(|_| from + 1)?;
    let (mut at, mut end) = (slash, slash);
    while let Some(c) = text[at..].chars().next() {
        if let Some(group) = (c == '(').then(|| group(&text[at..], dialect)).flatten() {
            at += group.len();
            let is_end = dialect == Dialect::X || group.chars().all(is_plain_in_group);
            end = if is_end { at } else { end };
        } else if is_in_path(c, dialect) {
            at += c.len_utf8();
            end = if ends_path(c, dialect) { at } else { end };
        } else {
            break;
        }
    }
    Some(end)
}

/// Something in round brackets, with at most one more pair in it.
fn group(text: &str, dialect: Dialect) -> Option<&str> {
    let letters = |from: usize| {
        let rest = text[from..].chars().take_while(|c| is_in_path(*c, dialect));
        from + rest.map(char::len_utf8).sum::<usize>()
    };
    let opens = |at: usize, bracket: char| text[at..].starts_with(bracket);
    let first = letters(1);
    if opens(first, ')') {
        return (first > 1).then(|| &text[..=first]);
    }
    let inner = opens(first, '(').then(|| letters(first + 1))?;
    let closed = (inner > first + 1 && opens(inner, ')')).then(|| letters(inner + 1))?;
    opens(closed, ')').then(|| &text[..=closed])
}

/// A question mark, and what may follow it up to the last character that may end a query.
fn query(text: &str, from: usize, dialect: Dialect) -> Option<usize> {
    let rest = text[from..].strip_prefix('?')?;
    let mut end = None;
    for (at, c) in rest.char_indices().take_while(|(_, c)| is_in_query(*c, dialect)) {
        if ends_query(c, dialect) {
            end = Some(from + 1 + at + c.len_utf8());
        }
    }
    end
}

/// Letters with accents and the Cyrillic ones.
const fn is_european(c: char) -> bool {
    matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{24F}' | '\u{300}'..='\u{36F}' | '\u{400}'..='\u{4FF}' | '\u{1E00}'..='\u{1EFF}')
        || matches!(
            c,
            'ɓ' | 'ɔ' | 'ɖ' | 'ɗ' | 'ə' | 'ɛ' | 'ɣ' | 'ɨ' | 'ɯ' | 'ɲ' | 'ʉ' | 'ʋ' | 'ʻ'
        )
}

const fn is_plain_in_path(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || is_european(c)
        || matches!(
            c,
            '!' | '*' | '\'' | ';' | ':' | '=' | '+' | ',' | '.' | '$' | '/' | '%' | '#' | '[' | ']'
        )
        || matches!(c, '-' | '–' | '_' | '~' | '@' | '|' | '&')
}

const fn is_plain_in_group(c: char) -> bool {
    is_plain_in_path(c) || matches!(c, '(' | ')')
}

const fn is_in_path(c: char, dialect: Dialect) -> bool {
    match dialect {
        Dialect::X => is_plain_in_path(c),
        Dialect::Mastodon => !c.is_whitespace() && !matches!(c, '<' | '>' | '(' | ')' | '?'),
    }
}

const fn ends_path(c: char, dialect: Dialect) -> bool {
    match dialect {
        Dialect::X => {
            c.is_ascii_alphanumeric() || is_european(c) || matches!(c, '+' | '-' | '=' | '_' | '#' | '/')
        }
        Dialect::Mastodon => {
            is_in_path(c, dialect)
                && !matches!(
                    c,
                    '!' | '*' | '"' | '\'' | '「' | '」' | ';' | ':' | '=' | ',' | '.' | '$'
                )
                && !matches!(c, '%' | '[' | ']' | '~' | '&' | '|' | '@')
        }
    }
}

const fn is_in_query(c: char, dialect: Dialect) -> bool {
    let is_plain = c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '}');
    is_plain || (matches!(dialect, Dialect::Mastodon) && (is_foreign(c) || c == '^'))
}

const fn ends_query(c: char, dialect: Dialect) -> bool {
    let is_plain = c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '&' | '=' | '#' | '/');
    is_plain || (matches!(dialect, Dialect::Mastodon) && is_foreign(c))
}

/// What is not ASCII in an address that people read.
const fn is_foreign(c: char) -> bool {
    matches!(c, '\u{A0}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFEF}' | '\u{10000}'..)
}
