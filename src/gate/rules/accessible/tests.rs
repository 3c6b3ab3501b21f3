use super::super::Severity;
use crate::{
    domain::{digest::MediaDigest, revision::Media},
    gate::testing::{World, part},
};
use proptest::prelude::*;
use rstest::rstest;

/// What the rules of reading found in a text: rule and place.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let mut world = World::new();
    world.text(text);
    let verdict = world.verdict();
    let readable = |rule: &str| rule.starts_with("readable.");
    verdict
        .findings
        .iter()
        .filter(|finding| readable(finding.rule))
        .map(|finding| {
            let span = finding.span().cloned().expect("a place");
            (finding.rule, text[span.bytes].to_owned())
        })
        .collect()
}

fn one(rule: &'static str, place: &str) -> Vec<(&'static str, String)> {
    vec![(rule, place.to_owned())]
}

#[rstest]
#[case("①受付 ②講演", "①")]
#[case("㈱みなと", "㈱")]
#[case("雨量50㍉", "㍉")]
#[case("令和は㋿", "㋿")]
#[case("第Ⅳ期計画", "Ⅳ")]
#[case("№3", "№")]
#[case("❶受付", "❶")]
#[case("ﾊﾟｿｺﾝ教室", "ﾊﾟｿｺﾝ")]
#[case("受付です｡", "｡")]
#[case("渡\u{E000}さん", "\u{E000}")]
#[case("福\u{FA1B}祉", "\u{FA1B}")]
#[case("Ⓐ会場", "Ⓐ")]
fn what_depends_on_the_platform_is_told(#[case] text: &str, #[case] place: &str) {
    assert_eq!(found(text), one("readable.platform_characters", place));
}

#[rstest]
#[case("🎄12月の行事です✨")]
#[case("㊗開館10周年")]
#[case("髙橋さん、山﨑さん")]
#[case("50mm、100m2、(株)みなと")]
#[case("〒000-0000 ☆★○●◎◇◆□■△▲※→←↑↓〒")]
#[case("½カップ、25℃、Å、±3")]
#[case("🅿あり、🆗です")]
#[case("Ｔｅｌ０１２３")]
fn ordinary_characters_pass(#[case] text: &str) {
    assert_eq!(found(text), []);
}

#[test]
fn a_text_with_many_such_characters_is_told_once_with_another_way_to_write_them() {
    let mut world = World::new();
    world.text("①受付②講演③閉会①");
    let verdict = world.verdict();
    let told: Vec<_> = verdict
        .findings
        .iter()
        .filter(|finding| finding.rule == "readable.platform_characters")
        .map(|finding| (finding.severity, finding.message.arguments.clone()))
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, Severity::Confirm);
    assert_eq!(told[0].1[0].1, "①、②、③");
    assert_eq!(told[0].1[1].1, "1、2、3");
}

#[rstest]
#[case("𝐇𝐞𝐥𝐥𝐨 市民の皆さん", "𝐇𝐞𝐥𝐥𝐨", "Hello")]
#[case("🅷🅴🅻🅻🅾", "🅷🅴🅻🅻🅾", "HELLO")]
#[case("ⒽⓔⓁⓁⓞ", "ⒽⓔⓁⓁⓞ", "HeLLo")]
#[case("𝓕𝓮𝓼𝓽𝓲𝓿𝓪𝓵", "𝓕𝓮𝓼𝓽𝓲𝓿𝓪𝓵", "Festival")]
#[case("𝟏𝟐月", "𝟏𝟐", "12")]
#[case("🄷🄸", "🄷🄸", "HI")]
#[case("🅗🅘", "🅗🅘", "HI")]
fn disguised_letters_are_told(#[case] text: &str, #[case] place: &str, #[case] instead: &str) {
    assert_eq!(found(text), one("readable.decorative", place));
    let mut world = World::new();
    world.text(text);
    let verdict = world.verdict();
    let finding = verdict
        .findings
        .iter()
        .find(|finding| finding.rule == "readable.decorative");
    let arguments = finding.map(|finding| finding.message.arguments.clone());
    assert_eq!(arguments.expect("found")[1].1, instead);
}

