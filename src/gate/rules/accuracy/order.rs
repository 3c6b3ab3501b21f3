//! Whether what begins ends later (23日〜21日, 15:00〜13:30).

use chrono::{Datelike as _, NaiveDate};

use super::{
    EXACT,
    moment::{Clock, Date, Form, Half, Moment, Month, Year},
    scan::{Scan, is_connector},
    teller::Teller,
    view::View,
};
use crate::{
    domain::finding::{Message, Severity},
    gate::rules::RuleInfo,
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("accuracy.order", Severity::Confirm, EXACT);

/// A span around the turn of the year that is longer than this many days was hardly meant.
const LONG: i64 = 300;

/// From this minute of the day on, what ends in the morning ends on the next day.
const EVENING: u32 = 16 * 60;

/// Longer than this nothing goes on over night, in minutes: 17:00 to 9:00 does.
const LONGEST_NIGHT: u32 = 17 * 60;

const DAY: u32 = 24 * 60;

/// Up to this minute it is morning.
const NOON: u32 = 12 * 60;

pub(super) fn check_times(teller: &mut Teller<'_, '_>, scan: &Scan<'_>) {
    for pair in scan.moments.windows(2) {
        let [Moment::Clock(start), Moment::Clock(end)] = pair else {
            continue;
        };
        let gap = scan
            .text
            .get(start.range.end..end.range.start)
            .unwrap_or_default();
        if is_connector(gap) && is_backwards(start, end) {
            let range = start.range.start..end.range.end;
            let message = Message::new("finding-accuracy-order-time").with("found", scan.typed(&range));
            teller.tell(&RULE, &message, &range, scan.words(&range));
        }
    }
}

fn is_backwards(start: &Clock, end: &Clock) -> bool {
    let is_over_night = start.minutes() >= EVENING
        && end.minutes() <= NOON
        && end.minutes() + DAY <= start.minutes() + LONGEST_NIGHT;
    // 午前9時〜5時, 午後1時〜3時: the half of the day is said once.
    let other_half = match (start.half, end.half) {
        (Half::Unsaid, Half::Unsaid) => None,
        (_, Half::Unsaid) => Some(end.minutes_in(Half::Afternoon)),
        // 10:00-3:00 p.m.
        (Half::Unsaid, _) => return end.minutes() < start.minutes_in(Half::Unsaid),
        _ => None,
    };
    let end = other_half.unwrap_or(0).max(end.minutes());
    end < start.minutes() && !is_over_night
}

pub(super) fn check_dates(teller: &mut Teller<'_, '_>, scan: &Scan<'_>, view: View) {
    for (index, moment) in scan.moments.iter().enumerate() {
        let Moment::Date(start) = moment else { continue };
        let Some((_, end)) = scan.end_of_span(index) else {
            continue;
        };
        let Some((first, last)) = span(view, start, end) else {
            continue;
        };
        if last < first || is_hardly_meant(first, last, end) {
            let range = start.range.start..end.range.end;
            let message = Message::new("finding-accuracy-order-date").with("found", scan.typed(&range));
            teller.tell(&RULE, &message, &range, scan.words(&range));
        }
    }
}

/// The two days of a span; a year that the end does not name is that of the start, or the next.
pub(super) fn span(view: View, start: &Date, end: &Date) -> Option<(NaiveDate, NaiveDate)> {
    let first = view.day_of(start)?;
    let last = match (end.form, end.year, end.month) {
        (Form::Bare, _, _) => first.with_day(end.day)?,
        (_, Year::Unsaid, Month::Written(month)) => {
            let same_year = NaiveDate::from_ymd_opt(first.year(), month, end.day)?;
            if same_year < first && month < first.month() {
                NaiveDate::from_ymd_opt(first.year() + 1, month, end.day)?
            } else {
                same_year
            }
        }
        _ => view.day_of(end)?,
    };
    Some((first, last))
}

/// 11月21日〜10月23日 is no span of eleven months; 4月1日〜3月31日 is one of twelve.
fn is_hardly_meant(first: NaiveDate, last: NaiveDate, end: &Date) -> bool {
    end.year == Year::Unsaid && (last - first).num_days() > LONG && first.day() != 1
}
