use super::{assert_found, found, told};
use crate::{
    domain::finding::Severity,
    gate::{
        Phase,
        testing::{World, time},
    },
};
use rstest::rstest;

#[rstest]
#[case("12月6日（土）に開催します。", "12月6日（土）")]
#[case("12月6日(月・祝)", "12月6日(月・祝)")]
#[case("２０２６年１２月６日（土）", "２０２６年１２月６日（土）")]
#[case("2025年12月6日(日)の写真です。", "2025年12月6日(日)")]
#[case("令和8年12月6日土曜日", "令和8年12月6日土曜日")]
#[case("12/6(土) 10:00〜", "12/6(土)")]
#[case("12月5日(土)・7日(日)", "7日(日)")]
#[case("12月5日(土)〜7日(日)", "7日(日)")]
#[case("Sunday, December 5, 2026", "Sunday, December 5, 2026")]
#[case("Dec 6 (Sat)", "Dec 6 (Sat)")]
#[case("来年1月9日(日)に開催", "1月9日(日)")]
#[case("第1日曜日(12月5日)は休日当番医です。", "12月5日")]
#[case("1月11日(日・祝)は成人の日です。", "1月11日(日・祝)")]
fn a_weekday_that_is_not_that_days_is_found(#[case] text: &str, #[case] place: &str) {
    assert_found(text, &[("weekday", place)]);
}

#[rstest]
#[case("12月6日(日)に防災訓練を実施します。")]
#[case("先日11月3日(火)に文化の日の式典を行いました。")]
#[case("12月23日(水)から28日(月)まで")]
#[case("2月6日(金)に開催した前回の会議の様子です。")]
#[case("昨年12月6日(土)の様子を紹介します。")]
#[case("令和7年度の記録:12月6日(土)に行いました。")]
#[case("12月6日・13日(各日曜日)")]
#[case("お詫びと訂正 (誤)12月6日(土) (正)12月6日(日)")]
#[case("変更前:12月6日(土)、変更後:12月12日(土)")]
#[case("12月29日(火)〜1月3日(日)は閉庁します。")]
#[case("6日(日)、13日(日)は当番医があります。")]
#[case("2024年2月29日(木)の記録")]
#[case("12月6日(雨天中止)")]
#[case("12月6日(日中)の気温")]
#[case("毎週土曜日(12月6日は休み)")]
fn a_weekday_that_fits_is_left_alone(#[case] text: &str) {
    assert_found(text, &[]);
}

#[rstest]
#[case("2月30日に開催します。", "2月30日")]
#[case("13月5日", "13月5日")]
#[case("4月31日まで", "4月31日")]
#[case("2026/02/30", "2026/02/30")]
#[case("2027-02-29", "2027-02-29")]
#[case("2026年2月29日", "2026年2月29日")]
#[case("2026/13/01", "2026/13/01")]
#[case("11/31(火)", "11/31(火)")]
#[case("25:70開始", "25:70")]
#[case("25：70", "25：70")]
#[case("9時75分から", "9時75分")]
#[case("午前13時", "午前13時")]
#[case("9:00〜9:90", "9:90")]
#[case("nov 31, 2026", "nov 31, 2026")]
fn what_is_in_no_calendar_is_found(#[case] text: &str, #[case] place: &str) {
    let found = found(text);
    let wanted = ("impossible_date".to_owned(), place.to_owned());
    assert!(found.contains(&wanted), "{text}: {found:?}");
}

#[rstest]
#[case("1/2の確率、3/31枚")]
#[case("24/7で対応")]
#[case("12/40ページ")]
#[case("スコアは3-2、13-31")]
#[case("割合は10:90です")]
#[case("アスペクト比16:9")]
#[case("30:70")]
#[case("縮尺1:75")]
#[case("25時まで放送")]
#[case("24:00に終了")]
#[case("36時間以内")]
#[case("2028年2月29日")]
#[case("2月29日生まれの方")]
#[case("https://www.town.example.lg.jp/2025/02/30/")]
#[case("文書番号2026-13-4")]
#[case("12月前30日")]
#[case("13月分の給与")]
#[case("電話0120-13-3131")]
fn what_is_no_date_is_left_alone(#[case] text: &str) {
    assert_found(text, &[]);
}

#[rstest]
#[case("令和8年(2025年)の予算", "令和8年(2025年)")]
#[case("2026年（令和7年）", "2026年（令和7年）")]
#[case("平成31年(2018年)", "平成31年(2018年)")]
#[case("令和元年(2020年)", "令和元年(2020年)")]
#[case("昭和64年(1988年)", "昭和64年(1988年)")]
#[case("令和8年12月6日(2025年12月6日)", "令和8年12月6日(2025年12月6日)")]
fn two_counts_of_years_that_disagree_block(#[case] text: &str, #[case] place: &str) {
    assert_found(text, &[("era", place)]);
    let mut world = World::new();
    world.text(text);
    assert_eq!(world.severity_of("accuracy.era"), Some(Severity::Block));
}

