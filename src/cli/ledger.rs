//! `sekisho ledger verify`: reads the whole chain and says what is wrong with it.

use std::process::ExitCode;

use chrono::TimeDelta;
use clap::Subcommand;

use super::organization as chosen;
use crate::{app::App, domain::ids::OrganizationId, ledger::Head, store::ledger};

/// The ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Verifies the chain of an organization; ends with 1 if anything is wrong.
    Verify {
        /// A head that was noted down earlier, as `seq:hash`: a chain that was cut off or written anew
        /// since does not contain it.
        #[arg(long)]
        expect: Vec<Head>,
        /// How old an unsealed entry may be, in seconds.
        #[arg(long, default_value_t = 10)]
        unsealed_seconds: u32,
        /// Prints the report as JSON.
        #[arg(long)]
        json: bool,
        /// The organization, if there are several.
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
}

/// Runs `sekisho ledger`.
pub async fn run(app: &App, command: LedgerCommand) -> anyhow::Result<ExitCode> {
    let LedgerCommand::Verify {
        expect,
        unsealed_seconds,
        json,
        organization,
    } = command;
    let organization = chosen(app, organization).await?;
    let (now, age) = (app.service.now(), TimeDelta::seconds(i64::from(unsealed_seconds)));
    let mut reader = app.store.read().await?;
    let report = ledger::verify(&mut reader, organization, &expect, now, age).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!(
            "sealed: {}  unsealed: {}  head: {}",
            report.sealed, report.unsealed, report.head
        );
        for problem in &report.problems {
            println!("PROBLEM: {problem}");
        }
    }
    Ok(if report.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
