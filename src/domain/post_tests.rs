use super::*;
use crate::domain::{
    actor::OrganizationRole,
    attempt::RemoteRef,
    delivery::{DeliveryState, Fence, Series},
    ids::{AccountId, DeliveryId, DivisionId},
};
use uuid::Uuid;

fn stage(division: u128) -> Stage {
    Stage {
        title: "課長".into(),
        requirement: Requirement::ApproverOf(DivisionId::new(Uuid::from_u128(division))),
    }
}

fn beyond() -> Stage {
    Stage {
        title: "広報課".into(),
        requirement: Requirement::Holder(OrganizationRole::Publicity),
    }
}

fn digest() -> RevisionDigest {
    RevisionDigest::new([1; 32])
}

fn route() -> Route {
    Route::new(vec![stage(1), stage(2)])
}

fn in_state(state: PostState) -> Post {
    Post {
        id: PostId::new(Uuid::from_u128(1)),
        organization: OrganizationId::new(Uuid::from_u128(2)),
        author: UserId::new(Uuid::from_u128(3)),
        document_number: Some("広報第12号".into()),
        publish: PublishMode::OnApproval,
        version: 1,
        state,
    }
}

fn every_state() -> Vec<PostState> {
    vec![
        PostState::Draft,
        PostState::InReview {
            revision: digest(),
            stage: 0,
            route: route(),
        },
        PostState::Approved {
            revision: digest(),
            route: route(),
        },
        PostState::Rejected,
        PostState::Cancelled,
        PostState::Completed {
            revision: digest(),
            route: route(),
            summary: Summary::Partial,
        },
    ]
}

#[test]
fn exactly_these_transitions_exist() {
    type Step = fn(Post) -> Result<Post, PostError>;
    let steps: Vec<(&str, Step)> = vec![
        ("submit", |p| p.submit(digest(), route())),
        ("approve", |p| p.approve().map(|(post, _)| post)),
        ("return", Post::send_back),
        ("reject", Post::reject),
        ("escalate", |p| p.escalate(beyond())),
        ("edit", |p| p.edit(&[])),
        ("cancel", |p| p.cancel(&[])),
        ("reopen", Post::reopen),
    ];
    let mut found = Vec::new();
    for state in every_state() {
        for (name, step) in &steps {
            let from = state.phase().as_str();
            if let Ok(after) = step(in_state(state.clone())) {
                found.push((from, *name, after.state.phase().as_str()));
            }
        }
    }
    let expected = vec![
        ("draft", "submit", "in_review"),
        ("draft", "edit", "draft"),
        ("draft", "cancel", "cancelled"),
        ("in_review", "approve", "in_review"),
        ("in_review", "return", "draft"),
        ("in_review", "reject", "rejected"),
        ("in_review", "escalate", "in_review"),
        ("in_review", "edit", "draft"),
        ("in_review", "cancel", "cancelled"),
        ("approved", "edit", "draft"),
        ("approved", "cancel", "cancelled"),
        ("approved", "reopen", "approved"),
        ("completed", "reopen", "approved"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_last_stage_completes_the_route() {
    let post = in_state(PostState::Draft)
        .submit(digest(), route())
        .expect("submitted");
    let (post, progress) = post.approve().expect("first stage");
    assert_eq!(progress, Progress::NextStage);
    let (post, progress) = post.approve().expect("second stage");
    assert_eq!(
        (progress, post.state.phase()),
        (Progress::Complete, PostPhase::Approved)
    );
}

#[test]
fn a_stale_digest_is_refused_and_says_what_is_current() {
    let post = in_state(PostState::InReview {
        revision: digest(),
        stage: 0,
        route: route(),
    });
    let stale = RevisionDigest::new([2; 32]);
    assert_eq!(
        post.reviewed(stale, Decision::Approve),
        Err(PostError::StaleDigest { current: digest() })
    );
    assert!(post.reviewed(digest(), Decision::Approve).is_ok());
}

#[test]
fn escalation_beyond_the_last_stage_adds_one() {
    let post = in_state(PostState::InReview {
        revision: digest(),
        stage: 1,
        route: route(),
    });
    let post = post.escalate(beyond()).expect("escalated");
    assert_eq!(post.current_stage(), Some(&beyond()));
}

fn delivery(out: u16, state: DeliveryState) -> Delivery {
    let first = (out > 0).then(|| RemoteRef {
        id: "1".into(),
        url: None,
    });
    Delivery {
        id: DeliveryId::new(Uuid::from_u128(5)),
        organization: OrganizationId::new(Uuid::from_u128(2)),
        post: PostId::new(Uuid::from_u128(1)),
        account: AccountId::new(Uuid::from_u128(4)),
        revision: digest(),
        publish_at: Some(DateTime::UNIX_EPOCH),
        generation: 0,
        series: Series::stored(2, out, first).expect("a series"),
        fence: Fence(0),
        state,
    }
}

fn published() -> Delivery {
    let remote = RemoteRef {
        id: "1".into(),
        url: None,
    };
    delivery(
        2,
        DeliveryState::Published {
            remote,
            at: DateTime::UNIX_EPOCH,
        },
    )
}

fn cancelled() -> Delivery {
    delivery(
        0,
        DeliveryState::Cancelled {
            by: UserId::new(Uuid::from_u128(3)),
            at: DateTime::UNIX_EPOCH,
        },
    )
}

fn missed() -> Delivery {
    let at = DateTime::UNIX_EPOCH;
    delivery(0, DeliveryState::Missed { at })
}

fn failed(out: u16) -> Delivery {
    let why = "no".to_owned();
    let at = DateTime::UNIX_EPOCH;
    delivery(out, DeliveryState::Failed { why, at })
}

#[test]
fn what_may_be_out_is_not_edited() {
    let approved = || {
        in_state(PostState::Approved {
            revision: digest(),
            route: route(),
        })
    };
    assert_eq!(approved().edit(&[published()]), Err(PostError::MayBeOut));
    let rest = approved().cancel(&[published(), cancelled()]);
    assert!(matches!(
        rest.expect("settled").state,
        PostState::Completed {
            summary: Summary::Partial,
            ..
        }
    ));
}

#[test]
fn a_post_settles_only_when_every_delivery_is_final() {
    let approved = || {
        in_state(PostState::Approved {
            revision: digest(),
            route: route(),
        })
    };
    let missed = approved().settle(&[published(), missed()]);
    assert_eq!(missed.state.phase(), PostPhase::Approved);
    let done = approved().settle(&[published(), published()]);
    assert!(matches!(
        done.state,
        PostState::Completed {
            summary: Summary::Published,
            ..
        }
    ));
    for (out, expected) in [(0, Summary::Failed), (1, Summary::Partial)] {
        let ended = approved().settle(&[failed(out)]);
        assert!(matches!(ended.state, PostState::Completed { summary, .. } if summary == expected));
    }
}
