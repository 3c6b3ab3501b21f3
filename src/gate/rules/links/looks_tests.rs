use chrono::Duration;
use rstest::rstest;

use crate::{
    domain::{
        digest::MediaDigest,
        evidence::{LinkEnd, LinkLook, PictureLook, Position},
        finding::Severity,
        media::MediaFacts,
        revision::Media,
    },
    gate::{Phase, policy::LinkChecks, testing::World},
};

const OWN: &str = "https://www.akebono-kanko.jp/event/2026/autumn.html";

/// A town whose links are looked at; its text has one link.
fn world(link: &str) -> World {
    let mut world = World::new();
    world.records.official_domains.insert("akebono-kanko.jp".into());
    world.policy(|document| {
        document.profile.link_checks = LinkChecks::Live;
        document.profile.link_look_hours = 2;
        document.trusted_hosts.insert("trusted.example".into());
        document.listed_hosts.insert("malware.example".into());
    });
    world.text(&format!("案内 {link}"));
    world
}

fn saw(world: &mut World, hops: &[&str], end: LinkEnd, age: Duration) {
    let look = LinkLook {
        at: world.now - age,
        hops: hops.iter().map(|hop| (*hop).to_owned()).collect(),
        end,
    };
    world.evidence.links.insert(hops[0].to_owned(), look);
}

/// The rules that found something in what was seen of a link.
fn rules(hops: &[&str], end: LinkEnd) -> Vec<(&'static str, Severity)> {
    let mut world = world(hops[0]);
    saw(&mut world, hops, end, Duration::minutes(1));
    let findings = world.verdict().findings.into_iter();
    findings
        .filter(|finding| finding.rule.starts_with("link.") && finding.rule != "link.foreign")
        .map(|finding| (finding.rule, finding.severity))
        .collect()
}

#[rstest]
#[case::found(LinkEnd::Reached, &[])]
#[case::gone(LinkEnd::NotFound, &[("link.dead", Severity::Confirm)])]
#[case::no_host(LinkEnd::NoSuchHost, &[("link.dead", Severity::Confirm)])]
#[case::certificate(LinkEnd::Certificate, &[("link.certificate", Severity::Confirm)])]
#[case::private(LinkEnd::Private, &[("link.private", Severity::Block)])]
#[case::hops(LinkEnd::TooManyHops, &[("link.unchecked", Severity::Block)])]
#[case::silent(LinkEnd::NoAnswer, &[("link.unchecked", Severity::Block)])]
fn how_a_look_ended_is_told(#[case] end: LinkEnd, #[case] expected: &[(&str, Severity)]) {
    assert_eq!(rules(&[OWN], end), expected);
}

