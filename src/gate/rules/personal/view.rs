//! One pass over a text: where its digits stand, and the few characters that other kinds begin with.
//!
//! Every kind of personal data starts from one of these places and looks around it for a bounded
//! distance, so a text costs time in proportion to its length.

use std::ops::Range;

/// How a group of digits is tied to the one before it; stronger ties are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    /// Not at all.
    Apart,
    /// By one or two spaces.
    Space,
    /// By a bracket, as in `0942(30)9000`.
    Bracket,
    /// By a full stop or a middle dot.
    Dot,
    /// By something that looks like a hyphen.
    Hyphen,
}

/// Digits in a row.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Where they stand.
    pub(super) at: Range<usize>,
    /// What ties them to the group before.
    pub(super) tie: Tie,
}

/// A character at which something personal may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// What parts a mailbox from its host.
    At,
    /// A form of address that follows a name.
    Title,
    /// An opening bracket before digits, which may be an age.
    Age,
    /// 生, which may belong to a birth date.
    Birth,
    /// 丁 or 番 after a numeral in Chinese characters.
    Lot,
}

/// Where a sign stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) sign: Sign,
    pub(super) at: usize,
}

/// A normalised text and the places to look at.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) text: &'a str,
    pub(super) groups: Vec<Group>,
    pub(super) marks: Vec<Mark>,
}

impl<'a> View<'a> {
    /// Looks through a normalised text. Addresses of pages are passed over: their digits count pages.
    pub(super) fn of(text: &'a str) -> Self {
        let mut view = Self {
            text,
            groups: Vec::new(),
            marks: Vec::new(),
        };
        let mut before = '\0';
        let mut link_end = 0;
        for (at, c) in text.char_indices() {
            if at < link_end {
                continue;
            }
            match c {
                '0'..='9' => view.digit(at),
                _ if !may_matter(c) => {}
                ':' | '/' | 'w' if is_link(text, at, before) => link_end = end_of_link(text, at),
                _ => view.sign(at, c, before),
            }
            before = c;
        }
        view
    }

    fn digit(&mut self, at: usize) {
        let tie = match self.groups.last_mut() {
            Some(last) if last.at.end == at => {
                last.at.end += 1;
                return;
            }
            Some(last) => tie(&self.text[last.at.end..at]),
            None => Tie::Apart,
        };
        self.groups.push(Group { at: at..at + 1, tie });
    }

    fn sign(&mut self, at: usize, c: char, before: char) {
        let rest = &self.text[at..];
        if c == '(' && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
            self.marks.push(Mark { sign: Sign::Age, at });
        }
        let found = match c {
            'ん' if before == 'さ' || before == 'く' => Some((Sign::Title, at - before.len_utf8())),
            'ん' if self.text[..at].ends_with("ちゃ") => Some((Sign::Title, at - "ちゃ".len())),
            '疑' if before == '容' => Some((Sign::Title, at - before.len_utf8())),
            '告' if before == '被' => Some((Sign::Title, at - before.len_utf8())),
            '様' | '氏' | '君' | '殿' => Some((Sign::Title, at)),
            '生' => Some((Sign::Birth, at)),
            '丁' | '番' if numeral(before).is_some() => Some((Sign::Lot, at)),
            '@' | '★' | '☆' | '●' | '◎' | '■' | '◆' => Some((Sign::At, at)),
            'ア' if rest.starts_with("アットマーク") => Some((Sign::At, at)),
            ' ' | '(' | '[' | '{' | '<' | '【' | '〔' | '「' if starts_at_word(&rest[c.len_utf8()..]) => {
                Some((Sign::At, at))
            }
            _ => None,
        };
        self.marks.extend(found.map(|(sign, at)| Mark { sign, at }));
    }

    /// The digits of a group.
    pub(super) fn digits(&self, group: &Group) -> &'a str {
        &self.text[group.at.clone()]
    }

    /// What ties the group behind this index to it.
    pub(super) fn tie_after(&self, index: usize) -> Tie {
        self.groups.get(index + 1).map_or(Tie::Apart, |next| next.tie)
    }
}

/// All characters at which [`View::sign`] or [`is_link`] look closer.
const SIGNS: &[char] = &[
    ':', '/', 'w', '(', 'ん', '疑', '告', '様', '氏', '君', '殿', '生', '丁', '番', '@', '★', '☆', '●', '◎',
    '■', '◆', 'ア', ' ', '[', '{', '<', '【', '〔', '「',
];

/// Whether a character may be one of [`SIGNS`]. Nine of ten are told apart from all of them by their last
/// byte.
const fn may_matter(c: char) -> bool {
    const LAST_BYTES: [bool; 256] = {
        let mut bytes = [false; 256];
        let mut index = 0;
        while index < SIGNS.len() {
            bytes[SIGNS[index] as usize & 0xFF] = true;
            index += 1;
        }
        bytes
    };
    LAST_BYTES[c as usize & 0xFF]
}

