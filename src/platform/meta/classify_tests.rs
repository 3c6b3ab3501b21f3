use chrono::TimeDelta;
use reqwest::{StatusCode, header::HeaderMap};
use rstest::rstest;

use super::{
    super::testing::{CANARY, HTML, credential, fault, start},
    *,
};
use crate::domain::attempt::OutcomeClass::{self, *};

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.as_bytes().to_vec(),
    }
}

fn publication(dialect: Dialect, answer: &Answer) -> Reply {
    let credential = credential();
    let reader = Reader {
        credential: &credential,
        dialect,
        now: start(),
    };
    reader.publication(answer, |id| RemoteRef { id, url: None })
}

fn step(dialect: Dialect, answer: &Answer) -> Outcome {
    let credential = credential();
    let reader = Reader {
        credential: &credential,
        dialect,
        now: start(),
    };
    reader.step(answer)
}

const ALL: [Dialect; 3] = [Dialect::Facebook, Dialect::Instagram, Dialect::Threads];

#[rstest]
#[case::published(200, r#"{"id":"123_456"}"#, Published)]
#[case::odd_id(200, r#"{"id":"../1"}"#, Unknown)]
#[case::empty(200, "", Unknown)]
#[case::foreign(200, r#"{"success":true}"#, Unknown)]
#[case::html(200, HTML, Unknown)]
#[case::cut(200, r#"{"id":"12"#, Unknown)]
#[case::error_in_success(200, r#"{"error":{"code":190,"message":"a"}}"#, Unknown)]
#[case::redirect(302, "", Unknown)]
#[case::bare_400(400, "", Unknown)]
#[case::proxy_401(401, HTML, Unknown)]
#[case::proxy_403(403, HTML, Unknown)]
#[case::proxy_404(404, HTML, Unknown)]
#[case::timeout(408, "", Unknown)]
#[case::too_large(413, HTML, RejectedPermanent)]
#[case::too_many(429, "", RejectedTransient)]
#[case::internal(500, "", Unknown)]
#[case::bad_gateway(502, HTML, Unknown)]
#[case::no_code(400, r#"{"error":{"message":"a","type":"OAuthException"}}"#, RejectedReauth)]
#[case::no_code_and_no_type(400, r#"{"error":{"message":"a"}}"#, Unknown)]
fn an_answer_to_a_publication(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    for dialect in ALL {
        let outcome = publication(dialect, &answer(status, body)).outcome;
        assert_eq!(outcome.class(), class, "{dialect:?} {outcome:?}");
    }
}

#[rstest]
#[case(190, 0, RejectedReauth)]
#[case(190, 458, RejectedReauth)]
#[case(190, 459, RejectedReauth)]
#[case(190, 460, RejectedReauth)]
#[case(190, 463, RejectedReauth)]
#[case(190, 492, RejectedReauth)]
#[case(102, 0, RejectedReauth)]
#[case(3, 0, RejectedPermanent)]
#[case(10, 0, RejectedPermanent)]
#[case(200, 0, RejectedPermanent)]
#[case(299, 0, RejectedPermanent)]
#[case(17, 0, RejectedTransient)]
#[case(32, 0, RejectedTransient)]
#[case(341, 0, RejectedTransient)]
#[case(613, 0, RejectedTransient)]
#[case(80_001, 0, RejectedTransient)]
#[case(80_002, 0, RejectedTransient)]
#[case(1, 0, Unknown)]
#[case(2, 0, Unknown)]
#[case(100, 0, RejectedPermanent)]
#[case(12_345, 0, Unknown)]
fn a_code_that_all_three_have(#[case] code: i64, #[case] subcode: i64, #[case] class: OutcomeClass) {
    let body = fault(code, subcode).to_string();
    for dialect in ALL {
        for (status, class) in [(400, class), (500, Unknown)] {
            let outcome = publication(dialect, &answer(status, &body)).outcome;
            assert_eq!(outcome.class(), class, "{dialect:?} {outcome:?}");
        }
    }
}

