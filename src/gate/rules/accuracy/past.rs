//! Whether something is announced, or may still be handed in, that is over when people read of it.

use chrono::NaiveDate;

use super::{
    EXACT,
    moment::{Date, Moment},
    order::span,
    scan::{Scan, is_connector},
    teller::Teller,
    view::View,
    wording,
};
use crate::{
    domain::finding::{Message, Severity},
    gate::rules::RuleInfo,
};

pub(super) const EVENT: RuleInfo = RuleInfo::adjustable("accuracy.event_past", Severity::Confirm, EXACT);
pub(super) const DEADLINE: RuleInfo =
    RuleInfo::adjustable("accuracy.deadline_past", Severity::Confirm, EXACT);

/// What lies further back, in days, is history, and nobody calls people to it.
const HISTORY: i64 = 400;

/// What follows a date where it says since when or as of when something is so.
const SINCE: &[&str] = &[
    "から",
    "より",
    "以前",
    "以後",
    "以降",
    "以来",
    "時点",
    "現在",
    "付",
    "生",
    "施行",
    "号",
    "発行",
    "発生",
    "改正",
    "制定",
    "更新",
    "公開",
    "掲載",
    "発表",
    "に発",
    "に生",
    "撮影",
    "に開始",
    "に始ま",
    "に成立",
];

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>, view: View) {
    let mut start: Option<&Date> = None;
    for (index, moment) in scan.moments.iter().enumerate() {
        let Moment::Date(date) = moment else { continue };
        if teller.is_tired_of(&EVENT) || teller.is_tired_of(&DEADLINE) {
            return;
        }
        if scan.end_of_span(index).is_some() {
            start = Some(date);
            continue;
        }
        let begins = start.map_or(date.range.start, |start| start.range.start);
        let day = match start.take() {
            Some(start) => span(view, start, date).map(|(_, last)| last),
            None => view.day_of(date),
        };
        if let Some(day) = day {
            look(teller, scan, view, (index, begins), day);
        }
    }
}

/// Looks at the date of this index, which ends a span that begins at this offset.
fn look(
    teller: &mut Teller<'_, '_>,
    scan: &Scan<'_>,
    view: View,
    (index, begins): (usize, usize),
    day: NaiveDate,
) {
    let ago = (view.today - day).num_days();
    if !(0..=HISTORY).contains(&ago) {
        return;
    }
    let (mut range, minute) = with_time(scan, index);
    range.start = begins;
    let is_over = ago > 0 || minute.is_some_and(|minute| minute < view.minute);
    if !is_over || teller.is_corrected(begins) || wording::recurs(scan.text, &range) {
        return;
    }
    let place = scan.moments[index].range();
    let (rule, key) = if wording::is_deadline(scan.text, &range) {
        (&DEADLINE, "finding-accuracy-deadline-past")
    } else if ago > 0 && !is_since(scan.text, place.end) && wording::announces(scan.text, &range) {
        (&EVENT, "finding-accuracy-event-past")
    } else {
        return;
    };
    let message = Message::new(key)
        .with("found", scan.typed(place))
        .with("day", day)
        .with("today", view.today);
    teller.tell(rule, &message, place, scan.words(place));
}

/// A date with the time of day right behind it: its range, and the last minute that is named.
fn with_time(scan: &Scan<'_>, index: usize) -> (std::ops::Range<usize>, Option<u32>) {
    let mut range = scan.moments[index].range().clone();
    let mut minute = None;
    for moment in scan.moments.iter().skip(index + 1).take(2) {
        let Moment::Clock(clock) = moment else { break };
        let gap = scan.text.get(range.end..clock.range.start).unwrap_or_default();
        let is_next = match minute {
            None => gap.trim().is_empty(),
            Some(_) => is_connector(gap),
        };
        if !is_next {
            break;
        }
        range.end = clock.range.end;
        minute = Some(clock.minutes());
    }
    (range, minute)
}

/// Whether a date is the beginning of something that may still last.
fn is_since(text: &str, end: usize) -> bool {
    let after = text.get(end..).unwrap_or_default();
    let after = after.trim_start();
    SINCE.iter().any(|word| after.starts_with(word)) || after.starts_with(['〜', '~'])
}
