use crate::{
    domain::{
        digest::MediaDigest,
        finding::{Field, Severity},
        revision::{Act, LinkCard, Media},
    },
    gate::{
        Gate, Phase, Policy, PolicyError,
        testing::{SHORTENERS, World, document, part},
    },
};
use proptest::prelude::*;

#[test]
fn the_place_and_the_host_are_told() {
    let mut world = World::new();
    world.text("詳しくはＢＩＴ．ＬＹ／ａへ");
    let verdict = world.verdict();
    let finding = &verdict.findings[0];
    assert_eq!(
        (finding.rule, finding.severity),
        ("link.shortener", Severity::Block)
    );
    assert_eq!(finding.clauses, ["AKI-7.1b"]);
    let span = finding.span().cloned().expect("a place");
    assert_eq!(span.chars, 4..10);
    assert!(finding.message.arguments.contains(&("host", "bit.ly".into())));
}

#[test]
fn every_text_that_a_reader_sees_is_searched() {
    let card = |uri: &str, title: &str, description: &str| LinkCard {
        uri: uri.into(),
        title: title.into(),
        description: description.into(),
    };
    let plain = "https://www.example.jp/";
    let mut world = World::new();
    world.parts[0].link_card = Some(card("https://bit.ly/a", "題", "説明"));
    assert!(world.keys().contains(&"finding-link-shortener-card"));
    world.parts[0].link_card = Some(card(plain, "t.coの題", "説明"));
    assert_eq!(world.found("link.shortener"), 1);
    world.parts[0].link_card = Some(card(plain, "題", "is.gd"));
    assert_eq!(world.found("link.shortener"), 1);
    world.parts[0].link_card = None;
    world.parts[0].media = vec![Media {
        digest: MediaDigest::new([1; 32]),
        alt: "QRコード bit.ly/a".into(),
    }];
    assert!(world.keys().contains(&"finding-link-shortener-alt"));
    world.parts = vec![part("一"), part("二 bit.ly/a")];
    assert!(world.keys().contains(&"finding-link-shortener"));
    let verdict = world.verdict();
    let found = verdict
        .findings
        .iter()
        .find(|found| found.rule == "link.shortener");
    let place = found.and_then(|found| found.place.clone()).expect("a place");
    assert_eq!((place.part, place.field), (1, Field::Text));
    assert_eq!(place.span.map(|span| span.chars), Some(2..8));
    world.parts = vec![part("返信")];
    world.act = Act::Reply;
    world.refers_to = Some("https://t.co/abc".into());
    assert!(world.keys().contains(&"finding-link-shortener-reference"));
}

#[test]
fn neither_an_emergency_nor_a_profile_lets_a_shortener_pass() {
    let mut world = World::new();
    world.emergency();
    world.text("避難所 bit.ly/a");
    assert_eq!(world.severity_of("link.shortener"), Some(Severity::Block));
    assert!(world.permit().is_err());
    for severity in [Severity::Confirm, Severity::Notice] {
        let mut document = document();
        document
            .profile
            .severities
            .insert("link.shortener".into(), severity);
        assert!(matches!(
            Policy::compile(document),
            Err(PolicyError::FloorLoosened(_))
        ));
    }
}

#[test]
fn a_profile_decides_on_the_short_hosts_of_platforms() {
    let mut world = World::new();
    world.text("地図 https://maps.app.goo.gl/x");
    assert_eq!(
        world.severity_of("link.platform_short_host"),
        Some(Severity::Block)
    );
    world.policy(|document| {
        let severities = &mut document.profile.severities;
        severities.insert("link.platform_short_host".into(), Severity::Notice);
    });
    assert_eq!(
        world.severity_of("link.platform_short_host"),
        Some(Severity::Notice)
    );
    assert_eq!(world.found("link.shortener"), 0);
    world.parts[0].link_card = Some(LinkCard {
        uri: "https://youtu.be/x".into(),
        title: "動画".into(),
        description: String::new(),
    });
    assert_eq!(world.found("link.platform_short_host"), 2);
}

#[test]
fn two_equal_links_are_two_findings_and_keep_their_ids_when_they_move() {
    let ids = |text: &str| {
        let mut world = World::new();
        world.text(text);
        let findings = world.verdict().findings;
        findings.iter().map(|finding| finding.id).collect::<Vec<_>>()
    };
    let before = ids("bit.ly/a と bit.ly/b");
    assert_eq!(before.len(), 2);
    assert_ne!(before[0], before[1]);
    assert_eq!(before, ids("お知らせ: bit.ly/a、bit.ly/b"));
    assert_ne!(ids("bit.ly"), ids("t.co"));
}

