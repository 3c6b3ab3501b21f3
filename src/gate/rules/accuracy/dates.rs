//! Reads dates in Japanese and in numbers, with the weekday beside them.

use std::ops::Range;

use super::{
    cursor::Cursor,
    moment::{Date, Form, Moment, Month, Weekdays, Year},
    scan::{Scan, is_connector},
    weekday_of,
    years::{self, Unit},
};

/// How many days one month may be given: 11月7・14・21日.
const MOST_DAYS: usize = 8;

/// What follows a number and 日 where it is no day of a month.
const OTHER_DAYS: &[&str] = &[
    "間", "前", "後", "以", "目", "分", "程", "ご", "お", "め", "曜", "あ", "数", "本",
];

/// Words before a month or day that say in which year it lies.
const NEAR_YEARS: &[(&str, Year)] = &[
    ("昨年", Year::Near(-1)),
    ("去年", Year::Near(-1)),
    ("前年", Year::Near(-1)),
    ("今年", Year::Near(0)),
    ("本年", Year::Near(0)),
    ("来年", Year::Near(1)),
    ("翌年", Year::Elsewhere),
    ("同年", Year::Elsewhere),
    ("毎年", Year::Elsewhere),
];

/// Words before a day that say in which month it lies.
const NEAR_MONTHS: &[(&str, i32)] = &[("今月", 0), ("本月", 0), ("来月", 1), ("先月", -1)];

/// What follows a date in numbers that could be a fraction.
const AFTER_NUMBERS: &[&str] = &["まで", "締切", "〆切", "必着", "開催", "午前", "午後", "am", "pm"];

/// A day as it is listed.
type Listed = (u32, Range<usize>);

