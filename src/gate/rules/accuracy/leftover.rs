//! Marks that templates and drafts leave behind.

use std::ops::Range;

use super::{
    EXACT,
    cursor::Cursor,
    scan::{Scan, Sign},
    teller::Teller,
    wording,
};
use crate::{
    domain::finding::{Message, Severity},
    gate::rules::RuleInfo,
};

pub(super) const LEFTOVER: RuleInfo = RuleInfo::adjustable("accuracy.leftover", Severity::Block, EXACT);
pub(super) const PLACEHOLDER: RuleInfo =
    RuleInfo::adjustable("accuracy.placeholder", Severity::Confirm, EXACT);

/// Longer than this is no name of a field, in bytes.
const LONGEST_FIELD: usize = 60;

/// Notes to oneself, in brackets.
const NOTES: &[&str] = &[
    "要確認",
    "要修正",
    "要追記",
    "要記入",
    "要入力",
    "要差替",
    "要差し替え",
    "要調整",
    "要検討",
    "後で記入",
    "後日記入",
    "後で追記",
    "後日追記",
    "差し替え予定",
];

/// Names of fields in braces.
const FIELDS: &[&str] = &[
    "氏名",
    "名前",
    "日付",
    "日時",
    "会場",
    "場所",
    "宛名",
    "担当",
    "件名",
    "本文",
    "タイトル",
    "課名",
    "電話番号",
    "年",
    "月",
    "日",
];

/// What the names of fields in braces end with: {避難所名}, {開設時刻}.
const FIELD_ENDS: &[&str] = &[
    "名",
    "日",
    "時",
    "日時",
    "時刻",
    "時間",
    "場所",
    "会場",
    "住所",
    "番号",
    "年月日",
    "人数",
    "件数",
    "金額",
    "期間",
    "期限",
    "地区",
    "地域",
    "者",
    "先",
    "欄",
    "値",
];

/// The longest name of such a field, in characters.
const LONGEST_NAME: usize = 12;

/// What stands in for a text that nobody has written yet.
const STAND_INS: &[&str] = &[
    "ダミーテキスト",
    "ダミー文",
    "ダミー画像",
    "ダミーデータ",
    "ダミーです",
    "サンプルテキスト",
    "サンプル文",
    "サンプル画像",
    "仮テキスト",
    "仮のテキスト",
    "仮の文章",
    "仮の画像",
    "仮タイトル",
    "仮原稿",
    "lorem ipsum",
    "fixme",
];

/// Texts that were to try something out, perhaps.
const TRIALS: &[&str] = &["テスト投稿", "tbd"];

/// What is to be put in a place, in the instructions of a template.
const PARTS: &[&str] = &[
    "本文",
    "文章",
    "テキスト",
    "タイトル",
    "見出し",
    "件名",
    "日時",
    "日付",
    "会場",
    "場所",
    "url",
    "リンク",
    "説明",
    "内容",
    "画像",
    "文",
];

/// How it is put there.
const PUTTING: &[&str] = &["を入力", "を記入", "を挿入", "を入れ", "を書", "を追加", "が入"];

/// What a remark ends with that asks to put something else in the place of a text.
const REPLACING: &[&str] = &[
    "差し替え",
    "差替え",
    "差替",
    "差し替え予定",
    "差し替えること",
    "差し替えてください",
    "差し替えお願いします",
];

/// How much a mark weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// It cannot be meant.
    Leftover,
    /// It may be.
    Placeholder,
}

/// Whether a mark begins here.
pub(super) fn begins(text: &str, at: usize) -> bool {
    read(text, at).is_some()
}

