//! How far this node's clock and the database's are apart: leases, windows and keys are judged by both.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    clock::Clock,
    store::{Reader, StoreError, nodes},
};

/// More than this, and a node does not serve: leases are sized for it.
pub const LARGEST_SKEW: TimeDelta = TimeDelta::seconds(2);

/// How often the clocks are compared; the quickest answer counts.
const TRIES: usize = 3;

/// The difference between two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    /// The database's clock less ours.
    pub ahead: TimeDelta,
    /// How long the answer took: the difference is known to half of that.
    pub asked: TimeDelta,
}

impl Skew {
    /// Compares the clocks.
    ///
    /// # Errors
    /// The database.
    pub async fn measure(reader: &mut Reader, clock: &dyn Clock) -> Result<Self, StoreError> {
        let mut best: Option<Self> = None;
        for _ in 0..TRIES {
            let before = clock.now();
            let theirs = nodes::database_time(reader).await?;
            let skew = Self::between(before, theirs, clock.now());
            best = match best {
                Some(known) if known.asked <= skew.asked => Some(known),
                _ => Some(skew),
            };
        }
        best.ok_or(StoreError::Stale("DATABASE_TIME"))
    }

    fn between(before: DateTime<Utc>, theirs: DateTime<Utc>, after: DateTime<Utc>) -> Self {
        let asked = after - before;
        Self {
            ahead: theirs - (before + asked / 2),
            asked,
        }
    }

    /// Whether a node may serve with it.
    #[must_use]
    pub fn is_bearable(self) -> bool {
        self.ahead.abs() <= LARGEST_SKEW
    }

    /// The difference in seconds, for people.
    #[must_use]
    pub fn in_seconds(self) -> String {
        let milliseconds = self.ahead.num_milliseconds();
        let sign = if milliseconds < 0 { '-' } else { '+' };
        let size = milliseconds.unsigned_abs();
        format!("{sign}{}.{:03} s", size / 1000, size % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + milliseconds).expect("a time")
    }

    #[rstest]
    #[case::the_same(0, 0, 0, "+0.000 s", true)]
    #[case::half_of_the_way_counts(0, 1000, 2000, "+0.000 s", true)]
    #[case::just_bearable(0, 2000, 0, "+2.000 s", true)]
    #[case::too_far_ahead(0, 2001, 0, "+2.001 s", false)]
    #[case::too_far_behind(0, -2001, 0, "-2.001 s", false)]
    fn clocks_may_be_two_seconds_apart(
        #[case] before: i64,
        #[case] theirs: i64,
        #[case] after: i64,
        #[case] text: &str,
        #[case] bearable: bool,
    ) {
        let skew = Skew::between(at(before), at(theirs), at(after));
        assert_eq!((skew.in_seconds().as_str(), skew.is_bearable()), (text, bearable));
    }
}
