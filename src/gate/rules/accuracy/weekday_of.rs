//! Reads the days of the week that stand beside a date.

use chrono::Weekday;

use super::{cursor::Cursor, moment::Weekdays};

/// How far behind its first word a bracket may close, in bytes.
const BRACKET: usize = 90;

/// The days of the week that follow a date, and where they end: `(土)`, `(月・祝)`, `土曜日`, `, Sat`.
pub(super) fn after(mut cursor: Cursor<'_>) -> Option<(Weekdays, usize)> {
    cursor.spaces();
    if let Some(open) = cursor.eat_if(|c| matches!(c, '(' | '[' | '〔' | '【' | '〈' | '<')) {
        return in_bracket(cursor, closing(open));
    }
    cursor.eat(",");
    cursor.spaces();
    let mut days = Weekdays::default();
    if let Some(day) = cursor.peek().and_then(of_kanji) {
        cursor.eat_if(|_| true);
        if !cursor.eat("曜") {
            return None;
        }
        cursor.eat("日");
        days.insert(day);
    } else {
        days.insert(of_word(cursor.word())?);
    }
    Some((days, cursor.at()))
}

/// The day of the week that stands right before a bracket with a date in it: `土曜日(11月21日)`.
pub(super) fn before(text: &str) -> Option<Weekday> {
    let text = text.strip_suffix('(')?;
    let text = text.strip_suffix("曜日").or_else(|| text.strip_suffix("曜"))?;
    let mut back = text.chars().rev();
    let day = of_kanji(back.next()?)?;
    let is_one_of_several = back
        .next()
        .is_some_and(|c| matches!(c, '・' | '、' | ',' | '/' | '〜' | '~' | '-') || of_kanji(c).is_some());
    (!is_one_of_several).then_some(day)
}

/// The day of the week with which a text begins: `saturday`, `sat`, with its dot and comma.
pub(super) fn english(cursor: &mut Cursor<'_>) -> Option<Weekday> {
    let mut ahead = *cursor;
    let day = of_word(ahead.word())?;
    ahead.eat(".");
    ahead.eat(",");
    ahead.spaces();
    *cursor = ahead;
    Some(day)
}

const fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '〔' => '〕',
        '【' => '】',
        '〈' => '〉',
        _ => '>',
    }
}

fn in_bracket(mut cursor: Cursor<'_>, close: char) -> Option<(Weekdays, usize)> {
    cursor.spaces();
    if cursor.eat_any(&["祝日", "祝"]) {
        cursor.eat_if(is_separator);
    }
    cursor.eat("各");
    let mut days = Weekdays::default();
    let mut last = None;
    loop {
        let mut ahead = cursor;
        let through = last.is_some() && ahead.eat_any(&["〜", "~", "-", "から"]);
        if last.is_some() && !through {
            ahead.eat_if(is_separator);
        }
        let Some(day) = one(&mut ahead) else { break };
        match last {
            Some(first) if through => days.insert_through(first, day),
            _ => days.insert(day),
        }
        (last, cursor) = (Some(day), ahead);
    }
    let ends = |c| c == close || is_separator(c) || matches!(c, '祝' | '休' | '振' | '.');
    if days.is_empty() || !cursor.peek().is_some_and(ends) {
        return None;
    }
    let end = cursor
        .rest()
        .char_indices()
        .take_while(|(at, c)| *at < BRACKET && *c != '\n')
        .find(|(_, c)| *c == close)
        .map_or(0, |(at, c)| at + c.len_utf8());
    Some((days, cursor.at() + end))
}

/// One day of the week inside a bracket.
fn one(cursor: &mut Cursor<'_>) -> Option<Weekday> {
    if let Some(day) = cursor.peek().and_then(of_kanji) {
        cursor.eat_if(|_| true);
        if cursor.eat("曜") {
            cursor.eat("日");
        }
        return Some(day);
    }
    of_word(cursor.word())
}

const fn is_separator(c: char) -> bool {
    matches!(c, '・' | '/' | ',' | '、' | ' ' | '&' | 'と')
}

/// The day of the week that one character stands for.
const fn of_kanji(c: char) -> Option<Weekday> {
    Some(match c {
        '月' => Weekday::Mon,
        '火' => Weekday::Tue,
        '水' => Weekday::Wed,
        '木' => Weekday::Thu,
        '金' => Weekday::Fri,
        '土' => Weekday::Sat,
        '日' => Weekday::Sun,
        _ => return None,
    })
}

fn of_word(word: &str) -> Option<Weekday> {
    Some(match word {
        "mon" | "monday" => Weekday::Mon,
        "tue" | "tues" | "tuesday" => Weekday::Tue,
        "wed" | "wednesday" => Weekday::Wed,
        "thu" | "thur" | "thurs" | "thursday" => Weekday::Thu,
        "fri" | "friday" => Weekday::Fri,
        "sat" | "saturday" => Weekday::Sat,
        "sun" | "sunday" => Weekday::Sun,
        _ => return None,
    })
}

/// What people call a day of the week, in Japanese and in English.
pub(super) const fn names(day: Weekday) -> (&'static str, &'static str) {
    match day {
        Weekday::Mon => ("月曜日", "Monday"),
        Weekday::Tue => ("火曜日", "Tuesday"),
        Weekday::Wed => ("水曜日", "Wednesday"),
        Weekday::Thu => ("木曜日", "Thursday"),
        Weekday::Fri => ("金曜日", "Friday"),
        Weekday::Sat => ("土曜日", "Saturday"),
        Weekday::Sun => ("日曜日", "Sunday"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    use rstest::rstest;

    #[rstest]
    #[case("(土)", &[Sat], 5)]
    #[case(" (土)10時", &[Sat], 6)]
    #[case("(月・祝)", &[Mon], 11)]
    #[case("(祝・月)", &[Mon], 11)]
    #[case("(土日)", &[Sat, Sun], 8)]
    #[case("(土〜月)", &[Sat, Sun, Mon], 11)]
    #[case("(火曜日)", &[Tue], 11)]
    #[case("(sat)", &[Sat], 5)]
    #[case("(sat.)", &[Sat], 6)]
    #[case("(月・勤労感謝の日)", &[Mon], 26)]
    #[case("(日 雨天中止)", &[Sun], 18)]
    #[case("水曜日", &[Wed], 9)]
    #[case(" 木曜", &[Thu], 7)]
    #[case(", fri", &[Fri], 5)]
    fn beside_a_date_stands_its_weekday(
        #[case] text: &str,
        #[case] expected: &[Weekday],
        #[case] end: usize,
    ) {
        let mut days = Weekdays::default();
        for day in expected {
            days.insert(*day);
        }
        assert_eq!(after(Cursor::new(text, 0)), Some((days, end)));
    }

    #[rstest]
    #[case("(日本時間)")]
    #[case("(月1回)")]
    #[case("(祝)")]
    #[case("(祝日)")]
    #[case("(振替休日)")]
    #[case("(休日)")]
    #[case("(水道局)")]
    #[case("土地の相談")]
    #[case("(予定)")]
    #[case(" sunny")]
    fn other_words_are_none(#[case] text: &str) {
        assert_eq!(after(Cursor::new(text, 0)), None);
    }

    #[rstest]
    #[case("次の土曜日(", Some(Sat))]
    #[case("金・土曜日(", None)]
    #[case("(", None)]
    fn a_weekday_may_stand_before(#[case] text: &str, #[case] expected: Option<Weekday>) {
        assert_eq!(before(text), expected);
    }
}
