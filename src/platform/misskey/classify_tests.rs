use reqwest::{StatusCode, header::HeaderMap};
use rstest::rstest;

use super::*;
use crate::{domain::attempt::OutcomeClass, vault::Secret};

const CANARY: &str = "canary-0c3d";
const HTML: &str = "<html><body>502 Bad Gateway</body></html>";

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

fn judged(answer: &Answer) -> Outcome {
    let remote = |id: String| RemoteRef {
        url: Some(format!("https://misskey.example.jp/notes/{id}")),
        id,
    };
    publication(answer, remote, &credential(), now())
}

#[rstest]
#[case::published(200, r#"{"createdNote":{"id":"9abc","text":"a"}}"#, OutcomeClass::Published)]
#[case::no_note(200, "{}", OutcomeClass::Unknown)]
#[case::odd_id(200, r#"{"createdNote":{"id":"../9"}}"#, OutcomeClass::Unknown)]
#[case::no_content(204, "", OutcomeClass::Unknown)]
#[case::html(200, HTML, OutcomeClass::Unknown)]
#[case::cut(200, r#"{"createdNote":{"id":"#, OutcomeClass::Unknown)]
#[case::found(302, "", OutcomeClass::Unknown)]
#[case::bad_request(400, "", OutcomeClass::RejectedPermanent)]
#[case::unauthorised(401, HTML, OutcomeClass::RejectedReauth)]
#[case::forbidden(403, HTML, OutcomeClass::RejectedPermanent)]
#[case::request_timeout(408, "", OutcomeClass::Unknown)]
#[case::too_large(413, "", OutcomeClass::RejectedPermanent)]
#[case::teapot(418, r#"{"error":{"code":"I_AM_AI","message":"You sent a request to Ai-chan, Misskey's showgirl, instead of the server."}}"#, OutcomeClass::Unknown)]
#[case::too_early(425, "", OutcomeClass::RejectedTransient)]
#[case::too_many(429, "", OutcomeClass::RejectedTransient)]
#[case::bad_gateway(502, HTML, OutcomeClass::Unknown)]
#[case::unavailable(503, "", OutcomeClass::Unknown)]
#[case::gateway_timeout(504, HTML, OutcomeClass::Unknown)]
fn an_answer_to_a_publication(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let outcome = judged(&answer(status, body));
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[rstest]
#[case(400, "CONTENT_REQUIRED", OutcomeClass::RejectedPermanent)]
#[case(400, "NO_SUCH_REPLY_TARGET", OutcomeClass::RejectedPermanent)]
#[case(400, "NO_SUCH_RENOTE_TARGET", OutcomeClass::RejectedPermanent)]
#[case(400, "CANNOT_RENOTE_DUE_TO_VISIBILITY", OutcomeClass::RejectedPermanent)]
#[case(400, "CONTAINS_PROHIBITED_WORDS", OutcomeClass::RejectedPermanent)]
#[case(400, "INVALID_PARAM", OutcomeClass::RejectedPermanent)]
#[case(400, "NO_SUCH_FILE", OutcomeClass::RejectedTransient)]
#[case(429, "RATE_LIMIT_EXCEEDED", OutcomeClass::RejectedTransient)]
#[case(401, "AUTHENTICATION_FAILED", OutcomeClass::RejectedReauth)]
#[case(403, "AUTHENTICATION_FAILED", OutcomeClass::RejectedReauth)]
#[case(401, "CREDENTIAL_REQUIRED", OutcomeClass::RejectedReauth)]
#[case(403, "YOUR_ACCOUNT_SUSPENDED", OutcomeClass::RejectedReauth)]
#[case(403, "PERMISSION_DENIED", OutcomeClass::RejectedPermanent)]
#[case(500, "INTERNAL_ERROR", OutcomeClass::Unknown)]
fn an_error_of_the_api(#[case] status: u16, #[case] code: &str, #[case] class: OutcomeClass) {
    let body = format!(r#"{{"error":{{"code":"{code}","message":"said","id":"1","kind":"client"}}}}"#);
    let answer = answer(status, &body);
    let outcome = judged(&answer);
    assert_eq!(outcome.class(), class, "{outcome:?}");
    assert_eq!(outcome.why(), format!("{status}: {code}: said"));
    let is_gone = handles_after(&answer) == HandlesAfter::Forget;
    assert_eq!(is_gone, code == "NO_SUCH_FILE");
}

#[rstest]
#[case::removed(204, "", OutcomeClass::Published)]
#[case::gone(
    400,
    r#"{"error":{"code":"NO_SUCH_NOTE","message":"a"}}"#,
    OutcomeClass::Published
)]
#[case::not_ours(
    403,
    r#"{"error":{"code":"ACCESS_DENIED","message":"a"}}"#,
    OutcomeClass::RejectedPermanent
)]
#[case::proxy(404, HTML, OutcomeClass::RejectedPermanent)]
#[case::html(200, HTML, OutcomeClass::Unknown)]
#[case::twice_at_once(429, "", OutcomeClass::RejectedTransient)]
#[case::internal(500, "", OutcomeClass::Unknown)]
fn an_answer_to_a_withdrawal(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let outcome = withdrawal(&answer(status, body), "9abc", &credential(), now());
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

#[test]
fn when_to_come_back() {
    let mut limited = answer(429, "");
    limited.headers.insert("retry-after", "120".parse().unwrap());
    let Outcome::RejectedTransient { again, .. } = judged(&limited) else {
        panic!("not transient");
    };
    assert_eq!(again, Some("2026-11-21T10:02:00Z".parse().unwrap()));
}

#[test]
fn what_a_server_echoes_is_not_kept() {
    for status in [400, 401, 403, 429, 500] {
        let body = format!(r#"{{"error":{{"code":"A","message":"{CANARY}\n\u001b[0m"}}}}"#);
        let outcome = judged(&answer(status, &body));
        assert!(!format!("{outcome:?}").contains(CANARY), "{outcome:?}");
        assert!(!outcome.why().chars().any(char::is_control));
    }
}
