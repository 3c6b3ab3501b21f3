//! Reading requests: bodies, queries, ids. Whatever is wrong with one becomes a problem that says where.

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{BytesRejection, FailedToBufferBody},
    },
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::{
    WebState,
    problem::{Problem, ProblemType},
};
use crate::{domain::finding::Message, service::Thing};

/// A JSON body, and the digest that tells this request from another one with the same idempotency key.
#[derive(Debug)]
pub struct Input<T> {
    /// What it says.
    pub value: T,
    /// SHA-256 over method, path and body.
    pub digest: [u8; 32],
}

/// A JSON body that need not be there: an empty one says nothing.
#[derive(Debug)]
pub struct Perhaps<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<WebState> for Perhaps<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Problem> {
        let is_json = says_json(request.headers());
        let bytes = body(request, state).await?;
        match (bytes.is_empty(), is_json) {
            (true, _) => Ok(Self(T::default())),
            (false, true) => parse(&bytes).map(Self),
            (false, false) => Err(Problem::new(ProblemType::NotJson)),
        }
    }
}

async fn body(request: Request, state: &WebState) -> Result<Bytes, Problem> {
    let reading = Bytes::from_request(request, state);
    tokio::time::timeout(state.config.longest_body(), reading)
        .await
        .map_err(|_| Problem::new(ProblemType::SlowRequest))?
        .map_err(|rejection| of_bytes(&rejection))
}

impl<T: DeserializeOwned> FromRequest<WebState> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, Problem> {
        if !says_json(request.headers()) {
            return Err(Problem::new(ProblemType::NotJson));
        }
        let mut digest = Sha256::new();
        for part in [request.method().as_str(), request.uri().path()] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let bytes = body(request, state).await?;
        digest.update(&bytes);
        Ok(Self {
            value: parse(&bytes)?,
            digest: digest.finalize().into(),
        })
    }
}

fn says_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    // RFC 8259: JSON is UTF-8.
    is_json
        && parts.all(|parameter| {
            parameter.split_once('=').is_none_or(|(name, value)| {
                !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
        })
}

fn of_bytes(rejection: &BytesRejection) -> Problem {
    Problem::new(match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            ProblemType::BodyTooLarge
        }
        _ => ProblemType::IncompleteBody,
    })
}

/// Reads a JSON text.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|why| Problem::new(ProblemType::InvalidUtf8).with("position", why.valid_up_to()))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|why| {
        let path = why.path().clone();
        of_json(&path, why.inner())
    })?;
    deserializer.end().map_err(|why| syntax(&why))?;
    match text_with_nul(text) {
        None => Ok(value),
        Some(pointer) => {
            let message = Message::new("field-nul");
            Err(Problem::new(ProblemType::InvalidFields).wrong(pointer, message))
        }
    }
}

/// Where a text holds U+0000: no text of people has it, and not every database can keep it.
fn text_with_nul(json: &str) -> Option<String> {
    // In JSON it cannot stand by itself, only escaped.
    if !json.contains("\\u0000") {
        return None;
    }
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    find_nul(&value, "")
}

fn find_nul(value: &serde_json::Value, pointer: &str) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0').then(|| pointer.to_owned()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find_nul(item, &format!("{pointer}/{index}"))),
        Value::Object(fields) => fields.iter().find_map(|(name, item)| {
            let below = format!("{pointer}{}", step(name));
            if name.contains('\0') {
                return Some(below);
            }
            find_nul(item, &below)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn syntax(why: &serde_json::Error) -> Problem {
    Problem::new(ProblemType::BadJson)
        .with("line", why.line())
        .with("column", why.column())
}

fn of_json(path: &serde_path_to_error::Path, why: &serde_json::Error) -> Problem {
    if !why.is_data() {
        return syntax(why);
    }
    let (pointer, message) = explain(pointer(path), &why.to_string());
    Problem::new(ProblemType::InvalidFields).wrong(pointer, message)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } | Segment::Enum { variant: key } => pointer.push_str(&step(key)),
            Segment::Unknown => {}
        }
    }
    pointer
}

/// One step of a JSON pointer (RFC 6901).
fn step(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// What serde says, in a form that can be said in every language: the place, and what was expected there.
fn explain(pointer: String, said: &str) -> (String, Message) {
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let quoted = said.split('`').nth(1).unwrap_or_default();
    if said.starts_with("missing field") {
        return (pointer + &step(quoted), Message::new("field-required"));
    }
    if said.starts_with("unknown field") {
        let below = step(quoted);
        // The path sometimes ends in the field itself.
        let pointer = if pointer.ends_with(&below) {
            pointer
        } else {
            pointer + &below
        };
        return (pointer, Message::new("field-unknown"));
    }
    if said.starts_with(super::moment::NO_TIME) {
        return (pointer, Message::new("field-time-format"));
    }
    if said.starts_with("duplicate field") {
        return (pointer + &step(quoted), Message::new("field-twice"));
    }
    let expected = ["is not one of: ", "expected one of ", "expected "]
        .iter()
        .find_map(|mark| said.split_once(mark))
        .map_or(said, |(_, expected)| expected.trim());
    let key = if said.starts_with("invalid type") {
        "field-type"
    } else {
        "field-value"
    };
    (pointer, Message::new(key).with("expected", expected))
}

/// Parameters of a query.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let source = std::error::Error::source(&rejection).map(ToString::to_string);
                let said = source.unwrap_or_default();
                // axum puts the parameter's name in front, where it knows it.
                let (name, said) = match said.split_once(": ") {
                    Some((name, rest)) if !name.contains([' ', '`']) => (format!("?{name}"), rest),
                    _ => ("?".to_owned(), said.as_str()),
                };
                let (pointer, message) = explain(name, said);
                // A parameter has no parts: the last step is its name.
                let name = pointer.rsplit(['/', '?']).next().unwrap_or_default();
                Err(Problem::new(ProblemType::BadQuery).wrong(format!("?{name}"), message))
            }
        }
    }
}

/// Identifiers that can stand in a path.
pub trait PathId: std::str::FromStr + Send {
    /// What it is the id of.
    const THING: Thing;
}

macro_rules! path_ids {
    ($($id:ident = $thing:ident),+) => {
        $(impl PathId for crate::domain::ids::$id {
            const THING: Thing = Thing::$thing;
        })+
    };
}

path_ids!(
    PostId = Post,
    AccountId = Account,
    DeliveryId = Delivery,
    DivisionId = Division,
    HoldId = Hold,
    EmergencyId = Emergency,
    ProposalId = Proposal,
    HandoverId = Connection,
    AdoptedPostId = Post
);

/// The id in a path; a text that is no id names nothing.
#[derive(Debug)]
pub struct Id<T>(pub T);

impl<T: PathId, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let missing = || Problem::not_found(T::THING);
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| missing())?;
        text.parse().map(Self).map_err(|_| missing())
    }
}
