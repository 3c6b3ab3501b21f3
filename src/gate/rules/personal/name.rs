//! A person's name with a title or an age in combination: 山田太郎さん(43), 佐藤花子様.
//!
//! A name is a common family name (config/lists/names) and a given name whose characters are those of
//! given names; firms and places that begin like a family name rarely go on like that.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{Vocabulary, after, before_on_line, is_hiragana, is_japanese, is_kanji, is_katakana},
    view::{Mark, Sign, View},
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.name_with_age", Severity::Confirm, CLAUSES);

static FAMILY: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let names = entries(include_str!("../../../../config/lists/names/family.txt"));
    names.flat_map(str::split_whitespace).collect()
});

static GIVEN: LazyLock<HashSet<char>> = LazyLock::new(|| {
    let letters = entries(include_str!("../../../../config/lists/names/given-kanji.txt"));
    letters.flat_map(str::chars).collect()
});

/// Given names in syllables that begin like a particle.
static SYLLABIC: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::of(
        "のぞみ のぞむ のりこ のりお はるか はるき はるな はるこ はると はじめ はつみ はつえ はつこ はなこ はなえ とおる ともこ ともみ ともや としお としこ \
         とみこ とみえ ももこ ももか もえか やすし やすこ やすお やよい かおり かおる かずお かずこ かずみ かなこ かなえ かつみ にいな をとめ \
         おさむ がく でん へいた",
    )
});

/// What is no given name although it could be by its letters.
static NOT_GIVEN: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::of(
        "さん くん たく たち みな おじ おば じい ばあ とう かあ にい ねえ あか こと こども おく いぬ ねこ くま うさ ぞう ほう かた から まで だけ ほど \
         より など ちゃん パン カメラ バス カフェ ホテル スタ 夫人 大人 公平 一同 高校 南北 東北 西南 太平洋 日本 京都 中央 国民 子供 千歳 \
         平和 永世 友好 信用 安全 有志 正直 天文 音楽 文化 一般 幸福 保健 保育 希望 未来",
    )
});

/// Roles in which people stand before the public: their names are told so that they are known.
static ROLES: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::of(
        "講師 講演 教授 議長 委員長 会長 市長 町長 村長 区長 知事 議員 選手 監督 俳優 女優 歌手 作家 画家 落語家 アナウンサー 芸人 タレント 解説 司会 出演 \
         ゲスト パネリスト コーディネーター 大使 大臣 社長 院長 園長 校長 学長 館長 所長 理事長 代表 博士 弁護士 税理士 医師 写真家 音楽家 漫画家 \
         指揮 演奏 ピアニスト 声優 監修 著者 作者 作曲 作詞 脚本 演出 主演 登壇 研究員 研究家 研究者 准教授 助教 名誉市民 名誉町民 師範 棋士 九段 八段 \
         七段 六段 五段 四段 名人 王将 竜王",
    )
});

/// Syllables that begin a phrase rather than a name, and those that begin no word.
const PARTICLES: [char; 18] = [
    'の', 'は', 'が', 'を', 'に', 'で', 'と', 'も', 'へ', 'や', 'お', 'ご', 'か', 'っ', 'ん', 'ゃ', 'ゅ',
    'ょ',
];

/// The longest family name, and the longest given name.
const FAMILY_LETTERS: usize = 4;
const GIVEN_LETTERS: usize = 4;

fn entries(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#'))
}

/// How a person is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// With a polite title.
    Polite,
    /// As somebody whom the police or a court looks at; a family name is enough.
    Accused,
    /// By an age right behind the name.
    Age,
}

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for mark in &view.marks {
        if let Some((start, end)) = named(view.text, *mark) {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-name",
                at: start..end,
            });
        }
    }
}

/// Where a name begins that stands before a mark, and where title and age end.
fn named(text: &str, mark: Mark) -> Option<(usize, usize)> {
    let (manner, end) = match mark.sign {
        Sign::Title => title(text, mark.at)?,
        Sign::Age => (Manner::Age, age(text, mark.at)?),
        _ => return None,
    };
    let head = &text[..mark.at];
    let head = head.strip_suffix(' ').unwrap_or(head);
    if !head.ends_with(is_japanese) {
        return None;
    }
    let with_age =
        age(text, end + usize::from(text[end..].starts_with(' '))).filter(|_| manner != Manner::Age);
    let is_told_age = manner == Manner::Age || with_age.is_some();
    let start = full_name(head, manner).or_else(|| {
        let is_enough = manner == Manner::Accused || with_age.is_some();
        family_name(head, manner).filter(|_| is_enough)
    })?;
    let is_public = !is_told_age && manner == Manner::Polite && has_role(text, start, end);
    (!is_public).then(|| (start, with_age.unwrap_or(end)))
}

/// The title at a place, and where it ends; none if the characters belong to another word.
fn title(text: &str, at: usize) -> Option<(Manner, usize)> {
    /// Each with the beginnings of what makes another word of it.
    const TITLES: &[(&str, Manner, &[&str])] = &[
        ("さん", Manner::Polite, &["か", "ご", "ば"]),
        ("くん", Manner::Polite, &["だ", "せ"]),
        ("ちゃん", Manner::Polite, &["と", "こ"]),
        ("様", Manner::Polite, &["々", "式", "子", "相", "態", "変", "似"]),
        ("氏", Manner::Polite, &["名", "神", "子", "族", "家"]),
        ("君", Manner::Polite, &["津", "が代", "主", "臨"]),
        ("殿", Manner::Polite, &["堂", "下", "町", "様", "方"]),
        ("容疑者", Manner::Accused, &[]),
        ("被告", Manner::Accused, &["側"]),
    ];
    let rest = &text[at..];
    let (word, manner, others) = TITLES.iter().find(|(word, ..)| rest.starts_with(word))?;
    let behind = &rest[word.len()..];
    let is_other = others.iter().any(|other| behind.starts_with(other));
    // `さんと`, `ちゃんと` are also a name and a particle; only what follows the name tells.
    (!is_other || *word == "ちゃん").then_some((*manner, at + word.len()))
}

