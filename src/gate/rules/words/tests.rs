use crate::{
    domain::finding::{Severity, Span},
    gate::{
        Policy, PolicyError,
        testing::{World, document, words},
    },
};
use rstest::rstest;

/// What was found where, under the usual list and a few more.
fn found(text: &str) -> Vec<(String, String)> {
    let mut world = World::new();
    world.policy(|document| {
        document.words = vec![
            words(
                "insult",
                &["ばか", "ばか者", "ＢＡＫＡ", "ガス抜き"],
                &["fool", "shut up", "c3po"],
                &["ばかり", "「ばか者」", "fool's gold"],
            ),
            words("rumour", &["らしい", "ばか者"], &[], &["すばらしい"]),
        ];
    });
    world.text(text);
    let verdict = world.verdict();
    verdict
        .findings
        .iter()
        .filter(|finding| finding.rule.starts_with("words."))
        .map(|finding| {
            let span = finding.span().cloned().expect("a place");
            (finding.rule.to_owned(), text[span.bytes].to_owned())
        })
        .collect()
}

fn one(rule: &str, place: &str) -> Vec<(String, String)> {
    vec![(rule.to_owned(), place.to_owned())]
}

#[rstest]
#[case("そんなばかな話", "ばか")]
#[case("ﾊﾞｶではなくｂａｋａです", "ｂａｋａ")]
#[case("ｶﾞｽ抜きのやり方", "ｶﾞｽ抜き")]
#[case("ば\u{200B}か", "ば\u{200B}か")]
#[case("は\u{3099}か", "は\u{3099}か")]
#[case("You fool!", "fool")]
#[case("Foolばかり", "Fool")]
#[case("ＳＨＵＴ　ＵＰ", "ＳＨＵＴ　ＵＰ")]
fn an_entry_is_found_in_every_form(#[case] text: &str, #[case] place: &str) {
    assert_eq!(found(text), one("words.insult", place));
}

#[rstest]
#[case("雨ばかりです")]
#[case("foolish")]
#[case("tomfool")]
#[case("fool2")]
#[case("すばらしい一日")]
#[case("It is fool's gold.")]
fn what_is_harmless_is_left_alone(#[case] text: &str) {
    assert_eq!(found(text), []);
}

/// What the patterns of a list find where.
fn found_by(patterns: &[&str], text: &str) -> Vec<String> {
    let mut world = World::new();
    world.policy(|document| {
        let mut list = words("security_sensitive", &["語"], &[], &["192.168.0.1を開き"]);
        list.patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        document.words = vec![list];
    });
    world.text(text);
    let findings = world.verdict().findings;
    let places = findings
        .iter()
        .filter(|finding| finding.rule.starts_with("words."));
    let place = |span: &Span| text[span.bytes.clone()].to_owned();
    places.filter_map(|finding| finding.span().map(place)).collect()
}

#[rstest]
#[case("共有フォルダは１９２．１６８．１０．２０です", &["１９２．１６８．１０．２０"])]
#[case("10.0.0.1と172.31.255.254へ", &["10.0.0.1", "172.31.255.254"])]
#[case("172.32.0.1は外です", &[])]
#[case("版は3.10.0.0.1、1.2.10.1.2.3.4です", &[])]
#[case("192.168.0.1.example.jp", &[])]
#[case("192.168.0.1/24", &["192.168.0.1"])]
#[case("説明書の192.168.0.1を開きます", &[])]
#[case("a192.168.0.1", &[])]
fn a_pattern_finds_what_no_list_can_hold(#[case] text: &str, #[case] places: &[&str]) {
    let patterns = [r"(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.\d{1,3}){2,3}"];
    assert_eq!(found_by(&patterns, text), places);
}

#[test]
fn a_pattern_that_cannot_be_searched_is_refused_by_name() {
    let mut document = document();
    let mut list = words("insult", &["語"], &[], &[]);
    list.patterns = vec![r"\d{4}".into()];
    document.words = vec![list];
    let Err(PolicyError::Words(why)) = Policy::compile(document) else {
        panic!("accepted");
    };
    assert!(why.contains(r#"insult: pattern "\\d{4}""#), "{why}");
}

#[test]
fn of_overlapping_entries_of_a_list_the_longest_is_told_and_every_list_speaks() {
    let all = found("このばか者");
    assert_eq!(
        all,
        [one("words.insult", "ばか者"), one("words.rumour", "ばか者")].concat()
    );
}

#[test]
fn a_harmless_phrase_hides_only_what_it_contains() {
    assert_eq!(found("ばかりのばか"), one("words.insult", "ばか"));
    let verdict = found("ばか、ばか");
    assert_eq!(verdict.len(), 2);
}

#[test]
fn a_phrase_is_harmless_in_its_own_list_only() {
    assert_eq!(found("「ばか者」という題"), one("words.rumour", "ばか者"));
}

#[test]
fn a_profile_weighs_a_list() {
    let mut world = World::new();
    world.text("くだらない話");
    assert_eq!(world.severity_of("words.disrespect"), Some(Severity::Confirm));
    world.policy(|document| {
        let severities = &mut document.profile.severities;
        severities.insert("words.disrespect".into(), Severity::Block);
    });
    assert_eq!(world.severity_of("words.disrespect"), Some(Severity::Block));
}

#[rstest]
#[case("Insult")]
#[case("")]
#[case("a b")]
fn a_category_has_a_plain_name(#[case] category: &str) {
    let mut document = document();
    document.words = vec![words(category, &["語"], &[], &[])];
    assert!(matches!(Policy::compile(document), Err(PolicyError::Words(_))));
}

#[test]
fn an_entry_that_matches_everything_is_refused() {
    let mut document = document();
    document.words = vec![words("insult", &["\u{200B} "], &[], &[])];
    assert!(matches!(Policy::compile(document), Err(PolicyError::Words(_))));
}

#[test]
fn a_rule_that_nobody_knows_is_refused() {
    let mut document = document();
    document
        .profile
        .severities
        .insert("words.unknown".into(), Severity::Block);
    assert!(matches!(
        Policy::compile(document),
        Err(PolicyError::UnknownRule(_))
    ));
}
