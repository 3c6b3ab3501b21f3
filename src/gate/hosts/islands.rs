//! Where in a text a host may stand at all.
//!
//! Most of a Japanese text is letters that are no part of any host and look like none. What lies between
//! two of them is an island, and nothing of a host reaches beyond it. An island matters if it has a
//! letter, a dot and a letter, in this order, or two slashes; what may be any of these counts as all.

use std::ops::Range;

/// How many letters outside ASCII a name behind `//` may have: more would not fit into a host when encoded.
pub(in crate::gate) const FOREIGN_LETTERS: u8 = 63;

/// What a character is to an island.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Never part of a host in ASCII, nor of what stands for a dot.
    Inert,
    /// Ends a name, and is inert otherwise.
    Stop,
    /// Shows nothing.
    Nothing,
    /// A letter or digit.
    Letter,
    /// The first letter of `dot`.
    D,
    /// Stands for a dot, or begins what does.
    Dot,
    /// A hyphen; two of them begin an encoded label.
    Hyphen,
    /// A slash of either direction.
    Slash,
    /// Ends the name behind `//`.
    End,
    /// Any other sign or white space that is no letter and no dot.
    Sign,
    /// May be anything.
    Unknown,
}

/// Whether a character is in no host and imitates nothing, so that islands end at it.
pub(super) const fn is_inert(c: char) -> bool {
    matches!(kind_of(c), Kind::Inert | Kind::Stop)
}

/// The kinds of the characters from `first` on.
const fn kinds<const N: usize>(first: u32) -> [Kind; N] {
    let mut kinds = [Kind::Unknown; N];
    let (mut index, mut code) = (0, first);
    while index < N {
        if let Some(c) = char::from_u32(code) {
            kinds[index] = classify(c);
        }
        (index, code) = (index + 1, code + 1);
    }
    kinds
}

/// Almost every character of a Japanese text is answered by one look here.
const fn kind_of(c: char) -> Kind {
    const ASCII: [Kind; 0x80] = kinds(0);
    const KANA: [Kind; 0x100] = kinds(0x3000);
    match c {
        '\0'..='\u{7F}' => ASCII[c as usize],
        '\u{3000}'..='\u{30FF}' => KANA[c as usize - 0x3000],
        '\u{3400}'..='\u{9FFF}' => Kind::Inert,
        _ => classify(c),
    }
}

#[rustfmt::skip]
const fn classify(c: char) -> Kind {
    match c {
        'd' | 'D' | 'ｄ' | 'Ｄ' => Kind::D,
        '0'..='9' | 'A'..='Z' | 'a'..='z' | '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '①'..='⑳' => Kind::Letter,
        // ト and と begin a word for a dot.
        '.' | '．' | '｡' | '。' | '・' | '%' | '&' | '＆' | 'ト' | 'ド' | 'と' | 'ど' => Kind::Dot,
        '-' | '－' => Kind::Hyphen,
        '/' | '\\' | '／' | '＼' => Kind::Slash,
        '?' | '#' | '？' | '＃' => Kind::End,
        'ッ' | 'っ' | '「' | '」' | '【' | '】' | '〔' | '〕' | '\u{3000}' | '\0'..='\u{7F}' | '！'..='～' => Kind::Sign,
        '、' | '〜' | '『' | '』' | '〈' | '〉' | '《' | '》' => Kind::Stop,
        // Kana, ideographs, arrows and shapes, pictures.
        'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '々' | '〆' | '〇' | '〒' | '※' | '\u{3400}'..='\u{9FFF}'
        | '\u{2190}'..='\u{21BD}' | '\u{25A0}'..='\u{26FF}'
        | '\u{1F300}'..='\u{1F6FF}' | '\u{1F900}'..='\u{1FAFF}' => Kind::Inert,
        '\u{200B}'..='\u{200D}' | '\u{FE0F}' => Kind::Nothing,
        _ => Kind::Unknown,
    }
}

/// How far an island has come towards a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    None,
    Letter,
    Dot,
    Kept,
}

/// Finds the islands of one text.
struct Scan {
    found: Vec<Range<usize>>,
    /// Where the open island begins, its shore included.
    start: Option<usize>,
    promise: Promise,
    last: Kind,
    /// How many inert letters may still stand in the name that began with `//`.
    name: u8,
}

