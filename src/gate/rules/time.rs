//! Whether the time is the one that was signed: inside the range, not over, not yet to come.

use chrono::{DateTime, Duration, SecondsFormat, Utc};

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{account::Account, finding::Message},
    gate::case::Phase,
};

const RANGE: RuleInfo = RuleInfo::fixed("range.outside", &["TOW-5.3a"]);
const PAST: RuleInfo = RuleInfo::fixed("time.past", &["KUR-4.5", "TOW-3.6"]);
const EARLY: RuleInfo = RuleInfo::fixed("time.early", &["KUR-4.5", "TOW-5.3a"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[RANGE, PAST, EARLY];

pub(super) fn check(report: &mut Report<'_>) {
    match (report.case.phase, report.case.planned) {
        (Phase::Dispatch, planned) => leaving(report, planned),
        (_, None) => {}
        (_, Some(planned)) => {
            in_range(report, planned);
            still_ahead(report, planned);
        }
    }
}

fn in_range(report: &mut Report<'_>, at: DateTime<Utc>) {
    let range = report.case.content.range;
    if range.contains(at) {
        return;
    }
    for target in &report.case.targets {
        let message = Message::new("finding-range-outside")
            .with("account", &target.account.name)
            .with("earliest", local(target.account, range.earliest))
            .with("latest", local(target.account, range.latest));
        report.add(Found::new(&RANGE, message).on(target.account.id));
    }
}

/// A signer may be a little late: as late as the post itself may be.
fn still_ahead(report: &mut Report<'_>, planned: DateTime<Utc>) {
    let case = report.case;
    for target in &case.targets {
        let grace = match case.phase {
            Phase::Approve => target.account.grace,
            _ => Duration::zero(),
        };
        if case.now - planned > grace {
            let message = Message::new("finding-time-past")
                .with("account", &target.account.name)
                .with("planned", local(target.account, planned));
            report.add(Found::new(&PAST, message).on(target.account.id));
        }
    }
}

/// What leaves has a time, which was signed for and has come, and its last time is not over.
fn leaving(report: &mut Report<'_>, planned: Option<DateTime<Utc>>) {
    let case = report.case;
    let Some(planned) = planned else {
        report.add(Found::new(&RANGE, Message::new("finding-range-unplanned")));
        return;
    };
    in_range(report, planned);
    for target in &case.targets {
        let account = target.account;
        if case.now < planned {
            let message = Message::new("finding-time-early")
                .with("account", &account.name)
                .with("planned", local(account, planned));
            report.add(Found::new(&EARLY, message).on(account.id));
        }
        if case.now - planned > account.grace {
            let message = Message::new("finding-time-past")
                .with("account", &account.name)
                .with("planned", local(account, planned));
            report.add(Found::new(&PAST, message).on(account.id));
        }
        if case.now - case.content.range.latest > account.grace {
            let message = Message::new("finding-range-over")
                .with("account", &account.name)
                .with("latest", local(account, case.content.range.latest));
            report.add(Found::new(&RANGE, message).on(account.id).evidence("over"));
        }
    }
}

fn local(account: &Account, at: DateTime<Utc>) -> String {
    at.with_timezone(&account.zone)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
