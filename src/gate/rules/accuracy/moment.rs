//! What dates and times of day are, as a text gives them: with gaps that only the reader's day can fill.

use std::ops::Range;

use chrono::Weekday;

/// The year of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Year {
    /// It says so, in whichever calendar.
    Written(i32),
    /// So many years after the reader's: 昨年 is -1.
    Near(i32),
    /// It leans on something that is not read here: 翌年, 同年.
    Elsewhere,
    /// Not a word about it.
    Unsaid,
}

/// The month of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Month {
    /// It says so, or another date shortly before did.
    Written(u32),
    /// So many months after the reader's: 来月 is 1.
    Near(i32),
    /// Not a word about it.
    Unsaid,
}

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// 11月21日, November 21.
    Words,
    /// 2026-11-21, 11/21(土).
    Numbers,
    /// A day that leans on the date before: 〜23日.
    Bare,
    /// A day without a month, and no date right before: 21日(土).
    Alone,
}

/// A set of days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Weekdays(u8);

impl Weekdays {
    /// Adds a day.
    pub(super) const fn insert(&mut self, day: Weekday) {
        self.0 |= 1 << day.num_days_from_monday();
    }

    /// Adds all days from one to another, around the week's end if need be.
    pub(super) fn insert_through(&mut self, first: Weekday, last: Weekday) {
        let mut day = first;
        self.insert(day);
        while day != last {
            day = day.succ();
            self.insert(day);
        }
    }

    /// Whether a day is in it.
    pub(super) const fn contains(self, day: Weekday) -> bool {
        self.0 >> day.num_days_from_monday() & 1 == 1
    }

    /// Whether none is in it.
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A date as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Date {
    /// Where it stands, its weekday included.
    pub(super) range: Range<usize>,
    /// Its year.
    pub(super) year: Year,
    /// Its month; may be one that no calendar has.
    pub(super) month: Month,
    /// Its day; may be one that its month does not have.
    pub(super) day: u32,
    /// The days of the week that stand beside it; empty if none does.
    pub(super) weekdays: Weekdays,
    /// How it is written.
    pub(super) form: Form,
}

/// The half of the day that is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// 午前, a.m.
    Morning,
    /// 午後, p.m.
    Afternoon,
    /// None is.
    Unsaid,
}

/// A time of day as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clock {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// The hour: 25 is one in the night after.
    pub(super) hour: u32,
    /// The minute; may be one that no hour has.
    pub(super) minute: u32,
    /// The half of the day.
    pub(super) half: Half,
}

impl Clock {
    /// Minutes since midnight, if the half of the day were this one.
    pub(super) const fn minutes_in(&self, half: Half) -> u32 {
        let noon = match half {
            Half::Afternoon if self.hour < 12 => 12,
            _ => 0,
        };
        (self.hour + noon) * 60 + self.minute
    }

    /// Minutes since midnight.
    pub(super) const fn minutes(&self) -> u32 {
        self.minutes_in(self.half)
    }
}

/// A date or a time of day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moment {
    /// A date.
    Date(Date),
    /// A time of day.
    Clock(Clock),
}

impl Moment {
    /// Where it stands.
    pub(super) const fn range(&self) -> &Range<usize> {
        match self {
            Self::Date(date) => &date.range,
            Self::Clock(clock) => &clock.range,
        }
    }
}
