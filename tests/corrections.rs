//! A correction (訂正) is a post of its own, through the same gate, and puts other words in place of what is out; on
//! both databases, over real HTTP.

mod pages;

use rstest::rstest;
use sekisho::{
    domain::attempt::RemoteRef,
    domain::{
        delivery::{DeliveryPhase, Resolution},
        hold::HoldCause,
        ids::PostId,
        revision::{Act, Kind as PostKind},
        withdrawal::WithdrawalPhase,
    },
    sandbox::{Fault, FaultPlan, FaultRule, On},
    service::{Draft, DraftTarget, Once, ServiceError, Settling},
};
use serde_json::{Value, json};

use crate::support::{Town, database::Kind, http::Http, steps::blocked_by};

const WRONG: &str = "給水は午前9時からです。";
const RIGHT: &str = "給水は午後9時からです。(時刻を訂正しました)";

async fn out(town: &Town, text: &str) -> PostId {
    let post = town.walk(town.draft(text)).await;
    town.run_until(post, DeliveryPhase::Published).await;
    post
}

fn correction(town: &Town, text: &str, refers_to: &str) -> Draft {
    let target = DraftTarget {
        account: town.account,
        text: None,
        media: Vec::new(),
        parts: None,
        refers_to: Some(refers_to.to_owned()),
        audience: None,
    };
    Draft {
        act: Act::Correct,
        kind: PostKind::Correction,
        targets: vec![target],
        ..town.draft(text)
    }
}

async fn correct(town: &Town, post: PostId) -> PostId {
    let id = town.delivery(post).await.id.to_string();
    town.walk(correction(town, RIGHT, &id)).await
}

async fn meet(town: &Town, on: On, fault: Fault) {
    let rule = FaultRule {
        on,
        account: None,
        times: Some(1),
        skip: 0,
        fault,
    };
    town.set_faults(FaultPlan { faults: vec![rule] }).await;
}

fn handed_in(town: &Town, refers_to: &str) -> Value {
    json!({
        "act": "correct", "text": RIGHT, "publish": { "mode": "on_approval" }, "submit": true,
        "targets": [{ "account": town.account.to_string(), "refers_to": refers_to }],
    })
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_correction_takes_the_place_and_both_posts_tell(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (http, people) = (Http::of(&town), &town.people);
    let wrong = out(&town, WRONG).await;
    let of_wrong = format!("/v1/posts/{wrong}");
    let before = http.get(&people.clerk, &of_wrong).await;
    let delivery = town.delivery(wrong).await;
    let remote = delivery.series.first().expect("it is out").clone();

    let created = http
        .post(
            &people.clerk,
            "/v1/posts",
            handed_in(&town, &delivery.id.to_string()),
        )
        .await
        .ok();
    assert_eq!(
        (&created["act"], &created["kind"]),
        (&json!("correct"), &json!("correction"))
    );
    assert_eq!(
        created["targets"][0]["refers_to"],
        json!(remote.id),
        "what is signed is what leaves"
    );
    let right: PostId = created["id"].as_str().expect("an id").parse().expect("an id");
    assert_eq!(town.visible(), [WRONG], "nobody signed yet");
    let view = town.view(right).await;
    town.sign(&view, &people.section_chief).await;
    town.sign(&view, &people.director).await;
    town.run_until(right, DeliveryPhase::Published).await;

    assert_eq!(town.visible(), [RIGHT]);
    let status = &town.sandbox.statuses()[0];
    assert_eq!((&status.id, status.edits[0].text.as_str()), (&remote.id, WRONG));
    let after = http.get(&people.clerk, &of_wrong).await;
    assert_ne!(before.tag, after.tag, "it is told anew");
    let corrected_by = &after.ok()["deliveries"][0]["corrected_by"];
    assert_eq!(corrected_by.as_array().map(Vec::len), Some(1), "{corrected_by}");
    assert_eq!(corrected_by[0]["post"], json!(right.to_string()));
    assert!(!corrected_by[0]["at"].is_null());
    let history = http.get(&people.clerk, &format!("{of_wrong}/history")).await.ok();
    let entries = history["items"].as_array().expect("entries");
    let told = entries.iter().find(|entry| entry["verb"] == "delivery.corrected");
    let told = told.expect("the corrected delivery's own entry");
    assert_eq!(told["details"]["by_post"], json!(right.to_string()));
    let later = http.get(&people.clerk, &format!("/v1/posts/{right}")).await.ok();
    assert_eq!(later["deliveries"][0]["corrected_by"], json!([]));
    assert!(town.verify(&[]).await.problems.is_empty());
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn only_what_is_ours_and_out_is_corrected(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (http, people) = (Http::of(&town), &town.people);
    let clerk = &people.clerk;
    let wrong = out(&town, WRONG).await;
    let waiting = town.submit(town.draft("まだ出ていません。")).await;
    let waiting = waiting.deliveries[0].delivery.id.to_string();
    let pointer = "/targets/0/refers_to";
    for (refers_to, code) in [
        ("109", "refers-to-not-ours"),
        (waiting.as_str(), "refers-to-not-out"),
    ] {
        for path in ["/v1/posts", "/v1/checks"] {
            let mut body = handed_in(&town, refers_to);
            body["submit"] = json!(null);
            let answer = http.post(clerk, path, body).await;
            answer.invalid(pointer, code);
        }
    }
    let mut unnamed = handed_in(&town, "");
    unnamed["targets"][0]["refers_to"] = Value::Null;
    let answer = http.post(clerk, "/v1/posts", unnamed).await;
    answer.invalid(pointer, "required");
    // Who can see it does not change by an edit.
    let id = town.delivery(wrong).await.id.to_string();
    let mut hidden = handed_in(&town, &id);
    hidden["visibility"] = json!("followers");
    let answer = http.post(clerk, "/v1/checks", hidden).await;
    assert_eq!(answer.blocked_by(), ["correction.target"]);

    let service = &town.app.service;
    let taken = service.withdraw(&people.director, wrong, "誤り".into()).await;
    assert_eq!(taken.expect("an order").withdrawals.len(), 1);
    let answer = http.post(clerk, "/v1/posts", handed_in(&town, &id)).await;
    answer.invalid(pointer, "refers-to-withdrawn");
}

/// Whoever takes it back before the correction leaves has the last word.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn what_was_taken_back_meanwhile_is_not_edited(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let wrong = out(&town, WRONG).await;
    let right = correct(&town, wrong).await;
    let service = &town.app.service;
    let taken = service
        .withdraw(&town.people.director, wrong, "誤り".into())
        .await;
    taken.expect("an order");
    town.run_until(right, DeliveryPhase::Held).await;
    let expected = (HoldCause::Gate, "correction.target".to_owned());
    assert_eq!(town.held_for(right).await, expected);
    assert!(
        town.sandbox
            .statuses()
            .iter()
            .all(|status| status.edits.is_empty())
    );
}

/// The server honours keys, but not for edits: what stands there is read, and nothing is sent twice.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn never_twice_an_edit_without_an_answer_is_looked_for(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let wrong = out(&town, WRONG).await;
    meet(&town, On::Edit, Fault::CutAfter).await;
    let right = correct(&town, wrong).await;
    town.run_until(right, DeliveryPhase::Published).await;
    assert_eq!(town.visible(), [RIGHT]);
    let (_, attempts) = town
        .app
        .service
        .delivery(&town.people.clerk, town.delivery(right).await.id)
        .await
        .expect("the delivery");
    assert_eq!(attempts.len(), 1, "it was found, not repeated");
}

