use rstest::rstest;

use super::*;
use crate::domain::account::{Limits, Platform};

const SENTENCE: &str = "詳しくは https://www.city.example.lg.jp/bousai/ をご覧ください";

#[rstest]
#[case(Platform::X, SENTENCE, 47)]
#[case(Platform::Mastodon, SENTENCE, 36)]
#[case(Platform::Bluesky, SENTENCE, 51)]
#[case(Platform::Threads, SENTENCE, 51)]
#[case(Platform::Line, SENTENCE, 51)]
#[case(Platform::Misskey, SENTENCE, 51)]
fn counts_as_the_platform_does(#[case] platform: Platform, #[case] text: &str, #[case] expected: u32) {
    assert_eq!(TextCount::of(text, platform, None).used, expected);
}

#[rstest]
#[case::kanji("漢字", 4)]
#[case::latin("Latin é", 7)]
#[case::composed("か\u{3099}", 2)]
#[case::half_width("ｱｲｳ", 6)]
#[case::variant("葛\u{E0100}", 4)]
#[case::space("\u{3000}", 2)]
#[case::digits("１２", 4)]
#[case::dash("–—", 2)]
#[case::quotes("“x”", 3)]
#[case::ellipsis("…", 2)]
#[case::emoji("🐱", 2)]
#[case::warning("⚠\u{FE0F}", 2)]
#[case::warning_as_text("⚠\u{FE0E}", 4)]
#[case::keycap("1\u{FE0F}\u{20E3}2\u{20E3}", 4)]
#[case::flag("🇯🇵", 2)]
#[case::no_flag("🇯🇯", 4)]
#[case::scotland("🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}", 2)]
#[case::rainbow("🏳\u{FE0F}\u{200D}🌈", 2)]
#[case::family("👨\u{200D}👩\u{200D}👧\u{200D}👦", 2)]
#[case::no_family("👩\u{200D}👨\u{200D}👦", 5)]
#[case::kiss("👩\u{200D}❤\u{FE0F}\u{200D}💋\u{200D}👩", 2)]
#[case::job("👩🏽\u{200D}🚒", 2)]
#[case::doctor("👨\u{200D}⚕\u{FE0F}", 2)]
#[case::runner("🏃🏿\u{200D}♀\u{FE0F}", 2)]
#[case::detective("🕵\u{FE0F}\u{200D}♂\u{FE0F}", 2)]
#[case::dancers("👯\u{200D}♀\u{FE0F}", 2)]
#[case::skin("👍🏻", 2)]
#[case::skin_alone("🏻", 2)]
#[case::newer_than_its_table("🧑\u{200D}🚒", 5)]
#[case::trademark("™\u{FE0F}©\u{FE0F}©", 5)]
fn x_weighs_characters(#[case] text: &str, #[case] expected: u32) {
    assert_eq!(TextCount::of(text, Platform::X, None).used, expected);
}

#[rstest]
#[case::glued("詳しくはhttps://www.city.example.lg.jp/をご覧ください", 45)]
#[case::host_alone("city.example.lg.jp", 23)]
#[case::host_glued("詳細はcity.example.lg.jpへ", 31)]
#[case::file("readme.md", 23)]
#[case::no_file("資料.pdf", 8)]
#[case::date("2026.04.01", 10)]
#[case::mail("bosai@city.example.lg.jp", 24)]
#[case::no_scheme_known("ftp://example.com", 17)]
#[case::idn("https://総務省.jp/防災", 27)]
#[case::query("https://a.jp/?q=防災", 27)]
#[case::brackets("（https://a.jp/a_(b)）", 27)]
#[case::port("a.jp:8080", 28)]
#[case::port_with_path("a.jp:8080/x", 23)]
#[case::query_without_path("a.jp?x=1", 27)]
#[case::underscore("a_b.example.jp", 25)]
#[case::two("a.jpとb.jp", 48)]
#[case::no_top_level("example.invalidname", 19)]
#[case::mark("#a.jp $a.jp", 11)]
#[case::slash("x/a.jp", 6)]
#[case::short("https://t.co/abc/def", 27)]
#[case::short_too_long("https://t.co/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 54)]
#[case::too_long_to_be_a_host(
    "このお知らせについて詳しいことは市のウェブサイトを見てください町内会長の皆さんもcity.example.lg.jp",
    98
)]
fn x_counts_a_link_as_23(#[case] text: &str, #[case] expected: u32) {
    assert_eq!(TextCount::of(text, Platform::X, None).used, expected);
}

