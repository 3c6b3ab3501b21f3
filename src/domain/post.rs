//! The editorial life of a post (投稿).

use chrono::{DateTime, Utc};

use super::{
    actor::Person,
    delivery::{Delivery, DeliveryPhase},
    digest::RevisionDigest,
    ids::{OrganizationId, PostId, UserId},
    route::{Requirement, Route, Stage},
    signoff::Decision,
};
use crate::vocabulary;

vocabulary! {
    /// The name of a post's state, as it is stored and shown.
    PostPhase {
        /// 下書き
        Draft = "draft",
        /// 決裁中
        InReview = "in_review",
        /// 承認済み
        Approved = "approved",
        /// 却下
        Rejected = "rejected",
        /// 取消
        Cancelled = "cancelled",
        /// 完了
        Completed = "completed",
    }
}

vocabulary! {
    /// How a completed post ended.
    Summary {
        /// On every account.
        Published = "published",
        /// On some.
        Partial = "partial",
        /// On none.
        Failed = "failed",
    }
}

/// Where a post stands, with the data that belong to that place and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostState {
    /// See [`PostPhase::Draft`].
    Draft,
    /// See [`PostPhase::InReview`].
    InReview {
        /// What is under review.
        revision: RevisionDigest,
        /// The stage whose turn it is, from 0.
        stage: u16,
        /// The post's route, fixed at submission; the gate checks the accounts' own again at dispatch.
        route: Route,
    },
    /// See [`PostPhase::Approved`].
    Approved {
        /// What was approved.
        revision: RevisionDigest,
        /// The route that was walked.
        route: Route,
    },
    /// See [`PostPhase::Rejected`].
    Rejected,
    /// See [`PostPhase::Cancelled`].
    Cancelled,
    /// See [`PostPhase::Completed`].
    Completed {
        /// What left.
        revision: RevisionDigest,
        /// The route that was walked.
        route: Route,
        /// How it ended.
        summary: Summary,
    },
}

impl PostState {
    /// The state's name.
    #[must_use]
    pub const fn phase(&self) -> PostPhase {
        match self {
            Self::Draft => PostPhase::Draft,
            Self::InReview { .. } => PostPhase::InReview,
            Self::Approved { .. } => PostPhase::Approved,
            Self::Rejected => PostPhase::Rejected,
            Self::Cancelled => PostPhase::Cancelled,
            Self::Completed { .. } => PostPhase::Completed,
        }
    }
}

/// When a post shall leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishMode {
    /// At a planned time.
    At(DateTime<Utc>),
    /// As soon as the last stage approved and the window is open.
    OnApproval,
}

/// Why a transition was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The state machine does not have it.
    #[error("a post that is {from} cannot {event}")]
    InvalidTransition {
        /// The state it was in.
        from: PostPhase,
        /// What was asked, as a verb.
        event: &'static str,
    },
    /// What the signer saw is not what is under review.
    #[error("the post was edited since: it is now {current}")]
    StaleDigest {
        /// The digest under review.
        current: RevisionDigest,
    },
    /// A part of it may be in public.
    #[error("part of the post may be out already: correct or withdraw it instead")]
    MayBeOut,
}

/// What a sign-off led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The next stage has its turn.
    NextStage,
    /// All stages approved.
    Complete,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// The organization.
    pub organization: OrganizationId,
    /// Who queued it.
    pub author: UserId,
    /// 文書番号, if the organization numbers its documents.
    pub document_number: Option<String>,
    /// When it shall leave.
    pub publish: PublishMode,
    /// Grows with every change: the API's `ETag`.
    pub version: i64,
    /// Where it stands.
    pub state: PostState,
}

impl Post {
    fn refuse<T>(&self, event: &'static str) -> Result<T, PostError> {
        Err(PostError::InvalidTransition {
            from: self.state.phase(),
            event,
        })
    }

    fn become_(self, state: PostState) -> Self {
        Self { state, ..self }
    }

    /// Hands the latest revision to the first stage of a route.
    ///
    /// # Errors
    /// Unless it is a draft.
    pub fn submit(self, revision: RevisionDigest, route: Route) -> Result<Self, PostError> {
        match self.state {
            PostState::Draft => Ok(self.become_(PostState::InReview {
                revision,
                stage: 0,
                route,
            })),
            _ => self.refuse("be submitted"),
        }
    }

    /// The stage whose turn it is.
    #[must_use]
    pub fn current_stage(&self) -> Option<&Stage> {
        match &self.state {
            PostState::InReview { stage, route, .. } => route.stages().get(usize::from(*stage)),
            _ => None,
        }
    }

    /// What is under review, if `seen` is it.
    ///
    /// # Errors
    /// Unless it is in review and `seen` is the revision under review.
    pub fn reviewed(
        &self,
        seen: RevisionDigest,
        decision: Decision,
    ) -> Result<(u16, Requirement), PostError> {
        let event = match decision {
            Decision::Approve => "be approved",
            Decision::Return => "be returned",
            Decision::Reject => "be rejected",
            Decision::Escalate => "be escalated",
            Decision::Acknowledge => "be acknowledged",
        };
        match (&self.state, self.answering_stage(decision)) {
            (PostState::InReview { revision, .. } | PostState::Approved { revision, .. }, Some(_))
                if *revision != seen =>
            {
                Err(PostError::StaleDigest { current: *revision })
            }
            (_, Some((stage, requirement))) => Ok((stage, requirement)),
            (_, None) => self.refuse(event),
        }
    }

