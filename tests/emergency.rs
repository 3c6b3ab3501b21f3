//! 緊急モード: declared by a duty officer, scoped, expiring; another input to the same gate.

use std::collections::BTreeSet;

use chrono::Duration;
use rstest::rstest;
use sekisho::{
    app::STANDARD_PROFILE,
    domain::{
        actor::{Grant, OrganizationRole, Person, Scope},
        attempt::{Authority, RemoteRef},
        delivery::DeliveryPhase,
        emergency::{Emergency, EmergencyKind},
        finding::Severity,
        hold::HoldCause,
        ids::AccountId,
    },
    service::{
        AfterReview, Approval, Conflict, Draft, DraftTarget, MadeOutside, Need, NewEmergency, Once, PostView,
        ServiceError, Thing, ToReview,
    },
};

use crate::support::{
    Town,
    database::Kind,
    steps::{blocked_by, japan},
    town::{person, register},
};

async fn declared(
    town: &Town,
    person: &Person,
    accounts: BTreeSet<AccountId>,
    length: Duration,
) -> Result<Emergency, ServiceError> {
    let new = NewEmergency {
        kind: EmergencyKind::Tsunami,
        reason: "津波警報".into(),
        accounts,
        expires_at: town.app.service.now() + length,
    };
    let service = &town.app.service;
    service.declare_emergency(person, new, Once::unkeyed()).await
}

async fn signed(town: &Town, view: &PostView, person: &Person) -> Result<(), ServiceError> {
    let approval = Approval {
        seen: view.revision.digest,
        acknowledgements: Vec::new(),
        attestations: Vec::new(),
    };
    let service = &town.app.service;
    service.approve(person, view.post.id, approval).await.map(|_| ())
}

