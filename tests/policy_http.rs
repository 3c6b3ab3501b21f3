//! Versions of a policy over the real router: seen, signed by two, refused, and what that changes.

use rstest::rstest;
use sekisho::{gate::PolicyDocument, service::Imported};
use serde_json::{Value, json};

use crate::support::{Town, database::Kind, http::Http, town::ALWAYS_OPEN};

fn fewer_shorteners(document: &mut PolicyDocument) {
    document.shorteners.remove("bit.ly");
}

/// The rules that block a text with a short address.
async fn blocks(http: &Http<'_>, town: &Town) -> Vec<String> {
    let draft = json!({
        "text": "くわしくは https://bit.ly/abc へ。", "targets": [{ "account": town.account.to_string() }],
        "publish": { "mode": "on_approval" },
    });
    let answer = http.post(&town.people.clerk, "/v1/checks", draft).await;
    answer.blocked_by()
}

async fn waiting(http: &Http<'_>, town: &Town) -> Value {
    http.get(&town.people.auditor, "/v1/policy").await.ok()
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_looser_version_is_signed_by_two_people_over_http(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (http, people) = (Http::of(&town), &town.people);
    town.import_policy(ALWAYS_OPEN, fewer_shorteners).await;
    let policy = waiting(&http, &town).await;
    let proposal = &policy["proposals"][0];
    assert_eq!(proposal["loosens"][0]["examples"], json!(["bit.ly"]));
    assert_eq!(proposal["needs"], "administrator_and_auditor");
    assert_eq!(blocks(&http, &town).await, ["link.shortener"]);

    let sign = format!(
        "/v1/policy/proposals/{}/sign",
        proposal["id"].as_str().expect("an id")
    );
    let digest = &proposal["version"]["digest"];
    let signature = |signer: &str| json!({ "digest": digest, "as": signer });
    let by_clerk = http.post(&people.clerk, &sign, signature("auditor")).await;
    assert_eq!(by_clerk.status, 403);
    let stale = json!({ "digest": policy["in_force"]["digest"], "as": "auditor" });
    let stale = http.post(&people.auditor, &sign, stale).await;
    assert_eq!(
        (stale.status.as_u16(), &stale.json["current_digest"]),
        (409, digest)
    );
    let first = http
        .post(&people.administrator, &sign, signature("administrator"))
        .await
        .ok();
    assert_eq!(
        (&first["state"], first["signatures"].as_array().map(Vec::len)),
        (&json!("open"), Some(1))
    );
    assert_eq!(
        blocks(&http, &town).await,
        ["link.shortener"],
        "one signature changes nothing"
    );
    let last = http.post(&people.auditor, &sign, signature("auditor")).await.ok();
    assert_eq!(last["state"], "in_force");
    assert_eq!(blocks(&http, &town).await, [""; 0]);
    let policy = waiting(&http, &town).await;
    assert_eq!(
        (&policy["in_force"]["digest"], &policy["proposals"]),
        (digest, &json!([]))
    );
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_refused_version_changes_nothing_over_http(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (http, people) = (Http::of(&town), &town.people);
    let imported = town.import_policy(ALWAYS_OPEN, fewer_shorteners).await;
    let Imported::Proposed { proposal, digest, .. } = imported else {
        panic!("{imported:?}")
    };
    let reject = format!("/v1/policy/proposals/{proposal}/reject");
    let without = http.post(&people.auditor, &reject, json!({ "reason": "" })).await;
    without.invalid("/reason", "required");
    let refused = http
        .post(&people.auditor, &reject, json!({ "reason": "外す理由がない。" }))
        .await
        .ok();
    assert_eq!(refused["state"], "rejected");
    let sign = format!("/v1/policy/proposals/{proposal}/sign");
    let late = json!({ "digest": digest.to_string(), "as": "administrator" });
    assert_eq!(http.post(&people.administrator, &sign, late).await.status, 409);
    assert_eq!(blocks(&http, &town).await, ["link.shortener"]);
    assert_eq!(waiting(&http, &town).await["proposals"], json!([]));
}
