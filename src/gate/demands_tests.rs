use rstest::rstest;

use super::*;
use crate::{
    domain::{account::AccountPurpose, revision::Media},
    gate::testing::{World, both, document},
};

fn attestation(name: &str, by: Giver) -> Attestation {
    Attestation {
        name: name.into(),
        by,
        text: both("確かめた。"),
        clauses: Vec::new(),
        kinds: BTreeSet::new(),
        acts: BTreeSet::new(),
        about: About::Post,
    }
}

const PUBLICITY: Seat = Seat::Holder(OrganizationRole::Publicity);
const DUTY_OFFICER: Seat = Seat::Holder(OrganizationRole::DutyOfficer);

fn least(kinds: &[Kind], asks: &[Seat]) -> LeastRoute {
    LeastRoute {
        kinds: kinds.iter().copied().collect(),
        asks: asks.to_vec(),
        clauses: Vec::new(),
    }
}

#[test]
fn what_a_profile_does_not_demand_is_not_in_its_stored_form() {
    let text = serde_json::to_string(&document()).expect("JSON");
    for word in ["routes", "attestations", "account_policy"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    let mut demanding = document();
    demanding.profile.routes = vec![least(&[], &[Seat::Approver])];
    assert_ne!(demanding.digest(), document().digest());
    let text = serde_json::to_string(&demanding).expect("JSON");
    assert!(text.contains(r#""routes":[{"asks":["approver"]}]"#), "{text}");
}

#[test]
fn an_emergency_is_asked_what_names_it_alone() {
    let mut world = World::new();
    let mut asked = attestation("careful", Giver::Author);
    assert!(asked.is_asked_of(&world.content()));
    world.kind = Kind::Emergency;
    assert!(!asked.is_asked_of(&world.content()));
    asked.kinds.insert(Kind::Emergency);
    assert!(asked.is_asked_of(&world.content()));
    world.kind = Kind::Ordinary;
    assert!(!asked.is_asked_of(&world.content()));
}

#[test]
fn media_and_acts_narrow_what_is_asked() {
    let mut world = World::new();
    let mut asked = attestation("agreed", Giver::Author);
    asked.about = About::Media;
    assert!(!asked.is_asked_of(&world.content()));
    world.parts[0].media.push(Media {
        digest: crate::domain::digest::MediaDigest::new([7; 32]),
        alt: "広場の写真".into(),
    });
    assert!(asked.is_asked_of(&world.content()));
    asked.acts.insert(Act::Reply);
    assert!(!asked.is_asked_of(&world.content()));
    (world.act, world.refers_to) = (Act::Reply, Some("1".into()));
    assert!(asked.is_asked_of(&world.content()));
}

#[test]
fn one_attestation_covers_another_that_asks_no_more() {
    let plain = attestation("careful", Giver::Author);
    let narrow = Attestation {
        kinds: [Kind::Ordinary].into(),
        acts: [Act::New].into(),
        about: About::Media,
        ..plain.clone()
    };
    assert!(plain.covers(&plain) && plain.covers(&narrow) && !narrow.covers(&plain));
    let others = [
        Attestation {
            name: "other".into(),
            ..plain.clone()
        },
        Attestation {
            by: Giver::Signer(Seat::Approver),
            ..plain.clone()
        },
        Attestation {
            text: both("たぶん確かめた。"),
            ..plain.clone()
        },
        Attestation {
            kinds: [Kind::Emergency].into(),
            ..plain.clone()
        },
    ];
    for other in others {
        assert!(!other.covers(&plain), "{other:?}");
    }
}

#[test]
fn the_route_that_asks_a_seat_most_counts() {
    let mut profile = document().profile;
    profile.routes = vec![
        least(&[], &[Seat::Approver, PUBLICITY]),
        least(&[Kind::Ordinary], &[Seat::Approver, Seat::Approver]),
    ];
    let two = [Seat::Approver, Seat::Approver, PUBLICITY];
    assert_eq!(profile.seats(Kind::Ordinary), two);
    assert_eq!(profile.seats(Kind::Correction), [Seat::Approver, PUBLICITY]);
    assert_eq!(profile.seats(Kind::Emergency), []);
}

#[rstest]
#[case::nobody(vec![least(&[], &[])], vec![], "asks nobody")]
#[case::emergency(vec![least(&[Kind::Emergency], &[Seat::Approver])], vec![], "duty officer alone")]
#[case::name(vec![], vec![attestation("Big Name", Giver::Author)], "lower-case letters")]
#[case::twice(
    vec![],
    vec![attestation("a", Giver::Author), attestation("a", Giver::Author)],
    "another one has this name"
)]
#[case::by_nobody(
    vec![least(&[Kind::Ordinary], &[Seat::Approver])],
    vec![attestation("a", Giver::Signer(Seat::Approver))],
    "posts of kind `correction`"
)]
fn a_demand_that_nobody_could_meet_is_refused(
    #[case] routes: Vec<LeastRoute>,
    #[case] attestations: Vec<Attestation>,
    #[case] why: &str,
) {
    let mut document = document();
    document.profile.routes = routes;
    document.profile.attestations = attestations;
    let told = Policy::compile(document).expect_err(why).to_string();
    assert!(told.contains(why), "{told}");
}

#[test]
fn an_attestation_without_words_is_refused() {
    let mut document = document();
    let mut silent = attestation("a", Giver::Author);
    silent.text.en = " ".into();
    document.profile.attestations.push(silent);
    let told = Policy::compile(document).expect_err("silence").to_string();
    assert!(told.contains("tells people nothing"), "{told}");
}

#[test]
fn the_duty_officer_may_be_asked_in_emergencies() {
    let mut document = document();
    document.profile.routes = vec![least(&[Kind::Emergency], &[DUTY_OFFICER])];
    let mut asked = attestation("warned", Giver::Signer(DUTY_OFFICER));
    asked.kinds.insert(Kind::Emergency);
    document.profile.attestations.push(asked);
    Policy::compile(document).expect("a policy");
}

#[test]
fn an_account_is_told_what_its_kinds_of_post_ask() {
    let mut document = document();
    document.profile.routes = vec![least(&[Kind::Drill], &[DUTY_OFFICER])];
    let policy = Policy::compile(document).expect("a policy");
    let world = World::new();
    let account = &world.accounts[0];
    let told = |purpose| policy.route_below(purpose, &account.route, &account.divisions, &account.name);
    assert_eq!(told(AccountPurpose::Public), None);
    let message = told(AccountPurpose::Drill).expect("a message");
    assert_eq!(message.key, "finding-route-below-policy");
    assert!(message.arguments.contains(&("lacks_ja", "危機管理当番".into())));
}

#[test]
fn an_account_for_drills_publishes_no_policy_and_an_uncovered_one_no_word_on_emergencies() {
    use crate::domain::account::EmergencyCover;
    let mut document = document();
    document.profile.account_policy = [PolicyField::Purpose, PolicyField::EmergencyClause]
        .map(|field| (field, Vec::new()))
        .into();
    let policy = Policy::compile(document).expect("a policy");
    let mut world = World::new();
    let account = &mut world.accounts[0];
    let empty = |account: &Account| -> Vec<PolicyField> {
        let empty = policy.empty_fields(account, None);
        empty.into_iter().map(|(field, _)| field).collect()
    };
    assert_eq!(
        empty(account),
        [PolicyField::Purpose, PolicyField::EmergencyClause]
    );
    account.emergency_cover = EmergencyCover::NotCovered;
    assert_eq!(empty(account), [PolicyField::Purpose]);
    account.purpose = AccountPurpose::Drill;
    assert_eq!(empty(account), []);
}