/// A duty officer who also writes, with a token for each.
async fn writing_duty_officer(town: &Town) -> (Person, Person) {
    let grants = [
        Grant::Author(town.division),
        Grant::Organization(OrganizationRole::DutyOfficer),
    ];
    let scopes = [Scope::Read, Scope::Write];
    let writing = person(&town.app, town.organization, "busy", grants.into(), &scopes).await;
    let signing = town
        .with_scopes(writing.user, &[Scope::Read, Scope::Approve])
        .await;
    (writing, signing)
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn at_night_one_signature_of_a_duty_officer_is_enough(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.it_is("2026-11-24T23:00:00");
    let emergency = town.declare(Duration::hours(2)).await;
    let view = town
        .submit(town.emergency_draft("高台へ避難してください。"))
        .await;
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    town.sign(&view, &town.people.duty_officer).await;
    town.work().await;
    assert_eq!(town.arrived(), ["高台へ避難してください。"]);
    let service = &town.app.service;
    let delivery = town.delivery(view.post.id).await;
    let (_, attempts) = service
        .delivery(&town.people.clerk, delivery.id)
        .await
        .expect("the attempts");
    assert_eq!(attempts[0].attempt.authority, Authority::DutySignature);
    let open = service
        .after_reviews(&town.people.director)
        .await
        .expect("reviews");
    assert_eq!(
        (open[0].delivery, open[0].emergency, open[0].debts.as_slice()),
        (delivery.id, emergency.id, &[][..])
    );
    what_was_made_outside_stands_on_the_same_list(&town, open[0].clone()).await;
}

async fn what_was_made_outside_stands_on_the_same_list(town: &Town, left: AfterReview) {
    let (service, people) = (&town.app.service, &town.people);
    let made = MadeOutside {
        account: town.account,
        remote: RemoteRef {
            id: "outside-7".to_owned(),
            url: None,
        },
        text: "市役所は停電しています。".to_owned(),
        published_at: service.now(),
        published_by: "当番".to_owned(),
        reason: "停電".to_owned(),
    };
    let adopted = service.adopt_post(&people.duty_officer, made).await;
    let adopted = adopted.expect("an adopted post");
    let all = service.to_review(&people.clerk).await.expect("the list");
    let expected = [ToReview::Emergency(left), ToReview::Adopted(adopted.clone())];
    assert_eq!(all, expected);
    let looked = service.review_adopted(&people.auditor, adopted.id, None).await;
    looked.expect("looked at");
    let rest = service.to_review(&people.clerk).await.expect("the list");
    assert_eq!(rest, expected[..1]);
}

#[tokio::test]
async fn only_a_duty_officer_declares_and_ends_and_never_for_more_than_a_day() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let here = || BTreeSet::from([town.account]);
    let people = &town.people;
    let emergency = town.declare(Duration::hours(1)).await;
    for person in [
        &people.section_chief,
        &people.director,
        &people.administrator,
        &people.auditor,
        &people.clerk,
        &people.operator,
    ] {
        let answer = declared(&town, person, here(), Duration::hours(1)).await;
        assert!(matches!(answer, Err(ServiceError::Forbidden(_))), "{answer:?}");
        let answer = town.app.service.end_emergency(person, emergency.id).await;
        assert!(matches!(answer, Err(ServiceError::Forbidden(_))), "{answer:?}");
    }
    let reading = town.with_scopes(people.duty_officer.user, &[Scope::Read]).await;
    let answer = declared(&town, &reading, here(), Duration::hours(1)).await;
    assert!(matches!(answer, Err(ServiceError::Forbidden(Need::Scope))));
    let day = Duration::hours(24);
    for (accounts, length) in [
        (here(), day + Duration::microseconds(1)),
        (here(), Duration::zero()),
        (BTreeSet::new(), day),
    ] {
        let answer = declared(&town, &people.duty_officer, accounts, length).await;
        assert!(matches!(answer, Err(ServiceError::Invalid(_))), "{answer:?}");
    }
    let stranger = AccountId::new(uuid::Uuid::from_u128(1));
    let answer = declared(&town, &people.duty_officer, [stranger].into(), day).await;
    assert!(matches!(answer, Err(ServiceError::NotFound(Thing::Account))));
    declared(&town, &people.duty_officer, here(), day)
        .await
        .expect("a day");
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn the_duty_officer_who_wrote_or_edited_it_does_not_sign_it(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let (writing, signing) = writing_duty_officer(&town).await;
    town.declare(Duration::hours(1)).await;
    let service = &town.app.service;
    let own = service
        .create_post(&writing, town.emergency_draft("高台へ。"), Once::unkeyed())
        .await
        .expect("a post");
    let answer = signed(&town, &own, &signing).await;
    assert!(matches!(answer, Err(ServiceError::Forbidden(Need::OtherHands))));
    for person in [&town.people.section_chief, &town.people.director] {
        let answer = signed(&town, &own, person).await;
        assert!(matches!(answer, Err(ServiceError::Forbidden(Need::Role))));
    }
    town.sign(&own, &town.people.duty_officer).await;
    town.work().await;
    assert_eq!(town.arrived(), ["高台へ。"]);
}

/// Waiting posts in scope are held at once; so is what is approved meanwhile; and it stays so.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn ordinary_posts_in_scope_are_held_at_once_and_stay_held_after_the_end(#[case] kind: Kind) {
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
    let elsewhere = Draft {
        targets: vec![DraftTarget {
            account: other,
            text: None,
            media: Vec::new(),
            parts: None,
            refers_to: None,
            audience: None,
        }],
        ..town.planned("範囲外の投稿です。", "2026-11-24T11:00:00")
    };
    let waiting = town
        .walk(town.planned("催しの案内です。", "2026-11-24T11:00:00"))
        .await;
    let free = town.walk(elsewhere).await;
    let unsigned = town
        .submit(town.planned("決裁中の案内です。", "2026-11-24T11:00:00"))
        .await;
    let emergency = town.declare(Duration::hours(1)).await;
    let reason = (HoldCause::Emergency, emergency.id.to_string());
    assert_eq!(town.held_for(waiting).await, reason);
    assert_eq!(town.phases(unsigned.post.id).await, [DeliveryPhase::Pending]);
    town.sign(&unsigned, &town.people.section_chief).await;
    town.sign(&unsigned, &town.people.director).await;
    assert_eq!(town.held_for(unsigned.post.id).await, reason);
    let service = &town.app.service;
    service
        .end_emergency(&town.people.duty_officer, emergency.id)
        .await
        .expect("an end");
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.arrived(), ["範囲外の投稿です。"]);
    assert_eq!(town.phases(free).await, [DeliveryPhase::Published]);
    assert_eq!(town.phases(waiting).await, [DeliveryPhase::Held]);
    // Somebody decides that it may still leave.
    service
        .reschedule(&town.people.clerk, waiting, japan("2026-11-24T13:00:00"))
        .await
        .expect("another time");
    town.it_is("2026-11-24T13:00:00");
    town.work().await;
    assert_eq!(town.arrived(), ["範囲外の投稿です。", "催しの案内です。"]);
}

/// Giving a held post another time while the emergency lives does not let it out.
#[tokio::test]
async fn while_it_lives_an_ordinary_post_is_held_again_and_again() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let waiting = town
        .walk(town.planned("催しの案内です。", "2026-11-24T11:00:00"))
        .await;
    town.declare(Duration::hours(5)).await;
    let service = &town.app.service;
    service
        .reschedule(&town.people.clerk, waiting, japan("2026-11-24T11:30:00"))
        .await
        .expect("another time");
    town.it_is("2026-11-24T11:30:00");
    town.work().await;
    assert_eq!(
        town.held_for(waiting).await,
        (HoldCause::Emergency, "account.emergency_hold".into())
    );
    assert_eq!(town.arrived(), [""; 0]);
}

