//! `sekisho policy`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;

use super::organization as chosen;
use crate::{
    app::{App, STANDARD_PROFILE, policy_document},
    domain::{actor::Actor, ids::OrganizationId},
};

/// Policies.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Imports a profile with the shipped lists as a new version and puts it in force.
    Import {
        /// A profile file; the shipped standard profile if none is named.
        #[arg(long)]
        file: Option<PathBuf>,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
}

/// Runs `sekisho policy`.
pub async fn run(app: &App, command: PolicyCommand) -> anyhow::Result<()> {
    match command {
        PolicyCommand::Import { file, organization } => {
            let organization = chosen(app, organization).await?;
            let profile = match &file {
                None => STANDARD_PROFILE.to_owned(),
                Some(file) => std::fs::read_to_string(file).with_context(|| file.display().to_string())?,
            };
            let document = policy_document(&profile)?;
            println!(
                "{}",
                app.service
                    .import_policy(organization, document, Actor::Operator)
                    .await?
            );
        }
    }
    Ok(())
}
