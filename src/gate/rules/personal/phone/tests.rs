use crate::{
    domain::records::{Contact, ContactKind, Records},
    gate::rules::personal::tests::{found, found_with, values},
};
use rstest::rstest;

const RULE: &str = "personal.phone";

#[rstest]
#[case("090-1234-5678")]
#[case("09012345678")]
#[case("０９０－１２３４－５６７８")]
#[case("090ー1234ー5678")]
#[case("090−1234‐5678")]
#[case("090一1234一5678")]
#[case("090 1234 5678")]
#[case("090.1234.5678")]
#[case("090・1234・5678")]
#[case("090(1234)5678")]
#[case("(090)1234-5678")]
#[case("090-12345678")]
#[case("0901234-5678")]
#[case("携帯080-1234-5678まで")]
#[case("070-1234-5678")]
#[case("060-1234-5678")]
#[case("050-1234-5678")]
#[case("+81-90-1234-5678")]
#[case("+81 90 1234 5678")]
#[case("+819012345678")]
#[case("+81 (0)90-1234-5678")]
#[case("＋８１－９０－１２３４－５６７８")]
#[case("+81-942-30-1234")]
#[case("0942-30-1234")]
#[case("0942301234")]
#[case("(0942)30-1234")]
#[case("0942(30)1234")]
#[case("０９４２（３０）１２３４")]
#[case("0942 30 1234")]
#[case("0942-301234")]
#[case("電話0942-30-1234")]
#[case("TEL.0942-30-1234")]
#[case("TEL:0942-30-1234")]
#[case("tel0942-30-1234")]
#[case("℡0942-30-1234")]
#[case("☎0942-30-1234")]
#[case("問い合わせは03-1234-5678へ")]
#[case("03 1234 5678")]
#[case("04-7123-4567")]
#[case("01267-2-1234")]
#[case("0999-12-3456")]
#[case("090\u{200B}-1234-5678")]
#[case("電話 090-1234-5678 10時から")]
#[case("1 090-1234-5678")]
#[case("0942-30-1234（内線123）")]
fn telephone_numbers_are_found(#[case] text: &str) {
    assert_eq!(found(text, RULE), 1, "{text}");
}

#[rstest]
#[case("110番")]
#[case("119")]
#[case("#7119 #8000 #9110")]
#[case("188（いやや）、189、171、118")]
#[case("0120-123-456")]
#[case("０１２０－１２３－４５６")]
#[case("0120 123 456")]
#[case("0800-123-4567")]
#[case("0570-05-1165")]
#[case("0570-051165")]
#[case("0180-99-1234")]
#[case("2026-12-06")]
#[case("2026.12.06 10:00-12:00")]
#[case("〒830-8520")]
#[case("第12-3456号")]
#[case("1234-5678-9012")]
#[case("受付番号0942301234")]
#[case("id0942301234")]
#[case("0000012345")]
#[case("00-1234-5678")]
#[case("https://www.example.jp/0942301234.html")]
#[case("090-1234-567")]
#[case("090-1234-56789")]
#[case("1-090-1234-5678")]
#[case("参加費 0 1000 2000 3000")]
#[case("09時00分 10:30")]
#[case("人口 030122 人")]
#[case("予算1,234,567,890円")]
fn other_digits_are_none(#[case] text: &str) {
    assert_eq!(found(text, RULE), 0, "{text}");
}

#[test]
fn two_numbers_are_two_findings() {
    assert_eq!(found("電話0942-30-1234、FAX 0942-30-5678", RULE), 2);
    assert_eq!(found("0942-30-1234 090-1111-2222", RULE), 2);
    assert_eq!(found("0942-30-1234/090-1111-2222", RULE), 2);
}

#[rstest]
#[case("0942-30-9000")]
#[case("０９４２（３０）９０００")]
#[case("0942309000（内線12）")]
#[case("+81 942 30 9000")]
#[case("+81-(0)942-30-9000")]
fn published_contacts_are_passed_over(#[case] contact: &str) {
    let records = Records {
        contacts: vec![Contact {
            kind: ContactKind::Phone,
            value: contact.into(),
            division: None,
        }],
        ..Records::default()
    };
    for text in [
        "電話0942-30-9000",
        "（０９４２）３０－９０００",
        "+81-942-30-9000",
    ] {
        assert_eq!(found_with(text, RULE, &records), 0, "{contact} {text}");
    }
    assert_eq!(found_with("0942-30-9001", RULE, &records), 1);
    assert_eq!(found_with("090-1942-3090", RULE, &records), 1);
}

#[test]
fn the_whole_number_is_the_place() {
    assert_eq!(values("電話は+81-90-1234-5678です", RULE), ["+81-90-1234-5678"]);
    assert_eq!(values("1 090-1234-5678 10時", RULE), ["090-1234-5678"]);
    assert_eq!(values("０９４２（３０）１２３４", RULE), ["0942(30)1234"]);
}
