//! What ours is compared with: raw limits, and peers that others wrote.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use axum::{Json, Router, routing::post};

use crate::{gateway::slow, harness::Tools};

/// The argument that makes this program the echo.
pub const ECHO: &str = "--echo";

/// A bare server that answers the JSON that it is sent.
pub async fn echo() -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let router = Router::new().route(
        "/v1/posts",
        post(async |Json(sent): Json<serde_json::Value>| Json(sent)),
    );
    Ok(axum::serve(listener, router).await?)
}

/// The echo as a process of its own; it is killed when this is dropped.
#[derive(Debug)]
pub struct Echo {
    child: Child,
    pub address: SocketAddr,
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Echo {
    pub fn start() -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(ECHO)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut line)?;
        let address = line.trim().parse()?;
        Ok(Self { child, address })
    }
}

/// How many rows of a kilobyte SQLite inserts in a second, each with a COMMIT of its own: the library as Python
/// ships it, in WAL mode with `synchronous = FULL`.
pub async fn one_commit_each(during: Duration, slower: Option<(&Path, Duration)>) -> anyhow::Result<f64> {
    let folder = tempfile::TempDir::with_prefix("sekisho-bench-")?;
    let mut command = Command::new("python3");
    command
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/benches/peers/one_commit.py"
        ))
        .arg(folder.path().join("raw.db"))
        .arg(during.as_secs_f64().to_string());
    if let Some((library, delay)) = slower {
        slow(&mut command, library, delay);
    }
    number(command).await
}

/// `pgbench` with a script of ours: transactions in a second.
pub async fn pgbench(url: &str, script: &str, clients: usize, during: Duration) -> anyhow::Result<f64> {
    let folder = tempfile::TempDir::with_prefix("sekisho-bench-")?;
    let file = folder.path().join("script.sql");
    std::fs::write(&file, script)?;
    let mut command = Command::new("pgbench");
    command
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={}", during.as_secs().max(1)))
        .arg("--file")
        .arg(&file)
        .arg(url);
    let said = output(command).await?;
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let tps = line
        .and_then(|rest| rest.split(' ').next())
        .context("pgbench tells no tps")?;
    Ok(tps.parse()?)
}

/// A program of graphile-worker's: it prints one number.
pub async fn graphile(tools: &Tools, program: &str, arguments: &[String]) -> anyhow::Result<Option<f64>> {
    let Some(peers) = &tools.peers else {
        return Ok(None);
    };
    let mut command = Command::new("node");
    command.arg(peers.join(program)).args(arguments);
    number(command).await.map(Some)
}

async fn number(command: Command) -> anyhow::Result<f64> {
    let said = output(command).await?;
    let last = said.lines().last().unwrap_or_default();
    last.trim()
        .parse()
        .with_context(|| format!("a number, not {said:?}"))
}

async fn output(command: Command) -> anyhow::Result<String> {
    let name = PathBuf::from(command.get_program());
    let done = tokio::process::Command::from(command).output().await;
    let done = done.with_context(|| name.display().to_string())?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    ensure!(
        done.status.success(),
        "{}: {said}{}",
        name.display(),
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(said)
}
