//! The tables refuse what the state machines do not have, whoever writes it.

use rstest::rstest;
use uuid::Uuid;

use super::{
    Db, on,
    town::{Town, at, attempt, intended, step},
};
use crate::{
    domain::{
        attempt::{Outcome, OutcomeClass, RemoteRef},
        delivery::{Delivery, DeliveryPhase, DeliveryState, Fence, Lease, Series},
        digest::RevisionDigest,
        hold::{HoldCause, HoldReason},
        ids::AttemptId,
        post::{Post, PostPhase, PostState, Summary},
    },
    store::{attempts, posts, sql::Dialect},
};

/// A column, a value that it could have, the states that need it, and those that may also have it.
type Rule = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const DELIVERY: &[Rule] = &[
    ("due_at", "'2027-01-15T09:00:00+00:00'", &["waiting"], &[]),
    ("lease_owner", "'node'", &["claimed", "publishing"], &[]),
    (
        "lease_until",
        "'2027-01-15T09:00:00+00:00'",
        &["claimed", "publishing"],
        &[],
    ),
    ("attempt_id", "id", &["publishing", "unknown", "needs_human"], &[]),
    (
        "since",
        "'2027-01-15T09:00:00+00:00'",
        &[
            "unknown",
            "needs_human",
            "held",
            "missed",
            "published",
            "failed",
            "cancelled",
        ],
        &[],
    ),
    ("looks", "0", &["unknown"], &[]),
    ("look_at", "'2027-01-15T09:00:00+00:00'", &["unknown"], &[]),
    ("hold_cause", "'gate'", &["held"], &[]),
    ("hold_detail", "'words'", &["held"], &[]),
    ("remote_id", "'110'", &["published"], &[]),
    ("remote_url", "'https://social.example/110'", &[], &["published"]),
    ("why", "'refused'", &["failed"], &[]),
    (
        "cancelled_by",
        "(SELECT id FROM users LIMIT 1)",
        &["cancelled"],
        &[],
    ),
    ("doubt_id", "id", &[], &["waiting", "claimed", "publishing"]),
    // Each without the other: both columns go together.
    ("publish_at", "publish_at", DELIVERY_STATES, &[]),
    ("miss_at", "miss_at", DELIVERY_STATES, &[]),
];

/// Pairs of columns that no CHECK of one column alone would catch: the values, and the states that allow them.
const DELIVERY_PAIRS: &[(&str, &[&str])] = &[
    (
        "lease_owner = 'node', lease_until = '2027-01-15T09:00:00+00:00'",
        &["claimed", "publishing"],
    ),
    ("hold_cause = 'gate', hold_detail = 'words'", &["held"]),
    (
        "remote_id = '110', remote_url = 'https://social.example/110'",
        &["published"],
    ),
    ("looks = 0, look_at = '2027-01-15T09:00:00+00:00'", &["unknown"]),
    (
        "publish_at = NULL, miss_at = NULL",
        &["pending", "held", "cancelled"],
    ),
];

const DELIVERY_STATES: &[&str] = &[
    "pending",
    "waiting",
    "claimed",
    "publishing",
    "published",
    "failed",
    "unknown",
    "needs_human",
    "held",
    "missed",
    "cancelled",
];

const POST: &[Rule] = &[
    (
        "revision_digest",
        "BYTES",
        &["in_review", "approved", "completed"],
        &[],
    ),
    ("route", "'[]'", &["in_review", "approved", "completed"], &[]),
    ("stage", "0", &["in_review"], &[]),
    ("summary", "'partial'", &["completed"], &[]),
    ("document_number", "'1'", &[], POST_STATES),
    ("publish_at", "publish_at", POST_STATES, &[]),
];

const POST_STATES: &[&str] = &[
    "draft",
    "in_review",
    "approved",
    "rejected",
    "cancelled",
    "completed",
];

const ATTEMPT: &[Rule] = &[
    ("ended_at", "'2027-01-15T09:00:00+00:00'", CLOSED, &[]),
    ("outcome", "'not_sent'", CLOSED, &[]),
    ("remote_id", "'110'", &["published"], &[]),
    ("remote_url", "'https://social.example/110'", &[], &["published"]),
];

const CLOSED: &[&str] = &[
    "published",
    "not_sent",
    "rejected_transient",
    "rejected_reauth",
    "rejected_permanent",
    "rejected_duplicate",
    "unknown",
];

/// Executes a change of one row and puts it back; tells whether a CHECK refused it.
async fn is_refused(db: &Db, change: &str, undo: &str, id: Uuid) -> bool {
    match db.raw(change, &[id]).await {
        Ok(rows) => {
            assert_eq!(rows, 1, "{change}");
            db.raw(undo, &[id]).await.unwrap();
            false
        }
        Err(sqlx::Error::Database(why)) => {
            assert!(why.is_check_violation(), "{change}: {why}");
            true
        }
        Err(why) => panic!("{change}: {why}"),
    }
}

/// Flips every column of a row in a state: what is needed is taken away, what is absent is put there.
async fn flip(db: &Db, table: &str, rules: &[Rule], state: &str, id: Uuid) {
    for (column, value, needed, allowed) in rules {
        let value = value.replace("BYTES", &db.bytes(&[1; 32]));
        let (set, clear) = (
            format!("UPDATE {table} SET {column} = {value} WHERE id = $1"),
            format!("UPDATE {table} SET {column} = NULL WHERE id = $1"),
        );
        if needed.contains(&state) {
            assert!(is_refused(db, &clear, &set, id).await, "{state} without {column}");
        } else {
            let refused = is_refused(db, &set, &clear, id).await;
            assert_eq!(refused, !allowed.contains(&state), "{state} with {column}");
        }
    }
}

