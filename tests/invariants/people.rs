//! 2. Never approved by its author, an editor, an operator, or by one person at two stages.

use rstest::rstest;
use sekisho::{
    domain::{
        actor::{Actor, Grant, OrganizationRole, Person, Scope},
        delivery::DeliveryPhase,
        ids::PostId,
    },
    service::{Approval, Change, Need, Once, PostView, ServiceError, Submission},
};

use crate::support::{Town, database::Kind, steps::no_change, town::person};

const WRITE: [Scope; 2] = [Scope::Read, Scope::Write];
const APPROVE: [Scope; 2] = [Scope::Read, Scope::Approve];

/// What a signature of this person leads to.
async fn signed(town: &Town, view: &PostView, person: &Person) -> Result<(), ServiceError> {
    let approval = Approval {
        seen: view.revision.digest,
        acknowledgements: Vec::new(),
        attestations: Vec::new(),
    };
    let decided = town.app.service.approve(person, view.post.id, approval).await;
    decided.map(|_| ())
}

/// Refused for this reason, and nothing left.
async fn refused(town: &Town, view: &PostView, person: &Person, why: Need) {
    match signed(town, view, person).await {
        Err(ServiceError::Forbidden(need)) => assert_eq!(need, why),
        other => panic!("{other:?} instead of {why:?}"),
    }
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    assert_eq!(phase(town, view.post.id).await, DeliveryPhase::Pending);
}

async fn phase(town: &Town, post: PostId) -> DeliveryPhase {
    town.delivery(post).await.state.phase()
}

/// Somebody who writes, and signs for the division, and signs for the town.
async fn jack_of_all_trades(town: &Town) -> (Person, Person) {
    let grants = [
        Grant::Author(town.division),
        Grant::Approver(town.division),
        Grant::Organization(OrganizationRole::Publicity),
    ];
    let writing = person(&town.app, town.organization, "jack", grants.into(), &WRITE).await;
    let signing = town.with_scopes(writing.user, &APPROVE).await;
    (writing, signing)
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_2_an_author_with_every_role_signs_at_no_stage(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let (writing, signing) = jack_of_all_trades(&town).await;
    let service = &town.app.service;
    let view = service
        .create_post(&writing, town.draft("自分の投稿です。"), Once::unkeyed())
        .await
        .expect("a post");
    refused(&town, &view, &signing, Need::OtherHands).await;
    town.sign(&view, &town.people.section_chief).await;
    refused(&town, &view, &signing, Need::OtherHands).await;
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_2_who_edited_an_earlier_revision_never_signs_a_later_one(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let (writing, signing) = jack_of_all_trades(&town).await;
    let service = &town.app.service;
    let first = town.submit(town.draft("一つ目の文面です。")).await;
    let edit = |text: &str| Change {
        text: Some(text.to_owned()),
        submission: Submission::now(),
        ..no_change()
    };
    // The chief's wording by PATCH, and then the author's own again.
    service
        .edit_post(&writing, first.post.id, None, edit("課長の文面です。"))
        .await
        .expect("an edit");
    let last = service
        .edit_post(
            &town.people.clerk,
            first.post.id,
            None,
            edit("一つ目の文面です。"),
        )
        .await
        .expect("an edit");
    assert_eq!(last.revision.digest, first.revision.digest);
    refused(&town, &last, &signing, Need::OtherHands).await;
    refused(
        &town,
        &last,
        &town.with_scopes(town.people.clerk.user, &APPROVE).await,
        Need::OtherHands,
    )
    .await;
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_2_an_operator_never_signs_whatever_other_role_was_given(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let (organization, user) = (town.organization, town.people.operator.user);
    let service = &town.app.service;
    for grant in [
        Grant::Approver(town.division),
        Grant::Organization(OrganizationRole::Publicity),
        Grant::Organization(OrganizationRole::DutyOfficer),
    ] {
        service
            .grant(organization, user, grant, Actor::Operator)
            .await
            .expect("a role");
    }
    let operator = town.with_scopes(user, &APPROVE).await;
    let view = town.submit(town.draft("委託先は承認しません。")).await;
    refused(&town, &view, &operator, Need::Staff).await;
    town.sign(&view, &town.people.section_chief).await;
    refused(&town, &view, &operator, Need::Staff).await;
    town.declare(chrono::Duration::hours(1)).await;
    let urgent = town.submit(town.emergency_draft("避難してください。")).await;
    refused(&town, &urgent, &operator, Need::Staff).await;
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_2_one_person_with_both_roles_signs_one_stage(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let (_, both) = jack_of_all_trades(&town).await;
    let view = town.submit(town.draft("二人が承認します。")).await;
    signed(&town, &view, &both).await.expect("the first stage");
    refused(&town, &view, &both, Need::OtherStage).await;
    town.sign(&view, &town.people.director).await;
    town.work().await;
    assert_eq!(town.arrived(), ["二人が承認します。"]);
}

/// Who asked the superior is not the superior.
#[tokio::test]
async fn invariant_2_who_escalated_does_not_answer_the_escalation() {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let (_, both) = jack_of_all_trades(&town).await;
    let view = town.submit(town.draft("上申します。")).await;
    let service = &town.app.service;
    service
        .escalate(&both, view.post.id, view.revision.digest, "判断できません".into())
        .await
        .expect("an escalation");
    let answer = signed(&town, &view, &both).await;
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
    assert!(
        matches!(answer, Err(ServiceError::Forbidden(Need::OtherStage))),
        "{answer:?}"
    );
    town.sign(&view, &town.people.director).await;
    town.work().await;
    assert_eq!(town.arrived(), ["上申します。"]);
}

/// Two stages, one person, at the same instant: one transaction sees the other.
#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn invariant_2_not_even_at_the_same_instant(#[case] kind: Kind) {
    let Some(town) = Town::with_office_hours(kind).await else {
        return;
    };
    let (_, both) = jack_of_all_trades(&town).await;
    let view = town.submit(town.draft("同時に承認します。")).await;
    let tries = (0..8).map(|_| signed(&town, &view, &both));
    let answers = futures::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
}

#[rstest]
#[case::clerk(|town: &Town| town.people.clerk.clone())]
#[case::duty_officer(|town: &Town| town.people.duty_officer.clone())]
#[case::administrator(|town: &Town| town.people.administrator.clone())]
#[case::auditor(|town: &Town| town.people.auditor.clone())]
#[case::director_before_the_chief(|town: &Town| town.people.director.clone())]
#[tokio::test]
async fn invariant_2_nobody_signs_out_of_turn_or_without_the_role(#[case] who: fn(&Town) -> Person) {
    let Some(town) = Town::with_office_hours(Kind::Sqlite).await else {
        return;
    };
    let person = town.with_scopes(who(&town).user, &APPROVE).await;
    let view = town.submit(town.draft("順番を守ります。")).await;
    let answer = signed(&town, &view, &person).await;
    assert!(matches!(answer, Err(ServiceError::Forbidden(_))), "{answer:?}");
    town.work().await;
    assert_eq!(town.arrived(), [""; 0]);
}
