//! Birth dates: a full date before 生 or 生まれ, or behind a word for it. A range of birth dates names a
//! year group (令和2年4月2日から令和3年4月1日生まれの方), not a person.

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{after, before, has, is_japanese},
    view::{Sign, View, is_hyphen, numeral},
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.birth_date", Severity::Confirm, CLAUSES);

/// How far a date before 生 may reach back.
const LONGEST: usize = 28;

/// Eras with their last year; people who were born in earlier ones are of the past.
const ERAS: &[(&str, u32)] = &[
    ("明治", 45),
    ("大正", 15),
    ("昭和", 64),
    ("平成", 31),
    ("令和", 99),
    ("m", 45),
    ("t", 15),
    ("s", 64),
    ("h", 31),
    ("r", 99),
];

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for mark in view.marks.iter().filter(|mark| mark.sign == Sign::Birth) {
        let found = dated(view.text, mark.at).or_else(|| labelled(view.text, mark.at));
        if let Some((start, end)) = found {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-birth-date",
                at: start..end,
            });
        }
    }
}

/// A date that ends at 生, unless it is one end of a range or speaks of everybody who was born then.
fn dated(text: &str, birth: usize) -> Option<(usize, usize)> {
    let head = text[..birth].trim_end_matches([' ', 'に']);
    if !head.ends_with(|c: char| c == '日' || c.is_ascii_digit()) {
        return None;
    }
    let near = before(head, head.len(), LONGEST);
    let from = head.len() - near.len();
    let start = near
        .char_indices()
        .map(|(at, _)| from + at)
        .find(|at| begins_date(text, *at) && date(&text[*at..]) == Some(head.len() - at))?;
    let tail = &text[birth + '生'.len_utf8()..];
    let tail = match tail.strip_prefix("まれ").or_else(|| tail.strip_prefix("れ")) {
        Some(behind) => behind,
        // 生活, 生放送
        None if tail.starts_with(is_japanese) && !tail.starts_with(['の', 'で']) => return None,
        None => tail,
    };
    let is_person = !speaks_of_everybody(tail) && !is_range(before(text, start, 6), tail);
    is_person.then(|| (start, text.len() - tail.len()))
}

/// A date behind 生年月日 or 誕生日.
fn labelled(text: &str, birth: usize) -> Option<(usize, usize)> {
    let tail = &text[birth + '生'.len_utf8()..];
    let rest = match tail.strip_prefix("年月日") {
        Some(rest) => rest,
        None if text[..birth].ends_with('誕') => tail.strip_prefix('日')?,
        None => return None,
    };
    let rest = rest.trim_start_matches([' ', ':', '…', '・', '】', ']', ')', '」', 'は', '\n', '\t', '=']);
    let start = text.len() - rest.len();
    let length = date(rest)?;
    let is_near = start - birth <= 32;
    (is_near && !is_range("", &rest[length..])).then(|| (start, start + length))
}

/// Whether a date may begin at a place: with a number or an era, and not within one.
fn begins_date(text: &str, at: usize) -> bool {
    const ERA: [char; 11] = ['明', '大', '昭', '平', '令', '西', 'm', 't', 's', 'h', 'r'];
    let is_number = |c: char| c.is_ascii_digit() || numeral(c).is_some();
    text[at..].starts_with(|c| is_number(c) || ERA.contains(&c))
        && !text[..at].ends_with(|c: char| c.is_ascii_alphabetic() || is_number(c))
}

fn is_range(head: &str, tail: &str) -> bool {
    const FROM: &[&str] = &["~", "〜", "から", "より", "-", "－"];
    let head = head.trim_end();
    let tail = tail.trim_start();
    FROM.iter()
        .any(|word| head.ends_with(word) || tail.starts_with(word))
        || has(after(tail, 0, 6), &["以降", "以前", "以後", "まで"])
}

/// Whether what follows speaks of all who were born then: `生まれの方`, `生まれのお子さん`.
fn speaks_of_everybody(tail: &str) -> bool {
    const GROUPS: &[&str] = &[
        "方",
        "かた",
        "人",
        "お子",
        "子",
        "児",
        "幼児",
        "乳",
        "男性",
        "女性",
        "男女",
        "生徒",
        "学生",
        "市民",
        "町民",
        "村民",
        "県民",
        "区民",
        "住民",
        "皆",
        "みな",
        "者",
        "赤ちゃん",
        "対象",
        "新",
    ];
    let of = tail.trim_start_matches([' ', ')']);
    let of = of.strip_prefix('の').unwrap_or(of);
    GROUPS.iter().any(|group| of.starts_with(group)) || tail.starts_with("た")
}

/// How long the full date is that a text begins with, of a year in which people who live now were born.
fn date(text: &str) -> Option<usize> {
    let (year, rest) = year(text)?;
    let (month, rest) = field(rest)?;
    let rest = separator(rest, "月")?;
    let (day, rest) = field(rest)?;
    let rest = rest.strip_prefix('日').unwrap_or(rest);
    let is_date = (1900..=2099).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    is_date.then_some(text.len() - rest.len())
}

