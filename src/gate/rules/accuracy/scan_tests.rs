use chrono::{Datelike as _, NaiveDate};
use proptest::prelude::*;
use rstest::rstest;

use super::super::{moment::Moment, view::View};
use super::*;
use crate::gate::{reading::readings, testing::World};

/// What a text says, seen from 1 December 2026: `2026-11-21 Sat`, `13:30`.
fn seen(text: &str) -> Vec<String> {
    let day: NaiveDate = "2026-12-01".parse().expect("a day");
    let view = View {
        today: day,
        minute: 600,
        judged: day,
    };
    let mut world = World::new();
    world.text(text);
    world.with_case(|case| {
        let readings = readings(case);
        let scan = Scan::of(&readings[0]);
        let say = |moment: &Moment| match moment {
            Moment::Clock(clock) => format!("{}:{:02}", clock.minutes() / 60, clock.minutes() % 60),
            Moment::Date(date) => {
                let day = view.day_of(date).expect("a day");
                if date.weekdays.is_empty() {
                    day.to_string()
                } else if date.weekdays.contains(day.weekday()) {
                    format!("{day} fits")
                } else {
                    format!("{day} no")
                }
            }
        };
        scan.moments.iter().map(say).collect()
    })
}

#[rstest]
#[case("2026年11月21日(土)", &["2026-11-21 fits"])]
#[case("２０２６年１１月２１日（土）", &["2026-11-21 fits"])]
#[case("11月21日（金）", &["2026-11-21 no"])]
#[case("11 月 21 日 (土)", &["2026-11-21 fits"])]
#[case("11/21(土)", &["2026-11-21 fits"])]
#[case("11.21(土)", &["2026-11-21 fits"])]
#[case("12.1(火)", &["2026-12-01 fits"])]
#[case("令和8年11月21日", &["2026-11-21"])]
#[case("令和８年（2026年）11月21日土曜日", &["2026-11-21 fits"])]
#[case("R8.11.21", &["2026-11-21"])]
#[case("2026-11-21", &["2026-11-21"])]
#[case("2026/11/21 13:00", &["2026-11-21", "13:00"])]
#[case("2026.11.21(土)", &["2026-11-21 fits"])]
#[case("Nov 21 (Sat)", &["2026-11-21 fits"])]
#[case("Saturday, November 21, 2026", &["2026-11-21 fits"])]
#[case("Sat. 21st November", &["2026-11-21 fits"])]
#[case("21 Nov 2026", &["2026-11-21"])]
#[case("21/11 (Sat)", &["2026-11-21 fits"])]
#[case("十一月二十一日（土）", &["2026-11-21 fits"])]
#[case("11月21日（土）〜23日（月・祝）", &["2026-11-21 fits", "2026-11-23 fits"])]
#[case("11月21〜23日(土〜月)", &["2026-11-21 fits", "2026-11-23 fits"])]
#[case("11月21日・22日(土・日)", &["2026-11-21", "2026-11-22 fits"])]
#[case("11月7・14・21日(土)", &["2026-11-07", "2026-11-14", "2026-11-21 fits"])]
#[case("11/21(土)〜23(月)", &["2026-11-21 fits", "2026-11-23 fits"])]
#[case("土曜日(11月21日)", &["2026-11-21 fits"])]
#[case("12月の当番医 6日(日) 13日(日)", &["2026-12-06 fits", "2026-12-13 fits"])]
#[case("来年1月9日(土)", &["2027-01-09 fits"])]
#[case("来月9日(土)", &["2027-01-09 fits"])]
#[case("9時〜17時", &["9:00", "17:00"])]
#[case("午後1時30分", &["13:30"])]
#[case("①10:00〜 ②13:30〜", &["10:00", "13:30"])]
#[case("②11/21(土)9:00", &["2026-11-21 fits", "9:00"])]
#[case("PM1:00から", &["13:00"])]
#[case("㋋6日(日)", &["2026-12-06 fits"])]
fn dates_and_times_are_read_in_all_their_forms(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(seen(text), expected, "{text}");
}

#[rstest]
#[case("1/2の確率")]
#[case("24/7")]
#[case("3-2で勝利")]
#[case("電話0942-30-9000")]
#[case("〒830-8520")]
#[case("https://www.town.example.lg.jp/2025/13/45/index.html")]
#[case("https://www.town.example.lg.jp/?d=2025-02-30")]
#[case("Ver.2026.13.1")]
#[case("1日3回、3日間")]
#[case("四日市市、十日町市、三日月")]
#[case("一部一時停止")]
#[case("You may 5 times")]
#[case("3か月以内")]
#[case("12月号")]
#[case("12.5%")]
#[case("A4 1/1")]
#[case("令和8年度の予算")]
#[case("150名募集")]
#[case("192.168.11.21")]
#[case("12345678901234567890")]
#[case("covid19")]
fn other_numbers_are_none(#[case] text: &str) {
    assert_eq!(seen(text), [""; 0], "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_range_lies_on_character_boundaries(pieces in proptest::collection::vec(
        prop_oneof![
            proptest::sample::select(PIECES).prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
        ],
        0..24,
    )) {
        let mut world = World::new();
        let text = pieces.concat();
        world.text(text.trim_start_matches(crate::domain::revision::DRILL_MARK));
        world.with_case(|case| {
            let readings = readings(case);
            let scan = Scan::of(&readings[0]);
            for range in scan.moments.iter().map(Moment::range).chain(scan.spoken.iter().map(|word| &word.range)) {
                assert!(scan.text.get(range.clone()).is_some_and(|words| !words.is_empty()));
            }
            assert!(scan.moments.is_sorted_by_key(|moment| moment.range().start));
            assert!(scan.marks.iter().all(|mark| scan.text.is_char_boundary(mark.at)));
        });
        // Every message can be read, and no rule panics.
        world.verdict();
    }
}

const PIECES: &[&str] = &[
    "2026",
    "11",
    "21",
    "31",
    "0",
    "99",
    "年",
    "年度",
    "月",
    "日",
    "(土)",
    "（日・祝）",
    "令和",
    "平成",
    "元",
    "r",
    "h",
    "/",
    "-",
    ".",
    "〜",
    "~",
    "・",
    "、",
    " ",
    "\n",
    "時",
    "分",
    "半",
    ":",
    "30",
    "午前",
    "午後",
    "正午",
    "am",
    "pm",
    "明日",
    "来週",
    "昨",
    "本日",
    "(",
    ")",
    "「",
    "」",
    "【",
    "】",
    "{",
    "}",
    "{{",
    "name",
    "*",
    "**",
    "x",
    "xx",
    "〇",
    "○",
    "×",
    "課",
    "円",
    "千",
    "万",
    ",",
    "ドル",
    "訓練",
    "訓練です",
    "これは",
    "TODO",
    "nov",
    "sat",
    "may",
    "①",
    "²",
    "0942-30-9000",
    "https://",
    "まで",
    "開催します",
    "ました",
    "曜",
    "ここに",
    "本文",
    "を入力",
    "要確認",
    "今月",
    "土曜日(",
    "一",
    "十",
];

#[test]
fn what_begins_something_is_not_passed_over() {
    for c in BEGINNINGS.chars() {
        assert_eq!(c.len_utf8(), 3);
        assert!(may_begin(c.to_string().as_bytes(), 0));
    }
    assert!(!may_begin("の".as_bytes(), 0));
}
