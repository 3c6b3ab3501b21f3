//! Reading requests (JSON or form) and refusing them in Mastodon's words.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// A refusal: `{"error": …}` with a status code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) error: String,
    pub(super) description: Option<&'static str>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            description: None,
        }
    }

    pub(super) fn described(status: StatusCode, error: &'static str, description: &'static str) -> Self {
        Self {
            status,
            error: error.to_owned(),
            description: Some(description),
        }
    }

    pub(super) fn invalid(what: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("Validation failed: {what}"),
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Record not found")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.error });
        if let Some(description) = self.description {
            body["error_description"] = description.into();
        }
        (self.status, Json(body)).into_response()
    }
}

/// The fields of a body, whether it came as JSON or as a form. `name[]` in a form collects into a list.
pub(super) fn fields(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let unreadable = || ApiError::new(StatusCode::BAD_REQUEST, "Error parsing request body");
    if body.is_empty() {
        Ok(Map::new())
    } else if kind.starts_with("application/json") {
        serde_json::from_slice(body).map_err(|_| unreadable())
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        Ok(form(body))
    } else {
        Err(unreadable())
    }
}

fn form(body: &[u8]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        let value = Value::from(value.into_owned());
        match name.strip_suffix("[]") {
            Some(name) => match fields.entry(name).or_insert_with(|| json!([])) {
                Value::Array(list) => list.push(value),
                other => *other = value,
            },
            None => {
                fields.insert(name.into_owned(), value);
            }
        }
    }
    fields
}

/// The body as one type.
pub(super) fn parse<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_value(Value::Object(fields(headers, body)?)).map_err(ApiError::invalid)
}

/// A yes or no that a form writes as a word.
pub(super) fn loose_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(yes) => yes,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(word) => matches!(word.as_str(), "true" | "1" | "on" | "t"),
        _ => false,
    })
}

/// An identifier that a client may write as a number. An empty text is none.
pub(super) fn loose_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(id) if !id.is_empty() => Some(id),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    })
}

/// The token of an `Authorization: Bearer` header.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
