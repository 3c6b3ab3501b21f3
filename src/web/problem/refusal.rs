//! From what a use case refuses with to what the client is told. What is our own fault goes to the log only.

use super::{Extra, Problem, ProblemType as T, Wrong};
use crate::{
    gate::Verdict,
    i18n::Language,
    service::{Conflict, MediaError, MediaRefused as Refused, Need, ServiceError, StoreError, Thing},
    web::moment::{HOUSE_ZONE, Moment},
};

/// What a platform said is shown to the administrator, but not without end.
const LONGEST_SAYING: usize = 300;

impl From<ServiceError> for Problem {
    fn from(why: ServiceError) -> Self {
        match why {
            ServiceError::NotFound(thing) => Self::not_found(thing),
            ServiceError::Unauthenticated => Self::new(T::Unauthenticated),
            ServiceError::Forbidden(need) => Self::new(match need {
                Need::Scope => T::ScopeMissing,
                Need::Role => T::RoleMissing,
                Need::OtherHands => T::OwnPost,
                Need::OtherStage => T::SignedBefore,
                Need::Staff => T::OperatorSigns,
            }),
            ServiceError::Conflict(conflict) => of_conflict(conflict),
            ServiceError::Precondition { current } => {
                let mut problem = Self::new(T::VersionStale).with("current", current);
                problem.extra.current_version = Some(current);
                problem
            }
            ServiceError::Invalid(errors) => {
                let mut problem = Self::new(T::InvalidFields);
                problem.errors = errors
                    .into_iter()
                    .map(|error| Wrong {
                        pointer: error.pointer,
                        message: error.message,
                    })
                    .collect();
                problem
            }
            ServiceError::Refused(verdict) => of_verdict(T::GateRefuses, *verdict),
            ServiceError::Unacknowledged(verdict) => of_verdict(T::Unacknowledged, *verdict),
            ServiceError::KeyReused => Self::new(T::KeyReused),
            ServiceError::Connect(said) => Self::new(T::ConnectFailed).with("said", shortened(&said)),
            ServiceError::NoKeyRing => Self::new(T::NoKeyRing),
            ServiceError::NoDispatcher => Self::new(T::NoDispatcher),
            ServiceError::Policy(why) => {
                tracing::error!(error = %why, "the policy in force cannot be used");
                Self::new(T::Internal)
            }
            ServiceError::Vault(why) => {
                tracing::error!(error = %why, "the vault refused");
                Self::new(T::Internal)
            }
            ServiceError::Media(why) => of_media(&why),
            ServiceError::Store(why) => of_store(&why),
        }
    }
}

/// What a refusal says to a person who does not meet it over HTTP.
///
/// # Errors
/// Gives back what is our own fault: of that the API says nothing.
pub fn in_words(why: ServiceError, language: Language) -> Result<String, ServiceError> {
    match why {
        ServiceError::Policy(_)
        | ServiceError::Vault(_)
        | ServiceError::Store(_)
        | ServiceError::Media(_) => Err(why),
        refusal => Ok(Problem::from(refusal).body(language, "").in_words()),
    }
}

impl Problem {
    /// Something is not there, or not for this person to know.
    #[must_use]
    pub fn not_found(thing: Thing) -> Self {
        Self::new(T::NotFound).with_text("thing", thing_key(thing))
    }
}

/// The text that names a thing.
#[must_use]
pub(in crate::web) const fn thing_key(thing: Thing) -> &'static str {
    match thing {
        Thing::Post => "thing-post",
        Thing::Account => "thing-account",
        Thing::Delivery => "thing-delivery",
        Thing::Hold => "thing-hold",
        Thing::Emergency => "thing-emergency",
        Thing::Connection => "thing-connection",
        Thing::Credential => "thing-credential",
        Thing::Organization => "thing-organization",
        Thing::Division => "thing-division",
        Thing::User => "thing-user",
        Thing::Token => "thing-token",
        Thing::Proposal => "thing-proposal",
        Thing::Media => "thing-media",
    }
}

fn shortened(said: &str) -> String {
    said.chars().take(LONGEST_SAYING).collect()
}

fn of_conflict(conflict: Conflict) -> Problem {
    match conflict {
        Conflict::State { from } => Problem::new(T::WrongState).with("state", from),
        Conflict::StaleDigest { current } => {
            let mut problem = Problem::new(T::StaleDigest);
            problem.extra.current_digest = Some(current);
            problem
        }
        Conflict::RetimeFirst => Problem::new(T::RetimeFirst),
        Conflict::MayBeOut => Problem::new(T::MayBeOut),
        Conflict::Changed => Problem::new(T::ChangedMeanwhile),
        Conflict::Exists => Problem::new(T::Exists),
        Conflict::NoPolicy => Problem::new(T::NoPolicy),
        Conflict::OtherAccount(other) => Problem::new(T::OtherAccount)
            .with("handle", shortened(&other.handle))
            .with("id", shortened(&other.id)),
        Conflict::NotConnectable => Problem::new(T::NotConnectable),
    }
}

fn of_media(why: &MediaError) -> Problem {
    match why {
        MediaError::Refused(Refused::Unknown | Refused::NotTaken(_)) => Problem::new(T::MediaNotTaken),
        MediaError::Refused(refused) => {
            let reason = match refused {
                Refused::TooManyPixels { .. } => "media-too-many-pixels",
                Refused::TooManyFrames => "media-too-many-frames",
                Refused::WouldStandStill => "media-would-stand-still",
                Refused::Broken(_) | Refused::Unknown | Refused::NotTaken(_) => "media-broken",
            };
            tracing::info!(%why, "an upload was refused");
            Problem::new(T::MediaRefused).with_text("reason", reason)
        }
        MediaError::TooLarge { .. } => Problem::new(T::BodyTooLarge),
        MediaError::NotHere
        | MediaError::Unfit(_)
        | MediaError::Fit(_)
        | MediaError::OtherRendition(_)
        | MediaError::Depot(_) => {
            tracing::error!(%why, "a picture or film cannot be kept or read");
            Problem::new(T::MediaUnavailable)
        }
    }
}

fn of_verdict(kind: T, verdict: Verdict) -> Problem {
    let mut problem = Problem::new(kind).with("count", verdict.findings.len());
    problem.extra = Box::new(Extra {
        next_allowed: verdict.next_allowed.map(|at| Moment::new(at, HOUSE_ZONE)),
        findings: Some(verdict.findings),
        ..Extra::default()
    });
    problem
}

fn of_store(why: &StoreError) -> Problem {
    tracing::error!(error = %why, "the database refused");
    Problem::new(match why {
        StoreError::Unreachable(_) | StoreError::Closed | StoreError::Commit(_) => T::Unavailable,
        _ => T::Internal,
    })
}
