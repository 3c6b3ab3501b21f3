//! What an answer of the server proves. Whatever is in doubt is [`Outcome::Unknown`].

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};

use super::{super::said::said_to, remote, wire};
use crate::{
    domain::{attempt::Outcome, flow::Budget},
    net::Answer,
    vault::Secret,
};

/// When the account may send again: an ISO 8601 time on Mastodon, seconds since 1970 on some relatives.
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How many requests the server takes in one period, and how many are left.
const RATE_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RATE_LIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// No server is believed that wants to be left alone for longer.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

/// No server is asked again faster.
const SHORTEST_WAIT: TimeDelta = TimeDelta::seconds(1);

/// What the answer to `POST /api/v1/statuses` proves.
pub(super) fn publication(answer: &Answer, secret: &Secret, now: DateTime<Utc>) -> Outcome {
    if answer.status.is_success() {
        return match wire::created(&answer.body) {
            Some((id, url)) => Outcome::Published(remote(id, url)),
            None => unknown(answer, "a success that cannot be read"),
        };
    }
    refusal(answer, secret, now)
}

/// What the answer to `DELETE /api/v1/statuses/{id}` proves. A status that is gone already is what was
/// wanted, if it is the API that says so and not something in front of it.
pub(super) fn withdrawal(answer: &Answer, id: &str, secret: &Secret, now: DateTime<Utc>) -> Outcome {
    let done = || Outcome::Published(remote(id.to_owned(), None));
    match answer.status.as_u16() {
        200..=299 if wire::is_entity(&answer.body, id) => done(),
        200..=299 => unknown(answer, "a success that cannot be read"),
        404 | 410 if wire::error_text(&answer.body).is_some() => done(),
        404 | 410 => unknown(answer, "not found, but not in the words of the API"),
        _ => refusal(answer, secret, now),
    }
}

/// What an answer proves that is no success.
fn refusal(answer: &Answer, secret: &Secret, now: DateTime<Utc>) -> Outcome {
    let text = wire::error_text(&answer.body);
    let code = answer.status.as_u16();
    let why = || match &text {
        Some(text) => said_to(&format!("{code}: {text}"), secret),
        None => format!("{code} without a readable reason"),
    };
    let says = |part: &str| {
        text.as_ref()
            .is_some_and(|text| text.to_lowercase().contains(part))
    };
    match code {
        401 => Outcome::RejectedReauth { why: why() },
        // The server refused to work on it: not "failed while working".
        425 | 429 => Outcome::RejectedTransient {
            why: why(),
            again: again(&answer.headers, now),
        },
        422 if says("have not finished processing") => Outcome::RejectedTransient {
            why: why(),
            again: again(&answer.headers, now),
        },
        422 if says("duplicate") => Outcome::RejectedDuplicate { why: why() },
        400 | 403 | 404 | 410 | 413 | 415 | 422 => Outcome::RejectedPermanent { why: why() },
        // A redirect may stand for "done, look there" (302, 303) as well as for "not here" (307, 308), and
        // who answers 5xx or 408 may have done the work before: proxies do so while the server finishes.
        _ => Outcome::Unknown { why: why() },
    }
}

fn unknown(answer: &Answer, what: &str) -> Outcome {
    Outcome::Unknown {
        why: format!("{}: {what}", answer.status.as_u16()),
    }
}

/// When the server wants to be asked again, within bounds.
fn again(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let at = text(headers, RETRY_AFTER)
        .and_then(|text| retry_after(text, now))
        .or_else(|| text(headers, RATE_LIMIT_RESET).and_then(rate_limit_reset))?;
    Some(at.clamp(now + SHORTEST_WAIT, now + LONGEST_WAIT))
}

/// How many more requests the server takes, if it says so.
pub(super) fn budget(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Budget> {
    let count = |name| u32::try_from(number(text(headers, name)?)?).ok();
    let resets_at = rate_limit_reset(text(headers, RATE_LIMIT_RESET)?)?;
    Some(Budget {
        limit: count(RATE_LIMIT)?,
        remaining: count(RATE_LIMIT_REMAINING)?,
        resets_at: resets_at.min(now + LONGEST_WAIT),
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
}

/// Seconds, or a date as HTTP writes it.
fn retry_after(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match number(text) {
        // Far beyond the longest wait, where sums of dates could overflow.
        Some(seconds) => Some(now + TimeDelta::seconds(seconds.min(1_000_000))),
        None => DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc()),
    }
}

fn rate_limit_reset(text: &str) -> Option<DateTime<Utc>> {
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

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
