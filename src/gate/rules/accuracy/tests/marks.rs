use super::{assert_found, found};
use crate::{
    domain::{
        digest::MediaDigest,
        finding::Severity,
        ids::DivisionId,
        records::{Contact, ContactKind},
        revision::{Kind, Media},
    },
    gate::testing::{World, part},
};
use rstest::rstest;
use uuid::Uuid;

fn phone(value: &str, division: Option<u128>) -> Contact {
    Contact {
        kind: ContactKind::Phone,
        value: value.into(),
        division: division.map(|number| DivisionId::new(Uuid::from_u128(number))),
    }
}

#[test]
fn the_number_of_another_division_asks_for_a_look() {
    let mut world = World::new();
    world.text("問い合わせ:TEL（0942）30−9002");
    world.records.contacts = vec![phone("0942-30-9002", Some(2))];
    assert_eq!(world.found("accuracy.foreign_phone"), 0, "none of ours is kept");
    world.records.contacts.push(phone("0942-30-9001", Some(1)));
    assert_eq!(
        world.severity_of("accuracy.foreign_phone"),
        Some(Severity::Confirm)
    );
    world.records.contacts.push(phone("0942-30-9002", None));
    assert_eq!(
        world.found("accuracy.foreign_phone"),
        0,
        "the whole town answers there"
    );
    world.text("0942-30-9001、0942-30-9003");
    assert_eq!(world.found("accuracy.foreign_phone"), 0);
}

#[rstest]
#[case("1万2,000円〜15千円", &[("units", "15千円")])]
#[case("補助額1,500千円(1件5万円)", &[("units", "1,500千円")])]
#[case("5千万ドル円", &[("units", "5千万ドル円")])]
#[case("¥3,000円", &[("units", "3,000円")])]
#[case("参加費1,00円", &[("units", "1,00円")])]
#[case("10,0000円", &[("units", "10,0000円")])]
#[case("2万1万円", &[("units", "2万1万円")])]
#[case("大人1,500円、子ども7百円", &[("units", "7百円")])]
#[case("上限5万円、負担は1500円、手数料は2千円", &[("units", "2千円")])]
#[case("全長5km。2,000mと3.5kmの地点", &[("units", "2,000m")])]
#[case("1人1日3リットル。2,000mlの入れ物", &[("units", "2,000ml")])]
#[case("4月が12.5トン、5月が9,800kg", &[("units", "9,800kg")])]
#[case("小学生1,500m、一般5km、10km", &[])]
#[case("標高1,234m、登山口まで3.5km", &[])]
#[case("500mlを2本、水2リットル(2,000ml)", &[])]
#[case("1,200m2の広場、3.5km先", &[])]
#[case("上限5万円、負担は1500円", &[])]
#[case("7百円、8百円", &[])]
#[case("3万5千円と35,000円", &[])]
#[case("1万2,000円", &[])]
#[case("3千円〜5千円、1,000円", &[])]
#[case("予算は15千円、20千円", &[])]
#[case("1億2,345万6,789円", &[])]
#[case("2千3百万円", &[])]
#[case("無料(材料費500円)", &[])]
#[case("1.5万円", &[])]
#[case("ドル円相場", &[])]
#[case("1,000円、2,000円", &[])]
#[case("千円札", &[])]
fn amounts_are_compared(#[case] text: &str, #[case] expected: &[(&str, &str)]) {
    assert_found(text, expected);
}

#[rstest]
#[case("「避難所", "「")]
#[case("開設しました）。", "）")]
#[case("【防災】(総務課", "(")]
#[case("『広報」", "『")]
#[case("“quoted", "“")]
#[case("(一「二)三」", "「")]
fn a_lonely_bracket_is_found(#[case] text: &str, #[case] place: &str) {
    assert_found(text, &[("brackets", place)]);
}

#[rstest]
#[case("(^_^) お待ちしています(^^)/")]
#[case("お楽しみに:) また;)")]
#[case("1) 受付 2) 説明\n3)解散")]
#[case("(1) 受付 (2)説明")]
#[case("①) 受付")]
#[case("m(_ _)m")]
#[case("「一(二『三』)」【四】〔五〕“六”")]
#[case("(^^;")]
#[case("a) yes\nb) no")]
#[case("https://www.town.example.lg.jp/a_(b")]
fn faces_and_lists_have_no_other_half(#[case] text: &str) {
    let found = found(text);
    let brackets: Vec<_> = found.iter().filter(|(rule, _)| rule == "brackets").collect();
    let is_address = text.starts_with("https");
    assert_eq!(brackets.len(), usize::from(is_address), "{text}");
}

