//! Withdrawing.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::domain::attempt::OutcomeClass;

async fn remove(world: &World, id: &str) -> Outcome {
    let server = world.server.uri();
    let removal = Removal {
        instance: &server,
        remote_id: id,
        send_by: in_a_minute(),
    };
    let outcome = world.x.remove(&removal, &world.credential).await.outcome;
    assert!(!format!("{outcome:?}").contains("canary"), "{outcome:?}");
    outcome
}

#[rstest]
#[case::deleted(200, r#"{"data":{"deleted":true}}"#, OutcomeClass::Published)]
#[case::not_deleted(200, r#"{"data":{"deleted":false}}"#, OutcomeClass::Unknown)]
#[case::html(200, HTML, OutcomeClass::Unknown)]
#[case::gone(
    404,
    r#"{"title":"Not Found","type":"https://api.x.com/2/problems/resource-not-found"}"#,
    OutcomeClass::Published
)]
#[case::proxy(404, HTML, OutcomeClass::Unknown)]
#[case::unauthorised(401, "", OutcomeClass::RejectedReauth)]
#[case::forbidden(403, "", OutcomeClass::RejectedPermanent)]
#[case::too_many(429, "", OutcomeClass::RejectedTransient)]
#[case::internal(500, "", OutcomeClass::Unknown)]
#[tokio::test]
async fn an_answer_to_a_withdrawal(#[case] status: u16, #[case] body: &str, #[case] class: OutcomeClass) {
    let answer = ResponseTemplate::new(status).set_body_string(body);
    let world = World::answers("DELETE", "/2/tweets/12", answer).await;
    assert_eq!(remove(&world, "12").await.class(), class);
}

#[tokio::test]
async fn a_repost_is_taken_back_by_who_made_it() {
    let body = json!({ "data": { "retweeted": false } });
    let world = World::answers(
        "DELETE",
        "/2/users/7/retweets/12",
        ResponseTemplate::new(200).set_body_json(body),
    )
    .await;
    assert_eq!(
        remove(&world, "repost:7:12").await.class(),
        OutcomeClass::Published
    );
    assert_eq!(
        remove(&world, "../12").await.class(),
        OutcomeClass::RejectedPermanent
    );
    assert_eq!(world.requests().await, 1);
}
