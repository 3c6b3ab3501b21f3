//! Whether a drill says so in all its texts, and nothing else says so.

use super::{
    MISLEADS,
    cursor::Cursor,
    scan::{Scan, Sign},
    teller::Teller,
    wording,
};
use crate::{
    domain::{
        finding::{Field, Message, Severity},
        revision::{DRILL_MARK, Kind},
    },
    gate::{reading::Reading, rules::RuleInfo},
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("accuracy.drill_mark", Severity::Block, MISLEADS);

/// Words of a text that tells of a drill rather than being one.
const ABOUT_DRILLS: &[&str] = &[
    "実施",
    "行い",
    "行われ",
    "行う",
    "予定",
    "放送",
    "配信",
    "試験",
    "間違",
    "開催",
    "参加",
    "募集",
    "will ",
    "hold",
    "scheduled",
];

/// What may follow 訓練 inside the brackets of a mark.
const KINDS: &[&str] = &["です", "中", "用", "放送", "配信", "メール", "情報", "通知", ""];

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>, reading: &Reading<'_>, kind: Kind) {
    if kind == Kind::Drill {
        check_mark(teller, scan, reading);
        return;
    }
    let stray = scan.signs(Sign::Drill).find_map(|at| stray(scan.text, at));
    if let Some(range) = stray {
        let message = Message::new("finding-accuracy-drill-stray").with("found", scan.typed(&range));
        teller.tell(&RULE, &message, &range, scan.words(&range));
    }
}

/// The first text begins with the mark, or there would be no such post; the others are seen to here.
fn check_mark(teller: &mut Teller<'_, '_>, scan: &Scan<'_>, reading: &Reading<'_>) {
    let key = match reading.field {
        Field::Text => "finding-accuracy-drill-part",
        Field::Alt(_) => "finding-accuracy-drill-alt",
        _ => return,
    };
    if !scan.text.trim().is_empty() && !reading.text.starts_with(DRILL_MARK) {
        let message = Message::new(key)
            .with("mark", DRILL_MARK)
            .with("part", reading.part + 1);
        teller.tell(&RULE, &message, &(0..scan.text.len()), "mark");
    }
}

/// What reads as the mark of a drill, around 訓練 or "drill".
fn stray(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    if wording::is_quoted(text, at) {
        return None;
    }
    if let Some(range) = bracketed(text, at) {
        return Some(range);
    }
    let before = text[..at].trim_end_matches([' ', '、', '。', '\n']);
    let cursor = Cursor::new(text, at);
    let says = if cursor.looks_at("drill") {
        before.ends_with("this is a") || before.ends_with("this is only a")
    } else {
        let begins = before.is_empty() || before.len() < at || before.ends_with(['は', '】', '!', '訓']);
        let repeats = cursor.looks_at_any(&["訓練訓練", "訓練、訓練", "訓練 訓練"]);
        before.ends_with("これは") || (begins && (repeats || cursor.looks_at("訓練です")))
    };
    let is_drill = says && !wording::contains_any(text, ABOUT_DRILLS);
    let length = if cursor.looks_at("drill") {
        "drill".len()
    } else {
        "訓練".len()
    };
    is_drill.then(|| at..at + length)
}

/// 訓練 as all that a pair of brackets holds: 【訓練】, [訓練配信]; in round ones only where a line begins.
fn bracketed(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let mut cursor = Cursor::new(text, at);
    let before = text[..at].trim_end_matches(' ');
    let open = before.chars().next_back()?;
    let close = match open {
        '【' => '】',
        '[' => ']',
        '《' => '》',
        '〔' => '〕',
        '〈' => '〉',
        '(' => ')',
        '<' => '>',
        _ => return None,
    };
    let start = before.len() - open.len_utf8();
    let begins_line = text[..start].trim_end_matches(' ').is_empty() || text[..start].ends_with('\n');
    if matches!(open, '(' | '<') && !begins_line {
        return None;
    }
    if !cursor.eat("訓練") && !cursor.eat("drill") {
        return None;
    }
    cursor.eat_any(KINDS);
    cursor.spaces();
    cursor.eat_if(|c| c == close)?;
    Some(start..cursor.at())
}
