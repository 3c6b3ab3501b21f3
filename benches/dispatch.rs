//! How soon posts leave: through the real dispatcher, over real HTTP on loopback, on real databases.
//!
//! `cargo bench --bench dispatch -- [--check] [--quick] [lateness] [emergency] [throughput]`
//!
//! docs/PERFORMANCE.md says what is measured and what is not. `--check` fails when a goal is missed.

mod support {
    #[expect(dead_code, reason = "another benchmark uses the rest")]
    pub mod database;
    pub mod disk;
    pub mod figures;
    pub mod machine;
    pub mod mode;
    pub mod scenarios;
    pub mod town;
}

use std::{collections::BTreeSet, process::ExitCode};

use anyhow::bail;
use futures::{FutureExt as _, future::BoxFuture};
use sekisho::sandbox::RateLimit;
use support::{
    database::Kind,
    disk,
    figures::Samples,
    machine::{self, Ticks},
    mode,
    scenarios::{self, Measured},
    town::Town,
};

/// One thing to measure.
struct Scenario {
    name: &'static str,
    unit: &'static str,
    posts: usize,
    quick_posts: usize,
    goal: Option<Goal>,
    run: for<'t> fn(&'t Town, usize) -> BoxFuture<'t, anyhow::Result<Measured>>,
}

/// A percentile of the first figure that must stay below a number of milliseconds.
#[derive(Clone, Copy)]
struct Goal {
    percent: usize,
    below: f64,
}

const SCENARIOS: [Scenario; 3] = [
    Scenario {
        name: "lateness",
        unit: "ms",
        posts: 60,
        quick_posts: 4,
        goal: Some(Goal {
            percent: 50,
            below: 50.0,
        }),
        run: |town, posts| scenarios::lateness(town, posts).boxed(),
    },
    Scenario {
        name: "emergency",
        unit: "ms",
        posts: 60,
        quick_posts: 4,
        goal: Some(Goal {
            percent: 99,
            below: 50.0,
        }),
        run: |town, posts| scenarios::emergency(town, posts).boxed(),
    },
    Scenario {
        name: "throughput",
        unit: "/s",
        posts: 500,
        quick_posts: 20,
        goal: None,
        run: |town, posts| scenarios::throughput(town, posts).boxed(),
    },
];

/// What the command line asks for.
struct Asked {
    check: bool,
    quick: bool,
    only: BTreeSet<String>,
}

impl Asked {
    fn read() -> anyhow::Result<Self> {
        let mut asked = Self {
            check: false,
            quick: mode::is_quick(),
            only: BTreeSet::new(),
        };
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                // Cargo adds `--bench`.
                "--bench" | "--quick" => {}
                "--check" => asked.check = true,
                name if SCENARIOS.iter().any(|scenario| scenario.name == name) => {
                    asked.only.insert(argument);
                }
                other => bail!("{other:?} is neither an option nor a measurement"),
            }
        }
        Ok(asked)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure().await {
        Ok(missed) if missed.is_empty() => ExitCode::SUCCESS,
        Ok(missed) => {
            missed.iter().for_each(|line| eprintln!("missed: {line}"));
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("error: {why:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and prints everything; tells the goals that were missed, if that was asked for.
async fn measure() -> anyhow::Result<Vec<String>> {
    let asked = Asked::read()?;
    let runs = if asked.quick { 1 } else { 3 };
    print_machine()?;
    let mut missed = Vec::new();
    for kind in Kind::available() {
        for scenario in &SCENARIOS {
            if !asked.only.is_empty() && !asked.only.contains(scenario.name) {
                continue;
            }
            let posts = if asked.quick {
                scenario.quick_posts
            } else {
                scenario.posts
            };
            println!(
                "\n{kind}: {}, {posts} posts, {runs} runs: median (range), in {}",
                scenario.name, scenario.unit
            );
            let mut all = Vec::new();
            for _ in 0..runs {
                all.push(run_once(scenario, kind, posts, asked.quick).await?);
            }
            print_figures(&all, scenario.name != "throughput");
            missed.extend(judge(scenario, kind, &all));
        }
    }
    println!();
    if !asked.check {
        missed.clear();
    }
    Ok(missed)
}

async fn run_once(scenario: &Scenario, kind: Kind, posts: usize, quick: bool) -> anyhow::Result<Measured> {
    if !quick {
        machine::wait_until_idle().await;
    }
    let town = Town::found(kind).await?;
    let before = Ticks::now();
    let measured = (scenario.run)(&town, posts).await;
    let others = before.and_then(Ticks::others_since);
    town.leave().await?;
    let others = others.map_or_else(|| "unknown".to_owned(), |share| format!("{:.0} %", share * 1e2));
    println!("  a run; processor time of others meanwhile: {others}");
    measured
}

/// One line a figure: of each percentile the median of the runs and their range.
fn print_figures(runs: &[Measured], percentiles: bool) {
    let columns: &[(&str, usize)] = match percentiles {
        true => &[("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)],
        false => &[("", 50)],
    };
    let heads = columns.iter().map(|(head, _)| format!("{head:>24}"));
    println!("  {:<28}{}", "", heads.collect::<String>());
    for (index, (name, _)) in runs.first().into_iter().flatten().enumerate() {
        let cells = columns.iter().map(|(_, percent)| {
            let of_runs = of_runs(runs, index, *percent);
            let cell = format!(
                "{:.1} ({:.1}–{:.1})",
                of_runs.median(),
                of_runs.percentile(0),
                of_runs.max()
            );
            format!("{cell:>24}")
        });
        println!("  {name:<28}{}", cells.collect::<String>());
    }
}

fn of_runs(runs: &[Measured], index: usize, percent: usize) -> Samples {
    let of_run = |measured: &Measured| Some(measured.get(index)?.1.percentile(percent));
    Samples::new(runs.iter().filter_map(of_run).collect())
}

/// Says whether the goal is reached by the median of the runs.
fn judge(scenario: &Scenario, kind: Kind, runs: &[Measured]) -> Option<String> {
    let goal = scenario.goal?;
    let reached = of_runs(runs, 0, goal.percent).median();
    let line = format!(
        "{kind}: {}: p{} is {reached:.1} ms, the goal is at most {:.0} ms",
        scenario.name, goal.percent, goal.below
    );
    let is_reached = reached <= goal.below;
    println!("  {} {line}", if is_reached { "reached:" } else { "MISSED:" });
    (!is_reached).then_some(line)
}

fn print_machine() -> anyhow::Result<()> {
    let processors = std::thread::available_parallelism()?;
    let folder = tempfile::tempdir()?;
    let syncs = disk::syncs(folder.path())?;
    println!(
        "{processors} processors; a durable write of 4 KiB to {}: p50 {:.2} ms, p99 {:.2} ms",
        std::env::temp_dir().display(),
        syncs.median(),
        syncs.percentile(99)
    );
    let rate = RateLimit::default();
    println!(
        "the sandbox announces {} requests in {} s and account, and does not enforce it here; real servers do",
        rate.limit,
        rate.window.as_secs()
    );
    if cfg!(debug_assertions) {
        println!("this build is not optimised: its figures say nothing");
    }
    Ok(())
}