#[rstest]
#[case::throttled(4, 0, RejectedTransient)]
#[case::twice(506, 0, RejectedDuplicate)]
#[case::posted_already(368, 1_404_082, RejectedDuplicate)]
#[case::photos_posted_already(1_366_051, 0, RejectedDuplicate)]
#[case::too_fast(368, 1_390_008, RejectedPermanent)]
#[case::confirm_identity(368, 4_854_002, RejectedPermanent)]
#[case::needs_authorisation(368, 1_404_078, RejectedPermanent)]
#[case::limited(368, 1_404_112, RejectedPermanent)]
#[case::standards(368, 1_404_102, RejectedPermanent)]
#[case::abusive(368, 1_346_003, RejectedPermanent)]
#[case::link(1_609_005, 0, RejectedPermanent)]
#[case::link_as_subcode(100, 1_609_005, RejectedPermanent)]
#[case::own_link(1_609_008, 0, RejectedPermanent)]
#[case::photo(1_366_046, 0, RejectedPermanent)]
#[case::processing(1_363_047, 0, RejectedTransient)]
#[case::processing_of_link(1_609_010, 0, RejectedTransient)]
fn a_code_of_pages(#[case] code: i64, #[case] subcode: i64, #[case] class: OutcomeClass) {
    let body = fault(code, subcode).to_string();
    let outcome = publication(Dialect::Facebook, &answer(400, &body)).outcome;
    assert_eq!(outcome.class(), class, "{outcome:?}");
}

/// What a code means before anything is published, and at the publication itself.
#[rstest]
#[case::download(-2, 2_207_003, RejectedTransient, Unknown)]
#[case::expired(-2, 2_207_020, RejectedTransient, RejectedTransient)]
#[case::server(-1, 2_207_001, RejectedTransient, Unknown)]
#[case::create(-1, 2_207_032, RejectedTransient, Unknown)]
#[case::upload(-1, 2_207_053, RejectedTransient, Unknown)]
#[case::thumbnail(1, 2_207_057, RejectedPermanent, Unknown)]
#[case::spam(4, 2_207_051, RejectedTransient, Unknown)]
#[case::throttled(4, 0, RejectedTransient, Unknown)]
#[case::day(9, 2_207_042, RejectedTransient, RejectedTransient)]
#[case::not_found(24, 2_207_006, RejectedPermanent, RejectedPermanent)]
#[case::no_builder(24, 2_207_008, RejectedTransient, RejectedTransient)]
#[case::restricted(25, 2_207_050, RejectedPermanent, RejectedPermanent)]
#[case::kind(100, 2_207_023, RejectedPermanent, RejectedPermanent)]
#[case::carousel(100, 2_207_028, RejectedPermanent, RejectedPermanent)]
#[case::tags(100, 2_207_040, RejectedPermanent, RejectedPermanent)]
#[case::child(100, 2_207_089, RejectedPermanent, RejectedPermanent)]
#[case::film(352, 2_207_026, RejectedPermanent, Unknown)]
#[case::fetch(9_004, 2_207_052, RejectedTransient, Unknown)]
#[case::not_ready(9_007, 2_207_027, RejectedTransient, RejectedTransient)]
#[case::size(36_000, 2_207_004, RejectedPermanent, Unknown)]
#[case::format(36_001, 2_207_005, RejectedPermanent, Unknown)]
#[case::aspect(36_003, 2_207_009, RejectedPermanent, Unknown)]
#[case::caption(36_004, 2_207_010, RejectedPermanent, Unknown)]
fn a_code_of_instagram(
    #[case] code: i64,
    #[case] subcode: i64,
    #[case] before: OutcomeClass,
    #[case] at_last: OutcomeClass,
) {
    let answer = answer(400, &fault(code, subcode).to_string());
    let reply = publication(Dialect::Instagram, &answer);
    let outcome = step(Dialect::Instagram, &answer);
    assert_eq!(outcome.class(), before, "{outcome:?}");
    assert_eq!(reply.outcome.class(), at_last, "{reply:?}");
    let is_gone = reply.handles == HandlesAfter::Forget;
    assert_eq!(
        is_gone,
        subcode == 2_207_020,
        "only what has expired is made anew"
    );
}

