use std::process::ExitCode;
#[derive(Debug, clap::Args)]
pub struct DemoArguments {}
pub async fn run(_: DemoArguments) -> anyhow::Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