/// The year, and what follows its separator.
fn year(text: &str) -> Option<(u32, &str)> {
    let text = text.strip_prefix("西暦").unwrap_or(text);
    let era = ERAS.iter().find(|(name, _)| text.starts_with(name));
    let Some((name, last)) = era else {
        let (year, rest) = field(text)?;
        return Some((year, separator(rest, "年")?));
    };
    let rest = text[name.len()..].trim_start_matches(' ');
    let (year, rest) = match rest.strip_prefix('元') {
        Some(rest) => (1, rest),
        None => field(rest)?,
    };
    let rest = separator(rest, "年")?;
    // 昭和60年(1985年)1月2日
    let rest = match rest.strip_prefix('(').and_then(|inside| inside.split_once(')')) {
        Some((inside, behind)) if inside.len() <= 8 => behind.trim_start_matches('年'),
        _ => rest,
    };
    let first = match *name {
        "明治" | "m" => 1868,
        "大正" | "t" => 1912,
        "昭和" | "s" => 1926,
        "平成" | "h" => 1989,
        _ => 2019,
    };
    (1..=*last).contains(&year).then(|| (first + year - 1, rest))
}

/// What follows a separator of a date: its own word, or a mark.
fn separator<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let text = text.trim_start_matches(' ');
    let rest = text
        .strip_prefix(word)
        .or_else(|| text.strip_prefix(|c: char| matches!(c, '.' | '/') || (is_hyphen(c) && c != '一')))?;
    Some(rest.trim_start_matches(' '))
}

/// A number of up to four digits, or in Chinese characters, and what follows.
fn field(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(5).take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return (digits <= 4).then(|| Some((text[..digits].parse().ok()?, &text[digits..])))?;
    }
    let letters = text.chars().take(5).take_while(|c| numeral(*c).is_some()).count();
    let end = letters * '一'.len_utf8();
    let value = text[..end]
        .chars()
        .filter_map(numeral)
        .fold(0, |number, digit| match digit {
            // 二十一, but also 一九八五.
            10 => number.max(1) * 10,
            digit if number >= 10 && text[..end].contains('十') => number + digit,
            digit => number * 10 + digit,
        });
    (1..=4).contains(&letters).then(|| (value, &text[end..]))
}

#[cfg(test)]
mod tests {
    use crate::gate::rules::personal::tests::{found, values};
    use rstest::rstest;

    const RULE: &str = "personal.birth_date";

    #[rstest]
    #[case("1985年1月2日生まれ")]
    #[case("昭和60年1月2日生まれ、久留米市在住")]
    #[case("昭和６０年１月２日生")]
    #[case("昭和六十年一月二日生")]
    #[case("一九八五年一月二日生まれ")]
    #[case("平成元年12月31日生まれ")]
    #[case("S60.1.2生")]
    #[case("1985/1/2 生まれ")]
    #[case("1985-01-02生")]
    #[case("昭和60年(1985年)1月2日生まれ")]
    #[case("生年月日：1985年1月2日")]
    #[case("【生年月日】昭和60年1月2日")]
    #[case("生年月日は1985.1.2です")]
    #[case("生年月日\n平成2年3月4日")]
    #[case("誕生日は2001年4月5日")]
    #[case("山田太郎(昭和20年8月1日生)")]
    #[case("2001年4月5日に生まれ、久留米で育つ")]
    #[case("昭和20年8月1日生まれの山田さん")]
    fn birth_dates_are_found(#[case] text: &str) {
        assert_eq!(found(text, RULE), 1, "{text}");
    }

    #[rstest]
    #[case("令和2年4月2日から令和3年4月1日生まれの方")]
    #[case("対象：令和2年4月2日～令和3年4月1日生まれ")]
    #[case("昭和37年4月2日生～昭和42年4月1日生")]
    #[case("平成20年4月1日生まれの人")]
    #[case("令和8年4月1日生まれのお子さん")]
    #[case("令和8年4月1日生まれの赤ちゃん")]
    #[case("昭和30年4月1日以前に生まれた方")]
    #[case("昭和30年4月1日生まれ以前の方")]
    #[case("4月1日生まれ")]
    #[case("1985年生まれ")]
    #[case("1835年1月10日生まれの福沢諭吉")]
    #[case("2026年12月6日 生活相談")]
    #[case("2026年12月6日(日)学生向け説明会")]
    #[case("令和8年12月6日に生涯学習講座")]
    #[case("生年月日を記入してください")]
    #[case("生年月日、住所、氏名")]
    #[case("誕生日は4月5日")]
    #[case("12月6日生放送")]
    fn year_groups_and_other_dates_are_none(#[case] text: &str) {
        assert_eq!(found(text, RULE), 0, "{text}");
    }

    #[test]
    fn the_date_is_the_place() {
        assert_eq!(
            values("山田は昭和60年1月2日生まれ。", RULE),
            ["昭和60年1月2日生まれ"]
        );
        assert_eq!(values("生年月日: 1985/1/2 です", RULE), ["1985/1/2"]);
    }
}
