//! One look at every character of a text, which tells what to look for.

use super::{characters, emoji, furigana, sentence};

/// Something of which a text shows a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// A character that depends on the platform.
    Platform,
    /// A letter of a decorative alphabet.
    Decorated,
    /// An emoji.
    Emoji,
    /// A hashtag.
    Hash,
    /// Many Latin capitals.
    Capitals,
    /// A blank behind a Japanese letter.
    Spaced,
    /// A sentence that goes on and on.
    Long,
    /// A character that few people can read.
    Hard,
}

/// What a text shows signs of.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Glance(u8);

/// Fewer capitals than this are no three words of four letters.
const MANY_CAPITALS: usize = 12;

impl Glance {
    pub(super) fn at(text: &str) -> Self {
        let mut glance = Self::default();
        let mut before = '\n';
        let mut capitals = 0;
        let mut length = sentence::Length::default();
        for c in text.chars() {
            length.count(c);
            match c {
                '#' => glance.add(Sight::Hash),
                ' ' if is_japanese(before) => glance.add(Sight::Spaced),
                'A'..='Z' => capitals += 1,
                '\0'..='\u{7F}' | '\u{3041}'..='\u{30FE}' => {}
                '\u{4E00}'..='\u{9FFF}' => {
                    if furigana::is_rare(c) {
                        glance.add(Sight::Hard);
                    }
                }
                'Ａ'..='Ｚ' => capitals += 1,
                other => glance.see(other, before),
            }
            before = c;
        }
        if capitals >= MANY_CAPITALS {
            glance.add(Sight::Capitals);
        }
        if length.was_too_long() {
            glance.add(Sight::Long);
        }
        glance
    }

    pub(super) const fn has(self, sight: Sight) -> bool {
        self.0 & 1 << sight as u8 != 0
    }

    const fn add(&mut self, sight: Sight) {
        self.0 |= 1 << sight as u8;
    }

    /// What is neither ASCII, kana nor a common kanji.
    fn see(&mut self, c: char, before: char) {
        match c {
            '＃' => self.add(Sight::Hash),
            '\u{3000}' if is_japanese(before) => self.add(Sight::Spaced),
            _ => {}
        }
        if characters::depends_on_platform(c) {
            self.add(Sight::Platform);
        }
        if characters::is_decorated(c) {
            self.add(Sight::Decorated);
        }
        if emoji::is_sign(c) {
            self.add(Sight::Emoji);
        }
    }
}

const fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FE}' | '\u{4E00}'..='\u{9FFF}')
}
