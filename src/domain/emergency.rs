//! A declared, scoped, expiring override (緊急モード), and its rehearsal (訓練).

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use super::ids::{AccountId, DrillId, EmergencyId, UserId};
use crate::vocabulary;

/// No emergency lives longer than this without being declared again.
pub const LONGEST: Duration = Duration::hours(24);

vocabulary! {
    /// What kind of disaster.
    EmergencyKind {
        /// 地震
        Earthquake = "earthquake",
        /// 津波
        Tsunami = "tsunami",
        /// 大雨
        HeavyRain = "heavy_rain",
        /// 洪水
        Flood = "flood",
        /// 土砂災害
        Landslide = "landslide",
        /// 台風・暴風
        Storm = "storm",
        /// 大雪
        Snow = "snow",
        /// 火山
        Volcano = "volcano",
        /// 火災
        Fire = "fire",
        /// 国民保護
        CivilProtection = "civil_protection",
        /// 断水・停電など
        Infrastructure = "infrastructure",
        /// その他
        Other = "other",
    }
}

/// An emergency: while it lives, its posts skip the window and need one signature of a duty officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    /// Its id.
    pub id: EmergencyId,
    /// The kind of disaster.
    pub kind: EmergencyKind,
    /// Why it was declared.
    pub reason: String,
    /// The accounts that it covers.
    pub accounts: BTreeSet<AccountId>,
    /// The duty officer who declared it.
    pub declared_by: UserId,
    /// When.
    pub declared_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// When and by whom it was ended earlier.
    pub ended: Option<(UserId, DateTime<Utc>)>,
}

/// Why an emergency cannot be declared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmergencyError {
    /// It covers nothing.
    #[error("an emergency covers at least one account")]
    NoAccount,
    /// It ends before it begins.
    #[error("the end lies in the past")]
    EndsInThePast,
    /// Longer than [`LONGEST`].
    #[error("an emergency lasts at most 24 hours; declare it again if it goes on")]
    TooLong,
}

impl Emergency {
    /// Checks scope and length.
    ///
    /// # Errors
    /// See [`EmergencyError`].
    pub fn check(
        accounts: &BTreeSet<AccountId>,
        declared_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), EmergencyError> {
        if accounts.is_empty() {
            return Err(EmergencyError::NoAccount);
        }
        if expires_at <= declared_at {
            return Err(EmergencyError::EndsInThePast);
        }
        if expires_at - declared_at > LONGEST {
            return Err(EmergencyError::TooLong);
        }
        Ok(())
    }

    /// Whether it is in force; it ends by itself at `expires_at`.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.ended.is_none() && self.declared_at <= now && now < self.expires_at
    }

    /// Whether it is in force and covers an account.
    #[must_use]
    pub fn covers(&self, account: AccountId, now: DateTime<Utc>) -> bool {
        self.is_live(now) && self.accounts.contains(&account)
    }
}

/// A drill: the same as an emergency, on drill accounts only; it can never become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drill {
    /// Its id.
    pub id: DrillId,
    /// What is rehearsed.
    pub kind: EmergencyKind,
    /// The scenario.
    pub scenario: String,
    /// The drill accounts that take part.
    pub accounts: BTreeSet<AccountId>,
    /// Who began it.
    pub begun_by: UserId,
    /// When.
    pub begun_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// When and by whom it was ended earlier.
    pub ended: Option<(UserId, DateTime<Utc>)>,
}

impl Drill {
    /// Whether it is going on.
    #[must_use]
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.ended.is_none() && self.begun_at <= now && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_emergency_ends_by_itself_and_never_lasts_longer_than_a_day() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let accounts = BTreeSet::from([AccountId::new(Uuid::from_u128(1))]);
        let too_long = start + LONGEST + Duration::microseconds(1);
        assert_eq!(
            Emergency::check(&accounts, start, too_long),
            Err(EmergencyError::TooLong)
        );
        assert_eq!(
            Emergency::check(&accounts, start, start),
            Err(EmergencyError::EndsInThePast)
        );
        assert_eq!(
            Emergency::check(&BTreeSet::new(), start, too_long),
            Err(EmergencyError::NoAccount)
        );
        let emergency = Emergency {
            id: EmergencyId::new(Uuid::from_u128(2)),
            kind: EmergencyKind::Tsunami,
            reason: "津波警報".into(),
            accounts,
            declared_by: UserId::new(Uuid::from_u128(3)),
            declared_at: start,
            expires_at: start + LONGEST,
            ended: None,
        };
        assert!(emergency.is_live(start));
        assert!(!emergency.is_live(start + LONGEST));
    }
}
