//! SIGKILL while people work: what they hand in, sign and declare is there as a whole or not at all.

use std::time::Duration;

use reqwest::StatusCode;
use rstest::rstest;
use sekisho::{
    domain::{
        actor::{Actor, Person, Scope},
        ids::PostId,
    },
    sandbox::Fault,
    service::{Approval, NewApiToken},
};
use serde_json::{Value, json};

use super::{End, Row};
use crate::support::{
    Town,
    database::Kind,
    http_client,
    raw::Raw,
    town::{quick_dispatch, wire},
};

/// A fresh token of a person, for a process that only knows the database.
async fn token(town: &Town, person: &Person, scopes: &[Scope]) -> String {
    let new = NewApiToken {
        user: person.user,
        label: "faults".to_owned(),
        scopes: scopes.iter().copied().collect(),
        expires_at: town.app.service.now() + chrono::Duration::days(1),
    };
    let issued = town
        .app
        .service
        .issue_token(town.organization, new, Actor::Operator)
        .await;
    issued.expect("a token").expose().to_owned()
}

/// A request that the process may not live to answer.
async fn ask(url: String, token: &str, key: Option<&str>, body: &Value) -> Option<(StatusCode, Value)> {
    let mut request = http_client().post(url).bearer_auth(token).json(body);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let answer = request.timeout(Duration::from_secs(20)).send().await.ok()?;
    let status = answer.status();
    Some((status, answer.json().await.ok()?))
}

async fn posts(town: &Town) -> usize {
    let count = Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM posts");
    town.database.ask(count).await[0].parse().expect("a number")
}

/// The client that got no answer asks again with its key: nothing was kept, not even the key.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn k1_before_the_commit_of_what_a_clerk_hands_in(#[case] kind: Kind) {
    while_a_clerk_hands_in("K1 before the commit of a new post", "accepting", 0, kind).await;
}

/// The client that got no answer asks again with its key, and gets the answer of the dead process.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn k2_after_that_commit_and_before_the_answer(#[case] kind: Kind) {
    while_a_clerk_hands_in("K2 after that commit, before the 201", "accepted", 1, kind).await;
}

async fn while_a_clerk_hands_in(name: &'static str, point: &str, kept: usize, kind: Kind) {
    let Some(mut row) = Row::begin(name, kind, 0).await else {
        return;
    };
    let clerk = token(&row.town, &row.town.people.clerk, &[Scope::Read, Scope::Write]).await;
    row.hand_over().await;
    let text = "図書館は明日、休館します。";
    let body = json!({
        "text": text, "targets": [{ "account": row.town.account.to_string() }],
        "publish": { "mode": "on_approval" }, "submit": true,
    });
    let (node, url) = row.node().dying_at(point).start_listening();
    let answer = ask(format!("{url}/v1/posts"), &clerk, Some("faults-1"), &body).await;
    assert_eq!(answer, None, "it died before it could answer");
    node.death(point).await;
    assert_eq!(posts(&row.town).await, kept);
    let (node, url) = row.node().start_listening();
    let answer = ask(format!("{url}/v1/posts"), &clerk, Some("faults-1"), &body).await;
    let (status, view) = answer.expect("an answer, at once");
    assert_eq!(
        (status, posts(&row.town).await),
        (StatusCode::CREATED, 1),
        "{view}"
    );
    node.stop().await;
    sign_and_publish(row, &view, text).await;
}

/// Both stages sign through one gateway each, the first of which dies inside the transaction.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn k3_in_the_middle_of_an_approval(#[case] kind: Kind) {
    let Some(mut row) = Row::begin("K3 inside the transaction of an approval", kind, 0).await else {
        return;
    };
    let text = "水道工事のため断水します。";
    let view = row.town.submit(row.town.draft(text)).await;
    let post = view.post.id;
    let chief = token(
        &row.town,
        &row.town.people.section_chief,
        &[Scope::Read, Scope::Approve],
    )
    .await;
    row.hand_over().await;
    let digest = json!({ "digest": view.revision.digest.to_string() });
    let (node, url) = row.node().dying_at("approving").start_listening();
    let answer = ask(approve(&url, &post.to_string()), &chief, None, &digest).await;
    assert_eq!(answer, None, "it died before it could answer");
    node.death("approving").await;
    let signed = Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM sign_offs");
    assert_eq!(
        row.town.database.ask(signed).await,
        ["0"],
        "nothing of it was kept"
    );
    let view = json!({ "id": post.to_string(), "revision": { "digest": view.revision.digest.to_string() } });
    sign_and_publish(row, &view, text).await;
}

fn approve(url: &str, post: &str) -> String {
    format!("{url}/v1/posts/{post}/approve")
}

/// The rest of a post's life, by a gateway that lives.
async fn sign_and_publish(mut row: Row, view: &Value, text: &str) {
    row.expect(text);
    let id: PostId = view["id"].as_str().expect("an id").parse().expect("an id");
    let town = &row.town;
    let app = wire(&town.database, &town.clock, quick_dispatch("signing")).await;
    for person in [&town.people.section_chief, &town.people.director] {
        let seen = app
            .service
            .post(person, id)
            .await
            .expect("the post")
            .revision
            .digest;
        let approval = Approval {
            seen,
            acknowledgements: Vec::new(),
            attestations: Vec::new(),
        };
        app.service
            .approve(person, id, approval)
            .await
            .expect("a sign-off");
    }
    app.store.close().await;
    row.end_with_another(End::AllOut).await;
}

/// A declaration that was not answered holds nothing; the same one again holds everything that has not left.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn k14_while_an_emergency_is_declared(#[case] kind: Kind) {
    let row = Row::begin("K14 inside the declaration of an emergency", kind, 10).await;
    let Some(mut row) = row else { return };
    let officer = token(
        &row.town,
        &row.town.people.duty_officer,
        &[Scope::Read, Scope::Approve],
    )
    .await;
    let ends = row.town.app.service.now() + chrono::Duration::hours(1);
    row.hand_over().await;
    // Nothing leaves meanwhile, so that there is something to hold.
    row.platform(&[(None, Fault::Status { code: 503 })]).await;
    let body = json!({
        "kind": "earthquake", "reason": "震度6弱", "accounts": [row.town.account.to_string()],
        "expires_at": ends.to_rfc3339(),
    });
    let (node, url) = row.node().dying_at("declaring").start_listening();
    let answer = ask(format!("{url}/v1/emergencies"), &officer, Some("faults-2"), &body).await;
    assert_eq!(answer, None, "it died before it could answer");
    node.death("declaring").await;
    let declared = Raw::same("SELECT CAST(COUNT(*) AS TEXT) FROM emergencies");
    assert_eq!(
        row.town.database.ask(declared).await,
        ["0"],
        "nothing of it was kept"
    );
    let (node, url) = row.node().start_listening();
    let (status, said) = ask(format!("{url}/v1/emergencies"), &officer, Some("faults-2"), &body)
        .await
        .expect("an answer");
    assert_eq!(
        (status, row.town.database.ask(declared).await),
        (StatusCode::CREATED, vec!["1".to_owned()]),
        "{said}"
    );
    row.platform(&[]).await;
    row.end_with(node, End::OutOrSeen).await;
}
