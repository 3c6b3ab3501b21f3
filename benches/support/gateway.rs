//! The real program as a process of its own: `sekisho serve`, an optimised build with its shipped settings, except
//! for those that a test of load cannot have.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;

use crate::city::KEY_RING;

/// What differs from the shipped settings.
#[derive(Debug, Clone, Default)]
pub struct Setting<'a> {
    /// More variables of the environment.
    pub variables: Vec<(&'static str, String)>,
    /// A disk that is slower by so much, by a preloaded library.
    pub slower: Option<(&'a Path, Duration)>,
}

/// A running gateway; it is killed when this is dropped.
#[derive(Debug)]
pub struct Gateway {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from its start until it said so.
    pub ready_after: Duration,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    /// Starts it on a database and waits until it listens.
    pub fn start(url: &str, setting: &Setting<'_>) -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho"));
        command
            .arg("serve")
            .env("SEKISHO_DATABASE__URL", url)
            .env("SEKISHO_VAULT__KEY_RING_VARIABLE", "SEKISHO_KEY_RING")
            .env("SEKISHO_KEY_RING", KEY_RING)
            .env("SEKISHO_NET__LOOPBACK", "allowed")
            .env("SEKISHO_WEB__LISTEN", "127.0.0.1:0")
            .env("SEKISHO_WEB__RATE_PER_MINUTE", "100000000")
            .env("SEKISHO_WEB__RATE_BURST", "10000000")
            .env("SEKISHO_LOG__FILTER", "warn")
            .envs(setting.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some((library, delay)) = setting.slower {
            slow(&mut command, library, delay);
        }
        let begin = Instant::now();
        let mut child = command.spawn()?;
        let mut said = BufReader::new(child.stdout.take().context("its output")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            if said.read_line(&mut line)? == 0 {
                let status = child.wait()?;
                anyhow::bail!("the gateway did not start: {status}");
            }
            if let Some(address) = line.trim().strip_prefix("sekisho listening on ") {
                break address.parse()?;
            }
        };
        Ok(Self {
            ready_after: begin.elapsed(),
            child,
            address,
        })
    }

    /// Its resident memory in MB (10⁶ bytes).
    pub fn memory(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 = line
            .context("VmRSS")?
            .trim()
            .trim_end_matches(" kB")
            .trim()
            .parse()?;
        Ok(kilobytes * 1024.0 / 1e6)
    }

    /// The processor time that it used so far, in seconds.
    pub fn processor(&self) -> anyhow::Result<f64> {
        let ticks = crate::tree::own_ticks(self.child.id()).context("its processor time")?;
        Ok(ticks as f64 / 100.0)
    }

    /// Kills it as a power cut would.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

/// Makes a command's fsyncs slower.
pub fn slow(command: &mut Command, library: &Path, delay: Duration) {
    command
        .env("LD_PRELOAD", library)
        .env("SEKISHO_SLOW_SYNC_US", delay.as_micros().to_string());
}
