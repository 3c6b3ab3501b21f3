mod days;
mod marks;

use crate::{
    domain::{
        digest::MediaDigest,
        revision::{LinkCard, Media},
    },
    gate::testing::World,
};

/// What the rules of this folder find in a text that leaves on Tuesday, 1 December 2026, at ten: rule and
/// place.
fn found(text: &str) -> Vec<(String, String)> {
    let mut world = World::new();
    world.text(text);
    told(&world, text)
}

fn told(world: &World, text: &str) -> Vec<(String, String)> {
    world
        .verdict()
        .findings
        .iter()
        .filter_map(|finding| {
            let rule = finding.rule.strip_prefix("accuracy.")?;
            let place = finding.span.clone().map(|span| text[span.bytes].to_owned());
            Some((rule.to_owned(), place.unwrap_or_default()))
        })
        .collect()
}

#[track_caller]
fn assert_found(text: &str, expected: &[(&str, &str)]) {
    let found = found(text);
    let found: Vec<(&str, &str)> = found.iter().map(|(rule, place)| (&**rule, &**place)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn descriptions_and_previews_are_read_too() {
    let mut world = World::new();
    world.parts[0].media = vec![Media {
        digest: MediaDigest::new([1; 32]),
        alt: "ポスター。12月6日(土)開催".into(),
    }];
    assert_eq!(world.found("accuracy.weekday"), 1);
    world.parts[0].link_card = Some(LinkCard {
        uri: "https://www.town.example.lg.jp/2025/02/30".into(),
        title: "2月30日".into(),
        description: String::new(),
    });
    assert_eq!(world.found("accuracy.impossible_date"), 1);
}

#[test]
fn an_acknowledgement_survives_another_look_and_another_place() {
    let id = |text: &str| {
        let mut world = World::new();
        world.text(text);
        world.verdict().findings.first().map(|finding| finding.id)
    };
    assert_eq!(id("12月6日(土)"), id("お知らせ。12月6日(土)"));
    assert_ne!(id("12月6日(土)"), id("12月6日(金)"));
}

#[test]
fn a_text_of_nothing_but_mistakes_stays_short() {
    let mut world = World::new();
    world.text(&"2月30日".repeat(200));
    assert_eq!(world.found("accuracy.impossible_date"), 16);
}

/// Posts as towns write them.
const POSTS: &[&str] = &[
    "【休日当番医】12月6日(日)は、山田内科(0123-45-6789)です。診療時間は9:00〜17:00。受診前に電話でご確認ください。",
    "大雨警報が発表されました。午後3時30分、町内全域に避難指示を発令しました。川に近づかないでください。",
    "令和9年「二十歳のつどい」を1月10日(日)午後1時から町民会館で開催します。対象は平成18年4月2日〜平成19年4月1日生まれの方です。",
    "🎄クリスマスコンサート🎄\n日時:12月20日(日)13:30開演(13:00開場)\n場所:文化センター大ホール\n料金:一般1,000円、高校生以下無料\n申込:12月11日(金)まで",
    "12月29日(火)〜1月3日(日)は閉庁します。戸籍の届出は宿日直で受け付けます。",
    "【断水のお知らせ】本日22:00〜翌5:00、水道管工事のため本町1丁目〜3丁目で断水します。",
    "11月29日(日)に開催した「町民マラソン」には1,234人が参加しました。ありがとうございました!",
    "確定申告の相談は2月16日(火)から3月15日(月)まで。午前8時30分から午後5時15分(土日祝を除く)。",
    "住民票の写し 1通300円(コンビニ交付は200円)。24時間365日ではなく6:30〜23:00です。",
    "広報12月号(11/25発行)を掲載しました。1〜3ページは予算(総額123億4,567万円)の特集です。",
    "国勢調査(令和7年10月1日現在)の結果、人口は12,345人(男6,000人、女6,345人)でした。",
    "スマホ教室 ①12/3(木)②12/10(木)各10:00〜11:30 定員各10名(先着順)",
    "防災行政無線の試験放送を12月9日(水)11時頃に行います。「これはJアラートのテストです」と流れます。",
    "ごみの収集:年末は12月30日(水)まで、年始は1月4日(月)から。可燃ごみは朝8時30分までに出してください。",
    "The town office is closed from Dec 29 (Tue) to Jan 3 (Sun). Call 0123-45-6789 (24 hours).",
    "○○を名乗る還付金詐欺の電話が増えています。「○○市役所の△△課です」と言われたら切ってください。",
    "イルミネーション点灯中✨12/1〜1/11 17:00〜22:00(大晦日は翌5:00まで)",
    "接種費用:3,000円(65歳以上は1,500円)。期間:令和8年10月1日〜令和9年1月31日",
    "昨日の地震で、町内の震度は3でした。本日12月1日7時時点で被害の報告はありません。",
    "投票日は12月6日(日)、投票時間は午前7時〜午後8時。期日前投票は11月29日(日)から12月5日(土)まで、8:30〜20:00。",
    "パブリックコメントの意見募集:11月16日(月)〜12月15日(火)。提出は郵送(当日消印有効)、FAX 0123-45-6780。",
    "粗大ごみ1点につき500円。重さ50kg、長さ2m×1m以内。",
    "#ふるさと納税 10,000円の寄附で新米5kg!お申込みは12/31 23:59まで",
    "開館時間 9:00-17:00(入館は16:30まで)※月曜休館(祝日の場合は翌日)",
];

#[test]
fn ordinary_posts_are_left_alone() {
    for post in POSTS {
        assert_found(post, &[]);
    }
}
