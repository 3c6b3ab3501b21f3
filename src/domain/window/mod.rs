//! When an account may speak (運用時間): working hours ∩ operating hours, minus closed days (KUR-6.1b).
//!
//! Hours are wall-clock times of the account's zone, half-open `[open, close)`: at 17:15 sharp it is closed.

use std::collections::BTreeSet;

use chrono::{
    DateTime, Datelike as _, Days, FixedOffset, NaiveDate, NaiveDateTime, Offset as _, TimeDelta,
    TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::domain::calendar::{Calendar, Day};
use crate::vocabulary;

mod hours;

pub use hours::{Hours, ParseHoursError, Week};

/// How far ahead an opening is looked for.
const HORIZON_DAYS: u64 = 62;

/// Which minutes a post may be planned for; 60 is "on the hour".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct MinuteGrid(u16);

/// A grid that does not divide the hour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a minute grid is 5, 10, 15, 20, 30 or 60")]
pub struct MinuteGridError;

impl TryFrom<u16> for MinuteGrid {
    type Error = MinuteGridError;

    fn try_from(minutes: u16) -> Result<Self, Self::Error> {
        if [5, 10, 15, 20, 30, 60].contains(&minutes) {
            Ok(Self(minutes))
        } else {
            Err(MinuteGridError)
        }
    }
}

impl From<MinuteGrid> for u16 {
    fn from(grid: MinuteGrid) -> Self {
        grid.0
    }
}

vocabulary! {
    /// Whether the office is closed on national holidays.
    ClosedDays {
        /// Closed.
        Closed = "closed",
        /// Open as on any other day.
        Open = "open",
    }
}

/// The organization's working hours; they are part of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeHours {
    /// When the office works.
    pub working: Week,
    /// Whether national holidays are closed days.
    pub national_holidays: ClosedDays,
    /// The year-end closure, first and last day, such as 12-29 and 01-03.
    pub year_end: Option<YearEnd>,
    /// Further closed days.
    #[serde(default)]
    pub closed: BTreeSet<NaiveDate>,
}

impl OfficeHours {
    /// Whether there may be a time at which these are open and `other` ones are not.
    #[must_use]
    pub fn opens_beyond(&self, other: &Self) -> bool {
        let holidays =
            self.national_holidays == ClosedDays::Open && other.national_holidays == ClosedDays::Closed;
        let year_end = other.year_end.is_some_and(|closed| {
            self.year_end
                .is_none_or(|own| own.december > closed.december || own.january < closed.january)
        });
        let days = !other.closed.is_subset(&self.closed);
        holidays || year_end || days || self.working.reaches_beyond(&other.working)
    }
}

/// A span of days that recurs at the turn of every year, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearEnd {
    /// The first closed day of December.
    pub december: u32,
    /// The last closed day of January.
    pub january: u32,
}

impl YearEnd {
    fn contains(self, date: NaiveDate) -> bool {
        (date.month() == 12 && date.day() >= self.december)
            || (date.month() == 1 && date.day() <= self.january)
    }
}

/// An account's own hours, as its published operating policy states them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountHours {
    /// When the account operates.
    pub operating: Week,
    /// Days on which it does not.
    #[serde(default)]
    pub closed: BTreeSet<NaiveDate>,
    /// The minutes that posts are planned for.
    #[serde(default)]
    pub grid: Option<MinuteGrid>,
}

impl AccountHours {
    /// No hours of its own: the office's alone bind it.
    #[must_use]
    pub fn unrestricted() -> Self {
        Self {
            operating: Week::always(),
            closed: BTreeSet::new(),
            grid: None,
        }
    }
}

/// Everything that decides whether an account may speak at a time.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// The organization's working hours.
    pub office: &'a OfficeHours,
    /// The account's operating hours.
    pub account: &'a AccountHours,
    /// The zone in which both are meant.
    pub zone: Tz,
    /// National holidays.
    pub calendar: &'a Calendar,
}

/// Whether the window is open at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Open, and until when.
    Open {
        /// The first instant at which it is closed again.
        closes_at: DateTime<Utc>,
    },
    /// Closed, and why.
    Closed(Closed),
    /// The calendar does not reach so far: fail closed.
    CalendarUnknown,
}

/// Why a window is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// A national holiday, by its Japanese and English name.
    Holiday(String, String),
    /// The turn of the year.
    YearEnd,
    /// A closed day of the office or the account.
    ClosedDay,
    /// Outside the working hours of the office.
    OutsideWorkingHours,
    /// Inside working hours, but outside the account's operating hours.
    OutsideOperatingHours,
}