/// The value of a numeral in Chinese characters.
pub(super) const fn numeral(c: char) -> Option<u32> {
    Some(match c {
        '〇' => 0,
        '一' => 1,
        '二' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        _ => return None,
    })
}

/// Whether people type this where a hyphen belongs.
pub(super) const fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー' | '─' | '━' | '⁃' | '一'
    )
}

fn starts_at_word(rest: &str) -> bool {
    ["at", "アット", "あっと"]
        .iter()
        .any(|word| rest.starts_with(word))
}

/// What a stretch between two groups makes of them.
fn tie(gap: &str) -> Tie {
    if gap.len() > 9 {
        return Tie::Apart;
    }
    let (mut spaces, mut tie) = (0, Tie::Space);
    for c in gap.chars() {
        let this = match c {
            ' ' => {
                spaces += 1;
                continue;
            }
            '(' | ')' => Tie::Bracket,
            '.' | '・' => Tie::Dot,
            _ if is_hyphen(c) => Tie::Hyphen,
            _ => return Tie::Apart,
        };
        tie = match (tie, this) {
            (Tie::Space, _) => this,
            // `)-` and `) (` are one bracket, two hyphens are a dash.
            (Tie::Bracket, _) | (_, Tie::Bracket) => Tie::Bracket,
            _ => return Tie::Apart,
        };
    }
    match tie {
        _ if spaces > 2 => Tie::Apart,
        // A full stop with a space ends something.
        Tie::Dot if spaces > 0 => Tie::Apart,
        _ => tie,
    }
}

/// Whether the address of a page begins at this character, or has just shown its host.
fn is_link(text: &str, at: usize, before: char) -> bool {
    let rest = &text[at..];
    match rest.as_bytes().first() {
        Some(b':') => rest.starts_with("://"),
        Some(b'w') => rest.starts_with("www.") && !before.is_ascii_alphanumeric(),
        Some(b'/') => ends_in_host(&text[..at]),
        _ => false,
    }
}

/// Whether a text ends in letters behind a full stop, as a host without a scheme does.
fn ends_in_host(text: &str) -> bool {
    let bytes = text.as_bytes();
    let letters = bytes
        .iter()
        .rev()
        .take(24)
        .take_while(|b| b.is_ascii_lowercase())
        .count();
    let mut rest = bytes[..bytes.len() - letters].iter().rev();
    letters >= 2 && rest.next() == Some(&b'.') && rest.next().is_some_and(u8::is_ascii_alphanumeric)
}

fn end_of_link(text: &str, at: usize) -> usize {
    let is_part =
        |b: &u8| b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'<' | b'>' | b'"' | b',' | b'|');
    at + text.as_bytes()[at..].iter().take_while(|b| is_part(b)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("090-1234", Tie::Hyphen)]
    #[case("090ー1234", Tie::Hyphen)]
    #[case("090 − 1234", Tie::Hyphen)]
    #[case("090一1234", Tie::Hyphen)]
    #[case("090 1234", Tie::Space)]
    #[case("090.1234", Tie::Dot)]
    #[case("090(1234", Tie::Bracket)]
    #[case("090) 1234", Tie::Bracket)]
    #[case("090. 1234", Tie::Apart)]
    #[case("090--1234", Tie::Apart)]
    #[case("090/1234", Tie::Apart)]
    #[case("090\n1234", Tie::Apart)]
    #[case("090   1234", Tie::Apart)]
    fn groups_are_tied_by_what_stands_between(#[case] text: &str, #[case] expected: Tie) {
        let view = View::of(text);
        let ties: Vec<Tie> = view.groups.iter().map(|group| group.tie).collect();
        assert_eq!(ties, [Tie::Apart, expected]);
    }

    #[rstest]
    #[case("https://www.example.jp/123456789018?a=1@b")]
    #[case("詳しくはwww.example.jp/1へ")]
    #[case("city.example.lg.jp/page/123")]
    fn addresses_of_pages_are_passed_over(#[case] text: &str) {
        let view = View::of(text);
        assert!(view.groups.is_empty() && view.marks.is_empty(), "{view:?}");
    }

    #[rstest]
    #[case("https://a.example.jp(090-1234-5678)", 3)]
    #[case("tel:09012345678", 1)]
    #[case("1/2", 2)]
    #[case("a.jp、1", 1)]
    fn what_follows_an_address_is_seen(#[case] text: &str, #[case] groups: usize) {
        assert_eq!(View::of(text).groups.len(), groups);
    }
}
