//! The command line, one file a command.

mod account;
mod arguments;
mod backup;
pub mod check;
mod demo;
mod doctor;
mod healthcheck;
mod language;
mod ledger;
mod lists;
mod media_files;
mod migrate;
mod people;
mod policy;
mod sandbox;
mod serve;
mod vault;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    app::{App, Role},
    clock::{Clock as _, SystemClock},
    config::Config,
    domain::ids::OrganizationId,
    service::ServiceError,
    telemetry,
    web::in_words,
};
use language::Spoken;

/// 関所: the one door between a town hall and social media.
#[derive(Debug, Parser)]
#[command(name = "sekisho", version, about)]
pub struct Cli {
    /// Settings of this deployment (default: /etc/sekisho/sekisho.toml, if it is there).
    #[arg(long, global = true, env = "SEKISHO_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API and dispatches.
    Serve {
        /// Only a part of that, where several processes share a PostgreSQL database.
        #[arg(long, value_enum, default_value_t)]
        role: Role,
    },
    /// Shows the main job on a town of its own, with sample data, on this machine alone.
    Demo(demo::DemoArguments),
    /// Runs the simulated platform: a small server that speaks the Mastodon API.
    Sandbox(sandbox::SandboxArguments),
    /// Organizations and divisions.
    #[command(subcommand)]
    Organization(people::OrganizationCommand),
    /// People and their roles.
    #[command(subcommand)]
    User(people::UserCommand),
    /// API tokens.
    #[command(subcommand)]
    Token(people::TokenCommand),
    /// The register of accounts.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Checks a text as the gate would, or measures the checks on a folder of labelled posts.
    Check(check::CheckArguments),
    /// Policies.
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// The ledger.
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Credentials at rest.
    #[command(subcommand)]
    Vault(vault::VaultCommand),
    /// Writes a verified copy of the SQLite database, while the gateway runs.
    Backup(backup::BackupArguments),
    /// Puts a copy of the SQLite database in place, marked so that nothing leaves before somebody looked.
    Restore(backup::RestoreArguments),
    /// Moves everything from SQLite to an empty PostgreSQL database, and compares every row.
    Migrate(migrate::MigrateArguments),
    /// Looks at everything that the gateway needs, and says what to do; ends with 1 if it cannot serve.
    Doctor(doctor::DoctorArguments),
    /// Asks a running gateway whether it lives; for container health checks.
    Healthcheck,
}

/// The exit code for a command line that is none (`EX_USAGE`): the smaller ones are answers of `sekisho check`.
const USAGE: u8 = 64;

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // Nobody may read it any more.
            let _ = usage.print();
            return if usage.use_stderr() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let failure = match &cli.command {
        Command::Check(_) => check::unjudged(),
        _ => ExitCode::FAILURE,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => {
            eprintln!("sekisho: {why}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("sekisho: {}", told(why));
            failure
        }
    }
}

/// What went wrong, for people: a refusal in the words of the API, everything else with its causes.
fn told(why: anyhow::Error) -> String {
    // Under a context it is not alone: the context says more.
    if !why.chain().next().is_some_and(|outer| outer.is::<ServiceError>()) {
        return format!("{why:#}");
    }
    let worded = why
        .downcast::<ServiceError>()
        .and_then(|refusal| Ok(in_words(refusal, Spoken::default().language())?));
    worded.unwrap_or_else(|other| format!("{other:#}"))
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let file = cli.config.as_deref();
    let done = |result: anyhow::Result<()>| result.map(|()| ExitCode::SUCCESS);
    match cli.command {
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Sandbox(arguments) => done(sandbox::run(arguments).await),
        Command::Serve { role } => serve::run(&Config::load(file)?, role).await,
        Command::Organization(command) => done(people::organization(&open(file).await?, command).await),
        Command::User(command) => done(people::user(&open(file).await?, command).await),
        Command::Token(command) => done(people::token(&open(file).await?, command).await),
        Command::Account(command) => done(account::run(&open(file).await?, command).await),
        Command::Check(arguments) => check::run(&arguments, SystemClock.now()),
        Command::Policy(command) => policy::run(file, command).await,
        Command::Ledger(command) => ledger::run(&open(file).await?, command).await,
        Command::Vault(command) => done(vault::run(&Config::load(file)?, command).await),
        Command::Backup(arguments) => done(backup::back_up(&Config::load(file)?, arguments).await),
        Command::Restore(arguments) => done(backup::restore(&Config::load(file)?, arguments).await),
        Command::Migrate(arguments) => done(migrate::run(arguments).await),
        Command::Doctor(arguments) => doctor::run(&Config::load(file)?, &arguments).await,
        Command::Healthcheck => healthcheck::run(&Config::load(file)?).await,
    }
}

/// Prints an answer. Whoever reads only its beginning, as `head` does, is no error.
fn say(text: &str) -> anyhow::Result<()> {
    use std::io::{ErrorKind, Write as _};
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(why.into()),
        _ => Ok(()),
    }
}

/// Opens the gateway of the settings for an administrative command; warnings go to the standard error.
async fn open(file: Option<&std::path::Path>) -> anyhow::Result<App> {
    let mut config = Config::load(file)?;
    config.log.filter = "warn".to_owned();
    telemetry::start_logging(&config.log)?;
    App::from_config(&config).await
}

/// The organization that a command is about: the named one, or the only one.
async fn organization(app: &App, named: Option<OrganizationId>) -> anyhow::Result<OrganizationId> {
    match named {
        Some(id) => Ok(id),
        None => Ok(app.service.only_organization().await.map_err(|_| {
            anyhow::anyhow!("name one with --organization (see `sekisho organization list`)")
        })?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
