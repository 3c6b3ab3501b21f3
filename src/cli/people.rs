//! `sekisho organization`, `user` and `token`.

use chrono::{DateTime, Duration, Utc};
use clap::Subcommand;

use super::{arguments::RoleArgument, organization as chosen};
use crate::{
    app::App,
    domain::{
        actor::{Actor, Scope},
        ids::{OrganizationId, TokenId, UserId},
    },
    service::NewApiToken,
};

/// Organizations and divisions.
#[derive(Debug, Subcommand)]
pub enum OrganizationCommand {
    /// Founds an organization.
    Add {
        /// Its name.
        name: String,
    },
    /// Lists the organizations.
    List,
    /// Adds a division.
    AddDivision {
        /// Its name.
        name: String,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Lists the divisions.
    Divisions {
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
}

/// Runs `sekisho organization`.
pub async fn organization(app: &App, command: OrganizationCommand) -> anyhow::Result<()> {
    match command {
        OrganizationCommand::Add { name } => {
            println!(
                "{}",
                app.service.found_organization(&name, Actor::Operator).await?
            );
        }
        OrganizationCommand::List => {
            for organization in app.service.organizations().await? {
                println!("{}\t{}", organization.id, organization.name);
            }
        }
        OrganizationCommand::AddDivision { name, organization } => {
            let organization = chosen(app, organization).await?;
            println!(
                "{}",
                app.service
                    .add_division(organization, &name, Actor::Operator)
                    .await?
            );
        }
        OrganizationCommand::Divisions { organization } => {
            let organization = chosen(app, organization).await?;
            for division in app.service.divisions(organization).await? {
                println!("{}\t{}", division.id, division.name);
            }
        }
    }
    Ok(())
}

/// People and their roles.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Adds a person.
    Add {
        /// The name to sign in with.
        login: String,
        /// The name that people read.
        name: String,
        /// A role; may be given several times.
        #[arg(long = "role")]
        roles: Vec<RoleArgument>,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Lists the people.
    List {
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Gives a person a further role.
    Grant {
        /// The person.
        user: UserId,
        /// The role.
        role: RoleArgument,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Takes a role away, by its word (author, approver, operator, administrator …).
    Revoke {
        /// The person.
        user: UserId,
        /// The role's word.
        role: String,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// A person may not act any more; every token of theirs ends.
    Disable {
        /// The person.
        user: UserId,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
}

/// Runs `sekisho user`.
pub async fn user(app: &App, command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add {
            login,
            name,
            roles,
            organization,
        } => {
            let organization = chosen(app, organization).await?;
            let grants = roles.into_iter().map(|role| role.0).collect();
            let id = app
                .service
                .add_user(organization, &login, &name, grants, Actor::Operator)
                .await?;
            println!("{id}");
        }
        UserCommand::List { organization } => {
            let organization = chosen(app, organization).await?;
            for user in app.service.users(organization).await? {
                let state = if user.disabled_at.is_some() {
                    "disabled"
                } else {
                    "active"
                };
                println!("{}\t{}\t{}\t{state}", user.id(), user.login, user.name);
            }
        }
        UserCommand::Grant {
            user,
            role,
            organization,
        } => {
            let organization = chosen(app, organization).await?;
            app.service
                .grant(organization, user, role.0, Actor::Operator)
                .await?;
        }
        UserCommand::Revoke {
            user,
            role,
            organization,
        } => {
            let organization = chosen(app, organization).await?;
            app.service
                .revoke_role(organization, user, &role, Actor::Operator)
                .await?;
        }
        UserCommand::Disable { user, organization } => {
            let organization = chosen(app, organization).await?;
            app.service
                .disable_user(organization, user, Actor::Operator)
                .await?;
        }
    }
    Ok(())
}

/// API tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Makes a token; its text is printed once and never again.
    Issue {
        /// Whom it names.
        user: UserId,
        /// What its owner calls it.
        #[arg(long, default_value = "command line")]
        label: String,
        /// What it may be used for: read, write, approve, administer (write and approve exclude each other).
        #[arg(long = "scope", required = true)]
        scopes: Vec<Scope>,
        /// How many days it lives.
        #[arg(long, default_value_t = 90)]
        days: u16,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Revokes a token.
    Revoke {
        /// The token's id.
        token: TokenId,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Lists the tokens; nothing of them can be used.
    List {
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
}

/// Runs `sekisho token`.
pub async fn token(app: &App, command: TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Issue {
            user,
            label,
            scopes,
            days,
            organization,
        } => {
            let organization = chosen(app, organization).await?;
            let expires_at: DateTime<Utc> = app.service.now() + Duration::days(i64::from(days));
            let new = NewApiToken {
                user,
                label,
                scopes: scopes.into_iter().collect(),
                expires_at,
            };
            let issued = app
                .service
                .issue_token(organization, new, Actor::Operator)
                .await?;
            println!("{}", issued.expose());
        }
        TokenCommand::Revoke { token, organization } => {
            let organization = chosen(app, organization).await?;
            app.service
                .revoke_token(organization, token, Actor::Operator)
                .await?;
        }
        TokenCommand::List { organization } => {
            let organization = chosen(app, organization).await?;
            for token in app.service.tokens(organization).await? {
                let state = if token.revoked_at.is_some() {
                    "revoked"
                } else {
                    "usable"
                };
                println!(
                    "{}\t{}\t{}\t{}\t{}\t{state}",
                    token.id(),
                    token.user(),
                    token.scopes,
                    token.label,
                    token.expires_at.to_rfc3339()
                );
            }
        }
    }
    Ok(())
}
