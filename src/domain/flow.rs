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
    /// The circuit is open until then. Afterwards one post tries, and closes it or not.
    pub open_until: Option<DateTime<Utc>>,
    /// The platform said "later": nothing leaves before.
    pub refused_until: Option<DateTime<Utc>>,
    /// The platform's budget, once it is scarce.
    pub budget: Option<Budget>,
}

/// How many of some posts may pass now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// How many.
    pub count: usize,
    /// When the others are due again.
    pub rest_due: DateTime<Utc>,
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
    /// and after an open circuit one post alone tries, until `lease_until` at the latest.
    #[must_use]
    pub fn admit(
        mut self,
        priority: Priority,
        wanted: usize,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> (Self, Admitted) {
        let none = |due| Admitted {
            count: 0,
            rest_due: due,
        };
        if let Some(until) = self.refused_until.filter(|until| *until > now) {
            return (self, none(until));
        }
        let mut admitted = Admitted {
            count: wanted,
            rest_due: now,
        };
        if priority == Priority::Ordinary && self.is_broken() {
            // The others stay due: they are not claimed while the circuit is open, and at once when it closes.
            if self.open_until.is_some_and(|until| until > now) {
                return (self, none(now));
            }
            self.open_until = Some(lease_until);
            admitted.count = wanted.min(1);
        }
        self.budget = self.budget.filter(|budget| budget.resets_at > now);
        if let Some(budget) = &mut self.budget {
            let kept = match priority {
                Priority::Ordinary => budget.reserve(),
                Priority::Emergency => 0,
            };
            let left = budget.remaining.saturating_sub(kept);
            let count = admitted.count.min(usize::try_from(left).unwrap_or(usize::MAX));
            if count < admitted.count {
                admitted.rest_due = budget.resets_at;
            }
            admitted.count = count;
            budget.remaining -= u32::try_from(count).unwrap_or(budget.remaining);
        }
        (self, admitted)
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
        self.refused_until = self.refused_until.filter(|until| *until > now);
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