#[rstest]
#[case::not_seen_yet(24, 4_279_009, RejectedTransient, RejectedTransient)]
#[case::spam(4, 2_207_051, RejectedTransient, Unknown)]
#[case::throttled(4, 0, RejectedTransient, Unknown)]
#[case::restricted(100, 4_279_013, RejectedPermanent, RejectedPermanent)]
#[case::too_long(100, 0, RejectedPermanent, RejectedPermanent)]
fn a_code_of_threads(
    #[case] code: i64,
    #[case] subcode: i64,
    #[case] before: OutcomeClass,
    #[case] at_last: OutcomeClass,
) {
    let answer = answer(400, &fault(code, subcode).to_string());
    assert_eq!(step(Dialect::Threads, &answer).class(), before);
    let reply = publication(Dialect::Threads, &answer);
    assert_eq!(reply.outcome.class(), at_last, "{reply:?}");
    assert_eq!(reply.handles, HandlesAfter::Keep);
}

#[test]
fn too_many_links_stay_too_many() {
    let body = r#"{"error":{"code":-1,"message":"THREADS_API__LINK_LIMIT_EXCEEDED"}}"#;
    let outcome = step(Dialect::Threads, &answer(400, body));
    assert_eq!(outcome.class(), RejectedPermanent);
}

#[test]
fn what_may_pass_is_a_doubt_at_a_publication_alone() {
    let body = r#"{"error":{"code":12345,"message":"a","is_transient":true}}"#;
    for dialect in ALL {
        let answer = answer(400, body);
        assert_eq!(publication(dialect, &answer).outcome.class(), Unknown);
        assert_eq!(step(dialect, &answer).class(), RejectedTransient);
    }
}

#[rstest]
#[case::removed(200, r#"{"success":true}"#, Published)]
#[case::threads(200, r#"{"success":true,"deleted_id":"12"}"#, Published)]
#[case::not_removed(200, r#"{"success":false}"#, Unknown)]
#[case::html(200, HTML, Unknown)]
#[case::not_there_or_not_ours(
    400,
    r#"{"error":{"code":100,"error_subcode":33,"message":"a"}}"#,
    RejectedPermanent
)]
#[case::credential(400, r#"{"error":{"code":190,"message":"a"}}"#, RejectedReauth)]
#[case::somebody_else(404, HTML, Unknown)]
#[case::internal(500, "", Unknown)]
fn an_answer_to_a_removal(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let credential = credential();
    for dialect in [Dialect::Facebook, Dialect::Threads] {
        let reader = Reader {
            credential: &credential,
            dialect,
            now: start(),
        };
        let outcome = reader.removal(&answer(status, body), "12").outcome;
        assert_eq!(outcome.class(), class, "{outcome:?}");
    }
}

#[test]
fn a_throttle_lasts_as_long_as_it_says() {
    let mut limited = answer(400, &fault(80_001, 0).to_string());
    let usage = r#"{"1":[{"type":"pages","call_count":100,"estimated_time_to_regain_access":19}]}"#;
    limited
        .headers
        .insert("x-business-use-case-usage", usage.parse().unwrap());
    let reply = publication(Dialect::Facebook, &limited);
    let Outcome::RejectedTransient { again, .. } = reply.outcome else {
        panic!("not transient");
    };
    assert_eq!(again, Some(start() + TimeDelta::minutes(19)));
    assert_eq!(reply.budget.map(|budget| budget.remaining), Some(0));
}

#[test]
fn what_a_server_echoes_is_not_kept() {
    for code in [1, 10, 100, 190, 368, 506] {
        let body = format!(
            r#"{{"error":{{"code":{code},"message":"{CANARY}\n\u001b[0m","error_user_msg":"{CANARY}"}}}}"#
        );
        let outcome = publication(Dialect::Facebook, &answer(400, &body)).outcome;
        assert!(!format!("{outcome:?}").contains("canary"), "{outcome:?}");
        assert!(!outcome.why().chars().any(char::is_control));
        assert!(
            outcome.why().starts_with(&format!("400: {code}: ")),
            "{outcome:?}"
        );
    }
}