/// The islands of a text that matter, each with one inert letter on both shores where there is one.
pub(super) fn islands(text: &str) -> Vec<Range<usize>> {
    let mut scan = Scan {
        found: Vec::new(),
        start: None,
        promise: Promise::None,
        last: Kind::Stop,
        name: 0,
    };
    let mut shore = 0;
    for (at, c) in text.char_indices() {
        let kind = kind_of(c);
        let ends_island = match kind {
            Kind::Nothing => continue,
            Kind::Inert => scan.name == 0,
            Kind::Stop => true,
            _ => false,
        };
        if ends_island {
            if scan.start.is_some() {
                scan.close(at + c.len_utf8());
            }
            shore = at;
        } else {
            scan.start.get_or_insert(shore);
            scan.add(kind);
        }
    }
    scan.close(text.len());
    scan.found
}

impl Scan {
    fn add(&mut self, kind: Kind) {
        let is_pair = self.last == kind;
        let begins_word = !matches!(self.last, Kind::Letter | Kind::D);
        self.last = kind;
        match kind {
            Kind::Slash if is_pair => self.name = FOREIGN_LETTERS,
            Kind::Slash | Kind::End => self.name = 0,
            Kind::Inert => self.name = self.name.saturating_sub(1),
            _ => {}
        }
        self.promise = match (kind, self.promise) {
            (Kind::Unknown, _) | (Kind::Letter | Kind::D, Promise::Dot) => Promise::Kept,
            (Kind::Slash, _) | (Kind::Hyphen, Promise::Letter) if is_pair => Promise::Kept,
            (Kind::D, Promise::Letter) if begins_word => Promise::Dot,
            (Kind::Dot, Promise::Letter) => Promise::Dot,
            (Kind::Letter | Kind::D, Promise::None) => Promise::Letter,
            (_, promise) => promise,
        };
    }

    fn close(&mut self, end: usize) {
        if let Some(start) = self.start.take().filter(|_| self.promise == Promise::Kept) {
            self.found.push(start..end);
        }
        self.promise = Promise::None;
        self.last = Kind::Stop;
        self.name = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::view::{Cell, Face},
        *,
    };
    use rstest::rstest;

    #[rstest]
    #[case("本日は晴天。あすは雨。", &[])]
    #[case("①10:00〜 12.1（火）", &["〜 12.1（火"])]
    #[case("電話0123-45-6789まで", &[])]
    #[case("です。12月6日。co です", &[])]
    #[case("詳しくはbit.lyから", &["はbit.lyか"])]
    #[case("bit dot ly", &["bit dot ly"])]
    #[case("bitドットlyで", &["bitドットlyで"])]
    #[case("ADはD、と", &[])]
    #[case("前xn--後", &["前xn--後"])]
    #[case("http://日本語.jp/観光", &["http://日本語.jp/観"])]
    #[case("https://a.jpをご覧ください、b.jp", &["https://a.jpをご覧ください、", "、b.jp"])]
    fn what_may_hold_a_host_is_an_island(#[case] text: &str, #[case] expected: &[&str]) {
        let found: Vec<&str> = islands(text).into_iter().map(|island| &text[island]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_inert_is_no_part_of_a_host() {
        for c in ('\0'..=char::MAX).filter(|c| is_inert(*c)) {
            let cells = Cell::all_of(c);
            let faces: Vec<Face> = cells.iter().map(|cell| cell.face).collect();
            assert!(matches!(faces[..], [Face::Other(_)]), "{c} {faces:?}");
        }
    }

    #[test]
    fn what_is_only_a_letter_or_a_sign_is_no_dot() {
        let faces = |c| Cell::all_of(c).into_iter().map(|cell| cell.face);
        for c in '\0'..=char::MAX {
            let fits = match kind_of(c) {
                Kind::Letter | Kind::D => faces(c).all(|face| matches!(face, Face::Host(c) if c != '-')),
                Kind::Sign | Kind::Slash | Kind::End => {
                    faces(c).all(|face| matches!(face, Face::Other(_) | Face::Gap | Face::Break))
                }
                Kind::Nothing => faces(c).next().is_none(),
                _ => true,
            };
            assert!(fits, "{c}");
        }
    }
}
