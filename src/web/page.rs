//! Lists: a page of items, and a cursor to the next one.

use axum::{
    Json,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Problem, ProblemType};
use crate::{domain::finding::Message, service::LARGEST_PAGE};

/// How many items a page holds unless somebody asks for another number.
const USUAL_PAGE: i64 = 20;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that fits on one page.
    #[must_use]
    pub fn whole(items: impl IntoIterator<Item = T>) -> Self {
        Self {
            items: items.into_iter().collect(),
            next_cursor: None,
        }
    }
}

impl<T: Serialize> Page<T> {
    /// The answer, with a `Link` to the next page where there is one. `rest` is the query without the cursor.
    pub fn answer(self, path: &str, rest: &str) -> Response {
        let link = self
            .next_cursor
            .as_ref()
            .map(|cursor| format!("<{path}?{rest}&cursor={cursor}>; rel=\"next\""))
            .and_then(|link| HeaderValue::from_str(&link).ok());
        let mut response = Json(self).into_response();
        if let Some(link) = link {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

/// The number of items that was asked for.
///
/// # Errors
/// When it is not between 1 and the largest page.
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    let limit = asked.unwrap_or(USUAL_PAGE);
    if (1..=LARGEST_PAGE).contains(&limit) {
        Ok(limit)
    } else {
        let message = Message::new("field-limit").with("largest", LARGEST_PAGE);
        Err(Problem::new(ProblemType::BadQuery).wrong("?limit", message))
    }
}

/// The cursor that was sent back.
///
/// # Errors
/// When it is none that we gave.
pub fn cursor<T: std::str::FromStr>(sent: Option<&str>) -> Result<Option<T>, Problem> {
    sent.map(str::parse)
        .transpose()
        .map_err(|_| Problem::new(ProblemType::BadQuery).wrong("?cursor", Message::new("field-cursor")))
}
