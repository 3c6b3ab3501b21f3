//! `Idempotency-Key`: a creating request that is sent again gets the first one's answer and makes nothing.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    WebState, etag,
    problem::{Problem, ProblemType},
};
use crate::{
    domain::actor::Person,
    service::{Once, Replay, ServiceError, Ticket},
};

const HEADER: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const LONGEST: usize = 255;

/// The client's key, if it sent one.
#[derive(Debug, Clone)]
pub struct Key(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut sent = parts.headers.get_all(HEADER).iter();
        let (Some(value), None) = (sent.next(), sent.next()) else {
            return if parts.headers.contains_key(HEADER) {
                Err(Problem::new(ProblemType::BadHeader).with("header", "Idempotency-Key"))
            } else {
                Ok(Self(None))
            };
        };
        let bytes = value.as_bytes();
        let right = (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        match value.to_str() {
            Ok(text) if right => Ok(Self(Some(text.to_owned()))),
            _ => Err(Problem::new(ProblemType::BadHeader).with("header", "Idempotency-Key")),
        }
    }
}

/// A request that makes something.
#[derive(Debug)]
pub struct Creation<'a, V> {
    /// Where it goes.
    pub state: &'a WebState,
    /// Who asks.
    pub person: &'a Person,
    /// The client's key.
    pub key: Key,
    /// What tells it from another request with the same key.
    pub digest: [u8; 32],
    /// The body that is answered, now and to every repetition.
    pub render: fn(&V) -> String,
    /// Where things of this kind are found; the id follows.
    pub place: &'static str,
}

impl<V> Creation<'_, V> {
    /// Makes the thing, or answers what was answered before.
    ///
    /// # Errors
    /// What the use case refuses with; the key may be used again then.
    pub async fn run<F, Fut>(self, make: F) -> Result<Response, Problem>
    where
        F: FnOnce(Once<V>) -> Fut,
        Fut: Future<Output = Result<V, ServiceError>>,
    {
        let Some(key) = &self.key.0 else {
            let made = make(Once::unkeyed()).await?;
            return Ok(self.answer(StatusCode::CREATED, (self.render)(&made)));
        };
        let ticket = Ticket::new(self.person, key.clone(), self.digest);
        match make(Once::keyed(ticket.clone(), self.render)).await {
            Ok(made) => Ok(self.answer(StatusCode::CREATED, (self.render)(&made))),
            // Perhaps because the same request was done before: then its key is taken, and nothing was made.
            Err(refusal) => match self.state.service.answered_before(&ticket).await? {
                Some(replay) => Ok(self.replay(replay)),
                None => Err(refusal.into()),
            },
        }
    }

    fn replay(&self, Replay { status, body }: Replay) -> Response {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::CREATED);
        let mut response = self.answer(status, body);
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }

    /// `Location` and `ETag` follow from the body, so that a repetition carries them too.
    fn answer(&self, status: StatusCode, body: String) -> Response {
        let made: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let json = HeaderValue::from_static("application/json");
        let mut response = (status, [(header::CONTENT_TYPE, json)], body).into_response();
        let id = made
            .get("id")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        if let Ok(location) = HeaderValue::from_str(&format!("{}/{id}", self.place)) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        if let Some(version) = made.get("version").and_then(serde_json::Value::as_i64) {
            let tag = etag::header_value(&etag::tag(version, None));
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// Writes an answer; what we answer can always be written.
pub fn to_text<T: serde::Serialize>(answer: &T) -> String {
    serde_json::to_string(answer).unwrap_or_else(|_| "null".to_owned())
}
