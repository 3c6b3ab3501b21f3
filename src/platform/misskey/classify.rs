//! What an answer of the server proves. Whatever is in doubt is [`Outcome::Unknown`], and nothing is repeated:
//! the platform has no key by which it would know a call again.

use chrono::{DateTime, Utc};

use super::{
    super::{HandlesAfter, caller::said_to, headers::X_RATELIMIT},
    wire,
};
use crate::{
    domain::attempt::{Outcome, RemoteRef},
    net::Answer,
    vault::Credential,
};

/// Errors after which a person, or a new consent, is needed.
const OF_THE_ACCOUNT: [&str; 4] = [
    "AUTHENTICATION_FAILED",
    "CREDENTIAL_REQUIRED",
    "YOUR_ACCOUNT_SUSPENDED",
    "YOUR_ACCOUNT_MOVED",
];

/// What the answer to `notes/create` proves.
pub(super) fn publication(
    answer: &Answer,
    remote: impl FnOnce(String) -> RemoteRef,
    credential: &Credential,
    now: DateTime<Utc>,
) -> Outcome {
    if answer.status.is_success() {
        return match wire::created(&answer.body) {
            Some(id) => Outcome::Published(remote(id)),
            None => unknown(answer, "a success that cannot be read"),
        };
    }
    refusal(answer, credential, now)
}

/// What the answer to `notes/delete` proves. A note that is gone already is what was wanted.
pub(super) fn withdrawal(answer: &Answer, id: &str, credential: &Credential, now: DateTime<Utc>) -> Outcome {
    let is_gone = wire::error(&answer.body).is_some_and(|error| error.code == "NO_SUCH_NOTE");
    match answer.status.as_u16() {
        204 => done(id),
        400 | 404 if is_gone => done(id),
        200..=299 => unknown(answer, "a success that this call does not have"),
        _ => refusal(answer, credential, now),
    }
}

fn done(id: &str) -> Outcome {
    Outcome::Published(RemoteRef {
        id: id.to_owned(),
        url: None,
    })
}

/// Whether the answer says that what was uploaded is there no more.
pub(super) fn handles_after(answer: &Answer) -> HandlesAfter {
    match wire::error(&answer.body) {
        Some(error) if answer.status.as_u16() == 400 && error.code == "NO_SUCH_FILE" => HandlesAfter::Forget,
        _ => HandlesAfter::Keep,
    }
}

/// What an answer proves that is no success.
pub(super) fn refusal(answer: &Answer, credential: &Credential, now: DateTime<Utc>) -> Outcome {
    let status = answer.status.as_u16();
    let error = wire::error(&answer.body);
    let code = error.as_ref().map_or("", |error| error.code.as_str());
    let why = match wire::error_text(&answer.body) {
        Some(text) => said_to(&format!("{status}: {text}"), credential),
        None => format!("{status} without a readable reason"),
    };
    let again = || X_RATELIMIT.again(&answer.headers, now);
    match (status, code) {
        (401, _) => Outcome::RejectedReauth { why },
        (400 | 403, code) if OF_THE_ACCOUNT.contains(&code) => Outcome::RejectedReauth { why },
        (425 | 429, _) => Outcome::RejectedTransient { why, again: again() },
        (400, "NO_SUCH_FILE" | "RATE_LIMIT_EXCEEDED") => Outcome::RejectedTransient { why, again: again() },
        (400, "INTERNAL_ERROR") => Outcome::Unknown { why },
        (400 | 403 | 404 | 413 | 415 | 422, _) => Outcome::RejectedPermanent { why },
        _ => Outcome::Unknown { why },
    }
}

fn unknown(answer: &Answer, what: &str) -> Outcome {
    Outcome::Unknown {
        why: format!("{}: {what}", answer.status.as_u16()),
    }
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
