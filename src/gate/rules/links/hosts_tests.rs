use rstest::rstest;

use crate::{
    domain::{
        digest::MediaDigest,
        evidence::{PictureLook, Position},
        finding::Severity,
        media::MediaFacts,
        revision::{Act, LinkCard, Media},
    },
    gate::{
        policy::{OpenRedirector, PolicyDocument},
        testing::{World, part},
    },
};

fn redirector(host: &str, path: &str, parameters: &[&str]) -> OpenRedirector {
    OpenRedirector {
        host: host.into(),
        path: path.into(),
        parameters: parameters.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// A town with a domain that is no official one, and a policy with lists.
fn world() -> World {
    let mut world = World::new();
    world.records.official_domains = ["akebono-kanko.jp", "city.akebono.lg.jp"]
        .map(str::to_owned)
        .into();
    world.policy(|document: &mut PolicyDocument| {
        document.open_redirectors = [
            redirector("google.com", "/url", &["q", "url"]),
            redirector("l.facebook.com", "/", &[]),
        ]
        .into();
        document.listed_hosts.insert("malware.example".into());
        document.trusted_hosts.insert("transer.example".into());
    });
    world
}

/// The link rules that find something in a text, with their severities.
fn rules(text: &str) -> Vec<(&'static str, Severity)> {
    let mut world = world();
    world.text(text);
    let findings = world.verdict().findings.into_iter();
    findings
        .filter(|finding| finding.rule.starts_with("link."))
        .map(|finding| (finding.rule, finding.severity))
        .collect()
}

#[rstest]
#[case::own("https://www.akebono-kanko.jp/event")]
#[case::own_bare("くわしくはakebono-kanko.jpへ")]
#[case::official("https://www.soumu.go.jp/")]
#[case::another_town("https://www.city.example.lg.jp/a")]
#[case::trusted("https://www.nhk.or.jp/news/")]
#[case::trusted_with_own_labels("https://www.city.akebono.lg.jp.e.transer.example/")]
#[case::mail("info@example.com")]
#[case::file("readme.mdとASP.NET")]
#[case::no_link("12月6日（日）10:00〜、電話0123-45-6789")]
fn what_a_town_links_every_day_is_silent(#[case] text: &str) {
    assert_eq!(rules(text), []);
}

#[rstest]
#[case::foreign("https://example.com/a", "link.foreign", Severity::Confirm)]
#[case::foreign_bare("くわしくはexample.comへ", "link.foreign", Severity::Confirm)]
#[case::foreign_defanged("hxxps://example[.]com", "link.foreign", Severity::Confirm)]
#[case::near_the_own("https://xakebono-kanko.jp/", "link.foreign", Severity::Confirm)]
#[case::other_scheme("ftp://example.com/a", "link.foreign", Severity::Confirm)]
#[case::insecure("http://www.city.akebono.lg.jp/", "link.insecure", Severity::Confirm)]
#[case::user(
    "https://www.akebono.lg.jp@www.soumu.go.jp/",
    "link.userinfo",
    Severity::Block
)]
#[case::address("https://192.0.2.1/", "link.address", Severity::Block)]
#[case::address_in_disguise("https://3221225985/", "link.address", Severity::Block)]
#[case::address_of_version_6("https://[2001:db8::1]/", "link.address", Severity::Block)]
#[case::listed("https://www.malware.example/", "link.listed", Severity::Block)]
#[case::listed_in_disguise("ｗｗｗ．ｍａｌｗａｒｅ．ｅｘａｍｐｌｅ", "link.listed", Severity::Block)]
#[case::redirector(
    "https://www.google.com/url?sa=t&q=https://example.com",
    "link.open_redirector",
    Severity::Block
)]
#[case::redirector_any("https://l.facebook.com/l.php?u=x", "link.open_redirector", Severity::Block)]
#[case::no_redirector("https://www.google.com/search?q=x", "link.foreign", Severity::Confirm)]
#[case::labels_in_front(
    "https://www.city.akebono.lg.jp.example.com/",
    "link.lookalike",
    Severity::Block
)]
#[case::official_in_front("https://www.soumu.go.jp.example.com/", "link.lookalike", Severity::Block)]
#[case::hyphens("https://city-akebono-lg-jp.com/", "link.lookalike", Severity::Block)]
#[case::hyphens_inside(
    "https://www.my-city-akebono-lg-jp.example.com/",
    "link.lookalike",
    Severity::Block
)]
#[case::cyrillic("https://www.аkebono-kanko.jp/", "link.lookalike", Severity::Block)]
#[case::punycode("https://www.xn--kebono-kanko-w9j.jp/", "link.lookalike", Severity::Block)]
#[case::hyphen_behind(
    "https://city.akebono.lg.jp-saiyo.example.net/a",
    "link.lookalike",
    Severity::Block
)]
#[case::below_an_official_suffix("https://www.city.akebоno.lg.jp/", "link.lookalike", Severity::Block)]
#[case::digits("https://akeb0no-kanko.jp/", "link.lookalike", Severity::Block)]
#[case::letters("https://www.akebono-kank0.jp/", "link.lookalike", Severity::Block)]
#[case::official_look_alike("https://www.sоumu.go.jр/", "link.lookalike", Severity::Block)]
fn every_other_link_is_found_once(#[case] text: &str, #[case] rule: &str, #[case] severity: Severity) {
    assert_eq!(rules(text), [(rule, severity)], "{text}");
}

