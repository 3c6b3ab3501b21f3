//! A version of the policy that loosens a block waits for two people; a newer program proposes and never switches.

use rstest::rstest;
use sekisho::{
    app::{STANDARD_PROFILE, policy_document},
    domain::{
        actor::{Actor, Grant, OrganizationRole, Scope},
        digest::PolicyDigest,
        ids::ProposalId,
        proposal::{Needs, ProposalState, Signer},
    },
    gate::{
        PolicyDocument, Way,
        origin::{PolicyOrigin, ProfileOrigin},
    },
    service::{Brought, Conflict, Imported, Need, ServiceError},
};

use crate::support::{Town, database::Kind, town::ALWAYS_OPEN};

fn fewer_shorteners(document: &mut PolicyDocument) {
    document.shorteners.remove("bit.ly");
}

/// A version that waits.
async fn proposed(town: &Town) -> (ProposalId, PolicyDigest) {
    match town.import_policy(ALWAYS_OPEN, fewer_shorteners).await {
        Imported::Proposed {
            proposal,
            digest,
            needs,
            loosens,
        } => {
            assert_eq!(needs, Needs::Both);
            let told: Vec<_> = loosens
                .iter()
                .map(|found| (found.way, found.rule.as_str()))
                .collect();
            assert_eq!(told, [(Way::Hosts, "link.shortener")]);
            assert_eq!(loosens[0].examples, ["bit.ly"]);
            (proposal, digest)
        }
        other => panic!("{other:?}"),
    }
}

async fn in_force(town: &Town) -> PolicyDigest {
    let policy = town
        .app
        .service
        .policy(&town.people.auditor)
        .await
        .expect("a policy");
    policy.in_force.digest
}

