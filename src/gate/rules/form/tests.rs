use super::Severity;
use crate::{
    domain::{account::Platform, digest::MediaDigest, ids::DivisionId, revision::Act, revision::Media},
    gate::testing::{World, part},
};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

fn division(number: u128) -> DivisionId {
    DivisionId::new(Uuid::from_u128(number))
}

fn with_line(line: &str, text: &str) -> World {
    let mut world = World::new();
    world.records.sign_off_lines.insert(division(1), line.into());
    world.text(text);
    world
}

#[rstest]
#[case("広報課", "断水は終わりました。\n広報課")]
#[case("広報課", "断水は終わりました。\n\n　広報課　\n")]
#[case("広報課", "断水は終わりました。\n【広報課】")]
#[case("広報課", "断水は終わりました。\n――広 報 課――")]
#[case("広報課", "断水は終わりました。（広報課）")]
#[case("広報課", "断水は終わりました。\nあけぼの市 広報課")]
#[case("広報課", "断水は終わりました。\n広報課\n#断水 #あけぼの市")]
#[case("（広報課）", "断水は終わりました。\n広報課")]
#[case("あけぼの市 広報課", "断水は終わりました。\nあけぼの市広報課")]
#[case("PR Office", "The water is back.\n- ＰＲ OFFICE")]
fn a_text_that_is_signed_passes(#[case] line: &str, #[case] text: &str) {
    assert_eq!(with_line(line, text).found("form.sign_off_line"), 0);
}

#[rstest]
#[case("広報課", "断水は終わりました。")]
#[case("広報課", "広報課\n断水は終わりました。")]
#[case("広報課", "断水は終わりました。\n市広報課")]
#[case("広報課", "断水は終わりました。\n広報課長")]
#[case("広報課", "断水は終わりました。\n@広報課さん")]
fn a_text_that_is_not_asks_for_a_look(#[case] line: &str, #[case] text: &str) {
    let world = with_line(line, text);
    assert_eq!(world.severity_of("form.sign_off_line"), Some(Severity::Confirm));
}

#[test]
fn any_division_of_the_account_signs_and_the_last_part_counts() {
    let mut world = with_line("広報課", "断水は終わりました。\n水道課");
    assert_eq!(world.found("form.sign_off_line"), 1);
    world.accounts[0].divisions.push(division(2));
    world.records.sign_off_lines.insert(division(2), "水道課".into());
    assert_eq!(world.found("form.sign_off_line"), 0);
    world.parts = vec![part("一\n広報課"), part("二")];
    assert_eq!(world.found("form.sign_off_line"), 1);
    world.parts.reverse();
    assert_eq!(world.found("form.sign_off_line"), 0);
}

#[test]
fn where_no_division_of_the_account_has_a_line_none_is_missing() {
    let mut world = with_line("広報課", "断水は終わりました。");
    world.accounts[0].divisions = vec![division(9)];
    assert_eq!(world.found("form.sign_off_line"), 0);
}

#[rstest]
#[case("訓練です。#あけぼの市 #防災", 0)]
#[case("訓練です。＃あけぼの市＃防災", 1)]
#[case("訓練です。（#あけぼの市）\n＃防災。", 0)]
#[case("訓練です。#あけぼの市防災課 #防災", 1)]
#[case("訓練です。あけぼの市、防災", 2)]
#[case("訓練です。#あけぼの市です #防災です", 2)]
fn required_hashtags_stand_as_hashtags(#[case] text: &str, #[case] missing: usize) {
    let mut world = World::new();
    let tags = ["#あけぼの市", "＃防災"].map(str::to_owned);
    let account = world.accounts[0].id;
    world.records.required_hashtags.insert(account, tags.into());
    world.add_account();
    world.text(text);
    assert_eq!(world.found("form.hashtag"), missing);
}

#[test]
fn a_hashtag_may_stand_in_any_part() {
    let mut world = World::new();
    let account = world.accounts[0].id;
    world
        .records
        .required_hashtags
        .insert(account, ["#Akebono".to_owned()].into());
    world.parts = vec![part("一 #akebono"), part("二")];
    assert_eq!(world.found("form.hashtag"), 0);
}

/// The mentions that were told in a text.
fn mentioned(world: &mut World, text: &str) -> Vec<String> {
    world.text(text);
    let verdict = world.verdict();
    verdict
        .findings
        .iter()
        .filter(|finding| finding.rule == "form.mention")
        .map(|finding| text[finding.span().cloned().expect("a place").bytes].to_owned())
        .collect()
}

#[rstest]
#[case("@nihon_taro さんの写真です", "@nihon_taro")]
#[case("写真は＠Nihon_Taroさんから", "＠Nihon_Taro")]
#[case("(@taro)", "@taro")]
#[case("見て@taro。", "@taro")]
#[case("@taro@social.example.jp へ", "@taro@social.example.jp")]
#[case("@shop.example.com.", "@shop.example.com")]
#[case("情報は、.@train_info を", "@train_info")]
#[case("@town1@elsewhere.example.jp", "@town1@elsewhere.example.jp")]
#[case("@_123", "@_123")]
fn a_mention_asks_for_a_look(#[case] text: &str, #[case] place: &str) {
    assert_eq!(mentioned(&mut World::new(), text), [place]);
}

