//! People's decisions on a revision (承認).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    digest::{FindingId, RevisionDigest},
    ids::{PostId, SignOffId, UserId},
    route::Requirement,
};
use crate::vocabulary;

vocabulary! {
    /// What somebody decided.
    Decision {
        /// It may leave, as far as this stage goes.
        Approve = "approve",
        /// 差戻し: back to the author, with a reason.
        Return = "return",
        /// 却下: it will not leave.
        Reject = "reject",
        /// 上申: in doubt, the superior decides (TOW-5.3b).
        Escalate = "escalate",
        /// 確認: responsibility for what was found only when it was about to leave.
        Acknowledge = "acknowledge",
    }
}

/// A `confirm` finding that the signer took responsibility for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// The finding, by its id: another finding is not covered.
    pub finding: FindingId,
    /// Why it may stand.
    pub reason: String,
}

/// One decision, bound to the digest that the signer saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// Its id.
    pub id: SignOffId,
    /// The post.
    pub post: PostId,
    /// What was seen and signed.
    pub revision: RevisionDigest,
    /// The stage of the post's route, from 0.
    pub stage: u16,
    /// In which role it was given.
    pub requirement: Requirement,
    /// By whom.
    pub by: UserId,
    /// What was decided.
    pub decision: Decision,
    /// The reason: always there for return, reject and escalate.
    pub reason: Option<String>,
    /// The findings that the signer acknowledged.
    pub acknowledgements: Vec<Acknowledgement>,
    /// When.
    pub at: DateTime<Utc>,
}