/// Sentences that towns write, in pieces that may follow each other in any order.
const MUNICIPAL: &[&str] = &[
    "【防災】",
    "大雨警報が発表されました。",
    "川に近づかないでください。\n",
    "詳しくは町ホームページをご覧ください。",
    "https://www.town.example.lg.jp/bousai/index.html",
    " https://www.city.example.lg.jp/?a=1&b=2#c ",
    "TEL.0123-45-6789",
    "（担当：総務課）",
    "info@town.example.lg.jp",
    "①10:00〜 ②13:30〜",
    "12.1(火)",
    "約1.5km、",
    "A・B会場",
    "Wi-Fi",
    "PDF",
    "ＰＤＦ：２．３ＭＢ",
    "Go To トラベル",
    "No.12。",
    "e.g. ",
    "U.S.",
    "Please call us. To register, ",
    "Dr. Is ",
    "(株)",
    "㈱",
    "№3",
    "🇯🇵",
    "☎",
    "1️⃣",
    "#避難所",
    "@town",
    "…",
    "・",
    "。",
    ".",
    "、",
    " ",
    "\n",
    "マイナンバーカード",
    "第2回",
    "co-op",
    "100%",
    "50%off",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_towns_write_is_no_finding(pieces in proptest::collection::vec(proptest::sample::select(MUNICIPAL), 1..12)) {
        let mut world = World::new();
        world.text(&pieces.concat());
        let mut found = world.verdict().findings.into_iter().map(|finding| finding.rule);
        prop_assert_eq!(found.find(|rule| rule.starts_with("link.")), None, "{:?}", pieces.concat());
    }

    #[test]
    fn never_with_a_shortener_whatever_the_spelling(
        host in proptest::sample::select(SHORTENERS),
        upper in any::<u64>(),
        wide in any::<u64>(),
        invisible in any::<u64>(),
        dot in proptest::sample::select(&[".", "。", "．", "｡", "·", "•", "․", "[.]", "(.)", " [dot] ", "%2e", "\u{200B}."][..]),
        before in proptest::sample::select(&["", "詳しくは", "https://", "HTTPS://www.", "https://www.city.lg.jp@", "「", "①", "です。"][..]),
        after in proptest::sample::select(&["", "から", "/3xYz", ":443/", "./", "」", "。", "\n"][..]),
        in_emergency in any::<bool>(),
        in_place in 0usize..3,
    ) {
        let bit = |bits: u64, index: usize| bits >> (index % 64) & 1 == 1;
        let spelled: String = host.chars().enumerate().map(|(index, c)| {
            let c = if bit(upper, index) { c.to_ascii_uppercase() } else { c };
            let mut text = match c {
                '.' => dot.to_owned(),
                _ if bit(wide, index) => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c).to_string(),
                _ => c.to_string(),
            };
            if bit(invisible, index) {
                text.push('\u{2060}');
            }
            text
        }).collect();
        let text = format!("{before}{spelled}{after}");
        let mut world = World::new();
        match in_place {
            0 => world.parts = vec![part(&text)],
            1 => world.parts[0].link_card = Some(LinkCard { uri: text.clone(), title: String::new(), description: String::new() }),
            _ => world.refers_to = Some(text.clone()),
        }
        if in_emergency {
            world.emergency();
        } else {
            world.sign_all();
        }
        for phase in Phase::ALL {
            world.phase = *phase;
            let severity = world.severity_of("link.shortener");
            prop_assert_eq!(severity, Some(Severity::Block), "{:?}", text);
        }
        world.phase = Phase::Dispatch;
        prop_assert!(world.permit().is_err());
    }

    #[test]
    fn the_same_case_gets_the_same_verdict(text in any::<String>()) {
        let mut world = World::new();
        // Only a drill may carry its mark.
        world.text(text.trim_start_matches(crate::domain::revision::DRILL_MARK));
        let first = world.verdict();
        prop_assert_eq!(&first, &world.with_case(|case| Gate.evaluate(case)));
        let weights: Vec<_> = first.findings.iter().map(|finding| finding.severity).collect();
        prop_assert!(weights.is_sorted_by(|a, b| a >= b));
        for finding in &first.findings {
            if let Some(span) = finding.span() {
                prop_assert!(world.parts[0].text.get(span.bytes.clone()).is_some());
            }
        }
    }
}
