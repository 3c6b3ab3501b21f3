//! Whether a short entry is a word of its text, or only arises where two other words meet: 土人 is none in
//! 本土人口. Japanese leaves no spaces, so a dictionary decides: the entry is there unless the stretch
//! around it divides into fewer words without it.

use std::{ops::Range, sync::LazyLock};

use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed, options::WordBreakInvariantOptions};

/// How far from an end of an entry one looks, in characters.
const REACH: usize = 32;

/// How often a text is divided. Whoever writes more of such words than this gets no benefit of the doubt,
/// and the time that a text takes has an end.
const ASKED_AT_MOST: usize = 16;

static WORDS: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// The words of one normalised text.
pub(super) struct Boundary<'a> {
    text: &'a str,
    asked: usize,
}

impl<'a> Boundary<'a> {
    pub(super) const fn in_text(text: &'a str) -> Self {
        Self { text, asked: 0 }
    }

    /// Whether the entry at this place counts.
    pub(super) fn admits(&mut self, entry: &Range<usize>) -> bool {
        let start = entry.start - self.glued_before(entry.start);
        let end = entry.end + self.glued_after(entry.end);
        if (start, end) == (entry.start, entry.end) || self.asked == ASKED_AT_MOST {
            return true;
        }
        self.asked += 1;
        let with = words(&self.text[start..entry.start]) + 1 + words(&self.text[entry.end..end]);
        with <= words(&self.text[start..end])
    }

    /// The bytes before a place that may belong to a word which goes on behind it.
    fn glued_before(&self, at: usize) -> usize {
        let (before, after) = self.text.split_at(at);
        glued(after.chars().next(), before.chars().rev())
    }

    /// The same behind a place.
    fn glued_after(&self, at: usize) -> usize {
        let (before, after) = self.text.split_at(at);
        glued(before.chars().next_back(), after.chars())
    }
}

fn glued(beside: Option<char>, beyond: impl Iterator<Item = char>) -> usize {
    let script = beside.and_then(Script::of);
    beyond
        .take(REACH)
        .take_while(|c| script.is_some() && Script::of(*c) == script)
        .map(char::len_utf8)
        .sum()
}

fn words(text: &str) -> usize {
    // The first boundary of a text is its start.
    if text.is_empty() {
        0
    } else {
        WORDS.segment_str(text).count() - 1
    }
}

/// A script in which words stand side by side without anything between them. Hiragana is none: behind a
/// word it is mostly its ending or a particle, and dictionaries divide it badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Katakana,
    Kanji,
}

impl Script {
    const fn of(c: char) -> Option<Self> {
        match c {
            '\u{30A1}'..='\u{30FA}' | 'ー'..='ヿ' => Some(Self::Katakana),
            '々' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' => {
                Some(Self::Kanji)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn admits(text: &str, entry: &str) -> bool {
        let at = text.find(entry).expect("inside");
        Boundary::in_text(text).admits(&(at..at + entry.len()))
    }

    #[rstest]
    #[case("本土人口の推移", "土人")]
    #[case("出土人骨が見つかりました", "土人")]
    #[case("担当社員が説明します", "当社")]
    #[case("混乱交通情報", "乱交")]
    #[case("巨大麻袋を配ります", "大麻")]
    #[case("胡麻薬味のそば", "麻薬")]
    #[case("デマンドバスケット", "ドバス")]
    #[case("パナマポスト", "ナマポ")]
    #[case("火事場の馬鹿力", "馬鹿")]
    fn what_arises_by_chance_is_no_word(#[case] text: &str, #[case] entry: &str) {
        assert!(!admits(text, entry));
    }

    #[rstest]
    #[case("この馬鹿が", "馬鹿")]
    #[case("馬鹿野郎", "馬鹿")]
    #[case("大馬鹿者", "馬鹿")]
    #[case("馬鹿議員", "馬鹿")]
    #[case("支那人野郎", "支那人")]
    #[case("庁外秘文書", "庁外秘")]
    #[case("人事異動の内示", "内示")]
    #[case("人事内示", "内示")]
    #[case("マジウザい", "ウザい")]
    #[case("黒んぼが", "黒んぼ")]
    #[case("必死で死ねと言う", "死ね")]
    fn a_word_that_is_glued_to_others_stays_one(#[case] text: &str, #[case] entry: &str) {
        assert!(admits(text, entry));
    }

    #[test]
    fn nobody_hides_a_word_behind_many_accidents() {
        let text = "本土人口、".repeat(ASKED_AT_MOST + 1);
        let mut boundary = Boundary::in_text(&text);
        let admitted: Vec<bool> = text
            .match_indices("土人")
            .map(|(at, found)| boundary.admits(&(at..at + found.len())))
            .collect();
        assert_eq!(admitted.iter().filter(|admitted| **admitted).count(), 1);
        assert_eq!(admitted.last(), Some(&true));
    }
}
