//! 7. Everything that changes state is in the ledger in the same transaction; the ledger cannot be altered
//!    without the verifier saying so.

use chrono::Duration;
use rstest::rstest;
use sekisho::{
    domain::{delivery::DeliveryPhase, hold::HoldScope, ids::PostId},
    sandbox::{Fault, FaultPlan, FaultRule, On},
    service::{Change, Once, Submission},
};

use crate::support::{
    PATIENCE, Town,
    database::Kind,
    raw::Raw,
    steps::{japan, no_change},
};

async fn verbs(town: &Town, post: PostId) -> Vec<String> {
    let service = &town.app.service;
    let history = service.history(&town.people.clerk, post).await;
    history
        .expect("the history")
        .into_iter()
        .map(|entry| entry.verb)
        .collect()
}

/// Written, returned, edited, signed, held, re-timed, refused by the platform, re-timed, out.
async fn a_long_story(town: &Town) -> PostId {
    let (service, people) = (&town.app.service, &town.people);
    let view = town
        .submit(town.planned("一稿です。", "2026-11-24T11:00:00"))
        .await;
    let id = view.post.id;
    service
        .send_back(
            &people.section_chief,
            id,
            view.revision.digest,
            "日付がありません".into(),
            None,
        )
        .await
        .expect("a return");
    let change = Change {
        text: Some("二稿です。11月24日。".into()),
        submission: Submission::now(),
        ..no_change()
    };
    let view = service
        .edit_post(&people.clerk, id, None, change)
        .await
        .expect("an edit");
    town.sign(&view, &people.section_chief).await;
    town.sign(&view, &people.director).await;
    let scope = HoldScope::Account(town.account);
    let hold = service
        .set_hold(
            &people.section_chief,
            scope,
            "確認中".into(),
            PATIENCE,
            Once::unkeyed(),
        )
        .await
        .expect("a hold");
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    service
        .lift_hold(&people.section_chief, hold.hold.id)
        .await
        .expect("lifted");
    for (time, code) in [("2026-11-24T11:05:00", Some(422)), ("2026-11-24T11:30:00", None)] {
        let faults = code.map(|code| FaultRule {
            on: On::Publish,
            account: None,
            times: None,
            skip: 0,
            fault: Fault::Status { code },
        });
        town.set_faults(FaultPlan {
            faults: faults.into_iter().collect(),
        })
        .await;
        service
            .reschedule(&people.clerk, id, japan(time))
            .await
            .expect("another time");
        town.it_is(time);
        town.work().await;
    }
    id
}

/// An emergency holds what waits, its own post leaves, is looked at, and it ends.
async fn an_emergency(town: &Town) -> (PostId, PostId) {
    let (service, people) = (&town.app.service, &town.people);
    let held = town
        .walk(town.planned("待っている投稿です。", "2026-11-24T15:00:00"))
        .await;
    let emergency = town.declare(Duration::hours(1)).await;
    let view = town.submit(town.emergency_draft("川から離れてください。")).await;
    town.sign(&view, &people.duty_officer).await;
    town.work().await;
    let delivery = town.delivery(view.post.id).await.id;
    service
        .review_afterwards(&people.director, delivery, Some("確認しました".into()))
        .await
        .expect("a look");
    service
        .end_emergency(&people.duty_officer, emergency.id)
        .await
        .expect("an end");
    (held, view.post.id)
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_7_every_change_is_in_the_ledger(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.database.watch().await;
    let (service, people) = (&town.app.service, &town.people);
    let story = a_long_story(&town).await;
    let rejected = town.submit(town.draft("却下されます。")).await;
    service
        .reject(
            &people.section_chief,
            rejected.post.id,
            rejected.revision.digest,
            "不要".into(),
        )
        .await
        .expect("a rejection");
    let escalated = town.submit(town.draft("上申されます。")).await;
    service
        .escalate(
            &people.section_chief,
            escalated.post.id,
            escalated.revision.digest,
            "判断を仰ぐ".into(),
        )
        .await
        .expect("an escalation");
    service
        .cancel(&people.clerk, escalated.post.id)
        .await
        .expect("cancelled");
    let (held, urgent) = an_emergency(&town).await;
    let missed = town
        .submit(town.planned("間に合いません。", "2026-11-24T14:00:00"))
        .await;
    town.it_is("2026-11-24T14:10:00");
    town.work().await;
    assert_eq!(
        verbs(&town, story).await,
        [
            "post.created",
            "post.submitted",
            "post.returned",
            "delivery.cancelled",
            "post.edited",
            "post.submitted",
            "post.approved",
            "post.approved",
            "delivery.approved",
            "delivery.claimed",
            "delivery.held",
            "delivery.rescheduled",
            "post.rescheduled",
            "delivery.claimed",
            "attempt.intended",
            "attempt.ended",
            "post.completed",
            "delivery.rescheduled",
            "post.rescheduled",
            "delivery.claimed",
            "attempt.intended",
            "attempt.ended",
            "post.completed",
        ]
    );
    assert_eq!(
        verbs(&town, rejected.post.id).await,
        [
            "post.created",
            "post.submitted",
            "post.rejected",
            "delivery.cancelled"
        ]
    );
    assert_eq!(
        verbs(&town, escalated.post.id).await,
        [
            "post.created",
            "post.submitted",
            "post.escalated",
            "delivery.cancelled",
            "post.cancelled"
        ]
    );
    assert_eq!(
        verbs(&town, held).await,
        [
            "post.created",
            "post.submitted",
            "post.approved",
            "post.approved",
            "delivery.approved",
            "delivery.held",
        ]
    );
    assert_eq!(
        verbs(&town, urgent).await,
        [
            "post.created",
            "post.submitted",
            "post.approved",
            "delivery.approved",
            "delivery.claimed",
            "attempt.intended",
            "attempt.ended",
            "post.completed",
            "emergency.reviewed",
        ]
    );
    assert_eq!(
        verbs(&town, missed.post.id).await,
        ["post.created", "post.submitted", "delivery.missed"]
    );
    assert_eq!(town.database.untold().await, [""; 0]);
    let report = town.verify(&[]).await;
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!(report.unsealed, 0);
}

/// A refused use case leaves nothing, neither a change nor an entry.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_7_what_was_refused_leaves_neither_change_nor_entry(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let count = Raw {
        sqlite: "SELECT CAST(COUNT(*) AS TEXT) FROM ledger_entries UNION ALL SELECT CAST(COUNT(*) AS TEXT) FROM posts",
        postgres: "SELECT COUNT(*)::text FROM ledger_entries UNION ALL SELECT COUNT(*)::text FROM posts",
    };
    let before = town.database.ask(count).await;
    let service = &town.app.service;
    let refused = service
        .create_post(&town.people.clerk, town.draft("bit.ly/a"), Once::unkeyed())
        .await;
    assert!(refused.is_err());
    assert_eq!(town.database.ask(count).await, before);
}

