//! What comes at the same time shares a transaction, and each stands for itself.

use std::collections::BTreeSet;

use futures::future::join_all;
use rstest::rstest;
use sekisho::{
    domain::delivery::DeliveryPhase,
    service::{Conflict, Draft, Once, PostView, ServiceError, Submission, Ticket},
};

use crate::support::{Town, database::Kind, raw::Raw};

/// What the ledger tells of posts.
const TOLD: Raw = Raw::same(
    "SELECT verb FROM ledger_entries WHERE verb IN ('post.created', 'post.submitted') ORDER BY verb",
);

fn good(town: &Town) -> Vec<Draft> {
    let numbers = 0..20;
    let drafts = numbers.map(|number| Draft {
        submission: if number % 4 == 0 {
            Submission::Later
        } else {
            Submission::now()
        },
        ..town.draft(&format!("第{number}回の健康教室を開きます。"))
    });
    drafts.collect()
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn posts_that_come_together_stand_for_themselves(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (service, clerk) = (&town.app.service, &town.people.clerk);
    let mut drafts = good(&town);
    let refused = drafts.len();
    drafts.push(town.draft("くわしくは https://bit.ly/kenshin をご覧ください。"));
    drafts.push(Draft {
        text: None,
        ..town.draft("")
    });
    let created = drafts
        .into_iter()
        .map(|draft| service.create_post(clerk, draft, Once::unkeyed()));
    let created = join_all(created).await;
    assert!(matches!(created[refused], Err(ServiceError::Refused(_))));
    assert!(matches!(created[refused + 1], Err(ServiceError::Invalid(_))));
    let mut ids = BTreeSet::new();
    for view in created.iter().take(refused) {
        let view = view.as_ref().expect("a post");
        let stored = service.post(clerk, view.post.id).await.expect("the post");
        let said = |view: &PostView| (view.post.clone(), view.revision.id, view.revision.digest);
        assert_eq!(said(&stored), said(view));
        assert_eq!(
            (stored.created_at, stored.updated_at),
            (view.created_at, view.updated_at)
        );
        let phases = |view: &PostView| {
            let states = view.deliveries.iter().map(|one| one.delivery.state.phase());
            states.collect::<Vec<DeliveryPhase>>()
        };
        assert_eq!(phases(&stored), phases(view));
        ids.insert(view.post.id);
    }
    assert_eq!(ids.len(), refused);
    let told = town.database.ask(TOLD).await;
    let count = |verb: &str| told.iter().filter(|told| told.as_str() == verb).count();
    assert_eq!((count("post.created"), count("post.submitted")), (20, 15));
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn of_requests_with_one_key_one_makes_a_post(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (service, clerk) = (&town.app.service, &town.people.clerk);
    let ticket = Ticket::new(clerk, "k-1".to_owned(), [7; 32]);
    let requests = (0..8).map(|_| {
        let once = Once::keyed(ticket.clone(), |view: &PostView| view.post.id.to_string());
        service.create_post(clerk, town.draft("図書館は明日、休館します。"), once)
    });
    let others = good(&town)
        .into_iter()
        .map(|draft| service.create_post(clerk, draft, Once::unkeyed()));
    let (answers, others) = tokio::join!(join_all(requests), join_all(others));
    let (made, late): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), late.len()), (1, 7));
    for late in late {
        let is_late = matches!(late, Err(ServiceError::Conflict(Conflict::Changed)));
        assert!(is_late, "{late:?}");
    }
    assert!(others.iter().all(Result::is_ok), "they are not disturbed");
    let kept = service.answered_before(&ticket).await.expect("an answer");
    let made = made.into_iter().flatten().next().expect("a post");
    assert_eq!(kept.expect("the answer").body, made.post.id.to_string());
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn who_hangs_up_takes_nobody_along(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (service, clerk) = (&town.app.service, &town.people.clerk);
    let queue = |draft| Box::pin(service.create_post(clerk, draft, Once::unkeyed()));
    let mut waiting: Vec<_> = good(&town).into_iter().map(queue).collect();
    // However far they came: each time the first of all, who may write for others, is gone.
    while waiting.len() > 10 {
        for one in &mut waiting {
            let _ = futures::poll!(one);
            tokio::task::yield_now().await;
        }
        drop(waiting.remove(0));
    }
    for created in join_all(waiting).await {
        created.expect("a post");
    }
}
