//! Whether the right people signed exactly this, each once, and nobody their own work.

use std::collections::{BTreeMap, BTreeSet};

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{
        account::AccountPurpose,
        actor::OrganizationRole,
        finding::Message,
        ids::{DivisionId, UserId},
        revision::Kind,
        route::{Requirement, Route, Stage},
        seat::Seat,
        signoff::{Decision, SignOff},
    },
    gate::{
        Policy,
        case::{Case, Phase},
    },
};

const INCOMPLETE: RuleInfo =
    RuleInfo::fixed("route.incomplete", &["KUR-6.3", "AKI-5.3", "MIS-3.1", "TOW-5.3a"]);
const OWN_HAND: RuleInfo = RuleInfo::fixed("route.own_hand", &["KUR-6.3", "TOW-5.3a"]);
const SAME_PERSON: RuleInfo = RuleInfo::fixed("route.same_person", &["KUR-6.3", "TOW-5.3a"]);

const BELOW_POLICY: RuleInfo = RuleInfo::fixed(
    "route.below_policy",
    &["KUR-6.3", "YAM-2.3", "AKI-5.3", "MIS-3.1", "TOW-5.3a"],
);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[INCOMPLETE, OWN_HAND, SAME_PERSON, BELOW_POLICY];

pub(super) fn check(report: &mut Report<'_>) {
    own_hand(report);
    same_person(report);
    below_policy(report);
    if report.case.phase == Phase::Dispatch {
        complete(report);
    }
}

/// Decisions that carry a revision on; a return or a rejection by anybody only stops it.
fn carried_on<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a SignOff> {
    case.sign_offs
        .iter()
        .filter(|sign_off| sign_off.revision == case.digest)
        .filter(|sign_off| matches!(sign_off.decision, Decision::Approve | Decision::Escalate))
}

fn own_hand(report: &mut Report<'_>) {
    let case = report.case;
    let people: BTreeSet<UserId> = carried_on(case)
        .map(|sign_off| sign_off.by)
        .filter(|by| case.hands.contains(by))
        .collect();
    for person in people {
        let found = Found::new(&OWN_HAND, Message::new("finding-route-own-hand"));
        report.add(found.evidence(person.to_string()));
    }
}

fn same_person(report: &mut Report<'_>) {
    let mut stages: BTreeMap<UserId, BTreeSet<u16>> = BTreeMap::new();
    for sign_off in carried_on(report.case) {
        if sign_off.decision == Decision::Approve {
            stages.entry(sign_off.by).or_default().insert(sign_off.stage);
        }
    }
    for (person, stages) in stages {
        if stages.len() > 1 {
            let found = Found::new(&SAME_PERSON, Message::new("finding-route-same-person"));
            report.add(found.evidence(person.to_string()));
        }
    }
}

/// Whether each account asks for all that the policy demands of such a post. Emergencies have a route of their
/// own, whatever the account's is.
fn below_policy(report: &mut Report<'_>) {
    let case = report.case;
    if case.content.kind == Kind::Emergency {
        return;
    }
    let profile = &case.policy.document().profile;
    for target in &case.targets {
        let account = target.account;
        let lacks = account
            .route
            .lacks(&profile.seats(case.content.kind), &account.divisions);
        if lacks.is_empty() {
            continue;
        }
        let clauses: BTreeSet<&String> = profile
            .least_routes(case.content.kind)
            .filter(|least| least.asks.iter().any(|seat| lacks.contains(seat)))
            .flat_map(|least| &least.clauses)
            .collect();
        let clauses: Vec<String> = clauses.into_iter().cloned().collect();
        let seats: Vec<String> = lacks.iter().map(ToString::to_string).collect();
        let found = Found::new(&BELOW_POLICY, lacking(&account.name, &lacks));
        report.add(
            found
                .citing(clauses.as_slice().into())
                .on(account.id)
                .evidence(seats.join(" ")),
        );
    }
}

fn lacking(account: &str, lacks: &[Seat]) -> Message {
    let titles = |pick: fn((&'static str, &'static str)) -> &'static str, between| {
        let titles: Vec<&str> = lacks.iter().map(|seat| pick(seat.title())).collect();
        titles.join(between)
    };
    Message::new("finding-route-below-policy")
        .with("account", account)
        .with("lacks_ja", titles(|(ja, _)| ja, "、"))
        .with("lacks_en", titles(|(_, en)| en, ", "))
}

impl Policy {
    /// What the gate would say of the route of an account with this purpose and these divisions, if anything is
    /// missing on it.
    #[must_use]
    pub fn route_below(
        &self,
        purpose: AccountPurpose,
        route: &Route,
        divisions: &[DivisionId],
        name: &str,
    ) -> Option<Message> {
        let profile = &self.document().profile;
        let is_for = |kind: &&Kind| {
            **kind != Kind::Emergency && (**kind == Kind::Drill) == (purpose == AccountPurpose::Drill)
        };
        Kind::ALL.iter().filter(is_for).find_map(|kind| {
            let lacks = route.lacks(&profile.seats(*kind), divisions);
            (!lacks.is_empty()).then(|| lacking(name, &lacks))
        })
    }
}

fn complete(report: &mut Report<'_>) {
    let case = report.case;
    for target in &case.targets {
        let account = target.account;
        let message = if case.emergency_for(account).is_some() {
            (!has_duty_signature(case)).then(|| Message::new("finding-route-duty-officer"))
        } else if account.route.stages().is_empty() {
            Some(Message::new("finding-route-empty"))
        } else {
            first_open(case, &account.route)
                .map(|stage| Message::new("finding-route-incomplete").with("stage", &stage.title))
        };
        if let Some(message) = message {
            report.add(Found::new(&INCOMPLETE, message.with("account", &account.name)).on(account.id));
        }
    }
}

fn has_duty_signature(case: &Case<'_>) -> bool {
    let duty_officer = Requirement::Holder(OrganizationRole::DutyOfficer);
    carried_on(case).any(|sign_off| {
        sign_off.decision == Decision::Approve
            && sign_off.requirement == duty_officer
            && !case.hands.contains(&sign_off.by)
    })
}

/// The first stage that nobody signed for. A sign-off and a person each count for one stage only.
fn first_open<'r>(case: &Case<'_>, route: &'r Route) -> Option<&'r Stage> {
    let mut signed: Vec<&SignOff> = carried_on(case)
        .filter(|sign_off| !case.hands.contains(&sign_off.by))
        .collect();
    signed.sort_by_key(|sign_off| (sign_off.stage, sign_off.at, sign_off.id));
    let mut people: BTreeSet<UserId> = BTreeSet::new();
    route.stages().iter().find(|stage| {
        let answers = |sign_off: &&&SignOff| {
            sign_off.requirement == stage.requirement && !people.contains(&sign_off.by)
        };
        let found = signed
            .iter()
            .filter(answers)
            .find(|sign_off| sign_off.decision == Decision::Approve || was_answered(sign_off, &signed))
            .map(|sign_off| sign_off.by);
        !found.is_some_and(|person| people.insert(person))
    })
}

/// Whether a superior approved what was escalated (TOW-5.3b).
fn was_answered(escalation: &SignOff, signed: &[&SignOff]) -> bool {
    signed.iter().any(|answer| {
        answer.decision == Decision::Approve
            && answer.stage > escalation.stage
            && answer.at >= escalation.at
            && answer.by != escalation.by
    })
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
