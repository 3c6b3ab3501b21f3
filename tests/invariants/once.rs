//! 5. Never twice; never lost: at any moment each delivery is in exactly one state that either ends or
//!    will be looked at again.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, stream};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use rstest::rstest;
use sekisho::{
    domain::{actor::Actor, delivery::DeliveryPhase, ids::PostId},
    sandbox::{Fault, FaultPlan, FaultRule, On},
    vault::Secret,
};

use crate::support::{Town, database::Kind};

const POSTS: usize = 200;

/// Something that goes wrong, of everything that a server can do to a request.
fn fault(chance: &mut StdRng) -> Fault {
    match chance.random_range(0..14) {
        0 => Fault::TooManyRequests { retry_after_s: 0 },
        1 => Fault::TooManyRequests { retry_after_s: 1 },
        2 => Fault::Status { code: 500 },
        3 => Fault::Status { code: 503 },
        4 => Fault::Status { code: 422 },
        5 => Fault::Html { code: 502 },
        6 => Fault::CutBefore,
        7 => Fault::CutAfter,
        8 => Fault::AcceptThenStatus { code: 502 },
        9 => Fault::AcceptThenHtml { code: 200 },
        10 => Fault::AnswerTwice,
        11 => Fault::AcceptThenHang { ms: 2_300 },
        12 => Fault::Delay {
            ms: chance.random_range(1..200),
        },
        _ => Fault::LandLate {
            ms: chance.random_range(1..900),
        },
    }
}

fn plan(seed: u64) -> FaultPlan {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut rule = |on| FaultRule {
        on,
        account: None,
        times: Some(chance.random_range(1..4)),
        skip: chance.random_range(0..4),
        fault: fault(&mut chance),
    };
    let mut faults: Vec<FaultRule> = (0..60).map(|_| rule(On::Publish)).collect();
    faults.push(FaultRule {
        on: On::Read,
        account: None,
        times: Some(5),
        skip: 1,
        fault: Fault::Status { code: 500 },
    });
    FaultPlan { faults }
}

/// Queues and approves all posts, while the dispatcher is at work, until every delivery came to rest.
async fn publish_all(town: &Town) -> Vec<(PostId, String)> {
    let approving = stream::iter(0..POSTS)
        .map(|number| async move {
            let text = format!("お知らせ第{number}号です。");
            (town.approved(&text).await, text)
        })
        .buffer_unordered(16)
        .collect::<Vec<_>>();
    let working = async {
        for _ in 0..4_000 {
            town.app.dispatcher.round().await.expect("a round");
            let moving: i64 = town
                .app
                .service
                .pulse()
                .await
                .expect("a pulse")
                .into_iter()
                .filter(|(phase, _)| !phase.is_final() && *phase != DeliveryPhase::NeedsHuman)
                .map(|(_, count)| count)
                .sum();
            let all = counted(town).await.values().sum::<i64>();
            if moving == 0 && all == i64::try_from(POSTS).expect("a number") {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        let service = &town.app.service;
        let left = service.attention(&town.people.director).await;
        let first = left
            .expect("the rest")
            .into_iter()
            .find(|view| !view.delivery.state.phase().is_final());
        panic!("not at rest: {:?}, such as {first:?}", counted(town).await);
    };
    let (posts, ()) = tokio::join!(approving, working);
    posts
}

async fn counted(town: &Town) -> BTreeMap<String, i64> {
    let pulse = town.app.service.pulse().await.expect("a pulse");
    pulse
        .into_iter()
        .map(|(phase, count)| (phase.to_string(), count))
        .collect()
}

/// The texts of the posts in a phase.
async fn texts_in(town: &Town, posts: &[(PostId, String)], wanted: DeliveryPhase) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for (post, text) in posts {
        if town.delivery(*post).await.state.phase() == wanted {
            texts.insert(text.clone());
        }
    }
    texts
}

#[rstest]
#[tokio::test]
async fn invariant_5_two_hundred_posts_through_a_server_that_fails_at_random(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[values(1, 20_261_124)] seed: u64,
) {
    let Some(town) = Town::on(kind).await else { return };
    town.set_faults(plan(seed)).await;
    let posts = publish_all(&town).await;
    let published = texts_in(&town, &posts, DeliveryPhase::Published).await;
    let failed = texts_in(&town, &posts, DeliveryPhase::Failed).await;
    assert_eq!(
        published.len() + failed.len(),
        POSTS,
        "{:?}",
        counted(&town).await
    );
    let visible: BTreeSet<String> = town.visible().into_iter().collect();
    assert_eq!(visible, published);
    assert_eq!(town.sandbox.counts().duplicates, 0);
}

/// Where no key makes a repetition safe, a person is asked; still nothing is out twice, and what is said to
/// be out is.
#[rstest]
#[tokio::test]
async fn invariant_5_two_hundred_posts_through_a_server_without_keys(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let Some(town) = Town::on(kind).await else { return };
    let software = serde_json::json!({ "name": "gotosocial", "version": "0.20.0" });
    town.control("software", software).await;
    town.control("keys", serde_json::json!({ "honour": false })).await;
    let token = Secret::new("koho-token".to_owned());
    town.app
        .service
        .connect_with_token(town.organization, town.account, token, Actor::Operator)
        .await
        .expect("connected again");
    town.set_faults(plan(7)).await;
    let posts = publish_all(&town).await;
    let published = texts_in(&town, &posts, DeliveryPhase::Published).await;
    let failed = texts_in(&town, &posts, DeliveryPhase::Failed).await;
    let asked = texts_in(&town, &posts, DeliveryPhase::NeedsHuman).await;
    assert_eq!(published.len() + failed.len() + asked.len(), POSTS);
    let visible: BTreeSet<String> = town.visible().into_iter().collect();
    assert!(visible.is_superset(&published));
    assert!(visible.is_disjoint(&failed));
    assert_eq!(town.sandbox.counts().duplicates, 0);
}