#[rstest]
#[case("大雨です🌀🌀🌀🌀", Some("🌀🌀🌀🌀"))]
#[case("大雨です🌀 🌊 🏠 🏃", Some("🌀 🌊 🏠 🏃"))]
#[case("大雨です⚠️⚠️⚠️", None)]
#[case("家族👨‍👩‍👧で🇯🇵を👍🏽", None)]
#[case("🌸桜\n🌸桜\n🌸桜\n🌸桜", None)]
#[case("🌸桜🌸梅🌸桃🌸桜🌸梅🌸桃🌸桜🌸梅", Some("🌸桜🌸梅🌸桃🌸桜🌸梅🌸桃🌸桜🌸"))]
#[case("1️⃣受付2️⃣講演3️⃣閉会", None)]
fn too_many_emoji_are_told(#[case] text: &str, #[case] place: Option<&str>) {
    let expected = place.map_or(Vec::new(), |place| one("readable.emoji_flood", place));
    assert_eq!(found(text), expected);
}

#[test]
fn eight_emoji_in_a_long_text_are_not_too_many() {
    let text = "🌸桜が見ごろを迎えました。どうぞお越しください。".repeat(8);
    assert_eq!(found(&text), []);
}

#[rstest]
#[case("🎉✨", "🎉")]
#[case("😀！？", "😀")]
#[case("1️⃣", "1️⃣")]
#[case("🚰⭕\nhttps://www.city.example.lg.jp/suido/", "🚰")]
#[case("📚📅\n#市立図書館", "📚")]
#[case("📞は0123-45-6789へ", "📞")]
#[case("ご案内です。🐻が出没しました", "🐻")]
#[case("当日は\n🚗で来場できません", "🚗")]
#[case("「🔥を見たら119番」", "🔥")]
fn emoji_that_stand_for_words_are_told(#[case] text: &str, #[case] place: &str) {
    assert_eq!(found(text), one("readable.emoji_only", place));
}

#[rstest]
#[case("✨はじめてのお茶会")]
#[case("🎄がんばろう")]
#[case("紅葉🍁が見ごろです")]
#[case("📞0123-45-6789")]
#[case("📅12月6日（日） 🕙10時 📍市民会館")]
#[case("🐻 クマが出没しました")]
#[case("🏠でかける前に")]
#[case("🎅へようこそ")]
fn emoji_beside_words_pass(#[case] text: &str) {
    assert_eq!(found(text), []);
}

#[rstest]
#[case("#cityfestivalweek", "#cityfestivalweek")]
#[case("詳しくは＃CITYFESTIVALWEEK2026 へ", "＃CITYFESTIVALWEEK2026")]
fn hashtags_without_humps_are_told(#[case] text: &str, #[case] place: &str) {
    assert_eq!(found(text), one("readable.hashtag_case", place));
}

#[rstest]
#[case("#CityFestivalWeek")]
#[case("#city_festival_week")]
#[case("#festival")]
#[case("#congratulations")]
#[case("#防災cityfestivalweek")]
#[case("#cityfestivalweek防災")]
#[case("https://www.example.lg.jp/a#cityfestivalweek")]
#[case("https://www.example.lg.jp/#cityfestivalweek")]
#[case("# 見出し")]
#[case("#")]
fn other_hashtags_pass(#[case] text: &str) {
    assert_eq!(found(text), []);
}

#[rstest]
#[case("WINTER FESTIVAL TICKETS", "WINTER FESTIVAL TICKETS")]
#[case("本日、CITY HALL WILL CLOSE です", "CITY HALL WILL CLOSE")]
#[case(
    "ＷＩＮＴＥＲ　ＦＥＳＴＩＶＡＬ　ＤＡＹＳ",
    "ＷＩＮＴＥＲ　ＦＥＳＴＩＶＡＬ　ＤＡＹＳ"
)]
#[case("PLEASE STAY AT HOME", "PLEASE STAY AT HOME")]
fn shouting_is_told(#[case] text: &str, #[case] place: &str) {
    assert_eq!(found(text), one("readable.capitals", place));
}

