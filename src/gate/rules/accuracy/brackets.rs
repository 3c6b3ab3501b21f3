//! Whether every bracket and quotation mark has its other half.

use super::{
    EXACT,
    scan::{Scan, Sign},
    teller::Teller,
};
use crate::{
    domain::finding::{Message, Severity},
    gate::rules::RuleInfo,
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("accuracy.brackets", Severity::Notice, EXACT);

/// Deeper than this nobody writes.
const DEEPEST: usize = 16;

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>) {
    let Some(at) = lonely(scan) else { return };
    let Some(bracket) = scan.text[at..].chars().next() else {
        return;
    };
    let range = at..at + bracket.len_utf8();
    let message = Message::new("finding-accuracy-brackets").with("found", scan.typed(&range));
    teller.tell(&RULE, &message, &range, scan.words(&range));
}

/// The first bracket without its other half. One is told: the others may only follow from it.
fn lonely(scan: &Scan<'_>) -> Option<usize> {
    let mut open: [(usize, char); DEEPEST] = [(0, ' '); DEEPEST];
    let mut depth = 0;
    let mut first_lonely = None;
    for at in scan.signs(Sign::Bracket) {
        let bracket = scan.text[at..].chars().next()?;
        if bracket == '"' {
            continue;
        }
        let Some(opening) = opening(bracket) else {
            if depth < DEEPEST {
                open[depth] = (at, bracket);
                depth += 1;
            }
            continue;
        };
        let partner = open[..depth].iter().rposition(|(_, known)| *known == opening);
        match partner {
            Some(partner) => {
                // Whatever was opened since is closed by nothing.
                if partner + 1 < depth && !is_face(scan.text, open[partner + 1].0) {
                    first_lonely = first_lonely.or(Some(open[partner + 1].0));
                }
                depth = partner;
            }
            None if is_list_mark(scan.text, at) || is_face(scan.text, at) => {}
            None => first_lonely = first_lonely.or(Some(at)),
        }
    }
    let still_open = open[..depth].iter().map(|(at, _)| *at);
    let first_open = still_open.into_iter().find(|at| !is_face(scan.text, *at));
    first_lonely.into_iter().chain(first_open).min()
}

const fn opening(closing: char) -> Option<char> {
    Some(match closing {
        ')' => '(',
        ']' => '[',
        '」' => '「',
        '』' => '『',
        '】' => '【',
        '〕' => '〔',
        '”' => '“',
        _ => return None,
    })
}

/// Whether a closing bracket only follows the number of a list's item: 1), a), (中略)2).
fn is_list_mark(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let mark =
        before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "一二三四五六七八九十".contains(c));
    let length = before.len() - mark.len();
    let begins = mark.is_empty() || mark.ends_with(|c: char| c.is_whitespace() || "、。・,:".contains(c));
    (1..=6).contains(&length) && begins
}

/// Whether a bracket is a part of a face, such as :) and (^^;
fn is_face(text: &str, at: usize) -> bool {
    let is_part = |c: char| ":;=^_-*'`´><\u{301}\u{304}∀▽ω・;".contains(c);
    let before = text[..at].chars().next_back();
    let mut after = text[at..].chars();
    let bracket = after.next();
    let after = after.next();
    match bracket {
        Some('(') => {
            before.is_some_and(|c| c == ':' || c == ';') && after.is_none_or(char::is_whitespace)
                || after.is_some_and(is_part)
        }
        _ => before.is_some_and(is_part),
    }
}
