//! The doctor finds what is wrong, says what to do, and changes nothing.

use std::process::Stdio;

use chrono::TimeDelta;
use rstest::rstest;
use sekisho::{
    clock::{Clock as _, ManualClock, SystemClock},
    dispatch::Skew,
    domain::actor::Actor,
};

use crate::support::{
    Clocked, Town,
    database::Kind,
    process::{gateway, succeed, terminate},
    town::ALWAYS_OPEN,
};

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_town_is_told_so_in_two_languages(#[case] kind: Kind) {
    let Some(town) = Town::build(kind, Clocked::System, ALWAYS_OPEN).await else {
        return;
    };
    town.app.dispatcher.seal().await.expect("seals");
    town.app.store.close().await;
    let said = succeed(&town.database.url, &["doctor", "--language", "en"]);
    assert!(!said.contains("WARN") && !said.contains("FAIL"), "{said}");
    for told in [
        "OK    Database: answers.",
        "OK    Schema: as this program wants it.",
        "OK    Clocks: ",
        "OK    Key ring: opens all 1 credentials.",
        "OK    Policy of あけぼの市: always-open is in force.",
        "OK    Ledger of あけぼの市: sealed.",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let japanese = succeed(&town.database.url, &["doctor"]);
    assert!(
        japanese.contains("OK    データベース: 応答しています。"),
        "{japanese}"
    );
    assert_eq!(japanese.lines().count(), said.lines().count());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_with_what_to_do() {
    let town = Town::on(Kind::Sqlite).await.expect("a town");
    town.app.dispatcher.seal().await.expect("seals");
    let poorer = town
        .app
        .service
        .found_organization("隣の村", Actor::Operator)
        .await;
    poorer.expect("an organization without a policy");
    let while_used = doctor(&town, &[]);
    assert!(
        while_used
            .1
            .contains("OK    Lock file: another process has the database."),
        "{}",
        while_used.1
    );
    town.app.store.close().await;
    let (code, said) = doctor(
        &town,
        &[
            (
                "SEKISHO_KEY_RING",
                "other BwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSY=",
            ),
            (
                "SEKISHO_WEB__TLS",
                "{certificate=\"/no/such.pem\",key=\"/no/such.key\"}",
            ),
        ],
    );
    assert_eq!(code, Some(1), "{said}");
    for told in [
        "FAIL  TLS: certificate and key cannot be used (/no/such.pem",
        "FAIL  Key ring: 1 of 1 credentials do not open.",
        "FAIL  Policy of 隣の村: none is in force, so nothing leaves. Run `sekisho policy import`.",
        "OK    Lock file: nobody uses the database.",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
}

#[test]
fn a_database_that_cannot_be_reached_is_told() {
    let nowhere = "postgres://sekisho:canary@127.0.0.1:1/sekisho";
    let output = gateway(nowhere)
        .args(["doctor", "--language", "en"])
        .stdout(Stdio::piped())
        .output()
        .expect("the doctor");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("FAIL  Database: cannot be used") && !said.contains("canary"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_runs_is_seen() {
    let town = Town::on(Kind::Sqlite).await.expect("a town");
    town.app.store.close().await;
    let mut serving = gateway(&town.database.url)
        .arg("serve")
        .spawn()
        .expect("the gateway starts");
    let mut said = String::new();
    for _ in 0..300 {
        said = doctor(&town, &[]).1;
        if said.contains("OK    Lock file: the gateway runs.") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(terminate(&mut serving).success());
    assert!(said.contains("OK    Lock file: the gateway runs."), "{said}");
}

/// The database's clock is the machine's; ours is a hand that is wrong.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_measured_against_the_databases(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let mut reader = town.app.store.read().await.expect("a reader");
    let right = Skew::measure(&mut reader, &SystemClock).await.expect("a measure");
    assert!(right.is_bearable(), "{right:?}");
    let wrong = ManualClock::new(SystemClock.now() + TimeDelta::hours(1));
    let wrong = Skew::measure(&mut reader, &wrong).await.expect("a measure");
    assert!(
        !wrong.is_bearable() && wrong.in_seconds().starts_with('-'),
        "{wrong:?}"
    );
    drop(reader);
    town.app.store.close().await;
}

fn doctor(town: &Town, settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = gateway(&town.database.url)
        .args(["doctor", "--language", "en"])
        .envs(settings.iter().copied())
        .stdout(Stdio::piped())
        .output()
        .expect("the doctor");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}