#[rstest]
#[case("NHK、JR、NPO、LINE、SNS、UNESCO、JAXA、COVID")]
#[case("AKEBONO FESTIVAL 2026")]
#[case("Winter FESTIVAL Tickets and FESTIVAL WEEK")]
#[case("ABCD、EFGH、IJKL")]
#[case("https://www.example.lg.jp/ABCDEFGH/IJKLMNOP")]
fn abbreviations_and_names_pass(#[case] text: &str) {
    assert_eq!(found(text), []);
}

#[rstest]
#[case("日　時：12月6日", "日　時")]
#[case("【場 所】市民会館", "場 所")]
#[case("花火大会は、中　　止 です", "中　　止")]
#[case("・持 物：上履き", "持 物")]
#[case("献 立：カレー", "献 立")]
#[case("お 知 ら せ", "お 知 ら せ")]
#[case("休 館 日", "休 館 日")]
fn words_with_blanks_inside_are_told(#[case] text: &str, #[case] place: &str) {
    assert_eq!(found(text), one("readable.spaced_word", place));
}

#[rstest]
#[case("土 日 祝")]
#[case("月　火　水")]
#[case("東 西 南 北")]
#[case("年　月　日")]
#[case("講師：林 望")]
#[case("林 望\n市民会館")]
#[case("日時 場所 対象")]
#[case("12月6日 日曜日")]
#[case("受付 9時 開始 10時")]
#[case("第1部 あ 第2部 い")]
#[case("日     時")]
fn blanks_between_words_pass(#[case] text: &str) {
    assert_eq!(found(text), []);
}

#[test]
fn a_sentence_of_a_hundred_letters_passes_and_a_longer_one_is_told() {
    let long = "長".repeat(100);
    assert_eq!(found(&format!("{long}。{long}！\n{long}")), []);
    assert_eq!(
        found(&format!("短い。{long}い。短い。")),
        one("readable.long_sentence", &format!("{long}い"))
    );
}

#[rstest]
#[case(
    "https://www.example.lg.jp/a/very/long/path/that/nobody/reads/aloud/because/it/is/a/link/and/goes/on/and/on.html を見る"
)]
#[case(
    "This is an English sentence that is a good deal longer than one hundred characters, which is what English sentences are"
)]
fn links_and_english_do_not_make_a_sentence_long(#[case] text: &str) {
    assert_eq!(found(text), []);
}

#[rstest]
#[case("罹災証明書の申請", Some("罹災"))]
#[case("土嚢を配ります。土嚢は北口です。", Some("土嚢"))]
#[case("罹災（りさい）証明書、罹災証明書", None)]
#[case("り災証明書、がれき、水路の清掃", None)]
fn hard_words_are_told_once_unless_explained(#[case] text: &str, #[case] place: Option<&str>) {
    let expected = place.map_or(Vec::new(), |place| one("readable.furigana", place));
    assert_eq!(found(text), expected);
}

#[test]
fn descriptions_are_read_for_characters_only() {
    let mut world = World::new();
    let mut first = part("避難所です。");
    first.media.push(Media {
        digest: MediaDigest::new([1; 32]),
        alt: "①体育館 #cityfestivalweek 罹災 🌀🌀🌀🌀".into(),
    });
    world.parts = vec![first];
    let verdict = world.verdict();
    let rules: Vec<_> = verdict
        .findings
        .iter()
        .map(|finding| finding.rule)
        .filter(|rule| rule.starts_with("readable."))
        .collect();
    assert_eq!(rules, ["readable.platform_characters"]);
}

proptest! {
    #[test]
    fn any_text_is_read_and_places_lie_on_characters(text in "[日時中止 　\\n#＃A-Ca-c1①㈱ﾊﾟ𝐇🅷🅰🇯📞👨\u{200D}\u{FE0F}\u{20E3}はが。（罹災土嚢\u{3099}\u{E000}]{0,60}|\\PC{0,60}") {
        let mut world = World::new();
        world.text(&text);
        for finding in world.verdict().findings {
            if let Some(span) = finding.span() {
                prop_assert!(text.get(span.bytes.clone()).is_some(), "{}", finding.rule);
            }
        }
    }
}
