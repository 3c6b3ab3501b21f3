//! The gate's consent to one attempt (通行証). Nothing outside this file can make one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    case::{Case, Phase, Target},
    verdict::Verdict,
};
use crate::domain::{
    account::{Account, Platform},
    attempt::Authority,
    delivery::Fence,
    digest::{FindingId, PolicyDigest, RevisionDigest},
    emergency::Emergency,
    finding::Finding,
    hold::HoldCause,
    ids::{AccountId, DeliveryId, EmergencyId},
    revision::{Act, Payload},
    signoff::Decision,
    window::{Opening, Window},
};

/// The rule of a refusal for want of time: nothing is wrong with the post, but the claim (or what else lets
/// it leave) ends before a call could start.
pub const TOO_LATE: &str = "gate.too_late";

/// What a permit is asked for: a delivery as one worker claimed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The account that it goes to.
    pub account: AccountId,
    /// The revision that was submitted.
    pub revision: RevisionDigest,
    /// Which part of the payload goes next, from 0.
    pub part: u16,
    /// The claim's number.
    pub fence: Fence,
    /// When the claim ends.
    pub lease_until: DateTime<Utc>,
}

/// Consent to one attempt of one delivery. It cannot be copied, stored or made from parts, and it
/// carries the payload that was judged, so that nothing else can be sent under it.
#[derive(Debug)]
pub struct Permit {
    claim: Claim,
    act: Act,
    payload: Payload,
    platform: Platform,
    instance: String,
    remote_account: Option<String>,
    policy: PolicyDigest,
    gate_epoch: i64,
    authority: Authority,
    emergency: Option<EmergencyId>,
    debts: Vec<FindingId>,
    issued_at: DateTime<Utc>,
    send_by: DateTime<Utc>,
}

impl Permit {
    /// The claim that it is for.
    #[must_use]
    pub const fn claim(&self) -> &Claim {
        &self.claim
    }

    /// What may be done.
    #[must_use]
    pub const fn act(&self) -> Act {
        self.act
    }

    /// What may be sent.
    #[must_use]
    pub const fn payload(&self) -> &Payload {
        &self.payload
    }

    /// By which platform.
    #[must_use]
    pub const fn platform(&self) -> Platform {
        self.platform
    }

    /// To which server.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// As which account of that server.
    #[must_use]
    pub fn remote_account(&self) -> Option<&str> {
        self.remote_account.as_deref()
    }

    /// The policy that consented.
    #[must_use]
    pub const fn policy(&self) -> PolicyDigest {
        self.policy
    }

    /// The gate epoch that was evaluated: an attempt does not commit under another.
    #[must_use]
    pub const fn gate_epoch(&self) -> i64 {
        self.gate_epoch
    }

    /// On whose authority.
    #[must_use]
    pub const fn authority(&self) -> Authority {
        self.authority
    }

    /// The emergency that it rests on, if any.
    #[must_use]
    pub const fn emergency(&self) -> Option<EmergencyId> {
        self.emergency
    }

    /// `confirm` findings that an emergency lets pass and somebody must look at afterwards.
    #[must_use]
    pub fn debts(&self) -> &[FindingId] {
        &self.debts
    }

    /// When it was given.
    #[must_use]
    pub const fn issued_at(&self) -> DateTime<Utc> {
        self.issued_at
    }

    /// The call does not start after this: the end of the claim, of the window (or the
    /// emergency), or of the planned time's grace, whichever is first.
    #[must_use]
    pub const fn send_by(&self) -> DateTime<Utc> {
        self.send_by
    }
}

/// Why there is no permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of reason for which the delivery now waits for a person.
    pub cause: HoldCause,
    /// The rule of the first finding that stands in the way.
    pub rule: &'static str,
    /// Everything that was found.
    pub verdict: Verdict,
}

