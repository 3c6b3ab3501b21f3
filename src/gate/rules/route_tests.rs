use std::collections::BTreeSet;

use crate::{
    domain::{
        actor::OrganizationRole,
        digest::RevisionDigest,
        finding::Severity,
        revision::Kind,
        route::{Requirement, Route},
        seat::Seat,
        signoff::Decision,
    },
    gate::{
        LeastRoute, Phase,
        testing::{AUTHOR, CHIEF, DUTY, PUBLICITY, World, chief_of, part, route_of, user},
    },
};
use chrono::Duration;
use rstest::rstest;

const PUBLICITY_ROLE: Requirement = Requirement::Holder(OrganizationRole::Publicity);
const DUTY_ROLE: Requirement = Requirement::Holder(OrganizationRole::DutyOfficer);

fn unsigned(route: &[Requirement]) -> World {
    let mut world = World::new();
    world.accounts[0].route = route_of(route);
    world.sign_offs.clear();
    world
}

fn is_complete(world: &World) -> bool {
    world.found("route.incomplete") == 0
}

#[test]
fn all_stages_sign() {
    let mut world = World::new();
    assert!(is_complete(&world));
    world.sign_offs.pop();
    assert!(!is_complete(&world));
    assert!(world.keys().contains(&"finding-route-incomplete"));
}

#[rstest]
#[case(Phase::Check)]
#[case(Phase::Submit)]
#[case(Phase::Approve)]
fn nobody_asks_for_the_whole_route_before_dispatch(#[case] phase: Phase) {
    let mut world = World::new();
    world.sign_offs.clear();
    world.phase = phase;
    assert!(is_complete(&world));
}

#[test]
fn an_account_without_a_route_lets_nothing_leave() {
    let mut world = World::new();
    world.accounts[0].route = Route::default();
    assert_eq!(world.keys(), ["finding-route-empty"]);
}

#[test]
fn sign_offs_on_another_revision_count_for_nothing() {
    let mut world = World::new();
    world.parts = vec![part("別の文です。")];
    assert!(!is_complete(&world));
    world.sign_all();
    assert!(is_complete(&world));
    world.sign_offs[0].revision = RevisionDigest::new([9; 32]);
    assert!(!is_complete(&world));
}

#[rstest]
#[case(Decision::Return)]
#[case(Decision::Reject)]
#[case(Decision::Escalate)]
fn only_an_approval_approves(#[case] decision: Decision) {
    let mut world = World::new();
    world.sign_offs[1].decision = decision;
    assert!(!is_complete(&world));
}

#[test]
fn the_office_that_signs_must_be_the_one_that_is_asked() {
    let mut world = World::new();
    world.sign_offs[0].requirement = chief_of(2);
    assert!(!is_complete(&world));
}

#[test]
fn the_route_of_today_counts_not_the_one_of_submission() {
    let mut world = World::new();
    let longer = [chief_of(1), PUBLICITY_ROLE, chief_of(3)];
    world.accounts[0].route = route_of(&longer);
    assert!(!is_complete(&world));
}

#[test]
fn every_account_has_its_own_route() {
    let mut world = World::new();
    let other = world.add_account();
    world.accounts[other].route = route_of(&[chief_of(2)]);
    world.sign_all();
    assert_eq!(world.found("route.incomplete"), 1);
    world.sign(2, chief_of(2), 14, Decision::Approve);
    assert!(is_complete(&world));
}

#[test]
fn an_office_that_is_asked_twice_needs_two_people() {
    let mut world = unsigned(&[chief_of(1), chief_of(1)]);
    world.sign(0, chief_of(1), CHIEF, Decision::Approve);
    assert!(!is_complete(&world));
    world.sign(1, chief_of(1), CHIEF, Decision::Approve);
    assert!(!is_complete(&world));
    assert_eq!(world.found("route.same_person"), 1);
    world.sign_offs[1].by = user(PUBLICITY);
    assert!(is_complete(&world));
    assert_eq!(world.found("route.same_person"), 0);
}

#[test]
fn the_author_and_editors_never_sign() {
    let mut world = World::new();
    world.sign_offs[0].by = user(AUTHOR);
    assert!(!is_complete(&world));
    for phase in Phase::ALL {
        world.phase = *phase;
        assert_eq!(world.found("route.own_hand"), 1);
    }
    let mut world = World::new();
    world.hands.insert(user(CHIEF));
    assert_eq!(world.found("route.own_hand"), 1);
    // To stop one's own work is no sign-off.
    world.sign_offs[0].decision = Decision::Return;
    assert_eq!(world.found("route.own_hand"), 0);
}