fn every_delivery_state(town: &Town, attempt: AttemptId, lease: Lease) -> Vec<DeliveryState> {
    let (since, doubt) = (at(5), None);
    let reason = HoldReason {
        cause: HoldCause::Window,
        detail: "closed".to_owned(),
    };
    let remote = RemoteRef {
        id: "1".to_owned(),
        url: None,
    };
    vec![
        DeliveryState::Pending,
        DeliveryState::Waiting { due: at(0), doubt },
        DeliveryState::Claimed {
            lease: lease.clone(),
            doubt,
        },
        DeliveryState::Publishing {
            lease,
            attempt,
            doubt,
        },
        DeliveryState::Unknown {
            attempt,
            since,
            looks: 2,
            look_at: at(9),
        },
        DeliveryState::NeedsHuman { attempt, since },
        DeliveryState::Held { reason, since },
        DeliveryState::Missed { at: since },
        DeliveryState::Published { remote, at: since },
        DeliveryState::Failed {
            why: "no".to_owned(),
            at: since,
        },
        DeliveryState::Cancelled {
            by: town.author,
            at: since,
        },
    ]
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_delivery_has_the_columns_of_its_state_and_no_other(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let lease = Lease {
            owner: "node".to_owned(),
            fence: Fence(0),
            until: at(60),
        };
        let states = every_delivery_state(&town, AttemptId::new(db.ids.next()), lease);
        assert_eq!(states.len(), DeliveryPhase::ALL.len());
        for state in states {
            let phase = state.phase().as_str();
            let pending = town.pending(db, Some(at(0))).await;
            let id = pending.id.uuid();
            let series = match &state {
                DeliveryState::Published { remote, .. } => {
                    Series::stored(1, 1, Some(remote.clone())).unwrap()
                }
                _ => pending.series.clone(),
            };
            let written = Delivery {
                state,
                series,
                ..pending.clone()
            };
            step(db, &pending, written).await.unwrap();

            flip(db, "deliveries", DELIVERY, phase, id).await;
            for (values, allowed) in DELIVERY_PAIRS {
                // What is allowed may stay: the row is not used again.
                let change = format!("UPDATE deliveries SET {values} WHERE id = $1");
                let back = "UPDATE deliveries SET generation = 0 WHERE id = $1";
                let refused = is_refused(db, &change, back, id).await;
                assert_eq!(refused, !allowed.contains(&phase), "{phase} with {values}");
            }
            // No two states have the same columns: none can be relabelled as another.
            for other in DeliveryPhase::ALL {
                let change = format!("UPDATE deliveries SET state = '{other}' WHERE id = $1");
                let refused = is_refused(db, &change, &change, id).await;
                assert_eq!(refused, other.as_str() != phase, "{phase} relabelled as {other}");
            }
        }
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn a_post_has_the_columns_of_its_state_and_no_other(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let revision = RevisionDigest::new([7; 32]);
        let route = || town.route();
        let states = [
            PostState::Draft,
            PostState::InReview {
                revision,
                stage: 0,
                route: route(),
            },
            PostState::Approved {
                revision,
                route: route(),
            },
            PostState::Rejected,
            PostState::Cancelled,
            PostState::Completed {
                revision,
                route: route(),
                summary: Summary::Failed,
            },
        ];
        assert_eq!(states.len(), PostPhase::ALL.len());
        for state in states {
            let draft = town.draft(db.ids.next());
            let (id, phase) = (draft.id.uuid(), state.phase().as_str());
            change!(db, |tx| {
                posts::insert(tx, &draft, at(0)).await?;
                posts::update(tx, &Post { state, ..draft }, at(1)).await
            })
            .unwrap();
            flip(db, "posts", POST, phase, id).await;
            let mode = "UPDATE posts SET publish_mode = 'on_approval' WHERE id = $1";
            assert!(
                is_refused(db, mode, mode, id).await,
                "on approval, and yet at a time"
            );
        }
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn an_attempt_has_the_columns_of_its_outcome_and_no_other(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let why = || "said".to_owned();
        let remote = RemoteRef {
            id: "1".to_owned(),
            url: None,
        };
        let outcomes = [
            Outcome::Published(remote),
            Outcome::NotSent { why: why() },
            Outcome::RejectedTransient {
                why: why(),
                again: None,
            },
            Outcome::RejectedReauth { why: why() },
            Outcome::RejectedPermanent { why: why() },
            Outcome::RejectedDuplicate { why: why() },
            Outcome::Unknown { why: why() },
        ];
        assert_eq!(outcomes.len(), OutcomeClass::ALL.len());
        for outcome in std::iter::once(None).chain(outcomes.map(Some)) {
            let claimed = town.claimed(db, "node", at(0)).await;
            let (organization, intent) = (town.organization, attempt(db, &claimed, 0, at(1)));
            let id = intent.id;
            let class = outcome
                .as_ref()
                .map_or("open", |outcome| outcome.class().as_str());
            change!(db, |tx| intended(tx, organization, intent).await).unwrap();
            if let Some(outcome) = outcome {
                change!(db, |tx| attempts::close(tx, organization, id, &outcome, at(2))
                    .await)
                .unwrap();
            }
            flip(db, "attempts", ATTEMPT, class, id.uuid()).await;
        }
    })
    .await;
}
