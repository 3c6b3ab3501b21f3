//! The sandbox's clock.

use chrono::{DateTime, SecondsFormat, Utc};

/// The wall time. The sandbox is a world of its own, as a real social media server would be: it must not share an
/// injected clock with whoever talks to it. This is the only place in the module that reads a clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox is its own world with its own clock"
)]
pub(super) fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

/// ISO 8601 with milliseconds and `Z`, the form Mastodon uses everywhere.
pub(super) fn millis(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// RFC 3339 with microseconds, fine enough to order the arrivals of one burst.
pub(super) fn micros(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
