//! Addresses down to the house number. Those of buildings that are open to the public are published every
//! day, so an address that is told with such a building is passed over unless a person stands right beside.

use std::sync::LazyLock;

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{Vocabulary, after, before, has, is_japanese},
    view::{Group, Sign, Tie, View, is_hyphen, numeral},
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.address", Severity::Confirm, CLAUSES);

/// The longest name of a place before a number, and how far the words around an address reach.
const PLACE: usize = 24;
const BEFORE: usize = 60;
const AFTER: usize = 30;

/// Where everybody may go, and labels that announce such a place.
static FACILITIES: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::of(
        "会場 会 場所: 場所は 所在地 開催地 開催場所 集合 ところ: 場所】 とき・ところ 会場】 問い合わせ 問合せ 問合わせ 申込先 申し込み先 提出先 送付先 郵送先 宛先 応募先 あて先 \
         役所 役場 県庁 都庁 府庁 道庁 市庁 庁舎 支所 出張所 窓口 施設 避難所 避難場所 公民館 会館 体育館 図書館 美術館 博物館 資料館 記念館 交流館 文学館 水族館 \
         公会堂 ホール センター プラザ アリーナ ドーム スタジアム 劇場 映画館 広場 公園 球場 グラウンド 競技場 プール 温泉 道場 集会所 集会場 コミュニティ \
         学校 大学 高校 学園 学院 幼稚園 保育園 保育所 こども園 児童館 学童 病院 医院 クリニック 診療所 歯科 薬局 内科 保健所 消防署 消防局 警察署 交番 駐在所 裁判所 \
         税務署 法務局 労働局 郵便局 銀行 支店 本店 店舗 商店街 ショッピング モール スーパー ホテル 旅館 道の駅 駅 空港 港湾 駐車場 駐輪場 バス停 神社 寺 教会 墓地 霊園 斎場 \
         動物園 植物園 遊園 キャンプ場 市場 工場 工業団地 事務所 事務局 本部 委員会 協議会 協会 組合 株式会社 有限会社 法人 (株) (有) 財団 連盟 商工会 観光案内 展望 城跡 史跡 \
         課 係 あて 投票所 接種会場 店",
    )
});

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    let mut done = 0;
    for (index, group) in view.groups.iter().enumerate() {
        if group.at.start >= done && group.tie < Tie::Dot {
            let found = house(view.text, group.at.start).or_else(|| lot_after_postcode(view, index));
            done = tell(view.text, group.at.start, found, done, hits);
        }
    }
    for mark in view.marks.iter().filter(|mark| mark.sign == Sign::Lot) {
        let start = start_of_numeral(view.text, mark.at);
        if start >= done || !hits.iter().any(|hit| hit.at.contains(&start)) {
            let found = house(view.text, start);
            tell(view.text, start, found, 0, hits);
        }
    }
}

/// Notes an address whose number begins here; answers where the last one ended.
fn tell(text: &str, number: usize, found: Option<House>, done: usize, hits: &mut Vec<Hit>) -> usize {
    let Some(house) = found else { return done };
    let Some(place) = place_before(text, number, house.form) else {
        return done;
    };
    if is_home(text, place, house.end) {
        hits.push(Hit {
            rule: RULE,
            key: "finding-personal-address",
            at: place..house.end,
        });
    }
    house.end
}

/// How a house number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// In words (1丁目2番3号, 15番地), or as three numbers.
    Clear,
    /// As two numbers with a hyphen, like much else.
    Pair,
    /// As one number, behind a postal code.
    Bare,
}

struct House {
    form: Form,
    end: usize,
}

/// The house number that begins at a place.
fn house(text: &str, start: usize) -> Option<House> {
    let rest = number(&text[start..])?;
    let end = |rest: &str| text.len() - rest.len();
    if let Some(rest) = rest.strip_prefix("丁目") {
        let behind = number(rest.trim_start_matches([' ', 'の']))?;
        let behind = lot(behind).or_else(|| hyphened(behind).map(|(_, behind)| behind))?;
        return Some(House {
            form: Form::Clear,
            end: end(behind),
        });
    }
    if let Some(behind) = lot(rest) {
        return Some(House {
            form: Form::Clear,
            end: end(behind),
        });
    }
    let (numbers, behind) = hyphened(rest)?;
    let form = if numbers >= 2 { Form::Clear } else { Form::Pair };
    (numbers <= 4 && !counts(behind)).then(|| House {
        form,
        end: end(behind),
    })
}

