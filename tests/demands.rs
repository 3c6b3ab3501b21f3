//! What a profile demands besides rules, over the real router: attestations, routes and texts of accounts.

use rstest::rstest;
use sekisho::{
    domain::{delivery::DeliveryPhase, ids::PostId},
    service::{Brought, Imported},
};
use serde_json::{Value, json};

use crate::support::{
    Town,
    database::Kind,
    http::{Answer, Http},
    town::{ALWAYS_OPEN, Clocked},
};

const DEMANDS: &str = r#"
[[routes]]
asks = ["approver"]
clauses = ["KUR-6.3"]

[[attestations]]
name = "careful"
by = "author"
text = { ja = "責任を持って作成した。", en = "I wrote this responsibly." }
clauses = ["KUR-4.1"]

[[attestations]]
name = "checked"
by = "approver"
text = { ja = "正確であることを確かめた。", en = "I checked that it is exact." }

[account_policy]
purpose = ["KUR-5.4"]
official_page = []
"#;

/// The policy after that asks the publicity division too.
const MORE: &str = r#"
[[routes]]
asks = ["role:publicity"]

[[attestations]]
name = "approved_wording"
by = "role:publicity"
text = { ja = "表現を確かめた。", en = "I checked the wording." }
"#;

fn demanding() -> String {
    format!("{ALWAYS_OPEN}{DEMANDS}")
}

async fn town_on(kind: Kind) -> Option<Town> {
    Town::build(kind, Clocked::System, &demanding()).await
}

fn draft(town: &Town, attestations: &[&str]) -> Value {
    json!({
        "text": "図書館は12月6日に休館します。", "targets": [{ "account": town.account.to_string() }],
        "publish": { "mode": "on_approval" }, "submit": true, "attestations": attestations,
    })
}

/// The names of a post's attestations in a state.
fn in_state(post: &Value, state: &str) -> Vec<String> {
    let all = post["attestations"].as_array().expect("attestations");
    let found = all.iter().filter(|asked| asked["state"] == state);
    found
        .map(|asked| asked["name"].as_str().expect("a name").to_owned())
        .collect()
}

async fn fill(http: &Http<'_>, town: &Town) -> Value {
    let texts = json!({ "texts": {
        "purpose": { "ja": "市政情報を早く届けるため。", "en": "To bring news early." },
        "official_page": { "ja": "https://www.city.akebono.lg.jp/sns/" },
    } });
    let path = format!("/v1/accounts/{}/policy", town.account);
    http.put(&town.people.administrator, &path, texts).await.ok()
}

fn id_of(post: &Value) -> PostId {
    post["id"].as_str().expect("an id").parse().expect("an id")
}

