//! Whether the account may speak at all, and whether this kind of post may go out by it.

use std::collections::BTreeSet;

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{
        account::{Account, AccountPurpose, AccountStatus, EmergencyCover},
        account_policy::PolicyField,
        finding::{Message, Severity},
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
const POLICY_INCOMPLETE: RuleInfo = RuleInfo::adjustable(
    "account.policy_incomplete",
    Severity::Block,
    &[
        "KUR-5.3",
        "KUR-5.4",
        "KUR-5.5",
        "AKI-5.2",
        "AKI-5.3",
        "MIS-3.5b",
        "TOW-6.2.2",
        "TOW-6.2.3",
        "TOW-6.2.4",
        "TOW-6.2.5",
        "TOW-6.2.6",
        "TOW-6.2.7",
    ],
);
/// Weighs only where the policy limits the age of credentials.
const CREDENTIAL_OVERDUE: RuleInfo = RuleInfo::fixed("account.credential_overdue", &["KUR-5.6"]);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[
    NOT_ACTIVE,
    HELD,
    EMERGENCY_HOLD,
    PURPOSE,
    EMERGENCY_NOT_LIVE,
    EMERGENCY_NO_COVER,
    POLICY_INCOMPLETE,
    CREDENTIAL_OVERDUE,
];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        let account = target.account;
        status(report, account);
        holds(report, account);
        emergency(report, account);
        purpose(report, account);
        policy(report, account);
        credential(report, account);
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

/// Whether the account's published policy says all that the organization's policy demands.
fn policy(report: &mut Report<'_>, account: &Account) {
    let case = report.case;
    let filled = case.records.policy_fields.get(&account.id);
    let empty = case.policy.empty_fields(account, filled);
    if empty.is_empty() {
        return;
    }
    let told = |what: fn(&PolicyField) -> &'static str, between| {
        let all: Vec<&str> = empty.iter().map(|(field, _)| what(field)).collect();
        all.join(between)
    };
    let message = Message::new("finding-account-policy-incomplete")
        .with("account", &account.name)
        .with("fields_ja", told(|field| field.title().0, "、"))
        .with("fields_en", told(|field| field.title().1, ", "));
    let clauses: BTreeSet<&String> = empty.iter().flat_map(|(_, clauses)| *clauses).collect();
    let clauses: Vec<String> = clauses.into_iter().cloned().collect();
    let found = Found::new(&POLICY_INCOMPLETE, message).citing(clauses.as_slice().into());
    report.add(found.on(account.id).evidence(told(|field| field.as_str(), " ")));
}

/// Whether the account's credential is older than the policy allows. An emergency comes first: its posts leave, and
/// somebody looks at it afterwards.
fn credential(report: &mut Report<'_>, account: &Account) {
    let case = report.case;
    let ages = case.policy.credential_ages();
    if !ages.are_limited() || account.status != AccountStatus::Active {
        return; // an account without a credential has a finding of its own
    }
    let obtained = case.records.credentials.get(&account.id);
    let Some(until) = obtained.and_then(|obtained| ages.good_until(*obtained)) else {
        if case.phase == Phase::Dispatch {
            let message = Message::new("finding-account-credential-unknown").with("account", &account.name);
            report.add(overdue(case, account, message).evidence("unknown"));
        }
        return;
    };
    let message = |key| {
        let day = until.with_timezone(&account.zone).date_naive();
        Message::new(key).with("account", &account.name).with("day", day)
    };
    if until < case.now {
        let message = message("finding-account-credential-overdue");
        report.add(overdue(case, account, message).evidence("overdue"));
    } else if until < case.speaks_at() {
        let message = message("finding-account-credential-overdue-then");
        let found = Found::new(&CREDENTIAL_OVERDUE, message).on(account.id);
        report.add(found.evidence("overdue then").only_shown());
    }
}

fn overdue(case: &Case<'_>, account: &Account, message: Message) -> Found {
    let found = Found::new(&CREDENTIAL_OVERDUE, message).on(account.id);
    match case.emergency_for(account) {
        Some(_) => found.weighing(Severity::Confirm),
        None => found,
    }
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
