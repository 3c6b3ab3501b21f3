use std::collections::BTreeSet;

use chrono::Duration;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{
    domain::{
        digest::MediaDigest,
        ids::AccountId,
        revision::{Act, AllowedRange, Kind, LinkCard, Media, Visibility},
        text::facets::{Feature, facets},
    },
    gate::testing::{part, time},
};

/// The links of a text as (what stands there, address).
fn found(text: &str) -> Vec<(&str, String)> {
    links_in(text)
        .into_iter()
        .map(|link| (&text[link.span.clone()], link.address().unwrap_or_default()))
        .collect()
}

#[rstest]
#[case::plain(
    "https://www.city.example.lg.jp/bousai/index.html?a=1&b=2#c",
    "https://www.city.example.lg.jp/bousai/index.html?a=1&b=2"
)]
#[case::http("http://example.com", "http://example.com/")]
#[case::upper("HTTPS://Example.COM/Path", "https://example.com/Path")]
#[case::root("https://example.com./a", "https://example.com/a")]
#[case::port("https://example.com:8443/a", "https://example.com:8443/a")]
#[case::query("https://example.com?a=1", "https://example.com/?a=1")]
#[case::user("https://www.city.lg.jp@example.com/x", "https://example.com/x")]
#[case::user_and_password("http://city:lg.jp@example.com", "http://example.com/")]
#[case::bare_user("www.city.example.lg.jp@example.com/x", "https://example.com/x")]
#[case::defanged("hxxps://example[.]com/a", "https://example.com/a")]
#[case::defanged_colon("hxxp[:]//example(dot)com/a", "http://example.com/a")]
#[case::japanese_defanged("ttps://example.com/a", "https://example.com/a")]
#[case::backslashes("https:\\\\example.com\\a", "https://example.com/a")]
#[case::full_width("ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｃｏｍ／ａ", "https://example.com/a")]
#[case::ideographic_dot("https://example。com/a", "https://example.com/a")]
#[case::zero_width("https://exam\u{200B}ple.co\u{AD}m/a\u{2060}b", "https://example.com/ab")]
#[case::percent("https://ex%61mple%2Ecom/a%20b", "https://example.com/a%20b")]
#[case::idn("https://日本語.jp/a", "https://xn--wgv71a119e.jp/a")]
#[case::idn_top("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/")]
#[case::punycode("https://xn--wgv71a119e.jp/", "https://xn--wgv71a119e.jp/")]
#[case::mathematical("https://𝐞𝐱𝐚𝐦𝐩𝐥𝐞.com/", "https://example.com/")]
#[case::boxed("https://🅴xample.com/", "https://xn--xample-9704e.com/")]
#[case::cyrillic("https://ехample.com/", "https://xn--ample-ywe6i.com/")]
#[case::decimal("http://2130706433/", "http://127.0.0.1/")]
#[case::octal("http://0177.0.0.01/", "http://127.0.0.1/")]
#[case::hexadecimal("http://0x7f.1/", "http://127.0.0.1/")]
#[case::dotted("http://192.0.2.1/", "http://192.0.2.1/")]
#[case::full_width_number("http://１２７．１/", "http://127.0.0.1/")]
#[case::version_6("http://[2001:db8::1]:8080/a", "http://[2001:db8::1]:8080/a")]
#[case::no_suffix("http://intranet/a", "http://intranet/a")]
#[case::underscore("https://my_shop.example.com/", "https://my_shop.example.com/")]
#[case::line_break("https://www.city\n.example.lg.jp/a", "https://www.city.example.lg.jp/a")]
#[case::bare("example.com", "https://example.com/")]
#[case::bare_path("example.com/x", "https://example.com/x")]
#[case::bare_www("www.example.md", "https://www.example.md/")]
#[case::bare_wide("ｅｘａｍｐｌｅ．ｊｐ／ａ", "https://example.jp/a")]
#[case::bare_port("example.com:8080", "https://example.com:8080/")]
#[case::bare_defanged("example[.]com", "https://example.com/")]
#[case::bare_spelled("example dot com", "https://example.com/")]
#[case::bare_address("192.0.2.1/admin", "https://192.0.2.1/admin")]
#[case::bare_ambiguous_with_path("example.to/abc", "https://example.to/abc")]
#[case::bare_capitals("EXAMPLE.COM", "https://example.com/")]
#[case::below_a_private_suffix("example.github.io", "https://example.github.io/")]
#[case::balanced_brackets("https://example.com/a_(b)", "https://example.com/a_(b)")]
fn a_link_is_found_wherever_it_stands(#[case] link: &str, #[case] address: &str) {
    for (before, after) in [
        ("", ""),
        ("くわしくは", "をご覧ください。"),
        ("市「", "」"),
        ("(", ")"),
        ("[市役所](", ")"),
        ("<", ">"),
        ("<a href=\"", "\">市</a>"),
        ("（", "）"),
        ("申込: ", ", または窓口へ"),
        ("See ", ". Thank you."),
        ("\n", "\n"),
        ("【", "】"),
        ("🎉", "🎉"),
        ("**", "**"),
    ] {
        let text = format!("{before}{link}{after}");
        let found = found(&text);
        assert_eq!(found.first(), Some(&(link, address.to_owned())), "{text}");
        // Of some, platforms underline a part, which leads elsewhere.
        assert!(
            found[1..].iter().all(|(part, _)| link.starts_with(part)),
            "{found:?}"
        );
    }
}

