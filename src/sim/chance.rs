//! Chance from a seed: the same numbers on every machine, for ever.

use chrono::Duration;

/// SplitMix64 (Steele, Lea, Flood 2014): a counter, mixed.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to below `high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let wide = u64::try_from(high - low).unwrap_or(1).max(1);
        low + i64::try_from(self.number() % wide).unwrap_or_default()
    }

    /// Whether something happens that does so `of` times in a hundred.
    pub(crate) const fn percent(&mut self, of: u64) -> bool {
        self.number() % 100 < of
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let many = u64::try_from(all.len()).unwrap_or(1).max(1);
        all.get(usize::try_from(self.number() % many).unwrap_or_default())
    }

    pub(crate) fn millis(&mut self, low: i64, high: i64) -> Duration {
        Duration::milliseconds(self.between(low, high))
    }

    pub(crate) fn seconds(&mut self, low: i64, high: i64) -> Duration {
        self.millis(low * 1000, high * 1000)
    }
}