#[test]
fn who_is_in_doubt_leaves_it_to_the_superior() {
    let mut world = unsigned(&[chief_of(1), PUBLICITY_ROLE]);
    world.sign(0, chief_of(1), CHIEF, Decision::Escalate);
    assert!(!is_complete(&world));
    world.sign(1, PUBLICITY_ROLE, PUBLICITY, Decision::Approve);
    assert!(is_complete(&world));
}

#[test]
fn beyond_the_last_stage_a_further_one_answers() {
    let mut world = unsigned(&[chief_of(1)]);
    world.sign(0, chief_of(1), CHIEF, Decision::Escalate);
    assert!(!is_complete(&world));
    world.sign(1, PUBLICITY_ROLE, PUBLICITY, Decision::Approve);
    assert!(is_complete(&world));
}

#[rstest]
#[case::by_the_same_person(CHIEF, 1, 1)]
#[case::at_the_same_stage(PUBLICITY, 0, 1)]
#[case::before_it_was_asked(PUBLICITY, 1, -3600)]
fn no_answer_to_an_escalation(#[case] by: u128, #[case] stage: u16, #[case] seconds_later: i64) {
    let mut world = unsigned(&[chief_of(1)]);
    world.sign(0, chief_of(1), CHIEF, Decision::Escalate);
    world.sign(stage, PUBLICITY_ROLE, by, Decision::Approve);
    world.sign_offs[1].at = world.sign_offs[0].at + Duration::seconds(seconds_later);
    assert!(!is_complete(&world));
}

#[test]
fn who_escalated_does_not_sign_at_another_stage() {
    let mut world = unsigned(&[chief_of(1), chief_of(2), PUBLICITY_ROLE]);
    world.sign(0, chief_of(1), CHIEF, Decision::Escalate);
    world.sign(1, chief_of(2), CHIEF, Decision::Approve);
    world.sign(2, PUBLICITY_ROLE, PUBLICITY, Decision::Approve);
    assert!(!is_complete(&world));
}

#[test]
fn an_emergency_post_needs_one_duty_officer_who_did_not_write_it() {
    let mut world = World::new();
    world.emergency();
    assert!(is_complete(&world));
    world.hands.insert(user(DUTY));
    assert!(!is_complete(&world));
    world.hands.remove(&user(DUTY));

    world.sign_offs[0].requirement = PUBLICITY_ROLE;
    assert!(!is_complete(&world));
    world.sign_offs.clear();
    assert_eq!(world.keys(), ["finding-route-duty-officer"]);
    world.sign(0, DUTY_ROLE, DUTY, Decision::Escalate);
    assert!(!is_complete(&world));
}

#[test]
fn without_a_live_emergency_the_duty_signature_replaces_nothing() {
    let mut world = World::new();
    world.emergency();
    world.emergencies.clear();
    assert!(!is_complete(&world));
}

#[test]
fn an_account_asks_for_all_that_the_policy_demands() {
    let seats = |asks: &[Seat]| LeastRoute {
        kinds: BTreeSet::from([Kind::Ordinary]),
        asks: asks.to_vec(),
        clauses: vec!["YAM-2.3".into()],
    };
    let duty_officer = Seat::Holder(OrganizationRole::DutyOfficer);
    let mut world = World::new();
    world.policy(|document| document.profile.routes = vec![seats(&[Seat::Approver])]);
    assert_eq!(world.found("route.below_policy"), 0);
    world.policy(|document| document.profile.routes = vec![seats(&[Seat::Approver, duty_officer])]);
    for phase in Phase::ALL {
        world.phase = *phase;
        assert_eq!(world.severity_of("route.below_policy"), Some(Severity::Block));
    }
    let findings = world.verdict().findings;
    let found = findings.iter().find(|found| found.rule == "route.below_policy");
    let found = found.expect("a finding");
    assert_eq!(found.clauses, ["YAM-2.3"]);
    assert!(
        found
            .message
            .arguments
            .contains(&("lacks_en", "the duty officer".into()))
    );
    world.kind = Kind::Correction;
    assert_eq!(world.found("route.below_policy"), 0);
}

#[test]
fn an_emergency_post_has_a_route_of_its_own() {
    let mut world = World::new();
    world.policy(|document| {
        document.profile.routes = vec![LeastRoute {
            kinds: BTreeSet::from([Kind::Emergency]),
            asks: vec![Seat::Holder(OrganizationRole::DutyOfficer)],
            clauses: Vec::new(),
        }];
    });
    world.emergency();
    assert_eq!(world.found("route.below_policy"), 0);
    assert!(world.permit().is_ok());
}
