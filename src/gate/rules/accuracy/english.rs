//! Reads dates in English.

use super::{
    cursor::{Cursor, Number},
    moment::{Date, Form, Moment, Month, Year},
    scan::Scan,
    weekday_of,
};

impl Scan<'_> {
    /// A date that begins with a word: Sat, Nov 21; November 21st, 2026; Saturday 21 November. Answers
    /// where to go on.
    pub(super) fn english_date(&mut self, at: usize) -> Option<usize> {
        let mut cursor = Cursor::new(self.text, at);
        let weekday = weekday_of::english(&mut cursor);
        let start = cursor.at();
        let (month, day) = month_day(&mut cursor).or_else(|| weekday.and_then(|_| day_month(&mut cursor)))?;
        let year = year(&mut cursor);
        let (mut weekdays, end) = self.weekdays(at, cursor);
        if let Some(day) = weekday {
            weekdays.insert(day);
        }
        // "You may 5 times" is no date.
        if Cursor::new(self.text, start).looks_at("may ") && weekdays.is_empty() && year == Year::Unsaid {
            return None;
        }
        self.push_english(Date {
            range: at..end,
            year,
            month: Month::Written(month),
            day,
            weekdays,
            form: Form::Words,
        });
        Some(cursor.at())
    }

    /// A date that begins with a number: 21 November 2026 (Sat). Answers where to go on.
    pub(super) fn english_day_month(&mut self, at: usize) -> Option<usize> {
        let mut cursor = Cursor::new(self.text, at);
        let (month, day) = day_month(&mut cursor)?;
        let year = year(&mut cursor);
        let (weekdays, end) = self.weekdays(at, cursor);
        self.push_english(Date {
            range: at..end,
            year,
            month: Month::Written(month),
            day,
            weekdays,
            form: Form::Words,
        });
        Some(cursor.at())
    }

    fn push_english(&mut self, date: Date) {
        if let Year::Written(year) = date.year {
            self.years.push(year);
        }
        self.month = Some((date.year, date.month));
        self.moments.push(Moment::Date(date));
    }
}

fn month_day(cursor: &mut Cursor<'_>) -> Option<(u32, u32)> {
    let mut ahead = *cursor;
    let month = month(ahead.word())?;
    ahead.eat(".");
    ahead.spaces();
    let day = day(&mut ahead)?;
    if ahead.looks_at_any(&[":", "%", "."]) && !ahead.rest().starts_with(". ") && ahead.rest().len() > 1 {
        return None;
    }
    *cursor = ahead;
    Some((month, day))
}

fn day_month(cursor: &mut Cursor<'_>) -> Option<(u32, u32)> {
    let mut ahead = *cursor;
    let day = day(&mut ahead)?;
    if !ahead.eat(" ") {
        return None;
    }
    ahead.eat("of ");
    let month = month(ahead.word())?;
    ahead.eat(".");
    *cursor = ahead;
    Some((month, day))
}

/// The day of a month, with its ordinal ending.
fn day(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut ahead = *cursor;
    let Number { value, digits } = ahead.digits()?;
    ahead.eat_any(&["st", "nd", "rd", "th"]);
    let is_glued = ahead.peek().is_some_and(|c| c.is_ascii_alphanumeric());
    if digits > 2 || is_glued {
        return None;
    }
    *cursor = ahead;
    Some(value)
}

fn year(cursor: &mut Cursor<'_>) -> Year {
    let mut ahead = *cursor;
    ahead.eat(",");
    ahead.spaces();
    let year = ahead.digits().filter(|year| year.digits == 4);
    match year.and_then(|year| i32::try_from(year.value).ok()) {
        Some(year @ 1860..=2199) => {
            *cursor = ahead;
            Year::Written(year)
        }
        _ => Year::Unsaid,
    }
}

fn month(word: &str) -> Option<u32> {
    Some(match word {
        "jan" | "january" => 1,
        "feb" | "february" => 2,
        "mar" | "march" => 3,
        "apr" | "april" => 4,
        "may" => 5,
        "jun" | "june" => 6,
        "jul" | "july" => 7,
        "aug" | "august" => 8,
        "sep" | "sept" | "september" => 9,
        "oct" | "october" => 10,
        "nov" | "november" => 11,
        "dec" | "december" => 12,
        _ => return None,
    })
}
