//! A place in a normalised text, and the few things that all parsers read there.

/// Spaces that people put between a number and its unit, at most.
const MOST_SPACES: usize = 2;

/// More digits than any date, time or year has: such a number is something else.
const MOST_DIGITS: usize = 6;

/// A number as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    /// What it says.
    pub(super) value: u32,
    /// How many digits it has.
    pub(super) digits: usize,
}

/// A place in a text. Copying it is how a parser remembers where to go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    from: usize,
}

impl<'t> Cursor<'t> {
    /// At a byte offset, which lies on a character boundary.
    pub(super) const fn new(text: &'t str, at: usize) -> Self {
        Self { text, at, from: 0 }
    }

    /// The same place with nothing before it.
    pub(super) const fn begin_here(mut self) -> Self {
        self.from = self.at;
        self
    }

    /// The offset.
    pub(super) const fn at(self) -> usize {
        self.at
    }

    /// All that follows.
    pub(super) fn rest(self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// All that comes before.
    pub(super) fn before(self) -> &'t str {
        self.text.get(self.from..self.at).unwrap_or_default()
    }

    /// The next character.
    pub(super) fn peek(self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Passes over a character that satisfies a condition.
    pub(super) fn eat_if(&mut self, is_wanted: impl Fn(char) -> bool) -> Option<char> {
        let next = self.peek().filter(|c| is_wanted(*c))?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Passes over a phrase, if it stands here.
    pub(super) fn eat(&mut self, phrase: &str) -> bool {
        let is_here = self.looks_at(phrase);
        if is_here {
            self.at += phrase.len();
        }
        is_here
    }

    /// Passes over the first of several phrases that stands here.
    pub(super) fn eat_any(&mut self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.eat(phrase))
    }

    /// Whether a phrase stands here.
    pub(super) fn looks_at(self, phrase: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        rest.starts_with(phrase.as_bytes())
    }

    /// Whether one of several phrases stands here.
    pub(super) fn looks_at_any(self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.looks_at(phrase))
    }

    /// Passes over a few spaces.
    pub(super) fn spaces(&mut self) {
        for _ in 0..MOST_SPACES {
            self.eat(" ");
        }
    }

    /// A number in ASCII digits, all of them.
    pub(super) fn digits(&mut self) -> Option<Number> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > MOST_DIGITS {
            return None;
        }
        let value = rest[..digits]
            .iter()
            .fold(0, |value, b| value * 10 + u32::from(b - b'0'));
        self.at += digits;
        Some(Number { value, digits })
    }

    /// A number in ASCII or in kanji: 二〇二六, 二十一, 十.
    pub(super) fn number(&mut self) -> Option<Number> {
        self.digits().or_else(|| self.kanji())
    }

    fn kanji(&mut self) -> Option<Number> {
        let (mut tens, mut ones, mut digits) = (0, 0, 0);
        let start = *self;
        while digits < MOST_DIGITS {
            if self.eat("十") {
                tens = ones.max(1) * 10;
                ones = 0;
            } else if let Some(digit) = self.peek().and_then(kanji_digit) {
                ones = ones * 10 + digit;
                // Each of them is as long as the next.
                self.at += '一'.len_utf8();
            } else {
                break;
            }
            digits += 1;
        }
        // 〇日 is a day that nobody has filled in.
        let is_blank = digits > 0 && tens + ones == 0;
        if is_blank {
            *self = start;
        }
        (digits > 0 && !is_blank).then_some(Number {
            value: tens + ones,
            digits,
        })
    }

    /// An English word: ASCII letters, all of them.
    pub(super) fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest
            .bytes()
            .position(|b| !b.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }
}

const fn kanji_digit(c: char) -> Option<u32> {
    Some(match c {
        '〇' => 0,
        '一' => 1,
        '二' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("21日", Some(21), "日")]
    #[case("二十一日", Some(21), "日")]
    #[case("十日", Some(10), "日")]
    #[case("三十日", Some(30), "日")]
    #[case("二〇二六年", Some(2026), "年")]
    #[case("〇日", None, "〇日")]
    #[case("1234567", None, "1234567")]
    #[case("日", None, "日")]
    fn numbers_are_read_as_people_write_them(
        #[case] text: &str,
        #[case] value: Option<u32>,
        #[case] rest: &str,
    ) {
        let mut cursor = Cursor::new(text, 0);
        assert_eq!(cursor.number().map(|number| number.value), value);
        assert_eq!(cursor.rest(), rest);
    }
}
