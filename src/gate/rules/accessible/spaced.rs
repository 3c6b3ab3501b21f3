//! Words with blanks inside, as typists set them to fill a line (日　時): a screen reader reads them apart,
//! and nobody finds them by searching.

use std::ops::Range;

use super::super::{Found, Reading, RuleInfo, Severity};
use crate::domain::finding::Message;

pub(super) const SPACED_WORD: RuleInfo =
    RuleInfo::adjustable("readable.spaced_word", Severity::Confirm, &["KUR-6.2a"]);

/// Words of two characters that are set so in notices.
const WORDS: &[&str] = &[
    "日時", "場所", "会場", "会期", "期日", "期間", "期限", "時間", "時刻", "対象", "定員", "費用", "料金",
    "内容", "申込", "締切", "講師", "主催", "共催", "後援", "協力", "備考", "参加", "持物", "服装", "受付",
    "開始", "終了", "開催", "開会", "閉会", "開場", "中止", "延期", "休館", "休校", "休業", "無料", "有料",
    "注意", "重要", "緊急", "避難", "警報", "解除", "断水", "停電", "通行", "結果", "目的", "資格", "方法",
    "提出", "電話", "住所", "氏名", "年齢", "性別", "担当", "至急", "速報", "訂正", "市長", "町長", "村長",
    "知事", "議長", "市民", "町民", "村民", "県民", "連絡", "問合", "記事", "議題", "出席", "欠席", "募集",
    "応募", "交通", "集合", "解散", "雨天", "訓練",
];

/// Characters that stand side by side as words of their own: days, directions, seasons, numbers, ranks.
const ALONE: &str = "月火水木金土日祝東西南北上中下左右大小春夏秋冬朝昼夜晩年時分甲乙丙丁男女松竹梅鶴亀一二三四五六七八九十年人円名";

/// How many blanks may stand inside.
const BLANKS: usize = 4;

/// Words with blanks inside.
pub(super) fn spaced_word(reading: &Reading<'_>) -> Vec<Found> {
    let text = reading.text;
    let mut found = Vec::new();
    for line in lines(text) {
        for letters in chains(text, line.clone()) {
            let joined: String = text[letters.clone()].chars().filter(|c| !is_blank(*c)).collect();
            if is_one_word(text, &line, &letters, &joined) {
                let message = Message::new("finding-readable-spaced-word")
                    .with("found", &text[letters.clone()])
                    .with("instead", &joined);
                let one = Found::new(&SPACED_WORD, message).at(reading.at(letters));
                found.push(one.evidence(reading.evidence(&joined)));
            }
        }
    }
    found
}

fn is_one_word(text: &str, line: &Range<usize>, letters: &Range<usize>, joined: &str) -> bool {
    if WORDS.contains(&joined) {
        return true;
    }
    if joined.chars().all(|c| ALONE.contains(c)) {
        return false;
    }
    let is_pair = joined.chars().count() == 2;
    let is_heading = opens(&text[line.start..letters.start])
        && text[letters.end..line.end]
            .trim_start_matches(is_blank)
            .starts_with([':', '：', '】', '〕', '］', ']', '…']);
    // Three and more that each stand alone are set so on purpose: お 知 ら せ.
    !is_pair || is_heading && joined.chars().all(is_kanji)
}

/// Nothing but marks before it.
fn opens(before: &str) -> bool {
    !before.chars().any(char::is_alphanumeric)
}

fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end;
        range
    })
}

/// Rows of single Japanese letters with a few blanks between each two of them.
fn chains(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let mut chains: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for single in singles(text, line) {
        let between = last
            .and_then(|end| text.get(end..single.start))
            .unwrap_or_default();
        let is_near = (1..=BLANKS).contains(&between.chars().count()) && between.chars().all(is_blank);
        last = Some(single.end);
        match chains.last_mut() {
            Some(chain) if is_near => chain.end = single.end,
            _ => chains.push(single),
        }
    }
    chains.retain(|chain| text[chain.clone()].contains(is_blank));
    chains
}

/// Japanese letters without another letter or a digit on either side.
fn singles(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let mut singles = Vec::new();
    let mut before = ' ';
    let mut chars = text[line.clone()].char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map_or(' ', |(_, after)| *after);
        if is_letter(c) && !before.is_alphanumeric() && !after.is_alphanumeric() {
            let start = line.start + at;
            singles.push(start..start + c.len_utf8());
        }
        before = c;
    }
    singles
}

const fn is_letter(c: char) -> bool {
    is_kanji(c) || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}')
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{3000}' | '\u{A0}')
}

const fn is_kanji(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}')
}
