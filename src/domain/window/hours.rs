//! Spans of a day, and the days of a week.

use chrono::Weekday;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One span of a day in minutes since local midnight, `[open, close)`; `24:00` may close it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub(super) open: u16,
    pub(super) close: u16,
}

/// A text that is not a span of hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected hours such as 08:30-17:15, the end after the beginning, 24:00 at most")]
pub struct ParseHoursError;

impl Hours {
    /// The whole day.
    pub const DAY: Self = Self { open: 0, close: 1440 };

    pub(super) fn intersect(self, other: Self) -> Option<Self> {
        let both = Self {
            open: self.open.max(other.open),
            close: self.close.min(other.close),
        };
        (both.open < both.close).then_some(both)
    }
}

impl std::str::FromStr for Hours {
    type Err = ParseHoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minute = |clock: &str| {
            let (hour, minute) = clock.trim().split_once(':')?;
            let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
            (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
        };
        let (open, close) = text.split_once('-').ok_or(ParseHoursError)?;
        match (minute(open), minute(close)) {
            (Some(open), Some(close)) if open < close => Ok(Self { open, close }),
            _ => Err(ParseHoursError),
        }
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { open, close } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            open / 60,
            open % 60,
            close / 60,
            close % 60
        )
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Hours for each day of the week; a day that is not named has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Week {
    /// Monday
    pub mon: Vec<Hours>,
    /// Tuesday
    pub tue: Vec<Hours>,
    /// Wednesday
    pub wed: Vec<Hours>,
    /// Thursday
    pub thu: Vec<Hours>,
    /// Friday
    pub fri: Vec<Hours>,
    /// Saturday
    pub sat: Vec<Hours>,
    /// Sunday
    pub sun: Vec<Hours>,
}

impl Week {
    /// Round the clock, every day.
    #[must_use]
    pub fn always() -> Self {
        let day = || vec![Hours::DAY];
        Self {
            mon: day(),
            tue: day(),
            wed: day(),
            thu: day(),
            fri: day(),
            sat: day(),
            sun: day(),
        }
    }

    /// Whether a minute of these hours lies outside all of the `other` ones.
    pub(super) fn reaches_beyond(&self, other: &Self) -> bool {
        let inside = |hours: &[Hours], minute| {
            hours
                .iter()
                .any(|span| span.open <= minute && minute < span.close)
        };
        let mut days = Weekday::Mon;
        (0..7).any(|_| {
            let (own, others) = (self.on(days), other.on(days));
            days = days.succ();
            // Hours can only begin to reach beyond where a span of theirs opens or one of the others closes.
            let opens = own.iter().map(|span| span.open);
            let mut edges = opens.chain(others.iter().map(|span| span.close));
            edges.any(|minute| inside(own, minute) && !inside(others, minute))
        })
    }

    pub(super) fn on(&self, weekday: Weekday) -> &[Hours] {
        match weekday {
            Weekday::Mon => &self.mon,
            Weekday::Tue => &self.tue,
            Weekday::Wed => &self.wed,
            Weekday::Thu => &self.thu,
            Weekday::Fri => &self.fri,
            Weekday::Sat => &self.sat,
            Weekday::Sun => &self.sun,
        }
    }
}
