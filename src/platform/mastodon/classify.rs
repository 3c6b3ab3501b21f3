//! What an answer of the server proves. Whatever is in doubt is [`Outcome::Unknown`].

use chrono::{DateTime, Utc};

use super::{
    super::{caller::said_to, headers::X_RATELIMIT},
    remote, wire,
};
use crate::{domain::attempt::Outcome, net::Answer, vault::Credential};

/// What the answer to `POST /api/v1/statuses`, or to passing on, proves.
pub(super) fn publication(answer: &Answer, credential: &Credential, now: DateTime<Utc>) -> Outcome {
    if answer.status.is_success() {
        return match wire::created(&answer.body) {
            Some((id, url)) => Outcome::Published(remote(id, url)),
            None => unknown(answer, "a success that cannot be read"),
        };
    }
    refusal(answer, credential, now)
}

/// What the answer to `PUT /api/v1/statuses/{id}` proves. Not found means that there is nothing to edit, or no way to
/// on this server, which stays so.
pub(super) fn correction(answer: &Answer, id: &str, credential: &Credential, now: DateTime<Utc>) -> Outcome {
    match answer.status.as_u16() {
        200..=299 => match wire::created(&answer.body) {
            Some((same, url)) if same == id => Outcome::Published(remote(same, url)),
            _ => unknown(answer, "a success that cannot be read"),
        },
        405 | 501 => Outcome::RejectedPermanent {
            why: format!("{}: the server edits nothing", answer.status.as_u16()),
        },
        _ => refusal(answer, credential, now),
    }
}

/// What the answer to `DELETE /api/v1/statuses/{id}` proves. A status that is gone already is what was
/// wanted, if it is the API that says so and not something in front of it.
pub(super) fn withdrawal(answer: &Answer, id: &str, credential: &Credential, now: DateTime<Utc>) -> Outcome {
    let done = || Outcome::Published(remote(id.to_owned(), None));
    match answer.status.as_u16() {
        200..=299 if wire::is_entity(&answer.body, id) => done(),
        200..=299 => unknown(answer, "a success that cannot be read"),
        404 | 410 if wire::error_text(&answer.body).is_some() => done(),
        404 | 410 => unknown(answer, "not found, but not in the words of the API"),
        _ => refusal(answer, credential, now),
    }
}

/// What an answer proves that is no success.
pub(super) fn refusal(answer: &Answer, credential: &Credential, now: DateTime<Utc>) -> Outcome {
    let text = wire::error_text(&answer.body);
    let code = answer.status.as_u16();
    let why = || match &text {
        Some(text) => said_to(&format!("{code}: {text}"), credential),
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
            again: X_RATELIMIT.again(&answer.headers, now),
        },
        422 if says("have not finished processing") => Outcome::RejectedTransient {
            why: why(),
            again: X_RATELIMIT.again(&answer.headers, now),
        },
        // Said of what the first of two calls has already taken, too: it may be out.
        422 if says("duplicate") || says("already") => Outcome::RejectedDuplicate { why: why() },
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

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
