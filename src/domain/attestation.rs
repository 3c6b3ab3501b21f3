//! What people assure where no machine can see it (確認事項): given with a submission or an approval, bound to
//! the revision that was on the screen.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    digest::RevisionDigest,
    ids::{AttestationId, UserId},
    route::Requirement,
    seat::{ParseSeatError, Seat},
};

/// Who is asked for an assurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Giver {
    /// Whoever hands the post over.
    Author,
    /// Whoever signs in this seat.
    Signer(Seat),
}

impl fmt::Display for Giver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Author => f.write_str("author"),
            Self::Signer(seat) => seat.fmt(f),
        }
    }
}

/// A text that names no giver.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `author`, `approver` or `role:…`")]
pub struct ParseGiverError;

impl FromStr for Giver {
    type Err = ParseGiverError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "author" => Ok(Self::Author),
            seat => seat
                .parse()
                .map(Self::Signer)
                .map_err(|ParseSeatError| ParseGiverError),
        }
    }
}

impl Serialize for Giver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Giver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// As what somebody gave an assurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GivenAs {
    /// Handing the post over.
    Author,
    /// Signing at a stage.
    Signer(Requirement),
}

impl fmt::Display for GivenAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Author => f.write_str("author"),
            Self::Signer(requirement) => requirement.fmt(f),
        }
    }
}

impl FromStr for GivenAs {
    type Err = super::route::ParseRequirementError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "author" => Ok(Self::Author),
            requirement => requirement.parse().map(Self::Signer),
        }
    }
}

/// An assurance that somebody gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its id.
    pub id: AttestationId,
    /// Which, as the profile names it.
    pub name: String,
    /// What was assured, word by word (Japanese): another wording is another assurance.
    pub wording: String,
    /// The content that it is about.
    pub revision: RevisionDigest,
    /// As what it was given.
    pub given_as: GivenAs,
    /// By whom.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::actor::OrganizationRole;

    const PUBLICITY: OrganizationRole = OrganizationRole::Publicity;

    #[test]
    fn givers_have_a_text_form() {
        for giver in [
            Giver::Author,
            Giver::Signer(Seat::Approver),
            Giver::Signer(Seat::Holder(PUBLICITY)),
        ] {
            assert_eq!(giver.to_string().parse(), Ok(giver));
        }
        assert_eq!("nobody".parse::<Giver>(), Err(ParseGiverError));
        for given_as in [GivenAs::Author, GivenAs::Signer(Requirement::Holder(PUBLICITY))] {
            assert_eq!(given_as.to_string().parse(), Ok(given_as));
        }
        assert!("approver".parse::<GivenAs>().is_err());
    }
}
