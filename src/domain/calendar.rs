//! National holidays, from shipped data: they are law, hence data and not code.

use std::collections::BTreeMap;

use chrono::NaiveDate;

/// A public holiday, substitute holidays (振替休日) and citizens' holidays (国民の休日) included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// Its Japanese name.
    pub name_ja: String,
    /// Its English name.
    pub name_en: String,
}

/// Why a calendar file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// There is no `# coverage: FIRST..LAST` line.
    #[error("the calendar has no line `# coverage: YYYY-MM-DD..YYYY-MM-DD`")]
    NoCoverage,
    /// A line of another form.
    #[error("line {line}: expected `date,name_ja,name_en,kind`")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// A date outside the stated coverage.
    #[error("line {line}: {date} lies outside the stated coverage")]
    OutsideCoverage {
        /// Counted from 1.
        line: usize,
        /// The date.
        date: NaiveDate,
    },
}

/// The holidays of a span of years. Outside that span nothing is known, and the gate says so.
#[derive(Debug, Clone)]
pub struct Calendar {
    first: NaiveDate,
    last: NaiveDate,
    holidays: BTreeMap<NaiveDate, Holiday>,
}

/// What a calendar knows of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day<'a> {
    /// No holiday.
    Plain,
    /// A holiday.
    Holiday(&'a Holiday),
    /// Beyond the data.
    Unknown,
}

impl Calendar {
    /// Reads the shipped CSV form.
    ///
    /// # Errors
    /// Names the line that is wrong.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let (first, last) = text
            .lines()
            .find_map(|line| line.strip_prefix("# coverage:"))
            .and_then(|range| range.trim().split_once(".."))
            .and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)))
            .ok_or(CalendarError::NoCoverage)?;
        let mut holidays = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let is_data = line.starts_with(|c: char| c.is_ascii_digit());
            if !is_data {
                continue;
            }
            let line_number = index + 1;
            let mut fields = line.split(',').map(str::trim);
            let (Some(date), Some(name_ja), Some(name_en)) = (fields.next(), fields.next(), fields.next())
            else {
                return Err(CalendarError::Line { line: line_number });
            };
            let date: NaiveDate = date
                .parse()
                .map_err(|_| CalendarError::Line { line: line_number })?;
            if date < first || date > last {
                return Err(CalendarError::OutsideCoverage {
                    line: line_number,
                    date,
                });
            }
            holidays.insert(
                date,
                Holiday {
                    name_ja: name_ja.into(),
                    name_en: name_en.into(),
                },
            );
        }
        Ok(Self {
            first,
            last,
            holidays,
        })
    }

    /// What is known of a day.
    #[must_use]
    pub fn day(&self, date: NaiveDate) -> Day<'_> {
        if date < self.first || date > self.last {
            return Day::Unknown;
        }
        self.holidays.get(&date).map_or(Day::Plain, Day::Holiday)
    }

    /// The last day of which anything is known.
    #[must_use]
    pub const fn last(&self) -> NaiveDate {
        self.last
    }
}
