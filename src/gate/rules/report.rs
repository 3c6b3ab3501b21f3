//! Collects what the rules find, and gives every finding its id, its weight and its place in the order.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Case, Floor, Reading, RuleInfo, Severity};
use crate::{
    domain::{
        account::Account,
        canonical::Canonical,
        digest::FindingId,
        finding::{Clauses, Finding, Message, Place},
        ids::AccountId,
    },
    gate::case::Target,
};

/// Something that a rule found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    rule: &'static str,
    severity: Severity,
    floor: Floor,
    clauses: Clauses,
    account: Option<AccountId>,
    place: Option<Place>,
    evidence: String,
    message: Message,
}

impl Found {
    pub(super) fn new(rule: &RuleInfo, message: Message) -> Self {
        Self {
            floor: rule.floor,
            ..Self::listed(rule.id, rule.severity, Clauses::OfRule(rule.clauses), message)
        }
    }

    /// Of a rule that the policy itself brings along.
    pub(super) const fn listed(
        rule: &'static str,
        severity: Severity,
        clauses: Clauses,
        message: Message,
    ) -> Self {
        Self {
            rule,
            severity,
            floor: Floor::Adjustable,
            clauses,
            account: None,
            place: None,
            evidence: String::new(),
            message,
        }
    }

    pub(super) const fn on(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Concerns an account, whose name the message tells.
    pub(super) fn on_named(mut self, account: &Account) -> Self {
        self.message = self.message.with("account", &account.name);
        self.on(account.id)
    }

    /// Keeps these clauses rather than those of the rule, if the policy names any.
    pub(super) fn citing(mut self, clauses: Clauses) -> Self {
        if clauses.iter().next().is_some() {
            self.clauses = clauses;
        }
        self
    }

    /// Stands there.
    pub(super) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// What makes this finding another one than the next of the same rule: never where it stands, so
    /// that an acknowledgement survives a look at another time.
    pub(super) fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = evidence.into();
        self
    }

    /// Of a weight in which the profile's word is heeded already.
    pub(super) const fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self.floor = Floor::Fixed;
        self
    }

    /// Shown only, since nothing is about to leave yet, or since an emergency comes first. No profile
    /// decides on this.
    pub(super) const fn only_shown(mut self) -> Self {
        self.severity = Severity::Notice;
        self.floor = Floor::Fixed;
        self
    }
}

/// The findings of one run.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// What is judged.
    pub(super) case: &'a Case<'a>,
    findings: Vec<Finding>,
    equal: BTreeMap<FindingId, i64>,
    /// The account that was spoken of last, as findings name it.
    last: Option<(AccountId, String)>,
}

impl<'a> Report<'a> {
    pub(super) const fn new(case: &'a Case<'a>) -> Self {
        Self {
            case,
            findings: Vec::new(),
            equal: BTreeMap::new(),
            last: None,
        }
    }

    pub(super) fn add(&mut self, found: Found) {
        let severity = match found.floor {
            Floor::Fixed => found.severity,
            Floor::Adjustable => self.weight(&found),
        };
        let mut bytes = Canonical::tagged("sekisho/finding/v1");
        bytes
            .text(found.rule)
            .text(self.name_of(found.account))
            .text(&found.evidence);
        // The second of two equal findings is another one: each is acknowledged by itself.
        let earlier = self.equal.entry(FindingId::new(bytes.sha256())).or_default();
        if *earlier > 0 {
            bytes.number(*earlier);
        }
        *earlier += 1;
        self.findings.push(Finding {
            id: FindingId::new(bytes.sha256()),
            rule: found.rule,
            severity,
            account: found.account,
            place: found.place,
            message: found.message,
            clauses: found.clauses,
        });
    }

    /// An account as findings name it; nothing for the whole post.
    fn name_of(&mut self, account: Option<AccountId>) -> &str {
        let Some(account) = account else { return "" };
        let last = self.last.take().filter(|(last, _)| *last == account);
        &self
            .last
            .insert(last.unwrap_or_else(|| (account, account.to_string())))
            .1
    }

    /// How much a finding weighs under the profile, here and now.
    fn weight(&self, found: &Found) -> Severity {
        let policy = self.case.policy;
        match policy.severity_in_emergency(found.rule) {
            Some(severity) if self.is_covered(found.account) => severity,
            _ => policy.severity(found.rule, found.severity),
        }
    }

    /// Whether a live emergency covers the account, or every account if the whole post is meant.
    fn is_covered(&self, account: Option<AccountId>) -> bool {
        let case = self.case;
        let concerned = |target: &&Target<'_>| account.is_none_or(|id| id == target.account.id);
        let mut targets = case.targets.iter().filter(concerned).peekable();
        targets.peek().is_some() && targets.all(|target| case.emergency_for(target.account).is_some())
    }

    /// Adds what an emergency does not wait for: where one covers the account it stops nothing, stays open and is owed,
    /// unless the profile thinks less of it.
    pub(super) fn add_or_owe(&mut self, found: Found) {
        if self.is_covered(found.account) {
            let weight = self.weight(&found).min(Severity::Confirm);
            self.add(found.weighing(weight));
        } else {
            self.add(found);
        }
    }

    /// Adds something that stands in a reading once for each account that shows it; the message may name
    /// the account as `$account`.
    pub(super) fn add_on_each(&mut self, reading: &Reading<'_>, found: Found) {
        let accounts = reading.accounts.iter();
        self.add_copies(accounts, found, |copy, account| copy.on_named(account));
    }

    /// The same with the weight that it has for each account, in which the profile's word is heeded already.
    pub(super) fn add_on_weighed(&mut self, weighed: &[(&Account, Severity)], found: Found) {
        self.add_copies(weighed.iter(), found, |copy, (account, weight)| {
            copy.on_named(account).weighing(*weight)
        });
    }

    /// Adds one for each of several, each made its own. There is nearly always one, which needs no copy.
    fn add_copies<T>(
        &mut self,
        mut of: impl DoubleEndedIterator<Item = T>,
        found: Found,
        own: impl Fn(Found, T) -> Found,
    ) {
        let Some(last) = of.next_back() else { return };
        for one in of {
            self.add(own(found.clone(), one));
        }
        self.add(own(found, last));
    }

    /// Worst first, then by account, then in the order of the text.
    pub(super) fn into_findings(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| {
            let place = finding.place.as_ref();
            let place = place.map(|place| {
                (
                    place.part,
                    place.field,
                    place.span.as_ref().map(|span| span.bytes.start),
                )
            });
            (Reverse(finding.severity), finding.account, place)
        });
        self.findings
    }
}
