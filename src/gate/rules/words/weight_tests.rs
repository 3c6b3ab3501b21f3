//! What makes a match weigh more or less, or nothing.

use crate::{
    domain::{finding::Severity, records::ElectionPeriod},
    gate::{
        Policy, PolicyDocument, PolicyError,
        testing::{World, both, document, owned, part, time, words},
        word_lists::{Context, Exception, Only, WordList},
    },
};
use proptest::prelude::*;
use rstest::rstest;

fn world(list: WordList) -> World {
    let mut world = World::new();
    world.policy(|document| document.words = vec![list]);
    world
}

/// Words that block, a warning in which they are shown only, and a report in which they ask for a look.
fn indecency() -> WordList {
    let context = |severity, phrases: &[&str], reason: &str| Context {
        severity,
        phrases: owned(phrases),
        reason: both(reason),
    };
    WordList {
        severity: Severity::Block,
        context: vec![
            context(
                Severity::Notice,
                &["逮捕", "ご注意ください", "arrest"],
                "注意喚起です。",
            ),
            context(Severity::Confirm, &["と報じられ"], "報道です。"),
        ],
        ..words("obscenity", &["わいせつ行為"], &["indecent act"], &[])
    }
}

#[rstest]
#[case("わいせつ行為をしよう", Severity::Block)]
#[case("わいせつ行為で逮捕されました。", Severity::Notice)]
#[case("わいせつ行為にご注意ください", Severity::Notice)]
#[case("わいせつ行為があったと報じられています", Severity::Confirm)]
#[case("わいせつ行為で逮捕されたと報じられています", Severity::Notice)]
#[case("逮捕されました。わいせつ行為をしよう", Severity::Block)]
#[case("わいせつ行為をしよう！逮捕", Severity::Block)]
#[case("わいせつ行為をしよう\n逮捕", Severity::Block)]
#[case("AN INDECENT ACT LED TO AN ARREST", Severity::Notice)]
#[case("An indecent act, arresting", Severity::Block)]
fn a_context_counts_in_its_own_sentence(#[case] text: &str, #[case] expected: Severity) {
    let mut world = world(indecency());
    world.text(text);
    assert_eq!(world.severity_of("words.obscenity"), Some(expected));
}

#[test]
fn a_context_tells_its_reason_and_each_sentence_is_judged_by_itself() {
    let mut world = world(indecency());
    world.text("わいせつ行為で逮捕。わいせつ行為をしよう。");
    let verdict = world.verdict();
    let told: Vec<_> = verdict
        .findings
        .iter()
        .map(|finding| (finding.severity, finding.message.arguments[3].1.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Severity::Block, "言い換えてください。"),
            (Severity::Notice, "注意喚起です。")
        ]
    );
}

#[rstest]
#[case("と報じられています", Severity::Notice, Severity::Notice)]
#[case("と報じられています", Severity::Block, Severity::Confirm)]
#[case("それだけです", Severity::Notice, Severity::Notice)]
fn a_profile_weighs_the_list_and_a_context_only_lightens(
    #[case] rest: &str,
    #[case] profile: Severity,
    #[case] expected: Severity,
) {
    let mut world = world(indecency());
    world.policy(|document| {
        document.words = vec![indecency()];
        document
            .profile
            .severities
            .insert("words.obscenity".into(), profile);
    });
    world.text(&format!("わいせつ行為、{rest}"));
    assert_eq!(world.severity_of("words.obscenity"), Some(expected));
}

fn election(world: &mut World) {
    world.records.elections.push(ElectionPeriod {
        name: "町長選挙".into(),
        announced_on: "2026-12-02".parse().expect("a day"),
        polling_on: "2026-12-06".parse().expect("a day"),
    });
}

#[rstest]
#[case("2026-12-01T23:30:00+09:00", None)]
#[case("2026-12-02T00:30:00+09:00", Some(Severity::Confirm))]
#[case("2026-12-06T23:30:00+09:00", Some(Severity::Confirm))]
#[case("2026-12-07T00:30:00+09:00", None)]
fn a_list_of_election_periods_speaks_in_them_only(#[case] now: &str, #[case] expected: Option<Severity>) {
    let mut world = world(WordList {
        only: Some(Only::ElectionPeriod),
        ..words("campaign", &["町長の実績"], &[], &[])
    });
    world.now = time(now);
    world.text("町長の実績をご覧ください");
    assert_eq!(world.severity_of("words.campaign"), None);
    election(&mut world);
    assert_eq!(world.severity_of("words.campaign"), expected);
}

