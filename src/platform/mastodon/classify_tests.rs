use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName},
};
use rstest::rstest;

use super::*;
use crate::{
    domain::attempt::{OutcomeClass, RemoteRef},
    vault::Secret,
};

const CANARY: &str = "canary-5b1e";

fn credential() -> Credential {
    Credential::of_access(Secret::new(CANARY.to_owned()), now())
}

fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.as_bytes().to_vec(),
    }
}

const HTML: &str = "<html><body>502 Bad Gateway</body></html>";

#[rstest]
#[case::published(200, r#"{"id":"1","url":"https://a.example/@a/1"}"#, OutcomeClass::Published)]
#[case::accepted(202, r#"{"id":"01HABC","url":null}"#, OutcomeClass::Published)]
#[case::html(200, HTML, OutcomeClass::Unknown)]
#[case::empty(200, "", OutcomeClass::Unknown)]
#[case::cut(200, r#"{"id":"1","url":"ht"#, OutcomeClass::Unknown)]
#[case::twice(200, r#"{"id":"1"}{"id":"1"}"#, OutcomeClass::Unknown)]
#[case::no_id(200, r#"{"url":"https://a.example/@a/1"}"#, OutcomeClass::Unknown)]
#[case::empty_id(200, r#"{"id":""}"#, OutcomeClass::Unknown)]
#[case::odd_id(200, r#"{"id":"../1"}"#, OutcomeClass::Unknown)]
#[case::number(200, r#"{"id":1}"#, OutcomeClass::Unknown)]
#[case::list(200, r#"[{"id":"1"}]"#, OutcomeClass::Unknown)]
#[case::scheduled(
    200,
    r#"{"id":"1","scheduled_at":"2026-11-22T10:00:00Z","params":{"text":"a"},"media_attachments":[]}"#,
    OutcomeClass::Unknown
)]
#[case::found(302, "", OutcomeClass::Unknown)]
#[case::permanent_redirect(308, "", OutcomeClass::Unknown)]
#[case::bad_request(400, r#"{"error":"bad"}"#, OutcomeClass::RejectedPermanent)]
#[case::unauthorised(
    401,
    r#"{"error":"The access token was revoked"}"#,
    OutcomeClass::RejectedReauth
)]
#[case::forbidden(
    403,
    r#"{"error":"outside the authorized scopes"}"#,
    OutcomeClass::RejectedPermanent
)]
#[case::not_found(404, r#"{"error":"Record not found"}"#, OutcomeClass::RejectedPermanent)]
#[case::request_timeout(408, "", OutcomeClass::Unknown)]
#[case::conflict(409, "", OutcomeClass::Unknown)]
#[case::gone(410, "", OutcomeClass::RejectedPermanent)]
#[case::too_large(413, "", OutcomeClass::RejectedPermanent)]
#[case::media_type(415, "", OutcomeClass::RejectedPermanent)]
#[case::invalid(
    422,
    r#"{"error":"Validation failed: Text character limit of 500 exceeded"}"#,
    OutcomeClass::RejectedPermanent
)]
#[case::processing(
    422,
    r#"{"error":"Cannot attach files that have not finished processing. Try again in a moment!"}"#,
    OutcomeClass::RejectedTransient
)]
#[case::duplicate(422, r#"{"error":"Duplicate record"}"#, OutcomeClass::RejectedDuplicate)]
#[case::invalid_html(422, HTML, OutcomeClass::RejectedPermanent)]
#[case::too_early(425, "", OutcomeClass::RejectedTransient)]
#[case::too_many(429, HTML, OutcomeClass::RejectedTransient)]
#[case::teapot(418, "", OutcomeClass::Unknown)]
#[case::internal(500, r#"{"error":"Internal"}"#, OutcomeClass::Unknown)]
#[case::not_implemented(501, "", OutcomeClass::Unknown)]
#[case::bad_gateway(502, HTML, OutcomeClass::Unknown)]
#[case::unavailable(503, "", OutcomeClass::Unknown)]
#[case::gateway_timeout(504, HTML, OutcomeClass::Unknown)]
fn an_answer_to_a_publication(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let outcome = publication(&answer(status, body), &credential(), now());
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[rstest]
#[case::removed(200, r#"{"id":"7","text":"a"}"#, OutcomeClass::Published)]
#[case::gone(404, r#"{"error":"Record not found"}"#, OutcomeClass::Published)]
#[case::another(200, r#"{"id":"8"}"#, OutcomeClass::Unknown)]
#[case::html(200, HTML, OutcomeClass::Unknown)]
#[case::proxy(404, HTML, OutcomeClass::Unknown)]
#[case::unauthorised(401, "", OutcomeClass::RejectedReauth)]
#[case::forbidden(403, "", OutcomeClass::RejectedPermanent)]
#[case::too_many(429, "", OutcomeClass::RejectedTransient)]
#[case::internal(500, "", OutcomeClass::Unknown)]
fn an_answer_to_a_withdrawal(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let outcome = withdrawal(&answer(status, body), "7", &credential(), now());
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[test]
fn only_addresses_that_a_browser_may_open_are_kept() {
    let url = |body: &str| match publication(&answer(200, body), &credential(), now()) {
        Outcome::Published(RemoteRef { url, .. }) => url,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        url(r#"{"id":"1","url":"https://a.example/1"}"#).unwrap(),
        "https://a.example/1"
    );
    assert_eq!(url(r#"{"id":"1","url":"javascript:alert(1)"}"#), None);
    assert_eq!(url(r#"{"id":"1"}"#), None);
}

#[rstest]
#[case("retry-after", "120", Some("2026-11-21T10:02:00Z"))]
#[case("retry-after", "0", Some("2026-11-21T10:00:01Z"))]
#[case("retry-after", "99999999999999999999999", Some("2026-11-22T10:00:00Z"))]
#[case("retry-after", "Sat, 21 Nov 2026 10:05:00 GMT", Some("2026-11-21T10:05:00Z"))]
#[case("retry-after", "Sat, 21 Nov 2020 10:05:00 GMT", Some("2026-11-21T10:00:01Z"))]
#[case("retry-after", "-5", None)]
#[case("retry-after", "soon", None)]
#[case(
    "x-ratelimit-reset",
    "2026-11-21T10:03:00.123456Z",
    Some("2026-11-21T10:03:00.123456Z")
)]
#[case(
    "x-ratelimit-reset",
    "2026-11-21T19:03:00+09:00",
    Some("2026-11-21T10:03:00Z")
)]
#[case("x-ratelimit-reset", "1795255380", Some("2026-11-21T10:03:00Z"))]
#[case("x-ratelimit-reset", "2030-01-01T00:00:00Z", Some("2026-11-22T10:00:00Z"))]
#[case("x-unknown", "5", None)]
fn when_to_come_back(#[case] name: &'static str, #[case] value: &str, #[case] expected: Option<&str>) {
    let mut limited = answer(429, "");
    limited
        .headers
        .insert(HeaderName::from_static(name), value.parse().unwrap());
    let Outcome::RejectedTransient { again, .. } = publication(&limited, &credential(), now()) else {
        panic!("not transient");
    };
    assert_eq!(again, expected.map(|at| at.parse().unwrap()));
}

#[test]
fn what_a_server_echoes_is_not_kept() {
    for status in [400, 401, 403, 422, 429, 500] {
        let body =
            format!(r#"{{"error":"token {CANARY}\n\u001b[0m","error_description":"Bearer {CANARY}"}}"#);
        let outcome = publication(&answer(status, &body), &credential(), now());
        assert!(!format!("{outcome:?}").contains(CANARY), "{outcome:?}");
        assert!(outcome.why().starts_with(&status.to_string()));
        assert!(!outcome.why().chars().any(char::is_control));
        let long = format!(r#"{{"error":"{}"}}"#, "あ".repeat(5_000));
        assert!(
            publication(&answer(status, &long), &credential(), now())
                .why()
                .chars()
                .count()
                <= 200
        );
    }
}
