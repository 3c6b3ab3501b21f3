//! One pass over a text that finds everything which the rules of this folder look at.

use std::ops::{Range, RangeInclusive};

use super::{
    clocks,
    cursor::Cursor,
    leftover,
    moment::{Date, Moment, Month, Year},
    spoken::{self, Spoken},
    years::Clash,
};
use crate::gate::reading::Reading;

/// A character or word that a rule may care about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A bracket or quotation mark.
    Bracket,
    /// A drawn sign that stands for a blank: 〇〇.
    Blank,
    /// What templates and drafts leave behind.
    Leftover,
    /// 訓練, drill.
    Drill,
    /// 円.
    Yen,
    /// A unit of length, weight or volume, perhaps, behind a number.
    Measure,
}

/// Where a sign begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// What it is.
    pub(super) sign: Sign,
    /// Its offset.
    pub(super) at: usize,
}

/// What a text holds, in the order of the text.
#[derive(Debug)]
pub(super) struct Scan<'t> {
    /// The normalised text.
    pub(super) text: &'t str,
    reading: &'t Reading<'t>,
    /// Whether digits are drawn anywhere: ①, ².
    has_drawn: bool,
    /// Where the last drawn digit ended.
    drawn: usize,
    /// Dates and times of day.
    pub(super) moments: Vec<Moment>,
    /// Words that lean on the reader's day.
    pub(super) spoken: Vec<Spoken>,
    /// Years that disagree with themselves.
    pub(super) clashes: Vec<Clash>,
    /// All years that are written.
    pub(super) years: Vec<i32>,
    /// Signs.
    pub(super) marks: Vec<Mark>,
    /// The month that was named last, with its year.
    pub(super) month: Option<(Year, Month)>,
}

impl<'t> Scan<'t> {
    /// Looks through a text.
    pub(super) fn of(reading: &'t Reading<'t>) -> Self {
        let mut scan = Self {
            text: reading.normalised.text(),
            reading,
            has_drawn: has_drawn(reading.text.as_bytes()),
            drawn: 0,
            moments: Vec::new(),
            spoken: Vec::new(),
            clashes: Vec::new(),
            years: Vec::new(),
            marks: Vec::new(),
            month: None,
        };
        let bytes = scan.text.as_bytes();
        let mut at = 0;
        while let Some(first) = bytes.get(at) {
            at = match first {
                0..0x80 => scan.ascii(*first, at),
                // The greater part of Japanese text: characters of three bytes that begin nothing.
                0xE0..0xF0 if !may_begin(bytes, at) => at + 3,
                _ => scan.character(at),
            };
        }
        scan
    }

    /// Which date ends the span that one date begins, and whether there is any: 11月21日(土)9時〜23日(月).
    pub(super) fn end_of_span(&self, start: usize) -> Option<(usize, &Date)> {
        let mut before = self.moments.get(start)?.range().end;
        for (index, moment) in self.moments.iter().enumerate().skip(start + 1).take(2) {
            let gap = self.text.get(before..moment.range().start)?;
            match moment {
                Moment::Date(date) => return is_connector(gap).then_some((index, date)),
                Moment::Clock(clock) if gap.trim().is_empty() => before = clock.range.end,
                Moment::Clock(_) => return None,
            }
        }
        None
    }

    /// The dates.
    pub(super) fn dates(&self) -> impl Iterator<Item = &Date> {
        self.moments.iter().filter_map(|moment| match moment {
            Moment::Date(date) => Some(date),
            Moment::Clock(_) => None,
        })
    }

    /// The signs of one kind.
    pub(super) fn signs(&self, sign: Sign) -> impl Iterator<Item = usize> {
        self.marks
            .iter()
            .filter(move |mark| mark.sign == sign)
            .map(|mark| mark.at)
    }

    /// A range with the bracket that closes it, if it holds one that it leaves open.
    pub(super) fn closed(&self, range: Range<usize>) -> Range<usize> {
        let words = self.words(&range);
        let is_open = words.matches('(').count() > words.matches(')').count();
        let is_closed = self.text[range.end..].starts_with(')');
        range.start..range.end + usize::from(is_open && is_closed)
    }

