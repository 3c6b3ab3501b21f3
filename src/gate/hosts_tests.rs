use super::*;
use crate::gate::testing::SHORTENERS;
use proptest::prelude::*;
use rstest::rstest;

fn list() -> HostList {
    let own = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect();
    HostList::compile(
        &own(SHORTENERS),
        &own(&["maps.app.goo.gl", "lin.ee"]),
        &BTreeSet::new(),
    )
    .expect("hosts")
}

fn find(text: &str) -> Vec<Host> {
    let list = list();
    list.find(&list.view(text))
}

fn found(text: &str) -> Vec<String> {
    find(text).into_iter().map(|host| host.ascii).collect()
}

#[rstest]
#[case::plain("bit.ly")]
#[case::link("https://bit.ly/3abc")]
#[case::below("https://go.bit.ly/3abc")]
#[case::upper("HTTPS://BIT.LY/3ABC")]
#[case::glued("詳しくはbit.lyから")]
#[case::glued_with_dot("詳細です。bit.ly。以上")]
#[case::sentence_glued("お申込みはbit.ly。Webで")]
#[case::latin_before_dot("お知らせHP。bit.ly/a")]
#[case::trailing_dot("https://bit.ly./a")]
#[case::port("https://bit.ly:443/a")]
#[case::user_information("https://www.city.lg.jp@bit.ly/x")]
#[case::user_and_password("https://city:lg@bit.ly")]
#[case::protocol_relative("//bit.ly/a")]
#[case::backslashes("https:\\\\bit.ly\\a")]
#[case::markdown("[市役所](https://bit.ly/a)")]
#[case::emphasis("**bit.ly** と _bit.ly_")]
#[case::html("<a href=\"https://bit.ly/a\">市</a>")]
#[case::in_query("https://www.example.jp/?u=https%3A%2F%2Fbit.ly%2Fa")]
#[case::full_width("ｈｔｔｐｓ：／／ｂｉｔ．ｌｙ／ａ")]
#[case::ideographic_dot("bit。ly/a")]
#[case::half_width_dot("bit｡ly/a")]
#[case::middle_dot("bit·ly/a")]
#[case::bullet("bit•ly/a")]
#[case::leader("bit․ly/a")]
#[case::katakana_dot_in_a_link("https://bit・ly")]
#[case::katakana_dot_with_a_path("bit・ly/a")]
#[case::zero_width("b\u{200B}i\u{200D}t\u{FEFF}.\u{2060}l\u{AD}y")]
#[case::controls("b\u{1}it.l\u{7F}y")]
#[case::cyrillic("ЬіТ.lу/a")]
#[case::capital_i_look_alike("bІt.ly")]
#[case::greek("βιτ.ly")]
#[case::small_capitals("ʙɪᴛ.ʟʏ")]
#[case::mathematical("𝐛𝒊𝓽.𝕝𝚢")]
#[case::circled("ⓑⓘⓣ.ⓛⓨ")]
#[case::boxed("🅱🅸🆃.🅛🅨")]
#[case::flags("🇧🇮🇹.🇱🇾")]
#[case::bracketed("⒝⒤⒯.⒧⒴")]
#[case::struck_through("b̶i̶t̶.̶l̶y̶")]
#[case::accented("bít.lÿ")]
#[case::percent("https://%62%69%74%2e%6Cy/a")]
#[case::percent_dot("https://bit%E3%80%82ly/a")]
#[case::percent_glued("50%be bit.ly")]
#[case::false_percent("100%00bit.ly")]
#[case::spelled_brackets("bit[.]ly")]
#[case::spelled_parentheses("bit (.) ly")]
#[case::spelled_braces("hxxps://bit{.}ly/a")]
#[case::spelled_word("bit[dot]ly")]
#[case::spelled_word_spaced("bit dot ly")]
#[case::spelled_in_kana("bitドットly")]
#[case::entity("bit&#46;ly")]
#[case::space_before("bit .ly")]
#[case::space_both("bit . ly")]
#[case::space_after("bit. ly/a")]
#[case::space_after_in_a_link("https://bit. ly abc")]
#[case::line_break("bit.\nly/a")]
#[case::line_break_before("https://bit\n.ly/a")]
#[case::end_of_text("bit. ly")]
#[case::list_mark("①bit.ly/a ②次")]
#[case::flag_before("🇯🇵bit.ly")]
#[case::sign_before("℡bit.ly")]
#[case::dash_before("HP‐bit.ly")]
#[case::full_width_before("ＰＤＦbit.ly")]
#[case::sentence_without_space("Use bit.ly.Please")]
#[case::ellipsis("bit.ly...続き")]
#[case::hyphens("-bit.ly-")]
#[case::arrow("→bit.ly←")]
#[case::mail("info@bit.ly")]
fn is_found(#[case] text: &str) {
    assert!(found(text).contains(&"bit.ly".to_owned()), "{:?}", found(text));
}

