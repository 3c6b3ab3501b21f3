//! Whether there is such a date or time at all (2月30日, 25:70).

use chrono::NaiveDate;

use super::{
    EXACT,
    cursor::Cursor,
    moment::{Clock, Date, Half, Moment, Month, Year},
    scan::{Scan, is_connector},
    teller::Teller,
    wording,
};
use crate::{
    domain::finding::{Message, Severity},
    gate::rules::RuleInfo,
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("accuracy.impossible_date", Severity::Block, EXACT);

/// The last hour that people use for the night after: 30時 is six in the morning.
const LAST_HOUR: u32 = 30;

/// A year with a 29 February, for dates that do not say theirs.
const LEAP_YEAR: i32 = 2024;

/// What follows a time of day.
const AFTER_TIME: &[&str] = &[
    "〜",
    "~",
    "-",
    "から",
    "より",
    "まで",
    "に",
    "開",
    "頃",
    "ごろ",
    "集合",
    "スタート",
];

/// Words that say that two numbers are a ratio.
const RATIO: &[&str] = &["比", "割合", "縮尺", "希釈", "対", "法則", "倍"];

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>) {
    for (index, moment) in scan.moments.iter().enumerate() {
        let key = match moment {
            Moment::Date(date) if !is_possible(date) => "finding-accuracy-impossible-date",
            Moment::Clock(clock) if !can_be(clock) && is_time(scan, index, clock) => {
                "finding-accuracy-impossible-time"
            }
            _ => continue,
        };
        let range = moment.range();
        let message = Message::new(key).with("found", scan.typed(range));
        teller.tell(&RULE, &message, range, scan.words(range));
    }
}

fn is_possible(date: &Date) -> bool {
    let Month::Written(month) = date.month else {
        return (1..=31).contains(&date.day);
    };
    let year = match date.year {
        Year::Written(year) => year,
        _ => LEAP_YEAR,
    };
    NaiveDate::from_ymd_opt(year, month, date.day).is_some()
}

const fn can_be(clock: &Clock) -> bool {
    let last = match clock.half {
        Half::Morning => 12,
        Half::Afternoon => 24,
        Half::Unsaid => LAST_HOUR,
    };
    clock.hour <= last && clock.minute < 60
}

/// Whether two numbers with a colon are a time, and not a ratio or a score.
fn is_time(scan: &Scan<'_>, index: usize, clock: &Clock) -> bool {
    let words = scan.words(&clock.range);
    if clock.half != Half::Unsaid {
        return true;
    }
    if words.contains('時') {
        // 36時 may be one of many things, 9時75分 only one.
        return words.contains('分');
    }
    let around = &scan.text[wording::sentence(scan.text, &clock.range)];
    if clock.hour + clock.minute == 100 || wording::contains_any(around, RATIO) {
        return false;
    }
    let mut after = Cursor::new(scan.text, clock.range.end);
    after.spaces();
    let before = index.checked_sub(1).and_then(|before| scan.moments.get(before));
    let follows = before.is_some_and(|moment| {
        let gap = scan
            .text
            .get(moment.range().end..clock.range.start)
            .unwrap_or_default();
        gap.trim().is_empty() || is_connector(gap)
    });
    clock.hour >= 10 || follows || after.looks_at_any(AFTER_TIME)
}
