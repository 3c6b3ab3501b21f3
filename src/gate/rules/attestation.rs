//! Whether people assured what no machine sees, each of what was on their screen.

use std::collections::BTreeSet;

use super::{Found, Report, RuleInfo};
use crate::{
    domain::{
        account::Account,
        attestation::{GivenAs, Giver},
        finding::Message,
        ids::UserId,
        route::Requirement,
        seat::Seat,
        signoff::Decision,
    },
    gate::{
        case::{Case, Phase},
        demands::Attestation,
    },
};

const MISSING: RuleInfo = RuleInfo::fixed(
    "attestation.missing",
    &[
        "KUR-4.1", "KUR-4.2", "YAM-5.1", "YAM-5.2", "AKI-4.2", "MIS-3.4a", "MIS-3.6a", "TOW-3.1", "TOW-3.2",
        "TOW-3.3", "TOW-4.8",
    ],
);

/// The rules of this file.
pub(super) const RULES: &[RuleInfo] = &[MISSING];

pub(super) fn check(report: &mut Report<'_>) {
    let case = report.case;
    let attestations = case.policy.attestations().iter();
    for attestation in attestations.filter(|attestation| attestation.is_asked_of(case.content)) {
        match attestation.by {
            Giver::Author => by_author(report, attestation),
            Giver::Signer(Seat::Approver) => by_approvers(report, attestation),
            Giver::Signer(seat) => by_holder(report, attestation, seat),
        }
    }
}

fn by_author(report: &mut Report<'_>, attestation: &Attestation) {
    let case = report.case;
    if !is_given(case, attestation, None) {
        let found = missing(attestation);
        report.add(match case.phase {
            // Nobody hands it over yet: worth knowing of.
            Phase::Check => found.only_shown(),
            Phase::Submit | Phase::Approve | Phase::Dispatch => found,
        });
    }
}

/// Each account has approvers of its own.
fn by_approvers(report: &mut Report<'_>, attestation: &Attestation) {
    let case = report.case;
    for target in &case.targets {
        let account = target.account;
        if is_due(case, Seat::Approver, Some(account)) && !is_given(case, attestation, Some(account)) {
            report.add(missing(attestation).on(account.id));
        }
    }
}

fn by_holder(report: &mut Report<'_>, attestation: &Attestation, seat: Seat) {
    let case = report.case;
    if is_due(case, seat, None) && !is_given(case, attestation, None) {
        report.add(missing(attestation));
    }
}

/// Whether somebody in this seat should have spoken by now: whoever signs, or has signed; at dispatch, everybody.
fn is_due(case: &Case<'_>, seat: Seat, account: Option<&Account>) -> bool {
    match case.phase {
        Phase::Check | Phase::Submit => false,
        Phase::Approve => {
            let signing = case.signing.is_some_and(|role| fills(seat, role, account));
            signing || has_decided(case, seat, account, &[Decision::Approve, Decision::Escalate])
        }
        Phase::Dispatch => true,
    }
}

fn fills(seat: Seat, role: Requirement, account: Option<&Account>) -> bool {
    seat.is_filled_by(role, account.map_or(&[], |account| &account.divisions))
}

fn has_decided(case: &Case<'_>, seat: Seat, account: Option<&Account>, how: &[Decision]) -> bool {
    case.sign_offs.iter().any(|sign_off| {
        sign_off.revision == case.digest
            && how.contains(&sign_off.decision)
            && fills(seat, sign_off.requirement, account)
    })
}

/// Whether somebody who signs in this role may speak for the seat: it is theirs, or it was left to them by whoever
/// escalated from it (TOW-5.3b).
fn may_speak(case: &Case<'_>, seat: Seat, role: Requirement, account: Option<&Account>) -> bool {
    fills(seat, role, account) || has_decided(case, seat, account, &[Decision::Escalate])
}

/// Whether it was given for this content. Who handed the post over is no second pair of eyes.
fn is_given(case: &Case<'_>, attestation: &Attestation, account: Option<&Account>) -> bool {
    let of_this = || case.attested.iter().filter(|given| given.revision == case.digest);
    let authors: BTreeSet<UserId> = of_this()
        .filter(|given| given.given_as == GivenAs::Author)
        .map(|given| given.by)
        .collect();
    of_this()
        .filter(|given| attestation.says(given))
        .any(|given| match (attestation.by, given.given_as) {
            (Giver::Author, GivenAs::Author) => true,
            (Giver::Signer(seat), GivenAs::Signer(role)) => {
                may_speak(case, seat, role, account) && !authors.contains(&given.by)
            }
            _ => false,
        })
}

impl Case<'_> {
    /// What the policy asks of whoever acts like this: hands the post over, or signs in a role.
    #[must_use]
    pub fn asked_of(&self, acting: GivenAs) -> Vec<&Attestation> {
        let may = |attestation: &&Attestation| match (attestation.by, acting) {
            (Giver::Author, GivenAs::Author) => true,
            (Giver::Signer(seat), GivenAs::Signer(role)) => {
                let mut targets = self.targets.iter();
                targets.any(|target| may_speak(self, seat, role, Some(target.account)))
            }
            _ => false,
        };
        let attestations = self.policy.attestations().iter();
        attestations
            .filter(|attestation| attestation.is_asked_of(self.content))
            .filter(may)
            .collect()
    }
}

fn missing(attestation: &Attestation) -> Found {
    let message = Message::new("finding-attestation-missing")
        .with("name", &attestation.name)
        .with("text_ja", &attestation.text.ja)
        .with("text_en", &attestation.text.en);
    Found::new(&MISSING, message)
        .citing(attestation.clauses.as_slice().into())
        .evidence(&attestation.name)
}

#[cfg(test)]
#[path = "attestation_tests.rs"]
mod tests;