    /// The words of a range.
    pub(super) fn words(&self, range: &Range<usize>) -> &'t str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The words of a range as they were typed.
    pub(super) fn typed(&self, range: &Range<usize>) -> &'t str {
        let original = self.reading.original(range.clone());
        self.reading.text.get(original).unwrap_or_default()
    }

    /// Where to go on behind a digit that was drawn rather than written, such as ① or ²: it is no part of
    /// the number behind it.
    fn behind_drawn(&self, at: usize) -> Option<usize> {
        if !self.has_drawn {
            return None;
        }
        let place = self.reading.original(at..at + 1);
        let drawn = self.reading.text.get(place.clone())?.chars().next()?;
        if !matches!(drawn, '²' | '³' | '¹' | '\u{2070}'..='\u{209F}' | '\u{2460}'..='\u{24FF}') {
            return None;
        }
        let same = |next: &usize| self.reading.original(*next..*next + 1) == place;
        (at + 1..=self.text.len()).find(|next| *next == self.text.len() || !same(next))
    }

    /// A place in the text; what was drawn right before it does not count.
    pub(super) const fn cursor(&self, at: usize) -> Cursor<'t> {
        let cursor = Cursor::new(self.text, at);
        if self.drawn == at {
            cursor.begin_here()
        } else {
            cursor
        }
    }

    fn mark(&mut self, sign: Sign, at: usize) {
        self.marks.push(Mark { sign, at });
    }

    /// Looks at an ASCII character, and says where to go on.
    fn ascii(&mut self, first: u8, at: usize) -> usize {
        match first {
            b'0'..=b'9' => return self.number(at),
            b'a'..=b'z' => return self.word(at),
            b'(' | b')' | b'[' | b']' | b'"' => self.mark(Sign::Bracket, at),
            _ => {}
        }
        if matches!(first, b'{' | b'[' | b'<' | b'*' | b'$' | b'(') && leftover::begins(self.text, at) {
            self.mark(Sign::Leftover, at);
        }
        at + 1
    }

    /// Looks at any other character, and says where to go on.
    fn character(&mut self, at: usize) -> usize {
        let cursor = Cursor::new(self.text, at);
        let Some(c) = cursor.peek() else {
            return self.text.len();
        };
        let next = at + c.len_utf8();
        match c {
            '「' | '」' | '『' | '』' | '〔' | '〕' | '“' | '”' => self.mark(Sign::Bracket, at),
            '【' | '】' => {
                self.mark(Sign::Bracket, at);
                self.leftover(at);
            }
            '〇' => {
                self.mark(Sign::Blank, at);
                return self.kanji_date(at).unwrap_or(next);
            }
            '○' | '◯' | '△' | '×' | '●' | '■' | '□' | '◇' | '◎' | '☆' | '◆' | '▲' | '✕' =>
            {
                self.mark(Sign::Blank, at);
            }
            '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' => {
                let mut number = cursor;
                number.number();
                return self.kanji_date(at).unwrap_or(number.at());
            }
            '令' | '平' | '昭' => return self.kanji_date(at).unwrap_or(next),
            '午' | '正' => return self.clock(at).unwrap_or(next),
            '明' | '本' | '今' | '昨' | '来' | '先' | 'あ' | 'き' => {
                return self.spoken(at).unwrap_or(next);
            }
            '訓' if cursor.looks_at("訓練") => self.mark(Sign::Drill, at),
            '円' => self.mark(Sign::Yen, at),
            'こ' | 'ダ' | 'テ' | 'サ' | '仮' | '※' => self.leftover(at),
            _ => {}
        }
        next
    }

    fn leftover(&mut self, at: usize) {
        if leftover::begins(self.text, at) {
            self.mark(Sign::Leftover, at);
        }
    }

    fn spoken(&mut self, at: usize) -> Option<usize> {
        let spoken = spoken::japanese(Cursor::new(self.text, at))?;
        let end = spoken.range.end;
        self.spoken.push(spoken);
        Some(end)
    }

    fn clock(&mut self, at: usize) -> Option<usize> {
        let clock = clocks::read(self.cursor(at))?;
        let end = clock.range.end;
        self.moments.push(Moment::Clock(clock));
        Some(end)
    }

    fn number(&mut self, at: usize) -> usize {
        let end = end_of(self.text, at, |b| b.is_ascii_digit());
        if end - at > 6 {
            return end;
        }
        let mut unit = Cursor::new(self.text, end);
        unit.eat(" ");
        if matches!(
            unit.peek(),
            Some('k' | 'm' | 't' | 'l' | 'キ' | 'メ' | 'ト' | 'リ' | 'ミ')
        ) {
            self.mark(Sign::Measure, end);
        }
        let Some(unit @ ('年' | '月' | '日' | '時' | ':' | '/' | '.' | '-' | '(' | 'a'..='z')) = unit.peek()
        else {
            return end;
        };
        if let Some(behind) = self.behind_drawn(at) {
            self.drawn = behind;
            return behind;
        }
        let found = match unit {
            '年' | '月' => self.japanese_date(at),
            '日' => self.bare_day(at),
            '時' | ':' => self.clock(at),
            '/' | '.' | '-' => self.numeric_date(at),
            '(' => self.japanese_date(at).or_else(|| self.bare_day(at)),
            _ => self.clock(at).or_else(|| self.english_day_month(at)),
        };
        found.unwrap_or(end)
    }

    fn kanji_date(&mut self, at: usize) -> Option<usize> {
        self.japanese_date(at).or_else(|| self.numeric_date(at))
    }

    fn word(&mut self, at: usize) -> usize {
        let end = end_of(self.text, at, |b| b.is_ascii_lowercase());
        let word = &self.text[at..end];
        let next = self.text.as_bytes().get(end).copied().unwrap_or(b' ');
        if matches!(word, "http" | "https" | "www") && matches!(next, b':' | b'.') {
            return end_of(self.text, end, is_part_of_address);
        }
        match word {
            "r" | "h" | "s" if next.is_ascii_digit() => {
                if let Some(end) = self.kanji_date(at) {
                    return end;
                }
            }
            "am" | "pm" => {
                if let Some(end) = self.clock(at) {
                    return end;
                }
            }
            "drill" => self.mark(Sign::Drill, at),
            _ if word.len() >= 3 => {
                if let Some(end) = self.english_date(at) {
                    return end;
                }
                self.spoken.extend(spoken::english(word, at..end));
            }
            _ => {}
        }
        if leftover::is_word(word) {
            self.mark(Sign::Leftover, at);
        }
        // What is glued to a word is part of a name or an address.
        end_of(self.text, end, |b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'@')
        })
    }
}