pub(super) fn decide(case: &Case<'_>, claim: &Claim, verdict: Verdict) -> Result<Permit, Refusal> {
    let Some(target) = the_target(case, claim) else {
        return Err(refuse(HoldCause::Gate, "gate.mismatch", verdict));
    };
    let first_block = verdict
        .blocks()
        .next()
        .map(|finding| (cause_of(finding), finding.rule));
    if let Some((cause, rule)) = first_block {
        return Err(refuse(cause, rule, verdict));
    }
    let acknowledged = acknowledged(case);
    let emergency = case.emergency_for(target.account);
    let open: BTreeMap<FindingId, &'static str> = verdict
        .unacknowledged(&acknowledged)
        .map(|finding| (finding.id, finding.rule))
        .collect();
    if let (None, Some(rule)) = (emergency, open.values().next()) {
        return Err(refuse(HoldCause::Gate, rule, verdict));
    }
    let send_by = send_by(case, claim, target.account, emergency);
    if send_by <= case.now {
        return Err(refuse(HoldCause::Gate, TOO_LATE, verdict));
    }
    Ok(Permit {
        claim: claim.clone(),
        act: case.content.act,
        payload: target.payload.clone(),
        platform: target.account.platform,
        instance: target.account.instance.clone(),
        remote_account: target.account.remote_id.clone(),
        policy: verdict.policy,
        gate_epoch: case.gate_epoch,
        authority: if emergency.is_some() {
            Authority::DutySignature
        } else {
            Authority::Route
        },
        emergency: emergency.map(|emergency| emergency.id),
        debts: open.into_keys().collect(),
        issued_at: case.now,
        send_by,
    })
}

/// The one target of the case, if case and claim agree on everything: moment, revision, organization,
/// account, payload, and one post to which all sign-offs belong.
fn the_target<'a>(case: &Case<'a>, claim: &Claim) -> Option<Target<'a>> {
    let [target] = case.targets.as_slice() else {
        return None;
    };
    // Equal content has an equal digest in two posts, and what was signed for one was not for the other.
    let one_post = case.sign_offs.windows(2).all(|pair| pair[0].post == pair[1].post);
    let agrees = case.phase == Phase::Dispatch
        && case.digest == claim.revision
        && case.content.digest(case.organization) == claim.revision
        && target.account.id == claim.account
        && target.account.organization == case.organization
        && target.payload.account == claim.account
        && case.content.payload(claim.account) == Some(target.payload)
        && one_post;
    agrees.then_some(*target)
}

/// The findings of exactly this revision that its signers took responsibility for. Nobody does
/// so for their own work, and not without saying why.
fn acknowledged(case: &Case<'_>) -> BTreeSet<FindingId> {
    case.sign_offs
        .iter()
        .filter(|sign_off| sign_off.revision == case.digest)
        .filter(|sign_off| matches!(sign_off.decision, Decision::Approve | Decision::Acknowledge))
        .filter(|sign_off| !case.hands.contains(&sign_off.by))
        .flat_map(|sign_off| &sign_off.acknowledgements)
        .filter(|given| !given.reason.trim().is_empty())
        .map(|given| given.finding)
        .collect()
}

/// The end of whatever lets the post leave: the claim, the planned time (inside the range that was signed)
/// with the account's grace, and the window, or the emergency in its place.
fn send_by(
    case: &Case<'_>,
    claim: &Claim,
    account: &Account,
    emergency: Option<&Emergency>,
) -> DateTime<Utc> {
    let permission_ends = match emergency {
        Some(emergency) => emergency.expires_at,
        None => closing_time(case, account),
    };
    let latest = case.content.range.latest;
    let last = case.planned.map_or(latest, |planned| planned.min(latest));
    let missed = last.checked_add_signed(account.grace);
    claim
        .lease_until
        .min(permission_ends)
        .min(missed.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

/// The window is open here, or its rule would have blocked; should it not be, nothing may start.
fn closing_time(case: &Case<'_>, account: &Account) -> DateTime<Utc> {
    let window = Window {
        office: case.policy.office(),
        account: &account.hours,
        zone: account.zone,
        calendar: case.calendar,
    };
    match window.at(case.now) {
        Opening::Open { closes_at } => closes_at,
        Opening::Closed(_) | Opening::CalendarUnknown => case.now,
    }
}

fn cause_of(finding: &Finding) -> HoldCause {
    match finding.rule {
        "account.held" => HoldCause::Hold,
        "account.emergency_hold" => HoldCause::Emergency,
        rule if rule.starts_with("account.") => HoldCause::Account,
        rule if rule.starts_with("window.") => HoldCause::Window,
        _ => HoldCause::Gate,
    }
}

fn refuse(cause: HoldCause, rule: &'static str, verdict: Verdict) -> Refusal {
    Refusal { cause, rule, verdict }
}

#[cfg(test)]
#[path = "permit_tests.rs"]
mod tests;
