//! What an answer of the server proves. Whatever is in doubt is [`Outcome::Unknown`]: the record's key, which
//! we chose, settles it.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    super::{caller::said_to, headers::RATELIMIT},
    wire,
};
use crate::{
    domain::attempt::{Outcome, RemoteRef},
    net::Answer,
    vault::Credential,
};

/// Errors after which a person, or a new session, is needed.
const OF_THE_SESSION: [&str; 8] = [
    "ExpiredToken",
    "InvalidToken",
    "invalid_token",
    "AuthMissing",
    "AuthenticationRequired",
    "AccountTakedown",
    "AccountDeactivated",
    "AccountSuspended",
];

/// Errors of the limits, whatever the status says.
const OF_THE_LIMITS: [&str; 2] = ["RateLimitExceeded", "NotEnoughResources"];

/// Errors that are answered with a status that would leave a doubt elsewhere: the server knows no such method.
const OF_THE_METHOD: [&str; 2] = ["MethodNotImplemented", "XRPCNotSupported"];

/// What the answer to `com.atproto.repo.putRecord` proves.
pub(super) fn publication(
    answer: &Answer,
    expected: &RemoteRef,
    credential: &Credential,
    now: DateTime<Utc>,
) -> Outcome {
    #[derive(Deserialize)]
    struct Put {
        uri: String,
    }
    if answer.status.is_success() {
        return match serde_json::from_slice::<Put>(&answer.body) {
            Ok(put) if put.uri == expected.id => Outcome::Published(expected.clone()),
            Ok(_) => unknown(answer, "a success for another record"),
            Err(_) => unknown(answer, "a success that cannot be read"),
        };
    }
    refusal(answer, credential, now)
}

/// What the answer to `com.atproto.repo.deleteRecord` proves: what is gone already is what was wanted.
pub(super) fn withdrawal(answer: &Answer, id: &str, credential: &Credential, now: DateTime<Utc>) -> Outcome {
    if answer.status.is_success() {
        return match serde_json::from_slice::<serde_json::Map<_, _>>(&answer.body) {
            Ok(_) => Outcome::Published(RemoteRef {
                id: id.to_owned(),
                url: None,
            }),
            Err(_) => unknown(answer, "a success that cannot be read"),
        };
    }
    refusal(answer, credential, now)
}

/// What an answer proves that is no success.
pub(super) fn refusal(answer: &Answer, credential: &Credential, now: DateTime<Utc>) -> Outcome {
    let code = answer.status.as_u16();
    let error = wire::error(&answer.body);
    let text = wire::error_text(&answer.body);
    let why = match &text {
        Some(text) => said_to(&format!("{code}: {text}"), credential),
        None => format!("{code} without a readable reason"),
    };
    let name = error.as_ref().map_or("", |error| error.error.as_str());
    let again = || RATELIMIT.again(&answer.headers, now);
    match (code, name) {
        (401, _) => Outcome::RejectedReauth { why },
        (400 | 403, name) if OF_THE_SESSION.contains(&name) => Outcome::RejectedReauth { why },
        (425 | 429, _) => Outcome::RejectedTransient { why, again: again() },
        (400, name) if OF_THE_LIMITS.contains(&name) => Outcome::RejectedTransient { why, again: again() },
        // Another record stands at the key that only we know: an earlier call, changed since, or a repetition
        // with another time.
        (400, "InvalidSwap") => Outcome::RejectedDuplicate { why },
        // The picture was thrown away: it is uploaded anew once it is old enough.
        (400, _) if is_blob_missing(name, text.as_deref()) => Outcome::RejectedTransient { why, again: None },
        (413 | 415, _) => Outcome::RejectedPermanent { why },
        (501, name) if OF_THE_METHOD.contains(&name) => Outcome::RejectedPermanent { why },
        (400 | 403 | 404 | 422, name) if !name.is_empty() => Outcome::RejectedPermanent { why },
        _ => Outcome::Unknown { why },
    }
}

fn is_blob_missing(name: &str, text: Option<&str>) -> bool {
    name == "BlobNotFound" || text.is_some_and(|text| text.contains("Could not find blob"))
}

fn unknown(answer: &Answer, what: &str) -> Outcome {
    Outcome::Unknown {
        why: format!("{}: {what}", answer.status.as_u16()),
    }
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