impl Window<'_> {
    /// Judges one instant.
    #[must_use]
    pub fn at(&self, instant: DateTime<Utc>) -> Opening {
        let local = instant.with_timezone(&self.zone).naive_local();
        match self.closed_day(local.date()) {
            DayKind::Unknown => return Opening::CalendarUnknown,
            DayKind::Closed(why) => return Opening::Closed(why),
            DayKind::Working => {}
        }
        let minute = minute_of(local);
        let inside = |hours: &Hours| hours.open <= minute && minute < hours.close;
        let weekday = local.weekday();
        if !self.office.working.on(weekday).iter().any(inside) {
            return Opening::Closed(Closed::OutsideWorkingHours);
        }
        match self.spans(local.date()).into_iter().find(inside) {
            None => Opening::Closed(Closed::OutsideOperatingHours),
            Some(span) => Opening::Open {
                closes_at: self.after(local.date(), span.close, instant),
            },
        }
    }

    /// Whether a planned time lies on the account's minute grid; without a grid every time does.
    #[must_use]
    pub fn on_grid(&self, instant: DateTime<Utc>) -> bool {
        let local = instant.with_timezone(&self.zone).naive_local();
        self.account.grid.is_none_or(|grid| {
            minute_of(local).is_multiple_of(grid.0) && local.second() == 0 && local.nanosecond() == 0
        })
    }

    /// The first instant, at or after `from`, that is open and on the grid. None within about two
    /// months, or where the calendar ends.
    #[must_use]
    pub fn next_open(&self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if matches!(self.at(from), Opening::Open { .. }) && self.on_grid(from) {
            return Some(from);
        }
        let first_day = from.with_timezone(&self.zone).date_naive();
        (0..HORIZON_DAYS)
            .filter_map(|ahead| first_day.checked_add_days(Days::new(ahead)))
            .find_map(|date| {
                self.spans(date)
                    .into_iter()
                    .find_map(|span| self.first_in(date, span, from))
            })
    }

    /// The spans of one day on which both office and account are open.
    fn spans(&self, date: NaiveDate) -> Vec<Hours> {
        if !matches!(self.closed_day(date), DayKind::Working) {
            return Vec::new();
        }
        let weekday = date.weekday();
        let mut spans: Vec<Hours> = self
            .office
            .working
            .on(weekday)
            .iter()
            .flat_map(|working| {
                self.account
                    .operating
                    .on(weekday)
                    .iter()
                    .filter_map(|operating| working.intersect(*operating))
            })
            .collect();
        spans.sort_by_key(|span| span.open);
        spans
    }

    fn first_in(&self, date: NaiveDate, span: Hours, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let step = self.account.grid.map_or(1, |grid| grid.0);
        (span.open..span.close)
            .filter(|minute| minute.is_multiple_of(step))
            .filter_map(|minute| {
                self.zone
                    .from_local_datetime(&local_time(date, minute))
                    .earliest()
            })
            .map(|candidate| candidate.with_timezone(&Utc))
            .find(|candidate| *candidate >= from)
    }

    fn closed_day(&self, date: NaiveDate) -> DayKind {
        if self.office.year_end.is_some_and(|closure| closure.contains(date)) {
            return DayKind::Closed(Closed::YearEnd);
        }
        if self.office.closed.contains(&date) || self.account.closed.contains(&date) {
            return DayKind::Closed(Closed::ClosedDay);
        }
        match (self.office.national_holidays, self.calendar.day(date)) {
            (ClosedDays::Open, _) | (_, Day::Plain) => DayKind::Working,
            (ClosedDays::Closed, Day::Unknown) => DayKind::Unknown,
            (ClosedDays::Closed, Day::Holiday(holiday)) => {
                DayKind::Closed(Closed::Holiday(holiday.name_ja.clone(), holiday.name_en.clone()))
            }
        }
    }

    /// The first instant after `instant` at which the wall clock shows `minute` of `date`, or jumps over it.
    fn after(&self, date: NaiveDate, minute: u16, instant: DateTime<Utc>) -> DateTime<Utc> {
        let mut local = local_time(date, minute);
        // A clock that jumps forward skips some local times; the end of the gap then closes the window.
        for _ in 0..=180 {
            let candidates = self.zone.from_local_datetime(&local);
            let times = [candidates.earliest(), candidates.latest()];
            let found = times
                .into_iter()
                .flatten()
                .map(|time| time.with_timezone(&Utc))
                .find(|time| *time > instant);
            if let Some(time) = found {
                return time;
            }
            local += TimeDelta::minutes(1);
        }
        instant
    }
}

enum DayKind {
    Working,
    Closed(Closed),
    Unknown,
}

fn minute_of(local: NaiveDateTime) -> u16 {
    u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(u16::MAX)
}

fn local_time(date: NaiveDate, minute: u16) -> NaiveDateTime {
    date.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute))
}

/// Whether a wall-clock time, as somebody wrote it with an offset, does not exist in a zone because the
/// clock jumps over it. Such a time was surely meant otherwise.
#[must_use]
pub fn falls_into_gap(written: DateTime<FixedOffset>, zone: Tz) -> bool {
    let clock = written.naive_local();
    let is_in_gap = matches!(zone.from_local_datetime(&clock), chrono::LocalResult::None);
    // The zone's own offsets on both sides of a gap. Written with any other one, such as `Z`, the digits
    // are not that zone's clock, and the instant is plain.
    let day = TimeDelta::days(1);
    let mut own = [clock - day, clock + day]
        .into_iter()
        .map(|near| zone.offset_from_utc_datetime(&near).fix());
    is_in_gap && own.any(|offset| offset == *written.offset())
}

#[cfg(test)]
mod tests;
