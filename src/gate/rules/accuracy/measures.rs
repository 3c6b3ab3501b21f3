//! Whether lengths, weights and volumes are given in one unit (2,000mと3.5km).

use std::ops::Range;

use super::{
    cursor::Cursor,
    scan::{Scan, Sign},
    teller::Teller,
    units::RULE,
    wording,
};
use crate::domain::finding::Message;

/// The longest number with its commas, in bytes.
const LONGEST: usize = 16;

/// Heights are given in metres, however far it is to get there.
const HEIGHTS: &[&str] = &[
    "標高",
    "海抜",
    "高さ",
    "高度",
    "水深",
    "elevation",
    "altitude",
    " high",
];

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Length,
    Weight,
    Volume,
}

/// Which of two units of one kind is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// The one that is a thousandth of the other.
    Small,
    /// The other.
    Great,
}

/// Of two units with the same beginning the longer comes first.
const UNITS: &[(&str, Kind, Size)] = &[
    ("キロメートル", Kind::Length, Size::Great),
    ("km", Kind::Length, Size::Great),
    ("メートル", Kind::Length, Size::Small),
    ("ml", Kind::Volume, Size::Small),
    ("m", Kind::Length, Size::Small),
    ("トン", Kind::Weight, Size::Great),
    ("t", Kind::Weight, Size::Great),
    ("キログラム", Kind::Weight, Size::Small),
    ("kg", Kind::Weight, Size::Small),
    ("リットル", Kind::Volume, Size::Great),
    ("l", Kind::Volume, Size::Great),
    ("ミリリットル", Kind::Volume, Size::Small),
];

struct Measure<'t> {
    range: Range<usize>,
    number: &'t str,
    kind: Kind,
    size: Size,
}

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>) {
    let measures: Vec<_> = scan
        .signs(Sign::Measure)
        .filter_map(|at| measure(scan.text, at))
        .collect();
    for small in measures.iter().filter(|measure| is_thousands(measure)) {
        let is_mixed = measures.iter().any(|great| disagrees(great, small));
        let is_height = small.kind == Kind::Length && wording::contains_any(scan.text, HEIGHTS);
        // 2リットル(2,000ml) says the same twice.
        let is_aside = scan.text[..small.range.start].ends_with('(');
        if !is_mixed || is_height || is_aside {
            continue;
        }
        let message = Message::new("finding-accuracy-units-measure").with("found", scan.typed(&small.range));
        teller.tell(&RULE, &message, &small.range, scan.words(&small.range));
    }
}

/// The measure whose unit begins here.
fn measure(text: &str, at: usize) -> Option<Measure<'_>> {
    let mut cursor = Cursor::new(text, at);
    cursor.eat(" ");
    let (_, kind, size) = UNITS.iter().find(|(unit, _, _)| cursor.eat(unit))?;
    // m2, l字, tel.
    if cursor.peek().is_some_and(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let from = text.floor_char_boundary(at.saturating_sub(LONGEST));
    let before = text.get(from..at)?;
    let number = before.trim_start_matches(|c: char| !c.is_ascii_digit());
    let start = number
        .rfind(|c: char| !c.is_ascii_digit() && !matches!(c, ',' | '.'))
        .map_or(0, |last| {
            last + number[last..].chars().next().map_or(1, char::len_utf8)
        });
    let number = &number[start..];
    Some(Measure {
        range: at - number.len()..cursor.at(),
        number,
        kind: *kind,
        size: *size,
    })
}

/// Whether it counts thousands of the smaller unit.
fn is_thousands(measure: &Measure<'_>) -> bool {
    let whole = measure.number.split('.').next().unwrap_or_default();
    measure.size == Size::Small && whole.bytes().filter(u8::is_ascii_digit).count() >= 4
}

/// Whether the greater unit is used for the like. Races are named 1,500m and 5km: only a length with a
/// fraction, such as 3.5km, could have been given in metres as well.
fn disagrees(great: &Measure<'_>, small: &Measure<'_>) -> bool {
    let is_broken = || {
        let fraction = great.number.split_once('.');
        fraction.is_some_and(|(_, digits)| digits.len() == 1)
    };
    great.size == Size::Great && great.kind == small.kind && (great.kind != Kind::Length || is_broken())
}