/// Whether a text may hold drawn digits. Nearly none does, and a look at each number would be dear.
fn has_drawn(text: &[u8]) -> bool {
    let is_begun = |first: u8, second: RangeInclusive<u8>| {
        text.contains(&first)
            && text
                .windows(2)
                .any(|pair| pair[0] == first && second.contains(&pair[1]))
    };
    is_begun(0xE2, 0x81..=0x93) || is_begun(0xC2, 0xB2..=0xB9)
}

/// Where a stretch of ASCII characters of one kind ends.
fn end_of(text: &str, at: usize, is_part: impl Fn(u8) -> bool) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| is_part(**b)).count()
}

const fn is_part_of_address(b: u8) -> bool {
    b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'(' | b')' | b'[' | b']' | b'{' | b'}')
}

/// All characters of three bytes with which something begins.
const BEGINNINGS: &str =
    "「」『』〔〕“”【】〇○◯△●■□◇◎☆◆▲✕一二三四五六七八九十令平昭午正明本今昨来先あき訓円こダテサ仮※";

/// A bit for the lower twelve bits of each of them.
const BEGINNING_BITS: [u64; 64] = {
    let mut bits = [0; 64];
    let bytes = BEGINNINGS.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        bits[(bytes[at + 1] & 63) as usize] |= 1 << (bytes[at + 2] & 63);
        at += 3;
    }
    bits
};

/// Whether one of them may stand here; few others have the same lower bits.
fn may_begin(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at + 1..at + 3) {
        Some([second, third]) => BEGINNING_BITS[usize::from(second & 63)] >> (third & 63) & 1 == 1,
        _ => true,
    }
}

/// Whether what stands between two moments makes them the ends of a span.
pub(super) fn is_connector(gap: &str) -> bool {
    let gap = gap.trim();
    let gap = gap
        .strip_prefix("頃")
        .or_else(|| gap.strip_prefix("ごろ"))
        .unwrap_or(gap);
    let gap = gap.trim_start();
    let mut rest = gap.chars();
    match (rest.next(), rest.next()) {
        (Some(c), None) => matches!(c, '〜' | '~' | '-' | '‐' | '–' | '—' | '―' | '−' | 'ー'),
        _ => matches!(gap, "から" | "より" | "to" | "〜〜"),
    }
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
