use reqwest::{StatusCode, header::HeaderMap};
use rstest::rstest;

use super::*;
use crate::{domain::attempt::OutcomeClass, vault::Secret};

const CANARY: &str = "canary-71aa";
const URI: &str = "at://did:plc:town/app.bsky.feed.post/3mbd3542k2222";
const HTML: &str = "<html><body>502 Bad Gateway</body></html>";

fn credential() -> Credential {
    Credential::of_access(Secret::new(CANARY.to_owned()), now())
}

fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn expected() -> RemoteRef {
    RemoteRef {
        id: URI.to_owned(),
        url: Some("https://bsky.app/profile/did:plc:town/post/3mbd3542k2222".to_owned()),
    }
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.as_bytes().to_vec(),
    }
}

fn error(name: &str) -> String {
    format!(r#"{{"error":"{name}","message":"said by the server"}}"#)
}

#[rstest]
#[case::published(
    200,
    r#"{"uri":"at://did:plc:town/app.bsky.feed.post/3mbd3542k2222","cid":"b"}"#,
    OutcomeClass::Published
)]
#[case::another(
    200,
    r#"{"uri":"at://did:plc:town/app.bsky.feed.post/3mbd3542k2223","cid":"b"}"#,
    OutcomeClass::Unknown
)]
#[case::html(200, HTML, OutcomeClass::Unknown)]
#[case::empty(200, "", OutcomeClass::Unknown)]
#[case::cut(200, r#"{"uri":"at://did:pl"#, OutcomeClass::Unknown)]
#[case::found(302, "", OutcomeClass::Unknown)]
#[case::permanent_redirect(308, "", OutcomeClass::Unknown)]
#[case::proxy_bad_request(400, HTML, OutcomeClass::Unknown)]
#[case::proxy_forbidden(403, HTML, OutcomeClass::Unknown)]
#[case::unauthorised(401, HTML, OutcomeClass::RejectedReauth)]
#[case::not_found(404, "", OutcomeClass::Unknown)]
#[case::request_timeout(408, "", OutcomeClass::Unknown)]
#[case::conflict(409, "", OutcomeClass::Unknown)]
#[case::too_large(413, "", OutcomeClass::RejectedPermanent)]
#[case::media_type(415, "", OutcomeClass::RejectedPermanent)]
#[case::too_early(425, "", OutcomeClass::RejectedTransient)]
#[case::too_many(429, HTML, OutcomeClass::RejectedTransient)]
#[case::bad_gateway(502, HTML, OutcomeClass::Unknown)]
#[case::unavailable(503, "", OutcomeClass::Unknown)]
#[case::gateway_timeout(504, HTML, OutcomeClass::Unknown)]
fn an_answer_to_a_publication(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let outcome = publication(&answer(status, body), &expected(), &credential(), now());
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[rstest]
#[case(400, "InvalidRequest", OutcomeClass::RejectedPermanent)]
#[case(400, "InvalidRecord", OutcomeClass::RejectedPermanent)]
#[case(400, "ExpiredToken", OutcomeClass::RejectedReauth)]
#[case(400, "InvalidToken", OutcomeClass::RejectedReauth)]
#[case(401, "invalid_token", OutcomeClass::RejectedReauth)]
#[case(401, "AuthenticationRequired", OutcomeClass::RejectedReauth)]
#[case(400, "AccountTakedown", OutcomeClass::RejectedReauth)]
#[case(403, "AccountTakedown", OutcomeClass::RejectedReauth)]
#[case(400, "AccountDeactivated", OutcomeClass::RejectedReauth)]
#[case(400, "InvalidSwap", OutcomeClass::RejectedDuplicate)]
#[case(400, "BlobNotFound", OutcomeClass::RejectedTransient)]
#[case(400, "RateLimitExceeded", OutcomeClass::RejectedTransient)]
#[case(429, "RateLimitExceeded", OutcomeClass::RejectedTransient)]
#[case(403, "Forbidden", OutcomeClass::RejectedPermanent)]
#[case(404, "NotFound", OutcomeClass::RejectedPermanent)]
#[case(413, "PayloadTooLarge", OutcomeClass::RejectedPermanent)]
#[case(501, "MethodNotImplemented", OutcomeClass::RejectedPermanent)]
#[case(500, "InternalServerError", OutcomeClass::Unknown)]
#[case(502, "UpstreamFailure", OutcomeClass::Unknown)]
#[case(504, "UpstreamTimeout", OutcomeClass::Unknown)]
fn an_error_of_the_protocol(#[case] status: u16, #[case] name: &str, #[case] class: OutcomeClass) {
    let outcome = publication(&answer(status, &error(name)), &expected(), &credential(), now());
    assert_eq!(outcome.class(), class, "{outcome:?}");
    assert_eq!(outcome.why(), format!("{status}: {name}: said by the server"));
}

#[test]
fn a_picture_that_is_gone_is_known_by_its_words_too() {
    let body = r#"{"error":"InvalidRequest","message":"Could not find blob: bafkrei"}"#;
    let outcome = publication(&answer(400, body), &expected(), &credential(), now());
    assert_eq!(outcome.class(), OutcomeClass::RejectedTransient);
}

#[rstest]
#[case::removed(200, r#"{"commit":{"cid":"b","rev":"r"}}"#, OutcomeClass::Published)]
#[case::gone_already(200, "{}", OutcomeClass::Published)]
#[case::html(200, HTML, OutcomeClass::Unknown)]
#[case::list(200, "[]", OutcomeClass::Unknown)]
#[case::unauthorised(401, "", OutcomeClass::RejectedReauth)]
#[case::too_many(429, "", OutcomeClass::RejectedTransient)]
#[case::internal(500, "", OutcomeClass::Unknown)]
fn an_answer_to_a_withdrawal(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let outcome = withdrawal(&answer(status, body), URI, &credential(), now());
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[rstest]
#[case("retry-after", "120", Some("2026-11-21T10:02:00Z"))]
#[case("ratelimit-reset", "1795255380", Some("2026-11-21T10:03:00Z"))]
#[case("x-ratelimit-reset", "1795255380", None)]
fn when_to_come_back(#[case] name: &'static str, #[case] value: &str, #[case] expected_at: Option<&str>) {
    let mut limited = answer(429, "");
    limited.headers.insert(name, value.parse().unwrap());
    let Outcome::RejectedTransient { again, .. } = publication(&limited, &expected(), &credential(), now())
    else {
        panic!("not transient");
    };
    assert_eq!(again, expected_at.map(|at| at.parse().unwrap()));
}

#[test]
fn what_a_server_echoes_is_not_kept() {
    for status in [400, 401, 403, 429, 500] {
        let body = format!(r#"{{"error":"InvalidToken","message":"Bearer {CANARY}\n\u001b[0m"}}"#);
        let outcome = publication(&answer(status, &body), &expected(), &credential(), now());
        assert!(!format!("{outcome:?}").contains(CANARY), "{outcome:?}");
        assert!(!outcome.why().chars().any(char::is_control));
    }
}