#[rstest]
#[case("bіt")]
#[case("bít")]
#[case("ьіт")]
fn a_look_alike_in_punycode_is_shown_before_it_is_judged(#[case] label: &str) {
    let encoded = idna::punycode::encode_str(label).expect("a label");
    for host in [format!("xn--{encoded}.ly"), format!("XN--{encoded}.LY")] {
        let text = format!("詳細は{host}から");
        let hosts = find(&text);
        let found = hosts.first().expect("a host");
        assert_eq!(
            (found.ascii.as_str(), &text[found.span.clone()]),
            ("bit.ly", host.as_str())
        );
    }
}

#[rstest]
#[case("https://➡.ws/a", "xn--hgi.ws")]
#[case("https://xn--hgi.ws/a", "xn--hgi.ws")]
#[case("tiny🆄rl.com", "tinyurl.com")]
#[case("ｑｒ. paps. jp/", "qr.paps.jp")]
#[case("go . ascii . jp", "go.ascii.jp")]
#[case("1‐url.net", "1-url.net")]
#[case("0ⅿ.ms", "0m.ms")]
#[case("www.t.co", "t.co")]
fn other_entries_are_found_too(#[case] text: &str, #[case] expected: &str) {
    assert!(found(text).contains(&expected.to_owned()), "{:?}", found(text));
}

#[rstest]
#[case("at.com")]
#[case("t.com")]
#[case("not.co")]
#[case("t.co.jp")]
#[case("ｗｗｗ．ａ．ｃｏ．ｊｐ")]
#[case("ｎｅｔ．ｃｏｍ")]
#[case("www.a.co.jp/index.html")]
#[case("my-bit.ly")]
#[case("bit.lyon.fr")]
#[case("bit-ly.example.jp")]
#[case("bitly")]
#[case("ありがとう。co")]
#[case("です。co です")]
#[case("ありがとうございます。Tは。Coです")]
#[case("A・CO と T・CO")]
#[case("We are on our way. To register, call us.")]
#[case("We are on our way.\nTo register, call us.")]
#[case("It is on its way.\n\nTo")]
#[case("このbit（ビット）.lyrics")]
#[case("щит.Сообщение и свет.Со")]
#[case("https://www.city.example.lg.jp/bousai/index.html")]
#[case("info@town.example.lg.jp")]
#[case("①第1回 ②第2回 10:00〜12:00 2026.12.01")]
#[case("Win.10, v1.2.3, 3.14, e.g. U.S. at 10 a.m.")]
#[case("ñbit.ly")]
fn is_left_alone(#[case] text: &str) {
    assert_eq!(found(text), Vec::<String>::new());
}

#[test]
fn the_longest_entry_decides() {
    let listing = |text: &str| find(text).first().map(|host| host.listing);
    assert_eq!(listing("https://maps.app.goo.gl/x"), Some(Listing::PlatformShort));
    assert_eq!(listing("https://app.goo.gl/x"), Some(Listing::Shortener));
    assert_eq!(listing("①maps.app.goo.gl"), Some(Listing::PlatformShort));
}

#[test]
fn every_host_is_told_with_its_place() {
    let text = "https://t.co@bit.ly/x と「ＩＳ．ＧＤ」";
    let hosts = find(text);
    let places: Vec<_> = hosts
        .iter()
        .map(|host| (host.ascii.as_str(), &text[host.span.clone()]))
        .collect();
    assert_eq!(
        places,
        [("t.co", "t.co"), ("bit.ly", "bit.ly"), ("is.gd", "ＩＳ．ＧＤ")]
    );
}

#[rstest]
#[case("https://bit.ly")]
#[case("Bit.ly")]
#[case("bit")]
#[case("bit.ly.")]
#[case("➡.ws")]
#[case("-bit.ly")]
fn a_line_that_could_never_match_is_refused(#[case] line: &str) {
    assert!(
        HostList::compile(
            &BTreeSet::from([line.to_owned()]),
            &BTreeSet::new(),
            &BTreeSet::new()
        )
        .is_err()
    );
}

#[test]
fn a_long_text_of_nothing_but_marks_is_searched_in_time() {
    for text in ["🇧.".repeat(20_000), "xn--a-".repeat(20_000), "%0".repeat(30_000)] {
        assert!(found(&text).is_empty());
    }
}