#[rstest]
#[case::family("👨\u{200D}👩\u{200D}👧 です", 4)]
#[case::glued("見てhttps://example.jpを", 26)]
#[case::path_goes_on("https://example.jp/観光案内。次は", 23)]
#[case::path_ends("「https://example.jp/観光」 です", 28)]
#[case::no_scheme("example.jp", 10)]
#[case::remote("@bousai@social.example.jp どうぞ", 11)]
#[case::two("@a@b.jp @c@d.jp", 5)]
#[case::local("@bousai どうぞ", 11)]
#[case::mail("a@b@c.jp", 8)]
#[case::in_a_path("/@a@b.jp", 8)]
#[case::blank(" \n ", 0)]
fn mastodon_counts_what_it_shows(#[case] text: &str, #[case] expected: u32) {
    assert_eq!(TextCount::of(text, Platform::Mastodon, None).used, expected);
}

#[rstest]
#[case("漢字 abc", 6)]
#[case("🐱", 4)]
#[case("⚠\u{FE0F}", 6)]
#[case("👨\u{200D}👩\u{200D}👧", 18)]
#[case("1\u{FE0F}\u{20E3}", 7)]
#[case("12#*", 4)]
#[case("𠮷", 2)]
fn threads_counts_the_bytes_of_emoji(#[case] text: &str, #[case] expected: u32) {
    assert_eq!(TextCount::of(text, Platform::Threads, None).used, expected);
}

#[test]
fn bluesky_counts_twice() {
    let family = "👨\u{200D}👩\u{200D}👧\u{200D}👦";
    let count = |times| TextCount::of(&family.repeat(times), Platform::Bluesky, None);
    assert_eq!((count(120).used, count(120).unit), (3_000, Unit::Bytes));
    assert_eq!((count(120).exceeds(), count(121).exceeds()), (false, true));
    let kanji = |times| TextCount::of(&"漢".repeat(times), Platform::Bluesky, None);
    assert_eq!((kanji(300).used, kanji(300).unit), (300, Unit::Graphemes));
    assert_eq!((kanji(300).exceeds(), kanji(301).exceeds()), (false, true));
}

#[test]
fn utf_16_has_two_units_for_rare_kanji() {
    for platform in [
        Platform::Line,
        Platform::Misskey,
        Platform::Facebook,
        Platform::Instagram,
    ] {
        let count = TextCount::of("𠮷野", platform, None);
        assert_eq!((count.used, count.unit), (3, Unit::Utf16));
    }
}

#[rstest]
#[case("#防災 ＃避難 と#訓練、a#b &#39; # ##c", 4)]
#[case("なし", 0)]
fn instagram_takes_so_many_hashtags(#[case] text: &str, #[case] expected: usize) {
    assert_eq!(hashtags(text), expected);
}

#[rstest]
#[case("@town と＠cityへ a@b.jp @ 市役所", 2)]
fn instagram_takes_so_many_mentions(#[case] text: &str, #[case] expected: usize) {
    assert_eq!(mentions(text), expected);
}

#[test]
fn threads_counts_different_links() {
    let text = "https://a.jp/ と https://a.jp/ と https://a.jp/b";
    assert_eq!(linked(text).len(), 2);
}

#[test]
fn a_hundred_and_forty_kanji_fill_x_exactly() {
    let count = TextCount::of(&"漢".repeat(140), Platform::X, None);
    assert_eq!((count.used, count.limit, count.left()), (280, 280, 0));
    assert!(!count.exceeds());
}

#[test]
fn the_limit_of_the_server_wins() {
    let limits = Limits {
        max_characters: 5,
        characters_per_url: 7,
        film_bytes: None,
    };
    let count = TextCount::of("六文字あるよ", Platform::Mastodon, Some(&limits));
    assert_eq!((count.exceeds(), count.left()), (true, -1));
    let link = TextCount::of("https://a.example.jp/b", Platform::Mastodon, Some(&limits));
    assert_eq!(link.used, 7);
}
