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
    let series = match &state {
        DeliveryState::Published { remote, .. } => Series::stored(1, 1, Some(remote.clone())),
        _ => Series::stored(1, 0, None),
    };
    let series = series.expect("a series");
    Delivery {
        id: DeliveryId::new(Uuid::from_u128(1)),
        organization: OrganizationId::new(Uuid::from_u128(2)),
        post: PostId::new(Uuid::from_u128(3)),
        account: AccountId::new(Uuid::from_u128(4)),
        revision: RevisionDigest::new([1; 32]),
        publish_at: Some(now()),
        generation: 0,
        series,
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
        DeliveryState::Waiting {
            due: now(),
            doubt: None,
        },
        DeliveryState::Claimed {
            lease: lease.clone(),
            doubt: None,
        },
        DeliveryState::Publishing {
            lease,
            attempt,
            doubt: None,
        },
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
        ("hold", |d| d.hold(reason(), now(), now())),
        ("give_back", |d| d.give_back(now())),
        ("retry_later", |d| d.retry_later(Fence(1), now())),
        ("park", |d| d.park(Fence(1), reason(), now(), now())),
        ("fail", |d| d.fail(Fence(1), "no".into(), now(), now())),
        ("doubt", |d| d.doubt(now(), now())),
        ("look_again", |d| d.look_again(now())),
        ("repeat", |d| d.repeat(now())),
        ("call_human", |d| d.call_human(now())),
        ("fall_through", |d| d.fall_through("no".into(), now())),
        ("not_found", |d| d.not_found(now())),
        ("resolve_out", |d| {
            let seen = d.state.in_doubt();
            d.resolve(seen, Resolution::IsOut(remote()), now())
        }),
        ("resolve_not_out", |d| {
            let seen = d.state.in_doubt();
            d.resolve(seen, Resolution::IsNotOut, now())
        }),
        ("miss", |d| d.miss(now(), now())),
        ("reschedule", |d| d.reschedule(now())),
        ("replan", |d| d.replan(now())),
        ("cancel", |d| d.cancel(user(), now())),
        ("accepted", |d| Ok(d.accepted(0, remote(), now()))),
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
        ("unknown", "fall_through", "failed"),
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
            in_state(state).accepted(0, remote(), now()).state.phase(),
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
    let claimed = in_state(DeliveryState::Claimed {
        lease: lease.clone(),
        doubt: None,
    });
    assert!(claimed.intend(Fence(1), attempt, now()).is_err());
    let publishing = in_state(DeliveryState::Publishing {
        lease,
        attempt,
        doubt: None,
    });
    assert!(
        publishing
            .clone()
            .fail(Fence(1), "no".into(), now(), now())
            .is_err()
    );
    assert!(publishing.retry_later(Fence(1), now()).is_err());
}

/// Once an answer is in doubt, only the platform's word or a person's ends it: no hold, no refusal, no
/// missed time and no cancellation makes it look as if nothing could be out.
#[test]
fn a_doubt_is_never_forgotten() {
    let attempt = AttemptId::new(Uuid::from_u128(5));
    let unknown = in_state(DeliveryState::Unknown {
        attempt,
        since: now(),
        looks: 0,
        look_at: now(),
    });
    let waiting = unknown.repeat(now()).expect("repeated");
    assert!(waiting.clone().cancel(user(), now()).is_err());
    assert!(waiting.clone().reschedule(now()).is_err());
    assert_eq!(
        waiting
            .clone()
            .miss(now(), now())
            .expect("looked up")
            .state
            .phase(),
        DeliveryPhase::Unknown
    );
    let claimed = waiting
        .claim("w".into(), now(), now() + TimeDelta::seconds(60))
        .expect("claimed");
    let held = claimed.clone().hold(reason(), now(), now()).expect("looked up");
    assert_eq!(held.state.phase(), DeliveryPhase::Unknown);
    let fence = claimed.fence;
    let second = AttemptId::new(Uuid::from_u128(6));
    let publishing = claimed.intend(fence, second, now()).expect("a second attempt");
    let refused = publishing
        .clone()
        .fail(fence, "no".into(), now(), now())
        .expect("looked up");
    assert!(matches!(refused.state, DeliveryState::Unknown { attempt: first, .. } if first == attempt));
    let later = publishing.retry_later(fence, now()).expect("later");
    assert_eq!(later.state.doubt(), Some(attempt));
}

#[test]
fn a_person_settles_the_attempt_that_they_saw_and_no_other() {
    let [first, second] = [5, 6].map(|id| AttemptId::new(Uuid::from_u128(id)));
    let needs_human = in_state(DeliveryState::NeedsHuman {
        attempt: second,
        since: now(),
    });
    for resolution in [Resolution::IsNotOut, Resolution::IsOut(remote())] {
        for stale in [None, Some(first)] {
            let settled = needs_human.clone().resolve(stale, resolution.clone(), now());
            assert!(settled.is_err(), "{stale:?} {resolution:?}");
        }
        assert!(
            needs_human
                .clone()
                .resolve(Some(second), resolution, now())
                .is_ok()
        );
    }
}