/// What asks for a look does not stop a warning: it becomes a debt. What is forbidden stays forbidden.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_finding_that_asks_for_a_look_becomes_a_debt_and_a_block_still_blocks(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    for (severity, passes) in [(Severity::Confirm, true), (Severity::Block, false)] {
        town.change_policy(STANDARD_PROFILE, |document| {
            let list = &mut document.words[0];
            list.severity = severity;
            list.ja.push("第三堤防".into());
        })
        .await;
        town.declare(Duration::hours(1)).await;
        let draft = town.emergency_draft(&format!("第三堤防が切れました({passes})。"));
        let service = &town.app.service;
        if passes {
            let view = town.submit(draft).await;
            town.sign(&view, &town.people.duty_officer).await;
            town.work().await;
            let open = service
                .after_reviews(&town.people.director)
                .await
                .expect("reviews");
            assert_eq!(open[0].debts.len(), 1);
        } else {
            let answer = service
                .create_post(&town.people.clerk, draft, Once::unkeyed())
                .await;
            assert_eq!(blocked_by(answer), ["words.advertising"].into());
        }
    }
    assert_eq!(town.arrived().len(), 1);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn somebody_else_looks_at_it_afterwards_once(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let (writing, signing) = writing_duty_officer(&town).await;
    town.declare(Duration::hours(1)).await;
    let service = &town.app.service;
    let view = service
        .create_post(&writing, town.emergency_draft("高台へ。"), Once::unkeyed())
        .await
        .expect("a post");
    town.sign(&view, &town.people.duty_officer).await;
    town.work().await;
    let delivery = town.delivery(view.post.id).await.id;
    let look = async |person: &Person| service.review_afterwards(person, delivery, None).await;
    for person in [
        &signing,
        &town.people.duty_officer,
        &town.people.auditor,
        &town.people.clerk,
    ] {
        let answer = look(person).await;
        assert!(matches!(answer, Err(ServiceError::Forbidden(_))), "{answer:?}");
    }
    look(&town.people.section_chief).await.expect("a look");
    let open = service
        .after_reviews(&town.people.director)
        .await
        .expect("reviews");
    assert_eq!(open, []);
    let again = look(&town.people.director).await;
    assert!(matches!(again, Err(ServiceError::NotFound(_))));
}

/// One slot, ten posts due: the warning goes first though it came last.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn emergency_posts_are_claimed_first(#[case] kind: Kind) {
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
    for number in 0..10 {
        let draft = town.planned(&format!("案内その{number}"), "2026-11-24T11:00:00");
        town.walk(draft).await;
    }
    town.declare_on([other].into(), Duration::hours(2)).await;
    let warning = Draft {
        targets: vec![DraftTarget {
            account: other,
            text: None,
            media: Vec::new(),
            parts: None,
            refers_to: None,
            audience: None,
        }],
        kind: sekisho::domain::revision::Kind::Emergency,
        ..town.planned("避難指示です。", "2026-11-24T11:00:01")
    };
    let view = town.submit(warning).await;
    town.sign(&view, &town.people.duty_officer).await;
    town.it_is("2026-11-24T11:00:05");
    let config = sekisho::dispatch::DispatchConfig {
        in_flight: 1,
        ..crate::support::town::quick_dispatch("narrow")
    };
    let narrow = town.other_dispatcher(config);
    for _ in 0..20 {
        narrow.round().await.expect("a round");
        narrow.idle().await;
    }
    let arrived = town.arrived();
    // In a lane of its own it waits for no place: with the first ordinary post at the latest.
    assert_eq!(arrived.len(), 11);
    assert!(
        arrived[..2].iter().any(|text| text == "避難指示です。"),
        "{arrived:?}"
    );
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn an_emergency_post_whose_emergency_ran_out_is_held(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.declare(Duration::hours(1)).await;
    let draft = Draft {
        kind: sekisho::domain::revision::Kind::Emergency,
        ..town.planned("高台へ。", "2026-11-24T11:00:00")
    };
    let view = town.submit(draft).await;
    town.sign(&view, &town.people.duty_officer).await;
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(
        town.held_for(view.post.id).await,
        (HoldCause::Gate, "emergency.not_live".into())
    );
    let service = &town.app.service;
    let late = service
        .create_post(
            &town.people.clerk,
            town.emergency_draft("まだ。"),
            Once::unkeyed(),
        )
        .await;
    assert!(blocked_by(late).contains("emergency.not_live"));
    assert_eq!(town.arrived(), [""; 0]);
}

#[tokio::test]
async fn an_emergency_ends_once() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let emergency = town.declare(Duration::hours(1)).await;
    let end = async || {
        let service = &town.app.service;
        service
            .end_emergency(&town.people.duty_officer, emergency.id)
            .await
    };
    assert!(end().await.expect("an end").ended.is_some());
    let again = end().await;
    assert!(
        matches!(again, Err(ServiceError::Conflict(Conflict::Changed))),
        "{again:?}"
    );
}