#[rstest]
#[case("令和8年(2026年)12月6日(日)")]
#[case("平成31年(令和元年、2019年)")]
#[case("令和8年度(2027年3月まで)")]
#[case("人口は令和7年(令和6年)で1万人(1万1千人)")]
#[case("平成30年7月豪雨")]
fn years_that_agree_are_left_alone(#[case] text: &str) {
    assert_found(text, &[]);
}

#[rstest]
#[case("event_past", "11月21日(土)に健康講座を開催します。", "11月21日(土)")]
#[case(
    "event_past",
    "11月21日（土）10:00〜12:00 お待ちしています。",
    "11月21日（土）"
)]
#[case(
    "event_past",
    "【健康講座】\n日時：11月21日(土)10時から\n場所：公民館",
    "11月21日(土)"
)]
#[case(
    "event_past",
    "11月21日(土)〜23日(月・祝)に作品展を行います。",
    "23日(月・祝)"
)]
#[case("event_past", "The fair will be held on November 21.", "November 21")]
#[case("event_past", "11/21(土) 防災訓練実施予定", "11/21(土)")]
#[case("deadline_past", "申し込みは11月20日(金)まで。", "11月20日(金)")]
#[case("deadline_past", "締切:11月20日", "11月20日")]
#[case("deadline_past", "募集期間:11月1日(日)〜11月30日(月)", "11月30日(月)")]
#[case("deadline_past", "12月1日(火)9時までに申請してください。", "12月1日(火)")]
#[case("deadline_past", "11月20日必着で郵送", "11月20日")]
#[case("deadline_past", "Apply by Nov 20.", "Nov 20")]
#[case(
    "event_past",
    "Please join our craft class on November 25 (Wed).",
    "November 25 (Wed)"
)]
#[case("deadline_past", "申し込みの期限は、11月20日（金）です。", "11月20日（金）")]
fn what_is_over_is_found(#[case] rule: &str, #[case] text: &str, #[case] place: &str) {
    assert_found(text, &[(rule, place)]);
}

#[rstest]
#[case("11月21日(土)に健康講座を開催しました。")]
#[case("11月21日(土)の健康講座にお越しいただきありがとうございました。")]
#[case("【報告】健康講座を開催しました。\n日時:11月21日(土)10時から")]
#[case("11月1日(日)から申込受付中です。")]
#[case("11月1日現在の人口をお知らせします。")]
#[case("11月1日(日)〜12月20日(日)まで募集します。")]
#[case("広報11月15日号を配布します。")]
#[case("昭和56年5月31日以前の建物に補助します。募集中")]
#[case("令和2年4月2日に生まれた方を募集します。")]
#[case("11月15日に発生した火災の証明を受け付けます。受付中")]
#[case("12月6日(日)に開催します。")]
#[case("12月1日(火)17時までに申請してください。")]
#[case("12月1日(火)に開催します。")]
#[case("11月20日までの集計結果です。")]
#[case("2011年3月11日に起きた東日本大震災の追悼式を行います。")]
#[case("昨年11月21日に続き、今年も開催します。")]
#[case("会場で上映しています。20日（日）まで。")]
#[case("Please register by Nov. 30 every year.")]
#[case("毎年11月30日までに届け出てください。")]
#[case("当初：10月1日から11月30日まで\n変更後：10月1日から12月25日まで")]
#[case("賞味期限は11月20日です。")]
fn reports_and_what_lies_ahead_are_left_alone(#[case] text: &str) {
    assert_found(text, &[]);
}

#[rstest]
#[case("12月25日(金)〜23日(水)", "12月25日(金)〜23日(水)")]
#[case("2026年12月25日〜2026年12月20日", "2026年12月25日〜2026年12月20日")]
#[case("12/25(金)〜12/20(日)", "12/25(金)〜12/20(日)")]
#[case("令和8年12月6日から令和7年12月20日", "令和8年12月6日から令和7年12月20日")]
#[case("12月25日(金)9時〜12月24日(木)17時", "12月25日(金)9時〜12月24日(木)")]
#[case("15:00〜13:30", "15:00〜13:30")]
#[case("13時30分から12時", "13時30分から12時")]
#[case("午後3時〜午前11時", "午後3時〜午前11時")]
#[case("10:00-9:00", "10:00-9:00")]
#[case("12月28日〜11月4日", "12月28日〜11月4日")]
#[case("16:00-10:00", "16:00-10:00")]
fn what_ends_before_it_begins_is_found(#[case] text: &str, #[case] place: &str) {
    assert_found(text, &[("order", place)]);
}