#[rstest]
#[case(Raw::same("UPDATE ledger_entries SET actor = 'x'"))]
#[case(Raw::same("DELETE FROM ledger_entries"))]
#[case(Raw::same("UPDATE ledger_seals SET seq = seq + 1000"))]
#[case(Raw::same("DELETE FROM ledger_seals"))]
#[tokio::test]
async fn invariant_7_the_database_lets_nobody_change_the_ledger(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[case] intrusion: Raw,
) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.app.dispatcher.seal().await.expect("seals");
    assert!(town.database.refuses(intrusion).await);
}

const UNLOCKED: [Raw; 2] = [
    Raw {
        sqlite: "PRAGMA foreign_keys = OFF; DROP TRIGGER ledger_entries_no_update;
                 DROP TRIGGER ledger_entries_no_delete",
        postgres: "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
    },
    Raw {
        sqlite: "DROP TRIGGER ledger_seals_no_update; DROP TRIGGER ledger_seals_no_delete",
        postgres: "ALTER TABLE ledger_seals DISABLE TRIGGER ALL",
    },
];

/// Whoever owns the database and its triggers is found out all the same.
#[rstest]
#[case::actor(Raw::same(
    "UPDATE ledger_entries SET actor = 'system:dispatcher' WHERE verb = 'post.approved'"
))]
#[case::details(Raw::same("UPDATE ledger_entries SET details = replace(details, 'revision', 'REVISION')"))]
#[case::verb(Raw::same("UPDATE ledger_entries SET verb = 'post.rejected' WHERE verb = 'post.approved'"))]
#[case::subject(Raw::same("UPDATE ledger_entries SET subject = 'pst_0' WHERE verb = 'post.created'"))]
#[case::time(Raw::same(
    "UPDATE ledger_entries SET at = '2026-11-24T00:00:00+00:00' WHERE verb = 'post.created'"
))]
#[case::policy(Raw::same("UPDATE ledger_entries SET policy_digest = NULL WHERE verb = 'post.approved'"))]
#[case::bytes(Raw::same("UPDATE ledger_entries SET canonical = digest WHERE verb = 'post.created'"))]
#[case::entry_gone(Raw::same("DELETE FROM ledger_entries WHERE verb = 'post.approved'"))]
#[case::seal_gone(Raw::same("DELETE FROM ledger_seals WHERE seq = 3"))]
#[case::seal_swapped(Raw::same("UPDATE ledger_seals SET prev = hash WHERE seq = 3"))]
#[case::last_seal_gone(Raw::same(
    "DELETE FROM ledger_seals WHERE seq = (SELECT MAX(seq) FROM ledger_seals)"
))]
#[case::head(Raw::same("UPDATE ledger_heads SET seq = seq - 1"))]
#[tokio::test]
async fn invariant_7_an_alteration_behind_the_triggers_is_found(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[case] intrusion: Raw,
) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = town.approved("改ざんできません。").await;
    town.work().await;
    assert_eq!(town.phases(post).await, [DeliveryPhase::Published]);
    assert!(town.verify(&[]).await.is_sound());
    let [entries, seals] = UNLOCKED;
    town.database.tamper(&[entries, seals, intrusion]).await;
    let report = town.verify(&[]).await;
    assert!(!report.is_sound());
}

/// A chain that was cut off and tied up again is sound in itself, but does not contain the head that
/// somebody noted down.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_7_a_chain_that_was_cut_off_lacks_a_noted_head(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    town.approved("切り取れません。").await;
    let noted = town.verify(&[]).await.head;
    assert!(town.verify(&[noted]).await.is_sound());
    let [entries, seals] = UNLOCKED;
    let cut = [
        Raw::same(
            "DELETE FROM ledger_entries WHERE id = (SELECT entry_id FROM ledger_seals ORDER BY seq DESC LIMIT 1)",
        ),
        Raw::same("DELETE FROM ledger_seals WHERE seq = (SELECT MAX(seq) FROM ledger_seals)"),
        Raw::same(
            "UPDATE ledger_heads SET seq = (SELECT MAX(seq) FROM ledger_seals),
                    hash = (SELECT hash FROM ledger_seals ORDER BY seq DESC LIMIT 1)",
        ),
    ];
    town.database
        .tamper(&[entries, seals, cut[0], cut[1], cut[2]])
        .await;
    assert!(town.verify(&[]).await.is_sound());
    assert!(!town.verify(&[noted]).await.is_sound());
}
