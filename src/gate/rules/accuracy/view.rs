//! The day on which a text is read, and which days its dates mean on it.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Timelike as _, Utc};
use chrono_tz::Tz;

use super::{
    moment::{Date, Form, Month, Year},
    scan::Scan,
};

/// A date without a year that passed so long ago may be next year's, in days.
const LONG_AGO: i64 = 60;

/// From which day a text is seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// The day on which citizens read it.
    pub(super) today: NaiveDate,
    /// The minute of that day.
    pub(super) minute: u32,
    /// The day on which it is judged: today, for whoever looks at it now.
    pub(super) judged: NaiveDate,
}

impl View {
    /// Of a text that speaks at one instant and is judged at another, in the zone of its account.
    pub(super) fn new(speaks: DateTime<Utc>, judged: DateTime<Utc>, zone: Tz) -> Self {
        let local = speaks.with_timezone(&zone);
        Self {
            today: local.date_naive(),
            minute: local.hour() * 60 + local.minute(),
            judged: judged.with_timezone(&zone).date_naive(),
        }
    }

    /// So many days from the reader's.
    pub(super) fn days_on(self, days: i64) -> Option<NaiveDate> {
        self.today.checked_add_signed(chrono::TimeDelta::days(days))
    }

    /// The day that a date most likely means; none if there is no such day.
    pub(super) fn day_of(self, date: &Date) -> Option<NaiveDate> {
        let year = self.today.year();
        match (date.year, date.month) {
            (Year::Written(year), Month::Written(month)) => NaiveDate::from_ymd_opt(year, month, date.day),
            (Year::Near(years), Month::Written(month)) => {
                NaiveDate::from_ymd_opt(year + years, month, date.day)
            }
            (_, Month::Written(month)) => self.nearest(month, date.day),
            (_, Month::Near(months)) => self.in_month(months, date.day),
            (_, Month::Unsaid) => self.in_near_month(date),
        }
    }

    /// The nearest such day in this month or the ones beside it; one that has the weekday, if any has.
    fn in_near_month(self, date: &Date) -> Option<NaiveDate> {
        let days = (-1..=1).map(|months| self.in_month(months, date.day));
        let has_weekday = |day: &NaiveDate| date.weekdays.contains(day.weekday());
        let fitting = days.clone().map(|day| day.filter(has_weekday));
        self.closest(fitting).or_else(|| self.closest(days))
    }

    /// All days that a date can mean, the most likely first.
    pub(super) fn days_of(self, date: &Date, scan: &Scan<'_>) -> Vec<NaiveDate> {
        if date.year == Year::Elsewhere {
            return Vec::new();
        }
        let mut days: Vec<NaiveDate> = self.day_of(date).into_iter().collect();
        match (date.year, date.month) {
            (Year::Unsaid, Month::Written(month)) => {
                let year = self.today.year();
                let is_long_ago = days.iter().any(|day| (self.today - *day).num_days() > LONG_AGO);
                let next = is_long_ago
                    .then_some(year + 1)
                    .into_iter()
                    .chain(is_long_ago.then_some(year));
                let years = next.chain(scan.years.iter().copied());
                days.extend(years.filter_map(|year| NaiveDate::from_ymd_opt(year, month, date.day)));
            }
            (_, Month::Unsaid) => days.extend((0..=1).filter_map(|months| self.in_month(months, date.day))),
            _ => {}
        }
        if date.form == Form::Alone {
            // Its month was said somewhere before, of something else perhaps.
            days.extend(self.closest((-1..=1).map(|months| self.in_month(months, date.day))));
        }
        days
    }

    /// The last such day that has passed.
    pub(super) fn last_of(self, date: &Date) -> Option<NaiveDate> {
        let month = match date.month {
            Month::Written(month) => month,
            Month::Near(_) => return None,
            Month::Unsaid => return self.in_month(-1, date.day),
        };
        let year = self.today.year();
        [year, year - 1]
            .into_iter()
            .filter_map(|year| NaiveDate::from_ymd_opt(year, month, date.day))
            .find(|day| *day <= self.today)
    }

