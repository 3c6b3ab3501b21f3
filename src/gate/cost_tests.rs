//! What judging costs: memory, and time that grows with the length of the text only.

use super::{
    Gate, Policy,
    testing::{World, growth::assert_linear, part, shipped},
};
use crate::domain::{
    account::Platform,
    text::{TextCount, facets::facets},
};

/// How much memory all automata of a policy may take, in bytes.
const MOST_MEMORY: usize = 10_000_000;

/// What is written again and again: what the rules look for, whole and in halves.
const PIECES: &[&str] = &[
    "水道管の修理のため、東町1丁目で断水します。12月3日(木)午後10時から翌朝5時まで。",
    ".",
    "a.",
    "b\u{456}t.\u{406}y.",
    "ｂⓘｔ．ⓛｙ／",
    "t.co.",
    "bit.ly/a ",
    "e\u{301}\u{323}\u{302}",
    "xn--a-",
    "%e3%80",
    "https://www.a.jp/b ",
    "http",
    "a@",
    "@a ",
    "#a",
    "「（",
    "あけぼの市中央1丁目2番3号、",
    "a@b.jp ",
    "12月6日",
    "9時〜",
    "0123-45-6789、",
    "1234",
    "1 ",
    "馬鹿力馬鹿逮捕",
    "山田太郎さん(43)、",
    "🌀👨\u{200D}👩",
    "日 ",
    "①あ",
    "ABCD ",
    "〇〇",
    "X月",
    "{{",
    "令和8年",
    "か\u{3099}",
    "ﾊﾟ",
    "\u{200B}",
    "\n",
    "// ",
    "://a@",
];

/// What is written again and again where platforms look for links, emoji, mentions and markup.
const COUNTED: &[&str] = &[
    "a.jp_.",
    "a.jp-.",
    "あ_a.jp",
    "あ.",
    "a.jp/(",
    "a.jp/(あ",
    "a.jp?(",
    "(a.jp/((b)",
    "https://a.jp/::",
    "://a.jpあ",
    "a.あ.みんな",
    "_a",
    "👨\u{200D}👩\u{200D}",
    "🇯",
    "1\u{FE0F}",
    "@a@b.",
    " #a.",
    "[a](https://",
    "](https://",
    "[",
    "<plain>",
    "$[a",
];

#[test]
fn counting_is_linear_on_every_platform() {
    for piece in PIECES.iter().chain(COUNTED) {
        for platform in Platform::ALL {
            assert_linear(piece, 2_000, |text| TextCount::of(text, *platform, None).used);
        }
        assert_linear(piece, 2_000, |text| facets(text).len());
    }
}

#[test]
fn the_limits_of_a_platform_are_looked_at_in_linear_time() {
    let mut world = World::new();
    for platform in [
        Platform::X,
        Platform::Instagram,
        Platform::Threads,
        Platform::Misskey,
    ] {
        world.accounts[0].platform = platform;
        for piece in COUNTED {
            assert_linear(piece, 600, |text| {
                world.parts = vec![part(text)];
                world.with_case(|case| Gate.evaluate(case).findings.len())
            });
        }
    }
}

#[test]
fn the_automata_of_every_shipped_profile_are_small() {
    for name in shipped::profiles() {
        let policy = Policy::compile(shipped::document(&name)).expect("a policy");
        let automata = policy.automata();
        assert!(automata.iter().all(|(_, bytes)| *bytes > 0), "{automata:?}");
        assert!(
            automata.iter().map(|(_, bytes)| bytes).sum::<usize>() <= MOST_MEMORY,
            "{name}: {automata:?}"
        );
    }
}

#[test]
fn the_work_of_the_whole_gate_is_linear() {
    let mut world = World::new();
    world.policy = Policy::compile(shipped::document("standard")).expect("a policy");
    for piece in PIECES {
        assert_linear(piece, 600, |text| {
            world.parts = vec![part(text)];
            world.with_case(|case| Gate.evaluate(case).findings.len())
        });
    }
}