#[rstest]
#[case("サイトhttps://example.comをご覧ください", "https://example.com")]
#[case("HPhttps://example.com/", "https://example.com/")]
#[case("①example.com ②窓口", "example.com")]
#[case("ＰＤＦexample.comへ", "example.com")]
#[case("https://localhostにつなぐ", "https://localhost")]
#[case("https://example.com/観光", "https://example.com/")]
#[case("https://www.日本語.jpです", "https://www.日本語.jp")]
#[case("//example.com/a", "//example.com/a")]
#[case("市HP／example.com", "example.com")]
#[case("「https://example.com/a」、", "https://example.com/a")]
#[case("https://example.com/a。続き", "https://example.com/a")]
#[case("https://example.com。Wordで", "https://example.com")]
#[case("https://example.com/a?b=c!", "https://example.com/a?b=c")]
#[case("ftp://example.com/a", "ftp://example.com/a")]
fn the_text_around_a_link_is_no_part_of_it(#[case] text: &str, #[case] link: &str) {
    let found: Vec<&str> = found(text).into_iter().map(|(link, _)| link).collect();
    assert_eq!(found, [link]);
}

#[test]
fn every_link_of_a_text_is_found() {
    let text = "https://a.example.jp/x と b.example.jp、http://192.0.2.1/。c.example.jp/y（hxxp://d[.]example[.]jp）";
    let hosts: Vec<String> = links_in(text).iter().map(Link::host).collect();
    assert_eq!(
        hosts,
        [
            "a.example.jp",
            "b.example.jp",
            "192.0.2.1",
            "c.example.jp",
            "d.example.jp"
        ]
    );
}

#[rstest]
#[case("readme.md")]
#[case("README.ja.md を読む")]
#[case("12.5")]
#[case("2026.12.01")]
#[case("12.1(火)")]
#[case("No.3")]
#[case("e.g. this, i.e. that")]
#[case("U.S. and U.K., at 10 a.m. or 3 p.m.")]
#[case("info@town.example.lg.jp")]
#[case("メール：ｉｎｆｏ＠ｔｏｗｎ．ｅｘａｍｐｌｅ．ｌｇ．ｊｐ")]
#[case("taro.yamada@example.co.jp/TEL")]
#[case("info[at]example.jp")]
#[case("mailto:info@example.jp")]
#[case("@town.bsky.social")]
#[case("@koho@social.example.lg.jp")]
#[case("ASP.NETの研修")]
#[case("Use .NET today")]
#[case("Node.jsとmain.rs、script.py、install.sh、x.zip、movie.mov")]
#[case("We are here.In case of rain, come.Please call us.")]
#[case("Call us. To register, wait. In case.")]
#[case("お知らせHP。Tokyoで")]
#[case("です。co です")]
#[case("A・CO と T・CO")]
#[case("Go・To")]
#[case("v1.2.3.4とver.10.0.0.1")]
#[case("192.168.0.1")]
#[case("約2.kg、第1.号")]
#[case("go.jpとlg.jpのドメイン")]
#[case("co.jp")]
#[case("Mr.Smith, Dr.No, St.Louis")]
#[case("㏂10時")]
#[case("...続き…")]
#[case("https:// のあと")]
#[case("://")]
#[case("C:\\\\Users\\name")]
#[case("TEL.0123-45-6789 FAX.0123-45-6780")]
#[case("щит.Сообщение и свет.Со")]
#[case("Wi-Fi.🇯🇵")]
#[case("#避難所 #bousai.jp")]
#[case("a//b")]
#[case("10:00〜12:00 @ 市役所")]
fn what_is_no_link_is_left_alone(#[case] text: &str) {
    assert_eq!(found(text), []);
}

