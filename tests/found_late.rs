//! What the gate finds only when an approved post is about to leave: it is held, and the last stage answers.

use chrono::Duration;
use rstest::rstest;
use sekisho::{
    app::STANDARD_PROFILE,
    domain::{
        delivery::DeliveryPhase, digest::FindingId, finding::Severity, hold::HoldCause, ids::PostId,
        signoff::Acknowledgement,
    },
    gate::word_lists::WordList,
    service::{Approval, Conflict, Need, ServiceError},
};

use crate::support::{Town, database::Kind};

const RULE: &str = "words.found_late";

/// An approved post that the policy of its planned time has a question about.
async fn held(town: &Town) -> PostId {
    let post = town
        .walk(town.planned("図書館の開館時間が変わります。", "2026-11-24T10:30:00"))
        .await;
    town.change_policy(STANDARD_PROFILE, |document| {
        let list = document.words.first().expect("a list");
        document.words.push(WordList {
            category: "found_late".into(),
            severity: Severity::Confirm,
            ja: vec!["開館時間が変わります".into()],
            en: Vec::new(),
            except: Vec::new(),
            ..list.clone()
        });
    })
    .await;
    town.it_is("2026-11-24T10:30:00");
    town.work().await;
    assert_eq!(town.held_for(post).await, (HoldCause::Gate, RULE.to_owned()));
    post
}

/// What is open on a post, as its signer is told.
async fn open(town: &Town, post: PostId) -> Vec<FindingId> {
    let seen = town.view(post).await.revision.digest;
    let service = &town.app.service;
    let nothing = Approval {
        seen,
        acknowledgements: Vec::new(),
        attestations: Vec::new(),
    };
    match service.acknowledge(&town.people.director, post, nothing).await {
        Err(ServiceError::Unacknowledged(verdict)) => {
            let findings = verdict.findings.iter().filter(|finding| finding.rule == RULE);
            findings.map(|finding| finding.id).collect()
        }
        other => panic!("{other:?}"),
    }
}

async fn word(town: &Town, post: PostId) -> Approval {
    let acknowledgements = open(town, post).await.into_iter().map(|finding| Acknowledgement {
        finding,
        reason: "図書館に確認済み".into(),
    });
    Approval {
        acknowledgements: acknowledgements.collect(),
        seen: town.view(post).await.revision.digest,
        attestations: Vec::new(),
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn the_last_stage_takes_responsibility_and_it_leaves(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = held(&town).await;
    let (service, people) = (&town.app.service, &town.people);
    let waiting = service.queue(&people.director).await.expect("a queue");
    assert_eq!(
        waiting.iter().map(|view| view.post.id).collect::<Vec<_>>(),
        [post]
    );
    let word = word(&town, post).await;
    service
        .acknowledge(&people.director, post, word)
        .await
        .expect("acknowledged");
    town.work().await;
    assert_eq!(town.phases(post).await, [DeliveryPhase::Published]);
    assert_eq!(town.arrived().len(), 1);
    assert_eq!(service.queue(&people.director).await.expect("a queue").len(), 0);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn too_late_it_is_given_another_time_first(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let post = held(&town).await;
    let (service, people) = (&town.app.service, &town.people);
    let word = word(&town, post).await;
    town.hand().advance(Duration::minutes(15));
    let too_late = service.acknowledge(&people.director, post, word.clone()).await;
    assert!(
        matches!(too_late, Err(ServiceError::Conflict(Conflict::RetimeFirst))),
        "{too_late:?}"
    );
    town.work().await;
    assert_eq!(town.phases(post).await, [DeliveryPhase::Missed]);
    assert_eq!(town.arrived().len(), 0);
    let at = crate::support::steps::japan("2026-11-24T11:00:00");
    service
        .reschedule(&people.clerk, post, at)
        .await
        .expect("a new time");
    service
        .acknowledge(&people.director, post, word)
        .await
        .expect("acknowledged");
    town.it_is("2026-11-24T11:00:00");
    town.work().await;
    assert_eq!(town.phases(post).await, [DeliveryPhase::Published]);
}

#[tokio::test]
async fn neither_its_author_nor_another_stage_nor_for_other_content() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let post = held(&town).await;
    let (service, people) = (&town.app.service, &town.people);
    let word = word(&town, post).await;
    let by_the_first_stage = service
        .acknowledge(&people.section_chief, post, word.clone())
        .await;
    assert!(
        matches!(by_the_first_stage, Err(ServiceError::Forbidden(Need::Role))),
        "{by_the_first_stage:?}"
    );
    let by_the_author = service.acknowledge(&people.clerk, post, word.clone()).await;
    assert!(
        matches!(by_the_author, Err(ServiceError::Forbidden(_))),
        "{by_the_author:?}"
    );
    let other_content = Approval {
        seen: sekisho::domain::digest::RevisionDigest::new([7; 32]),
        ..word
    };
    let stale = service.acknowledge(&people.director, post, other_content).await;
    assert!(
        matches!(stale, Err(ServiceError::Conflict(Conflict::StaleDigest { .. }))),
        "{stale:?}"
    );
    town.work().await;
    assert_eq!(town.arrived().len(), 0);
}

#[tokio::test]
async fn where_all_is_out_there_is_nothing_to_answer() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let post = town
        .walk(town.planned("図書館の休館日です。", "2026-11-24T10:30:00"))
        .await;
    town.it_is("2026-11-24T10:30:00");
    town.work().await;
    let seen = town.view(post).await.revision.digest;
    let answer = town
        .app
        .service
        .acknowledge(
            &town.people.director,
            post,
            Approval {
                seen,
                acknowledgements: Vec::new(),
                attestations: Vec::new(),
            },
        )
        .await;
    assert!(
        matches!(answer, Err(ServiceError::Conflict(Conflict::State { .. }))),
        "{answer:?}"
    );
}