async fn waiting(town: &Town) -> Vec<ProposalId> {
    let policy = town
        .app
        .service
        .policy(&town.people.auditor)
        .await
        .expect("a policy");
    policy
        .proposals
        .iter()
        .map(|waiting| waiting.proposal.id)
        .collect()
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_version_that_loosens_a_block_waits_for_two_people(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (people, service) = (&town.people, &town.app.service);
    let before = in_force(&town).await;
    let (id, digest) = proposed(&town).await;
    assert_eq!((in_force(&town).await, waiting(&town).await), (before, vec![id]));
    assert_eq!(proposed(&town).await, (id, digest), "the same again waits once");

    let by_clerk = service
        .sign_policy(&people.clerk, id, digest, Signer::Administrator)
        .await;
    assert!(matches!(by_clerk, Err(ServiceError::Forbidden(Need::Scope))));
    let by_chief = service
        .sign_policy(&people.section_chief, id, digest, Signer::Auditor)
        .await;
    assert!(matches!(by_chief, Err(ServiceError::Forbidden(Need::Role))));
    let other = service
        .sign_policy(&people.auditor, id, before, Signer::Auditor)
        .await;
    assert!(matches!(
        other,
        Err(ServiceError::Conflict(Conflict::StaleDigest { .. }))
    ));

    let first = service
        .sign_policy(&people.administrator, id, digest, Signer::Administrator)
        .await;
    let first = first.expect("a signature");
    assert_eq!(
        (first.proposal.state, first.signatures.len()),
        (ProposalState::Open, 1)
    );
    assert_eq!(in_force(&town).await, before);
    let last = service
        .sign_policy(&people.auditor, id, digest, Signer::Auditor)
        .await;
    assert_eq!(last.expect("a signature").proposal.state, ProposalState::InForce);
    assert_eq!((in_force(&town).await, waiting(&town).await), (digest, vec![]));
    let late = service
        .sign_policy(&people.auditor, id, digest, Signer::Auditor)
        .await;
    assert!(matches!(
        late,
        Err(ServiceError::Conflict(Conflict::State { from: "in_force" }))
    ));
    let report = town.verify(&[]).await;
    assert!(report.is_sound(), "{report:?}");
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn one_person_signs_once_whatever_roles_they_hold(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (id, digest) = proposed(&town).await;
    let mut both = town.people.administrator.clone();
    both.grants.insert(Grant::Organization(OrganizationRole::Auditor));
    let service = &town.app.service;
    service
        .sign_policy(&both, id, digest, Signer::Administrator)
        .await
        .expect("a signature");
    let again = service.sign_policy(&both, id, digest, Signer::Auditor).await;
    assert!(matches!(again, Err(ServiceError::Forbidden(Need::OtherStage))));
    let mut second = town.people.auditor.clone();
    second
        .grants
        .insert(Grant::Organization(OrganizationRole::Administrator));
    let same_role = service
        .sign_policy(&second, id, digest, Signer::Administrator)
        .await;
    assert!(matches!(same_role, Err(ServiceError::Conflict(Conflict::Exists))));
    assert_ne!(in_force(&town).await, digest);
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn two_signatures_at_once_put_it_in_force(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (id, digest) = proposed(&town).await;
    let (people, service) = (&town.people, &town.app.service);
    let (one, two) = tokio::join!(
        service.sign_policy(&people.administrator, id, digest, Signer::Administrator),
        service.sign_policy(&people.auditor, id, digest, Signer::Auditor),
    );
    one.expect("a signature");
    two.expect("a signature");
    assert_eq!(in_force(&town).await, digest);
}

#[tokio::test]
async fn what_waits_is_void_when_another_version_comes_into_force() {
    let town = Town::on(Kind::Sqlite).await.expect("a town");
    let (id, digest) = proposed(&town).await;
    let stricter = town
        .import_policy(ALWAYS_OPEN, |document| {
            _ = document.shorteners.insert("komatta.example".into())
        })
        .await;
    assert!(matches!(stricter, Imported::InForce(_)), "{stricter:?}");
    let (people, service) = (&town.people, &town.app.service);
    let late = service
        .sign_policy(&people.auditor, id, digest, Signer::Auditor)
        .await;
    assert!(matches!(
        late,
        Err(ServiceError::Conflict(Conflict::State { from: "superseded" }))
    ));
    let (again, _) = proposed_against(&town).await;
    assert_ne!(again, id, "it is compared with the version in force by now");
}

/// The looser version again; it loosens more by now.
async fn proposed_against(town: &Town) -> (ProposalId, usize) {
    match town.import_policy(ALWAYS_OPEN, fewer_shorteners).await {
        Imported::Proposed {
            proposal, loosens, ..
        } => (proposal, loosens[0].count),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refused_version_stays_out_and_a_reason_is_asked() {
    let town = Town::on(Kind::Sqlite).await.expect("a town");
    let (id, digest) = proposed(&town).await;
    let (people, service) = (&town.people, &town.app.service);
    let without = service.reject_policy(&people.auditor, id, " ".into()).await;
    assert!(matches!(without, Err(ServiceError::Invalid(_))));
    let refused = service
        .reject_policy(&people.auditor, id, "外す理由がない".into())
        .await;
    assert_eq!(
        refused.expect("a refusal").proposal.state,
        ProposalState::Rejected
    );
    let late = service
        .sign_policy(&people.administrator, id, digest, Signer::Administrator)
        .await;
    assert!(matches!(
        late,
        Err(ServiceError::Conflict(Conflict::State { from: "rejected" }))
    ));
    assert_eq!(waiting(&town).await, []);
}

/// What a program with this change of the shipped lists makes of an origin.
fn newer(
    change: fn(&mut PolicyDocument),
) -> impl Fn(&PolicyOrigin) -> Result<PolicyDocument, sekisho::gate::PolicyError> {
    move |origin| {
        let mut document = sekisho::app::policy_from(origin)?;
        change(&mut document);
        Ok(document)
    }
}

#[rstest]
#[case(Kind::Sqlite)]
#[case(Kind::Postgres)]
#[tokio::test]
async fn a_newer_program_proposes_and_never_switches(#[case] kind: Kind) {
    let Some(town) = Town::on(kind).await else { return };
    let (people, service) = (&town.people, &town.app.service);
    let stricter = newer(|document| _ = document.shorteners.insert("atarashii.example".into()));
    let nothing = service.propose_successors(&stricter).await.expect("proposals");
    assert_eq!(nothing, [], "where the version in force comes from is not known");

    let brought = Brought {
        document: policy_document(STANDARD_PROFILE).expect("a policy"),
        origin: Some(PolicyOrigin {
            profile: ProfileOrigin::Shipped("standard".into()),
            lists: None,
        }),
    };
    let imported = service
        .import_policy(town.organization, brought, Actor::Operator)
        .await;
    let before = in_force(&town).await;
    assert_eq!(
        imported.expect("a policy"),
        Imported::InForce(before),
        "it opens less"
    );
    let same = service
        .propose_successors(newer(|_| ()))
        .await
        .expect("proposals");
    assert_eq!(same, [], "the same program makes the same version");

    let found = service.propose_successors(&stricter).await.expect("proposals");
    let [
        Imported::Proposed {
            proposal,
            digest,
            needs,
            ..
        },
    ] = found.as_slice()
    else {
        panic!("{found:?}")
    };
    assert_eq!((*needs, in_force(&town).await), (Needs::Administrator, before));
    let again = service.propose_successors(&stricter).await.expect("proposals");
    assert_eq!(again, [], "it waits already");
    let signed = service
        .sign_policy(&people.administrator, *proposal, *digest, Signer::Administrator)
        .await;
    assert_eq!(
        signed.expect("a signature").proposal.state,
        ProposalState::InForce
    );
    assert_eq!(in_force(&town).await, *digest);

    // The version that was signed knows its origin: the program after that proposes again.
    let looser = newer(|document| _ = document.shorteners.pop_first());
    let found = service.propose_successors(&looser).await.expect("proposals");
    let [Imported::Proposed { proposal, needs, .. }] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(*needs, Needs::Both);
    let refused = service
        .reject_policy(&people.administrator, *proposal, "不要".into())
        .await;
    refused.expect("a refusal");
    let again = service.propose_successors(&looser).await.expect("proposals");
    assert_eq!(again, [], "it was refused");
    assert!(people.administrator.scopes.contains(&Scope::Administer));
}
