use crate::{
    domain::finding::Severity,
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
            let span = finding.span.clone().expect("a place");
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
