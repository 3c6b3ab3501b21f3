//! Who signs, told without naming a division: what a profile can say of every account's route.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    actor::OrganizationRole,
    ids::DivisionId,
    route::{Requirement, Route},
};

/// A seat at the table of an account's route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seat {
    /// An approver (所属長) of a division that shares the account.
    Approver,
    /// Somebody with a role of the whole organization.
    Holder(OrganizationRole),
}

impl Seat {
    /// Whether a stage of an account of these divisions fills this seat.
    #[must_use]
    pub fn is_filled_by(self, requirement: Requirement, divisions: &[DivisionId]) -> bool {
        match (self, requirement) {
            (Self::Approver, Requirement::ApproverOf(division)) => divisions.contains(&division),
            (Self::Holder(asked), Requirement::Holder(role)) => asked == role,
            _ => false,
        }
    }

    /// Whether a stage may fill this seat, for an account whose divisions are not known.
    #[must_use]
    pub fn may_be(self, requirement: Requirement) -> bool {
        match (self, requirement) {
            (Self::Approver, Requirement::ApproverOf(_)) => true,
            (Self::Holder(asked), Requirement::Holder(role)) => asked == role,
            _ => false,
        }
    }

    /// What people call it, in Japanese and in English.
    #[must_use]
    pub const fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Approver => ("所属の承認者", "an approver of its division"),
            Self::Holder(OrganizationRole::Administrator) => ("情報政策課", "an administrator"),
            Self::Holder(OrganizationRole::Publicity) => ("広報課", "the publicity division"),
            Self::Holder(OrganizationRole::DutyOfficer) => ("危機管理当番", "the duty officer"),
            Self::Holder(OrganizationRole::Auditor) => ("監査", "an auditor"),
        }
    }
}

impl Route {
    /// The seats that nobody takes on this route of an account of these divisions. A seat that is asked twice
    /// needs two stages.
    #[must_use]
    pub fn lacks(&self, asked: &[Seat], divisions: &[DivisionId]) -> Vec<Seat> {
        let mut stages: Vec<Requirement> = self.stages().iter().map(|stage| stage.requirement).collect();
        let is_vacant = |seat: &&Seat| {
            let taken = stages
                .iter()
                .position(|stage| seat.is_filled_by(*stage, divisions));
            taken.map(|position| stages.swap_remove(position)).is_none()
        };
        asked.iter().filter(is_vacant).copied().collect()
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approver => f.write_str("approver"),
            Self::Holder(role) => write!(f, "role:{role}"),
        }
    }
}

/// A text that names no seat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `approver` or `role:…` with one of: {}", roles())]
pub struct ParseSeatError;

fn roles() -> String {
    let roles: Vec<&str> = OrganizationRole::ALL.iter().map(|role| role.as_str()).collect();
    roles.join(", ")
}

impl FromStr for Seat {
    type Err = ParseSeatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "approver" => Ok(Self::Approver),
            Some(("role", role)) => role.parse().map(Self::Holder).map_err(|_| ParseSeatError),
            _ => Err(ParseSeatError),
        }
    }
}

impl Serialize for Seat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::route::Stage;

    const PUBLICITY: Seat = Seat::Holder(OrganizationRole::Publicity);

    fn division(number: u128) -> DivisionId {
        DivisionId::new(Uuid::from_u128(number))
    }

    fn route(requirements: &[Requirement]) -> Route {
        let stage = |requirement: &Requirement| Stage {
            title: requirement.to_string(),
            requirement: *requirement,
        };
        Route::new(requirements.iter().map(stage).collect())
    }

    #[test]
    fn a_route_lacks_what_no_stage_of_it_asks() {
        let chief = Requirement::ApproverOf(division(1));
        let publicity = Requirement::Holder(OrganizationRole::Publicity);
        let own = [division(1), division(2)];
        let both = [Seat::Approver, PUBLICITY];
        assert_eq!(route(&[publicity, chief]).lacks(&both, &own), []);
        assert_eq!(route(&[chief]).lacks(&both, &own), [PUBLICITY]);
        assert_eq!(route(&[]).lacks(&both, &own), both);
    }

    #[test]
    fn the_approver_of_a_division_that_does_not_share_the_account_is_not_its_own() {
        let stranger = route(&[Requirement::ApproverOf(division(9))]);
        assert_eq!(
            stranger.lacks(&[Seat::Approver], &[division(1)]),
            [Seat::Approver]
        );
    }

    #[test]
    fn one_stage_takes_one_seat() {
        let twice = [Seat::Approver, Seat::Approver];
        let chief = Requirement::ApproverOf(division(1));
        let other = Requirement::ApproverOf(division(2));
        let own = [division(1), division(2)];
        assert_eq!(route(&[chief]).lacks(&twice, &own), [Seat::Approver]);
        assert_eq!(route(&[chief, other]).lacks(&twice, &own), []);
    }

    #[test]
    fn seats_have_a_text_form() {
        for seat in [Seat::Approver, PUBLICITY] {
            assert_eq!(seat.to_string().parse(), Ok(seat));
        }
        for wrong in ["approver:div", "publicity", "role:mayor", ""] {
            assert_eq!(wrong.parse::<Seat>(), Err(ParseSeatError), "{wrong}");
        }
    }
}
