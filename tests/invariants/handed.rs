//! 6, for what people hand in, what comes back with them from a platform, and what platforms fetch.

use std::collections::BTreeMap;

use rstest::rstest;
use sekisho::{
    domain::{
        account::Platform,
        delivery::DeliveryPhase,
        media::Form,
        revision::{Act, Kind as PostKind},
        withdrawal::WithdrawalPhase,
    },
    service::{Draft, DraftTarget},
    store::renditions::RenditionKey,
};
use serde_json::{Value, json};

use super::secrets::{assert_clear_of, dump, listen};
use crate::{
    media::png,
    support::{Town, consent::allow, database::Kind, http::Http},
};

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_6_what_is_handed_in_or_comes_back_shows_nowhere(#[case] kind: Kind) {
    let (log, guard) = listen();
    let Some(town) = Town::on(kind).await else { return };
    let (http, administrator) = (Http::of(&town), &town.people.administrator);
    let place = format!("/v1/accounts/{}", town.account);
    let connect = format!("{place}/connect");
    let begun = http.post(administrator, &connect, Value::Null).await.ok();
    let consent = begun["authorize_url"].as_str().expect("an address");
    let back = allow(consent, "koho").await;
    let returned: BTreeMap<_, _> = back.query_pairs().into_owned().collect();
    let finish = "/v1/connections/finish";
    let mut answers = String::new();
    // The second time it is used up, and says so.
    for _ in 0..2 {
        let finished = http.post(administrator, finish, json!(returned)).await;
        answers.push_str(&format!("{finished:?}"));
    }
    let credential = format!("{place}/credential");
    for given in [
        json!({ "token": { "access_token": "canary-of-nobody" } }),
        json!({ "token": { "access_token": "bosai-token" } }),
        json!({ "token": { "access_token": "koho-token" } }),
        json!({ "token": { "access_token": "canary-beside", "more": "canary-more" } }),
        json!({ "app_password": { "identifier": "koho", "password": "canary-password" } }),
        json!({ "channel_secret": { "channel": "1", "secret": "canary-channel" } }),
        json!({ "channel_key": { "channel": "1", "key_id": "2", "private_key": "canary-key" } }),
        json!({ "password": "canary-unknown" }),
        json!("canary-text"),
    ] {
        let answer = http.post(administrator, &credential, given).await;
        answers.push_str(&format!("{answer:?}"));
    }
    for path in ["/v1/accounts", "/v1/accounts?attention=true", "/v1/ledger"] {
        let answer = http.get(&town.people.auditor, path).await;
        answers.push_str(&format!("{answer:?}"));
    }
    drop(guard);
    let database = dump(&town).await;
    let mut secrets = town.sandbox.secrets();
    secrets.extend(["state", "code"].map(|name| returned[name].clone()));
    let canaries = [
        "of-nobody",
        "beside",
        "more",
        "password",
        "channel",
        "key",
        "unknown",
        "text",
    ];
    secrets.extend(canaries.map(|name| format!("canary-{name}")));
    for secret in secrets.iter().map(String::as_bytes) {
        assert_clear_of("the database", &database, secret);
        assert_clear_of("the log", &log.text(), secret);
        assert_clear_of("an answer", answers.as_bytes(), secret);
    }
}

/// A correction is another kind of call, a withdrawal a third, a look a fourth.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_6_no_kind_of_call_shows_its_credential(#[case] kind: Kind) {
    let (log, guard) = listen();
    let Some(town) = Town::on(kind).await else { return };
    let wrong = town.walk(town.draft("給水は9時からです。")).await;
    town.run_until(wrong, DeliveryPhase::Published).await;
    let target = DraftTarget {
        account: town.account,
        text: None,
        media: Vec::new(),
        parts: None,
        refers_to: Some(town.delivery(wrong).await.id.to_string()),
        audience: None,
    };
    let right = town
        .walk(Draft {
            act: Act::Correct,
            kind: PostKind::Correction,
            targets: vec![target],
            ..town.draft("給水は21時からです。")
        })
        .await;
    town.run_until(right, DeliveryPhase::Published).await;
    let (service, director) = (&town.app.service, &town.people.director);
    let taken = service.withdraw(director, wrong, "誤り".to_owned()).await;
    let mut answers = format!("{taken:?} {:?}", town.view(right).await);
    for _ in 0..200 {
        town.app.dispatcher.withdraw().await.expect("a round");
        let orders = service.withdrawals(director, wrong).await.expect("the orders");
        answers.push_str(&format!("{orders:?}"));
        if orders[0].state.phase() == WithdrawalPhase::Withdrawn {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(town.visible(), [""; 0], "it was taken back");
    drop(guard);
    let database = dump(&town).await;
    for secret in town.sandbox.secrets().iter().map(String::as_bytes) {
        assert_clear_of("the database", &database, secret);
        assert_clear_of("the log", &log.text(), secret);
        assert_clear_of("an answer", answers.as_bytes(), secret);
    }
}

/// Whoever knows the address of a picture can fetch it: it is told to one platform and to nobody else.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_6_the_address_of_a_picture_shows_nowhere(#[case] kind: Kind) {
    let (log, guard) = listen();
    let Some(town) = Town::on(kind).await else { return };
    let media = town.upload(&png(600, 600)).await;
    let key = RenditionKey {
        organization: town.organization,
        media: media.digest,
        platform: Platform::Instagram,
        form: Form::Full,
    };
    let service = &town.app.service;
    let address = service.open_to_platform(key).await.expect("an address");
    let (_, secret) = address.rsplit_once('/').expect("a path");
    service.fetch(secret).await.expect("the picture");
    let told = Http::of(&town).get(&town.people.auditor, "/v1/ledger").await;
    drop(guard);
    assert_clear_of("the database", &dump(&town).await, secret.as_bytes());
    assert_clear_of("the log", &log.text(), secret.as_bytes());
    assert_clear_of("an answer", format!("{told:?}").as_bytes(), secret.as_bytes());
}