/// An edit that never arrived needs a person, and a person finds it where it belongs.
#[tokio::test]
async fn an_edit_that_is_not_there_needs_a_person() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let wrong = out(&town, WRONG).await;
    meet(&town, On::Edit, Fault::CutBefore).await;
    let right = correct(&town, wrong).await;
    town.run_until(right, DeliveryPhase::NeedsHuman).await;
    assert_eq!(town.visible(), [WRONG]);
    // Until that is settled, no other correction of the same post leaves.
    let other = correct(&town, wrong).await;
    town.run_until(other, DeliveryPhase::Held).await;
    assert_eq!(town.held_for(other).await.1, "correction.target");

    let (service, director) = (&town.app.service, &town.people.director);
    let delivery = town.delivery(right).await;
    let settling = |resolution| Settling {
        seen: delivery.state.in_doubt(),
        resolution,
        reason: "画面で確認".into(),
    };
    let elsewhere = Resolution::IsOut(RemoteRef {
        id: "109".into(),
        url: None,
    });
    let refused = service.resolve(director, delivery.id, settling(elsewhere)).await;
    assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    let resolved = service
        .resolve(director, delivery.id, settling(Resolution::IsNotOut))
        .await;
    resolved.expect("a resolution");
    town.run_until(right, DeliveryPhase::Published).await;
    assert_eq!(town.visible(), [RIGHT]);
}

/// On the platform the two are one post: the order is the first one's, and takes all of it back.
#[tokio::test]
async fn taking_a_correction_back_takes_the_post_back() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let wrong = out(&town, WRONG).await;
    let right = correct(&town, wrong).await;
    town.run_until(right, DeliveryPhase::Published).await;
    let (service, director) = (&town.app.service, &town.people.director);
    let taken = service
        .withdraw(director, right, "誤り".into())
        .await
        .expect("an order");
    assert_eq!(taken.withdrawals.len(), 1);
    assert_eq!(taken.withdrawals[0].post, wrong);
    let again = service
        .withdraw(director, wrong, "誤り".into())
        .await
        .expect("an order");
    assert_eq!(again.withdrawals[0].id, taken.withdrawals[0].id);
    let seen = service.withdrawals(director, right).await.expect("the orders");
    assert_eq!(
        seen, again.withdrawals,
        "whoever asks by the correction sees it, too"
    );
    for _ in 0..200 {
        town.app.dispatcher.withdraw().await.expect("a round");
        let orders = service.withdrawals(director, wrong).await.expect("the orders");
        if orders[0].state.phase() == WithdrawalPhase::Withdrawn {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(town.visible(), [""; 0]);
}

/// Where nothing is edited, it says what to do instead.
#[tokio::test]
async fn no_series_takes_the_place_of_one_post() {
    let Some(town) = Town::on(Kind::Sqlite).await else {
        return;
    };
    let wrong = out(&town, WRONG).await;
    let id = town.delivery(wrong).await.id.to_string();
    let part = |text: &str| sekisho::domain::revision::Part {
        text: text.to_owned(),
        ..Default::default()
    };
    let series = Draft {
        text: None,
        parts: Some(vec![part("一"), part("二")]),
        ..correction(&town, "", &id)
    };
    let service = &town.app.service;
    let result = service
        .create_post(&town.people.clerk, series, Once::unkeyed())
        .await;
    assert!(blocked_by(result).contains("capability.parts"));
}
