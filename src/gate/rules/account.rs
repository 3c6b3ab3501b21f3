//! Whether the account may speak at all, and whether this kind of post may go out by it.

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{
        account::{Account, AccountPurpose, AccountStatus, EmergencyCover},
        finding::Message,
        revision::Kind,
    },
    gate::case::{Case, Phase},
};

const NOT_ACTIVE: RuleInfo = RuleInfo::fixed("account.not_active", &["KUR-6.1a", "AKI-4.1", "TOW-4.8"]);
const HELD: RuleInfo = RuleInfo::fixed("account.held", &["KUR-8.4a", "AKI-7.2c"]);
const EMERGENCY_HOLD: RuleInfo = RuleInfo::fixed("account.emergency_hold", &["KUR-6.1c"]);
const PURPOSE: RuleInfo = RuleInfo::fixed("account.purpose", &["KUR-6.1a"]);
const EMERGENCY_NOT_LIVE: RuleInfo = RuleInfo::fixed("emergency.not_live", &["KUR-6.1c"]);
const EMERGENCY_NO_COVER: RuleInfo = RuleInfo::fixed("emergency.no_cover", &["KUR-6.1c"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[
    NOT_ACTIVE,
    HELD,
    EMERGENCY_HOLD,
    PURPOSE,
    EMERGENCY_NOT_LIVE,
    EMERGENCY_NO_COVER,
];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        let account = target.account;
        status(report, account);
        holds(report, account);
        emergency(report, account);
        purpose(report, account);
    }
}

fn status(report: &mut Report<'_>, account: &Account) {
    let key = match account.status {
        AccountStatus::Active => return,
        AccountStatus::Registered => "finding-account-registered",
        AccountStatus::NeedsReconnect => "finding-account-needs-reconnect",
        AccountStatus::Suspended => "finding-account-suspended",
        AccountStatus::Closed => "finding-account-closed",
    };
    let message = Message::new(key).with("account", &account.name);
    report.add(
        Found::new(&NOT_ACTIVE, message)
            .on(account.id)
            .evidence(account.status.as_str()),
    );
}

fn holds(report: &mut Report<'_>, account: &Account) {
    let case = report.case;
    let in_force = case
        .holds
        .iter()
        .filter(|hold| hold.lifted.is_none() && hold.scope.covers(account.id, &account.divisions));
    for hold in in_force {
        let message = Message::new("finding-account-held")
            .with("account", &account.name)
            .with("reason", &hold.reason);
        let found = Found::new(&HELD, message)
            .on(account.id)
            .evidence(hold.id.to_string());
        report.add(unless_it_leaves_now(case, found));
    }
}

fn emergency(report: &mut Report<'_>, account: &Account) {
    let case = report.case;
    if case.content.kind == Kind::Emergency {
        let (rule, key) = match (account.emergency_cover, case.emergency_for(account)) {
            (EmergencyCover::NotCovered, _) => (&EMERGENCY_NO_COVER, "finding-emergency-no-cover"),
            (EmergencyCover::Covered, None) => (&EMERGENCY_NOT_LIVE, "finding-emergency-not-live"),
            (EmergencyCover::Covered, Some(_)) => return,
        };
        let message = Message::new(key).with("account", &account.name);
        report.add(Found::new(rule, message).on(account.id));
        return;
    }
    let covering = case
        .emergencies
        .iter()
        .find(|emergency| emergency.covers(account.id, case.now));
    if let Some(emergency) = covering {
        let message = Message::new("finding-account-emergency-hold")
            .with("account", &account.name)
            .with("reason", &emergency.reason);
        let found = Found::new(&EMERGENCY_HOLD, message)
            .on(account.id)
            .evidence(emergency.id.to_string());
        report.add(unless_it_leaves_now(case, found));
    }
}

/// Before it leaves, a stop is worth knowing of but does not keep people from writing and signing.
const fn unless_it_leaves_now(case: &Case<'_>, found: Found) -> Found {
    match case.phase {
        Phase::Dispatch => found,
        Phase::Check | Phase::Submit | Phase::Approve => found.only_shown(),
    }
}

fn purpose(report: &mut Report<'_>, account: &Account) {
    let key = match (report.case.content.kind, account.purpose) {
        (Kind::Drill, AccountPurpose::Public) => "finding-account-purpose-drill",
        (Kind::Drill, AccountPurpose::Drill) | (_, AccountPurpose::Public) => return,
        (_, AccountPurpose::Drill) => "finding-account-purpose-public",
    };
    let message = Message::new(key).with("account", &account.name);
    report.add(Found::new(&PURPOSE, message).on(account.id));
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
