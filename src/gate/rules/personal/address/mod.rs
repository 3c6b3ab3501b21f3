//! Addresses down to the house number. Those of buildings that are open to the public are published every
//! day, so an address that is told with such a building is passed over unless a person stands right beside.

mod house;

use std::sync::LazyLock;

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{Vocabulary, after, before, has, is_hiragana, is_japanese},
    view::{Group, Sign, Tie, View},
};
use crate::domain::finding::Severity;
use house::{Form, House, house, start_of_numeral};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.address", Severity::Confirm, CLAUSES);

/// The longest name of a place before a number, and how far the words around an address reach.
const PLACE: usize = 24;
const BEFORE: usize = 60;
const AFTER: usize = 30;

/// Where everybody may go, and labels that announce such a place.
static FACILITIES: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::of(
        "会場 場所: 場所は 所在地 開催地 開催場所 集合 ところ: 場所】 とき・ところ 会場】 問い合わせ 問合せ 問合わせ 申込先 申し込み先 提出先 送付先 郵送先 \
         役所 役場 県庁 都庁 府庁 道庁 市庁 庁舎 支所 出張所 窓口 施設 避難所 避難場所 公民館 会館 体育館 図書館 美術館 博物館 資料館 記念館 交流館 文学館 水族館 \
         公会堂 ホール センター プラザ アリーナ ドーム スタジアム 劇場 映画館 広場 公園 球場 グラウンド 競技場 プール 温泉 道場 集会所 集会場 コミュニティ \
         学校 大学 高校 学園 学院 幼稚園 保育園 保育所 こども園 児童館 学童 病院 医院 クリニック 診療所 歯科 薬局 内科 保健所 消防署 消防局 警察署 交番 駐在所 裁判所 \
         税務署 法務局 労働局 郵便局 銀行 支店 本店 店舗 商店街 ショッピング モール スーパー ホテル 旅館 道の駅 駅( 駅前 駅で 駅に 駅: 空港 港湾 駐車場 駐輪場 バス停 神社 寺( 寺で 寺に 寺: 教会 墓地 霊園 斎場 \
         動物園 植物園 遊園 キャンプ場 市場 工場 工業団地 事務所 事務局 本部 委員会 協議会 協会 組合 株式会社 有限会社 法人 (株) (有) 財団 連盟 商工会 観光案内 展望 城跡 史跡 \
         本社 支社 営業所 事業所 議場 議事堂 課 宛て 投票所 店( 店で 店に 店:",
    )
});

/// Notices that speak of streets, not of who lives there.
static AREAS: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::of(
        "断水 停電 通行止 通行規制 交通規制 冠水 漏水 道路工事 水道工事 工事区間 区域 対象地区 対象地域 収集日 避難指示",
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
    done = 0;
    for mark in view.marks.iter().filter(|mark| mark.sign == Sign::Lot) {
        let start = start_of_numeral(view.text, mark.at);
        if start >= done {
            done = tell(view.text, start, house(view.text, start), done, hits);
        }
    }
}

/// Notes an address whose number begins here; answers where the last one ended.
fn tell(text: &str, number: usize, found: Option<House>, done: usize, hits: &mut Vec<Hit>) -> usize {
    let Some(house) = found else { return done };
    let place = place_before(text, number, house.form).or_else(|| quarter_before(text, number, &house));
    let Some(place) = place else { return done };
    if is_home(text, place, house.end) {
        hits.push(Hit {
            rule: RULE,
            key: "finding-personal-address",
            at: place..house.end,
        });
    }
    house.end
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
        4 if last.tie == Tie::Hyphen => {
            let first = view.groups.get(index.checked_sub(2)?)?;
            (first.at.len() == 3).then_some(first)?
        }
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
    let ends_phrase = name.ends_with(['は', 'が', 'で', 'を', 'に', 'も', 'と', 'へ', 'や', 'ら']);
    if ends_phrase && matches!(form, Form::Pair | Form::Bare) {
        return None;
    }
    // 住所は久留米市…, 会館 久留米市…: the place begins there, unless this is a part of its name.
    let name = [' ', 'は'].iter().fold(name, |name, border| {
        let place = name.rsplit_once(*border).map(|(_, place)| place);
        place.filter(|place| names_place(place, form)).unwrap_or(name)
    });
    names_place(name, form).then(|| head.len() - name.len())
}

/// Where the name of a quarter begins that nothing but its number tells as one: 桜台3丁目8番12号, or
/// 桜台1-2-34 with a room behind it.
fn quarter_before(text: &str, number: usize, house: &House) -> Option<usize> {
    const ROOMS: &[&str] = &["号室", "自宅", "アパート", "マンション"];
    let is_told = match house.form {
        Form::Block => true,
        Form::Clear => has(after(text, house.end, 20), ROOMS),
        Form::Pair | Form::Bare => false,
    };
    let near = before(text, number, PLACE);
    let name = near
        .rsplit(|c: char| !is_japanese(c) || is_hiragana(c))
        .next()
        .unwrap_or(near);
    (is_told && name.chars().nth(1).is_some()).then(|| number - name.len())
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
    let ahead = without_sources(from_last_lines(ahead));
    let behind = after(text, end, AFTER);
    // 1-2-3で…, 1-2-3、…: what follows happens there, or is something else.
    let behind = behind.split(['。', '、', 'で', 'を']).next().unwrap_or(behind);
    let behind = behind.split("\n\n").next().unwrap_or(behind);
    let is_public = FACILITIES.is_in(ahead)
        || FACILITIES.is_in(behind)
        || AREAS.is_in(ahead)
        || AREAS.is_in(after(text, end, AFTER));
    !is_public || names_person_before(text, start, end) || names_person_behind(text, end)
}

/// What stands behind words for where the news comes from: 消防署によると…
fn without_sources(ahead: &str) -> &str {
    ["によると", "によれば", "管内", "の発表"]
        .iter()
        .fold(ahead, |ahead, word| ahead.rsplit(word).next().unwrap_or(ahead))
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
    /// Each with what makes another word of it, before and behind.
    const WORDS: &[(&str, &[&str], &[&str])] = &[
        ("さん", &["皆", "みな", "たく"], &[]),
        ("様", &["皆", "客", "多", "同", "模", "仕"], &["式", "々", "子"]),
        ("氏", &[], &["名", "神"]),
        ("宅", &["住", "帰"], &["配", "地"]),
        ("容疑者", &[], &[]),
        ("方)", &[], &[]),
    ];
    let stands = |(word, before, behind): &(&str, &[&str], &[&str])| {
        near.match_indices(word).any(|(at, _)| {
            let (head, tail) = (&near[..at], &near[at + word.len()..]);
            !before.iter().any(|other| head.ends_with(other))
                && !behind.iter().any(|other| tail.starts_with(other))
        })
    };
    WORDS.iter().any(stands) || near.ends_with('方')
}

#[cfg(test)]
mod tests;
