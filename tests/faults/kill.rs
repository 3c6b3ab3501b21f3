//! SIGKILL at each step of the publish protocol and of what people do. `SEKISHO_FAULTS` says how many rounds.

use std::time::Duration;

use reqwest::StatusCode;
use rstest::rstest;
use sekisho::{
    domain::{
        actor::{Actor, Person, Scope},
        ids::PostId,
    },
    sandbox::{Fault, Rotation, TokenPlan},
    service::NewApiToken,
};
use serde_json::{Value, json};

use super::{End, Row};
use crate::support::{Town, database::Kind, http_client, number, raw::Raw};

/// The points of the protocol, in its order, each with the how-manieth time the process dies there, and how
/// many times later in each further round. There are not many claims.
const POINTS: &[(&str, u32, u32)] = &[
    ("woken", 2, 0),
    ("claimed", 2, 0),
    ("permitted", 9, 1),
    ("intending", 11, 1),
    ("intended", 13, 1),
    ("answered", 17, 1),
    ("recording", 19, 1),
    ("recorded", 23, 1),
];

const POSTS: usize = 200;

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn k4_to_k12_at_every_step_of_one_queue(#[case] kind: Kind) {
    for round in 0..number("SEKISHO_FAULTS", 1) {
        let row = Row::begin("K4–K12 at every step, one queue", kind, POSTS).await;
        let Some(mut row) = row else { return };
        row.hand_over().await;
        for (point, first, later) in POINTS {
            let point = format!("{point}:{}", first + later * round);
            row.node().dying_at(&point).start().death(&point).await;
        }
        killed_while_requests_are_under_way(&row).await;
        let last = row.node().start();
        row.settled().await;
        last.stop().await;
        row.finish(End::AllOut).await;
    }
}

/// The process dies while the platform works on its requests: some were taken, some were not.
async fn killed_while_requests_are_under_way(row: &Row) {
    row.platform(&[
        (Some(4), Fault::AcceptThenHang { ms: 900 }),
        (Some(4), Fault::Delay { ms: 700 }),
        (Some(4), Fault::CutBefore),
        (Some(4), Fault::LandLate { ms: 300 }),
    ])
    .await;
    let before = row.town.sandbox.arrivals().len();
    let node = row.node().start();
    row.arrived(before + 10).await;
    node.kill();
    row.platform(&[]).await;
}

/// One death each; a platform with keys takes the same request again, and one post is visible.
#[rstest]
#[case::k4("K4 woken, before the claim", "woken:2")]
#[case::k5("K5 claimed, before the intent", "claimed:1")]
#[case::k5b("K5 permitted, before the intent", "permitted:3")]
#[case::k5c("K5 inside the intent's transaction", "intending:3")]
#[case::k6("K6 intent committed, no byte sent", "intended:3")]
#[case::k10("K10 answer read, not recorded", "answered:3")]
#[case::k11("K11 inside the outcome's transaction", "recording:3")]
#[case::k12("K12 outcome recorded", "recorded:3")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn at_a_point(
    #[case] name: &'static str,
    #[case] point: &str,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(mut row) = Row::begin(name, kind, 20).await else {
        return;
    };
    row.hand_over().await;
    row.node().dying_at(point).start().death(point).await;
    let last = row.node().start();
    row.settled().await;
    last.stop().await;
    row.finish(End::AllOut).await;
}

/// The same where the platform has no keys: what may be out is looked up and never sent again.
#[rstest]
#[case::k6("K6 intent committed, platform without keys", "intended:3")]
#[case::k10("K10 answer read, platform without keys", "answered:3")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn at_a_point_without_keys(
    #[case] name: &'static str,
    #[case] point: &str,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(mut row) = Row::begin(name, kind, 10).await else {
        return;
    };
    row.without_keys().await;
    row.hand_over().await;
    row.node().dying_at(point).start().death(point).await;
    let last = row.node().start();
    row.settled().await;
    last.stop().await;
    row.finish(End::OutOrSeen).await;
}

