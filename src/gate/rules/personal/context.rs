//! What stands around a place: words that tell what a number is.

/// Words of a kind, found in a stretch of text without looking at each for itself.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// In the order of their bytes.
    words: Vec<&'static str>,
    /// One bit for each first character, so that most of a text is passed over at once.
    first: [u64; BITS / 64],
}

/// How many bits first characters share.
const BITS: usize = 2048;

/// The bit of a character.
const fn bit(c: char) -> (usize, u64) {
    let place = c as usize % BITS;
    (place / 64, 1 << (place % 64))
}

impl Vocabulary {
    /// Words separated by white space.
    pub(super) fn of(words: &'static str) -> Self {
        let mut words: Vec<_> = words.split_whitespace().collect();
        words.sort_unstable();
        let mut first = [0; BITS / 64];
        for c in words.iter().filter_map(|word| word.chars().next()) {
            let (index, mask) = bit(c);
            first[index] |= mask;
        }
        Self { words, first }
    }

    /// Whether one of the words stands in a text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        text.char_indices()
            .any(|(at, c)| self.may_start(c) && self.starts(&text[at..]))
    }

    /// Whether a text is one of the words.
    pub(super) fn has(&self, text: &str) -> bool {
        self.words.binary_search(&text).is_ok()
    }

    const fn may_start(&self, c: char) -> bool {
        let (index, mask) = bit(c);
        self.first[index] & mask != 0
    }

    /// Whether a text begins with one of the words.
    pub(super) fn starts(&self, text: &str) -> bool {
        let Some(first) = text.chars().next().filter(|c| self.may_start(*c)) else {
            return false;
        };
        let mut buffer = [0; 4];
        let first: &str = first.encode_utf8(&mut buffer);
        let from = self.words.partition_point(|word| *word < first);
        self.words[from..]
            .iter()
            .take_while(|word| word.starts_with(first))
            .any(|word| text.starts_with(word))
    }

    /// The longest of the words with which a text ends.
    pub(super) fn longest_end(&self, text: &str) -> Option<&'static str> {
        let ends = self.words.iter().filter(|word| text.ends_with(**word));
        ends.max_by_key(|word| word.len()).copied()
    }
}

/// Up to so many characters before a place.
pub(super) fn before(text: &str, at: usize, letters: usize) -> &str {
    let head = &text[..at];
    let start = head.char_indices().rev().take(letters).last();
    &head[start.map_or(at, |(start, _)| start)..]
}

/// Up to so many characters from a place on.
pub(super) fn after(text: &str, at: usize, letters: usize) -> &str {
    let tail = &text[at..];
    let end = tail
        .char_indices()
        .nth(letters)
        .map_or(tail.len(), |(end, _)| end);
    &tail[..end]
}

/// The same on the line of the place only.
pub(super) fn before_on_line(text: &str, at: usize, letters: usize) -> &str {
    let near = before(text, at, letters);
    near.rsplit('\n').next().unwrap_or(near)
}

/// Whether any of a few words stands in a text.
pub(super) fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Letters of names and addresses: Chinese characters and both syllabaries.
pub(super) const fn is_japanese(c: char) -> bool {
    is_kanji(c) || is_hiragana(c) || is_katakana(c)
}

pub(super) const fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3134F}' | '々' | '〇')
}

pub(super) const fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}')
}

pub(super) const fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A1}'..='\u{30FA}' | 'ー')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_where_they_stand() {
        let words = Vocabulary::of("会館 会場 図書館 a");
        assert!(words.is_in("市民会館で") && words.is_in("図書館") && words.is_in("xa"));
        assert!(!words.is_in("会社の図書") && !words.is_in(""));
        assert!(words.has("会場") && !words.has("会") && !words.has("会場で"));
        assert_eq!(words.longest_end("市民会館"), Some("会館"));
        assert_eq!(words.longest_end("会館で"), None);
    }

    #[test]
    fn stretches_lie_on_character_boundaries() {
        let text = "あい\nうえ";
        let at = "あい\nう".len();
        assert_eq!(before(text, at, 2), "\nう");
        assert_eq!(before(text, at, 99), "あい\nう");
        assert_eq!(before_on_line(text, at, 99), "う");
        assert_eq!(after(text, 3, 2), "い\n");
        assert_eq!((before(text, 0, 3), after(text, text.len(), 3)), ("", ""));
    }
}
