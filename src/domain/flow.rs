//! How freely posts flow to an account: a circuit that opens after failures, and the budget that its platform
//! tells. One account's trouble stays its own, and all nodes share what is known of it.

use chrono::{DateTime, Utc};

use super::{
    attempt::Outcome,
    ids::{AccountId, OrganizationId},
};

/// So many failures in a row open the circuit: one may be an accident.
const FAILURES: u32 = 3;

/// The part of a budget that only emergency posts may use: one in so many.
const RESERVE: u32 = 10;

/// What a platform said of how many more requests it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many it takes in one period.
    pub limit: u32,
    /// How many are left in this one.
    pub remaining: u32,
    /// When the next period begins.
    pub resets_at: DateTime<Utc>,
}

impl Budget {
    /// Whether it is worth writing down: while plenty is left, nobody needs to know.
    const fn is_scarce(&self) -> bool {
        self.remaining <= self.limit / 2
    }

    /// What ordinary posts leave for emergencies.
    const fn reserve(&self) -> u32 {
        self.limit.div_ceil(RESERVE)
    }
}

/// Who wants to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Ordinary posts.
    Ordinary,
    /// Emergency posts: no failure of earlier ones stops them, only a clear "later" of the platform does.
    Emergency,
}

/// What is known of the flow to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The organization.
    pub organization: OrganizationId,
    /// The account.
    pub account: AccountId,
    /// Failures in a row.
    pub failures: u32,
    /// Ordinary posts wait until then: for the circuit, of which one post then tries whether it closes, or for the
    /// platform's next period.
    pub open_until: Option<DateTime<Utc>>,
    /// The platform said "later": nothing leaves before.
    pub refused_until: Option<DateTime<Utc>>,
    /// The platform's budget, once it is scarce.
    pub budget: Option<Budget>,
}

impl Flow {
    /// Nothing is known: everything flows.
    #[must_use]
    pub const fn free(organization: OrganizationId, account: AccountId) -> Self {
        Self {
            organization,
            account,
            failures: 0,
            open_until: None,
            refused_until: None,
            budget: None,
        }
    }

    /// Whether nothing is known that anybody has to be told.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.failures == 0
            && self.open_until.is_none()
            && self.refused_until.is_none()
            && self.budget.is_none()
    }

    /// Whether so many failures have come in a row that the circuit opens.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.failures >= FAILURES
    }

    /// How many of `wanted` posts may pass, and what is known afterwards: what passes is taken off the budget,
    /// nothing more tries before an exhausted budget is renewed, and after an open circuit one post alone tries,
    /// until `lease_until` at the latest.
    #[must_use]
    pub fn admit(
        mut self,
        priority: Priority,
        wanted: usize,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> (Self, usize) {
        let shut = |until: Option<DateTime<Utc>>| until.is_some_and(|until| until > now);
        if shut(self.refused_until) || (priority == Priority::Ordinary && shut(self.open_until)) {
            return (self, 0);
        }
        let mut count = wanted;
        if priority == Priority::Ordinary && self.is_broken() {
            self.open_until = Some(lease_until);
            count = wanted.min(1);
        }
        self.budget = self.budget.filter(|budget| budget.resets_at > now);
        if let Some(budget) = &mut self.budget {
            let kept = match priority {
                Priority::Ordinary => budget.reserve(),
                Priority::Emergency => 0,
            };
            let left = usize::try_from(budget.remaining.saturating_sub(kept)).unwrap_or(usize::MAX);
            if left < count {
                count = left;
                let closed = match priority {
                    Priority::Ordinary => &mut self.open_until,
                    Priority::Emergency => &mut self.refused_until,
                };
                *closed = Some(budget.resets_at);
            }
            budget.remaining -= u32::try_from(count).unwrap_or(budget.remaining);
        }
        (self, count)
    }

    /// What is known after an answer. `pause` is how long the circuit stays open if it opens.
    #[must_use]
    pub fn after(
        mut self,
        outcome: &Outcome,
        told: Option<Budget>,
        now: DateTime<Utc>,
        pause: impl FnOnce(u32) -> DateTime<Utc>,
    ) -> Self {
        match outcome {
            Outcome::RejectedTransient {
                again: Some(again), ..
            } => self.refused_until = self.refused_until.max(Some(*again)),
            Outcome::NotSent { .. } | Outcome::RejectedTransient { .. } | Outcome::Unknown { .. } => {
                self.failures = self.failures.saturating_add(1);
                if self.is_broken() {
                    self.open_until = Some(pause(self.failures - FAILURES));
                }
            }
            // The platform works and answers: whatever it says of this post, the next one may try.
            Outcome::Published(_)
            | Outcome::RejectedReauth { .. }
            | Outcome::RejectedPermanent { .. }
            | Outcome::RejectedDuplicate { .. } => {
                self.failures = 0;
                self.open_until = None;
            }
        }
        let to_come = |until: Option<DateTime<Utc>>| until.filter(|until| *until > now);
        self.refused_until = to_come(self.refused_until);
        self.open_until = to_come(self.open_until);
        self.budget = merged(self.budget, told, now);
        self
    }
}

/// Of two budgets of the same period the smaller one: answers overtake each other, and what is under way is
/// taken off already.
fn merged(known: Option<Budget>, told: Option<Budget>, now: DateTime<Utc>) -> Option<Budget> {
    let known = known.filter(|budget| budget.resets_at > now);
    let told = told.filter(|budget| budget.resets_at > now && budget.limit > 0);
    match (known, told) {
        (Some(known), Some(told)) if known.resets_at >= told.resets_at => Some(Budget {
            remaining: known.remaining.min(told.remaining),
            ..known
        }),
        (_, Some(told)) => Some(told).filter(Budget::is_scarce),
        (known, None) => known,
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
