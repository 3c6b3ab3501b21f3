//! `sekisho sandbox`.

use std::net::SocketAddr;

use clap::Args;

use crate::sandbox::{SandboxConfig, serve};

/// The simulated platform.
#[derive(Debug, Args)]
pub struct SandboxArguments {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8900")]
    listen: SocketAddr,
    /// An account with a fixed token, as NAME=TOKEN; may be given several times.
    #[arg(long = "account", value_parser = parse_account)]
    accounts: Vec<(String, String)>,
}

fn parse_account(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, token)) if !name.is_empty() && !token.is_empty() => {
            Ok((name.to_owned(), token.to_owned()))
        }
        _ => Err("expected NAME=TOKEN".to_owned()),
    }
}

/// Runs `sekisho sandbox`.
pub async fn run(arguments: SandboxArguments) -> anyhow::Result<()> {
    let config = SandboxConfig {
        listen: arguments.listen,
        accounts: arguments.accounts,
        ..SandboxConfig::default()
    };
    serve(config, |sandbox| {
        println!("sandbox listening on {}", sandbox.base_url())
    })
    .await?;
    Ok(())
}
