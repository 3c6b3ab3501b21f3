//! What an answer of LINE proves. Whatever is in doubt is [`Outcome::Unknown`].

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderName;

use super::{
    super::{HandlesAfter, Reply, caller::said_to, headers},
    token::{Origin, Session},
    wire,
};
use crate::{
    domain::attempt::{IdempotencyKey, Outcome, RemoteRef},
    net::Answer,
};

/// The id of a request, by which LINE knows what it accepted.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-line-request-id");

/// The id of the earlier request that a repetition met.
const ACCEPTED_ID: HeaderName = HeaderName::from_static("x-line-accepted-request-id");

/// How long is waited after "too many requests": LINE does not tell. Broadcasts are counted by the hour, but one
/// place may be free in the next minute.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// Reads answers with what is needed to do so.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) session: &'a Session,
    pub(super) now: DateTime<Utc>,
}

impl Reader<'_> {
    /// What the answer to a broadcast under this key proves.
    pub(super) fn broadcast(&self, answer: &Answer, key: IdempotencyKey) -> Outcome {
        match answer.status.as_u16() {
            200..=299 => match headers::text(&answer.headers, &REQUEST_ID) {
                Some(id) if is_id(id) && wire::is_object(&answer.body) => published(id),
                _ => unknown(answer, "a success that cannot be read"),
            },
            // "The retry key is already accepted": an earlier request under this key is out.
            409 => match headers::text(&answer.headers, &ACCEPTED_ID) {
                Some(id) if is_id(id) => published(id),
                _ if self.says(answer, "retry key") => published(&key.uuid().to_string()),
                _ => unknown(answer, "a conflict, but not in the words of the API"),
            },
            _ => self.refusal(answer),
        }
    }

    /// What the answer to a narrowcast proves: taken, now or by an earlier call under this key, is not yet sent.
    pub(super) fn narrowcast(&self, answer: &Answer) -> Reply {
        let name = match answer.status.as_u16() {
            202 if wire::is_object(&answer.body) => &REQUEST_ID,
            409 => &ACCEPTED_ID,
            200..=299 => return unknown(answer, "a success that cannot be read").into(),
            _ => return self.refusal(answer).into(),
        };
        let Some(id) = headers::text(&answer.headers, name).filter(|id| is_id(id)) else {
            return unknown(
                answer,
                "taken, perhaps, but without the id that could be asked for",
            )
            .into();
        };
        let why = format!("LINE took it as request {id} and tells later whether it was sent");
        Reply {
            outcome: Outcome::Unknown { why },
            budget: None,
            handles: HandlesAfter::Taken(id.to_owned()),
        }
    }

    /// What an answer proves that is no success.
    pub(super) fn refusal(&self, answer: &Answer) -> Outcome {
        let why = self.why(answer);
        match answer.status.as_u16() {
            // LINE may end a token early; whether the channel itself is refused shows a new one.
            401 if self.session.origin == Origin::Kept => Outcome::RejectedTransient {
                why,
                again: Some(self.now + TimeDelta::seconds(1)),
            },
            401 => Outcome::RejectedReauth { why },
            // Of its three meanings this one does not pass by waiting: somebody has to buy more.
            429 if self.says(answer, "monthly limit") => Outcome::RejectedPermanent { why },
            429 => Outcome::RejectedTransient {
                why,
                again: Some(self.now + PAUSE),
            },
            400 | 403 | 404 | 405 | 410 | 413 | 415 | 422 => Outcome::RejectedPermanent { why },
            _ => Outcome::Unknown { why },
        }
    }

    fn says(&self, answer: &Answer, part: &str) -> bool {
        wire::error_text(&answer.body).is_some_and(|text| text.to_lowercase().contains(part))
    }

    fn why(&self, answer: &Answer) -> String {
        let code = answer.status.as_u16();
        let text = match wire::error_text(&answer.body) {
            Some(text) => format!("{code}: {text}"),
            None => format!("{code} without a readable reason"),
        };
        // LINE's support finds a request by this id.
        let id = headers::text(&answer.headers, &REQUEST_ID).filter(|id| is_id(id));
        let text = id.map_or(text.clone(), |id| format!("{text} (request {id})"));
        said_to(&text, &self.session.credential)
    }
}

fn published(id: &str) -> Outcome {
    Outcome::Published(RemoteRef {
        id: id.to_owned(),
        url: None,
    })
}

/// Whether a text can be the id of a request.
fn is_id(id: &str) -> bool {
    (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn unknown(answer: &Answer, what: &str) -> Outcome {
    Outcome::Unknown {
        why: format!("{}: {what}", answer.status.as_u16()),
    }
}