impl Scan<'_> {
    /// A date such as 令和8年11月21日(土), or the part of one: a year, a month. Answers where to go on.
    pub(super) fn japanese_date(&mut self, at: usize) -> Option<usize> {
        let mut cursor = Cursor::new(self.text, at);
        let year = self.year(&mut cursor);
        let behind_year = year.map(|_| cursor.at());
        cursor.spaces();
        self.month_and_days(at, year, cursor).or(behind_year)
    }

    fn year(&mut self, cursor: &mut Cursor<'_>) -> Option<Year> {
        let mut ahead = *cursor;
        let written = years::read(&mut ahead).filter(|written| written.unit != Unit::Nothing)?;
        *cursor = ahead;
        self.years.push(written.year);
        if written.unit == Unit::Fiscal {
            self.years.push(written.year + 1);
        }
        self.clashes.extend(written.clash);
        Some(Year::Written(written.year))
    }

    fn month_and_days(&mut self, at: usize, year: Option<Year>, mut cursor: Cursor<'_>) -> Option<usize> {
        let month = cursor.number().filter(|month| month.value <= 99)?.value;
        cursor.eat(" ");
        if !cursor.eat("月") {
            return None;
        }
        let year = year.unwrap_or_else(|| year_before(&self.text[..at]));
        let month = Month::Written(month);
        let behind_month = cursor.at();
        if matches!(month, Month::Written(1..=12)) {
            self.month = Some((year, month));
        }
        cursor.spaces();
        let Some(days) = days(&mut cursor) else {
            return Some(behind_month);
        };
        self.month = Some((year, month));
        self.push_days(at, (year, month), &days, cursor);
        Some(cursor.at())
    }

    fn push_days(&mut self, at: usize, (year, month): (Year, Month), days: &[Listed], cursor: Cursor<'_>) {
        let (weekdays, end) = self.weekdays(at, cursor);
        let is_shared = weekdays_of(weekdays) > 1;
        for (index, (day, place)) in days.iter().enumerate() {
            let is_last = index + 1 == days.len();
            let start = if index == 0 { at } else { place.start };
            let end = if is_last { end } else { place.end };
            let weekdays = if is_last || is_shared {
                weekdays
            } else {
                Weekdays::default()
            };
            self.moments.push(Moment::Date(Date {
                range: start..end,
                year,
                month,
                day: *day,
                weekdays,
                form: Form::Words,
            }));
        }
    }

    /// The weekdays beside a date that began at a place and ends at the cursor, and where they end.
    pub(super) fn weekdays(&self, at: usize, cursor: Cursor<'_>) -> (Weekdays, usize) {
        if let Some(after) = weekday_of::after(cursor) {
            return after;
        }
        let mut weekdays = Weekdays::default();
        if cursor.looks_at(")")
            && let Some(day) = weekday_of::before(&self.text[..at])
        {
            weekdays.insert(day);
        }
        (weekdays, cursor.at())
    }

    /// A date in numbers: 2026-11-21, 2026/11/21, R8.11.21, 11/21(土). Answers where to go on.
    pub(super) fn numeric_date(&mut self, at: usize) -> Option<usize> {
        let mut cursor = self.cursor(at);
        let before = cursor.before().chars().next_back();
        if before.is_some_and(|c| c.is_ascii_alphanumeric() || "/-._=#&%+@".contains(c)) {
            return None;
        }
        let (year, month, day) = full(&mut cursor).or_else(|| short(&mut cursor))?;
        let (weekdays, end) = self.weekdays(at, cursor);
        if year == Year::Unsaid && weekdays.is_empty() && !is_surely_date(cursor) {
            return None;
        }
        if let Year::Written(year) = year {
            self.years.push(year);
        }
        self.month = Some((year, Month::Written(month)));
        self.moments.push(Moment::Date(Date {
            range: at..end,
            year,
            month: Month::Written(month),
            day,
            weekdays,
            form: Form::Numbers,
        }));
        Some(cursor.at())
    }

    /// A day without its month: 〜23日(月), 来月5日, 明日22日. Answers where to go on.
    pub(super) fn bare_day(&mut self, at: usize) -> Option<usize> {
        let mut cursor = Cursor::new(self.text, at);
        let day = cursor.digits().filter(|day| day.digits <= 2)?.value;
        let before = &self.text[..at];
        let has_unit = cursor.eat("日");
        let leans_on = self.leans_on(at);
        if has_unit && (cursor.looks_at_any(OTHER_DAYS) || before.ends_with("毎月")) {
            return None;
        }
        let (weekdays, end) = self.weekdays(at, cursor);
        let near = NEAR_MONTHS.iter().find(|(word, _)| before.ends_with(word));
        let is_spoken = self.spoken.last().is_some_and(|word| word.range.end == at);
        let is_day = if has_unit {
            !weekdays.is_empty() || near.is_some() || is_spoken || leans_on.is_some()
        } else {
            !weekdays.is_empty() && leans_on == Some(Form::Numbers)
        };
        if !is_day {
            return None;
        }
        let (year, month) = match near {
            Some((_, months)) => (Year::Near(0), Month::Near(*months)),
            None => self.month.unwrap_or((Year::Unsaid, Month::Unsaid)),
        };
        self.moments.push(Moment::Date(Date {
            range: at..end,
            year,
            month,
            day,
            weekdays,
            form: match (has_unit, leans_on) {
                (true, None) => Form::Alone,
                (true, Some(_)) => Form::Bare,
                (false, _) => Form::Numbers,
            },
        }));
        Some(cursor.at())
    }

    /// How the date is written that a day at this place goes on from.
    fn leans_on(&self, at: usize) -> Option<Form> {
        let Moment::Date(last) = self.moments.last()? else {
            return self.leans_on_span(at);
        };
        let gap = self.text.get(last.range.end..at)?;
        (is_connector(gap) || matches!(gap, "・" | "、" | "," | ", " | "/" | "と")).then_some(last.form)
    }

    /// The same with a time of day between: 11月21日(土)9時〜23日(月).
    fn leans_on_span(&self, at: usize) -> Option<Form> {
        let [.., Moment::Date(date), Moment::Clock(clock)] = self.moments.as_slice() else {
            return None;
        };
        is_connector(self.text.get(clock.range.end..at)?).then_some(date.form)
    }
}

fn year_before(before: &str) -> Year {
    let before = before.strip_suffix('の').unwrap_or(before);
    NEAR_YEARS
        .iter()
        .find(|(word, _)| before.ends_with(word))
        .map_or(Year::Unsaid, |(_, year)| *year)
}

