use super::*;
use crate::{
    domain::{
        account::Platform,
        digest::MediaDigest,
        evidence::{PictureLook, Position},
        media::{MediaFacts, MediaKind},
        revision::Media,
    },
    gate::testing::{World, part},
};
use rstest::rstest;

/// A post with one picture for each description.
fn world(alts: &[&str]) -> World {
    let mut world = World::new();
    let mut first = part("避難所を開設しました。");
    for alt in alts {
        first.media.push(Media {
            digest: MediaDigest::new([7; 32]),
            alt: (*alt).to_owned(),
        });
    }
    world.parts = vec![first];
    world.sign_all();
    world
}

fn rules(alt: &str) -> Vec<&'static str> {
    let verdict = world(&[alt]).verdict();
    let rules = verdict.findings.iter().map(|finding| finding.rule);
    rules.filter(|rule| rule.starts_with("alt.")).collect()
}

#[rstest]
#[case("")]
#[case("　\n ")]
#[case("\u{200B}")]
fn a_picture_without_a_description_is_told(#[case] alt: &str) {
    assert_eq!(rules(alt), ["alt.missing"]);
    assert_eq!(world(&[alt]).severity_of("alt.missing"), Some(Severity::Block));
}

#[rstest]
#[case("IMG_1234")]
#[case("img_20261121.jpg")]
#[case("ＤＳＣ０１２３４．ＪＰＧ")]
#[case("PXL_20261121_093012345.MP")]
#[case("スクリーンショット 2026-11-21 9.30.12.png")]
#[case("Screenshot 2026-11-21 093012")]
#[case("防災チラシ(最終版).pdf")]
#[case("chirashi_omote.png")]
#[case("9f86d081884c7d659a2feaa0c55ad015")]
#[case("3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
fn the_name_of_a_file_is_no_description(#[case] alt: &str) {
    assert_eq!(rules(alt), ["alt.file_name"]);
}

#[rstest]
#[case("画像")]
#[case("画像1")]
#[case("写真です。")]
#[case("写真（1枚目）")]
#[case("2枚目の写真")]
#[case("添付の画像")]
#[case("［チラシ］")]
#[case("Photo")]
#[case("image 3")]
#[case("…")]
#[case("😀")]
#[case("12")]
fn that_there_is_a_picture_is_no_description(#[case] alt: &str) {
    assert_eq!(rules(alt), ["alt.says_nothing"]);
}

#[rstest]
#[case("体育館に並ぶ段ボールベッドの写真")]
#[case("市のロゴ")]
#[case("防災ハザードマップ。浸水想定区域が青で塗られている。")]
#[case("IMGハウスの外観")]
#[case("断水区域の地図。詳しくは danmizu.pdf")]
#[case("Map of the shelters")]
#[case("写真の女性は消防団長")]
#[case("桜")]
fn a_description_passes(#[case] alt: &str) {
    assert_eq!(rules(alt), Vec::<&str>::new());
}

#[rstest]
#[case(Platform::X, 1_000, "雨")]
#[case(Platform::Instagram, 1_000, "雨")]
#[case(Platform::Threads, 1_000, "𠮷")]
#[case(Platform::Line, 1_500, "雨")]
#[case(Platform::Mastodon, 1_500, "雨")]
#[case(Platform::Misskey, 512, "雨")]
#[case(Platform::Bluesky, 2_000, "👨‍👩‍👧")]
fn each_platform_has_its_own_longest_description(
    #[case] platform: Platform,
    #[case] limit: usize,
    #[case] letter: &str,
) {
    let mut world = world(&[&letter.repeat(limit)]);
    world.accounts[0].platform = platform;
    assert_eq!(world.found("alt.too_long"), 0);
    let alt = letter.repeat(limit + 1);
    world.parts[0].media[0].alt = alt;
    assert_eq!(world.severity_of("alt.too_long"), Some(Severity::Block));
}

#[test]
fn where_no_figure_is_documented_no_description_is_too_long() {
    let mut world = world(&[&"雨".repeat(5_000)]);
    world.accounts[0].platform = Platform::Facebook;
    assert_eq!(world.found("alt.too_long"), 0);
}

#[rstest]
#[case::no_place(Platform::Instagram, "給水車の列", 1)]
#[case::no_place_on_pages(Platform::Facebook, "給水車の列", 1)]
#[case::nothing_to_send(Platform::Instagram, "", 0)]
#[case::sent(Platform::Threads, "給水車の列", 0)]
fn that_a_films_description_is_not_sent_is_told(
    #[case] platform: Platform,
    #[case] alt: &str,
    #[case] expected: usize,
) {
    let mut world = world(&[alt]);
    world.accounts[0].platform = platform;
    assert_eq!(world.found("alt.not_sent"), 0, "a picture's is sent");
    let film = MediaFacts {
        kind: MediaKind::Mp4,
        ..MediaFacts::of_jpeg(1_280, 720, 9_000_000)
    };
    let look = PictureLook {
        codes: Vec::new(),
        position: Position::Absent,
        facts: film,
    };
    world.evidence.pictures.insert(MediaDigest::new([7; 32]), look);
    assert_eq!(world.found("alt.not_sent"), expected);
}

#[test]
fn each_picture_is_counted_through_the_whole_series_and_told_apart() {
    let mut world = world(&["", "桜の並木"]);
    let mut second = world.parts[0].clone();
    second.media.reverse();
    world.parts.push(second);
    let verdict = world.verdict();
    let missing: Vec<_> = verdict
        .findings
        .iter()
        .filter(|finding| finding.rule == "alt.missing")
        .collect();
    let numbers: Vec<_> = missing
        .iter()
        .map(|finding| finding.message.arguments[1].1.as_str())
        .collect();
    assert_eq!(numbers, ["1", "4"]);
    assert_ne!(missing[0].id, missing[1].id);
}