    /// The stage that this decision belongs to: the one whose turn it is; for what is found after all
    /// approved, the last one.
    fn answering_stage(&self, decision: Decision) -> Option<(u16, Requirement)> {
        match (&self.state, decision) {
            (PostState::Approved { route, .. }, Decision::Acknowledge) => {
                let last = route.stages().len().checked_sub(1)?;
                Some((u16::try_from(last).ok()?, route.stages()[last].requirement))
            }
            (_, Decision::Acknowledge) => None,
            (PostState::InReview { stage, .. }, _) => {
                self.current_stage().map(|current| (*stage, current.requirement))
            }
            _ => None,
        }
    }

    /// Whether a person holds the role that this post waits for, or, once approved, whose word would count.
    #[must_use]
    pub fn answers_to(&self, person: &Person) -> bool {
        let decision = match self.state {
            PostState::Approved { .. } => Decision::Acknowledge,
            _ => Decision::Approve,
        };
        self.answering_stage(decision)
            .is_some_and(|(_, requirement)| requirement.admits(person))
    }

    /// The stage whose turn it is approves.
    ///
    /// # Errors
    /// Unless it is in review.
    pub fn approve(self) -> Result<(Self, Progress), PostError> {
        match self.state {
            PostState::InReview {
                revision,
                stage,
                ref route,
            } => {
                let route = route.clone();
                let next = stage + 1;
                if usize::from(next) < route.stages().len() {
                    Ok((
                        self.become_(PostState::InReview {
                            revision,
                            stage: next,
                            route,
                        }),
                        Progress::NextStage,
                    ))
                } else {
                    Ok((
                        self.become_(PostState::Approved { revision, route }),
                        Progress::Complete,
                    ))
                }
            }
            _ => self.refuse("be approved"),
        }
    }

    /// 差戻し: back to the author.
    ///
    /// # Errors
    /// Unless it is in review.
    pub fn send_back(self) -> Result<Self, PostError> {
        match self.state {
            PostState::InReview { .. } => Ok(self.become_(PostState::Draft)),
            _ => self.refuse("be returned"),
        }
    }

    /// 却下: it will not leave.
    ///
    /// # Errors
    /// Unless it is in review.
    pub fn reject(self) -> Result<Self, PostError> {
        match self.state {
            PostState::InReview { .. } => Ok(self.become_(PostState::Rejected)),
            _ => self.refuse("be rejected"),
        }
    }

    /// 上申: one stage higher; beyond the last one, a further stage answers.
    ///
    /// # Errors
    /// Unless it is in review.
    pub fn escalate(self, beyond: Stage) -> Result<Self, PostError> {
        match self.state {
            PostState::InReview {
                revision,
                stage,
                ref route,
            } => {
                let route = route.clone();
                let next = stage + 1;
                let route = if usize::from(next) < route.stages().len() {
                    route
                } else {
                    route.extended(beyond)
                };
                Ok(self.become_(PostState::InReview {
                    revision,
                    stage: next,
                    route,
                }))
            }
            _ => self.refuse("be escalated"),
        }
    }

    /// A new revision: every sign-off on the old one is void.
    ///
    /// # Errors
    /// Unless it is a draft, in review or approved, and nothing of it may be out.
    pub fn edit(self, deliveries: &[Delivery]) -> Result<Self, PostError> {
        match self.state {
            PostState::Draft | PostState::InReview { .. } | PostState::Approved { .. } => {
                if deliveries.iter().any(Delivery::may_be_out) {
                    return Err(PostError::MayBeOut);
                }
                Ok(self.become_(PostState::Draft))
            }
            _ => self.refuse("be edited"),
        }
    }

    /// Taken back as a whole; deliveries that may be out stay, and decide how it ends.
    ///
    /// # Errors
    /// Unless it is a draft, in review or approved.
    pub fn cancel(self, deliveries: &[Delivery]) -> Result<Self, PostError> {
        match self.state {
            PostState::Draft | PostState::InReview { .. } | PostState::Approved { .. } => {
                let failed = |one: &Delivery| one.state.phase() == DeliveryPhase::Failed;
                if deliveries.iter().any(|one| one.may_be_out() || failed(one)) {
                    return Ok(self.settle(deliveries));
                }
                Ok(self.become_(PostState::Cancelled))
            }
            _ => self.refuse("be cancelled"),
        }
    }

    /// Completes an approved post once all its deliveries are final; else leaves it as it is.
    #[must_use]
    pub fn settle(self, deliveries: &[Delivery]) -> Self {
        let (revision, route) = match &self.state {
            PostState::Approved { revision, route } | PostState::Completed { revision, route, .. } => {
                (*revision, route.clone())
            }
            _ => return self,
        };
        let phase = |one: &&Delivery| one.state.phase();
        let live: Vec<_> = deliveries
            .iter()
            .filter(|one| phase(one) != DeliveryPhase::Cancelled)
            .collect();
        if live.is_empty() || !live.iter().all(|one| phase(one).is_final()) {
            return self;
        }
        let whole = live
            .iter()
            .filter(|one| phase(one) == DeliveryPhase::Published)
            .count();
        let summary = match whole {
            0 if live.iter().all(|one| one.series.out() == 0) => Summary::Failed,
            all if all == deliveries.len() => Summary::Published,
            _ => Summary::Partial,
        };
        self.become_(PostState::Completed {
            revision,
            route,
            summary,
        })
    }

    /// A failed target is tried again with the same sign-offs.
    ///
    /// # Errors
    /// Unless it is approved, or completed without being out everywhere.
    pub fn reopen(self) -> Result<Self, PostError> {
        match self.state {
            PostState::Approved { .. } => Ok(self),
            PostState::Completed {
                revision,
                ref route,
                summary: Summary::Partial | Summary::Failed,
            } => {
                let route = route.clone();
                Ok(self.become_(PostState::Approved { revision, route }))
            }
            _ => self.refuse("be tried again"),
        }
    }
}

#[cfg(test)]
#[path = "post_tests.rs"]
mod tests;
