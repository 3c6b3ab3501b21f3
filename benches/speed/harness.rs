//! Rounds that count, and what came of them as JSON. Ours and what it is compared with are measured in turns in the
//! same round, so that both meet the same machine.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{figures::Samples, tree::Ticks};

/// A round in which others used more processors than this does not count.
const OTHERS: f64 = 0.3;

/// How long is waited for an idle machine before a section, and before a round of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is measured, and against what.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figure {
    /// Its name for ever.
    pub id: &'static str,
    /// What it is.
    pub what: &'static str,
    /// The unit of the measured value.
    pub unit: &'static str,
    /// What the measured value is divided by.
    pub against: &'static str,
    /// What the ratio should be.
    pub goal: Goal,
}

/// What a ratio should be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// What a round measured of one figure: the value, and what it is divided by.
pub type Measured = (&'static str, f64, f64);

#[derive(Debug, Serialize)]
struct Round {
    ours: f64,
    against: f64,
    ratio: f64,
    others: Option<f64>,
    counts: bool,
}

#[derive(Debug, Serialize)]
struct Reported {
    section: &'static str,
    #[serde(flatten)]
    figure: Figure,
    rounds: Vec<Round>,
}

/// A section that was not measured, and why.
#[derive(Debug, Serialize)]
struct Skipped {
    section: &'static str,
    why: String,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Only that measuring works.
    Smoke,
    /// In minutes.
    Short,
    /// What needs its time gets it.
    Long,
}

/// Whether rounds count while others work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    Disturb,
    AreSuffered,
}

/// What a round needs.
#[derive(Debug, Clone)]
pub struct Tools {
    pub extent: Extent,
    pub others: Others,
    /// The library that makes fsync slower.
    pub slow_sync: Option<PathBuf>,
    /// Where the peers are installed.
    pub peers: Option<PathBuf>,
}

impl Tools {
    /// One of two sizes.
    pub fn size<T>(&self, real: T, smoke: T) -> T {
        if self.extent == Extent::Smoke { smoke } else { real }
    }
}

/// Everything that a section needs.
#[derive(Debug)]
pub struct Harness {
    pub tools: Tools,
    reported: Vec<Reported>,
    skipped: Vec<Skipped>,
}

impl Harness {
    /// With what the script has prepared.
    pub fn new(extent: Extent, others: Others) -> Self {
        let path = |name| std::env::var_os(name).map(PathBuf::from);
        Self {
            tools: Tools {
                extent,
                others,
                slow_sync: path("SEKISHO_BENCH_SLOW_SYNC"),
                peers: path("SEKISHO_BENCH_PEERS"),
            },
            reported: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Says that something is not measured.
    pub fn skip(&mut self, section: &'static str, why: impl Into<String>) {
        let why = why.into();
        eprintln!("  not measured: {why}");
        self.skipped.push(Skipped { section, why });
    }

    /// Measures until five rounds count, in twice as many at most.
    pub async fn rounds(
        &mut self,
        section: &'static str,
        figures: &[Figure],
        mut measure: impl AsyncFnMut(usize) -> anyhow::Result<Vec<Measured>>,
    ) -> anyhow::Result<()> {
        let tools = self.tools.clone();
        let wanted = tools.size(5, 1);
        let mut rounds: Vec<Vec<Round>> = figures.iter().map(|_| Vec::new()).collect();
        let (mut counted, begin) = (0, Instant::now());
        for number in 0..2 * wanted {
            if counted == wanted {
                break;
            }
            if tools.others == Others::Disturb {
                wait_until_idle(PATIENCE.saturating_sub(begin.elapsed())).await;
            }
            let before = Ticks::now();
            let measured = measure(number).await?;
            let others = before.and_then(Ticks::others_since);
            let counts = tools.others == Others::AreSuffered || others.is_none_or(|others| others <= OTHERS);
            counted += usize::from(counts);
            for (figure, rounds) in figures.iter().zip(&mut rounds) {
                if let Some((_, ours, against)) = measured.iter().find(|(id, ..)| *id == figure.id) {
                    rounds.push(Round {
                        ours: *ours,
                        against: *against,
                        ratio: ours / against,
                        others,
                        counts,
                    });
                }
            }
            print(number, &measured, others, counts);
        }
        for (figure, rounds) in figures.iter().zip(rounds) {
            self.reported.push(Reported {
                section,
                figure: *figure,
                rounds,
            });
        }
        Ok(())
    }

    /// Everything, for scripts/lib/performance.py.
    pub fn json(&self, machine: serde_json::Value) -> serde_json::Value {
        serde_json::json!({
            "machine": machine,
            "busy": self.tools.others == Others::AreSuffered,
            "extent": match self.tools.extent { Extent::Smoke => "smoke", Extent::Short => "short", Extent::Long => "long" },
            "figures": self.reported,
            "skipped": self.skipped,
        })
    }
}

fn print(number: usize, measured: &[Measured], others: Option<f64>, counts: bool) {
    let others = others.map_or_else(|| "unknown".to_owned(), |others| format!("{others:.2}"));
    let mark = if counts { "" } else { ", does not count" };
    eprintln!("  round {}: others used {others} processors{mark}", number + 1);
    for (id, ours, against) in measured {
        eprintln!(
            "    {id:<24}{ours:>14.3} / {against:>12.3} = {:.3}",
            ours / against
        );
    }
}

/// Waits until the machine is idle, but not for ever.
async fn wait_until_idle(patience: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < patience {
        let Some(before) = Ticks::now() else { return };
        tokio::time::sleep(Duration::from_millis(700)).await;
        if before.others_since().is_none_or(|others| others <= OTHERS / 2.0) {
            return;
        }
    }
}

/// The machine, as far as it tells.
pub fn machine() -> anyhow::Result<serde_json::Value> {
    let folder = tempfile::tempdir()?;
    let syncs: Samples = crate::disk::syncs(folder.path())?;
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    Ok(serde_json::json!({
        "processors": std::thread::available_parallelism()?.get(),
        "model": model.map(|text| text.trim_start_matches(['\t', ' ', ':'])),
        "memory": kilobytes.map(str::trim),
        "sync_p50_ms": syncs.median(),
        "sync_p99_ms": syncs.percentile(99),
        "optimised": !cfg!(debug_assertions),
    }))
}
