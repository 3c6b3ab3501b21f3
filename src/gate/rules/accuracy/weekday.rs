//! Whether the weekday beside a date is that day's (11月21日(金)).

use chrono::{Datelike as _, NaiveDate};

use super::{EXACT, moment::Year, scan::Scan, teller::Teller, view::View, weekday_of, wording};
use crate::{
    domain::finding::{Message, Severity},
    gate::rules::RuleInfo,
};

pub(super) const RULE: RuleInfo = RuleInfo::adjustable("accuracy.weekday", Severity::Confirm, EXACT);

pub(super) fn check(teller: &mut Teller<'_, '_>, scan: &Scan<'_>, view: View) {
    for date in scan.dates().filter(|date| !date.weekdays.is_empty()) {
        let fits = |day: &NaiveDate| date.weekdays.contains(day.weekday());
        if view.day_of(date).as_ref().is_some_and(fits) {
            continue;
        }
        if teller.is_tired_of(&RULE) {
            return;
        }
        let days = view.days_of(date, scan);
        let Some(day) = days.first() else { continue };
        if days.iter().any(fits) {
            continue;
        }
        let last = view.last_of(date).filter(|_| date.year == Year::Unsaid);
        let is_report = last.as_ref().is_some_and(fits) && wording::reports(scan.text, &date.range);
        if is_report {
            continue;
        }
        let (ja, en) = weekday_of::names(day.weekday());
        let message = Message::new("finding-accuracy-weekday")
            .with("found", scan.typed(&date.range))
            .with("day", day)
            .with("weekday_ja", ja)
            .with("weekday_en", en);
        teller.tell(&RULE, &message, &date.range, scan.words(&date.range));
    }
}