/// Whether an English word is one, or may be: what it is in the end depends on what stands around it.
pub(super) fn is_word(word: &str) -> bool {
    matches!(word, "todo" | "fixme" | "lorem" | "tbd")
        || (!word.is_empty() && word.bytes().all(|b| b == b'x'))
}

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>) {
    let mut end = 0;
    for at in scan.signs(Sign::Leftover) {
        if at < end {
            continue;
        }
        let Some((range, weight)) = read(scan.text, at).or_else(|| word(scan, at)) else {
            continue;
        };
        end = range.end;
        // Inside quotation marks somebody shows what a form or a message looks like.
        let is_quoted = wording::is_quoted(scan.text, at);
        let (rule, key) = match weight {
            Weight::Leftover if !is_quoted => (&LEFTOVER, "finding-accuracy-leftover"),
            _ => (&PLACEHOLDER, "finding-accuracy-placeholder"),
        };
        let message = Message::new(key).with("found", scan.typed(&range));
        teller.tell(rule, &message, &range, scan.words(&range));
    }
}

fn read(text: &str, at: usize) -> Option<(Range<usize>, Weight)> {
    let cursor = Cursor::new(text, at);
    match cursor.peek()? {
        '{' => braces(cursor).map(|end| (at..end, Weight::Leftover)),
        '[' | '【' | '<' | '(' => note(cursor),
        '*' => stars(cursor).map(|end| (at..end, Weight::Leftover)),
        '※' => remark(cursor).map(|end| (at..end, Weight::Leftover)),
        'こ' => instruction(cursor).map(|end| (at..end, Weight::Leftover)),
        _ => stand_in(cursor),
    }
}

/// {name}, {{ date }}, {氏名}.
fn braces(mut cursor: Cursor<'_>) -> Option<usize> {
    let is_double = cursor.eat("{{");
    if !is_double && !cursor.eat("{") {
        return None;
    }
    let rest = cursor.rest();
    let window = &rest[..rest.floor_char_boundary(rest.len().min(LONGEST_FIELD))];
    let close = if is_double { "}}" } else { "}" };
    let length = window.find(close)?;
    let field = window[..length].trim();
    let is_identifier = field.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && field
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    let is_field = is_identifier
        || FIELDS.contains(&field)
        || is_name_of_field(field)
        || (is_double && !field.contains('\n'));
    is_field.then(|| cursor.at() + length + close.len())
}

fn is_name_of_field(field: &str) -> bool {
    field.chars().count() <= LONGEST_NAME
        && field.chars().all(char::is_alphanumeric)
        && FIELD_ENDS.iter().any(|end| field.ends_with(end))
}

/// [要確認], <要修正: 時刻>.
fn note(mut cursor: Cursor<'_>) -> Option<(Range<usize>, Weight)> {
    let start = cursor.at();
    let before = cursor.before();
    let open = cursor.eat_if(|_| true)?;
    let close = match open {
        '[' => ']',
        '【' => '】',
        '<' => '>',
        _ => ')',
    };
    cursor.spaces();
    let may_be_note = cursor.peek().is_some_and(|c| "要後こ差仮".contains(c));
    if !may_be_note {
        return None;
    }
    let begins_line = before.is_empty() || before.ends_with('\n');
    // Behind a name (仮) says that the name may change; before everything, that all may.
    if begins_line && open == '(' && cursor.eat("仮)") {
        return Some((start..cursor.at(), Weight::Placeholder));
    }
    let is_instruction = cursor.eat("ここに");
    if !is_instruction && !cursor.eat_any(NOTES) {
        return None;
    }
    let rest = cursor.rest();
    let window = &rest[..rest.floor_char_boundary(rest.len().min(LONGEST_FIELD))];
    let length = window
        .find([close, '\n'])
        .filter(|at| window[*at..].starts_with(close))?;
    if is_instruction && !asks_to_write(&window[..length]) {
        return None;
    }
    let range = start..cursor.at() + length + close.len_utf8();
    // 【要確認】 as a heading may speak to the readers.
    let weight = if open == '【' && begins_line && !is_instruction {
        Weight::Placeholder
    } else {
        Weight::Leftover
    };
    Some((range, weight))
}

/// 地区名を入力, 記入: what is to be written, and that it is.
fn asks_to_write(words: &str) -> bool {
    matches!(words, "入力" | "記入" | "挿入")
        || ["を入力", "を記入", "を挿入"]
            .iter()
            .any(|end| words.ends_with(end))
}