fn weekdays_of(weekdays: Weekdays) -> usize {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
        .into_iter()
        .filter(|day| weekdays.contains(*day))
        .count()
}

/// The days of a month up to 日: one, or several.
fn days(cursor: &mut Cursor<'_>) -> Option<Vec<Listed>> {
    let mut ahead = *cursor;
    let mut days = Vec::with_capacity(1);
    while days.len() < MOST_DAYS {
        let start = ahead.at();
        let day = ahead.number().filter(|day| day.value <= 99)?.value;
        let place = start..ahead.at();
        ahead.eat(" ");
        if ahead.eat("日") {
            days.push((day, place.start..ahead.at()));
            *cursor = ahead;
            return (!cursor.looks_at("間")).then_some(days);
        }
        days.push((day, place));
        if !ahead.eat_any(&["・", "、", ",", "〜", "~", "-"]) {
            return None;
        }
    }
    None
}

/// A year, month and day with the same sign between them.
fn full(cursor: &mut Cursor<'_>) -> Option<(Year, u32, u32)> {
    let mut ahead = *cursor;
    let (year, is_era) = match ahead.digits() {
        Some(year) if year.digits == 4 && (1860..=2199).contains(&year.value) => {
            (i32::try_from(year.value).ok()?, false)
        }
        Some(_) => return None,
        None => {
            let written = years::read(&mut ahead).filter(|written| written.unit == Unit::Nothing)?;
            (written.year, true)
        }
    };
    let sign = ahead.eat_if(|c| matches!(c, '/' | '-' | '.'))?;
    let month = ahead.digits().filter(|month| month.digits <= 2)?;
    ahead.eat_if(|c| c == sign)?;
    let day = ahead.digits().filter(|day| day.digits <= 2)?;
    let can_be = (1..=12).contains(&month.value) && (1..=31).contains(&day.value);
    // Numbers of versions and documents look alike, so only a careful form is held to the calendar.
    let is_meant = match sign {
        '/' => !is_era || can_be,
        '-' => can_be || (month.digits == 2 && day.digits == 2 && !is_era),
        _ => can_be,
    };
    if !is_meant || goes_on(ahead, sign) {
        return None;
    }
    *cursor = ahead;
    Some((Year::Written(year), month.value, day.value))
}

/// A month and a day, or, as the British write it, a day and a month.
fn short(cursor: &mut Cursor<'_>) -> Option<(Year, u32, u32)> {
    let mut ahead = *cursor;
    let month = ahead.digits().filter(|month| month.digits <= 2)?.value;
    let sign = ahead.eat_if(|c| matches!(c, '/' | '.'))?;
    let day = ahead.digits().filter(|day| day.digits <= 2)?.value;
    // 12.1 is a number unless a weekday says otherwise.
    if goes_on(ahead, sign) || (sign == '.' && weekday_of::after(ahead).is_none()) {
        return None;
    }
    *cursor = ahead;
    if month > 12 && day <= 12 {
        return Some((Year::Unsaid, day, month));
    }
    Some((Year::Unsaid, month, day))
}

fn goes_on(mut cursor: Cursor<'_>, sign: char) -> bool {
    if cursor
        .peek()
        .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '=' | '%'))
    {
        return true;
    }
    cursor.eat_if(|c| c == sign).is_some() && cursor.peek().is_some_and(|c| c.is_ascii_digit())
}

/// Whether what follows makes a date of two numbers that could be a fraction.
fn is_surely_date(mut cursor: Cursor<'_>) -> bool {
    cursor.spaces();
    if cursor.looks_at_any(AFTER_NUMBERS) {
        return true;
    }
    let mut time = cursor;
    if time.digits().is_some_and(|hour| hour.digits <= 2) && (time.looks_at(":") || time.looks_at("時")) {
        return true;
    }
    let mut end = cursor;
    end.eat_if(|c| is_connector(c.encode_utf8(&mut [0; 4])));
    end.at() > cursor.at() && end.digits().is_some() && end.eat("/") && end.digits().is_some()
}