/// What follows 番地, or 番 and a number, with all that belongs to it.
fn lot(rest: &str) -> Option<&str> {
    if let Some(behind) = rest.strip_prefix("番地") {
        let sub = behind.trim_start_matches(['の', ' ']);
        let sub = sub.strip_prefix(is_hyphen).unwrap_or(sub);
        return Some(number(sub).filter(|behind| !counts(behind)).unwrap_or(behind));
    }
    let behind = number(rest.strip_prefix('番')?.trim_start_matches(['の', ' ']))?;
    let behind = hyphened(behind).map_or(behind, |(_, behind)| behind);
    match behind.strip_prefix('号') {
        Some(behind) if !behind.starts_with(['車', '線', '館']) => Some(behind),
        Some(_) => None,
        None => (!counts(behind)).then_some(behind),
    }
}

/// How many numbers follow, each behind a hyphen or の, and what follows them.
fn hyphened(rest: &str) -> Option<(usize, &str)> {
    let (mut count, mut rest) = (0, rest);
    while let Some(behind) = rest.strip_prefix(|c| is_hyphen(c) || c == 'の').and_then(number) {
        count += 1;
        rest = behind;
    }
    (count > 0).then_some((count, rest))
}

/// What follows a number of up to five digits, or one in Chinese characters.
fn number(text: &str) -> Option<&str> {
    let digits = text.bytes().take(6).take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return (digits <= 5).then(|| &text[digits..]);
    }
    let letters = text.chars().take(6).take_while(|c| numeral(*c).is_some()).count();
    (1..=5)
        .contains(&letters)
        .then(|| &text[letters * '一'.len_utf8()..])
}

/// Whether what follows makes an amount or a date of the numbers.
fn counts(rest: &str) -> bool {
    const UNITS: &[&str] = &[
        "月",
        "日",
        "年",
        "時",
        "分",
        "秒",
        "回",
        "人",
        "名",
        "位",
        "勝",
        "敗",
        "点",
        "組",
        "班",
        "階",
        "歳",
        "才",
        "週",
        "円",
        "%",
        "℃",
        "度",
        "m",
        "c",
        "k",
        "g",
        "t",
        "mm",
        "ミリ",
        "センチ",
        "キロ",
        "メートル",
        "トン",
        "本",
        "個",
        "台",
        "件",
        "枚",
        "冊",
        "校",
        "世帯",
        "区間",
        "地区",
        "か所",
        "カ所",
        "ヶ所",
        "箇所",
        "か月",
        "ヶ月",
        "カ月",
        "メ",
        "号線",
        "車線",
        "セット",
        "部",
        "で勝",
        "で敗",
        "で引",
        "と",
        "~",
        "〜",
        "/",
        ":",
        ".",
        "期",
        "級",
        "種",
        "倍",
        "割",
        "泊",
        "便",
        "号車",
        "番線",
        "丁目",
        "年度",
        "学期",
        "限",
        "コース",
        "コート",
    ];
    UNITS.iter().any(|unit| rest.starts_with(unit))
}

/// A number behind a postal code and the name of a place.
fn lot_after_postcode(view: &View<'_>, index: usize) -> Option<House> {
    let group = &view.groups[index];
    let code = postcode_before(view, index)?;
    let between = &view.text[code..group.at.start];
    let is_name = |c: char| is_japanese(c) || matches!(c, ' ' | '\n');
    let is_short = between.chars().take(41).count() <= 40;
    (is_short && between.chars().all(is_name) && (1..=5).contains(&group.at.len())).then_some(House {
        form: Form::Bare,
        end: group.at.end,
    })
}

/// Where the postal code ends that the groups right before this one are.
fn postcode_before(view: &View<'_>, index: usize) -> Option<usize> {
    let last = view.groups.get(index.checked_sub(1)?)?;
    let first = match last.at.len() {
        7 => last,
        4 if last.tie == Tie::Hyphen => view.groups.get(index - 2).filter(|first| first.at.len() == 3)?,
        _ => return None,
    };
    let is_marked = |group: &Group| view.text[..group.at.start].trim_end().ends_with('〒');
    is_marked(first).then_some(last.at.end)
}

