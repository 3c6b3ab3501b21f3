//! 1. Never published without a permit; never with a permit for other content, another account, or an
//!    older policy.

use rstest::rstest;
use sekisho::{
    app::STANDARD_PROFILE,
    domain::{actor::Actor, delivery::DeliveryPhase, finding::Severity, hold::HoldCause},
    service::{Change, Conflict, DraftTarget, ServiceError, Submission},
    vault::Secret,
};

use crate::support::{Town, database::Kind, raw::Raw, steps::no_change, town::register};

/// The one account of the town in the place of a target.
fn only(town: &Town, account: sekisho::domain::ids::AccountId) -> Vec<DraftTarget> {
    assert_ne!(account, town.account);
    vec![DraftTarget {
        account,
        text: None,
        media: Vec::new(),
        parts: None,
        refers_to: None,
        audience: None,
    }]
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_1_content_edited_after_approval_leaves_only_once_it_is_signed_again(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = town
        .walk(town.planned("古い文面です。", "2026-11-24T11:00:00"))
        .await;
    let change = Change {
        text: Some("新しい文面です。".into()),
        submission: Submission::now(),
        ..no_change()
    };
    let edited = town
        .app
        .service
        .edit_post(&town.people.clerk, post, None, change)
        .await
        .expect("an edit");
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    town.sign(&edited, &town.people.section_chief).await;
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    town.sign(&edited, &town.people.director).await;
    town.work().await;
    assert_eq!(town.arrived(), ["新しい文面です。"]);
    assert_eq!(town.delivery(post).await.state.phase(), DeliveryPhase::Published);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_1_an_approval_for_one_account_says_nothing_of_another(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let other = register(
        &town.app,
        town.organization,
        town.division,
        &town.sandbox,
        "bosai",
    )
    .await;
    let post = town
        .walk(town.planned("広報の投稿です。", "2026-11-24T11:00:00"))
        .await;
    let change = Change {
        targets: Some(only(&town, other)),
        submission: Submission::now(),
        text: Some("広報の投稿です。".into()),
        ..no_change()
    };
    let service = &town.app.service;
    service
        .edit_post(&town.people.clerk, post, None, change)
        .await
        .expect("an edit");
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
}

#[tokio::test]
async fn invariant_1_the_credential_of_another_account_is_not_taken() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let service = &town.app.service;
    let token = Secret::new("bosai-token".to_owned());
    let answer = service
        .connect_with_token(town.organization, town.account, token, Actor::Operator)
        .await;
    assert!(matches!(
        answer,
        Err(ServiceError::Conflict(Conflict::OtherAccount(_)))
    ));
    town.walk(town.draft("広報の投稿です。")).await;
    town.work().await;
    assert_eq!(town.sandbox.statuses()[0].account, "koho");
}

/// What an intruder changes in the database between approval and dispatch is not what was signed.
#[rstest]
#[case::text(&[
    Raw {
        sqlite: "DROP TRIGGER revisions_no_update",
        postgres: "ALTER TABLE revisions DISABLE TRIGGER ALL",
    },
    Raw::same("UPDATE revisions SET content = replace(content, '本物', '偽物')"),
], false)]
#[case::account(&[Raw::same(
    "UPDATE deliveries SET account_id = (SELECT id FROM accounts WHERE handle = 'bosai')",
)], true)]
#[case::sign_offs(&[Raw::same("DELETE FROM sign_offs WHERE stage = 1")], true)]
#[case::voided(&[Raw::same("UPDATE sign_offs SET voided_at = signed_at WHERE stage = 0")], true)]
#[case::signer_is_the_author(&[Raw::same(
    "UPDATE sign_offs SET user_id = (SELECT author_id FROM posts) WHERE stage = 0",
)], true)]
#[tokio::test]
async fn invariant_1_what_was_changed_in_the_database_after_signing_does_not_leave(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[case] intrusion: &[Raw],
    #[case] held: bool,
) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    register(
        &town.app,
        town.organization,
        town.division,
        &town.sandbox,
        "bosai",
    )
    .await;
    let post = town
        .walk(town.planned("本物の文面です。", "2026-11-24T11:00:00"))
        .await;
    town.database.tamper(intrusion).await;
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    if held {
        assert_eq!(town.held_for(post).await.0, HoldCause::Gate);
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_1_a_policy_that_came_after_the_approval_decides(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = town
        .walk(town.planned("新しい図書館の愛称は「ひだまり」です。", "2026-11-24T11:00:00"))
        .await;
    town.change_policy(STANDARD_PROFILE, |document| {
        let list = &mut document.words[0];
        list.severity = Severity::Block;
        list.ja.push("ひだまり".into());
    })
    .await;
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(
        town.held_for(post).await,
        (HoldCause::Gate, "words.advertising".into())
    );
    assert_eq!(town.arrived(), [""; 0]);
}

#[tokio::test]
async fn invariant_1_a_finding_that_nobody_acknowledged_stops_what_was_approved_without_it() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let post = town
        .walk(town.planned("新しい図書館の愛称は「ひだまり」です。", "2026-11-24T11:00:00"))
        .await;
    town.change_policy(STANDARD_PROFILE, |document| {
        let list = &mut document.words[0];
        list.severity = Severity::Confirm;
        list.ja.push("ひだまり".into());
    })
    .await;
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.held_for(post).await.1, "words.advertising");
    assert_eq!(town.arrived(), [""; 0]);
}