#[test]
fn what_a_link_hides_is_told() {
    let link = |text: &str| links_in(text).pop().expect("a link");
    assert_eq!(link("https://example.com/").user, User::Absent);
    assert_eq!(link("https://a@example.com/").user, User::Present);
    assert_eq!(link("https://example.com/").looks_like(), None);
    assert_eq!(
        link("https://ехample.com/").looks_like().as_deref(),
        Some("example.com")
    );
    assert_eq!(
        link("https://xn--ample-ywe6i.com/").looks_like().as_deref(),
        Some("example.com")
    );
    assert_eq!(link("ftp://example.com/").address(), None);
    let address = "192.0.2.1".parse().expect("an address");
    assert_eq!(link("http://3221225985/").host, HostName::Address(address));
    assert_eq!(registrable("www.city.example.lg.jp"), "example.lg.jp");
    assert_eq!(registrable("localhost"), "localhost");
}

#[test]
fn all_that_a_content_shows_is_to_be_looked_at() {
    let at = time("2026-12-01T10:00:00+09:00");
    let range = AllowedRange::new(at, at + Duration::hours(1)).expect("a range");
    let mut shown = part("本文 https://a.example.jp/ と ftp://b.example.jp/");
    shown.link_card = Some(LinkCard {
        uri: "https://c.example.jp/x?y#z".into(),
        title: "d.example.jp".into(),
        description: String::new(),
    });
    shown.media = vec![Media {
        digest: MediaDigest::new([1; 32]),
        alt: "e.example.jp".into(),
    }];
    let payload = Payload {
        account: AccountId::new(uuid::Uuid::from_u128(1)),
        parts: vec![shown, part("f.example.jp")],
        language: None,
        visibility: Visibility::Public,
        refers_to: Some("https://g.example.jp/1".into()),
        audience: None,
    };
    let content = Content::new(Act::New, Kind::Ordinary, None, range, vec![payload]).expect("a content");
    let expected = [
        "a.example.jp/",
        "c.example.jp/x?y",
        "d.example.jp/",
        "e.example.jp/",
        "f.example.jp/",
    ];
    let expected: BTreeSet<String> = expected.iter().map(|rest| format!("https://{rest}")).collect();
    assert_eq!(links(&content), expected);
}

#[test]
fn a_long_text_of_nothing_but_marks_is_searched_in_time() {
    for piece in [
        "a.",
        "://a日",
        "https://日a",
        "//[a",
        "https://a@b@c.d:",
        "a)",
        ")",
        "a.jp@",
        "xn--a-",
        "://",
    ] {
        let text = format!("https://a.jp/{0} https://{0} {0}", piece.repeat(20_000));
        assert!(
            links_in(&text)
                .iter()
                .all(|link| text.get(link.span.clone()).is_some())
        );
    }
}