#[test]
fn a_link_may_be_wrong_in_several_ways() {
    let names = |text| rules(text).into_iter().map(|(rule, _)| rule).collect::<Vec<_>>();
    assert_eq!(
        names("http://www.akebono.lg.jp@example.com/"),
        ["link.userinfo", "link.insecure", "link.foreign"]
    );
    // Platforms cut this one in two, and there is a top-level domain `.city`.
    assert_eq!(
        names("http://www.city.akebono.lg.jp@example.com/"),
        [
            "link.userinfo",
            "link.insecure",
            "link.foreign",
            "link.insecure",
            "link.foreign"
        ]
    );
}

#[test]
fn an_own_name_is_seen_in_front_of_one_that_is_too_long_to_lead_anywhere() {
    let text = |labels: usize| format!("www.city.akebono.lg.jp.{}example.com/", "a.".repeat(labels));
    for labels in [1, 50, 150, 50_000] {
        let found = rules(&text(labels));
        assert!(
            found.iter().any(|(rule, _)| *rule == "link.lookalike"),
            "{labels}: {found:?}"
        );
    }
}

#[rstest]
#[case("http://192.0.2.1:8080/a", &["link.address", "link.insecure"])]
#[case("https://www.city.akebono.lg.jp%2Fbosai@example.com/", &["link.userinfo", "link.foreign"])]
fn nor_does_one_fault_hide_another(#[case] text: &str, #[case] expected: &[&str]) {
    let names: Vec<&str> = rules(text).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(names, expected);
}

#[test]
fn the_place_of_a_link_is_told_whole() {
    let mut world = world();
    world.text("案内はＷＷＷ．ｅｘａｍｐｌｅ．ｃｏｍ／ａです");
    let verdict = world.verdict();
    let finding = &verdict.findings[0];
    assert_eq!(finding.rule, "link.foreign");
    assert_eq!(finding.clauses, ["KUR-6.2b"]);
    assert_eq!(finding.span().cloned().expect("a place").chars, 3..20);
    assert!(
        finding
            .message
            .arguments
            .contains(&("host", "www.example.com".into()))
    );
}

#[test]
fn cards_and_descriptions_are_read_too_and_what_is_answered_is_nobodys_choice() {
    let mut world = world();
    world.parts[0].link_card = Some(LinkCard {
        uri: "https://example.com/".into(),
        title: "題".into(),
        description: "説明".into(),
    });
    assert_eq!(world.found("link.foreign"), 1);
    world.parts[0].link_card = None;
    world.parts[0].media = vec![media(1, "地図 example.com")];
    assert_eq!(world.found("link.foreign"), 1);
    world.parts = vec![part("返信")];
    world.act = Act::Reply;
    world.refers_to = Some("http://social.example.com/@a/1".into());
    assert_eq!(world.found("link.foreign") + world.found("link.insecure"), 0);
    world.refers_to = Some("http://192.0.2.1/@a/1".into());
    assert_eq!(world.found("link.address"), 1);
}

fn media(number: u8, alt: &str) -> Media {
    Media {
        digest: MediaDigest::new([number; 32]),
        alt: alt.into(),
    }
}

#[test]
fn a_qr_code_is_read_like_a_text() {
    let mut world = world();
    world.parts[0].media = vec![media(1, "案内図"), media(2, "会場")];
    let look = |codes: &[&str]| PictureLook {
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        position: Position::Absent,
        facts: MediaFacts::of_jpeg(1_200, 800, 200_000),
    };
    let pictures = &mut world.evidence.pictures;
    pictures.insert(
        MediaDigest::new([1; 32]),
        look(&["https://bit.ly/a", "https://lin.ee/b"]),
    );
    pictures.insert(
        MediaDigest::new([2; 32]),
        look(&["HTTP://EXAMPLE.COM/C", "https://bit.ly/a"]),
    );
    pictures.insert(MediaDigest::new([3; 32]), look(&["https://t.co/of-another-post"]));
    world.add_account();
    let keys = world.keys();
    // On two accounts; the first of them stands in both pictures, and each must go.
    for (key, count) in [
        ("finding-link-shortener-code", 4),
        ("finding-link-platform-short-host-code", 2),
    ] {
        assert_eq!(keys.iter().filter(|found| **found == key).count(), count, "{key}");
    }
    assert_eq!(world.found("link.foreign"), 2);
    assert_eq!(world.found("link.insecure"), 2);
    let verdict = world.verdict();
    assert!(verdict.findings.iter().all(|finding| finding.span().is_none()));
}

#[test]
fn a_profile_decides_on_all_of_it_but_shorteners() {
    let mut world = World::new();
    world.text("https://example.com/");
    world.policy(|document| {
        let severities = &mut document.profile.severities;
        severities.insert("link.foreign".into(), Severity::Notice);
    });
    assert_eq!(world.severity_of("link.foreign"), Some(Severity::Notice));
}
