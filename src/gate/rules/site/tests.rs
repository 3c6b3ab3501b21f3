use proptest::prelude::*;
use rstest::rstest;

use super::{Rule, engine::Expression};
use crate::{
    domain::{finding::Severity, revision::Kind},
    gate::{
        SiteRule,
        policy::Bilingual,
        testing::{World, part, time},
    },
};

fn rule(name: &str, when: &str) -> SiteRule {
    SiteRule {
        name: name.into(),
        when: when.into(),
        severity: Severity::Confirm,
        clauses: vec!["KUR-7.3".into()],
        message: Bilingual {
            ja: "確認してください。".into(),
            en: "Please check.".into(),
        },
    }
}

fn world(when: &str) -> World {
    let mut world = World::new();
    world.policy(|document| document.profile.site_rules = vec![rule("own", when)]);
    world
}

#[rstest]
#[case::text("post.text.contains('休日当番医')")]
#[case::plain("post.plain.startsWith('12月') && !post.plain.endsWith('!')")]
#[case::hashtags("post.hashtags.size() == 0 && size(post.parts) == 1")]
#[case::links("post.links.size() == 0")]
#[case::in_a_list("account.platform in ['mastodon', 'misskey']")]
#[case::account("account.name == '町公式1' && account.handle == 'town1'")]
#[case::source("post.source == ''")]
#[case::kind("post.kind == 'ordinary' && post.act == 'new' && post.visibility == 'public'")]
#[case::author("author.ids.exists(id, id.startsWith('usr_'))")]
#[case::time("time.weekday == 'tue' && time.hour == 10 && time.holiday == ''")]
#[case::date("time.year * 10000 + time.month * 100 + time.day == 20261201")]
#[case::loops("post.parts.all(p, p.size() < 100) && post.parts.filter(p, p != '').size() == 1")]
#[case::choice("post.language == 'ja' ? true : false")]
fn an_expression_that_is_true_is_a_finding(#[case] when: &str) {
    let world = world(when);
    assert_eq!(world.severity_of("site.own"), Some(Severity::Confirm), "{when}");
    let found = world.verdict().findings.remove(0);
    assert_eq!(found.clauses, ["KUR-7.3"]);
    assert_eq!(found.account, Some(world.accounts[0].id));
}

#[test]
fn links_are_told_wherever_they_stand_and_however_they_are_spelled() {
    let mut world = world("post.links.exists(l, l.startsWith('https://www.example.com/'))");
    assert_eq!(world.found("site.own"), 0);
    world.text("くわしくはＷＷＷ．ｅｘａｍｐｌｅ．ｃｏｍ／ａへ");
    assert_eq!(world.found("site.own"), 1);
    world.text("くわしくは市の公式サイトへ");
    world.parts[0].media.push(crate::domain::revision::Media {
        digest: crate::domain::digest::MediaDigest::new([1; 32]),
        alt: "www.example.com/a と書いた看板".into(),
    });
    assert_eq!(world.found("site.own"), 1);
    world.policy(|document| document.profile.site_rules = vec![rule("own", "post.links.size() == 100")]);
    let many: String = (0..150)
        .map(|n| format!("https://www.example.com/{n}\n"))
        .collect();
    world.text(&many);
    assert_eq!(world.found("site.own"), 1);
}

#[rstest]
#[case("post.text.contains('選挙')")]
#[case("'#防災' in post.hashtags")]
#[case("account.in_emergency")]
#[case("time.hour < 9 || time.hour >= 17")]
fn an_expression_that_is_false_is_silent(#[case] when: &str) {
    assert_eq!(world(when).found("site.own"), 0, "{when}");
}

#[test]
fn it_is_judged_for_each_account_at_the_time_of_reading() {
    let mut world = world("time.hour == 23 && '#防災' in post.hashtags");
    world.add_account();
    world.accounts[1].zone = chrono_tz::Asia::Kathmandu;
    world.phase = crate::gate::Phase::Submit;
    world.planned = Some(time("2026-12-01T23:30:00+09:00"));
    world.parts = vec![part("訓練 ＃防災")];
    assert_eq!(world.found("site.own"), 1);
}

