//! The registry of problems is complete: every refusal of a use case has one, and every one is documented.

use axum::http::StatusCode;
use rstest::rstest;

use crate::{
    domain::digest::PolicyDigest,
    gate::{PolicyError, Verdict},
    i18n::Language,
    service::{Conflict, FieldError, Need, ServiceError, StoreError, Thing},
    vault::VaultError,
    web::{ProblemType, problem::Problem},
};

fn verdict() -> Box<Verdict> {
    Box::new(Verdict {
        policy: PolicyDigest::new([0; 32]),
        findings: Vec::new(),
        next_allowed: None,
        counts: Vec::new(),
    })
}

#[rstest]
#[case(ServiceError::NotFound(Thing::Hold), ProblemType::NotFound)]
#[case(ServiceError::Unauthenticated, ProblemType::Unauthenticated)]
#[case(ServiceError::Forbidden(Need::OtherHands), ProblemType::OwnPost)]
#[case(ServiceError::Forbidden(Need::OtherStage), ProblemType::SignedBefore)]
#[case(ServiceError::Forbidden(Need::Staff), ProblemType::OperatorSigns)]
#[case(ServiceError::Conflict(Conflict::MayBeOut), ProblemType::MayBeOut)]
#[case(ServiceError::Conflict(Conflict::RetimeFirst), ProblemType::RetimeFirst)]
#[case(ServiceError::Conflict(Conflict::NoPolicy), ProblemType::NoPolicy)]
#[case(ServiceError::Precondition { current: 3 }, ProblemType::VersionStale)]
#[case(ServiceError::Invalid(vec![FieldError::at("/a~1b", "field-required")]), ProblemType::InvalidFields)]
#[case(ServiceError::Refused(verdict()), ProblemType::GateRefuses)]
#[case(ServiceError::Unacknowledged(verdict()), ProblemType::Unacknowledged)]
#[case(ServiceError::KeyReused, ProblemType::KeyReused)]
#[case(ServiceError::Connect("no".to_owned()), ProblemType::ConnectFailed)]
#[case(ServiceError::NoKeyRing, ProblemType::NoKeyRing)]
#[case(ServiceError::NoDispatcher, ProblemType::NoDispatcher)]
#[case(ServiceError::Policy(PolicyError::UnknownRule("secret.rule".to_owned())), ProblemType::Internal)]
#[case(ServiceError::Vault(VaultError::KeyId), ProblemType::Internal)]
#[case(ServiceError::Store(StoreError::Closed), ProblemType::Unavailable)]
#[case(ServiceError::Store(StoreError::Locked("/var/lib/secret.db".to_owned())), ProblemType::Internal)]
fn every_refusal_has_its_problem(#[case] refusal: ServiceError, #[case] kind: ProblemType) {
    let problem = Problem::from(refusal);
    assert_eq!(problem.kind, kind);
    for language in Language::ALL {
        let body = serde_json::to_string(&problem.body(language, "req_1")).unwrap();
        // Neither a missing text nor what is only for the log.
        assert!(!body.contains("problem-") && !body.contains("secret"), "{body}");
        assert!(!body.contains("{$") && !body.contains("{ $"), "{body}");
    }
}

#[test]
fn every_problem_is_documented() {
    let document = include_str!("../../../docs/API-DESIGN.md");
    let mut expected = String::new();
    for kind in ProblemType::ALL {
        let title = crate::i18n::I18n::get().text(Language::En, kind.title_key(), &[]);
        expected.push_str(&format!(
            "| `{}` | {} | {title} |\n",
            kind.slug(),
            kind.status().as_u16()
        ));
    }
    assert!(
        document.contains(&expected),
        "the table of problems should be:\n{expected}"
    );
}

#[test]
fn slugs_are_unique_and_statuses_are_errors() {
    let mut slugs: Vec<_> = ProblemType::ALL.iter().map(|kind| kind.slug()).collect();
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!(slugs.len(), ProblemType::ALL.len());
    assert!(
        ProblemType::ALL
            .iter()
            .all(|kind| kind.status() >= StatusCode::BAD_REQUEST)
    );
}
