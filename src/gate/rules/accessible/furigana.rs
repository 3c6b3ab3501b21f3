//! Words of offices and building sites that many people cannot read.

use super::super::{Found, Reading, RuleInfo, Severity};
use crate::domain::finding::Message;

pub(super) const FURIGANA: RuleInfo =
    RuleInfo::adjustable("readable.furigana", Severity::Notice, &["KUR-4.5", "KUR-6.2a"]);

/// Words with their reading; each contains one of the [`RARE`] characters.
const WORDS: &[(&str, &str)] = &[
    ("罹災", "りさい"),
    ("罹患", "りかん"),
    ("堰堤", "えんてい"),
    ("汚泥", "おでい"),
    ("泥濘", "ぬかるみ"),
    ("浚渫", "しゅんせつ"),
    ("土嚢", "どのう"),
    ("溢水", "いっすい"),
    ("畦畔", "けいはん"),
    ("樋門", "ひもん"),
    ("樋管", "ひかん"),
    ("閘門", "こうもん"),
    ("陸閘", "りっこう"),
    ("暗渠", "あんきょ"),
    ("隧道", "ずいどう"),
    ("橋梁", "きょうりょう"),
    ("瓦礫", "がれき"),
    ("粉塵", "ふんじん"),
    ("塵芥", "じんかい"),
    ("煤煙", "ばいえん"),
    ("雪庇", "せっぴ"),
    ("旱魃", "かんばつ"),
    ("驟雨", "しゅうう"),
    ("嵩上げ", "かさあげ"),
    ("竣工", "しゅんこう"),
    ("繋留", "けいりゅう"),
    ("蔓延", "まんえん"),
    ("逼迫", "ひっぱく"),
    ("斡旋", "あっせん"),
    ("漏洩", "ろうえい"),
    ("改竄", "かいざん"),
    ("嘔吐", "おうと"),
    ("咳嗽", "がいそう"),
    ("痙攣", "けいれん"),
    ("褥瘡", "じょくそう"),
    ("誤嚥", "ごえん"),
    ("嚥下", "えんげ"),
    ("瑕疵", "かし"),
    ("嗜好", "しこう"),
    ("忌憚", "きたん"),
    ("諒承", "りょうしょう"),
    ("轢き逃げ", "ひきにげ"),
];

/// Characters by which a glance tells that one of the words may be there.
const RARE: [char; 39] = [
    '罹', '堰', '泥', '浚', '嚢', '溢', '畦', '樋', '閘', '渠', '隧', '梁', '礫', '塵', '煤', '庇', '旱',
    '驟', '嵩', '竣', '繋', '蔓', '逼', '斡', '洩', '竄', '嘔', '嗽', '痙', '褥', '嚥', '濘', '渫', '攣',
    '疵', '嗜', '憚', '諒', '轢',
];

const FIRST_KANJI: u32 = 0x4E00;
const LAST_KANJI: u32 = 0x9FFF;

/// One bit for each kanji.
static BITS: [u64; (LAST_KANJI - FIRST_KANJI) as usize / 64 + 1] = bits();

const fn bits() -> [u64; (LAST_KANJI - FIRST_KANJI) as usize / 64 + 1] {
    let mut bits = [0; (LAST_KANJI - FIRST_KANJI) as usize / 64 + 1];
    let mut index = 0;
    while index < RARE.len() {
        let at = RARE[index] as u32 - FIRST_KANJI;
        bits[at as usize / 64] |= 1 << (at % 64);
        index += 1;
    }
    bits
}

/// Whether a kanji is one of the rare ones.
pub(super) fn is_rare(c: char) -> bool {
    let at = u32::from(c).wrapping_sub(FIRST_KANJI);
    BITS.get(at as usize / 64)
        .is_some_and(|bits| bits >> (at % 64) & 1 == 1)
}

/// Each hard word once, unless its reading follows where it stands first.
pub(super) fn furigana(reading: &Reading<'_>) -> Vec<Found> {
    let text = reading.text;
    WORDS
        .iter()
        .filter_map(|(word, sounds)| {
            let start = text.find(word)?;
            let end = start + word.len();
            if is_explained(&text[end..]) {
                return None;
            }
            let message = Message::new("finding-readable-furigana")
                .with("found", word)
                .with("sounds", sounds);
            let found = Found::new(&FURIGANA, message).at(reading.at(start..end));
            Some(found.evidence(reading.evidence(word)))
        })
        .collect()
}

/// A bracket with kana in it follows: 罹災（りさい）.
fn is_explained(after: &str) -> bool {
    let mut after = after.chars();
    let opens = after
        .next()
        .is_some_and(|c| matches!(c, '（' | '(' | '《' | '〔' | '｜'));
    opens && after.next().is_some_and(|c| matches!(c, '\u{3041}'..='\u{30FE}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glance_sees_every_word_and_no_common_one() {
        for (word, _) in WORDS {
            assert!(word.chars().any(is_rare), "{word}");
        }
        for c in RARE {
            assert!(WORDS.iter().any(|(word, _)| word.contains(c)), "{c}");
        }
        assert!(!"一休日当番医避難指示龠\u{9FFF}あA😀".chars().any(is_rare));
    }
}
