//! How fast it is, each figure beside the raw limit or a peer in the same round. Started by scripts/bench, which
//! prepares the server, the peers and the slower disk; docs/PERFORMANCE.md has the figures.
//!
//! `speed [--smoke | --long] [--busy] [--json FILE] [SECTION…]`

mod accept;
mod bare;
mod crowd;
mod emergency;
mod flood;
mod harness;
mod idle;
mod lasting;
mod rivals;
mod soak;
mod steps;
mod waiting;

#[path = "../support/city.rs"]
mod city;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/disk.rs"]
mod disk;
#[path = "../support/figures.rs"]
mod figures;
#[path = "../support/gateway.rs"]
mod gateway;
#[path = "../support/load.rs"]
mod load;
#[path = "../support/platform.rs"]
mod platform;
#[path = "../support/tree.rs"]
mod tree;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use futures::{FutureExt as _, future::LocalBoxFuture};
use harness::{Extent, Harness, Others};

/// One thing to measure.
struct Section {
    name: &'static str,
    run: for<'h> fn(&'h mut Harness) -> LocalBoxFuture<'h, anyhow::Result<()>>,
}

const SECTIONS: &[Section] = &[
    Section {
        name: "accept-sqlite",
        run: |harness| accept::sqlite(harness).boxed_local(),
    },
    Section {
        name: "accept-slow-disk",
        run: |harness| accept::slow_disk(harness).boxed_local(),
    },
    Section {
        name: "accept-postgres",
        run: |harness| accept::postgres(harness).boxed_local(),
    },
    Section {
        name: "flood",
        run: |harness| flood::flood(harness).boxed_local(),
    },
    Section {
        name: "emergency",
        run: |harness| emergency::emergency(harness).boxed_local(),
    },
    Section {
        name: "executed",
        run: |harness| flood::executed(harness).boxed_local(),
    },
    Section {
        name: "idle",
        run: |harness| idle::idle(harness).boxed_local(),
    },
    Section {
        name: "waiting",
        run: |harness| waiting::waiting(harness).boxed_local(),
    },
    Section {
        name: "wake",
        run: |harness| steps::wake(harness).boxed_local(),
    },
    Section {
        name: "overhead",
        run: |harness| steps::overhead(harness).boxed_local(),
    },
    Section {
        name: "queue",
        run: |harness| emergency::queue(harness).boxed_local(),
    },
    Section {
        name: "held-snapshot",
        run: |harness| steps::held(harness).boxed_local(),
    },
    Section {
        name: "takeover",
        run: |harness| lasting::takeover(harness).boxed_local(),
    },
    Section {
        name: "soak",
        run: |harness| soak::soak(harness).boxed_local(),
    },
    Section {
        name: "ledger",
        run: |harness| steps::ledger(harness).boxed_local(),
    },
];

struct Asked {
    extent: Extent,
    others: Others,
    json: Option<PathBuf>,
    only: Vec<String>,
}

impl Asked {
    fn read() -> anyhow::Result<Self> {
        let mut asked = Self {
            extent: Extent::Short,
            others: Others::Disturb,
            json: None,
            only: Vec::new(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // Cargo adds it.
                "--bench" => {}
                "--smoke" => (asked.extent, asked.others) = (Extent::Smoke, Others::AreSuffered),
                "--long" => asked.extent = Extent::Long,
                "--busy" => asked.others = Others::AreSuffered,
                "--json" => asked.json = Some(arguments.next().context("--json wants a file")?.into()),
                name if SECTIONS.iter().any(|section| section.name == name) => asked.only.push(argument),
                other => bail!("{other:?} is neither an option nor a section"),
            }
        }
        if cfg!(debug_assertions) {
            asked.extent = Extent::Smoke;
        }
        Ok(asked)
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    // A raw limit that has to be a process of its own is this program again.
    if std::env::args().nth(1).as_deref() == Some(rivals::ECHO) {
        runtime.block_on(rivals::echo())?;
        return Ok(ExitCode::SUCCESS);
    }
    runtime.block_on(measure())?;
    Ok(ExitCode::SUCCESS)
}

async fn measure() -> anyhow::Result<()> {
    let asked = Asked::read()?;
    let mut harness = Harness::new(asked.extent, asked.others);
    for section in SECTIONS {
        if !asked.only.is_empty() && !asked.only.iter().any(|name| name == section.name) {
            continue;
        }
        eprintln!("{}", section.name);
        (section.run)(&mut harness).await.context(section.name)?;
    }
    let report = harness.json(harness::machine()?);
    match asked.json {
        Some(file) => std::fs::write(&file, serde_json::to_vec_pretty(&report)?)?,
        None => println!("{report:#}"),
    }
    Ok(())
}