/// ※課長確認後に差し替え: a remark to colleagues that ends its line.
fn remark(mut cursor: Cursor<'_>) -> Option<usize> {
    cursor.eat_if(|_| true)?;
    let rest = cursor.rest();
    let window = &rest[..rest.floor_char_boundary(rest.len().min(2 * LONGEST_FIELD))];
    let line = window.split(['\n', '。', '※', ')']).next()?;
    let words = line.trim_end();
    REPLACING
        .iter()
        .any(|end| words.ends_with(end))
        .then(|| cursor.at() + words.len())
}

/// **月**日, ***円, and `会場:***` at the end of a line; other rows of stars adorn.
fn stars(mut cursor: Cursor<'_>) -> Option<usize> {
    let before = cursor.before();
    if before.ends_with('*') {
        return None;
    }
    let start = cursor.at();
    while cursor.eat("*") {}
    let (end, run) = (cursor.at(), cursor.at() - start);
    let is_at_end = cursor.peek().is_none_or(|c| c == '\n');
    if run >= 2 && is_at_end && before.ends_with(':') {
        return Some(end);
    }
    if run < 2 || cursor.eat_if(|c| "月日時分円".contains(c)).is_none() {
        return None;
    }
    let is_alone = cursor.peek().is_none_or(|c| !is_letter(c));
    is_alone.then(|| cursor.at())
}

fn is_letter(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}')
}

/// ここに本文を入力.
fn instruction(mut cursor: Cursor<'_>) -> Option<usize> {
    let is_one = cursor.eat("ここに") && {
        cursor.eat("は");
        cursor.eat_any(PARTS) && cursor.eat_any(PUTTING)
    };
    is_one.then(|| cursor.at())
}

fn stand_in(mut cursor: Cursor<'_>) -> Option<(Range<usize>, Weight)> {
    let start = cursor.at();
    let weight = if cursor.eat_any(STAND_INS) {
        Weight::Leftover
    } else if cursor.eat_any(TRIALS) {
        Weight::Placeholder
    } else {
        return None;
    };
    Some((start..cursor.at(), weight))
}

/// TODO and rows of X; how they were typed matters here.
fn word(scan: &Scan<'_>, at: usize) -> Option<(Range<usize>, Weight)> {
    let mut cursor = Cursor::new(scan.text, at);
    let word = cursor.word();
    let range = at..cursor.at();
    if word == "todo" {
        let is_shouted = scan
            .typed(&range)
            .chars()
            .all(|c| matches!(c, 'A'..='Z' | 'Ａ'..='Ｚ'));
        let is_list = cursor.looks_at_any(&["リスト", " リスト", " list", "アプリ", "管理", "-"]);
        return (is_shouted && !is_list).then_some((range, Weight::Leftover));
    }
    if scan.text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    crosses(cursor, word.len()).map(|(end, weight)| (at..end, weight))
}

/// X月X日, XX時, XX人; XX課.
fn crosses(mut cursor: Cursor<'_>, length: usize) -> Option<(usize, Weight)> {
    let unit = cursor.eat_if(|c| "月日時分年市町村区課係円人名件回:".contains(c))?;
    let end = cursor.at();
    let is_alone = cursor.peek().is_none_or(|c| !is_letter(c));
    match unit {
        '月' => {
            let day = cursor.word();
            let is_day = day.bytes().all(|b| b == b'x') && cursor.eat("日");
            let end = if is_day && !day.is_empty() {
                cursor.at()
            } else {
                end
            };
            (end == cursor.at() || (length >= 2 && is_alone)).then_some((end, Weight::Leftover))
        }
        ':' => {
            let minutes = cursor.word();
            (length == 2 && minutes == "xx").then(|| (cursor.at(), Weight::Leftover))
        }
        '日' | '時' | '分' | '年' | '人' | '名' | '件' | '回' => {
            (length >= 2 && is_alone).then_some((end, Weight::Leftover))
        }
        _ => (length >= 2).then_some((end, Weight::Placeholder)),
    }
}
