//! Texts that nobody would write, made from those of tests/corpus.

use std::{fs, path::PathBuf};

use super::chance::Chance;

/// No mutated text has more characters.
const LONGEST: usize = 600;

/// What the rules look for, whole and in halves.
const PIECES: &[&str] = &[
    "https://",
    "://",
    "//",
    "www.",
    "bit.ly",
    "t.co/a",
    ".",
    "。",
    "．",
    "｡",
    "・",
    "•",
    "[.]",
    "(dot)",
    " dot ",
    "ドット",
    "ﾄﾞｯﾄ",
    "%62",
    "%",
    "%e3%80",
    "xn--",
    "xn--hgi.ws",
    "➡.ws",
    "@",
    "＠",
    "#",
    "＃タグ",
    "①",
    "㏂",
    "㍿",
    "ﾞ",
    "\u{3099}",
    "\u{301}",
    "\u{200B}",
    "\u{200D}",
    "\u{AD}",
    "\u{FE0F}",
    "\u{202E}",
    "\u{2066}",
    "\0",
    "\r\n",
    "\n",
    "\u{3000}",
    " ",
    "12月6日（日）",
    "13月45日",
    "令和8年",
    "2026.12.1",
    "午前9時",
    "25:70",
    "〜",
    "明日",
    "0123-45-6789",
    "090(1234)5678",
    "1234 5678 9012",
    "4111-1111-1111-1111",
    "a@b.jp",
    "山田太郎さん(43)",
    "様",
    "1丁目2番3号",
    "〒830-0001",
    "品川 300 あ 12-34",
    "TK1234567",
    "馬鹿",
    "大麻",
    "【訓練】",
    "（",
    "）",
    "「",
    "」",
    "○○",
    "XX",
    "TODO",
    "{{name}}",
    "🌀",
    "👨\u{200D}👩\u{200D}👧",
    "🇯🇵",
    "𠮷",
    "각",
    "щ",
    "İ",
    "ß",
    "ﬁ",
    "\u{FFFD}",
    "\u{10FFFF}",
];

/// The texts of tests/corpus.
pub(super) fn seeds() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    let texts = files.iter().flat_map(|path| {
        let file: toml::Table = toml::from_str(&fs::read_to_string(path).expect("a file")).expect("posts");
        let posts = file
            .get("post")
            .and_then(|posts| posts.as_array())
            .cloned()
            .unwrap_or_default();
        posts
            .into_iter()
            .filter_map(|post| Some(post.get("text")?.as_str()?.to_owned()))
    });
    let texts: Vec<String> = texts.collect();
    assert!(texts.len() > 100, "{} posts", texts.len());
    texts
}

/// A mutated text.
pub(super) fn text(chance: &mut Chance, seeds: &[String]) -> String {
    let mut text: Vec<char> = chance.one(seeds).chars().collect();
    for _ in 0..=chance.below(8) {
        change(chance, &mut text, seeds);
        text.truncate(LONGEST);
    }
    let text: String = text.into_iter().collect();
    if chance.once_in(6) {
        with_other_bytes(chance, &text)
    } else {
        text
    }
}

fn change(chance: &mut Chance, text: &mut Vec<char>, seeds: &[String]) {
    let at = chance.below(text.len() + 1);
    let end = (at + chance.below(20)).min(text.len());
    match chance.below(8) {
        0 => drop(text.drain(at..end)),
        1 => insert(text, at, chance.one::<&str>(PIECES)),
        2 => insert(text, at, chance.one::<String>(seeds)),
        3 => text.insert(at, chance.character()),
        4 => text[at..end].reverse(),
        5 => {
            let again = text[at..end].repeat(1 + chance.below(20));
            text.splice(at..at, again);
        }
        6 => insert(text, at, &chance.one::<&str>(PIECES).repeat(1 + chance.below(40))),
        _ => {
            for c in &mut text[at..end] {
                *c = wide(*c);
            }
        }
    }
}

fn insert(text: &mut Vec<char>, at: usize, piece: &str) {
    text.splice(at..at, piece.chars());
}

/// The full-width form of a letter or sign in ASCII.
fn wide(c: char) -> char {
    let form = c
        .is_ascii_graphic()
        .then(|| char::from_u32(u32::from(c) + 0xFEE0));
    form.flatten().unwrap_or(c)
}

/// Changes bytes, and reads what comes of it as a careless program would.
fn with_other_bytes(chance: &mut Chance, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..chance.below(6) {
        if let Some(last) = bytes.len().checked_sub(1) {
            let at = chance.below(last + 1);
            bytes[at] ^= 1 << chance.below(8);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