#[test]
fn the_day_is_that_of_the_account() {
    let mut world = world(WordList {
        only: Some(Only::ElectionPeriod),
        ..words("campaign", &["町長の実績"], &[], &[])
    });
    world.now = time("2026-12-01T23:30:00+09:00");
    election(&mut world);
    let other = world.add_account();
    world.accounts[other].zone = chrono_tz::Pacific::Auckland;
    world.text("町長の実績をご覧ください");
    let verdict = world.verdict();
    let found: Vec<_> = verdict
        .findings
        .iter()
        .filter(|finding| finding.rule == "words.campaign")
        .map(|finding| finding.account)
        .collect();
    assert_eq!(found, [Some(world.accounts[other].id)]);
}

#[rstest]
#[case(Severity::Confirm, Severity::Block, Severity::Block)]
#[case(Severity::Block, Severity::Notice, Severity::Block)]
fn an_election_period_makes_a_list_weigh_more_never_less(
    #[case] usual: Severity,
    #[case] then: Severity,
    #[case] expected: Severity,
) {
    let mut world = world(WordList {
        severity: usual,
        in_election_period: Some(then),
        ..words("politics", &["党を支持"], &[], &[])
    });
    world.text("党を支持します");
    assert_eq!(world.severity_of("words.politics"), Some(usual));
    election(&mut world);
    world.now = time("2026-12-03T10:00:00+09:00");
    assert_eq!(world.severity_of("words.politics"), Some(expected));
}

fn consultation(document: &mut PolicyDocument) {
    document.words = vec![
        words("policy_undecided", &["計画素案"], &[], &[]),
        words("rumour", &["らしいです"], &[], &[]),
    ];
    document.exceptions = vec![Exception {
        exception: "public_comment".into(),
        lifts: "policy_undecided".into(),
        clauses: vec!["KUR-7.8".into()],
        ja: owned(&["意見を募集"]),
        en: owned(&["public comment"]),
    }];
}

#[test]
fn an_exception_lifts_its_category_for_the_whole_post_where_a_profile_adopts_it() {
    let mut world = World::new();
    world.policy(consultation);
    world.parts = vec![part("計画素案らしいです。"), part("意見を募集します。")];
    assert_eq!(world.found("words.policy_undecided"), 1);
    world.policy(|document| {
        consultation(document);
        document.profile.exceptions.insert("public_comment".into());
    });
    assert_eq!(world.found("words.policy_undecided"), 0);
    assert_eq!(world.found("words.rumour"), 1);
    world.text("計画素案らしいです。Public comments");
    assert_eq!(world.found("words.policy_undecided"), 1);
}

#[rstest]
#[case(|document: &mut PolicyDocument| document.exceptions.clear())]
#[case(|document: &mut PolicyDocument| document.words[0].category = "other".into())]
#[case(|document: &mut PolicyDocument| document.words[0].severity = Severity::Block)]
#[case(|document: &mut PolicyDocument| {
    document.profile.severities.insert("words.policy_undecided".into(), Severity::Block);
})]
fn an_exception_that_cannot_be_is_refused(#[case] spoil: fn(&mut PolicyDocument)) {
    let mut document = document();
    consultation(&mut document);
    document.profile.exceptions.insert("public_comment".into());
    assert!(Policy::compile(document.clone()).is_ok());
    spoil(&mut document);
    assert!(matches!(Policy::compile(document), Err(PolicyError::Words(_))));
}

#[test]
fn a_document_without_the_newer_keys_keeps_its_digest() {
    let text = serde_json::to_string(&document()).expect("a text");
    for key in ["context", "only", "in_election_period", "exceptions"] {
        assert!(!text.contains(&format!("{key:?}")), "{key}");
    }
    let read: PolicyDocument = serde_json::from_str(&text).expect("a document");
    assert_eq!(read, document());
}

#[rstest]
#[case("本土人口の推移です", 0)]
#[case("馬鹿力が出ました", 0)]
#[case("この馬鹿が", 1)]
#[case("大馬鹿者、馬鹿議員", 2)]
fn a_short_entry_is_a_word_of_its_text(#[case] text: &str, #[case] expected: usize) {
    let mut world = world(words("insult", &["馬鹿", "土人"], &[], &[]));
    world.text(text);
    assert_eq!(world.found("words.insult"), expected);
}

proptest! {
    #[test]
    fn places_lie_on_characters(text in "[馬鹿力逮捕土人本a-c。\\n\u{3099}ﾊﾞｶ]{0,40}") {
        let mut world = world(WordList { context: indecency().context, ..words("insult", &["馬鹿", "土人", "バカ"], &["ab"], &["馬鹿力"]) });
        world.text(&text);
        for finding in world.verdict().findings {
            if let Some(span) = finding.span() {
                prop_assert!(text.get(span.bytes.clone()).is_some());
            }
        }
    }
}