async fn approve(
    http: &Http<'_>,
    person: &sekisho::domain::actor::Person,
    post: &Value,
    names: &[&str],
) -> Answer {
    let path = format!("/v1/posts/{}/approve", id_of(post));
    http.post(
        person,
        &path,
        json!({ "digest": post["digest"], "attestations": names }),
    )
    .await
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_post_leaves_when_everybody_assured_what_the_policy_asks(#[case] kind: Kind) {
    let Some(town) = town_on(kind).await else { return };
    let (http, people) = (Http::of(&town), &town.people);
    fill(&http, &town).await;

    let trial = http
        .post(&people.clerk, "/v1/checks", draft(&town, &[]))
        .await
        .ok();
    assert_eq!(
        trial["passes"], true,
        "a dry run shows what will be asked: {trial}"
    );
    assert_eq!(trial["findings"][0]["rule"], "attestation.missing");
    assert_eq!(trial["findings"][0]["clauses"], json!(["KUR-4.1"]));

    let silent = http.post(&people.clerk, "/v1/posts", draft(&town, &[])).await;
    assert_eq!(silent.blocked_by(), ["attestation.missing"]);
    let message = silent.json["findings"][0]["message"]["ja"]
        .as_str()
        .expect("a message");
    assert!(message.contains("責任を持って作成した。"), "{message}");
    let wrong = http
        .post(&people.clerk, "/v1/posts", draft(&town, &["careful", "checked"]))
        .await;
    wrong.invalid("/attestations/1", "attestation-unknown");
    let mut later = draft(&town, &["careful"]);
    later["submit"] = false.into();
    let later = http.post(&people.clerk, "/v1/posts", later).await;
    later.invalid("/attestations", "attestations-later");

    let post = http
        .post(&people.clerk, "/v1/posts", draft(&town, &["careful"]))
        .await
        .ok();
    assert_eq!(
        (in_state(&post, "given"), in_state(&post, "due")),
        (vec!["careful".into()], vec!["checked".into()])
    );
    assert_eq!(
        post["attestations"][0]["given"][0]["by"],
        people.clerk.user.to_string()
    );
    let refused = approve(&http, &people.section_chief, &post, &[]).await;
    assert_eq!(refused.blocked_by(), ["attestation.missing"]);
    let decided = approve(&http, &people.section_chief, &post, &["checked"])
        .await
        .ok();
    assert_eq!(in_state(&decided["post"], "given"), ["careful", "checked"]);
    let foreign = approve(&http, &people.director, &post, &["checked"]).await;
    foreign.invalid("/attestations/0", "attestation-unknown");
    approve(&http, &people.director, &post, &[]).await.ok();
    town.run_until(id_of(&post), DeliveryPhase::Published).await;

    let history = http
        .get(&people.auditor, &format!("/v1/posts/{}/history", id_of(&post)))
        .await
        .ok();
    let attested = history.to_string().matches("post.attested").count();
    assert_eq!(attested, 2, "{history}");
    let report = town.verify(&[]).await;
    assert!(report.is_sound(), "{report:?}");
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn an_edit_voids_what_was_assured(#[case] kind: Kind) {
    let Some(town) = town_on(kind).await else { return };
    let (http, people) = (Http::of(&town), &town.people);
    fill(&http, &town).await;
    let created = http
        .post(&people.clerk, "/v1/posts", draft(&town, &["careful"]))
        .await;
    let tag = created.tag.clone().expect("a tag");
    let post = created.ok();
    let path = format!("/v1/posts/{}", id_of(&post));
    approve(&http, &people.section_chief, &post, &["checked"])
        .await
        .ok();
    let tag_now = http.get(&people.clerk, &path).await.tag.expect("a tag");
    assert_ne!(tag, tag_now);

    let again = json!({ "text": "図書館は12月7日に休館します。", "submit": true });
    let refused = http.patch(&people.clerk, &path, &tag_now, again.clone()).await;
    assert_eq!(refused.blocked_by(), ["attestation.missing"]);
    let edited = http
        .patch(&people.clerk, &path, &tag_now, json!({ "text": again["text"] }))
        .await
        .ok();
    assert_eq!(in_state(&edited, "given"), [""; 0]);
    let submit = format!("{path}/submit");
    let without = http.post(&people.clerk, &submit, Value::Null).await;
    assert_eq!(without.blocked_by(), ["attestation.missing"]);
    let handed = http
        .post(&people.clerk, &submit, json!({ "attestations": ["careful"] }))
        .await
        .ok();
    assert_eq!(in_state(&handed["post"], "given"), ["careful"]);
    let stale = approve(&http, &people.section_chief, &handed["post"], &[]).await;
    assert_eq!(
        stale.blocked_by(),
        ["attestation.missing"],
        "the chief assured another content"
    );
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn what_a_newer_policy_asks_is_asked_before_it_leaves(#[case] kind: Kind) {
    let Some(town) = town_on(kind).await else { return };
    let (http, people) = (Http::of(&town), &town.people);
    fill(&http, &town).await;
    let post = http
        .post(&people.clerk, "/v1/posts", draft(&town, &["careful"]))
        .await
        .ok();
    approve(&http, &people.section_chief, &post, &["checked"])
        .await
        .ok();
    approve(&http, &people.director, &post, &[]).await.ok();
    let stricter = demanding().replacen("[account_policy]", &format!("{MORE}[account_policy]"), 1);
    let document = sekisho::app::policy_document(&stricter).expect("a profile");
    let service = &town.app.service;
    let by = sekisho::domain::actor::Actor::Operator;
    let imported = service
        .import_policy(town.organization, Brought::from(document), by)
        .await;
    assert!(matches!(imported, Ok(Imported::InForce(_))), "{imported:?}");
    town.run_until(id_of(&post), DeliveryPhase::Held).await;
    assert_eq!(town.arrived(), [""; 0]);

    let path = format!("/v1/posts/{}/acknowledge", id_of(&post));
    let word = json!({ "digest": post["digest"], "attestations": ["approved_wording"] });
    http.post(&people.director, &path, word).await.ok();
    town.run_until(id_of(&post), DeliveryPhase::Published).await;
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn an_account_without_its_texts_does_not_speak(#[case] kind: Kind) {
    let Some(town) = town_on(kind).await else { return };
    let (http, people) = (Http::of(&town), &town.people);
    let path = format!("/v1/accounts/{}/policy", town.account);
    let before = http.get(&people.clerk, &path).await.ok();
    assert_eq!(before["versions"], json!([]));
    let empty: Vec<&Value> = before["required"].as_array().expect("fields").iter().collect();
    assert_eq!(
        (empty.len(), &empty[0]["empty"], &empty[0]["title"]["ja"]),
        (2, &json!(true), &json!("目的"))
    );
    let refused = http
        .post(&people.clerk, "/v1/posts", draft(&town, &["careful"]))
        .await;
    assert_eq!(refused.blocked_by(), ["account.policy_incomplete"]);

    let texts = json!({ "texts": { "official_page": { "ja": "広報課のページ" } } });
    let by_clerk = http.put(&people.clerk, &path, texts.clone()).await;
    assert_eq!(by_clerk.status, 403);
    let wrong = http.put(&people.administrator, &path, texts).await;
    wrong.invalid("/texts/official_page", "url");
    for (field, hidden) in [
        ("official_page", "https://bit.ly/akebono"),
        ("purpose", "くわしくは ｂｉｔ．ｌｙ／akebono まで"),
    ] {
        let texts = json!({ "texts": { field: { "ja": hidden } } });
        let wrong = http.put(&people.administrator, &path, texts).await;
        wrong.invalid(&format!("/texts/{field}"), "link-closed");
    }
    let colour = json!({ "texts": { "colour": { "ja": "青" } } });
    assert_eq!(http.put(&people.administrator, &path, colour).await.status, 422);
    let half = json!({ "texts": { "purpose": { "ja": "広報" } } });
    let half = http.put(&people.administrator, &path, half).await.ok();
    assert_eq!(
        (&half["versions"][0]["version"], &half["required"][1]["empty"]),
        (&json!(1), &json!(true))
    );
    let whole = fill(&http, &town).await;
    assert_eq!(whole["versions"][0]["version"], 2);
    assert_eq!(whole["versions"][1]["texts"]["purpose"]["ja"], "広報");
    http.post(&people.clerk, "/v1/posts", draft(&town, &["careful"]))
        .await
        .ok();
    let history = http.get(&people.auditor, "/v1/ledger").await.ok().to_string();
    assert_eq!(history.matches("account.policy_set").count(), 2, "{history}");
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_route_below_the_policy_is_refused_where_it_is_entered(#[case] kind: Kind) {
    let Some(town) = town_on(kind).await else { return };
    let (http, people) = (Http::of(&town), &town.people);
    let path = format!("/v1/accounts/{}/route", town.account);
    let publicity = json!([{ "title": "広報課", "requirement": "role:publicity" }]);
    let lacking = http
        .put(&people.administrator, &path, json!({ "route": publicity }))
        .await;
    lacking.invalid("/route", "finding-route-below-policy");
    let message = lacking.json["errors"][0]["message"].as_str().expect("a message");
    assert!(message.contains("所属の承認者"), "{message}");
    let empty = http
        .put(&people.administrator, &path, json!({ "route": [] }))
        .await;
    empty.invalid("/route", "route-empty");
    let new = json!({
        "platform": "mastodon", "instance": "https://social.example.jp", "handle": "bosai", "name": "防災",
        "route": publicity, "divisions": [town.division.to_string()],
    });
    let registering = http.post(&people.administrator, "/v1/accounts", new).await;
    registering.invalid("/route", "finding-route-below-policy");

    let chief = json!([{ "title": "課長", "requirement": format!("approver:{}", town.division) }]);
    let by_clerk = http.put(&people.clerk, &path, json!({ "route": chief })).await;
    assert_eq!(by_clerk.status, 403);
    let changed = http
        .put(&people.administrator, &path, json!({ "route": chief }))
        .await
        .ok();
    assert_eq!(changed["route"], chief);
    fill(&http, &town).await;
    let post = http
        .post(&people.clerk, "/v1/posts", draft(&town, &["careful"]))
        .await
        .ok();
    let decided = approve(&http, &people.section_chief, &post, &["checked"])
        .await
        .ok();
    assert_eq!(
        decided["post"]["state"], "approved",
        "one stage is all that is left"
    );
}
