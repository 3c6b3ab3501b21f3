//! Reads years, in the eras and in the western count, and sees where the two disagree.

use std::ops::Range;

use super::cursor::Cursor;

/// The years that a four-digit number can mean.
const YEARS: std::ops::RangeInclusive<u32> = 1860..=2199;

/// No era had more years than Shōwa.
const LONGEST_ERA: u32 = 64;

/// The eras: how they are written, and the western year before their first.
const ERAS: &[(&str, i32)] = &[
    ("令和", 2018),
    ("平成", 1988),
    ("昭和", 1925),
    ("大正", 1911),
    ("明治", 1867),
];

/// Eras by their letters, which count only before a digit.
const ERA_LETTERS: &[(&str, i32)] = &[("r", 2018), ("h", 1988), ("s", 1925)];

/// A year in two counts that do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clash {
    /// Where both stand.
    pub(super) range: Range<usize>,
    /// Where the era's year stands.
    pub(super) era: Range<usize>,
    /// The western year of that.
    pub(super) year: i32,
}

/// A year as it is written, in all its counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// The western year that was said first.
    pub(super) year: i32,
    /// What follows the number.
    pub(super) unit: Unit,
    /// Whether it disagrees with itself.
    pub(super) clash: Option<Clash>,
}

/// What follows the number of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nothing.
    Nothing,
    /// 年.
    Calendar,
    /// 年度: from April.
    Fiscal,
}

/// A year in one count.
struct One {
    year: i32,
    era: Option<(usize, Range<usize>)>,
    unit: Unit,
}

/// A year, with what stands in brackets beside it: `令和8年(2026年)`, `2026(令和8)年`. A lone number is
/// one only if a unit follows or an era comes before.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Written> {
    let start = cursor.at();
    let mut ahead = *cursor;
    let first = one(&mut ahead)?;
    let second = beside(&mut ahead, &first);
    let mut unit = first.unit;
    if unit == Unit::Nothing && second.is_some() {
        unit = eat_unit(&mut ahead);
    }
    if unit == Unit::Nothing && second.is_none() && first.era.is_none() {
        return None;
    }
    *cursor = ahead;
    let clash = second.and_then(|second| clash(&first, &second, start..ahead.at()));
    Some(Written {
        year: first.year,
        unit,
        clash,
    })
}

fn one(cursor: &mut Cursor<'_>) -> Option<One> {
    let start = cursor.at();
    let is_plain = cursor.peek().is_some_and(|c| c.is_ascii_digit());
    let (year, era) = if let Some((index, before_first)) = (!is_plain).then(|| era(cursor)).flatten() {
        let count = era_year(cursor)?;
        (before_first + count, Some((index, start..cursor.at())))
    } else {
        let number = cursor.number().filter(|number| number.digits == 4)?;
        if !YEARS.contains(&number.value) {
            return None;
        }
        (i32::try_from(number.value).ok()?, None)
    };
    let unit = eat_unit(cursor);
    Some(One { year, era, unit })
}

fn era(cursor: &mut Cursor<'_>) -> Option<(usize, i32)> {
    if let Some(index) = ERAS.iter().position(|(name, _)| cursor.eat(name)) {
        return Some((index, ERAS[index].1));
    }
    let is_glued = cursor.before().ends_with(|c: char| c.is_ascii_alphanumeric());
    let mut ahead = *cursor;
    let index = ERA_LETTERS.iter().position(|(name, _)| ahead.eat(name))?;
    if is_glued || !ahead.peek().is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    *cursor = ahead;
    Some((index, ERA_LETTERS[index].1))
}

fn era_year(cursor: &mut Cursor<'_>) -> Option<i32> {
    if cursor.eat("元") {
        return Some(1);
    }
    let number = cursor.number()?;
    let is_year = number.digits <= 3 && (1..=LONGEST_ERA).contains(&number.value);
    i32::try_from(number.value).ok().filter(|_| is_year)
}

