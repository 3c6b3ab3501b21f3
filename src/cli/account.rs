//! `sekisho account`.

use std::{fs::File, io::Read, path::PathBuf};

use anyhow::Context as _;
use chrono::Duration;
use chrono_tz::Tz;
use clap::Subcommand;
use secrecy::SecretString;

use super::{arguments::StageArgument, organization as chosen};
use crate::{
    app::App,
    domain::{
        account::{AccountPurpose, EmergencyCover, Platform},
        ids::{AccountId, DivisionId, OrganizationId},
        route::Route,
        window::AccountHours,
    },
    service::{Given, NewAccount},
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
        /// The server: scheme and host. Not for a platform that is in one place.
        #[arg(long)]
        instance: Option<String>,
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
        #[arg(long, default_value = "not_covered")]
        emergency_cover: EmergencyCover,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Connects an account with what was given at its platform. What is secret never stands in an argument, which
    /// others on the machine can read.
    Connect {
        /// The account.
        account: AccountId,
        /// The file that holds the secret; `-` is standard input.
        #[arg(long, conflicts_with = "variable")]
        file: Option<PathBuf>,
        /// The environment variable that holds it, if no file does.
        #[arg(long, default_value = "SEKISHO_ACCESS_TOKEN")]
        variable: String,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
        /// What the secret is; a token unless it is given.
        #[command(subcommand)]
        with: Option<With>,
    },
}

/// What the secret is.
#[derive(Debug, Subcommand)]
pub enum With {
    /// What is sent with each call.
    Token,
    /// A password for programs (Bluesky).
    AppPassword {
        /// The account's handle.
        #[arg(long)]
        identifier: String,
    },
    /// A channel's secret (LINE).
    ChannelSecret {
        /// The channel's id.
        #[arg(long)]
        channel: String,
    },
    /// A channel's private key as PEM (LINE).
    ChannelKey {
        /// The channel's id.
        #[arg(long)]
        channel: String,
        /// The key's id at the platform.
        #[arg(long)]
        key_id: String,
    },
}

impl With {
    fn given(self, secret: SecretString) -> Given {
        match self {
            Self::Token => Given::Token { access_token: secret },
            Self::AppPassword { identifier } => Given::AppPassword {
                identifier: identifier.into(),
                password: secret,
            },
            Self::ChannelSecret { channel } => Given::ChannelSecret {
                channel: channel.into(),
                secret,
            },
            Self::ChannelKey { channel, key_id } => Given::ChannelKey {
                channel: channel.into(),
                key_id: key_id.into(),
                private_key: secret,
            },
        }
    }
}

/// No secret that a platform gives is longer.
const LONGEST_SECRET: u64 = 64 * 1024;

/// Reads a secret; the end of its last line is none of it.
fn secret(file: Option<PathBuf>, variable: &str) -> anyhow::Result<SecretString> {
    let mut text = match file {
        None => std::env::var(variable).with_context(|| format!("the variable {variable}"))?,
        Some(path) if path.as_os_str() == "-" => read(std::io::stdin().lock()).context("standard input")?,
        Some(path) => File::open(&path)
            .and_then(read)
            .with_context(|| path.display().to_string())?,
    };
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    anyhow::ensure!(!text.is_empty(), "there is no secret");
    Ok(text.into())
}

fn read(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(LONGEST_SECRET).read_to_string(&mut text)?;
    Ok(text)
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
                instance: instance.unwrap_or_default(),
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
            file,
            variable,
            organization,
            with,
        } => {
            let organization = chosen(app, organization).await?;
            let given = with.unwrap_or(With::Token).given(secret(file, &variable)?);
            let account = app
                .service
                .hand_in_from_command_line(organization, account, given)
                .await?;
            println!("{}\t{}\t{}", account.id, account.handle, account.status);
        }
    }
    Ok(())
}
