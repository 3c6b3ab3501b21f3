//! How many more posts or messages a platform takes from an account, as it said itself when it was last asked.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a platform said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// How many were made.
    pub used: u64,
    /// How many may be made; none if there is no limit.
    pub limit: Option<u64>,
    /// In which period, in seconds; none where it is no fixed length, such as a month.
    pub period: Option<u64>,
}

impl Quota {
    /// How many more it takes; none if there is no limit.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        Some(self.limit?.saturating_sub(self.used))
    }
}

/// What it said, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaSeen {
    /// What it said.
    pub quota: Quota,
    /// When.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_overdrawn_leaves_nothing_and_no_limit_is_none() {
        let quota = |limit| Quota {
            used: 7,
            limit,
            period: None,
        };
        let left = [Some(10), Some(7), Some(5), None].map(|limit| quota(limit).left());
        assert_eq!(left, [Some(3), Some(0), Some(0), None]);
    }
}
