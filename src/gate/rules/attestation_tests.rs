use uuid::Uuid;

use crate::{
    domain::{
        actor::OrganizationRole,
        attestation::{Given, GivenAs, Giver},
        finding::Severity,
        ids::AttestationId,
        revision::Kind,
        route::Requirement,
        seat::Seat,
    },
    gate::{
        About, Attestation, LeastRoute, Phase,
        testing::{AUTHOR, CHIEF, PUBLICITY, World, both, chief_of, user},
    },
};

const RULE: &str = "attestation.missing";
const WORDING: &str = "確かめた。";
const PUBLICITY_SEAT: Seat = Seat::Holder(OrganizationRole::Publicity);

/// A town whose policy asks the author, the chief and the publicity division, each for one.
fn asking() -> World {
    let mut world = World::new();
    let asked = |name: &str, by| Attestation {
        name: name.into(),
        by,
        text: both(WORDING),
        clauses: vec!["KUR-4.1".into()],
        kinds: Default::default(),
        acts: Default::default(),
        about: About::Post,
    };
    world.policy(|document| {
        document.profile.routes = vec![LeastRoute {
            kinds: Default::default(),
            asks: vec![Seat::Approver, PUBLICITY_SEAT],
            clauses: Vec::new(),
        }];
        document.profile.attestations = vec![
            asked("author", Giver::Author),
            asked("chief", Giver::Signer(Seat::Approver)),
            asked("publicity", Giver::Signer(PUBLICITY_SEAT)),
        ];
    });
    world
}

fn give(world: &mut World, name: &str, given_as: GivenAs, by: u128) {
    let given = Given {
        id: AttestationId::new(Uuid::from_u128(world.attested.len() as u128)),
        name: name.into(),
        wording: WORDING.into(),
        revision: world.digest(),
        given_as,
        by: user(by),
        at: world.now,
    };
    world.attested.push(given);
}

fn publicity() -> Requirement {
    Requirement::Holder(OrganizationRole::Publicity)
}

fn give_all(world: &mut World) {
    give(world, "author", GivenAs::Author, AUTHOR);
    give(world, "chief", GivenAs::Signer(chief_of(1)), CHIEF);
    give(world, "publicity", GivenAs::Signer(publicity()), PUBLICITY);
}

/// The names that are missing, and how much that weighs.
fn missing(world: &World) -> Vec<(String, Severity)> {
    let findings = world.verdict().findings;
    let of_rule = findings.into_iter().filter(|finding| finding.rule == RULE);
    let mut names: Vec<_> = of_rule
        .map(|finding| {
            assert_eq!(finding.clauses, ["KUR-4.1"]);
            let mut arguments = finding.message.arguments.into_iter();
            let name = arguments.find(|(name, _)| *name == "name").expect("a name").1;
            (name, finding.severity)
        })
        .collect();
    names.sort();
    names
}

fn block(names: &[&str]) -> Vec<(String, Severity)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), Severity::Block))
        .collect()
}

#[test]
fn nothing_leaves_before_everybody_assured_what_they_were_asked() {
    let mut world = asking();
    assert_eq!(missing(&world), block(&["author", "chief", "publicity"]));
    assert!(world.permit().is_err());
    give_all(&mut world);
    assert_eq!(missing(&world), []);
    assert!(world.permit().is_ok());
}

#[test]
fn each_is_asked_when_it_is_their_turn() {
    let mut world = asking();
    world.sign_offs.clear();
    world.phase = Phase::Check;
    assert_eq!(missing(&world), [("author".to_owned(), Severity::Notice)]);
    world.phase = Phase::Submit;
    assert_eq!(missing(&world), block(&["author"]));
    give(&mut world, "author", GivenAs::Author, AUTHOR);
    assert_eq!(missing(&world), []);
    world.phase = Phase::Approve;
    world.signing = Some(chief_of(1));
    assert_eq!(missing(&world), block(&["chief"]));
    give(&mut world, "chief", GivenAs::Signer(chief_of(1)), CHIEF);
    assert_eq!(missing(&world), []);
    world.signing = Some(publicity());
    assert_eq!(missing(&world), block(&["publicity"]));
}

#[test]
fn who_signed_without_it_is_missed_at_the_next_stage() {
    let mut world = asking();
    world.sign_offs.pop();
    give(&mut world, "author", GivenAs::Author, AUTHOR);
    world.phase = Phase::Approve;
    world.signing = Some(publicity());
    assert_eq!(missing(&world), block(&["chief", "publicity"]));
}

#[test]
fn another_content_another_wording_and_another_role_do_not_count() {
    let mut world = asking();
    give_all(&mut world);
    let original = world.attested.clone();
    world.text("別の本文です。");
    assert_eq!(missing(&world), block(&["author", "chief", "publicity"]));
    let mut world = asking();
    world.attested = original.clone();
    world.attested[0].wording = "たぶん確かめた。".into();
    assert_eq!(missing(&world), block(&["author"]));
    world.attested = original.clone();
    world.attested[1].given_as = GivenAs::Signer(chief_of(9));
    assert_eq!(missing(&world), block(&["chief"]));
    world.attested = original;
    world.attested[2].given_as = GivenAs::Author;
    assert_eq!(missing(&world), block(&["publicity"]));
}

#[test]
fn who_handed_it_over_is_no_second_pair_of_eyes() {
    let mut world = asking();
    give_all(&mut world);
    world.attested[1].by = user(AUTHOR);
    assert_eq!(missing(&world), block(&["chief"]));
}

#[test]
fn each_account_has_approvers_of_its_own() {
    let mut world = asking();
    let other = world.add_account();
    world.accounts[other].divisions = vec![crate::domain::ids::DivisionId::new(Uuid::from_u128(2))];
    world.sign_all();
    give_all(&mut world);
    assert_eq!(missing(&world), block(&["chief"]));
    give(&mut world, "chief", GivenAs::Signer(chief_of(2)), 22);
    assert_eq!(missing(&world), []);
}

#[test]
fn an_emergency_post_is_not_asked() {
    let mut world = asking();
    world.kind = Kind::Emergency;
    world.declare();
    world.sign_all();
    assert_eq!(missing(&world), []);
    assert!(world.permit().is_ok());
}

#[test]
fn who_answers_an_escalation_speaks_for_the_seat_that_it_came_from() {
    use crate::domain::signoff::Decision;
    let mut world = asking();
    world.sign_offs.clear();
    world.sign(0, chief_of(1), CHIEF, Decision::Escalate);
    give(&mut world, "author", GivenAs::Author, AUTHOR);
    world.phase = Phase::Approve;
    world.signing = Some(publicity());
    assert_eq!(missing(&world), block(&["chief", "publicity"]));
    let asked = |world: &World| {
        world.with_case(|case| {
            let asked = case.asked_of(GivenAs::Signer(publicity()));
            asked.iter().map(|asked| asked.name.clone()).collect::<Vec<_>>()
        })
    };
    assert_eq!(asked(&world), ["chief", "publicity"]);
    give(&mut world, "chief", GivenAs::Signer(publicity()), PUBLICITY);
    give(&mut world, "publicity", GivenAs::Signer(publicity()), PUBLICITY);
    assert_eq!(missing(&world), []);
    world.sign_offs.clear();
    assert_eq!(asked(&world), ["publicity"]);
    world.signing = Some(chief_of(1));
    assert_eq!(missing(&world), block(&["chief"]), "nobody left it to them");
}