#[rstest]
#[case::syntax("post.text.contains('x') &&", "line 1, column")]
#[case::second_line("true &&\n  post.text ==== 'x'", "line 2, column")]
#[case::empty("", "line 1, column")]
#[case::unknown_variable("false && member.id == ''", "there is no `member`")]
#[case::unknown_field("false && post.author == ''", "`post` has no `author`")]
#[case::unknown_function("false && post.text.lowerAscii() == ''", "`lowerAscii` is not offered")]
#[case::pattern("post.text.matches('(a+)+')", "`matches` is not offered")]
#[case::number("post.text.size()", "neither true nor false")]
#[case::text("post.text", "neither true nor false")]
#[case::types("post.text > 1", "on a post that has everything")]
#[case::missing("post.hashtags[0] == '#a'", "on a post without hashtags")]
#[case::nested("post.parts.exists(p, post.alts.exists(a, a == p))", "a loop inside a loop")]
#[case::map("post.parts.map(p, p + p).size() > 1", "`map` is not offered")]
#[case::map_some("post.parts.map(p, true, p + p).size() > 1", "`map` is not offered")]
#[case::message("Post{text: 'a'}.text == 'a'", "messages are not offered")]
#[case::zero("1 / 0 == 1", "on a post that has everything")]
fn what_could_fail_later_is_refused_at_once(#[case] when: &str, #[case] why: &str) {
    let told = Rule::compile(&rule("own", when)).expect_err(when).to_string();
    assert!(told.starts_with("the site rule \"own\": "), "{told}");
    assert!(told.contains(why), "{told}");
}

#[test]
fn a_name_is_a_name_and_there_is_one_of_each() {
    let wrong = |rules: &[SiteRule]| Rule::compile_all(rules).expect_err("a wrong rule").to_string();
    assert!(wrong(&[rule("Own Rule", "true")]).contains("lower-case"));
    assert!(
        wrong(&[rule("a", "true"), rule("b", "true"), rule("a", "false")])
            .contains("another one has this name")
    );
    let mut silent = rule("a", "true");
    silent.message.en = " ".into();
    assert!(wrong(&[silent]).contains("tells people nothing"));
}

#[test]
fn a_rule_without_an_answer_stops_the_post_and_shows_nothing_of_it() {
    let mut world = world("int(post.text.size() == 2 ? '0' : post.text) == 1 || post.parts.size() == 2");
    world.text("秘密の文");
    assert_eq!(world.severity_of("site.own"), Some(Severity::Block));
    let found = world.verdict().findings.remove(0);
    assert!(!format!("{:?}", found.message).contains("秘密の文"));
    world.emergency();
    assert_eq!(world.severity_of("site.own"), Some(Severity::Notice));
}

#[test]
fn an_emergency_can_be_told_apart() {
    let mut world = world("!account.in_emergency");
    assert_eq!(world.found("site.own"), 1);
    world.emergency();
    assert_eq!(world.kind, Kind::Emergency);
    assert_eq!(world.found("site.own"), 0);
}

/// Runs on a stack that is half as large as a worker's.
fn on_a_small_stack(text: String) -> bool {
    std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(move || Expression::compile(&text).is_ok())
        .expect("a thread")
        .join()
        .expect("no panic")
}

#[rstest]
#[case("(", "true", ")")]
#[case("!", "true", "")]
#[case("-", "1", "")]
#[case("[", "1", "]")]
#[case("1 + ", "1", "")]
#[case("true ? ", "1", " : 2")]
#[case("size(", "[]", ")")]
#[case("{1: ", "1", "}")]
#[case("", "post", ".text")]
#[case("", "post", "[0]")]
#[case("true && ", "true", "")]
fn nesting_does_not_exhaust_the_stack(#[case] before: &str, #[case] middle: &str, #[case] after: &str) {
    for depth in [5, 14, 20, 100, 1_000] {
        let text = format!("{}{middle}{}", before.repeat(depth), after.repeat(depth));
        // Refused or not: it comes back.
        let is_usable = on_a_small_stack(text.clone());
        assert!(!(is_usable && text.len() > 2_000), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "\\PC{0,60}") {
        let _ = Expression::compile(&text);
    }

    #[test]
    fn nothing_that_looks_like_an_expression_breaks_it(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "post", ".", "text", "(", ")", "[", "]", "'a'", "==", "!", "-", "&&", "||", "?", ":", "1",
                "exists", "filter", "map", "all", "has", "x", ",", "+", "in", "{", "}", "size", "0x", "1e9",
                "\"", "b'", "r'", "\\", "9223372036854775807", "%", "/", "*", "hashtags",
            ]),
            0..24,
        ),
    ) {
        let _ = Expression::compile(&words.concat());
        let _ = Expression::compile(&words.join(" "));
    }
}
