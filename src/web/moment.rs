//! Times. Every time is answered twice, for machines in UTC and for people in the zone in which it is meant;
//! every time that is taken says its offset.

use chrono::{DateTime, FixedOffset, SecondsFormat, SubsecRound as _, Timelike as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

/// The zone of times that belong to no account: holds, emergencies, the ledger.
pub const HOUSE_ZONE: Tz = Tz::Asia__Tokyo;

/// What the error of a time that cannot be read begins with; the body's reader looks for it.
pub(super) const NO_TIME: &str = "expected a time such as 2026-11-24T09:00:00+09:00";

/// A time, for machines and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "utc": "2026-11-24T00:00:00Z", "local": "2026-11-24T09:00:00+09:00", "zone": "Asia/Tokyo"
}))]
pub struct Moment {
    /// In UTC (RFC 3339).
    #[schema(format = DateTime)]
    utc: String,
    /// On the clocks of the zone (RFC 3339).
    #[schema(format = DateTime)]
    local: String,
    /// The zone (IANA).
    zone: &'static str,
}

impl Moment {
    /// A time in a zone.
    #[must_use]
    pub fn new(at: DateTime<Utc>, zone: Tz) -> Self {
        Self {
            utc: at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            local: at
                .with_timezone(&zone)
                .fixed_offset()
                .to_rfc3339_opts(SecondsFormat::AutoSi, false),
            zone: zone.name(),
        }
    }
}

/// A time as a client writes it: RFC 3339 with an offset and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-24T09:00:00+09:00")]
pub struct WrittenTime(pub DateTime<FixedOffset>);

impl WrittenTime {
    /// The instant.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0.with_timezone(&Utc)
    }
}

impl<'de> Deserialize<'de> for WrittenTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // chrono takes a blank for the T, and a leap second that the databases cannot hold.
        let strict = text
            .as_bytes()
            .get(10)
            .is_some_and(|byte| matches!(byte, b'T' | b't'));
        DateTime::parse_from_rfc3339(&text)
            .ok()
            .filter(|time| strict && time.nanosecond() < 1_000_000_000)
            .map(|time| Self(time.trunc_subsecs(6)))
            .ok_or_else(|| de::Error::custom(NO_TIME))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_time_is_told_twice() {
        let at: DateTime<Utc> = "2026-11-24T00:00:00Z".parse().unwrap();
        let told = serde_json::to_value(Moment::new(at, Tz::Asia__Tokyo)).unwrap();
        assert_eq!(
            told,
            serde_json::json!({
                "utc": "2026-11-24T00:00:00Z", "local": "2026-11-24T09:00:00+09:00", "zone": "Asia/Tokyo"
            })
        );
    }

    #[rstest]
    #[case("2026-11-24T09:00:00+09:00", true)]
    #[case("2026-11-24T00:00:00Z", true)]
    #[case("2026-11-24T00:00:00.123456Z", true)]
    #[case("2026-11-24T09:00:00", false)]
    #[case("2026-11-24 09:00:00+09:00", false)]
    #[case("2026-11-24T09:00+09:00", false)]
    #[case("2026-11-24", false)]
    #[case("2026-02-30T09:00:00+09:00", false)]
    #[case("2016-12-31T23:59:60Z", false)]
    #[case("明日の9時", false)]
    fn only_a_time_with_an_offset_is_one(#[case] text: &str, #[case] right: bool) {
        let read = serde_json::from_value::<WrittenTime>(serde_json::json!(text));
        assert_eq!(read.is_ok(), right, "{text}");
    }
}
