//! The ordered sign-offs that an account asks for (決裁ルート).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    actor::{Grant, OrganizationRole, Person},
    ids::DivisionId,
};

/// Who may sign at a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// An approver of a division (所属長).
    ApproverOf(DivisionId),
    /// Somebody with a role of the whole organization, such as the publicity division (合議).
    Holder(OrganizationRole),
}

impl Requirement {
    /// Whether a person holds the role that this stage asks for. Operators never do (MIS-3.1).
    #[must_use]
    pub fn admits(self, person: &Person) -> bool {
        if person.is_operator() {
            return false;
        }
        match self {
            Self::ApproverOf(division) => person.grants.contains(&Grant::Approver(division)),
            Self::Holder(role) => person.holds(role),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApproverOf(division) => write!(f, "approver:{division}"),
            Self::Holder(role) => write!(f, "role:{role}"),
        }
    }
}

/// A text that names no requirement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `approver:div_…` or `role:…`")]
pub struct ParseRequirementError;

impl FromStr for Requirement {
    type Err = ParseRequirementError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("approver", division)) => division
                .parse()
                .map(Self::ApproverOf)
                .map_err(|_| ParseRequirementError),
            Some(("role", role)) => role.parse().map(Self::Holder).map_err(|_| ParseRequirementError),
            _ => Err(ParseRequirementError),
        }
    }
}

impl Serialize for Requirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Requirement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// One step of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What people call it, such as 課長決裁.
    pub title: String,
    /// Who may sign.
    pub requirement: Requirement,
}

/// The ordered stages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Route {
    stages: Vec<Stage>,
}

impl Route {
    /// A route of these stages, in this order.
    #[must_use]
    pub const fn new(stages: Vec<Stage>) -> Self {
        Self { stages }
    }

    /// The stages, first to last.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The route of a post that goes to several accounts: at each position the distinct requirements
    /// of all of them, so that every account's own route is contained, in its own order.
    #[must_use]
    pub fn combine<'a>(routes: impl IntoIterator<Item = &'a Self>) -> Self {
        let routes: Vec<&Self> = routes.into_iter().collect();
        let longest = routes.iter().map(|route| route.stages.len()).max().unwrap_or(0);
        let mut stages: Vec<Stage> = Vec::new();
        for position in 0..longest {
            let mut here: Vec<&Stage> = routes
                .iter()
                .filter_map(|route| route.stages.get(position))
                .collect();
            here.sort_by_key(|stage| stage.requirement);
            here.dedup_by_key(|stage| stage.requirement);
            for stage in here {
                // A route may ask the same office twice, of two people; two routes that ask it once
                // each are satisfied by one signature.
                let asked = |route: &&Self| {
                    route.stages[..route.stages.len().min(position + 1)]
                        .iter()
                        .filter(|earlier| earlier.requirement == stage.requirement)
                        .count()
                };
                let needed = routes.iter().map(asked).max().unwrap_or(0);
                let have = stages
                    .iter()
                    .filter(|known| known.requirement == stage.requirement)
                    .count();
                if have < needed {
                    stages.push(stage.clone());
                }
            }
        }
        Self { stages }
    }

    /// The same route with one more stage at its end, for what was escalated beyond the last one.
    #[must_use]
    pub fn extended(mut self, stage: Stage) -> Self {
        self.stages.push(stage);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn stage(division: u128) -> Stage {
        Stage {
            title: format!("stage {division}"),
            requirement: Requirement::ApproverOf(DivisionId::new(Uuid::from_u128(division))),
        }
    }

    #[test]
    fn equal_routes_ask_once() {
        let route = Route::new(vec![stage(1), stage(2)]);
        assert_eq!(Route::combine([&route, &route]), route);
    }

    #[test]
    fn different_routes_ask_everybody() {
        let one = Route::new(vec![stage(1), stage(3)]);
        let two = Route::new(vec![stage(2), stage(3)]);
        assert_eq!(
            Route::combine([&one, &two]),
            Route::new(vec![stage(1), stage(2), stage(3)])
        );
    }

    #[test]
    fn an_office_that_is_asked_twice_is_asked_twice() {
        let route = Route::new(vec![stage(1), stage(1)]);
        assert_eq!(Route::combine([&route]), route);
    }

    #[test]
    fn requirements_have_a_text_form() {
        for requirement in [
            stage(1).requirement,
            Requirement::Holder(OrganizationRole::Publicity),
        ] {
            assert_eq!(requirement.to_string().parse(), Ok(requirement));
        }
    }
}
