//! Whether 明日 and 来週 mean what stands beside them, on the day on which people read them.

use chrono::Datelike as _;

use super::{
    EXACT,
    cursor::Cursor,
    moment::{Date, Form, Moment, Month, Weekdays, Year},
    scan::Scan,
    spoken::{Meaning, Spoken},
    teller::Teller,
    view::View,
    weekday_of, wording,
};
use crate::{
    domain::finding::{Message, Severity},
    gate::rules::RuleInfo,
};

pub(super) const DAY: RuleInfo = RuleInfo::adjustable("accuracy.relative_day", Severity::Confirm, EXACT);
pub(super) const WORD: RuleInfo = RuleInfo::adjustable("accuracy.relative_word", Severity::Notice, EXACT);

/// What is looked at in front of a date that follows a word such as 来週: 来週の土曜日(12月5日).
const LONGEST_GAP: usize = 24;

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>, view: View) {
    let mut alone = None;
    for word in &scan.spoken {
        if let Some(date) = date_beside(scan, word) {
            if !fits(word.meaning, date, view) {
                let range = word.range.start.min(date.range.start)..word.range.end.max(date.range.end);
                tell(teller, scan, view, &range);
            }
        } else if let Some((weekdays, end)) = weekday_of::after(Cursor::new(scan.text, word.range.end)) {
            if !is_on(word.meaning, weekdays, view) {
                tell(teller, scan, view, &(word.range.start..end));
            }
        } else {
            alone = alone.or(Some(word));
        }
    }
    if let Some(word) = alone.filter(|_| view.today != view.judged) {
        let message = Message::new("finding-accuracy-relative-word")
            .with("found", scan.typed(&word.range))
            .with("today", view.today);
        teller.tell(&WORD, &message, &word.range, scan.words(&word.range));
    }
}

fn tell(teller: &mut Teller<'_, '_>, scan: &Scan<'_>, view: View, range: &std::ops::Range<usize>) {
    let range = scan.closed(range.clone());
    let message = Message::new("finding-accuracy-relative-day")
        .with("found", scan.typed(&range))
        .with("today", view.today);
    teller.tell(&DAY, &message, &range, scan.words(&range));
}

/// The date that explains a word: behind it, or before it when the word stands in brackets.
fn date_beside<'s>(scan: &'s Scan<'_>, word: &Spoken) -> Option<&'s Date> {
    let next = scan
        .moments
        .partition_point(|moment| moment.range().start < word.range.end);
    if let Some(Moment::Date(date)) = scan.moments.get(next) {
        let gap = scan.text.get(word.range.end..date.range.start)?;
        if is_beside(gap, word.meaning) || explains(scan, gap, date) {
            return Some(date);
        }
    }
    let Moment::Date(date) = scan.moments.get(next.checked_sub(1)?)? else {
        return None;
    };
    let gap = scan.text.get(date.range.end..word.range.start)?;
    let is_closed = scan.text[word.range.end..].starts_with(')');
    (gap == "(" && is_closed).then_some(date)
}

/// Whether a date behind a comma says which day the word means: 今日、12月5日(土)は; Tomorrow, December 10, the.
/// 本日、12月6日に is about two days.
fn explains(scan: &Scan<'_>, gap: &str, date: &Date) -> bool {
    let after = &scan.text[date.range.end..];
    match gap {
        "、" => after.starts_with('は') && !wording::reports(scan.text, &date.range),
        ", " => after.starts_with(','),
        _ => false,
    }
}

/// Whether nothing of importance stands between a word and a date.
fn is_beside(gap: &str, meaning: Meaning) -> bool {
    if gap.len() > LONGEST_GAP {
        return false;
    }
    match meaning {
        Meaning::Day(_) => matches!(gap, "" | " " | "の" | "(" | " ("),
        Meaning::Week(_) => {
            let gap = gap.strip_prefix('末').unwrap_or(gap);
            let gap = gap.strip_prefix('の').unwrap_or(gap);
            let mut rest = Cursor::new(gap, 0);
            if let Some((_, end)) = weekday_of::after(rest) {
                rest = Cursor::new(gap, end);
            }
            matches!(rest.rest(), "" | " " | "の" | "(" | "、")
        }
    }
}

fn fits(meaning: Meaning, date: &Date, view: View) -> bool {
    match meaning {
        Meaning::Week(weeks) => view.day_of(date).is_none_or(|day| view.is_in_week(day, weeks)),
        Meaning::Day(days) => view.days_on(days).is_none_or(|day| {
            let leans = matches!(date.form, Form::Bare | Form::Alone);
            let month = match date.month {
                Month::Written(month) if !leans => month == day.month(),
                _ => true,
            };
            let year = match date.year {
                Year::Written(year) if !leans => year == day.year(),
                _ => true,
            };
            date.day == day.day() && month && year
        }),
    }
}

fn is_on(meaning: Meaning, weekdays: Weekdays, view: View) -> bool {
    match meaning {
        // 来週(月) leaves nothing to compare.
        Meaning::Week(_) => true,
        Meaning::Day(days) => view
            .days_on(days)
            .is_none_or(|day| weekdays.contains(day.weekday())),
    }
}