/// Killed from outside while the platform holds the requests.
#[rstest]
#[case::k7("K7 mid-request, it lands later", Fault::LandLate { ms: 700 })]
#[case::k8("K8 sent, platform has not committed", Fault::Delay { ms: 900 })]
#[case::k9("K9 platform has committed, answer lost", Fault::AcceptThenHang { ms: 900 })]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
async fn under_way(
    #[case] name: &'static str,
    #[case] fault: Fault,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(mut row) = Row::begin(name, kind, 20).await else {
        return;
    };
    row.hand_over().await;
    row.platform(&[(Some(10), fault)]).await;
    let node = row.node().start();
    row.arrived(5).await;
    node.kill();
    let last = row.node().start();
    row.settled().await;
    last.stop().await;
    row.finish(End::AllOut).await;
}

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

/// The client that got no answer asks again with its key, until the dead process's claim on it is over.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: scripts/fault-matrix"]
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
    let (status, view) = again(format!("{url}/v1/posts"), &clerk, "faults-1", &body).await;
    assert_eq!(
        (status, posts(&row.town).await),
        (StatusCode::CREATED, 1),
        "{view}"
    );
    node.stop().await;
    sign_and_publish(row, &view, text).await;
}

/// Asks until the key is free: the dead process had it.
async fn again(url: String, token: &str, key: &str, body: &Value) -> (StatusCode, Value) {
    for _ in 0..400 {
        let answer = ask(url.clone(), token, Some(key), body).await.expect("an answer");
        if answer.0 != StatusCode::CONFLICT {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the key of a dead process is never free");
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
    let app = crate::support::town::wire(
        &town.database,
        &town.clock,
        crate::support::town::quick_dispatch("signing"),
    )
    .await;
    for person in [&town.people.section_chief, &town.people.director] {
        let seen = app
            .service
            .post(person, id)
            .await
            .expect("the post")
            .revision
            .digest;
        let approval = sekisho::service::Approval {
            seen,
            acknowledgements: Vec::new(),
        };
        app.service
            .approve(person, id, approval)
            .await
            .expect("a sign-off");
    }
    app.store.close().await;
    let node = row.node().start();
    row.settled().await;
    node.stop().await;
    row.finish(End::AllOut).await;
}

/// A declaration that was not answered holds nothing; the next one holds everything that has not left.
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
    let (status, said) = ask(format!("{url}/v1/emergencies"), &officer, Some("faults-3"), &body)
        .await
        .expect("an answer");
    assert_eq!(
        (status, row.town.database.ask(declared).await),
        (StatusCode::CREATED, vec!["1".to_owned()]),
        "{said}"
    );
    row.platform(&[]).await;
    row.settled().await;
    node.stop().await;
    row.finish(End::OutOrSeen).await;
}

/// The process dies in the middle of a refresh: before it, with the new token in hand and nothing written, or
/// after it was stored and before it was used. Only a token that is lost on a platform that takes no old one a
/// second time calls a person, and then every post stands where people see it.
#[rstest]
#[case::before(
    "K13 refresh written down, not asked for",
    "refreshing",
    Rotation::Strict,
    End::AllOut
)]
#[case::stored("K13 new token stored, not used", "renewed", Rotation::Strict, End::AllOut)]
#[case::lost(
    "K13 new token lost, old one still taken",
    "refreshed",
    Rotation::Lenient,
    End::AllOut
)]
#[case::spent(
    "K13 new token lost, old one spent",
    "refreshed",
    Rotation::Strict,
    End::OutOrSeen
)]
#[tokio::test(flavor = "multi_thread")]
async fn k13_during_a_token_refresh(
    #[case] name: &'static str,
    #[case] point: &str,
    #[case] rotation: Rotation,
    #[case] end: End,
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(mut row) = Row::begin(name, kind, 10).await else {
        return;
    };
    let plan = |life_seconds| TokenPlan {
        life_seconds,
        rotation,
        lose_answers: 0,
    };
    // It is to be renewed at once; the next one is good for an hour.
    row.town.consent(plan(1)).await;
    let lasting = serde_json::to_value(plan(3600)).expect("a plan");
    row.town.control("tokens", lasting).await;
    row.hand_over().await;
    row.node().dying_at(point).start().death(point).await;
    let last = row.node().start();
    row.settled().await;
    last.stop().await;
    row.finish(end).await;
}
