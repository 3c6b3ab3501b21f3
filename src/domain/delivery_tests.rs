use super::*;
use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

fn reason() -> HoldReason {
    HoldReason {
        cause: crate::domain::hold::HoldCause::Window,
        detail: "window.closed".into(),
    }
}

fn remote() -> RemoteRef {
    RemoteRef {
        id: "1".into(),
        url: None,
    }
}

fn user() -> UserId {
    UserId::new(Uuid::from_u128(9))
}

fn in_state(state: DeliveryState) -> Delivery {
    Delivery {
        id: DeliveryId::new(Uuid::from_u128(1)),
        organization: OrganizationId::new(Uuid::from_u128(2)),
        post: PostId::new(Uuid::from_u128(3)),
        account: AccountId::new(Uuid::from_u128(4)),
        revision: RevisionDigest::new([1; 32]),
        publish_at: Some(now()),
        generation: 0,
        fence: Fence(1),
        state,
    }
}

fn every_state() -> Vec<DeliveryState> {
    let lease = Lease {
        owner: "w".into(),
        fence: Fence(1),
        until: now() + TimeDelta::seconds(60),
    };
    let attempt = AttemptId::new(Uuid::from_u128(5));
    vec![
        DeliveryState::Pending,
        DeliveryState::Waiting { due: now() },
        DeliveryState::Claimed { lease: lease.clone() },
        DeliveryState::Publishing { lease, attempt },
        DeliveryState::Unknown {
            attempt,
            since: now(),
            looks: 0,
            look_at: now(),
        },
        DeliveryState::NeedsHuman {
            attempt,
            since: now(),
        },
        DeliveryState::Held {
            reason: reason(),
            since: now(),
        },
        DeliveryState::Missed { at: now() },
        DeliveryState::Published {
            remote: remote(),
            at: now(),
        },
        DeliveryState::Failed {
            why: "no".into(),
            at: now(),
        },
        DeliveryState::Cancelled {
            by: user(),
            at: now(),
        },
    ]
}

type Step = fn(Delivery) -> Result<Delivery, InvalidTransition>;

fn every_step() -> Vec<(&'static str, Step)> {
    vec![
        ("approve", |d| d.approve(now())),
        ("claim", |d| {
            d.claim("w".into(), now(), now() + TimeDelta::seconds(60))
        }),
        ("intend", |d| {
            d.intend(Fence(1), AttemptId::new(Uuid::from_u128(6)), now())
        }),
        ("hold", |d| d.hold(reason(), now())),
        ("give_back", |d| d.give_back(now())),
        ("retry_later", |d| d.retry_later(Fence(1), now())),
        ("park", |d| d.park(Fence(1), reason(), now())),
        ("fail", |d| d.fail(Fence(1), "no".into(), now())),
        ("doubt", |d| d.doubt(now(), now())),
        ("look_again", |d| d.look_again(now())),
        ("repeat", |d| d.repeat(now())),
        ("call_human", |d| d.call_human(now())),
        ("resolve_out", |d| d.resolve(Resolution::IsOut(remote()), now())),
        ("resolve_not_out", |d| d.resolve(Resolution::IsNotOut, now())),
        ("miss", |d| d.miss(now())),
        ("reschedule", |d| d.reschedule(now())),
        ("replan", |d| d.replan(now())),
        ("cancel", |d| d.cancel(user(), now())),
        ("accepted", |d| Ok(d.accepted(remote(), now()))),
    ]
}

/// The whole table: what is not in it is refused.
#[test]
fn exactly_these_transitions_exist() {
    let expected = [
        ("pending", "approve", "waiting"),
        ("pending", "hold", "held"),
        ("pending", "miss", "missed"),
        ("pending", "replan", "pending"),
        ("pending", "cancel", "cancelled"),
        ("waiting", "claim", "claimed"),
        ("waiting", "hold", "held"),
        ("waiting", "miss", "missed"),
        ("waiting", "reschedule", "waiting"),
        ("waiting", "cancel", "cancelled"),
        ("claimed", "intend", "publishing"),
        ("claimed", "hold", "held"),
        ("claimed", "give_back", "waiting"),
        ("claimed", "cancel", "cancelled"),
        ("publishing", "retry_later", "waiting"),
        ("publishing", "park", "held"),
        ("publishing", "fail", "failed"),
        ("publishing", "doubt", "unknown"),
        ("unknown", "look_again", "unknown"),
        ("unknown", "repeat", "waiting"),
        ("unknown", "call_human", "needs_human"),
        ("needs_human", "resolve_out", "published"),
        ("needs_human", "resolve_not_out", "waiting"),
        ("held", "miss", "missed"),
        ("held", "reschedule", "waiting"),
        ("held", "replan", "pending"),
        ("held", "cancel", "cancelled"),
        ("missed", "reschedule", "waiting"),
        ("missed", "replan", "pending"),
        ("missed", "cancel", "cancelled"),
        ("failed", "reschedule", "waiting"),
    ];
    let mut found = Vec::new();
    for state in every_state() {
        for (name, step) in every_step() {
            // A late acceptance is a fact and beats every state; it has its own test.
            if name == "accepted" {
                continue;
            }
            let from = state.phase();
            if let Ok(after) = step(in_state(state.clone())) {
                found.push((from.as_str(), name, after.state.phase().as_str()));
            }
        }
    }
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_late_acceptance_beats_every_state() {
    for state in every_state() {
        assert_eq!(
            in_state(state).accepted(remote(), now()).state.phase(),
            DeliveryPhase::Published
        );
    }
}

#[test]
fn an_older_fence_changes_nothing() {
    let lease = Lease {
        owner: "w".into(),
        fence: Fence(2),
        until: now() + TimeDelta::seconds(60),
    };
    let attempt = AttemptId::new(Uuid::from_u128(5));
    let claimed = in_state(DeliveryState::Claimed { lease: lease.clone() });
    assert!(claimed.intend(Fence(1), attempt, now()).is_err());
    let publishing = in_state(DeliveryState::Publishing { lease, attempt });
    assert!(publishing.clone().fail(Fence(1), "no".into(), now()).is_err());
    assert!(publishing.retry_later(Fence(1), now()).is_err());
}

proptest! {
    #[test]
    fn never_lost_every_walk_ends_in_a_state_that_ends_or_is_looked_at(
        steps in proptest::collection::vec(0usize..19, 0..40)
    ) {
        let table = every_step();
        let mut delivery = in_state(DeliveryState::Pending);
        let mut fence = delivery.fence;
        for index in steps {
            if let Ok(after) = table[index].1(delivery.clone()) {
                prop_assert!(after.fence >= fence, "the fence never falls");
                fence = after.fence;
                delivery = after;
            }
        }
        let phase = delivery.state.phase();
        let looked_at = !phase.is_final();
        prop_assert!(phase.is_final() || looked_at);
    }
}
