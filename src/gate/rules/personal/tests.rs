use super::find;
use crate::{
    domain::{
        finding::{Field, Finding, Severity},
        records::Records,
        revision::LinkCard,
    },
    gate::{
        normalise::Normalised,
        testing::{World, growth::assert_linear},
    },
};
use proptest::prelude::*;
use rstest::rstest;

/// How often a rule finds something in a text.
pub(super) fn found(text: &str, rule: &str) -> usize {
    found_with(text, rule, &Records::default())
}

/// The same for an organization that has published something.
pub(super) fn found_with(text: &str, rule: &str, records: &Records) -> usize {
    let normalised = Normalised::of(text);
    let hits = find(normalised.text(), records);
    hits.iter().filter(|hit| hit.rule.id == rule).count()
}

/// What a rule finds, normalised.
pub(super) fn values(text: &str, rule: &str) -> Vec<String> {
    let normalised = Normalised::of(text);
    let hits = find(normalised.text(), &Records::default());
    hits.iter()
        .filter(|hit| hit.rule.id == rule)
        .map(|hit| normalised.text()[hit.at.clone()].to_owned())
        .collect()
}

#[rstest]
#[case("個人番号 1234-5678-9018", "personal.my_number", Severity::Block)]
#[case("カード 4111 1111 1111 1111", "personal.card", Severity::Block)]
#[case("みなと銀行 普通 1234567", "personal.bank_account", Severity::Confirm)]
#[case("免許証 309812345670", "personal.driving_licence", Severity::Confirm)]
#[case("旅券 TK1234567", "personal.passport", Severity::Confirm)]
#[case("在留カード AB12345678CD", "personal.residence_card", Severity::Confirm)]
#[case("年金番号 1234-567890", "personal.pension", Severity::Confirm)]
#[case("被保険者番号 12345678", "personal.insurance", Severity::Confirm)]
#[case("久留米 500 さ 12-34", "personal.vehicle_plate", Severity::Confirm)]
#[case("携帯 090-1234-5678", "personal.phone", Severity::Confirm)]
#[case("taro@mail.example.com", "personal.email", Severity::Confirm)]
#[case("城南町1丁目2番3号の民家", "personal.address", Severity::Confirm)]
#[case("昭和60年1月2日生まれ", "personal.birth_date", Severity::Confirm)]
#[case("山田太郎さん（43）", "personal.name_with_age", Severity::Confirm)]
#[case("法人番号 8700110005901", "personal.corporate_number", Severity::Notice)]
fn each_kind_weighs_what_it_should_and_is_masked(
    #[case] text: &str,
    #[case] rule: &str,
    #[case] severity: Severity,
) {
    let mut world = World::new();
    world.text(text);
    let verdict = world.verdict();
    let findings: Vec<_> = verdict
        .findings
        .iter()
        .filter(|finding| finding.rule.starts_with("personal."))
        .collect();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].rule, findings[0].severity), (rule, severity));
    let span = findings[0].span().cloned().expect("a place");
    let value = &text[span.bytes];
    assert!(findings[0].clauses.iter().next().is_some());
    for (_, argument) in &findings[0].message.arguments {
        assert!(!argument.contains(value), "{argument}");
    }
}

#[test]
fn cards_and_descriptions_are_read_and_told_apart() {
    let mut world = World::new();
    world.parts[0].link_card = Some(LinkCard {
        uri: "https://www.example.jp/09012345678".into(),
        title: "携帯090-1234-5678".into(),
        description: "taro@mail.example.com".into(),
    });
    assert_eq!(world.found("personal.phone"), 1);
    assert_eq!(world.found("personal.email"), 1);
    let verdict = world.verdict();
    let stands = |finding: &Finding| {
        finding
            .place
            .clone()
            .map(|place| (place.field, place.span.map(|span| span.chars)))
    };
    let stands: Vec<_> = verdict.findings.iter().filter_map(stands).collect();
    assert!(stands.contains(&(Field::CardTitle, Some(2..15))), "{stands:?}");
    assert!(
        stands.contains(&(Field::CardDescription, Some(0..21))),
        "{stands:?}"
    );
    let phone = verdict
        .findings
        .iter()
        .find(|finding| finding.rule == "personal.phone");
    let arguments = phone
        .map(|finding| finding.message.arguments.as_slice())
        .unwrap_or_default();
    let place = arguments.iter().find(|(name, _)| *name == "place");
    assert_eq!(place.map(|(_, place)| place.as_str()), Some("card"));
}

#[test]
fn a_finding_keeps_its_id_when_it_moves_and_differs_from_the_next() {
    let ids = |text: &str| {
        let mut world = World::new();
        world.text(text);
        let findings = world.verdict().findings;
        findings.iter().map(|finding| finding.id).collect::<Vec<_>>()
    };
    let before = ids("090-1234-5678 と 090-9999-9978");
    assert_eq!(before.len(), 2);
    assert_ne!(before[0], before[1]);
    assert_eq!(before, ids("連絡先は 090-1234-5678、090-9999-9978"));
}

