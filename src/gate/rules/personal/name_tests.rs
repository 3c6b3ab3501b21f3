use super::{FAMILY, GIVEN};
use crate::gate::rules::personal::tests::{found, values};
use rstest::rstest;

const RULE: &str = "personal.name_with_age";

#[rstest]
#[case("山田太郎さん(43)")]
#[case("山田太郎さん（４３）")]
#[case("山田太郎さん（43歳）")]
#[case("山田太郎（43）")]
#[case("山田 太郎 (43歳)")]
#[case("山田太郎容疑者(43)")]
#[case("山田容疑者")]
#[case("佐藤花子様")]
#[case("佐藤　花子　様")]
#[case("佐々木健一氏")]
#[case("長谷川さくらちゃん")]
#[case("鈴木一郎君が")]
#[case("小林のぞみさんの")]
#[case("髙橋美咲さんと")]
#[case("渡邊ゆり子さん")]
#[case("五十嵐翔太くん")]
#[case("森 修さん")]
#[case("林健太郎さん")]
#[case("市内在住の田中実さん")]
#[case("行方不明の吉田ハナさん（87）")]
#[case("山田さん(43)")]
#[case("無職山田太郎容疑者")]
#[case("会社員中村大輔さん")]
#[case("講師の山田太郎さん（43）")]
#[case("田中被告")]
#[case("田中ヨシ子さん（82歳）")]
#[case("田中さん78歳")]
#[case("田中恵みさん")]
#[case("森容疑者")]
#[case("中村あかりさん")]
#[case("山本一様")]
fn names_with_titles_or_ages_are_found(#[case] text: &str) {
    assert_eq!(found(text, RULE), 1, "{text}");
}

#[rstest]
#[case("皆さん")]
#[case("市民の皆様へ")]
#[case("お客様各位")]
#[case("保護者様")]
#[case("関係者各位")]
#[case("小林市の皆さん")]
#[case("山口県の皆様")]
#[case("たくさんの")]
#[case("多様な生き方")]
#[case("福島同様に")]
#[case("石川模様")]
#[case("山田建設様")]
#[case("高橋工務店様")]
#[case("山田商店さん")]
#[case("松本酒造さん")]
#[case("千葉大学様")]
#[case("上野動物園さん")]
#[case("田中のおばあさん")]
#[case("森のくまさん")]
#[case("原さんの")]
#[case("山田さん")]
#[case("氏名、住所")]
#[case("中村氏神社")]
#[case("山田太郎市長")]
#[case("山田太郎町長が")]
#[case("講師：山田太郎氏")]
#[case("講師の山田太郎さん")]
#[case("山田太郎氏（○○大学教授）")]
#[case("坂本龍馬ゆかりの地")]
#[case("石田三成の墓")]
#[case("福島空港(2)")]
#[case("高橋町(25)")]
#[case("上野公園（12）")]
#[case("千葉中央(3)")]
#[case("石川県(12)")]
#[case("山口(3)")]
#[case("君津市")]
#[case("赤ちゃん")]
#[case("せんとくん")]
#[case("神様")]
#[case("ちゃんと")]
#[case("山の上田んぼさん")]
#[case("中川高校さん")]
#[case("大野城市様")]
#[case("定員(30)")]
#[case("申込書(1)")]
#[case("大田区民(12)")]
fn other_words_are_none(#[case] text: &str) {
    assert_eq!(found(text, RULE), 0, "{text}");
}

#[test]
fn name_title_and_age_are_the_place() {
    assert_eq!(values("昨日、山田太郎さん（43）が", RULE), ["山田太郎さん(43)"]);
    assert_eq!(values("佐藤 花子 様より", RULE), ["佐藤 花子 様"]);
    assert_eq!(values("市内の長谷川健さん", RULE), ["長谷川健さん"]);
}

#[test]
fn the_lists_hold_what_can_be_found() {
    assert!(FAMILY.len() > 1_000);
    assert!(FAMILY.iter().all(|name| (1..=4).contains(&name.chars().count())));
    assert!(GIVEN.len() > 400);
    let all: Vec<char> = FAMILY
        .iter()
        .flat_map(|name| name.chars())
        .chain(GIVEN.iter().copied())
        .collect();
    for c in all {
        let normalised = crate::gate::Normalised::of(&c.to_string());
        assert_eq!(
            normalised.text(),
            c.to_string(),
            "{c} is never seen in a normalised text"
        );
    }
}