/// Where the name of the place begins that stands right before a number.
fn place_before(text: &str, number: usize, form: Form) -> Option<usize> {
    let head = &text[..number];
    let is_apart = head.ends_with([' ', '\n']);
    let head = head.strip_suffix([' ', '\n']).unwrap_or(head);
    // A score (3-2) stands apart from the name of a place, a house number joins it.
    if is_apart && form == Form::Pair {
        return None;
    }
    let near = before(head, head.len(), PLACE);
    let name = near
        .rsplit(|c: char| !is_japanese(c) && c != ' ')
        .next()
        .unwrap_or(near);
    let name = name.trim_start();
    if name.ends_with(['は', 'が', 'で', 'を', 'に', 'も', 'と', 'へ', 'や', 'ら']) && form != Form::Clear
    {
        return None;
    }
    // 住所は久留米市…: the place begins behind the particle, unless this is a part of its name.
    let name = match name.rsplit_once('は') {
        Some((_, place)) if names_place(place, form) => place,
        _ => name,
    };
    names_place(name, form).then(|| head.len() - name.len())
}

/// Whether a name is one of a town or a part of it.
fn names_place(name: &str, form: Form) -> bool {
    const KINDS: [char; 6] = ['市', '区', '町', '村', '郡', '字'];
    /// What makes another word of such a letter.
    const OTHERS: [char; 24] = [
        '民', '長', '内', '議', '立', '役', '営', '政', '外', '会', '道', '場', '間', '分', '別', '域', '制',
        '税', '史', '報', '職', '花', '歌', '木',
    ];
    let is_kind = |(at, c): (usize, char)| {
        KINDS.contains(&c) && at > 0 && !name[at + c.len_utf8()..].starts_with(OTHERS)
    };
    match form {
        // 市 alone is a whole town: `久留米市1-2` says nothing, `久留米市城南町1-2` does.
        Form::Pair => {
            let ends_as_part = name.ends_with(['町', '丁', '字', '村']) && name.char_indices().any(is_kind);
            let goes_on = name
                .char_indices()
                .any(|(at, c)| is_kind((at, c)) && name[at + c.len_utf8()..].chars().count() >= 2);
            ends_as_part || goes_on
        }
        _ => name.char_indices().any(is_kind),
    }
}

/// Whether an address may be somebody's home.
fn is_home(text: &str, start: usize, end: usize) -> bool {
    let ahead = before(text, start, BEFORE);
    let ahead = ahead.rsplit('。').next().unwrap_or(ahead);
    let ahead = from_last_lines(ahead);
    let behind = after(text, end, AFTER);
    let behind = behind.split('。').next().unwrap_or(behind);
    let behind = behind.split("\n\n").next().unwrap_or(behind);
    let is_public =
        FACILITIES.is_in(ahead) || FACILITIES.is_in(&text[start..end]) || FACILITIES.is_in(behind);
    !is_public || names_person_before(text, start, end) || names_person_behind(text, end)
}

/// The line of the place and the one before.
fn from_last_lines(ahead: &str) -> &str {
    let mut breaks = ahead.rmatch_indices('\n');
    let second = breaks.by_ref().nth(1);
    second.map_or(ahead, |(at, _)| &ahead[at + 1..])
}

/// Whether somebody is named right before an address, in its line and sentence.
fn names_person_before(text: &str, start: usize, end: usize) -> bool {
    let near = &text[start - before(text, start, 12).len()..end];
    names_person(near.rsplit(['。', '\n']).next().unwrap_or(near))
}

/// Whether somebody is named right behind an address, with nothing else between.
fn names_person_behind(text: &str, end: usize) -> bool {
    let near = after(text, end, 9);
    names_person(near.split(['。', '\n', ':', ')']).next().unwrap_or(near))
}

fn names_person(near: &str) -> bool {
    let others = [
        "皆さん",
        "みなさん",
        "皆様",
        "お客様",
        "氏名",
        "住宅",
        "様式",
        "多様",
        "宅配",
        "宅地",
        "同様",
    ];
    let mut near = near.to_owned();
    for other in others {
        near = near.replace(other, "");
    }
    has(&near, &["さん", "氏", "様", "宅", "方)", "容疑者"]) || near.ends_with('方')
}

/// Where the numeral begins that stands before a sign.
fn start_of_numeral(text: &str, at: usize) -> usize {
    let letters = text[..at]
        .chars()
        .rev()
        .take(5)
        .take_while(|c| numeral(*c).is_some())
        .count();
    at - letters * '一'.len_utf8()
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