#[rstest]
#[case::same_site(&["https://example.com/abc", "https://www.example.com/long/page.html"], &[])]
#[case::shortens(&["https://example.com/abc", "https://example.org/page"], &["link.redirector"])]
#[case::shortens_by_query(&["https://example.com/?i=1", "https://example.org/page"], &["link.redirector"])]
#[case::at_last(&["https://example.com/abc", "https://example.com/abcd", "https://example.org/"], &["link.redirector"])]
#[case::comes_back(&["https://example.com/abc", "https://login.example.org/", "https://example.com/x"], &[])]
#[case::twelve(&["https://example.com/123456789012", "https://example.org/"], &["link.redirector"])]
#[case::thirteen(&["https://example.com/1234567890123", "https://example.org/"], &["link.leaves_site"])]
#[case::moved(&["https://example.com/", "https://example.org/"], &["link.leaves_site"])]
#[case::between_public_bodies(&["https://www.akebono-kanko.jp/a", "https://www.city.example.lg.jp/a"], &[])]
#[case::from_the_own(&["https://www.akebono-kanko.jp/a", "https://example.org/"], &["link.redirector"])]
#[case::from_the_trusted(&["https://trusted.example/a", "https://example.org/"], &["link.redirector"])]
#[case::to_the_own(&["https://example.com/abc", "https://www.akebono-kanko.jp/"], &["link.redirector"])]
#[case::another_town(&["https://www.city.a.lg.jp/abc", "https://www.city.b.lg.jp/"], &[])]
#[case::to_an_address(&["https://example.com/abc", "https://192.0.2.1/"], &["link.redirector"])]
#[case::through_a_shortener(
    &["https://example.com/news/2026/12/01/page.html", "https://BIT.ly./x", "https://example.com/"],
    &["link.redirector"]
)]
#[case::through_a_listed_host(&["https://trusted.example/", "https://a.malware.example/", "https://trusted.example/b"], &["link.listed"])]
#[case::through_a_platform(&["https://example.com/", "https://lin.ee/x", "https://example.com/b"], &[])]
fn where_a_link_leads_is_judged(#[case] hops: &[&str], #[case] expected: &[&str]) {
    let found: Vec<&str> = rules(hops, LinkEnd::Reached)
        .into_iter()
        .map(|(rule, _)| rule)
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn what_was_not_looked_at_does_not_leave() {
    let mut world = world(OWN);
    for (phase, expected) in [
        (Phase::Check, Severity::Notice),
        (Phase::Submit, Severity::Block),
        (Phase::Approve, Severity::Block),
        (Phase::Dispatch, Severity::Block),
    ] {
        world.phase = phase;
        assert_eq!(world.severity_of("link.unchecked"), Some(expected), "{phase}");
    }
    assert!(world.permit().is_err());
    saw(&mut world, &[OWN], LinkEnd::Reached, Duration::minutes(120));
    assert_eq!(world.found("link.unchecked"), 0);
    assert!(world.permit().is_ok());
    saw(&mut world, &[OWN], LinkEnd::Reached, Duration::minutes(121));
    assert!(world.keys().contains(&"finding-link-unchecked-old"));
    assert!(world.permit().is_err());
}

#[test]
fn an_emergency_does_not_wait_for_a_look_but_does_not_overlook_one_either() {
    let mut world = world(OWN);
    world.emergency();
    assert_eq!(world.severity_of("link.unchecked"), Some(Severity::Confirm));
    let permit = world.permit().expect("an emergency waits for no look");
    assert_eq!(permit.debts().len(), 1, "the look is owed");
    saw(&mut world, &[OWN], LinkEnd::Private, Duration::days(2));
    assert_eq!(world.severity_of("link.unchecked"), Some(Severity::Confirm));
    assert_eq!(world.severity_of("link.private"), Some(Severity::Block));
}

#[test]
fn an_emergency_elsewhere_loosens_nothing() {
    let mut world = world(OWN);
    let other = world.add_account();
    world.emergency();
    world.emergencies[0].accounts.remove(&world.accounts[other].id);
    let severities: Vec<Severity> = world
        .verdict()
        .findings
        .iter()
        .filter(|finding| finding.rule == "link.unchecked")
        .map(|finding| finding.severity)
        .collect();
    assert_eq!(severities, [Severity::Block, Severity::Confirm]);
}

#[test]
fn nothing_is_looked_at_where_the_policy_says_so() {
    let mut world = world(OWN);
    saw(&mut world, &[OWN], LinkEnd::Private, Duration::zero());
    world.policy(|document| document.profile.link_checks = LinkChecks::Off);
    world.records.official_domains.insert("akebono-kanko.jp".into());
    assert_eq!(world.verdict().findings, []);
}

#[test]
fn the_link_of_a_qr_code_is_looked_at_too_and_no_post_that_is_answered() {
    let mut world = world("窓口");
    let digest = MediaDigest::new([1; 32]);
    world.parts[0].media = vec![Media {
        digest,
        alt: "案内図".into(),
    }];
    let look = PictureLook {
        codes: vec![OWN.into()],
        position: Position::Absent,
        facts: MediaFacts::of_jpeg(1_200, 800, 200_000),
    };
    world.evidence.pictures.insert(digest, look);
    world.refers_to = Some("https://social.example.com/@a/1".into());
    assert_eq!(world.found("link.unchecked"), 1);
    saw(&mut world, &[OWN], LinkEnd::Reached, Duration::zero());
    assert_eq!(world.found("link.unchecked"), 0);
}

#[test]
fn every_address_that_is_to_be_looked_at_is_asked_for() {
    let mut world =
        world("http://a.example.jp:8080/x?y#z b.example.jp https://[2001:db8::1]/ ftp://c.example.jp/");
    assert_eq!(world.found("link.unchecked"), 3);
    for address in world.with_case(|case| crate::gate::links(case.content)) {
        saw(
            &mut world,
            &[address.as_str()],
            LinkEnd::Reached,
            Duration::zero(),
        );
    }
    assert_eq!(world.found("link.unchecked"), 0);
}
