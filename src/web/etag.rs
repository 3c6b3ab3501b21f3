//! Versions as entity tags. The tag of a post is its version, followed by a mark of its deliveries once there
//! are any: they change without it. A change is conditional on the version alone, `If-Match: "3"`.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};

use super::problem::{Problem, ProblemType};

/// Writes a tag.
#[must_use]
pub fn tag(version: i64, mark: Option<u32>) -> String {
    match mark {
        None => format!("\"{version}\""),
        Some(mark) => format!("\"{version}.{mark:08x}\""),
    }
}

/// The version that a change expects; `None` for `If-Match: *`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for Expected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Err(Problem::new(ProblemType::PreconditionRequired));
        };
        value
            .to_str()
            .ok()
            .and_then(read)
            .map(Self)
            .ok_or_else(|| Problem::new(ProblemType::BadHeader).with("header", "If-Match"))
    }
}

fn read(text: &str) -> Option<Option<i64>> {
    let text = text.trim();
    if text == "*" {
        return Some(None);
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let version = inner.split_once('.').map_or(inner, |(version, _)| version);
    version.parse().ok().map(Some)
}

/// Whether the client has this already (weak comparison, RFC 9110, 13.1.2).
#[must_use]
pub fn unchanged(headers: &HeaderMap, tag: &str) -> Freshness {
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*");
    if known { Freshness::Known } else { Freshness::New }
}

/// Whether an answer is news to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// The client has it.
    Known,
    /// It does not.
    New,
}

/// The tag as a header.
#[must_use]
pub fn header_value(tag: &str) -> HeaderValue {
    HeaderValue::from_str(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("\"3\"", Some(Some(3)))]
    #[case("\"3.00c0ffee\"", Some(Some(3)))]
    #[case("*", Some(None))]
    #[case("W/\"3\"", None)]
    #[case("3", None)]
    #[case("\"x\"", None)]
    #[case("\"3\", \"4\"", None)]
    fn if_match_names_one_version(#[case] text: &str, #[case] expected: Option<Option<i64>>) {
        assert_eq!(read(text), expected);
    }

    #[test]
    fn if_none_match_knows_lists_and_weak_tags() {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"1\", W/\"2\""));
        assert_eq!(unchanged(&headers, "\"2\""), Freshness::Known);
        assert_eq!(unchanged(&headers, "\"3\""), Freshness::New);
    }
}
