//! Recognising a text that was said before, word for word or nearly so.

use super::normalise::{Normalised, fingerprint_of, is_blank};
use crate::domain::digest::TextMark;

/// How many letters make a piece.
const PIECE: usize = 3;

/// In how many of the 64 bits the sketches of nearly equal texts may differ: where the pairs of the tests
/// below part.
const NEAR: u32 = 8;

/// What is kept of a text to recognise it.
#[must_use]
pub fn text_mark(text: &str) -> TextMark {
    mark_of(&Normalised::of(text))
}

/// The same for a text that was normalised before. White space counts for nothing.
pub(super) fn mark_of(text: &Normalised) -> TextMark {
    TextMark {
        fingerprint: fingerprint_of(&text.letters()),
        sketch: sketch_of(text),
    }
}

/// The part of a mark that nearly equal texts nearly share, and equal ones wholly.
pub(super) fn sketch_of(text: &Normalised) -> u64 {
    sketch(text.text().chars().filter(|letter| !is_blank(*letter)))
}

/// Whether a text was nearly the one with this sketch, or that very one.
pub(super) const fn is_near(said: &TextMark, sketch: u64) -> bool {
    (said.sketch ^ sketch).count_ones() <= NEAR
}

/// A `SimHash` (Charikar 2002) over all pieces of three letters: each bit is what most pieces have there.
fn sketch(letters: impl Iterator<Item = char>) -> u64 {
    let mut counts = Counts::new();
    let mut piece = 0u64;
    let mut seen = 0usize;
    for letter in letters {
        // 21 bits hold every letter, so 63 hold a piece.
        piece = ((piece << 21) | u64::from(u32::from(letter))) & ((1 << 63) - 1);
        seen += 1;
        if seen >= PIECE {
            counts.add(mixed(piece));
        }
    }
    if seen < PIECE {
        counts.add(mixed(piece));
    }
    counts.majority()
}

/// Spreads a piece over all bits (the finalizer of `SplitMix64`).
const fn mixed(piece: u64) -> u64 {
    let mut bits = piece.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// How often each of 64 bits was set: eight counters of one byte in each word, emptied before they overflow.
struct Counts {
    small: [u64; 8],
    in_small: u8,
    total: u32,
    set: [u32; 64],
}

impl Counts {
    const fn new() -> Self {
        Self {
            small: [0; 8],
            in_small: 0,
            total: 0,
            set: [0; 64],
        }
    }

    fn add(&mut self, bits: u64) {
        /// The lowest bit of each byte.
        const LANES: u64 = 0x0101_0101_0101_0101;
        for (shift, word) in self.small.iter_mut().enumerate() {
            *word += (bits >> shift) & LANES;
        }
        self.in_small += 1;
        if self.in_small == u8::MAX {
            self.empty();
        }
    }

    fn empty(&mut self) {
        for (shift, word) in self.small.iter_mut().enumerate() {
            for (lane, count) in word.to_le_bytes().into_iter().enumerate() {
                self.set[8 * lane + shift] += u32::from(count);
            }
            *word = 0;
        }
        self.total += u32::from(self.in_small);
        self.in_small = 0;
    }

    fn majority(mut self) -> u64 {
        self.empty();
        let total = self.total;
        let set = self.set.iter().enumerate();
        set.filter(|(_, count)| 2 * **count > total)
            .fold(0, |bits, (bit, _)| bits | (1 << bit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const TOBAN: &str = "あけぼの市からのお知らせです。12月6日(日)の休日当番医は、中央通りの「みなと内科クリニック」です。\
        診療時間は午前9時から午後5時まで、受付は終了の30分前までです。";
    const DANSUI: &str = "水道管の修理のため、東町1丁目と2丁目で断水します。12月3日(木)午後10時から翌朝5時まで水が出ません。\
        前もって水のくみ置きをお願いします。ご不便をおかけします。";

    fn distance(one: &str, other: &str) -> u32 {
        (text_mark(one).sketch ^ text_mark(other).sketch).count_ones()
    }

    #[rstest]
    #[case::a_word(TOBAN, &TOBAN.replace("みなと内科", "みなみ内科"))]
    #[case::a_full_stop(TOBAN, &TOBAN.replace("です。診", "です！診"))]
    #[case::an_ending(DANSUI, &format!("{DANSUI}(再掲)"))]
    #[case::an_hour(DANSUI, &DANSUI.replace("午後10時", "午後11時"))]
    fn a_small_change_is_near(#[case] one: &str, #[case] other: &str) {
        assert!(
            is_near(&text_mark(one), text_mark(other).sketch),
            "{}",
            distance(one, other)
        );
        assert_ne!(text_mark(one).fingerprint, text_mark(other).fingerprint);
    }

    #[rstest]
    #[case::other_news(TOBAN, DANSUI)]
    #[case::the_all_clear(
        DANSUI,
        "東町1丁目と2丁目の断水は、12月4日(金)午前4時に終わりました。ご協力ありがとうございました。"
    )]
    #[case::short("図書館は本日休館です。", "図書館は本日開館です。")]
    fn other_news_is_not_near(#[case] one: &str, #[case] other: &str) {
        assert!(
            !is_near(&text_mark(one), text_mark(other).sketch),
            "{}",
            distance(one, other)
        );
    }

    #[test]
    fn white_space_and_width_count_for_nothing() {
        assert_eq!(
            text_mark("断水は　解消しました。"),
            text_mark("断水は解消しました｡")
        );
        assert_eq!(text_mark("").sketch, text_mark(" \n").sketch);
    }

    #[test]
    fn the_counters_do_not_overflow() {
        let long = "あいうえお".repeat(2_000);
        assert_eq!(distance(&long, &long.repeat(2)), 0);
    }
}
