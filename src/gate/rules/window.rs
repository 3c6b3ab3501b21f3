//! Whether all accounts may speak at the judged time, and when they may next (KUR-6.1b).

use chrono::{DateTime, Duration, SecondsFormat, Utc};

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{
        account::Account,
        finding::{Message, Severity},
        window::{Closed, Opening, Window},
    },
    gate::case::{Case, Phase},
};

const CLOSED: RuleInfo = RuleInfo::fixed("window.closed", &["KUR-6.1b"]);
const NO_OPENING: RuleInfo = RuleInfo::fixed("window.no_opening", &["KUR-6.1b"]);
const CALENDAR_UNKNOWN: RuleInfo = RuleInfo::fixed("window.calendar_unknown", &["KUR-6.1b"]);
const GRID: RuleInfo = RuleInfo::adjustable("window.grid", Severity::Block, &["KUR-6.1b"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[CLOSED, NO_OPENING, CALENDAR_UNKNOWN, GRID];

/// How far ahead a time that suits all accounts is looked for: as far as for one.
const HORIZON: Duration = Duration::days(62);

/// Reports closed windows, and returns the next time at which all of them are open.
pub(super) fn check(report: &mut Report<'_>) -> Option<DateTime<Utc>> {
    let case = report.case;
    // A live emergency needs no window, for the accounts that it covers.
    let bound: Vec<&Account> = case
        .targets
        .iter()
        .map(|target| target.account)
        .filter(|account| case.emergency_for(account).is_none())
        .collect();
    let judged = match (case.phase, case.planned) {
        (Phase::Dispatch, _) => Some(case.now),
        (Phase::Check | Phase::Submit | Phase::Approve, planned) => planned,
    };
    let from = judged.map_or_else(
        || case.now.max(case.content.range.earliest),
        |judged| judged.max(case.now),
    );
    let next = next_for_all(case, &bound, from);
    let mut all_open = true;
    for account in &bound {
        all_open &= match judged {
            Some(at) => at_time(report, account, at, next),
            None => until_latest(report, account, from),
        };
    }
    if let (None, None, true) = (judged, by_latest(case, next), all_open && bound.len() > 1) {
        let message = Message::new("finding-window-no-common-opening");
        report.add(Found::new(&NO_OPENING, message));
    }
    let is_open_now = all_open && (judged.is_some() || next == Some(from));
    next.filter(|_| !is_open_now)
}

/// Judges one account at one time; false if it may not speak then.
fn at_time(
    report: &mut Report<'_>,
    account: &Account,
    at: DateTime<Utc>,
    next: Option<DateTime<Utc>>,
) -> bool {
    let window = window_of(report.case, account);
    let next = next.map_or_else(|| "—".to_owned(), |next| local(account, next));
    let told = |message: Message| message.with("account", &account.name).with("next", &next);
    let found = match window.at(at) {
        Opening::Open { .. } if report.case.phase == Phase::Dispatch || window.on_grid(at) => return true,
        Opening::Open { .. } => {
            let grid = account.hours.grid.map_or(1, u16::from);
            let message = Message::new("finding-window-grid").with("minutes", grid);
            Found::new(&GRID, told(message))
        }
        Opening::Closed(why) => Found::new(&CLOSED, told(closed(why))),
        Opening::CalendarUnknown => Found::new(&CALENDAR_UNKNOWN, told(unknown(report.case))),
    };
    report.add(found.on(account.id));
    false
}

/// Whether a post without a time finds an opening before its last one; false and a finding if not.
fn until_latest(report: &mut Report<'_>, account: &Account, from: DateTime<Utc>) -> bool {
    let case = report.case;
    let window = window_of(case, account);
    if by_latest(case, window.next_open(from)).is_some() {
        return true;
    }
    let found = if window.at(from) == Opening::CalendarUnknown {
        let message = unknown(case).with("account", &account.name).with("next", "—");
        Found::new(&CALENDAR_UNKNOWN, message)
    } else {
        let message = Message::new("finding-window-no-opening")
            .with("account", &account.name)
            .with("latest", local(account, case.content.range.latest));
        Found::new(&NO_OPENING, message)
    };
    report.add(found.on(account.id));
    false
}

fn by_latest(case: &Case<'_>, opening: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    opening.filter(|opening| *opening <= case.content.range.latest)
}

/// The earliest time from `from` on at which every window is open and every grid is met.
fn next_for_all(case: &Case<'_>, accounts: &[&Account], from: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut at = from;
    while at - from <= HORIZON {
        let mut latest = at;
        for account in accounts {
            latest = window_of(case, account).next_open(latest)?;
        }
        if latest == at {
            return Some(at);
        }
        at = latest;
    }
    None
}

fn closed(why: Closed) -> Message {
    match why {
        Closed::Holiday(name_ja, name_en) => Message::new("finding-window-holiday")
            .with("name_ja", name_ja)
            .with("name_en", name_en),
        Closed::YearEnd => Message::new("finding-window-year-end"),
        Closed::ClosedDay => Message::new("finding-window-closed-day"),
        Closed::OutsideWorkingHours => Message::new("finding-window-working-hours"),
        Closed::OutsideOperatingHours => Message::new("finding-window-operating-hours"),
    }
}

fn unknown(case: &Case<'_>) -> Message {
    Message::new("finding-window-calendar-unknown").with("last", case.calendar.last())
}

const fn window_of<'a>(case: &Case<'a>, account: &'a Account) -> Window<'a> {
    Window {
        office: case.policy.office(),
        account: &account.hours,
        zone: account.zone,
        calendar: case.calendar,
    }
}

fn local(account: &Account, at: DateTime<Utc>) -> String {
    at.with_timezone(&account.zone)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