/// Pieces that matter to the search.
const PIECES: &[&str] = &[
    "https",
    "http",
    "://",
    "//",
    "/",
    "\\",
    ".",
    "。",
    "・",
    "@",
    ":",
    "[",
    "]",
    "(",
    ")",
    "dot",
    "[.]",
    " ",
    "\n",
    "www.",
    "example",
    ".com",
    ".jp",
    ".md",
    "日本",
    "は",
    "%2e",
    "%",
    "xn--wgv71a119e",
    "-",
    "é",
    "é",
    "а",
    "ｗ",
    "．",
    "１",
    "0x7f",
    "127",
    "\u{200B}",
    "?",
    "#",
    "①",
    "🇯🇵",
    "…",
    "㏂",
    "、",
    "「",
    "_",
    "::1",
];

fn assert_sound(text: &str) {
    let links = links_in(text);
    assert_eq!(links, links_of_view(text, &View::whole(text)), "{text:?}");
    for link in &links {
        assert!(
            text.get(link.span.clone()).is_some_and(|link| !link.is_empty()),
            "{text:?}"
        );
        if let Some(address) = link.address() {
            let url = url::Url::parse(&address);
            assert!(
                url.is_ok() || matches!(&link.host, HostName::Domain(_)),
                "{address}"
            );
        }
    }
    assert!(links.is_sorted_by_key(|link| link.span.start));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_text_breaks_it(text in any::<String>()) {
        assert_sound(&text);
    }

    #[test]
    fn nor_do_texts_of_the_pieces_that_matter(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..24)
    ) {
        assert_sound(&pieces.concat());
    }
}

/// What a reader can press on Bluesky was judged, and by the host to which it leads.
#[rstest]
#[case::in_japanese("詳しくはhttps://www.city.example.lg.jp/bousai/をご覧ください")]
#[case::without_a_scheme("市の www.city.example.lg.jp/a です")]
#[case::two("https://www.city.example.lg.jp/ と https://example.com/b を比べる")]
#[case::behind_a_bracket("https://t.co/a(www.city.example.lg.jp/b")]
#[case::in_brackets("https://example.com/a(https://www.city.example.lg.jp/b)c")]
#[case::behind_two("https://example.com/a((b)www.city.example.lg.jp")]
fn what_is_underlined_was_found_here(#[case] text: &str) {
    let judged = links_in(text);
    let underlined = facets(text);
    assert!(!underlined.is_empty(), "{text}");
    assert_judged(text, &judged);
}

/// Every link that Bluesky makes of a text leads to somebody who was judged at that place.
fn assert_judged(text: &str, judged: &[Link]) {
    for facet in facets(text) {
        let Feature::Link(target) = facet.feature else {
            continue;
        };
        // No browser opens what cannot be read.
        let Ok(url) = url::Url::parse(&target) else {
            continue;
        };
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let same = |link: &Link| {
            let (here, there) = (&facet.bytes, &link.span);
            here.start < there.end && there.start < here.end && link.host() == host
        };
        assert!(judged.iter().any(same), "{text:?}: {target}: {judged:?}");
    }
}

#[test]
fn a_name_glued_to_letters_is_judged_as_platforms_cut_it() {
    let text = "http://www.city.example.lg.jphttps:";
    let hosts: Vec<String> = links_in(text).iter().map(Link::host).collect();
    assert_eq!(hosts, ["www.city.example.lg.jphttps", "www.city"]);
}

/// Pieces of which names are glued together.
const GLUE: &[&str] = &[
    "https://",
    "http://",
    "www.city.example.lg.jp",
    "www.",
    "city",
    ".lg.jp",
    ".go.jp",
    ".com",
    "t.co/a",
    "例え.jp",
    ".",
    "/",
    "/a",
    "?b=c",
    ":",
    ":80",
    "(",
    ")",
    "[",
    "]",
    "。",
    "、",
    " ",
    "\n",
    "市",
    "は",
    "@",
    "#",
    "-",
    "_",
    "a",
    "1",
    "\u{200B}",
    "%2e",
    "ｗ",
    "．",
    "é",
    "\\",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn every_link_on_bluesky_is_judged_at_its_place(
        pieces in proptest::collection::vec(proptest::sample::select(GLUE), 0..16)
    ) {
        let text = pieces.concat();
        assert_judged(&text, &links_in(&text));
    }
}