#[rstest]
#[case("TODO 時刻を確認", "TODO")]
#[case("ＸＸ月ＸＸ日に開催", "ＸＸ月ＸＸ日")]
#[case("X月X日", "X月X日")]
#[case("xx:xx開始", "xx:xx")]
#[case("＊＊月＊＊日", "＊＊月")]
#[case("会場:＊＊＊", "＊＊＊")]
#[case("{name}様", "{name}")]
#[case("{{ event_date }}に開催", "{{ event_date }}")]
#[case("｛氏名｝様", "｛氏名｝")]
#[case("会場は[要確認]です", "[要確認]")]
#[case("会場は【要確認】です", "【要確認】")]
#[case("会場は＜要確認：部屋＞です", "＜要確認：部屋＞")]
#[case("Lorem ipsum dolor", "Lorem ipsum")]
#[case("ここに本文を入力してください。", "ここに本文を入力")]
#[case("仮テキスト", "仮テキスト")]
#[case("ダミーテキストです。", "ダミーテキスト")]
#[case("日時：12月〇日", "12月〇日")]
#[case("12月○日（土）", "12月○日")]
#[case("12月〇〇日", "12月〇〇日")]
#[case("午後〇時から", "午後〇時")]
#[case("10時○分から", "10時○分")]
#[case("{避難所名}（{開設時刻}現在）", "{開設時刻}")]
#[case("参加者はXX人でした。", "XX人")]
#[case("【ここに地区名を入力】の方は避難", "【ここに地区名を入力】")]
#[case("会場（ここに記入）", "（ここに記入）")]
#[case("休日窓口 ※課長確認後に差し替え", "※課長確認後に差し替え")]
fn what_a_template_left_behind_blocks(#[case] text: &str, #[case] place: &str) {
    let found = found(text);
    let wanted = ("leftover".to_owned(), place.to_owned());
    assert!(found.contains(&wanted), "{text}: {found:?}");
}

#[rstest]
#[case("〇〇課までご連絡ください。", "〇〇課")]
#[case("○○公民館で", "○○公民館")]
#[case("○月○日に", "○月○日")]
#[case("第○回講座", "○回")]
#[case("△△小学校", "△△小学")]
#[case("××株式会社", "××株式会社")]
#[case("●●課", "●●課")]
#[case("XX課へ", "XX課")]
#[case("【要確認】ワクチン接種券の期限", "【要確認】")]
#[case("申込書の日付は「XX月XX日」とあります。", "XX月XX日")]
#[case("テスト投稿です。", "テスト投稿")]
#[case("〇〇地区で断水します。", "〇〇地区")]
#[case("本日の給食は●●●●です。", "●●●●")]
#[case("(仮)12月の休日窓口について", "(仮)")]
fn what_may_be_a_blank_asks_for_a_look(#[case] text: &str, #[case] place: &str) {
    assert_found(text, &[("placeholder", place)]);
}

#[rstest]
#[case("「○○警察署の△△です」と名乗る電話に注意")]
#[case("市役所の〇〇課を装う詐欺が多発しています。")]
#[case("二〇二六年、一〇〇円")]
#[case("●●お知らせ●●\n■■日時■■\n○日時 12月6日")]
#[case("＊＊＊お知らせ＊＊＊\n＊＊＊＊＊＊＊＊")]
#[case("**日時**")]
#[case("ToDoリストを作りましょう")]
#[case("○×クイズ")]
#[case("3×4mのテント")]
#[case("雨天の場合は×です。")]
#[case("XXLサイズ")]
#[case("SEXY")]
#[case("ダミー人形を使った訓練")]
#[case("ここに来てください")]
#[case("(^o^) {^_^}")]
#[case("[PDF] <詳細>")]
#[case("○○な方にぴったり")]
#[case("Xの公式アカウント")]
#[case("※写真を差し替えました。")]
#[case("新庁舎(仮)の名前を募集します。")]
#[case("【ここに注意】火の元")]
#[case("{期間限定} {ﾟДﾟ}")]
#[case("二〇日(日)、十二月〇八")]
#[case("●●●お知らせ●●●\n■■■にゅーす■■■")]
#[case("○○の秋")]
fn adornment_and_examples_are_left_alone(#[case] text: &str) {
    assert_found(text, &[]);
}

#[rstest]
#[case("避難指示。【訓練】川から離れてください。")]
#[case("［訓練］避難指示")]
#[case("【 訓練 】避難指示")]
#[case("(訓練)避難指示")]
#[case("これは訓練です。大津波警報が発表されました。")]
#[case("訓練です。避難してください。")]
#[case("訓練、訓練。大雨警報。")]
#[case("Tsunami warning. This is a drill.")]
fn the_mark_of_a_drill_on_a_live_post_blocks(#[case] text: &str) {
    let mut world = World::new();
    world.text(text);
    assert_eq!(world.severity_of("accuracy.drill_mark"), Some(Severity::Block));
    world.emergency();
    assert_eq!(world.severity_of("accuracy.drill_mark"), Some(Severity::Block));
}

#[rstest]
#[case("12月6日(日)に避難訓練を実施します。")]
#[case("【防災訓練】12月6日(日)開催")]
#[case("Jアラートの全国一斉情報伝達試験で「これは訓練です」と放送されます。")]
#[case("訓練放送が流れますが、訓練ですので間違いのないようお願いします。")]
#[case("【訓練のお知らせ】防災無線が鳴ります。")]
#[case("職業訓練(訓練)の受講生を募集します。")]
#[case("A fire drill will be held. This is a drill day.")]
fn announcing_a_drill_is_no_drill(#[case] text: &str) {
    assert_found(text, &[]);
}

#[test]
fn every_text_of_a_drill_carries_its_mark() {
    let alt = |text: &str| Media {
        digest: MediaDigest::new([1; 32]),
        alt: text.into(),
    };
    let mut world = World::new();
    world.kind = Kind::Drill;
    world.parts = vec![part("【訓練】避難指示。これは訓練です。"), part("【訓練】続き")];
    assert_eq!(world.found("accuracy.drill_mark"), 0);
    world.parts[1].text = "続き".into();
    assert!(world.keys().contains(&"finding-accuracy-drill-part"));
    world.parts.truncate(1);
    world.parts[0].media = vec![alt("地図"), alt("【訓練】地図"), alt("")];
    assert!(world.keys().contains(&"finding-accuracy-drill-alt"));
    assert_eq!(world.found("accuracy.drill_mark"), 1);
}
