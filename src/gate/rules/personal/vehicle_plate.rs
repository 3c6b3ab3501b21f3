//! Number plates of vehicles: office, class, one syllable, and up to four digits; those of mopeds bear the
//! name of a town in place of office and class.

use std::sync::LazyLock;

use super::{
    CLAUSES, Hit, RuleInfo,
    context::{Vocabulary, after, before, is_japanese},
    view::{Tie, View},
};
use crate::domain::finding::Severity;

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("personal.vehicle_plate", Severity::Confirm, CLAUSES);

/// What stands on plates: the offices that register vehicles, and the regions with plates of their own.
static OFFICES: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::of(
        "札幌 函館 旭川 室蘭 釧路 帯広 北見 苫小牧 知床 十勝 青森 八戸 弘前 岩手 盛岡 平泉 宮城 仙台 秋田 山形 庄内 福島 会津 郡山 いわき 白河 \
         水戸 土浦 つくば 宇都宮 那須 とちぎ 日光 群馬 前橋 高崎 大宮 川口 所沢 川越 熊谷 春日部 越谷 千葉 成田 習志野 市川 船橋 袖ヶ浦 袖ケ浦 市原 \
         野田 柏 松戸 品川 世田谷 練馬 杉並 板橋 足立 江東 江戸川 葛飾 八王子 多摩 横浜 川崎 湘南 相模 新潟 長岡 上越 富山 石川 金沢 福井 山梨 \
         富士山 長野 松本 諏訪 安曇野 南信州 岐阜 飛騨 静岡 浜松 沼津 伊豆 名古屋 豊橋 三河 岡崎 豊田 尾張小牧 一宮 春日井 三重 鈴鹿 四日市 \
         伊勢志摩 滋賀 京都 大阪 なにわ 和泉 堺 神戸 姫路 奈良 飛鳥 和歌山 鳥取 島根 出雲 岡山 倉敷 広島 福山 山口 下関 徳島 香川 高松 愛媛 高知 \
         福岡 北九州 久留米 筑豊 佐賀 長崎 佐世保 熊本 大分 宮崎 鹿児島 奄美 沖縄",
    )
});

/// Syllables on plates: お, し, へ and ん are never used.
const SYLLABLES: &str =
    "あいうえかきくけこさすせそたちつてとなにぬねのはひふほまみむめもやゆよらりるれろわを";

pub(super) fn find(view: &View<'_>, hits: &mut Vec<Hit>) {
    for index in 0..view.groups.len() {
        if let Some((start, end)) = plate(view, index).or_else(|| town_plate(view, index)) {
            hits.push(Hit {
                rule: RULE,
                key: "finding-personal-vehicle-plate",
                at: start..end,
            });
        }
    }
}

/// Where a plate begins and ends whose class is this group.
fn plate(view: &View<'_>, index: usize) -> Option<(usize, usize)> {
    let class = &view.groups[index];
    let number = view.groups.get(index + 1)?;
    let between = &view.text[class.at.end..number.at.start];
    // A syllable, some spaces, and dots in place of leading digits.
    if !matches!(class.at.len(), 2 | 3) || between.len() > 24 {
        return None;
    }
    let mut rest = between.trim_start().chars();
    if !rest.next().is_some_and(|c| SYLLABLES.contains(c)) {
        return None;
    }
    let dots = rest.clone().filter(|c| matches!(c, '・' | '.' | '·')).count();
    if rest.any(|c| !matches!(c, '・' | '.' | '·' | ' ')) {
        return None;
    }
    let last = match (number.at.len(), view.groups.get(index + 2)) {
        (2, Some(next)) if next.tie == Tie::Hyphen && next.at.len() == 2 => next,
        (4, _) if class.at.len() == 3 => number,
        (length @ 1..=3, _) if dots > 0 && length + dots <= 4 => number,
        _ => return None,
    };
    let head = before(view.text, class.at.start, 6).trim_end();
    let office = OFFICES.longest_end(head)?;
    let spaces = view.text[..class.at.start].len() - view.text[..class.at.start].trim_end().len();
    Some((class.at.start - spaces - office.len(), last.at.end))
}

/// What tells that a vehicle is meant, since a town and a number stand in much else.
static VEHICLES: LazyLock<Vocabulary> = LazyLock::new(|| {
    Vocabulary::of(
        "原付 原動機付 バイク スクーター ミニカー ナンバー 車両 車体 標識 トラクター moped scooter plate",
    )
});

/// Where a plate given by a town begins and ends, whose number is this group.
fn town_plate(view: &View<'_>, index: usize) -> Option<(usize, usize)> {
    let number = &view.groups[index].at;
    let head = view.text[..number.start].trim_end_matches(' ');
    let syllable = head.chars().next_back().filter(|c| SYLLABLES.contains(*c))?;
    let head = &head[..head.len() - syllable.len_utf8()];
    let town = head.trim_end_matches(' ');
    if !town.ends_with(['市', '区', '町', '村']) {
        return None;
    }
    // 港市に 120台: a syllable that joins words stands apart only on a plate.
    let is_apart = town.len() < head.len();
    let end = match view.groups.get(index + 1) {
        Some(next) if number.len() == 2 && next.tie == Tie::Hyphen && next.at.len() == 2 => next.at.end,
        _ => number.end,
    };
    let joins = "はにのともをやか".contains(syllable);
    let goes_on = |c: char| is_japanese(c) && !"のはをがでとにもへ".contains(c);
    let is_number = (1..=5).contains(&number.len()) && !view.text[end..].starts_with(goes_on);
    let is_told =
        VEHICLES.is_in(before(view.text, number.start, 30)) || VEHICLES.is_in(after(view.text, end, 15));
    let near = before(town, town.len(), 8);
    let name = near.rsplit(|c| !is_japanese(c)).next().unwrap_or(near);
    (is_number && is_told && (is_apart || !joins) && name.chars().nth(1).is_some())
        .then_some((town.len() - name.len(), end))
}

#[cfg(test)]
mod tests {
    use crate::gate::rules::personal::tests::{found, values};
    use rstest::rstest;

    const RULE: &str = "personal.vehicle_plate";

    #[rstest]
    #[case("久留米 500 さ 12-34", 1)]
    #[case("久留米500さ12-34", 1)]
    #[case("品川３００あ１２－３４の車", 1)]
    #[case("筑豊 330 ね ・・12", 1)]
    #[case("久留米 580 た 1234", 1)]
    #[case("福岡 55 ひ 12-34", 1)]
    #[case("尾張小牧 301 す ･･･1", 1)]
    #[case("原付バイク「港市 い 12345」を保管", 1)]
    #[case("放置車両 港町あ987", 1)]
    #[case("みなと市 か 12-34 のスクーター", 1)]
    #[case("港市 い 12345", 0)]
    #[case("原付は港市に 120台あります", 0)]
    #[case("バイクの登録は、港市で 1,200件", 0)]
    #[case("原付の標識は市の 12番窓口", 0)]
    #[case("川崎10時に20-30人", 0)]
    #[case("長野19の2", 0)]
    #[case("横浜 10 と 2026", 0)]
    #[case("500 さ 12-34", 0)]
    #[case("定員30に12-34", 0)]
    #[case("富山 12 と 34", 0)]
    fn plates(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(found(text, RULE), expected, "{text}");
    }

    #[test]
    fn the_office_belongs_to_the_plate() {
        assert_eq!(
            values("車は尾張小牧 301 す 12-34 です", RULE),
            ["尾張小牧 301 す 12-34"]
        );
    }
}
