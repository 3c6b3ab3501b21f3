//! A page of its own: versions of a policy that wait for signatures.

use crate::{
    domain::{
        digest::PolicyDigest,
        ids::{OrganizationId, PolicyId, ProposalId},
        proposal::{Needs, ProposalState, Signature, Signer},
    },
    store::{
        StoreError, organizations,
        policies::{self, NewVersion},
        proposals::{self, Ending, Proposal},
        tests::{
            Db,
            town::{Town, at},
        },
    },
};

pub(super) async fn run(db: &Db, town: &Town) {
    let organization = town.organization;
    let mut reader = db.reader().await;
    let (against, _) = policies::current(&mut reader, organization)
        .await
        .unwrap()
        .unwrap();
    drop(reader);
    let version = PolicyId::new(db.ids.next());
    let digest = PolicyDigest::new([7; 32]);
    change!(db, |tx| {
        let new = NewVersion {
            id: version,
            digest,
            document: &"looser",
            origin: Some(&"a file"),
            by: "管理者",
        };
        policies::insert(tx, organization, new, at(5)).await
    })
    .unwrap();
    let proposal = Proposal {
        id: ProposalId::new(db.ids.next()),
        version,
        digest,
        against,
        loosens: vec!["hosts".to_owned()],
        needs: Needs::Both,
        proposed_by: "管理者".to_owned(),
        proposed_at: at(5),
        state: ProposalState::Open,
    };
    let first = propose(db, organization, &proposal).await;
    assert!(first.is_ok());
    let again = Proposal {
        id: ProposalId::new(db.ids.next()),
        ..proposal.clone()
    };
    let twice = propose(db, organization, &again).await;
    assert!(
        matches!(twice, Err(StoreError::Duplicate { .. })),
        "one waits already"
    );
    versions_are_read(db, organization, version).await;
    signed(db, town, &proposal).await;
    ended(db, organization, &proposal, &again).await;
    strangers_find_nothing(db, &proposal).await;
}

async fn propose(
    db: &Db,
    organization: OrganizationId,
    proposal: &Proposal<String>,
) -> Result<(), StoreError> {
    let proposal = proposal.clone();
    change!(db, |tx| proposals::insert(tx, organization, &proposal).await)
}

async fn versions_are_read(db: &Db, organization: OrganizationId, version: PolicyId) {
    let mut reader = db.reader().await;
    let origin: Option<String> = policies::origin(&mut reader, organization, version)
        .await
        .unwrap();
    assert_eq!(origin.as_deref(), Some("a file"));
    let found = policies::find(&mut reader, organization, version).await.unwrap();
    assert_eq!(found.map(|found| found.imported_at), Some(at(5)));
}

async fn signed(db: &Db, town: &Town, proposal: &Proposal<String>) {
    let (organization, id) = (town.organization, proposal.id);
    let signature = |signer, user| Signature {
        signer,
        user,
        signed_at: at(6),
    };
    let sign = async |signature| change!(db, |tx| proposals::sign(tx, organization, id, signature).await);
    sign(signature(Signer::Administrator, town.author)).await.unwrap();
    for refused in [
        signature(Signer::Auditor, town.author),
        signature(Signer::Administrator, town.approver),
    ] {
        let refused = sign(refused).await;
        assert!(
            matches!(refused, Err(StoreError::Duplicate { .. })),
            "{refused:?}"
        );
    }
    let mut reader = db.reader().await;
    let signatures = proposals::signatures(&mut reader, organization, id)
        .await
        .unwrap();
    assert_eq!(signatures, [signature(Signer::Administrator, town.author)]);
}

async fn ended(db: &Db, organization: OrganizationId, first: &Proposal<String>, again: &Proposal<String>) {
    let end = async |id, ending| {
        change!(db, |tx| proposals::end(
            tx,
            organization,
            id,
            ending,
            "管理者",
            at(7)
        )
        .await)
    };
    end(first.id, Ending::Rejected("理由がない")).await.unwrap();
    let twice = end(first.id, Ending::InForce).await;
    assert!(matches!(twice, Err(StoreError::Stale(_))));
    propose(db, organization, again).await.unwrap();
    let mut reader = db.reader().await;
    let open: Vec<Proposal<String>> = proposals::open(&mut reader, organization).await.unwrap();
    assert_eq!(open, std::slice::from_ref(again));
    let all: Vec<Proposal<String>> = proposals::of_version(&mut reader, organization, first.version)
        .await
        .unwrap();
    let states: Vec<_> = all.iter().map(|proposal| proposal.state).collect();
    assert_eq!(states, [ProposalState::Rejected, ProposalState::Open]);
}

async fn strangers_find_nothing(db: &Db, proposal: &Proposal<String>) {
    let (neighbour, id) = (OrganizationId::new(db.ids.next()), proposal.id);
    change!(db, |tx| organizations::insert(tx, neighbour, "東の村", at(6))
        .await)
    .unwrap();
    let found: Option<Proposal<String>> =
        change!(db, |tx| proposals::find_for_update(tx, neighbour, id).await).unwrap();
    assert_eq!(found, None);
}
