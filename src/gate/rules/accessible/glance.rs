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
    /// A hashtag in Latin letters.
    Hash,
    /// Many Latin capitals.
    Capitals,
    /// A blank behind a Japanese letter that stands alone.
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
        let mut length = sentence::Length::default();
        let mut capitals = 0;
        let (mut farther, mut before) = ('\n', '\n');
        for c in text.chars() {
            match c {
                '\u{3041}'..='\u{30FE}' => length.add_letter(),
                '\u{4E00}'..='\u{9FFF}' => {
                    length.add_letter();
                    if furigana::is_rare(c) {
                        glance.add(Sight::Hard);
                    }
                }
                'A'..='Z' | 'Ａ'..='Ｚ' => capitals += 1,
                ' ' | '\u{3000}' if is_japanese(before) && !farther.is_alphanumeric() => {
                    glance.add(Sight::Spaced);
                }
                '\0'..='\u{7F}' => length.count(c),
                other => {
                    length.count(c);
                    glance.see(other);
                }
            }
            if matches!(before, '#' | '＃') && c.is_ascii_alphabetic() {
                glance.add(Sight::Hash);
            }
            (farther, before) = (before, c);
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
    fn see(&mut self, c: char) {
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
