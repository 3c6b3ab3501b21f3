//! What headers say of how many more requests are taken, and when. Each platform writes them its own way.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};

use crate::domain::flow::Budget;

/// No server is believed that wants to be left alone for longer.
pub(super) const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

/// No server is asked again faster.
const SHORTEST_WAIT: TimeDelta = TimeDelta::seconds(1);

/// The three headers of a rate limit. The reset is a time: ISO 8601 or seconds since 1970.
#[derive(Debug)]
pub(super) struct RateHeaders {
    limit: HeaderName,
    remaining: HeaderName,
    reset: HeaderName,
}

/// Mastodon and its relatives, some versions of Misskey.
pub(super) const X_RATELIMIT: RateHeaders = RateHeaders {
    limit: HeaderName::from_static("x-ratelimit-limit"),
    remaining: HeaderName::from_static("x-ratelimit-remaining"),
    reset: HeaderName::from_static("x-ratelimit-reset"),
};

/// X.
pub(super) const X_RATE_LIMIT: RateHeaders = RateHeaders {
    limit: HeaderName::from_static("x-rate-limit-limit"),
    remaining: HeaderName::from_static("x-rate-limit-remaining"),
    reset: HeaderName::from_static("x-rate-limit-reset"),
};

/// AT Protocol servers, after the IETF's draft.
pub(super) const RATELIMIT: RateHeaders = RateHeaders {
    limit: HeaderName::from_static("ratelimit-limit"),
    remaining: HeaderName::from_static("ratelimit-remaining"),
    reset: HeaderName::from_static("ratelimit-reset"),
};

impl RateHeaders {
    /// When the server wants to be asked again, within bounds.
    pub(super) fn again(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let at = retry_after(headers, now).or_else(|| text(headers, &self.reset).and_then(reset))?;
        Some(bounded(at, now))
    }

    /// How many more requests the server takes, if it says so.
    pub(super) fn budget(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Budget> {
        let count = |name| u32::try_from(number(text(headers, name)?)?).ok();
        let resets_at = reset(text(headers, &self.reset)?)?;
        Some(Budget {
            limit: count(&self.limit)?,
            remaining: count(&self.remaining)?,
            resets_at: resets_at.min(now + LONGEST_WAIT),
        })
    }
}

/// A time at which to ask again, within bounds.
pub(super) fn bounded(at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    at.clamp(now + SHORTEST_WAIT, now + LONGEST_WAIT)
}

/// What `Retry-After` says: seconds, or a date as HTTP writes it.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text(headers, &RETRY_AFTER)?;
    match number(text) {
        // Far beyond the longest wait, where sums of dates could overflow.
        Some(seconds) => Some(now + TimeDelta::seconds(seconds.min(1_000_000))),
        None => DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc()),
    }
}

/// The text of a header, without the white space around it.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
}

fn reset(text: &str) -> Option<DateTime<Utc>> {
    match number(text) {
        Some(seconds) => DateTime::from_timestamp(seconds, 0),
        None => DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()),
    }
}

/// A number without a sign; one that is too large is the largest.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(i64::MAX))
}