/// What towns publish every day, and nobody has to look at.
#[rstest]
#[case(
    "【防災】大雨警報が発表されました。不要な外出は控え、最新の情報を確認してください。避難所：市民体育館（城南町1-2-3）"
)]
#[case("12月6日（日）10:00～15:00、市民会館大ホールで開催します。定員300人（先着順）。入場無料。")]
#[case("マイナンバーカードの休日窓口は12月13日（日）9時から12時までです。予約は0120-123-456へ。")]
#[case("広報くるめ12月1日号（No.1234）を発行しました。P2-3は特集です。")]
#[case("固定資産税（第3期）の納期限は12月25日です。納付番号を確認のうえ、お近くの金融機関で。")]
#[case("令和2年4月2日から令和3年4月1日生まれのお子さんは、3歳児健診の対象です。")]
#[case("市民の皆さん、たくさんのご応募ありがとうございました。多様な作品が集まりました。")]
#[case("国道210号は、城南町3丁目付近で通行止めです。")]
#[case("〒830-8520 久留米市城南町15番地3 久留米市役所 広報課あて")]
#[case("お問い合わせは koho@city.kurume.lg.jp まで。#7119 #8000 もご利用ください。")]
#[case("県大会で3-2、1-0と連勝。決勝は中央町グラウンドで11月23日。")]
#[case("山田太郎市長が定例会見を行いました。資料は https://www.city.kurume.lg.jp/1010/20261201123456.html")]
#[case("気温は-2～5℃、降水確率10-20%。積雪は12時間で15-20cmの見込み。")]
#[case("令和8年度予算は1,234億5,678万円（前年度比2.3%増）。")]
#[case("福岡県内の感染者数は、12/1-12/7で1234人でした。")]
fn what_towns_write_is_not_personal(#[case] text: &str) {
    let normalised = Normalised::of(text);
    let hits = find(normalised.text(), &Records::default());
    let told: Vec<_> = hits
        .iter()
        .map(|hit| (hit.rule.id, &normalised.text()[hit.at.clone()]))
        .collect();
    assert!(told.is_empty(), "{told:?}");
}

/// Pieces from which texts are made that come close to every kind.
const PIECES: &[&str] = &[
    "1",
    "12",
    "123",
    "1234",
    "12345678901",
    "0",
    "09",
    "090",
    "-",
    "ー",
    " ",
    "  ",
    "(",
    ")",
    ".",
    "・",
    "/",
    "〒",
    "丁目",
    "番",
    "番地",
    "号",
    "一",
    "十",
    "二",
    "年",
    "月",
    "日",
    "生",
    "まれ",
    "昭和",
    "s",
    "城南町",
    "久留米市",
    "山田",
    "太郎",
    "さん",
    "様",
    "(43)",
    "容疑者",
    "@",
    "[at]",
    " at ",
    "a.jp",
    "www.",
    "://",
    "+81",
    "免許",
    "記号",
    "番号",
    "普通",
    "銀行",
    "久留米",
    "500",
    "さ",
    "\n",
    "。",
    "𠮷",
    "é",
    "か\u{3099}",
];

/// How people group twelve digits.
const CUTS: &[&[usize]] = &[
    &[12],
    &[4, 4, 4],
    &[3, 3, 3, 3],
    &[6, 6],
    &[2, 2, 2, 2, 2, 2],
    &[5, 7],
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_breaks_it(text in any::<String>()) {
        check_places(&text);
    }

    #[test]
    fn no_mixture_breaks_it(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        check_places(&pieces.concat());
    }

    #[test]
    fn every_my_number_is_found_however_it_is_grouped(
        base in proptest::array::uniform11(0u8..10),
        cut in proptest::sample::select(CUTS),
        between in proptest::sample::select(&["-", "－", "ー", " ", "　", "−"][..]),
        wide in any::<bool>(),
    ) {
        prop_assume!(base.iter().any(|digit| *digit != base[0]));
        let check = (0..10).find(|check| {
            let digits: Vec<u8> = base.iter().copied().chain([*check]).collect();
            super::my_number::checks(&digits)
        });
        let digits: String = base.iter().chain(check.as_ref()).map(|digit| {
            let zero = if wide { '０' } else { '0' };
            char::from_u32(u32::from(zero) + u32::from(*digit)).unwrap_or(zero)
        }).collect();
        let digits: Vec<char> = digits.chars().collect();
        let mut rest = digits.as_slice();
        let mut groups: Vec<String> = Vec::new();
        for length in cut {
            let (group, behind) = rest.split_at(*length);
            groups.push(group.iter().collect());
            rest = behind;
        }
        let text = format!("本人の番号は{}です", groups.join(between));
        prop_assert_eq!(found(&text, "personal.my_number"), 1, "{}", text);
    }
}

fn check_places(text: &str) {
    let normalised = Normalised::of(text);
    let hits = find(normalised.text(), &Records::default());
    let mut end = 0;
    for hit in hits {
        assert!(
            normalised
                .text()
                .get(hit.at.clone())
                .is_some_and(|value| !value.is_empty())
        );
        assert!(hit.at.start >= end, "in order, and none over another");
        end = hit.at.end;
        let original = normalised.original(hit.at);
        assert!(text.get(original).is_some());
    }
}

#[rstest]
#[case("1")]
#[case("1-")]
#[case("1 ")]
#[case("090-")]
#[case("090-1234-5678 ")]
#[case("1-2-3城南町")]
#[case("丁目一")]
#[case("日生")]
#[case("1月1日生")]
#[case("a@")]
#[case("a@a.")]
#[case("a@a.jp ")]
#[case("山田太郎さん")]
#[case("(1)")]
#[case("さ12")]
#[case("a.b/")]
#[case(" at ")]
fn work_grows_with_the_length_only(#[case] piece: &str) {
    assert_linear(piece, 5_000, |text| {
        find(Normalised::of(text).text(), &Records::default()).len()
    });
}
