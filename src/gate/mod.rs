//! The gate: every rule, in one place, for every path (console, API, retry, emergency).
//!
//! [`Gate::evaluate`] explains; [`Gate::permit`] consents. Both look at the same [`Case`] with the same
//! rules, and only the second can make a [`Permit`]. The gate does no I/O: what it needs from outside
//! arrives in the case, and what is missing fails closed.

mod called;
mod case;
#[cfg(test)]
mod cost_tests;
pub mod coverage;
mod demands;
#[cfg(test)]
mod fuzz;
mod hosts;
mod links;
pub mod lint;
mod loosened;
mod names;
mod near;
mod normalise;
pub mod origin;
mod permit;
pub mod policy;
mod policy_error;
mod profile;
mod reading;
mod removal;
mod rules;
#[cfg(test)]
mod testing;
mod verdict;
pub mod word_lists;
mod word_patterns;

pub use case::{Case, Phase, Target};
pub use demands::{About, Attestation, LeastRoute, PolicyFields};
pub use links::{addresses_in, links};
pub use loosened::{Loosened, Way, loosened};
pub use near::text_mark;
pub use normalise::{Normalised, fingerprint};
pub use permit::{Claim, Permit, Refusal, TOO_LATE};
pub use policy::{Policy, PolicyDocument, PolicyError};
pub use profile::{OutsideChecker, SiteRule};
pub use removal::{RemovalPermit, RemovalRefusal};
pub use rules::{RuleInfo, all as rules};
pub use verdict::{TargetCount, Verdict};

use chrono::{DateTime, Utc};

use crate::domain::{account::Account, withdrawal::Withdrawal};

/// The one judge. It has no state: policy, holds, emergencies and the time are all in the case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gate;

impl Gate {
    /// Runs all rules and explains all of them; never stops at the first.
    #[must_use]
    pub fn evaluate(self, case: &Case<'_>) -> Verdict {
        rules::run(case)
    }

    /// Consents to one attempt, or says why not. `case` must be of [`Phase::Dispatch`] and contain the
    /// one target that the claim is for.
    ///
    /// # Errors
    /// The verdict with all findings that stand in the way.
    pub fn permit(self, case: &Case<'_>, claim: &Claim) -> Result<Permit, Refusal> {
        permit::decide(case, claim, self.evaluate(case))
    }

    /// Consents to take back what is out, by an order that a worker has claimed.
    ///
    /// # Errors
    /// See [`RemovalRefusal`].
    pub fn permit_removal(
        self,
        order: &Withdrawal,
        account: &Account,
        send_by: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<RemovalPermit, RemovalRefusal> {
        removal::decide(order, account, send_by, now)
    }
}
