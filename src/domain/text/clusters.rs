//! Grapheme clusters: what a reader takes for one character (UAX #29).

use unicode_segmentation::UnicodeSegmentation as _;

/// How many clusters a text has.
pub(super) fn count(text: &str) -> usize {
    let of_line = |line: &str| {
        if line.chars().all(stands_alone) {
            line.chars().count()
        } else {
            line.graphemes(true).count()
        }
    };
    // No cluster goes on behind the end of a line.
    text.split_inclusive('\n').map(of_line).sum()
}

/// Whether a character is one cluster beside any other of its kind: nearly all of an ordinary text.
pub(super) const fn stands_alone(c: char) -> bool {
    matches!(c, ' '..='~' | '\n' | '\u{3000}'..='\u{3029}' | 'ぁ'..='ゖ' | 'ァ'..='ヿ' | '一'..='\u{9FFF}' | '！'..='～')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stands_alone_is_one_cluster_beside_the_same() {
        for c in ('\0'..=char::MAX).filter(|c| stands_alone(*c)) {
            let pair = format!("{c}あ{c}{c}a");
            assert_eq!(pair.graphemes(true).count(), 5, "{c}");
        }
    }

    proptest! {
        #[test]
        fn the_short_cut_counts_the_same(text in "(\\PC|[\r\nあ一a\u{301}\u{3099}🌀👨\u{200D}\u{FE0F}🇯🇵각]){0,40}") {
            prop_assert_eq!(count(&text), text.graphemes(true).count());
        }
    }
}
