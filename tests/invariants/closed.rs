//! 8. If a required check cannot run, nothing leaves: fail closed.

use rstest::rstest;
use sekisho::{
    app::{App, Wiring, shipped_calendar},
    clock::Clock,
    domain::{calendar::Calendar, delivery::DeliveryPhase, hold::HoldCause},
    net::LoopbackPolicy,
    probe::ProbeConfig,
    service::{Conflict, Once, ServiceError},
    vault::KeyRing,
};

use crate::support::{
    Town,
    database::Kind,
    raw::Raw,
    steps::blocked_by,
    town::{KEY_RING, quick_dispatch},
};

/// A second gateway over the town's database, after the first one closed it.
async fn again(town: &mut Town, key_ring: Option<&str>, calendar: Calendar) {
    town.app.store.close().await;
    town.app = App::wire(Wiring {
        platforms: sekisho::platform::settings::Settings::default(),
        homes: sekisho::domain::homes::Homes::default(),
        media: None,
        location: town.database.location(),
        clock: std::sync::Arc::clone(town.hand()) as std::sync::Arc<dyn Clock>,
        key_ring: key_ring.map(|text| KeyRing::parse(text).expect("a key ring")),
        calendar,
        loopback: LoopbackPolicy::Allowed,
        proxy: None,
        public_url: "http://127.0.0.1:1".to_owned(),
        probe: ProbeConfig::default(),
        dispatch: quick_dispatch("again"),
    })
    .await
    .expect("a gateway");
}

/// A post that is due in an hour, with everything in order.
async fn due_soon(town: &Town) -> sekisho::domain::ids::PostId {
    town.walk(town.planned("十一時の投稿です。", "2026-11-24T11:00:00"))
        .await
}

/// It is eleven, then long past eleven: nothing arrived, and the delivery was not lost.
async fn nothing_leaves(town: &Town, post: sekisho::domain::ids::PostId) {
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    town.it_is("2026-11-24T11:10:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    assert_eq!(town.phases(post).await, [DeliveryPhase::Missed]);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_8_without_a_policy_nothing_is_taken_and_nothing_leaves(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = due_soon(&town).await;
    let gone = Raw::same("UPDATE organizations SET policy_id = NULL");
    town.database.tamper(&[gone]).await;
    let service = &town.app.service;
    let answer = service
        .create_post(
            &town.people.clerk,
            town.draft("方針がありません。"),
            Once::unkeyed(),
        )
        .await;
    assert!(matches!(answer, Err(ServiceError::Conflict(Conflict::NoPolicy))));
    nothing_leaves(&town, post).await;
}

const DROPPED: Raw = Raw {
    sqlite: "DROP TRIGGER policies_no_update",
    postgres: "ALTER TABLE policies DISABLE TRIGGER ALL",
};

/// Neither what cannot be read nor what somebody rewrote is a policy.
#[rstest]
#[case::unreadable(Raw::same("UPDATE policies SET document = '{}'"))]
#[case::rewritten(Raw::same("UPDATE policies SET document = replace(document, '\"bit.ly\",', '')",))]
#[case::digest(Raw {
    sqlite: "UPDATE policies SET digest = zeroblob(32)",
    postgres: "UPDATE policies SET digest = decode(repeat('00', 32), 'hex')",
})]
#[tokio::test]
async fn invariant_8_a_policy_that_was_tampered_with_lets_nothing_leave(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[case] intrusion: Raw,
) {
    let Some(mut town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = due_soon(&town).await;
    again(&mut town, Some(KEY_RING), shipped_calendar().expect("a calendar")).await;
    town.database.tamper(&[DROPPED, intrusion]).await;
    nothing_leaves(&town, post).await;
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_8_beyond_the_calendar_nothing_is_taken_and_nothing_leaves(#[case] kind: Kind) {
    let Some(mut town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = due_soon(&town).await;
    let ends = Calendar::parse("# coverage: 2026-01-01..2026-11-23\n").expect("a calendar");
    again(&mut town, Some(KEY_RING), ends).await;
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    assert_eq!(
        town.held_for(post).await,
        (HoldCause::Window, "window.calendar_unknown".into())
    );
    let answer = town
        .app
        .service
        .create_post(
            &town.people.clerk,
            town.planned("暦の外です。", "2026-11-24T14:00:00"),
            Once::unkeyed(),
        )
        .await;
    assert!(blocked_by(answer).contains("window.calendar_unknown"));
}

#[rstest]
#[case::no_credential(Some(KEY_RING), Some(Raw::same("DELETE FROM credentials")))]
#[case::no_key_ring(None, None)]
#[case::another_key_ring(Some("other AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="), None)]
#[case::another_key(Some("test IB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE="), None)]
#[case::sealed_for_another_place(
    Some(KEY_RING),
    Some(Raw::same("UPDATE credentials SET version = version + 1"))
)]
#[tokio::test]
async fn invariant_8_without_its_credential_an_account_is_silent(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[case] key_ring: Option<&str>,
    #[case] intrusion: Option<Raw>,
) {
    let Some(mut town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = due_soon(&town).await;
    again(&mut town, key_ring, shipped_calendar().expect("a calendar")).await;
    if let Some(intrusion) = intrusion {
        town.database.tamper(&[intrusion]).await;
    }
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    assert_eq!(
        town.held_for(post).await,
        (HoldCause::Account, "no_credential".into())
    );
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_8_with_the_database_gone_nothing_leaves(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    due_soon(&town).await;
    town.app.store.close().await;
    town.it_is("2026-11-24T11:00:00");
    assert!(town.app.dispatcher.round().await.is_err());
    town.app.dispatcher.idle().await;
    assert_eq!(town.arrived(), [""; 0]);
}

/// The gate cannot be asked because one table is gone: the claim goes back, and nothing is sent.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_8_when_the_holds_cannot_be_read_nothing_leaves(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = due_soon(&town).await;
    let gone = Raw::same("ALTER TABLE holds RENAME TO gone");
    town.database.tamper(&[gone]).await;
    nothing_leaves(&town, post).await;
    let back = Raw::same("ALTER TABLE gone RENAME TO holds");
    town.database.tamper(&[back]).await;
    town.app
        .service
        .reschedule(
            &town.people.clerk,
            post,
            crate::support::steps::japan("2026-11-24T11:30:00"),
        )
        .await
        .expect("another time");
    town.it_is("2026-11-24T11:30:00");
    town.work().await;
    assert_eq!(town.arrived(), ["十一時の投稿です。"]);
}
