use rstest::rstest;

use super::OutsideChecker;
use crate::{
    domain::{finding::Severity, revision::Media},
    gate::{
        Policy, PolicyError,
        testing::{World, document},
    },
};

/// A post with a picture that nobody described.
fn undescribed(change: impl FnOnce(&mut crate::gate::PolicyDocument)) -> World {
    let mut world = World::new();
    world.policy(change);
    world.parts[0].media.push(Media {
        digest: crate::domain::digest::MediaDigest::new([7; 32]),
        alt: String::new(),
    });
    world.sign_all();
    world
}

fn compile(tables: &[(&str, Severity)], emergencies: &[(&str, Severity)]) -> Result<Policy, PolicyError> {
    let mut document = document();
    let owned = |entries: &[(&str, Severity)]| {
        entries
            .iter()
            .map(|(rule, severity)| ((*rule).to_owned(), *severity))
            .collect()
    };
    document.profile.severities = owned(tables);
    document.profile.in_emergency = owned(emergencies);
    Policy::compile(document)
}

#[test]
fn what_weighs_less_in_an_emergency_weighs_it_only_then() {
    let mut world = undescribed(|document| {
        let tables = &mut document.profile;
        tables.in_emergency.insert("alt.missing".into(), Severity::Notice);
    });
    assert_eq!(world.severity_of("alt.missing"), Some(Severity::Block));
    world.declare();
    assert_eq!(world.severity_of("alt.missing"), Some(Severity::Block));
    world.emergency();
    assert_eq!(world.severity_of("alt.missing"), Some(Severity::Notice));
    world.emergencies.clear();
    assert_eq!(world.severity_of("alt.missing"), Some(Severity::Block));
}

#[test]
fn without_a_word_on_emergencies_nothing_weighs_less_in_one() {
    let mut world = undescribed(|_| {});
    world.emergency();
    assert_eq!(world.severity_of("alt.missing"), Some(Severity::Block));
}

#[test]
fn an_account_that_the_emergency_does_not_cover_keeps_the_daily_weight() {
    let mut world = undescribed(|document| {
        let tables = &mut document.profile;
        tables.in_emergency.insert("alt.missing".into(), Severity::Notice);
    });
    world.emergency();
    world.add_account();
    let findings = world.verdict().findings;
    let weighs: Vec<_> = findings
        .iter()
        .filter(|finding| finding.rule == "alt.missing")
        .map(|finding| (finding.account, finding.severity))
        .collect();
    assert_eq!(
        weighs,
        [
            (Some(world.accounts[1].id), Severity::Block),
            (Some(world.accounts[0].id), Severity::Notice),
        ]
    );
}

#[rstest]
#[case("alt.missing", true)]
#[case("readable.decorative", true)]
#[case("form.hashtag", true)]
#[case("duplicate.recent", false)]
#[case("window.grid", false)]
#[case("link.platform_short_host", false)]
#[case("words.disrespect", false)]
fn only_some_topics_may_weigh_less_in_an_emergency(#[case] rule: &str, #[case] may: bool) {
    let compiled = compile(&[], &[(rule, Severity::Notice)]);
    match compiled {
        Ok(_) => assert!(may, "{rule}"),
        Err(why) => assert!(!may && matches!(why, PolicyError::NotForEmergencies(_)), "{why}"),
    }
}

#[test]
fn a_table_names_rules_that_exist_and_loosens_no_floor() {
    let wrong = |tables: &[_], emergencies: &[_]| compile(tables, emergencies).expect_err("a wrong profile");
    let unknown = |why| matches!(why, PolicyError::UnknownRule(rule) if rule == "alt.mising");
    assert!(unknown(wrong(&[("alt.mising", Severity::Notice)], &[])));
    assert!(unknown(wrong(&[], &[("alt.mising", Severity::Notice)])));
    assert!(compile(&[("outside.tone", Severity::Notice)], &[]).is_ok());
    for rule in ["outside.", "outside.Tone"] {
        let why = wrong(&[(rule, Severity::Notice)], &[]);
        assert!(matches!(why, PolicyError::UnknownRule(_)), "{why}");
    }
    let floor = |why| matches!(why, PolicyError::FloorLoosened(rule) if rule == "link.shortener");
    assert!(floor(wrong(&[("link.shortener", Severity::Confirm)], &[])));
    assert!(floor(wrong(&[], &[("link.shortener", Severity::Notice)])));
    assert!(compile(&[("link.shortener", Severity::Block)], &[]).is_ok());
}

#[test]
fn a_version_from_before_these_fields_keeps_its_digest() {
    let document = document();
    let stored = serde_json::to_value(&document).expect("JSON");
    for key in [
        "guideline",
        "in_emergency",
        "outside_checker",
        "site_rules",
        "exceptions",
    ] {
        assert!(stored["profile"].get(key).is_none(), "{key}");
    }
    let read = serde_json::from_value(stored).expect("a document");
    assert_eq!(document.digest(), crate::gate::PolicyDocument::digest(&read));
}

#[test]
fn what_a_profile_says_of_the_new_fields_is_stored_and_changes_the_digest() {
    let mut changed = document();
    changed.profile.outside_checker = OutsideChecker::Required;
    changed.profile.guideline = Some("akita".into());
    let stored = serde_json::to_string(&changed).expect("JSON");
    assert_eq!(
        serde_json::from_str::<crate::gate::PolicyDocument>(&stored).expect("a document"),
        changed
    );
    assert_ne!(changed.digest(), document().digest());
}
