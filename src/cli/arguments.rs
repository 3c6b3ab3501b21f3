//! Arguments that several commands take.

use std::str::FromStr;

use crate::domain::{
    actor::{Grant, OrganizationRole},
    ids::{AccountId, DivisionId},
    route::{Requirement, Stage},
};

/// A role, as it is written on the command line: `author:div_…`, `approver:div_…`,
/// `operator:div_…:acc_…`, or `administrator`, `publicity`, `duty_officer`, `auditor`.
#[derive(Debug, Clone, Copy)]
pub struct RoleArgument(pub Grant);

impl FromStr for RoleArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(':').collect();
        let division = |text: &str| text.parse::<DivisionId>().map_err(|why| why.to_string());
        match parts.as_slice() {
            ["author", id] => Ok(Self(Grant::Author(division(id)?))),
            ["approver", id] => Ok(Self(Grant::Approver(division(id)?))),
            ["operator", id, account] => {
                let account = account.parse::<AccountId>().map_err(|why| why.to_string())?;
                Ok(Self(Grant::Operator {
                    division: division(id)?,
                    account,
                }))
            }
            [word] => word
                .parse::<OrganizationRole>()
                .map(|role| Self(Grant::Organization(role)))
                .map_err(|why| why.to_string()),
            _ => Err(
                "expected author:div_…, approver:div_…, operator:div_…:acc_… or a role of the organization"
                    .to_owned(),
            ),
        }
    }
}

/// A stage of a route: `TITLE=approver:div_…` or `TITLE=role:publicity`.
#[derive(Debug, Clone)]
pub struct StageArgument(pub Stage);

impl FromStr for StageArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (title, requirement) = text
            .split_once('=')
            .ok_or("expected TITLE=approver:div_… or TITLE=role:…")?;
        let requirement: Requirement = requirement.parse().map_err(|why| format!("{why}"))?;
        Ok(Self(Stage {
            title: title.to_owned(),
            requirement,
        }))
    }
}
