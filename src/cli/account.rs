//! `sekisho account`.

use chrono::Duration;
use chrono_tz::Tz;
use clap::Subcommand;

use super::{arguments::StageArgument, organization as chosen};
use crate::{
    app::App,
    domain::{
        account::{AccountPurpose, EmergencyCover, Platform},
        actor::Actor,
        ids::{AccountId, DivisionId, OrganizationId},
        route::Route,
        window::AccountHours,
    },
    service::NewAccount,
    vault::Secret,
};

/// The register of accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Enters an account in the register.
    Register {
        /// The name that staff see.
        name: String,
        /// The platform.
        #[arg(long)]
        platform: Platform,
        /// The server: scheme and host.
        #[arg(long)]
        instance: String,
        /// The name on the platform, without @.
        #[arg(long)]
        handle: String,
        /// A division that shares it; the first one leads.
        #[arg(long = "division", required = true)]
        divisions: Vec<DivisionId>,
        /// A stage of its route: TITLE=approver:div_… or TITLE=role:publicity; in order.
        #[arg(long = "stage", required = true)]
        stages: Vec<StageArgument>,
        /// Its operating hours as JSON, such as {"operating":{"mon":["09:00-17:00"]},"grid":60}.
        #[arg(long)]
        hours: Option<String>,
        /// The zone in which its hours are meant.
        #[arg(long, default_value = "Asia/Tokyo")]
        zone: Tz,
        /// How late a post may leave before it counts as missed, in seconds.
        #[arg(long, default_value_t = 600)]
        grace_seconds: u32,
        /// Whether it is for drills.
        #[arg(long, default_value = "public")]
        purpose: AccountPurpose,
        /// Whether its published operating policy has an emergency clause.
        #[arg(long, default_value = "covered")]
        emergency_cover: EmergencyCover,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Connects an account with a token from an environment variable (never from an argument, which others
    /// on the machine can read).
    Connect {
        /// The account.
        account: AccountId,
        /// The variable that holds the token.
        #[arg(long, default_value = "SEKISHO_ACCESS_TOKEN")]
        variable: String,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
}

/// Runs `sekisho account`.
pub async fn run(app: &App, command: AccountCommand) -> anyhow::Result<()> {
    match command {
        AccountCommand::Register {
            name,
            platform,
            instance,
            handle,
            divisions,
            stages,
            hours,
            zone,
            grace_seconds,
            purpose,
            emergency_cover,
            organization,
        } => {
            let organization = chosen(app, organization).await?;
            let hours = match hours {
                Some(text) => serde_json::from_str(&text)?,
                None => AccountHours::unrestricted(),
            };
            let new = NewAccount {
                platform,
                instance,
                handle,
                name,
                purpose,
                zone,
                hours,
                grace: Duration::seconds(i64::from(grace_seconds)),
                route: Route::new(stages.into_iter().map(|stage| stage.0).collect()),
                divisions,
                emergency_cover,
            };
            let account = app
                .service
                .register_account_from_command_line(organization, new)
                .await?;
            println!("{}", account.id);
        }
        AccountCommand::Connect {
            account,
            variable,
            organization,
        } => {
            let organization = chosen(app, organization).await?;
            let token = Secret::new(std::env::var(&variable)?);
            let account = app
                .service
                .connect_with_token(organization, account, token, Actor::Operator)
                .await?;
            println!("{}\t{}", account.id, account.status);
        }
    }
    Ok(())
}