/// Ways to write one character of a host.
fn disguises(c: char) -> Vec<String> {
    let wide = char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c);
    let mut all = vec![
        c.to_string(),
        c.to_ascii_uppercase().to_string(),
        format!("{c}\u{200B}"),
        format!("\u{2060}{c}\u{FE0F}"),
        format!("%{:02x}", u32::from(c)),
    ];
    if c.is_ascii_graphic() {
        all.push(wide.to_string());
    }
    let more: &[&str] = match c {
        '.' => &[
            "。", "．", "｡", "․", "·", "•", "[.]", "(.)", " [dot] ", " dot ", " . ", ".\u{AD}",
        ],
        'a' => &["а", "α", "𝐚", "ⓐ", "á"],
        'b' => &["Ь", "ᖯ", "𝖇", "🅱"],
        'c' => &["с", "ϲ", "ⅽ"],
        'i' => &["і", "ı", "ⅰ", "І", "ì"],
        'l' => &["ⅼ", "ӏ", "ł"],
        'o' => &["о", "ο", "օ", "ö", "🅞"],
        't' => &["т", "𝓽", "ţ"],
        'y' => &["у", "γ", "ý"],
        'u' => &["υ", "ս", "ü"],
        'm' => &["ⅿ", "м", "𝗆"],
        '-' => &["‐", "‑", "−"],
        _ => &[],
    };
    all.extend(more.iter().map(|other| (*other).to_owned()));
    all
}

fn disguised(host: &'static str) -> impl Strategy<Value = String> {
    host.chars()
        .map(|c| proptest::sample::select(disguises(c)))
        .collect::<Vec<_>>()
        .prop_map(|pieces| pieces.concat())
}

fn anywhere() -> impl Strategy<Value = (String, String)> {
    let before: &'static [&str] = &[
        "",
        "詳しくは",
        "こちら→",
        "https://",
        "HTTP://www.",
        "https://www.city.lg.jp@",
        "（",
        "「",
        "\n",
        "①",
        "お申込みは。",
        "申込 ",
        "//",
        "https://user:pw@sub.",
        "防災ー",
        "🇯🇵",
    ];
    let after: &'static [&str] = &[
        "",
        "/3xYz",
        "から",
        "。",
        ":443/a",
        "./a",
        "）",
        "」",
        "\n続き",
        "?q=1",
        "#a",
        "、",
        "をご覧ください",
        " です",
    ];
    (proptest::sample::select(before), proptest::sample::select(after))
        .prop_map(|(before, after)| (before.to_owned(), after.to_owned()))
}

/// Pieces that matter to a search.
const PIECES: &[&str] = &[
    "bit",
    "ly",
    ".",
    "。",
    "・",
    "•",
    "[",
    "]",
    "(",
    "dot",
    " ",
    "\n",
    "%",
    "%2",
    "%e3%80%82",
    "xn--",
    "-",
    "ド",
    "ット",
    "と",
    "і",
    "🇧",
    "①",
    "㏂",
    "\u{200B}",
    "\u{3099}",
    "&#46;",
    "://",
    "@",
    "t.co",
    "ｂ",
    "は",
    "щ",
    "、",
    "漢字",
    "D",
    "Ｄ",
    "ｏｔ",
    "➡",
    "ws",
    "xn--hgi",
    "/",
    "\u{AD}",
    "－",
    "😀",
    "…",
    "ﾄﾞｯﾄ",
    "」",
    "１",
];

/// What the search finds must not depend on where it looks.
fn assert_nothing_is_overlooked(text: &str) {
    let list = list();
    assert_eq!(
        list.find(&View::of(text)),
        list.find(&View::whole(text)),
        "{text:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn nothing_is_overlooked_outside_the_islands(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..24)
    ) {
        assert_nothing_is_overlooked(&pieces.concat());
    }

    #[test]
    fn nor_in_any_text(text in any::<String>(), (before, after) in (any::<String>(), any::<String>())) {
        assert_nothing_is_overlooked(&text);
        assert_nothing_is_overlooked(&format!("{before}bit.ly{after}"));
    }

    #[test]
    fn nor_in_disguise(spelled in disguised("bit.ly"), (before, after) in anywhere()) {
        assert_nothing_is_overlooked(&format!("{before}{spelled}{after}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_listed_host_is_found_in_every_disguise(
        (host, spelled) in proptest::sample::select(&SHORTENERS[..SHORTENERS.len() - 1])
            .prop_flat_map(|host| disguised(host).prop_map(move |spelled| (host, spelled))),
        (before, after) in anywhere(),
    ) {
        let text = format!("{before}{spelled}{after}");
        let names: Vec<String> = found(&text);
        prop_assert!(names.contains(&host.to_owned()), "{text:?} gives {names:?}");
    }

    #[test]
    fn no_text_breaks_it_and_places_are_whole_characters(text in any::<String>()) {
        for host in find(&text) {
            prop_assert!(text.get(host.span).is_some());
        }
    }

    #[test]
    fn nor_do_texts_of_the_characters_that_matter(
        text in proptest::collection::vec(proptest::sample::select(PIECES), 0..24)
    ) {
        let text = text.concat();
        for host in find(&text) {
            prop_assert!(text.get(host.span).is_some());
        }
    }
}