    /// The day of this month and day that is nearest.
    fn nearest(self, month: u32, day: u32) -> Option<NaiveDate> {
        let year = self.today.year();
        self.closest((year - 1..=year + 1).map(|year| NaiveDate::from_ymd_opt(year, month, day)))
    }

    fn closest(self, days: impl Iterator<Item = Option<NaiveDate>>) -> Option<NaiveDate> {
        days.flatten()
            .min_by_key(|day| (*day - self.today).num_days().abs())
    }

    /// A day of the month that lies so many months ahead.
    fn in_month(self, months: i32, day: u32) -> Option<NaiveDate> {
        let first = self.today.with_day(1)?;
        let first = match u32::try_from(months) {
            Ok(months) => first.checked_add_months(Months::new(months))?,
            Err(_) => first.checked_sub_months(Months::new(months.unsigned_abs()))?,
        };
        first.with_day(day)
    }

    /// Whether a day lies in the week that is so many weeks ahead; a week may begin on Sunday or Monday.
    pub(super) fn is_in_week(self, day: NaiveDate, weeks: i64) -> bool {
        let since_sunday = u64::from(self.today.weekday().num_days_from_sunday());
        let since_monday = u64::from(self.today.weekday().num_days_from_monday());
        let shift = chrono::TimeDelta::weeks(weeks);
        [since_sunday, since_monday].into_iter().any(|since| {
            let first = self
                .today
                .checked_sub_days(Days::new(since))
                .and_then(|first| first.checked_add_signed(shift));
            first.is_some_and(|first| (0..7).contains(&(day - first).num_days()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::rules::accuracy::moment::Weekdays;
    use rstest::rstest;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn view(today: &str) -> View {
        View {
            today: day(today),
            minute: 600,
            judged: day(today),
        }
    }

    fn date(year: Year, month: Month, day: u32) -> Date {
        Date {
            range: 0..0,
            year,
            month,
            day,
            weekdays: Weekdays::default(),
            form: Form::Words,
        }
    }

    #[rstest]
    #[case("2026-12-01", Year::Unsaid, Month::Written(11), 21, Some("2026-11-21"))]
    #[case("2026-12-01", Year::Unsaid, Month::Written(1), 10, Some("2027-01-10"))]
    #[case("2026-02-01", Year::Unsaid, Month::Written(11), 3, Some("2025-11-03"))]
    #[case("2026-12-01", Year::Near(-1), Month::Written(11), 3, Some("2025-11-03"))]
    #[case("2026-12-01", Year::Near(0), Month::Near(1), 5, Some("2027-01-05"))]
    #[case("2026-12-01", Year::Unsaid, Month::Unsaid, 30, Some("2026-11-30"))]
    #[case("2026-12-01", Year::Unsaid, Month::Written(2), 30, None)]
    #[case("2027-12-01", Year::Unsaid, Month::Written(2), 29, Some("2028-02-29"))]
    #[case("2026-12-01", Year::Written(2024), Month::Written(2), 29, Some("2024-02-29"))]
    fn a_date_means_the_nearest_day(
        #[case] today: &str,
        #[case] year: Year,
        #[case] month: Month,
        #[case] number: u32,
        #[case] expected: Option<&str>,
    ) {
        let found = view(today).day_of(&date(year, month, number));
        assert_eq!(found, expected.map(day));
    }

    #[rstest]
    #[case("2026-11-29", 0, true)]
    #[case("2026-12-06", 0, true)]
    #[case("2026-12-07", 0, false)]
    #[case("2026-12-06", 1, true)]
    #[case("2026-12-13", 1, true)]
    #[case("2026-12-05", 1, false)]
    fn weeks_begin_on_sunday_or_monday(#[case] on: &str, #[case] weeks: i64, #[case] expected: bool) {
        assert_eq!(view("2026-12-01").is_in_week(day(on), weeks), expected);
    }
}