fn eat_unit(cursor: &mut Cursor<'_>) -> Unit {
    let mut ahead = *cursor;
    ahead.eat(" ");
    if !ahead.eat("年") {
        return Unit::Nothing;
    }
    let unit = if ahead.eat("度") {
        Unit::Fiscal
    } else {
        Unit::Calendar
    };
    *cursor = ahead;
    unit
}

/// The same year in another count, in brackets that hold nothing else.
fn beside(cursor: &mut Cursor<'_>, first: &One) -> Option<One> {
    let mut ahead = *cursor;
    ahead.eat(" ");
    let open = ahead.eat_if(|c| matches!(c, '(' | '[' | '=' | '〔'))?;
    let second = one(&mut ahead)?;
    let is_another_count = match (&first.era, &second.era) {
        (None, None) => false,
        // Two years of one era are a comparison: 令和7年(令和6年).
        (Some((first, _)), Some((second, _))) => first != second,
        _ => true,
    };
    let is_closed = match open {
        '=' => second.unit != Unit::Nothing,
        _ => ahead.eat_any(&[")", "]", "〕"]),
    };
    if !is_another_count || !is_closed {
        return None;
    }
    *cursor = ahead;
    Some(second)
}

fn clash(first: &One, second: &One, range: Range<usize>) -> Option<Clash> {
    let agree = match (first.unit, second.unit) {
        // The last months of a fiscal year lie in the next calendar year.
        (Unit::Calendar, Unit::Fiscal) => (0..=1).contains(&(first.year - second.year)),
        (Unit::Fiscal, Unit::Calendar) => (0..=1).contains(&(second.year - first.year)),
        _ => first.year == second.year,
    };
    if agree {
        return None;
    }
    let of_era = if first.era.is_some() { first } else { second };
    let (_, era) = of_era.era.clone()?;
    Some(Clash {
        range,
        era,
        year: of_era.year,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn written(text: &str) -> Option<Written> {
        read(&mut Cursor::new(text, 0))
    }

    #[rstest]
    #[case("2026年", 2026)]
    #[case("2026年度", 2026)]
    #[case("令和8年", 2026)]
    #[case("令和八年", 2026)]
    #[case("令和元年", 2019)]
    #[case("平成31年", 2019)]
    #[case("平成三十年", 2018)]
    #[case("昭和64年", 1989)]
    #[case("大正15年", 1926)]
    #[case("r8年", 2026)]
    #[case("令和8(2026)年", 2026)]
    #[case("2026(令和8)年度", 2026)]
    #[case("二〇二六年", 2026)]
    fn a_year_is_read_in_every_count(#[case] text: &str, #[case] year: i32) {
        let written = written(text).expect("a year");
        assert_eq!((written.year, written.clash), (year, None));
    }

    #[rstest]
    #[case("10年")]
    #[case("2026人")]
    #[case("1234年")]
    #[case("令和の時代")]
    #[case("令和100年")]
    #[case("room")]
    fn other_numbers_are_no_years(#[case] text: &str) {
        assert_eq!(written(text), None);
    }

    #[rstest]
    #[case("令和8年(2025年)", true)]
    #[case("令和8年(2026年)", false)]
    #[case("2026年(令和7年)", true)]
    #[case("平成31年(令和元年)", false)]
    #[case("平成30年(令和元年)", true)]
    #[case("令和8(2025)年", true)]
    #[case("昭和60年(1985)", false)]
    #[case("令和7年度(2026年)", false)]
    #[case("令和7年度(2024年)", true)]
    #[case("令和7年(令和6年)", false)]
    #[case("令和7年(2026年3月まで)", false)]
    #[case("2026年(2027年)", false)]
    #[case("令和8年=2025年", true)]
    fn two_counts_must_agree(#[case] text: &str, #[case] clashes: bool) {
        let written = written(text).expect("a year");
        assert_eq!(written.clash.is_some(), clashes);
    }
}
