//! `sekisho demo`: the main job on embedded SQLite, with a simulated platform and a plausible town.

mod picture;
mod posts;
mod town;

use std::{
    fmt::Write as _,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use chrono::Duration as Span;
use clap::Args;

use super::serve;
use crate::{
    app::{App, Role, Wiring, shipped_calendar},
    clock::SystemClock,
    config::{LogFormat, LogSection},
    dispatch::DispatchConfig,
    lifecycle::{Lifecycle, Signals},
    net::LoopbackPolicy,
    probe::ProbeConfig,
    sandbox::{Fault, FaultPlan, FaultRule, On, Sandbox, SandboxConfig},
    service::{MediaHouse, MediaLimits},
    store::Location,
    telemetry,
    vault::{Entropy as _, KeyRing, SystemEntropy},
    web::{WebConfig, WebState},
};

/// The walk-through that is printed, and that scripts/demo-walkthrough runs.
const WALKTHROUGH: &str = include_str!("walkthrough.sh");

/// How the demo is run.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Where the gateway listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the simulated platform listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8900")]
    sandbox: SocketAddr,
    /// Writes addresses and tokens as shell variables into this file once everything is up.
    #[arg(long)]
    variables: Option<PathBuf>,
}

/// Runs `sekisho demo`.
pub async fn run(arguments: DemoArguments) -> anyhow::Result<ExitCode> {
    telemetry::start_logging(&LogSection {
        format: LogFormat::Text,
        filter: "warn".to_owned(),
    })?;
    let metrics = telemetry::start_metrics()?;
    let folder = Folder::make()?;
    let sandbox = start_sandbox(arguments.sandbox).await?;
    let listen = free(arguments.listen)?;
    let app = wire(&folder.0, listen).await?;
    let town = town::build(&app, &sandbox).await?;
    posts::queue(&app, &town).await?;
    let signals = Signals::catch()?;
    let lifecycle = Lifecycle::default();
    let config = WebConfig {
        listen,
        ..WebConfig::default()
    };
    let address = serve::start(
        &app,
        Role::All,
        WebState::new(app.service.clone(), config, metrics),
        &lifecycle,
    )
    .await?;
    let variables = variables(&town, address, sandbox.base_url())?;
    print(&town, address, sandbox.base_url(), &variables)?;
    if let Some(file) = &arguments.variables {
        std::fs::write(file, &variables).with_context(|| file.display().to_string())?;
    }
    posts::queue_doubtful(&app, &town, "図書館の返却ポストは正面玄関の横にあります。").await?;
    lifecycle.wait(signals, Duration::from_secs(10)).await;
    app.store.close().await;
    sandbox.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

async fn start_sandbox(listen: SocketAddr) -> anyhow::Result<Sandbox> {
    let accounts = town::HANDLES
        .iter()
        .map(|handle| ((*handle).to_owned(), town::sandbox_token(handle)))
        .collect();
    let failing = FaultPlan {
        faults: vec![FaultRule {
            on: On::Publish,
            account: Some("toshokan".to_owned()),
            times: None,
            skip: 0,
            fault: Fault::CutBefore,
        }],
    };
    let config = SandboxConfig {
        listen,
        accounts,
        faults: failing,
        ..SandboxConfig::default()
    };
    Sandbox::start(config)
        .await
        .with_context(|| format!("the simulated platform on {listen}"))
}

/// A free port where none was named: the gateway must know its own address before it listens.
fn free(listen: SocketAddr) -> anyhow::Result<SocketAddr> {
    if listen.port() != 0 {
        return Ok(listen);
    }
    Ok(TcpListener::bind(listen)?.local_addr()?)
}

async fn wire(folder: &Path, listen: SocketAddr) -> anyhow::Result<App> {
    // Requests in a demo end quickly, so that doubts do too.
    let dispatch = DispatchConfig {
        longest_request: Span::seconds(2),
        skew: Span::milliseconds(500),
        lease: Span::seconds(6),
        ..DispatchConfig::named("demo".to_owned())
    };
    App::wire(Wiring {
        platforms: crate::config::PlatformsSection::default().settings()?,
        homes: crate::domain::homes::Homes::default(),
        media: Some(house(folder, listen)),
        location: Location::Sqlite(folder.join("demo.db")),
        clock: Arc::new(SystemClock),
        key_ring: Some(KeyRing::generate("demo".parse()?, &SystemEntropy)),
        calendar: shipped_calendar()?,
        loopback: LoopbackPolicy::Allowed,
        proxy: None,
        public_url: format!("http://{listen}"),
        probe: ProbeConfig::default(),
        dispatch,
    })
    .await
}

/// Pictures and films are gone with the demo, too.
fn house(folder: &Path, listen: SocketAddr) -> MediaHouse {
    let limits = MediaLimits {
        picture_bytes: 20_000_000,
        film_bytes: 100_000_000,
        unused: Span::days(1),
        link: Span::minutes(15),
        public_url: format!("http://{listen}"),
    };
    MediaHouse::new(&folder.join("media"), limits)
}

fn variables(town: &town::Town, address: SocketAddr, sandbox: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(text, "export GATEWAY=http://{address}")?;
    writeln!(text, "export SANDBOX={sandbox}")?;
    for resident in &town.residents {
        writeln!(text, "export {}={}", resident.variable, resident.token)?;
    }
    for (variable, _, id) in &town.accounts {
        writeln!(text, "export {variable}={id}")?;
    }
    Ok(text)
}

fn print(town: &town::Town, address: SocketAddr, sandbox: &str, variables: &str) -> anyhow::Result<()> {
    let mut text = String::new();
    writeln!(
        text,
        "関所デモ / Sekisho demo: あけぼの市 ({})",
        town.organization
    )?;
    writeln!(text, "  API        http://{address}/docs   (説明 / reference)")?;
    writeln!(
        text,
        "  タイムライン  {sandbox}/   (模擬プラットフォーム / the simulated platform)"
    )?;
    writeln!(text)?;
    for resident in &town.residents {
        writeln!(text, "  {:<12} {}", resident.variable, resident.title)?;
    }
    for (variable, name, id) in &town.accounts {
        writeln!(text, "  {variable:<12} {name} ({id})")?;
    }
    writeln!(text, "\n--- 変数 / variables ---\n{variables}")?;
    writeln!(
        text,
        "--- 手順（貼り付けて実行できます）/ walk-through (paste and run) ---\n{WALKTHROUGH}"
    )?;
    writeln!(
        text,
        "--- Ctrl-C で終了。データは消えます / Ctrl-C ends it; its data go away ---"
    )?;
    print!("{text}");
    Ok(())
}

/// The demo's own folder, which goes away with it.
struct Folder(PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Self> {
        let mut random = [0; 8];
        SystemEntropy.fill(&mut random);
        let path = std::env::temp_dir().join(format!("sekisho-demo-{}", hex::encode(random)));
        std::fs::create_dir(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
