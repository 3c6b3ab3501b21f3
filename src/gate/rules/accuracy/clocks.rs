//! Reads times of day.

use super::{
    cursor::Cursor,
    moment::{Clock, Half},
};

/// What follows a number and 時 where it is no time of day.
const OTHER_HOURS: &[&str] = &["間", "点", "期", "代", "給", "短", "速", "限", "刻表"];

/// A time of day that begins here: 9時30分, 13:30, 午後一時, 10 a.m., 正午.
pub(super) fn read(mut cursor: Cursor<'_>) -> Option<Clock> {
    let start = cursor.at();
    if cursor.eat("正午") {
        return Some(clock(start, &cursor, (12, 0), Half::Unsaid));
    }
    let half = before(&mut cursor);
    if half != Half::Unsaid {
        cursor.spaces();
    } else if is_part_of_something(cursor.before()) {
        return None;
    }
    let hour = match half {
        // 一時 mostly means "for a while".
        Half::Unsaid => cursor.digits(),
        _ => cursor.number(),
    };
    let hour = hour.filter(|hour| hour.digits <= 2)?.value;
    let minute = minute(&mut cursor);
    let after = after(&mut cursor);
    let half = if after == Half::Unsaid { half } else { after };
    let minute = minute.or((after != Half::Unsaid).then_some(0))?;
    Some(clock(start, &cursor, (hour, minute), half))
}

const fn clock(start: usize, end: &Cursor<'_>, (hour, minute): (u32, u32), half: Half) -> Clock {
    Clock {
        range: start..end.at(),
        hour,
        minute,
        half,
    }
}

fn is_part_of_something(before: &str) -> bool {
    before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '/' | '_' | '=' | '#'))
}

fn before(cursor: &mut Cursor<'_>) -> Half {
    if cursor.eat_any(&["午前", "am"]) {
        Half::Morning
    } else if cursor.eat_any(&["午後", "pm"]) {
        Half::Afternoon
    } else {
        Half::Unsaid
    }
}

fn after(cursor: &mut Cursor<'_>) -> Half {
    let mut ahead = *cursor;
    ahead.eat(" ");
    let half = if ahead.eat_any(&["a.m.", "am"]) {
        Half::Morning
    } else if ahead.eat_any(&["p.m.", "pm"]) {
        Half::Afternoon
    } else {
        return Half::Unsaid;
    };
    if ahead.peek().is_some_and(|c| c.is_ascii_alphanumeric()) {
        return Half::Unsaid;
    }
    *cursor = ahead;
    half
}

/// What follows the hour; nothing if the number before was no hour.
fn minute(cursor: &mut Cursor<'_>) -> Option<u32> {
    if cursor.eat(":") {
        let minute = cursor.digits().filter(|minute| minute.digits == 2)?;
        let goes_on = cursor.peek().is_some_and(|c| c == ':' || c.is_ascii_alphabetic());
        let is_half = cursor.looks_at_any(&["am", "pm"]);
        return (!goes_on || is_half).then_some(minute.value);
    }
    cursor.eat(" ");
    if !cursor.eat("時") || cursor.looks_at_any(OTHER_HOURS) {
        return None;
    }
    if cursor.eat("半") {
        return Some(30);
    }
    let mut ahead = *cursor;
    ahead.eat(" ");
    let minute = ahead.number().filter(|minute| minute.digits <= 3);
    match minute {
        Some(minute) if ahead.eat("分") && !ahead.looks_at("間") => {
            *cursor = ahead;
            Some(minute.value)
        }
        _ => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("9時", 9 * 60)]
    #[case("9時半から", 9 * 60 + 30)]
    #[case("13時30分", 13 * 60 + 30)]
    #[case("13:30-", 13 * 60 + 30)]
    #[case("午後1時30分", 13 * 60 + 30)]
    #[case("午後一時十五分", 13 * 60 + 15)]
    #[case("午前 10 時", 10 * 60)]
    #[case("pm1:00〜", 13 * 60)]
    #[case("1:30 p.m.", 13 * 60 + 30)]
    #[case("10am", 10 * 60)]
    #[case("10 am to", 10 * 60)]
    #[case("正午", 12 * 60)]
    #[case("25:00", 25 * 60)]
    #[case("24時", 24 * 60)]
    #[case("午後12時30分", 12 * 60 + 30)]
    fn times_are_read(#[case] text: &str, #[case] minutes: u32) {
        let clock = read(Cursor::new(text, 0)).expect("a time");
        assert_eq!(clock.minutes(), minutes);
    }

    #[rstest]
    #[case("3時間")]
    #[case("24時間営業")]
    #[case("16:9")]
    #[case("1:100")]
    #[case("1:15:30")]
    #[case("一時停止")]
    #[case("100時")]
    #[case("5 ambulances")]
    #[case("10人")]
    fn other_numbers_are_none(#[case] text: &str) {
        assert_eq!(read(Cursor::new(text, 0)), None);
    }
}