#[rstest]
#[case("12月28日(月)〜1月4日(月)")]
#[case("4月1日〜3月31日")]
#[case("令和8年12月28日から1月4日")]
#[case("9時〜17時")]
#[case("午後1時〜3時")]
#[case("午前9時〜5時")]
#[case("22:00〜5:00の夜間工事")]
#[case("20時〜翌5時")]
#[case("18:00〜翌日の6:00")]
#[case("10:00〜12:00、9:00〜11:00")]
#[case("①10:00〜12:00②9:00〜11:00")]
#[case("②9:00〜12:00")]
#[case("10:00→9:00に変更します。")]
#[case("12月6日(日)13:00〜12月7日(月)9:00")]
#[case("11:00-1:00 p.m.")]
#[case("12月25日から3日間")]
#[case("17:00〜9:00の夜間窓口")]
fn spans_that_run_forwards_are_left_alone(#[case] text: &str) {
    assert_found(text, &[]);
}

#[rstest]
#[case("明日12月6日は休館します。", "明日12月6日")]
#[case("本日12月2日(水)は", "本日12月2日(水)")]
#[case("今日11/30(月)は", "今日11/30(月)")]
#[case("明日3日は雨です。", "明日3日")]
#[case("明日(木)は雨です。", "明日(木)")]
#[case("12月3日(木)(明日)は", "12月3日(木)(明日)")]
#[case("昨日11月29日(日)の大雨", "昨日11月29日(日)")]
#[case("来週12月18日(金)に行います。", "来週12月18日(金)")]
#[case("今週の土曜日(12月12日)", "今週の土曜日(12月12日)")]
#[case("tomorrow (Dec 3)", "tomorrow (Dec 3)")]
#[case("あす4日（金）は", "あす4日（金）")]
#[case("今日、12月5日（土）は環境フェアです。", "今日、12月5日（土）")]
#[case(
    "Tomorrow, December 10 (Thu), the water will be off.",
    "Tomorrow, December 10 (Thu)"
)]
fn a_word_for_a_day_that_is_not_the_date_is_found(#[case] text: &str, #[case] place: &str) {
    assert_found(text, &[("relative_day", place)]);
}

#[rstest]
#[case("明日12月2日(水)は休館します。")]
#[case("本日12月1日(火)9時から")]
#[case("本日から12月6日(日)まで")]
#[case("本日、12月6日に開催する催しの受付を始めました。")]
#[case("明日(水)は雨です。")]
#[case("今週末12月5日(土)に行います。")]
#[case("来週の土曜日(12月12日)")]
#[case("明日は雨です。")]
#[case("避難所の説明日12月6日(日)")]
#[case("きょう、12月1日（火）は環境フェアです。")]
#[case("本日、12月6日（日）は中止と決まりました。中止を発表した")]
#[case("あすなろ学園の12月6日")]
fn a_word_for_a_day_that_fits_is_left_alone(#[case] text: &str) {
    assert_found(text, &[]);
}

#[test]
fn the_day_is_that_of_the_account_where_it_lives() {
    let mut world = World::new();
    world.accounts[0].zone = chrono_tz::Pacific::Honolulu;
    let text = "本日12月1日は";
    world.text(text);
    assert_eq!(
        told(&world, text),
        [("relative_day".into(), text.trim_end_matches('は').into())]
    );
    let other = world.add_account();
    assert_eq!(world.accounts[other].zone, chrono_tz::Asia::Tokyo);
    world.sign_all();
    assert_eq!(world.found("accuracy.relative_day"), 1);
}

#[test]
fn a_word_alone_is_mentioned_when_the_post_leaves_on_another_day() {
    let mut world = World::new();
    world.text("明日は休館します。本日もお待ちしています。");
    world.phase = Phase::Approve;
    assert_eq!(world.severity_of("accuracy.relative_word"), None);
    world.planned = Some(time("2026-12-02T10:00:00+09:00"));
    assert_eq!(
        world.severity_of("accuracy.relative_word"),
        Some(Severity::Notice)
    );
    assert_eq!(world.found("accuracy.relative_word"), 1);
    world.text("今日的な課題");
    assert_eq!(world.severity_of("accuracy.relative_word"), None);
    world.text("明日12月3日(木)は休館します。");
    assert_eq!(world.found("accuracy.relative_word"), 0);
    assert_eq!(world.found("accuracy.relative_day"), 0);
    world.phase = Phase::Dispatch;
    assert_eq!(world.found("accuracy.relative_day"), 1);
}

#[test]
fn a_date_is_judged_by_the_day_on_which_it_will_be_read() {
    let mut world = World::new();
    world.text("12月3日(木)に開催します。");
    world.phase = Phase::Submit;
    assert_eq!(world.found("accuracy.event_past"), 0);
    world.planned = Some(time("2026-12-04T10:00:00+09:00"));
    assert_eq!(world.severity_of("accuracy.event_past"), Some(Severity::Confirm));
}