/// Where an age ends that begins at a place: `(43)`, `(43歳)`, `43歳`.
fn age(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let inside = rest.strip_prefix('(').unwrap_or(rest);
    let digits = inside.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let years: u32 = inside[..digits].parse().ok()?;
    let behind = &inside[digits..];
    let told = ["歳", "才", "さい"]
        .iter()
        .find_map(|word| behind.strip_prefix(word));
    let behind = match (inside.len() < rest.len(), told) {
        (true, _) => told.unwrap_or(behind).strip_prefix([')', '・', '、', '=', ','])?,
        (false, told) => told?,
    };
    (digits <= 3 && years <= 120).then(|| text.len() - behind.len())
}

/// A family name and a given name, as they may stand together.
struct Name<'a> {
    before: &'a str,
    family: &'a str,
    border: Border,
    given: &'a str,
}

/// What stands between family and given name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Border {
    None,
    Space,
}

/// Where a family and a given name begin that a text ends with.
fn full_name(head: &str, manner: Manner) -> Option<usize> {
    let starts = head.char_indices().rev().take(GIVEN_LETTERS);
    starts.enumerate().find_map(|(index, (start, _))| {
        let given = &head[start..];
        if !is_given(given, index + 1) {
            return None;
        }
        let before = &head[..start];
        let (before, border) = match before.strip_suffix([' ', '・']) {
            Some(before) => (before, Border::Space),
            None => (before, Border::None),
        };
        families(before).find(|start| {
            let (before, family) = before.split_at(*start);
            is_likely(
                &Name {
                    before,
                    family,
                    border,
                    given,
                },
                manner,
            )
        })
    })
}

/// Where the family names begin with which a text ends, the longest first.
fn families(head: &str) -> impl Iterator<Item = usize> {
    let starts = head.char_indices().rev().take(FAMILY_LETTERS);
    let mut known = [None; FAMILY_LETTERS];
    for (place, (start, _)) in known.iter_mut().zip(starts) {
        *place = FAMILY.contains(&head[start..]).then_some(start);
    }
    known.into_iter().rev().flatten()
}

/// Where a family name begins that stands alone before a title.
fn family_name(head: &str, manner: Manner) -> Option<usize> {
    families(head).find(|start| {
        let is_long = head[*start..].chars().nth(1).is_some();
        (is_long || manner == Manner::Accused) && !head[..*start].ends_with(is_kanji)
    })
}

/// Whether a family and a given name make a person together.
fn is_likely(name: &Name<'_>, manner: Manner) -> bool {
    let in_kanji = name.given.chars().all(is_kanji);
    let (family, given) = (name.family.chars().count(), name.given.chars().count());
    // In the middle of a run of characters, short names appear by chance.
    let stands_free = !name.before.ends_with(is_kanji) || (family >= 2 && given >= 2 && in_kanji);
    let is_form = match (family, given) {
        _ if name.border == Border::Space => true,
        (1, 1) => manner == Manner::Accused,
        (1, _) => in_kanji,
        (_, 1) => manner != Manner::Age,
        _ => true,
    };
    stands_free && is_form
}

/// Whether this is written like a given name.
fn is_given(given: &str, letters: usize) -> bool {
    if NOT_GIVEN.has(given) {
        false
    } else if given.chars().all(is_hiragana) {
        letters >= 2 && (!given.starts_with(PARTICLES) || SYLLABIC.has(given))
    } else if given.chars().all(is_katakana) {
        (2..=3).contains(&letters) && !given.starts_with(['ー', 'ッ', 'ン'])
    } else if given.chars().all(is_kanji) {
        letters <= 3 && given.chars().all(|c| GIVEN.contains(&c))
    } else {
        is_mixed_given(given)
    }
}

/// Whether this is a given name of syllables and characters: ゆり子, ヨシ子, 恵み.
fn is_mixed_given(given: &str) -> bool {
    const ENDINGS: [char; 13] = [
        '子', '代', '美', '江', '枝', '恵', '乃', '香', '世', '音', '花', '奈', '緒',
    ];
    if let Some(syllables) = given.strip_suffix(ENDINGS) {
        let is_one_kind = syllables.chars().all(is_hiragana) || syllables.chars().all(is_katakana);
        return is_one_kind && !syllables.starts_with(PARTICLES);
    }
    let syllables = given.trim_start_matches(|c| GIVEN.contains(&c));
    let is_short = syllables.len() < given.len() && syllables.chars().count() <= 2;
    is_short
        && syllables.chars().all(is_hiragana)
        && !syllables.ends_with(['の', 'は', 'が', 'を', 'に', 'で'])
}

/// Whether a public role stands right before a name or in the bracket behind it.
fn has_role(text: &str, start: usize, end: usize) -> bool {
    let before = before_on_line(text, start, 9);
    let before = before.rsplit(['。', '、']).next().unwrap_or(before);
    let behind = after(text, end, 24);
    let bracket = behind.trim_start().strip_prefix(['(', '「', '(']).unwrap_or("");
    ROLES.is_in(before) || ROLES.is_in(bracket.split([')', '」']).next().unwrap_or(""))
}

#[cfg(test)]
#[path = "name_tests.rs"]
mod tests;
