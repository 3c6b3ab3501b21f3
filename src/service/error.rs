//! Why a use case did not do what was asked. Nothing was changed then.

use crate::{
    depot::DepotError,
    domain::{
        delivery,
        digest::MediaDigest,
        emergency::EmergencyError,
        finding::Message,
        media::Unfit,
        post::{PostError, PostPhase},
        revision::ContentError,
    },
    gate::{PolicyError, Verdict},
    media::{FitError, Refused},
    store::{StoreError, attempts::IntentError},
    vault::VaultError,
};

/// What was not found. Another organization's things are not found either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A post.
    Post,
    /// An account.
    Account,
    /// A delivery.
    Delivery,
    /// A hold.
    Hold,
    /// An emergency.
    Emergency,
    /// A connection under way.
    Connection,
    /// A credential that can be used.
    Credential,
    /// An organization.
    Organization,
    /// A division.
    Division,
    /// A person.
    User,
    /// A token.
    Token,
    /// A proposed version of a policy.
    Proposal,
    /// A picture or film.
    Media,
}

/// What somebody lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The token's scope does not allow it.
    Scope,
    /// The role for it.
    Role,
    /// Author and editors of a post never sign it.
    OtherHands,
    /// One person signs one stage.
    OtherStage,
    /// Operators never sign (MIS-3.1).
    Staff,
}

/// An account that came back from a platform in place of another one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Other {
    /// Its name there.
    pub handle: String,
    /// The platform's id of it.
    pub id: String,
}

/// Why the state of things does not allow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// The state machine does not have it.
    State {
        /// Where it stands, as a word.
        from: &'static str,
    },
    /// The content was edited since the signer saw it.
    StaleDigest {
        /// What is under review now.
        current: String,
    },
    /// Its time is over: give it another one first.
    RetimeFirst,
    /// Part of it may be out: correct or withdraw it.
    MayBeOut,
    /// Somebody else changed it at the same time.
    Changed,
    /// There is one already.
    Exists,
    /// No policy was imported: nothing can be judged.
    NoPolicy,
    /// The account that came back is not the one in the register.
    OtherAccount(Other),
    /// The account cannot be connected in its status, or its platform is not supported.
    NotConnectable,
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: Message,
}

impl FieldError {
    /// An error at a place.
    #[must_use]
    pub fn at(pointer: impl Into<String>, key: &'static str) -> Self {
        Self {
            pointer: pointer.into(),
            message: Message::new(key),
        }
    }
}

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such thing, or it is not for this person to know.
    #[error("not found: {0:?}")]
    NotFound(Thing),
    /// The token is unknown, expired or revoked.
    #[error("the token is not valid")]
    Unauthenticated,
    /// The person may not do this.
    #[error("not allowed: {0:?}")]
    Forbidden(Need),
    /// The state of things does not allow it.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// The version that the client saw is not the current one.
    #[error("the version is {current} by now")]
    Precondition {
        /// The current version.
        current: i64,
    },
    /// Fields are wrong.
    #[error("invalid input: {0:?}")]
    Invalid(Vec<FieldError>),
    /// The gate says no.
    #[error("the gate refuses")]
    Refused(Box<Verdict>),
    /// `confirm` findings wait for the signer's word.
    #[error("findings are not acknowledged")]
    Unacknowledged(Box<Verdict>),
    /// The idempotency key was used for another request.
    #[error("the key was used for another request")]
    KeyReused,
    /// The other side of a connection refused or failed.
    #[error("the platform did not connect the account: {0}")]
    Connect(String),
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// This process holds no key ring.
    #[error("this process has no key ring: credentials can be neither sealed nor opened")]
    NoKeyRing,
    /// A picture or film.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// This process holds no key ring, and no dispatcher answered in time.
    #[error("no dispatcher has answered yet: look at the account in a moment")]
    NoDispatcher,
    /// The database.
    #[error(transparent)]
    Store(StoreError),
}

/// Why a picture or film is not taken, or not given.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// No place for them is configured.
    #[error("no place for pictures and films is configured")]
    NotHere,
    /// They are not what is taken.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// They are larger than what is taken.
    #[error("more than {most} bytes")]
    TooLarge {
        /// The most.
        most: u64,
    },
    /// The platform does not take it, whatever is done to it.
    #[error("the platform does not take it: {0}")]
    Unfit(Unfit),
    /// It cannot be made into what the platform takes.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// What is made of it now is not what was made before.
    #[error("what is made of {0} now is not what was made before")]
    OtherRendition(MediaDigest),
    /// The place where they are kept.
    #[error(transparent)]
    Depot(#[from] DepotError),
}

impl From<DepotError> for ServiceError {
    fn from(why: DepotError) -> Self {
        Self::Media(why.into())
    }
}

impl From<StoreError> for ServiceError {
    fn from(why: StoreError) -> Self {
        match why {
            StoreError::Stale(_) => Self::Conflict(Conflict::Changed),
            StoreError::Duplicate { .. } => Self::Conflict(Conflict::Exists),
            other => Self::Store(other),
        }
    }
}

impl From<PostError> for ServiceError {
    fn from(why: PostError) -> Self {
        Self::Conflict(match why {
            PostError::InvalidTransition { from, .. } => Conflict::State {
                from: PostPhase::as_str(from),
            },
            PostError::StaleDigest { current } => Conflict::StaleDigest {
                current: current.to_string(),
            },
            PostError::MayBeOut => Conflict::MayBeOut,
        })
    }
}

impl From<crate::domain::withdrawal::InvalidWithdrawal> for ServiceError {
    fn from(why: crate::domain::withdrawal::InvalidWithdrawal) -> Self {
        Self::Conflict(Conflict::State {
            from: why.from.as_str(),
        })
    }
}

impl From<delivery::InvalidTransition> for ServiceError {
    fn from(why: delivery::InvalidTransition) -> Self {
        Self::Conflict(Conflict::State {
            from: why.from.as_str(),
        })
    }
}

impl From<EmergencyError> for ServiceError {
    fn from(why: EmergencyError) -> Self {
        Self::Invalid(vec![match why {
            EmergencyError::NoAccount => FieldError::at("/accounts", "field-emergency-no-account"),
            EmergencyError::EndsInThePast => FieldError::at("/expires_at", "field-time-past"),
            EmergencyError::TooLong => FieldError::at("/expires_at", "field-emergency-too-long"),
        }])
    }
}

impl From<ContentError> for ServiceError {
    fn from(why: ContentError) -> Self {
        Self::Invalid(vec![match why {
            ContentError::NoTarget => FieldError::at("/targets", "field-targets-empty"),
            ContentError::TargetTwice(_) => FieldError::at("/targets", "field-target-twice"),
            ContentError::NoPart(_) => FieldError::at("/text", "field-required"),
            ContentError::NoDrillMark(_) => FieldError::at("/text", "field-drill-mark-missing"),
            ContentError::StrayDrillMark(_) => FieldError::at("/text", "field-drill-mark-stray"),
        }])
    }
}

impl From<IntentError> for ServiceError {
    fn from(why: IntentError) -> Self {
        match why {
            IntentError::EpochMoved { .. } | IntentError::ClaimLost => Self::Conflict(Conflict::Changed),
            IntentError::Store(store) => store.into(),
        }
    }
}