#[rstest]
#[case("お問い合わせは koho@city.akebono.example.lg.jp へ")]
#[case("ｋｏｈｏ＠city.akebono.example.lg.jp")]
#[case("koho.taro+a@city.example.lg.jp")]
#[case("@500円 ＠1,000円×3 @10:00 @市民会館 @ 会場 @")]
#[case("https://video.example.com/@akebono を見る")]
#[case("https://akebono:@library.example.jp/my から")]
#[case("フォローは @town1 または @TOWN1@social.example.lg.jp まで")]
fn what_calls_nobody_else_passes(#[case] text: &str) {
    assert_eq!(mentioned(&mut World::new(), text), Vec::<String>::new());
}

#[test]
fn where_names_are_only_text_nobody_is_called() {
    let mut world = World::new();
    world.accounts[0].platform = Platform::Line;
    assert_eq!(
        mentioned(&mut world, "友だち登録は @akebono_city で検索"),
        Vec::<String>::new()
    );
}

#[rstest]
#[case("@Warui_Hito さんへ", true)]
#[case("＠ＷＡＲＵＩ＿ＨＩＴＯ", true)]
#[case("@warui_hito@elsewhere.example へ", true)]
#[case("@jiro@elsewhere.example へ", true)]
#[case("@jiro へ", false)]
#[case("@warui_hito2 へ", false)]
fn whom_the_site_does_not_call_is_blocked_in_place_of_a_look(#[case] text: &str, #[case] is_forbidden: bool) {
    let mut world = World::new();
    world.policy(|document| {
        let names = ["warui_hito", "jiro@elsewhere.example"].map(str::to_owned);
        document.forbidden_mentions.extend(names);
    });
    world.text(text);
    let severity = is_forbidden.then_some(Severity::Block);
    assert_eq!(world.severity_of("form.forbidden_mention"), severity);
    assert_eq!(world.found("form.mention"), usize::from(!is_forbidden));
}

#[test]
fn on_its_own_server_a_name_needs_no_server() {
    let mut world = World::new();
    world.policy(|document| {
        _ = document
            .forbidden_mentions
            .insert("jiro@social.example.lg.jp".into())
    });
    world.text("@jiro へ");
    assert_eq!(world.found("form.forbidden_mention"), 1);
}

#[test]
fn each_account_is_told_what_it_calls() {
    let mut world = World::new();
    world.add_account();
    assert_eq!(mentioned(&mut world, "@town1 と @town2"), ["@town2", "@town1"]);
}

#[rstest]
#[case(Platform::X, "雨", 4)]
#[case(Platform::Bluesky, "雨", 4)]
#[case(Platform::Mastodon, "雨", 4)]
#[case(Platform::Instagram, "雨", 10)]
#[case(Platform::Threads, "雨", 20)]
#[case(Platform::Misskey, "雨", 16)]
#[case(Platform::Line, "雨", 4)]
#[case(Platform::Line, " ", 5)]
fn each_platform_carries_so_many_pictures(
    #[case] platform: Platform,
    #[case] text: &str,
    #[case] most: usize,
) {
    let picture = Media {
        digest: MediaDigest::new([1; 32]),
        alt: "雨に濡れた並木道".into(),
    };
    let mut world = World::new();
    world.accounts[0].platform = platform;
    world.parts = vec![part(text)];
    world.parts[0].media = vec![picture.clone(); most];
    assert_eq!(world.found("form.media_count"), 0);
    world.parts[0].media.push(picture);
    assert_eq!(world.severity_of("form.media_count"), Some(Severity::Block));
    world.accounts[0].platform = Platform::Facebook;
    assert_eq!(world.found("form.media_count"), 0);
}

#[rstest]
#[case(Act::New, None, None)]
#[case(Act::Reply, Some("109"), Some("finding-form-reply"))]
#[case(Act::Quote, Some("109"), Some("finding-form-quote"))]
#[case(Act::Reply, None, None)]
#[case(Act::Repost, Some("109"), None)]
fn an_answer_asks_for_a_look(#[case] act: Act, #[case] refers_to: Option<&str>, #[case] key: Option<&str>) {
    let mut world = World::new();
    world.act = act;
    world.refers_to = refers_to.map(str::to_owned);
    let keys = world.keys();
    let ours: Vec<_> = keys.into_iter().filter(|key| key.contains("-form-")).collect();
    assert_eq!(ours, Vec::from_iter(key));
}

proptest! {
    #[test]
    fn any_text_is_read_and_places_lie_on_characters(text in "[@＠a-c1._\\-#＃広報課（） \\n\u{3099}]{0,40}|\\PC{0,60}") {
        let mut world = with_line("広報課", &text);
        let account = world.accounts[0].id;
        world.records.required_hashtags.insert(account, ["#a".to_owned()].into());
        world.text(&text);
        for finding in world.verdict().findings {
            if let Some(span) = finding.span() {
                prop_assert!(text.get(span.bytes.clone()).is_some(), "{}", finding.rule);
            }
        }
    }
}