#[test]
fn what_a_restored_database_held_may_be_out_until_somebody_looked() {
    let reason = HoldReason::restored(crate::domain::ids::RestorationId::new(Uuid::from_u128(7)));
    let waiting = in_state(DeliveryState::Waiting {
        due: now(),
        doubt: None,
    });
    let held = waiting.hold(reason, now(), now()).expect("held");
    assert!(held.state.may_be_out());
    let steps = every_step();
    let refused = ["reschedule", "replan", "miss", "cancel"];
    for (name, step) in &steps {
        assert_eq!(
            step(held.clone()).is_err(),
            !["resolve_out", "resolve_not_out", "not_found", "accepted"].contains(name),
            "{name}"
        );
    }
    assert!(steps.iter().filter(|(name, _)| refused.contains(name)).count() == refused.len());
    let not_out = held
        .clone()
        .resolve(None, Resolution::IsNotOut, now())
        .expect("a decision");
    assert_eq!(
        not_out.generation, held.generation,
        "the key of the old order still protects"
    );
    let not_found = held.not_found(now()).expect("held like any other");
    assert!(!not_found.state.may_be_out());
    assert!(not_found.reschedule(now()).is_ok());
}

proptest! {
    #[test]
    fn no_walk_lowers_the_fence_or_forgets_what_is_out(
        steps in proptest::collection::vec(0usize..20, 0..60)
    ) {
        let table = every_step();
        let mut delivery = in_state(DeliveryState::Pending);
        for index in steps {
            let before = delivery.clone();
            if let Ok(after) = table[index].1(delivery.clone()) {
                prop_assert!(after.fence >= before.fence, "the fence never falls");
                prop_assert!(after.generation >= before.generation, "the generation never falls");
                let published = before.state.phase() == DeliveryPhase::Published;
                prop_assert!(!published || after.state.phase() == DeliveryPhase::Published);
                let settled_by = ["resolve_out", "resolve_not_out", "accepted", "retry_later", "park", "fail"];
                if before.state.may_be_out() && !settled_by.contains(&table[index].0) {
                    prop_assert!(after.state.may_be_out(), "{} forgot a doubt", table[index].0);
                }
                delivery = after;
            }
        }
    }
}

/// A series of three, claimed and publishing under its first fence.
fn series_of_three() -> Delivery {
    let lease = Lease {
        owner: "w".into(),
        fence: Fence(1),
        until: now() + TimeDelta::seconds(60),
    };
    Delivery {
        series: Series::of(3),
        ..in_state(DeliveryState::Publishing {
            lease,
            attempt: AttemptId::new(Uuid::from_u128(5)),
            doubt: None,
        })
    }
}

fn numbered(id: &str) -> RemoteRef {
    RemoteRef {
        id: id.to_owned(),
        url: None,
    }
}

#[test]
fn a_series_goes_on_part_by_part_and_is_out_where_its_first_part_is() {
    let one = series_of_three().accepted(0, numbered("1"), now());
    assert_eq!((one.state.phase(), one.series.out()), (DeliveryPhase::Waiting, 1));
    assert!(one.may_be_out() && !one.state.may_be_out());
    // The same answer once more says nothing new.
    assert_eq!(one.clone().accepted(0, numbered("9"), now()), one);
    let two = one.accepted(1, numbered("2"), now());
    let three = two.accepted(2, numbered("3"), now());
    assert_eq!(
        three.state,
        DeliveryState::Published {
            remote: numbered("1"),
            at: now()
        }
    );
}

#[test]
fn after_a_part_that_nobody_can_tell_of_none_follows() {
    let doubtful = series_of_three()
        .accepted(0, numbered("1"), now())
        .claim("w".into(), now(), now() + TimeDelta::seconds(60))
        .and_then(|d| d.intend(Fence(2), AttemptId::new(Uuid::from_u128(6)), now()))
        .and_then(|d| d.doubt(now(), now()))
        .expect("a doubt about the second part");
    assert!(doubtful.clone().claim("w".into(), now(), now()).is_err());
    assert_eq!(
        (doubtful.series.out(), doubtful.state.phase()),
        (1, DeliveryPhase::Unknown)
    );
    // A person finds it: the rest waits for the time that it had, and is missed if that is over.
    let found = doubtful
        .call_human(now())
        .and_then(|d| {
            d.resolve(
                Some(AttemptId::new(Uuid::from_u128(6))),
                Resolution::IsOut(numbered("2")),
                now(),
            )
        })
        .expect("resolved");
    assert_eq!(
        (found.series.out(), found.state.phase()),
        (2, DeliveryPhase::Waiting)
    );
}

#[test]
fn the_rest_of_a_series_can_be_taken_back_and_what_is_out_stays_out() {
    let begun = series_of_three().accepted(0, numbered("1"), now());
    let ended = begun.cancel(user(), now()).expect("taken back");
    assert_eq!(
        (ended.state.phase(), ended.series.out()),
        (DeliveryPhase::Failed, 1)
    );
    assert!(ended.may_be_out());
}
